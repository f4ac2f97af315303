"""Where eigenvalues of the linearised network cross the imaginary axis as the learning rate varies.

The real parts are followed, in falling order, over a grid of logarithms of rates that reaches into
both limits. Crossings between neighbors show as a change in the number of growing modes; wherever
a real part turns back near zero between grid points, the grid is refined there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from scipy import linalg, optimize

from netplastic._support import FloatArray, Halt, apart, check_dense
from netplastic.model import PlasticNetwork, full_jacobian, reduced_matrix

__all__ = ["Linearisation", "crossing_rates", "linearisation"]

ComplexArray: TypeAlias = np.ndarray[Any, np.dtype[np.complex128]]

_GRID = 61
_WIDE = math.log(1e4)
_DECADES = 12
_AT_ONCE = 300
"""Rows up to which LAPACK takes no time worth breaking off."""

_NEAR = 4.0
"""A turning value may cross zero if below this many times its distance to its neighbors: a
parabola seen on a grid needs 1/4."""


@dataclass(frozen=True, eq=False)
class Linearisation:
    """The blocks of M(epsilon) at learning rate 1.

    Attributes
    ----------
    a, b, c : float arrays of shape (n, n), (n, k), (k, n)
    gamma : float array of shape (k,)
        Decay of every weight, or sum of weights, that is kept.
    halt : Halt
        Asked before and during every decomposition, which then ends in `HaltedError`.
    """

    a: FloatArray
    b: FloatArray
    c: FloatArray
    gamma: FloatArray
    halt: Halt = field(default_factory=Halt)

    @property
    def runaway(self) -> bool:
        """Whether some weight does not decay."""
        return bool(np.any(self.gamma <= 0.0))

    def fast(self) -> ComplexArray:
        """Eigenvalues that decide at fast learning."""
        return _eigenvalues(self.a + (self.b / self.gamma) @ self.c, self.halt)

    def unstable_fast(self) -> int:
        return _growing(self.fast())

    def unstable_slow(self) -> int:
        slow = -np.diag(self.gamma) - self.c @ linalg.solve(self.a, self.b)
        ends = (_eigenvalues(matrix, self.halt) for matrix in (self.a, slow))
        return sum(_growing(values) for values in ends)

    def at(self, rate: float) -> FloatArray:
        """M(epsilon)."""
        return np.block([[self.a, self.b], [rate * self.c, -rate * np.diag(self.gamma)]])

    def growth(self, rate: float) -> ComplexArray:
        """Eigenvalues, largest real part first."""
        values = _eigenvalues(self.at(rate), self.halt)
        return values[np.lexsort((values.imag, -values.real))]

    def unstable(self, rate: float) -> int:
        return _growing(self.growth(rate))


def linearisation(net: PlasticNetwork, x: FloatArray, halt: Halt | None = None) -> Linearisation:
    """Linearise at an equilibrium, in the smallest form that has all modes that can grow."""
    unit, n = net.replace(learning_rate=1.0), net.n
    if net.decay_is_nodal:
        matrix = reduced_matrix(unit, x)
        kept = np.flatnonzero(np.diff(net.wiring.indptr) > 0)
    else:
        check_dense(n + net.m, 1, "the matrix of all activities and weights")
        matrix = full_jacobian(unit, x).toarray()
        kept = np.arange(net.m)
    lower = matrix[n:][kept]
    gamma = -lower[np.arange(len(kept)), n + kept]
    return Linearisation(matrix[:n, :n], matrix[:n, n + kept], lower[:, :n], gamma, halt or Halt())


def crossing_rates(system: Linearisation) -> list[float]:
    """Rates at which a pair of modes starts or stops growing, increasing, each once."""

    def parts(log_rate: float) -> FloatArray:
        return np.asarray(system.growth(math.exp(log_rate)).real)

    def part(log_rate: float, number: int) -> float:
        return float(parts(log_rate)[number])

    if not len(system.gamma):
        return []
    grid = np.linspace(*_range(system), _GRID)
    sampled = np.array([parts(v) for v in system.halt.steps(grid)])
    counts = dict(zip(grid.tolist(), np.count_nonzero(sampled > 0.0, axis=1).tolist(), strict=True))
    for v in _turning_points(grid, sampled, part):
        counts[v] = system.unstable(math.exp(v))
    found: list[float] = []
    for (low, before), (high, after) in itertools.pairwise(sorted(counts.items())):
        for number in range(min(before, after), max(before, after), 2):
            found.append(optimize.brentq(part, low, high, args=(number,), xtol=1e-13, rtol=1e-14))
    found.sort()
    return [math.exp(v) for i, v in enumerate(found) if i == 0 or v - found[i - 1] > 1e-10]


def _range(system: Linearisation) -> tuple[float, float]:
    """Log rates beyond which the numbers of growing modes are those of the limits."""
    fastest = float(np.abs(_eigenvalues(system.a, system.halt)).max())
    centre = math.log(fastest / float(system.gamma.mean()))
    ends = []
    for sign, limit in ((-1.0, system.unstable_slow()), (1.0, system.unstable_fast())):
        end = centre + sign * _WIDE
        for _ in range(_DECADES):
            if system.unstable(math.exp(end)) == limit:
                break
            end += sign * math.log(10.0)
        ends.append(end)
    return ends[0], ends[1]


def _turning_points(
    grid: FloatArray, sampled: FloatArray, part: Callable[[float, int], float]
) -> list[float]:
    """Log rates between grid points at which a real part reaches across zero and back."""
    here, left, right = sampled[1:-1], sampled[:-2], sampled[2:]
    sign = np.where(here < 0.0, 1.0, -1.0)
    turns = (sign * here >= sign * left) & (sign * here >= sign * right)
    near = np.abs(here) <= _NEAR * np.maximum(np.abs(here - left), np.abs(here - right))
    # The two of a pair have the same real part: one of them is enough.
    again = np.zeros(here.shape, dtype=bool)
    again[:, 1:] = here[:, 1:] == here[:, :-1]
    found = []
    for i, k in np.argwhere(turns & near & ~again).tolist():

        def below(v: float, k: int = k, side: float = float(sign[i, k])) -> float:
            return -side * part(v, k)

        ends = (grid[i], grid[i + 2])
        best = optimize.minimize_scalar(below, bounds=ends, method="bounded")
        if float(best.fun) < 0.0:
            found.append(float(best.x))
    return found


def _eigenvalues(matrix: FloatArray, halt: Halt) -> ComplexArray:
    halt.heed()
    if len(matrix) > _AT_ONCE:  # numpy's lets other threads run, scipy's does not
        found = apart(np.linalg.eigvals, matrix, halt=halt)
        return np.asarray(found, dtype=np.complex128)
    return np.asarray(linalg.eigvals(matrix), dtype=np.complex128)


def _growing(values: ComplexArray) -> int:
    return int(np.count_nonzero(values.real > 0.0))
