"""L D L^T of I + s diag(g) c diag(g), on a pattern that was analysed once.

Up-looking elimination without exchanges: row k of L solves a triangular system with the rows above
it, along the paths of the elimination tree that start at the entries of row k (Liu 1990,
doi:10.1137/0611010; Davis 2005, doi:10.1145/1114268.1114277).
"""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray, outer

__all__ = ["columns_of", "eliminate", "rows_of", "substitute"]


@outer
def rows_of(indptr: IntArray, index: IntArray, is_final: bool, out: IntArray) -> IntArray:
    """Rows of L below the diagonal, from the strictly lower rows of the matrix.

    Called twice: first to count, then with an array `out` that is long enough, to fill in the
    columns of each row, rising.

    Returns
    -------
    (n + 1,) where the rows start
    """
    n = len(indptr) - 1
    parent = np.full(n, -1, dtype=np.int64)
    flag = np.full(n, -1, dtype=np.int64)
    rows = np.zeros(n + 1, dtype=np.int64)
    q = 0
    for k in range(n):
        rows[k] = q
        flag[k] = k
        for a in range(indptr[k], indptr[k + 1]):
            i = np.int64(index[a])
            while flag[i] != k:
                if parent[i] == -1:
                    parent[i] = k
                if is_final:
                    out[q] = i
                q += 1
                flag[i] = k
                i = parent[i]
        if is_final:
            out[rows[k] : q].sort()
    rows[n] = q
    return rows


@outer
def columns_of(rows: IntArray, row_index: IntArray, columns: IntArray, out: IntArray) -> None:
    """Rows of the entries of L, column by column, from its rows."""
    end = columns[:-1].copy()
    for k in range(len(rows) - 1):
        for q in range(rows[k], rows[k + 1]):
            i = row_index[q]
            out[end[i]] = k
            end[i] += 1


@outer
def eliminate(
    matrix: tuple[IntArray, IntArray, FloatArray],
    g: FloatArray,
    s: float,
    diagonal: float,
    pattern: tuple[IntArray, IntArray, IntArray, IntArray],
    entry: FloatArray,
    pivot: FloatArray,
) -> int:
    """Fill in the entries of L by columns and the pivots.

    Parameters
    ----------
    matrix : indptr, index, weight of the strictly lower rows of c
    g : float array of shape (n,), in the order of elimination
    s, diagonal : float
    pattern : starts of the rows of L, their columns; starts of the columns of L, their rows

    Returns
    -------
    Number of negative pivots, hence of negative eigenvalues (Sylvester); n + 1 if a pivot is zero.
    """
    indptr, index, weight = matrix
    rows, row_index, columns, column_index = pattern
    n = len(g)
    y = np.zeros(n)
    end = columns[:-1].copy()
    negative = 0
    for k in range(n):
        for q in range(rows[k], rows[k + 1]):
            y[row_index[q]] = 0.0
        for a in range(indptr[k], indptr[k + 1]):
            y[index[a]] = s * weight[a] * g[k] * g[index[a]]
        d = diagonal
        for q in range(rows[k], rows[k + 1]):
            i = row_index[q]
            yi = y[i]
            last = end[i]
            for p in range(columns[i], last):
                y[column_index[p]] -= entry[p] * yi
            factor = yi / pivot[i]
            d -= factor * yi
            entry[last] = factor
            end[i] = last + 1
        if not d > 0.0:
            if not d < 0.0:
                return n + 1
            negative += 1
        pivot[k] = d
    return negative


@outer
def substitute(
    columns: IntArray,
    column_index: IntArray,
    entry: FloatArray,
    pivot: FloatArray,
    order: IntArray,
    right: FloatArray,
) -> FloatArray:
    """Solve with the factors; `order` says which node each row belongs to."""
    n = len(pivot)
    y = right[order]
    for j in range(n):
        for p in range(columns[j], columns[j + 1]):
            y[column_index[p]] -= entry[p] * y[j]
    for j in range(n):
        y[j] /= pivot[j]
    for j in range(n - 1, -1, -1):
        value = y[j]
        for p in range(columns[j], columns[j + 1]):
            value -= entry[p] * y[column_index[p]]
        y[j] = value
    solution = np.empty(n)
    for j in range(n):
        solution[order[j]] = y[j]
    return solution
