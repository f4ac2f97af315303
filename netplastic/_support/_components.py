"""Connected components of a graph given by the two ends of its edges."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ._types import IntArray

__all__ = ["components"]

_FEW = 1000  # nodes and edges up to which scipy takes longer to be called than this to finish


def components(n: int, first: IntArray, second: IntArray) -> tuple[int, IntArray]:
    """Number of components, and of every node that of its own, counted as they first appear.

    Parameters
    ----------
    n : int
        Number of nodes.
    first, second : int arrays of equal length
        Ends of every edge; directions do not matter.
    """
    if n + len(first) > _FEW:
        matrix = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(n, n)).tocsr()
        number, label = connected_components(matrix, directed=False)
        return int(number), label.astype(np.int64)
    root = list(range(n))  # a node of the same component, never a later one
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        while root[a] != a:
            root[a] = a = root[root[a]]
        while root[b] != b:
            root[b] = b = root[root[b]]
        root[max(a, b)] = min(a, b)
    labels: list[int] = []
    found = 0
    for node, other in enumerate(root):
        if other == node:
            labels.append(found)
            found += 1
        else:
            labels.append(labels[other])
    return found, np.array(labels, dtype=np.int64)
