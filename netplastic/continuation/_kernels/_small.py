"""A small anti-Hebbian network between held nodes: its equations, their Hessian, Cholesky.

With k = |strength|, V = tanh(gain x) and S_i = sum_j c_ij V_j^2 + (what held nodes add, at k),

    F_i = x_i - b_i + k V_i S_i,    H = dF/dV = diag(1 / V' + k S) + 2 k diag(V) c diag(V)

(docs/theory.md#section-4).
"""

from __future__ import annotations

from math import sqrt, tanh
from typing import NamedTuple

import numpy as np

from netplastic._support import FloatArray, inner, outer

__all__ = ["Small", "back_substitute", "evaluate", "factorise", "load_at"]

TINY = 1e-300


class Small(NamedTuple):
    """A network of n nodes without self-loops, and what surrounds it along the strength."""

    coupling: FloatArray
    """(n, n) symmetric, >= 0"""
    bias: FloatArray
    gain: FloatArray
    grid: FloatArray
    """(G) strengths, increasing, G >= 2"""
    load: FloatArray
    """(G, n) what held nodes add to S there"""
    change: FloatArray
    """(G, n) its derivative along the strength"""


@inner
def load_at(small: Small, k: float, load: FloatArray, change: FloatArray) -> None:
    """What held nodes add to S at k, and its derivative, by Hermite's cubic between grid points."""
    grid = small.grid
    low, high = 0, len(grid) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if grid[middle] <= k:
            low = middle
        else:
            high = middle
    h = grid[high] - grid[low]
    t = (k - grid[low]) / h
    for i in range(len(load)):
        a, b = small.load[low, i], small.load[high, i]
        da, db = h * small.change[low, i], h * small.change[high, i]
        second = 3.0 * (b - a) - 2.0 * da - db
        third = 2.0 * (a - b) + da + db
        load[i] = a + t * (da + t * (second + t * third))
        change[i] = (da + t * (2.0 * second + t * 3.0 * third)) / h


@outer
def evaluate(
    small: Small,
    k: float,
    x: FloatArray,
    force: FloatArray,
    hessian: FloatArray,
    tug: FloatArray,
    slope: FloatArray,
) -> None:
    """F, H, dF/dk at fixed x, and V' of a state, into the arrays given."""
    n = len(x)
    rate = np.empty(n)
    change = np.empty(n)
    load_at(small, k, force, change)
    for i in range(n):
        rate[i] = tanh(small.gain[i] * x[i])
        slope[i] = max(small.gain[i] * (1.0 - rate[i] * rate[i]), TINY)
    for i in range(n):
        total = force[i]
        for j in range(n):
            c = small.coupling[i, j]
            total += c * rate[j] * rate[j]
            hessian[i, j] = 2.0 * k * rate[i] * c * rate[j]
        hessian[i, i] += 1.0 / slope[i] + k * total
        force[i] = x[i] - small.bias[i] + k * rate[i] * total
        tug[i] = rate[i] * (total + k * change[i])


@inner
def factorise(matrix: FloatArray) -> bool:
    """Cholesky's factor into the lower triangle; False if the matrix is not positive definite."""
    n = len(matrix)
    for j in range(n):
        for column in range(j):
            value = matrix[j, column]
            for e in range(column):
                value -= matrix[j, e] * matrix[column, e]
            matrix[j, column] = value / matrix[column, column]
        value = matrix[j, j]
        for e in range(j):
            value -= matrix[j, e] * matrix[j, e]
        if not value > 0.0:
            return False
        matrix[j, j] = sqrt(value)
    return True


@inner
def back_substitute(factor: FloatArray, right: FloatArray, solution: FloatArray) -> None:
    """Solve with Cholesky's factor."""
    n = len(right)
    for i in range(n):
        value = right[i]
        for e in range(i):
            value -= factor[i, e] * solution[e]
        solution[i] = value / factor[i, i]
    for i in range(n - 1, -1, -1):
        value = solution[i]
        for e in range(i + 1, n):
            value -= factor[e, i] * solution[e]
        solution[i] = value / factor[i, i]
