"""Branch switching: the curves that leave a branch point, for a kernel of any dimension.

With N an orthonormal basis of the kernel, every curve through (x0, q0) other than those
transversal to the kernel meets the small cylinder |N' (x - x0)| = delta. Its points there solve

    F(x, q) = 0,    |N' (x - x0)|^2 = delta^2,

n + 1 equations that Newton's method solves from many directions: projections of coordinate
vectors, their sums and differences (the directions that symmetric networks favour), and random
ones. Curves that leave along the transversal are found at q0 +- delta.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from netplastic._support import FloatArray

from ._arclength import bordered_system
from ._events import kernel_of
from ._images import Symmetry
from ._problem import Problem

__all__ = ["leaving_states"]

_RADII = (0.05, 0.01)
_RANDOM = 12
_MOST_PAIRS = 400


def leaving_states(
    problem: Problem, symmetry: Symmetry, z: FloatArray, dimension: int
) -> list[FloatArray]:
    """States (x, q) near a branch point on the curves that leave it, one of each orbit."""
    x, p = z[:-1], float(z[-1]) * problem.scale
    kernel, _ = kernel_of(problem, x, p, dimension)
    directions = _directions(problem, symmetry, x, kernel)
    found: list[FloatArray] = []
    for radius in _RADII:
        here = [_on_cylinder(problem, z, kernel, u, radius) for u in directions]
        isolated = [s for s in here if s is not None and _is_isolated(problem, symmetry, s)]
        found.extend(_distinct(symmetry, isolated))
    return [*found, *_transversal(problem, z, kernel)]


def _directions(
    problem: Problem, symmetry: Symmetry, x: FloatArray, kernel: FloatArray
) -> list[FloatArray]:
    n, d = kernel.shape
    if d == 1:
        return [np.ones(1), -np.ones(1)]
    vectors = [kernel.T @ e for e in np.eye(n)]
    pairs = list(combinations(range(n), 2))[:_MOST_PAIRS]
    vectors += [kernel.T[:, i] + sign * kernel.T[:, j] for i, j in pairs for sign in (1.0, -1.0)]
    vectors += list(np.random.default_rng(0).normal(size=(_RANDOM * d, d)))
    kept: list[FloatArray] = []
    states = np.empty((0, n))
    for vector in vectors:
        length = float(np.linalg.norm(vector))
        if length < 1e-6:
            continue
        for unit in (vector / length, -vector / length):
            state = x + kernel @ unit
            if len(states) and float(symmetry.distance(state, states).min()) < 1e-4:
                continue
            states = np.vstack([states, state])
            kept.append(unit)
    return kept


def _on_cylinder(
    problem: Problem, z: FloatArray, kernel: FloatArray, unit: FloatArray, radius: float
) -> FloatArray | None:
    n = problem.n
    here = np.append(z[:-1] + radius * kernel @ unit, z[-1])
    bordered = np.zeros((n + 1, n + 1))
    right = np.empty(n + 1)
    for _ in range(25):
        p = here[-1] * problem.scale
        if problem.family.positive and p <= 0.0:
            return None
        right[:n], bordered[:n, :n] = problem.system(here[:-1], p)
        bordered[:n, n] = problem.derivative(here[:-1], p)
        y = kernel.T @ (here[:-1] - z[:-1])
        right[n] = (y @ y - radius**2) / radius
        bordered[n, :n] = 2.0 * kernel @ y / radius
        try:
            change = np.linalg.solve(bordered, right)
        except np.linalg.LinAlgError:
            return None
        here = here - change
        size = float(np.abs(change).max())
        if not np.isfinite(size) or float(np.linalg.norm(here - z)) > 20.0 * radius + 0.1:
            return None
        if size < 1e-11:
            return np.asarray(here)
    return None


def _is_isolated(problem: Problem, symmetry: Symmetry, z: FloatArray) -> bool:
    """Whether a curve through z is determined by the equations, given the symmetry of z.

    Near a point with a kernel of two dimensions and a high symmetry (a cycle of eight, say) a whole
    ring of states solves the equations to working precision; only those on it that have a symmetry
    of their own are sharply determined, and those are the ones that exist.
    """
    basis = symmetry.fixed_basis(z[:-1])
    row = np.zeros(problem.n + 1)
    matrix = bordered_system(problem.within(basis), z, row)[1][:-1]
    return float(np.linalg.svd(matrix, compute_uv=False)[-1]) > 1e-6


def _transversal(problem: Problem, z: FloatArray, kernel: FloatArray) -> list[FloatArray]:
    """States at q0 +- delta on curves whose direction has a component along q."""
    x, q = z[:-1], float(z[-1])
    p = q * problem.scale
    matrix, slope = problem.system(x, p)[1], problem.derivative(x, p)
    shift = -np.linalg.lstsq(matrix, slope, rcond=1e-6)[0]
    shift -= kernel @ (kernel.T @ shift)
    found = []
    for step in (_RADII[0], -_RADII[0]):
        there = (q + step) * problem.scale
        if problem.family.positive and there <= 0.0:
            continue
        state = problem.newton(x + step * shift, there)
        if state is not None and float(np.linalg.norm(state - x)) < 0.5:
            found.append(np.append(state, q + step))
    return found


def _distinct(symmetry: Symmetry, states: list[FloatArray]) -> list[FloatArray]:
    kept: list[FloatArray] = []
    for state in states:
        known = [other for other in kept if abs(other[-1] - state[-1]) < 1e-7]
        if known:
            gaps = symmetry.distance(state[:-1], np.array([other[:-1] for other in known]))
            if float(gaps.min()) < 1e-6:
                continue
        kept.append(state)
    return kept
