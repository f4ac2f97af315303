"""Types that the modules share."""

from __future__ import annotations

from collections.abc import Hashable
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
each core. Results do not depend on it. Asked for more than 1, a script needs
``if __name__ == "__main__":``, because every process imports it."""
Shown: TypeAlias = bool | None
"""Whether to draw a progress bar. None, the default: on a terminal, and nothing elsewhere; True:
wherever errors are written, False: never."""

Parameter: TypeAlias = float | str | ArrayLike
"""A number, an array in node (arc) order, or the name of a node (edge) attribute."""
