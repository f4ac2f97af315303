"""Solving with K = I + s diag(g) c diag(g), in factors or by iteration.

Where the pattern fills in little, K is eliminated (`_Elimination`): exact inertia. Where it does
not (expanders), conjugate gradients solve, and Lanczos iterations look for negative eigenvalues
(`_Iteration`): one that they find is proved; a random start misses one with probability nil.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.linalg import eigh_tridiagonal
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from netplastic._support import (
    FloatArray,
    SymmetricPattern,
    factorise,
    solve_factored,
)

__all__ = ["Scaled", "Solver", "solver_of"]

_CHEAP, _PER_ARC = 3e7, 1000.0
"""Products of one elimination that are always worth it, and as many per arc."""

_TOLERANCE = 1e-11
_ITERATIONS = 4000
_LANCZOS = (60, 120, 240, 480)
_SHIFT = 1e-3
_ZERO = 1e-6
"""Eigenvalues of K below this in magnitude count as zero where it is singular."""


class Scaled(ABC):
    """K at one state."""

    def __init__(self, coupling: sparse.csr_array, g: FloatArray, s: float) -> None:
        self.coupling, self.g, self.s = coupling, g, s

    def times(self, y: FloatArray) -> FloatArray:
        """K y."""
        return np.asarray(y + self.s * self.g * (self.coupling @ (self.g * y)))

    @property
    @abstractmethod
    def negative(self) -> int:
        """Number of negative eigenvalues; found by iteration at least 1 if there are some."""

    @abstractmethod
    def inverse(self, right: FloatArray, tolerance: float = _TOLERANCE) -> FloatArray | None:
        """K^-1 right; None where iteration meets a direction of negative curvature."""

    @abstractmethod
    def lowest(self, count: int) -> tuple[FloatArray, FloatArray]:
        """Least eigenvalues (count,) and their vectors (n, count).

        Where some are far below zero and K is eliminated: those nearest to zero.
        """

    @abstractmethod
    def nullity(self) -> int:
        """Number of eigenvalues that are zero to within 1e-6."""

    def _arpack(self, count: int, **how: Any) -> tuple[FloatArray, FloatArray]:
        n = len(self.g)
        if count >= n - 1:
            dense = np.column_stack([self.times(unit) for unit in np.eye(n)])
            values, vectors = np.linalg.eigh(0.5 * (dense + dense.T))
            return values[:count], vectors[:, :count]
        operator = LinearOperator((n, n), matvec=self.times, dtype=np.float64)
        start = np.random.default_rng(0).normal(size=n)
        try:
            found: Any = eigsh(operator, k=count, v0=start, **how)
        except ArpackNoConvergence as failure:
            found = failure.eigenvalues, failure.eigenvectors
        values, vectors = found
        order = np.argsort(values)
        return values[order], vectors[:, order]


class Solver(ABC):
    """How K is solved with, for one pattern."""

    @abstractmethod
    def at(self, g: FloatArray, s: float) -> Scaled:
        """K for these g and s."""


class _Elimination(Solver):
    """K is eliminated in an order, and on a pattern, that were found once."""

    def __init__(self, coupling: sparse.csr_array, pattern: SymmetricPattern) -> None:
        self.coupling, self.pattern = coupling, pattern
        order = pattern.elimination.order
        self.row = np.repeat(np.arange(len(order)), np.diff(pattern.elimination.indptr))
        self.column = pattern.elimination.indices
        self.weight = np.zeros(0)
        if len(self.row):  # scipy gives no array of no entries
            self.weight = np.asarray(coupling[order[self.row], order[self.column]])

    def at(self, g: FloatArray, s: float) -> Scaled:
        """K in factors."""
        return _Factored(self, g, s)

    def values(self, g: FloatArray, s: float) -> FloatArray:
        """Entries of K below the diagonal, in the order of elimination."""
        g = g[self.pattern.elimination.order]
        return np.asarray(s * self.weight * g[self.row] * g[self.column])


class _Factored(Scaled):
    def __init__(self, by: _Elimination, g: FloatArray, s: float, diagonal: float = 1.0) -> None:
        super().__init__(by.coupling, g, s)
        self.by, self.factors = by, by.pattern.room()
        self._negative = int(
            factorise(
                by.pattern.elimination,
                by.values(g, s),
                np.full(len(g), diagonal),
                self.factors,
                False,
            )
        )

    @property
    def negative(self) -> int:
        return self._negative

    def inverse(self, right: FloatArray, tolerance: float = _TOLERANCE) -> FloatArray | None:
        if self._negative < 0:  # a pivot is zero
            return None
        pattern = self.by.pattern.elimination
        y = right[pattern.order]
        solve_factored(pattern, self.factors, y)
        solution = np.empty_like(y)
        solution[pattern.order] = y
        return solution

    def lowest(self, count: int) -> tuple[FloatArray, FloatArray]:
        # K itself may be singular, and an eigenvalue next to the shift is what is looked for
        near = _Factored(self.by, self.g, self.s, 1.0 + _SHIFT)
        n = len(self.g)
        solve: Any = near.inverse
        inverse = LinearOperator((n, n), matvec=solve, dtype=np.float64)
        return self._arpack(count, sigma=-_SHIFT, OPinv=inverse)

    def nullity(self) -> int:
        above, below = (_Factored(self.by, self.g, self.s, 1.0 + d) for d in (-_ZERO, _ZERO))
        return above.negative - below.negative


class _Iteration(Solver):
    """Products with the matrix only."""

    def __init__(self, coupling: sparse.csr_array) -> None:
        self.coupling = coupling

    def at(self, g: FloatArray, s: float) -> Scaled:
        """K as an operator."""
        return _Operator(self.coupling, g, s)


class _Operator(Scaled):
    @cached_property
    def negative(self) -> int:
        return int(self._least_ritz_value() < 0.0)

    def inverse(self, right: FloatArray, tolerance: float = _TOLERANCE) -> FloatArray | None:
        """Conjugate gradients."""
        x, r, p = np.zeros_like(right), right.copy(), right.copy()
        rr = float(r @ r)
        goal = tolerance**2 * rr
        for _ in range(_ITERATIONS):
            if not rr > goal:
                return x
            q = self.times(p)
            curvature = float(p @ q)
            if not curvature > 0.0:
                return None
            x += (rr / curvature) * p
            r -= (rr / curvature) * q
            new = float(r @ r)
            p *= new / rr
            p += r
            rr = new
        return x

    def _least_ritz_value(self) -> float:
        """Lanczos iterations from a random start until its sign is settled."""
        v = np.random.default_rng(0).normal(size=len(self.g))
        v /= np.linalg.norm(v)
        old, beta = np.zeros_like(v), 0.0
        diagonal: list[float] = []
        off: list[float] = []
        for step in range(1, min(_LANCZOS[-1], len(v)) + 1):
            w = self.times(v) - beta * old
            diagonal.append(float(w @ v))
            w -= diagonal[-1] * v
            beta = float(np.linalg.norm(w))
            off.append(beta)
            if step in _LANCZOS or beta == 0.0 or step == len(v):
                values, vectors = eigh_tridiagonal(
                    diagonal, off[:-1], select="i", select_range=(0, 0)
                )
                least, wrong = float(values[0]), abs(beta * float(vectors[-1, 0]))
                if least < 0.0 or wrong < 0.05 * least or beta == 0.0:
                    break
            old, v = v, w / beta
        return least

    def lowest(self, count: int) -> tuple[FloatArray, FloatArray]:
        return self._arpack(count, which="SA", tol=1e-10, ncv=max(60, 3 * count), maxiter=4000)

    def nullity(self) -> int:
        count = 2
        while True:
            values, _ = self.lowest(count)
            zero = int(np.count_nonzero(np.abs(values) < _ZERO))
            if zero < count or count >= len(self.g):
                return zero
            count *= 2


def solver_of(coupling: sparse.csr_array, most: float = math.inf) -> Solver:
    """Elimination where it takes few products (and at most so many), else iteration."""
    row, column = sparse.coo_array(coupling).coords
    pattern = SymmetricPattern(coupling.shape[0], row.astype(np.int64), column.astype(np.int64))
    if pattern.is_worth(min(most, max(_CHEAP, _PER_ARC * coupling.nnz))):
        return _Elimination(coupling, pattern)
    return _Iteration(coupling)
