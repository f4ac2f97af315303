"""Random independent sets, from which the sampled search starts."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray, outer

__all__ = ["partial_sets"]


@outer
def partial_sets(
    indptr: IntArray, neighbour: IntArray, orders: IntArray, luck: FloatArray, odds: FloatArray
) -> IntArray:
    """Independent sets, greedily in the given orders of nodes, one per row.

    Parameters
    ----------
    indptr, neighbour : a symmetric adjacency without self-loops
    orders : (B, n), permutations of the nodes
    luck : (B, n), in [0, 1)
    odds : (B,), a free node enters if its luck is below; 1: the set is maximal

    Returns
    -------
    (B, n), 1 in the set, 0 beside a node of it, 2 neither
    """
    count, n = orders.shape
    state = np.full((count, n), 2, dtype=np.int64)
    for b in range(count):
        for i in orders[b]:
            if state[b, i] == 2 and luck[b, i] < odds[b]:
                state[b, i] = 1
                for k in range(indptr[i], indptr[i + 1]):
                    state[b, neighbour[k]] = 0
    return state
