"""Types that the modules share."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Node: TypeAlias = Hashable
Graph: TypeAlias = "nx.Graph[Any]"
Rng: TypeAlias = int | np.integer[Any] | np.random.Generator | None
"""A seed, a generator, or None for fresh entropy (SPEC 7).

Analyses and null models take 0 by default, so that the same call gives the same table.
"""
Workers: TypeAlias = int | None
"""Processes that share independent tasks: 1, the default, works in this one, None takes one for
each core. Results do not depend on it."""
Shown: TypeAlias = bool | None
"""What users give for `progress`. None, the default, shows a bar on a terminal once the call has
taken a second, True at once, False never. Elsewhere than on a terminal nothing is shown."""

Parameter: TypeAlias = float | str | ArrayLike
"""A number, an array in node (arc) order, or the name of a node (edge) attribute."""


class Auto(Enum):
    """What stands where nothing was said, so that saying it can mean more."""

    WEIGHT = "the attribute weight where edges have it, else 1"


AUTO = Auto.WEIGHT
WeightName: TypeAlias = str | Auto | None
"""The edge attribute that holds weights; None counts every edge as 1."""
WEIGHT_FROM = "weight_from"
"""Graph attribute that names the edge attribute from which a file's `weight` was taken."""
