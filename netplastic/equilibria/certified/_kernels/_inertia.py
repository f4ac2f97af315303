"""Inertia of symmetric interval matrices by elimination with outward rounding."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray, borrowing, outer

from ._interval import divide, multiply, subtract

__all__ = ["bordered_all", "inertia_all"]


@outer
def inertia_all(mid: FloatArray, rad: FloatArray, negative: IntArray) -> None:
    """Number of negative pivots of each matrix mid +- rad (k, n, n); -1 where one may vanish.

    Elimination without exchanges writes A = L D L^T, and D has the inertia of A (Sylvester). Only
    the lower triangle is read: the caller vouches that every matrix meant is symmetric.
    """
    k, n = mid.shape[0], mid.shape[1]
    low, high = np.empty((n, n)), np.empty((n, n))
    for r in range(k):
        for i in range(n):
            for j in range(i + 1):
                low[i, j], high[i, j] = subtract(
                    mid[r, i, j], mid[r, i, j], -rad[r, i, j], rad[r, i, j]
                )
        negative[r] = _negative_pivots(low, high, n)


@outer
def bordered_all(mid: FloatArray, rad: FloatArray, negative: IntArray, corner: FloatArray) -> None:
    """`inertia_all` without the last d rows of each matrix, and what is left of their corner.

    That corner (k, d, d, 2) is D - B^T A^-1 B for a matrix [[A, B], [B^T, D]]; where negative is
    -1 it is not set.
    """
    k, n, d = mid.shape[0], mid.shape[1], corner.shape[1]
    low, high = np.empty((n, n)), np.empty((n, n))
    for r in range(k):
        for i in range(n):
            for j in range(i + 1):
                low[i, j], high[i, j] = subtract(
                    mid[r, i, j], mid[r, i, j], -rad[r, i, j], rad[r, i, j]
                )
        negative[r] = _negative_pivots(low, high, n - d)
        for i in range(d):
            for j in range(i + 1):
                p, q = n - d + i, n - d + j
                corner[r, i, j, 0], corner[r, i, j, 1] = low[p, q], high[p, q]
                corner[r, j, i, 0], corner[r, j, i, 1] = low[p, q], high[p, q]


@borrowing
def _negative_pivots(low: FloatArray, high: FloatArray, pivots: int) -> int:
    n = len(low)
    count = 0
    for p in range(pivots):
        if not (low[p, p] > 0.0 or high[p, p] < 0.0):
            return -1
        if high[p, p] < 0.0:
            count += 1
        for i in range(p + 1, n):
            if low[i, p] == 0.0 and high[i, p] == 0.0:
                continue
            fl, fh = divide(low[i, p], high[i, p], low[p, p], high[p, p])
            for j in range(p + 1, i + 1):
                if low[j, p] == 0.0 and high[j, p] == 0.0:
                    continue
                tl, th = multiply(fl, fh, low[j, p], high[j, p])
                low[i, j], high[i, j] = subtract(low[i, j], high[i, j], tl, th)
    return count
