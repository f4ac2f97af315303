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
"""A seed, a generator, or None for fresh entropy (SPEC 7)."""


Parameter: TypeAlias = float | str | ArrayLike
"""A number, an array in node (arc) order, or the name of a node (edge) attribute."""
