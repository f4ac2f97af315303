"""Proof that a symmetric sparse matrix is positive definite, by one elimination in floats.

If elimination without exchanges of the computed matrix C meets only positive pivots, its factors
satisfy L D L^T = C + E with |E_ij| <= g / (1 - g) (c_ii c_jj)^(1/2), g = (w + 4) u, on the filled
pattern, where w is the largest number of entries in a row of L + L^T: for Cholesky's factors this
is Demmel's argument (Rump 2006, doi:10.1007/s10543-006-0056-1), for L D L^T it is the same. L D L^T
is positive definite, so every eigenvalue of C is at least -|E| >= -1.01 g w max c_ii.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from ._pivots import little_fill
from ._types import FloatArray, IntArray

if TYPE_CHECKING:
    from netplastic._support import Elimination, Factors

__all__ = ["SymmetricPattern"]

_UNIT = 2.0**-53
_MOST_PRODUCTS = 2e9
"""Multiplications of one elimination, about a second, beyond which none is tried."""


class SymmetricPattern:
    """Pairs of nodes that arcs join, and how a matrix with entries there is eliminated.

    Parameters
    ----------
    n : int
        Number of nodes.
    target, source : int arrays of shape (m,)
        Ends of the arcs.

    Attributes
    ----------
    first, second : int arrays of shape (pairs,)
        Nodes of each pair.
    arc : int array of shape (pairs,)
        One of its arcs.
    """

    def __init__(self, n: int, target: IntArray, source: IntArray) -> None:
        self._n = n
        low, high = np.minimum(target, source), np.maximum(target, source)
        key, self.arc, pair = np.unique(low * n + high, return_index=True, return_inverse=True)
        self.first, self.second = key // n, key % n
        self._pair = pair

    def symmetrized(self, arcs: FloatArray) -> FloatArray:
        """Half the sum of a pair's arcs, per pair; a pair of a node with itself gets the whole."""
        whole = np.bincount(self._pair, arcs, minlength=len(self.first))
        return np.where(self.first == self.second, whole, 0.5 * whole)

    def row_sums(self, pairs: FloatArray) -> FloatArray:
        """Sum of the pairs' numbers over the rows in which they stand, shape (n,)."""
        sums = np.bincount(self.first, pairs, minlength=self._n)
        other = np.where(self.first == self.second, 0.0, pairs)
        return np.asarray(sums + np.bincount(self.second, other, minlength=self._n))

    @cached_property
    def affordable(self) -> bool:
        """Whether an elimination is short enough."""
        return self.is_worth(_MOST_PRODUCTS)

    def least_eigenvalue(self, diagonal: FloatArray, pairs: FloatArray, shift: float) -> float:
        """Proved lower bound of the least eigenvalue; -inf where it is not proved above -shift.

        Parameters
        ----------
        diagonal : float array of shape (n,)
            Positive. The entries of pairs of a node with itself are not read.
        pairs : float array of shape (pairs,)
        shift : float
            What the elimination takes away from the diagonal; a bound just below it is the result.
        """
        shifted = diagonal - shift
        if not (np.all(shifted > 0.0) and np.all(np.isfinite(pairs)) and self.affordable):
            return -np.inf
        from netplastic._support import factorise

        on_rows = np.ascontiguousarray(shifted[self.elimination.order])
        if factorise(self.elimination, pairs[self.entry], on_rows, self.room(), True) != 0:
            return -np.inf
        g = (self.widest + 4.0) * _UNIT
        error = (1.01 * g * self.widest + 2.0 * _UNIT) * (float(diagonal.max()) + abs(shift))
        return shift - error

    @cached_property
    def _order(self) -> IntArray:
        """Nodes in the order of elimination: least degree first, as SuperLU finds it."""
        apart = self.first != self.second
        i, j = self.first[apart], self.second[apart]
        ones = np.ones(len(i))
        half = sparse.coo_array((ones, (i, j)), shape=(self._n, self._n))
        return little_fill(sparse.csr_array(half + half.T))

    @cached_property
    def entry(self) -> IntArray:
        """Pairs in the order of their rows and columns below the diagonal."""
        row, column = self._places
        apart = np.flatnonzero(self.first != self.second)
        return apart[np.lexsort((column[apart], row[apart]))]

    @cached_property
    def _places(self) -> tuple[IntArray, IntArray]:
        place = np.argsort(self._order)
        one, two = place[self.first], place[self.second]
        return np.maximum(one, two), np.minimum(one, two)

    @cached_property
    def _lower(self) -> tuple[IntArray, IntArray]:
        row, column = self._places
        indptr = np.searchsorted(row[self.entry], np.arange(self._n + 1)).astype(np.int64)
        return indptr, np.ascontiguousarray(column[self.entry])

    @cached_property
    def filled(self) -> int:
        """Entries of L, which are counted without room for them."""
        from netplastic._support import fill_pattern

        nothing = np.empty(0, dtype=np.int64)
        return int(fill_pattern(self._n, *self._lower, False, nothing)[-1])

    @cached_property
    def elimination(self) -> Elimination:
        """The pattern of the factors."""
        from netplastic._support import Elimination, fill_pattern

        indptr, index = self._lower
        out = np.empty(self.filled, np.int64)
        rows = fill_pattern(self._n, indptr, index, True, out)
        columns = np.zeros(self._n + 1, dtype=np.int64)
        columns[1:] = np.cumsum(np.bincount(out, minlength=self._n))
        by_column = np.argsort(out, kind="stable")
        of_entry = np.repeat(np.arange(self._n), np.diff(rows))
        return Elimination(self._order, indptr, index, rows, out, columns, of_entry[by_column])

    def room(self) -> Factors:
        """Room for the factors of one matrix."""
        from netplastic._support import Factors

        n, size = self._n, len(self.elimination.row_index)
        return Factors(np.empty(size), np.empty(n), np.zeros(n), np.empty(n, dtype=np.int64))

    @cached_property
    def widest(self) -> float:
        """Largest number of entries in a row of L + L^T."""
        rows, columns = self.elimination.rows, self.elimination.columns
        return float(np.max(np.diff(rows) + np.diff(columns)) + 1)

    def is_worth(self, products: float) -> bool:
        """Whether one elimination takes at most so many multiplications."""
        # The mean square is at least the square of the mean: known without the pattern.
        return self.filled**2 <= 2.0 * products * self._n and self.products <= products

    @cached_property
    def products(self) -> float:
        """Multiplications of one elimination."""
        below = np.diff(self.elimination.columns).astype(np.float64)
        return float(np.sum(below * (below + 1.0)) / 2.0)
