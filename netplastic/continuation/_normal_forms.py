"""Names of branch points: the bifurcation equation on the kernel, to third order.

Near a branch point (x0, p0) with kernel N and left kernel W the solutions are
x = x0 + N y + O(y^2), and y solves g(y, p) = 0 with (Golubitsky & Schaeffer 1985, chapter I)

    g = mu (p - p0) y + Q(y, y) / 2 + C(y, y, y) / 6 + ...,
    Q = W' F_xx[N y, N y],   C = W' (F_xxx[N y, N y, N y] + 3 F_xx[N y, h]),
    F_x h = -F_xx[N y, N y].

Near such a point the activity relaxes along -g, so y . C > 0 in every direction means that the new
states are attracting in the kernel and lie where the old one is not: supercritical. A quadratic
part makes it transcritical: new states on both sides.
"""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray

from ._events import kernel_of
from ._problem import Problem

__all__ = ["branch_point_kind"]

_DIRECTIONS = 24


def branch_point_kind(problem: Problem, x: FloatArray, p: float, dimension: int) -> str:
    """Return "pitchfork (supercritical)", "pitchfork (subcritical)", "pitchfork (mixed)" or
    "transcritical".

    Mixed: a kernel of several dimensions in which some directions bend one way, some the other.
    """
    right, left = kernel_of(problem, x, p, dimension)
    # Biorthogonal bases: then g is measured in the same coordinates as y.
    left = left @ np.linalg.inv(left.T @ right).T
    quadratic, cubic = [], []
    for y in _unit_vectors(dimension):
        v = right @ y
        second = _second_along(problem, x, p, v)
        quadratic.append(float(np.abs(left.T @ second).max()))
        h = _complement_solve(problem, x, p, -second, right, left)
        third = _third_along(problem, x, p, v) + 3.0 * _second_mixed(problem, x, p, v, h)
        cubic.append(float(y @ (left.T @ third)))
    size = max(1.0, max(abs(c) for c in cubic))
    if max(quadratic) > 1e-4 * size:
        return "transcritical"
    if min(cubic) > 0.0:
        return "pitchfork (supercritical)"
    if max(cubic) < 0.0:
        return "pitchfork (subcritical)"
    return "pitchfork (mixed)"


def _unit_vectors(dimension: int) -> FloatArray:
    if dimension == 1:
        return np.ones((1, 1))
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(_DIRECTIONS * dimension, dimension))
    vectors = np.vstack([np.eye(dimension), vectors])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _second_along(problem: Problem, x: FloatArray, p: float, v: FloatArray) -> FloatArray:
    return _second_mixed(problem, x, p, v, v)


def _second_mixed(
    problem: Problem, x: FloatArray, p: float, v: FloatArray, w: FloatArray
) -> FloatArray:
    """F_xx[v, w] by a central difference of the Jacobian."""
    size = float(np.linalg.norm(w))
    if size == 0.0:
        return np.zeros_like(x)
    h = 1e-5 / size
    above, below = problem.system(x + h * w, p)[1], problem.system(x - h * w, p)[1]
    return np.asarray((above - below) @ v / (2.0 * h))


def _third_along(problem: Problem, x: FloatArray, p: float, v: FloatArray) -> FloatArray:
    """F_xxx[v, v, v] by a second difference of the Jacobian."""
    h = 2e-4
    above, at, below = (problem.system(x + s * h * v, p)[1] for s in (1.0, 0.0, -1.0))
    return np.asarray((above - 2.0 * at + below) @ v / h**2)


def _complement_solve(
    problem: Problem,
    x: FloatArray,
    p: float,
    value: FloatArray,
    right: FloatArray,
    left: FloatArray,
) -> FloatArray:
    """Solve F_x h = value off the kernel: the bordered system is regular where F_x is not."""
    n, d = right.shape
    bordered = np.zeros((n + d, n + d))
    bordered[:n, :n] = problem.system(x, p)[1]
    bordered[:n, n:], bordered[n:, :n] = left, right.T
    solution = np.linalg.solve(bordered, np.concatenate([value, np.zeros(d)]))
    return np.asarray(solution[:n])
