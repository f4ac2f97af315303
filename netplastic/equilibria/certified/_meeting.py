"""Which of many boxes have a point in common."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray

__all__ = ["meeting"]

_FEW = 12  # boxes up to which all pairs are compared at once


def meeting(low: FloatArray, high: FloatArray) -> tuple[IntArray, IntArray]:
    """Pairs i < j of boxes (k, n) that have a point in common, sorted by j and i.

    Boxes meet only where their projections on a line do, and those are compared in order.
    """
    if len(low) <= _FEW:
        below = (low[:, None] <= high).all(axis=2)
        j, i = np.nonzero(below & below.T)
        return i[i < j], j[i < j]
    weight = 0.5 + np.modf(0.618 * np.arange(low.shape[1]))[0]
    slack = 1e-12 * (np.abs(low) + np.abs(high)) @ weight
    first, last = low @ weight - slack, high @ weight + slack
    order = np.argsort(first)
    end = np.searchsorted(first[order], last[order], side="right")
    pairs: list[IntArray] = []
    for place in np.flatnonzero(end > np.arange(len(low)) + 1):
        box, others = order[place], order[place + 1 : end[place]]
        meet = np.all((low[others] <= high[box]) & (high[others] >= low[box]), axis=1)
        pairs.append(np.stack([np.minimum(others[meet], box), np.maximum(others[meet], box)]))
    i, j = np.concatenate([np.empty((2, 0), dtype=np.int64), *pairs], axis=1)
    order = np.lexsort((i, j))
    return i[order], j[order]
