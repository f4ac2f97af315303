"""Sparse LDL^T of symmetric matrices: the factor's pattern, and whether all pivots are positive.

Up-looking elimination: row k of L solves a triangular system with the rows above it, along the
paths of the elimination tree that start at the entries of row k (Liu 1990,
doi:10.1137/0611010; Davis 2005, doi:10.1145/1114268.1114277).
"""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray, outer

__all__ = ["fill_pattern", "positive_pivots"]


@outer
def fill_pattern(n: int, indptr: IntArray, index: IntArray, final: bool, out: IntArray) -> IntArray:
    """Rows of L below the diagonal, from the strictly lower rows of the matrix.

    Called twice: first to count, then with an array `out` that is long enough, to fill in the
    columns of each row, rising.

    Returns
    -------
    (n + 1,) where the rows start
    """
    parent = np.full(n, -1, dtype=np.int64)
    flag = np.full(n, -1, dtype=np.int64)
    rows = np.zeros(n + 1, dtype=np.int64)
    q = 0
    for k in range(n):
        rows[k] = q
        flag[k] = k
        for a in range(indptr[k], indptr[k + 1]):
            i = index[a]
            while flag[i] != k:
                if parent[i] == -1:
                    parent[i] = k
                if final:
                    out[q] = i
                q += 1
                flag[i] = k
                i = parent[i]
        if final:
            out[rows[k] : q].sort()
    rows[n] = q
    return rows


@outer
def positive_pivots(
    matrix: tuple[IntArray, IntArray, FloatArray, FloatArray],
    pattern: tuple[IntArray, IntArray, IntArray],
    work: tuple[FloatArray, IntArray, FloatArray, FloatArray, IntArray],
) -> bool:
    """Eliminate without exchanges; False at the first pivot that is not positive.

    Parameters
    ----------
    matrix : indptr, index, value of the strictly lower rows; diagonal
    pattern : starts of the rows of L, their columns; starts of the columns of L
    work : entries of L by columns and their rows, pivots, a row, ends of the columns so far
    """
    indptr, index, value, diagonal = matrix
    rows, row_index, columns = pattern
    entry, column_index, pivot, y, end = work
    for k in range(len(diagonal)):
        end[k] = columns[k]
        for q in range(rows[k], rows[k + 1]):
            y[row_index[q]] = 0.0
        for a in range(indptr[k], indptr[k + 1]):
            y[index[a]] = value[a]
        d = diagonal[k]
        for q in range(rows[k], rows[k + 1]):
            i = row_index[q]
            yi = y[i]
            first, last = columns[i], end[i]
            for p in range(first, last):
                y[column_index[p]] -= entry[p] * yi
            factor = yi / pivot[i]
            d -= factor * yi
            entry[last] = factor
            column_index[last] = k
            end[i] = last + 1
        if not d > 0.0:
            return False
        pivot[k] = d
    return True
