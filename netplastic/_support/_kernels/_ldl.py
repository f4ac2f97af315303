"""Sparse LDL^T of symmetric matrices without exchanges: the factor's pattern, factors, solutions.

Up-looking elimination: row k of L solves a triangular system with the rows above it, along the
paths of the elimination tree that start at the entries of row k (Liu 1990,
doi:10.1137/0611010; Davis 2005, doi:10.1145/1114268.1114277).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netplastic._support import FloatArray, IntArray, inner, outer

__all__ = ["Elimination", "Factors", "factorise", "fill_pattern", "solve_factored"]

_RUN = 16  # entries from which on a run of consecutive rows is worth a loop of its own


class Elimination(NamedTuple):
    """What is the same for all matrices of one pattern, rows in the order of elimination."""

    order: IntArray
    """(n,) which node each row is"""
    indptr: IntArray
    """(n + 1,) where the strictly lower rows of the matrix start"""
    indices: IntArray
    """columns of their entries"""
    rows: IntArray
    """(n + 1,) where the rows of L start"""
    row_index: IntArray
    """columns of their entries, rising"""
    columns: IntArray
    """(n + 1,) where the columns of L start"""
    column_index: IntArray
    """rows of their entries, rising"""


class Factors(NamedTuple):
    """Room for the factors of one matrix."""

    entry: FloatArray
    """entries of L by columns"""
    pivot: FloatArray
    """(n,)"""
    row: FloatArray
    """(n,) room for one row"""
    end: IntArray
    """(n,) where the columns end so far"""


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


@inner
def _subtract(y: FloatArray, x: FloatArray, factor: float) -> None:
    """y -= factor x, on slices: over plain indices of a larger array it is not vectorised."""
    for p in range(len(x)):
        y[p] -= x[p] * factor


@outer
def factorise(
    pattern: Elimination, value: FloatArray, diagonal: FloatArray, factors: Factors, definite: bool
) -> int:
    """Eliminate without exchanges.

    Parameters
    ----------
    value : entries of the strictly lower rows
    diagonal : (n,), in the order of elimination
    factors : filled in
    definite : stop at the first pivot that is not positive

    Returns
    -------
    Number of negative pivots, by Sylvester's law of inertia that of negative eigenvalues; -1 if
    a pivot is 0 or not a number, or, where `definite`, not positive.
    """
    _, indptr, indices, rows, row_index, columns, column_index = pattern
    entry, pivot, y, end = factors
    negative = 0
    for k in range(len(diagonal)):
        end[k] = columns[k]
        for q in range(rows[k], rows[k + 1]):
            y[row_index[q]] = 0.0
        for a in range(indptr[k], indptr[k + 1]):
            y[indices[a]] = value[a]
        d = diagonal[k]
        for q in range(rows[k], rows[k + 1]):
            i = row_index[q]
            yi = y[i]
            first, last = columns[i], end[i]
            if (
                last - first >= _RUN
                and column_index[last - 1] - column_index[first] == last - 1 - first
            ):
                _subtract(
                    y[column_index[first] : column_index[last - 1] + 1], entry[first:last], yi
                )
            else:
                for p in range(first, last):
                    y[column_index[p]] -= entry[p] * yi
            factor = yi / pivot[i]
            d -= factor * yi
            entry[last] = factor
            end[i] = last + 1
        if not d > 0.0:
            if definite or not d < 0.0:
                return -1
            negative += 1
        pivot[k] = d
    return negative


@outer
def solve_factored(pattern: Elimination, factors: Factors, right: FloatArray) -> None:
    """Solve in place; `right` (n,) stands in the order of elimination."""
    columns, column_index = pattern.columns, pattern.column_index
    entry, pivot = factors.entry, factors.pivot
    n = len(pivot)
    for j in range(n):
        v = right[j]
        for p in range(columns[j], columns[j + 1]):
            right[column_index[p]] -= entry[p] * v
    for j in range(n - 1, -1, -1):
        v = right[j] / pivot[j]
        for p in range(columns[j], columns[j + 1]):
            v -= entry[p] * right[column_index[p]]
        right[j] = v
