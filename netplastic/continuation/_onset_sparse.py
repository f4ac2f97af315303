"""The onset on large networks: sparse Newton steps, and the least eigenvalue by Lanczos iteration.

The parameter itself is followed. Where the branch folds that march stalls just before the fold,
which Newton's method on the minimally augmented system then finds (Griewank & Reddien 1984):
F = 0 and g = 0 with [J, w; v', 0] (phi, g) = (0, 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import ArpackNoConvergence, eigsh, splu

from netplastic._support import FloatArray, Halt
from netplastic.model import Family, PlasticNetwork, residual, sparse_jacobian

__all__ = ["SparseOnset", "simple_kind", "sparse_onset"]

_SHIFT = -0.3
_MOST_MODES = 64


@dataclass(frozen=True, eq=False)
class SparseOnset:
    """Value, state and kernel (in coordinates dx) at the onset; modes None where there is none."""

    value: float
    activity: FloatArray
    modes: FloatArray | None
    finished: bool
    kind: str = ""


def sparse_onset(
    family: Family, direction: float, far: float, halt: Halt | None = None
) -> SparseOnset:
    """March along the base branch and find where the least eigenvalue is zero."""
    halt = halt or Halt()
    value, guess = 0.0, family.net.bias.copy()
    step, growth = 0.5, 2.0
    x = _newton(family.at(direction * value), guess)
    if x is None:
        return SparseOnset(direction * value, guess, None, False)
    least = _least(family.at(direction * value), x)
    while value < far:
        if halt.now:
            return SparseOnset(direction * value, x, None, False)
        halt.tell(math.log1p(value) / math.log1p(far))
        there = min(value + step, far)
        net = family.at(direction * there)
        guess = _predicted(family, direction * value, direction * there, x)
        state = _newton(net, guess)
        followed = state is not None and _follows(state, guess, x)
        new = _least(net, state) if followed and state is not None else None
        if state is None or new is None or not _continues(new, least):
            step, growth = 0.5 * step, 1.2
            if step < 1e-4:
                return _fold(family, direction, value, x)
            continue
        if new <= 0.0:
            return _located(family, direction, (value, there), (least or 1.0, new), x)
        drop = max((least or 1.0) - new, 1e-12)
        # Aim at about the zero of the least eigenvalue, in steps that grow at most twofold, less
        # after a failure.
        step = min(growth * step, max(0.05 * step, 1.05 * new * (there - value) / drop), 0.1 * far)
        value, x, least, growth = there, state, new, 2.0
    return SparseOnset(direction * value, x, None, True)


def _predicted(family: Family, here: float, there: float, x: FloatArray) -> FloatArray:
    """Euler step along the branch."""
    h = 1e-4 * max(1.0, abs(here))
    slope = (residual(family.at(here + h), x) - residual(family.at(here - h), x)) / (2.0 * h)
    matrix = sparse.csc_array(sparse_jacobian(family.at(here), x))
    return np.asarray(x - (there - here) * splu(matrix).solve(slope))


def _follows(state: FloatArray, guess: FloatArray, x: FloatArray) -> bool:
    """Whether a step stayed on its branch: a small correction of a small step."""
    corrected = float(np.abs(state - guess).max())
    moved = float(np.abs(state - x).max())
    return corrected <= 0.35 * moved + 1e-9 and moved <= 0.2 * max(1.0, float(np.abs(x).max()))


def _continues(new: float, least: float | None) -> bool:
    return new > 0.5 * _SHIFT and (least is None or abs(new - least) < 0.2)


def _located(
    family: Family,
    direction: float,
    bracket: tuple[float, float],
    values: tuple[float, float],
    x: FloatArray,
) -> SparseOnset:
    """Illinois' variant of the secant method: keeps the bracket, converges superlinearly."""
    (a, b), (fa, fb) = bracket, values
    side, state = 0, x
    for _ in range(60):
        middle = (a * fb - b * fa) / (fb - fa)
        net = family.at(direction * middle)
        found = _newton(net, state)
        least = None if found is None else _least(net, found)
        if found is None or least is None:
            return SparseOnset(direction * a, state, None, False)
        state = found
        if abs(least) < 1e-12 or abs(b - a) < 1e-11 * max(1.0, abs(b)):
            break
        if least > 0.0:
            a, fa = middle, least
            fb, side = (0.5 * fb if side == 1 else fb), 1
        else:
            b, fb = middle, least
            fa, side = (0.5 * fa if side == -1 else fa), -1
        if abs(least) < 1e-10:
            break
    modes = _kernel(net, state)
    kind = "branch point" if modes is None else simple_kind(net, state, modes)
    return SparseOnset(direction * middle, state, modes, True, kind)


def _fold(family: Family, direction: float, value: float, x: FloatArray) -> SparseOnset:
    """Newton's method for F = 0, g = 0 from a point just before the fold."""
    nothing = SparseOnset(direction * value, x, None, False)
    found = _eigen(family.at(direction * value), x, 1)
    if found is None:
        return nothing
    root = np.sqrt(np.maximum(family.net.activation.slope(x), 1e-300))
    v, w = found[1][:, 0] / root, found[1][:, 0] * root
    v, w = v / np.linalg.norm(v), w / np.linalg.norm(w)
    p, state, n = direction * value, x, len(x)
    for _ in range(25):
        net = family.at(p)
        matrix = sparse_jacobian(net, state)
        unit = np.append(np.zeros(n), 1.0)
        right = splu(_bordered(matrix, w, v)).solve(unit)
        left = splu(_bordered(sparse.csr_array(matrix.T), v, w)).solve(unit)
        phi, psi, g = right[:n], left[:n], float(right[n])
        h = 1e-6
        shifts = [sparse_jacobian(net, state + s * h * phi) for s in (1.0, -1.0)]
        by_state = -np.asarray((shifts[0] - shifts[1]).T @ psi) / (2.0 * h)
        step = 1e-5 * max(1.0, abs(p))
        above, below = family.at(p + step), family.at(p - step)
        by_p = (residual(above, state) - residual(below, state)) / (2.0 * step)
        j_p = (sparse_jacobian(above, state) - sparse_jacobian(below, state)) / (2.0 * step)
        corner = np.array([[-float(psi @ (j_p @ phi))]])
        blocks: list[list[Any]] = [
            [matrix, sparse.csc_array(by_p[:, None])],
            [sparse.csc_array(by_state[None, :]), corner],
        ]
        system = sparse.csc_array(sparse.block_array(blocks))
        change = splu(system).solve(np.append(residual(net, state), g))
        state, p = state - change[:n], p - float(change[n])
        size = float(np.abs(change).max())
        if not size < 10.0:
            return nothing
        if size < 1e-11:
            beyond = direction * p - value
            if not -1e-9 <= beyond <= 0.1 * max(1.0, value):
                return nothing
            return SparseOnset(p, state, phi[:, None], True, "fold")
    return nothing


def _bordered(matrix: sparse.csr_array, w: FloatArray, v: FloatArray) -> sparse.csc_array:
    blocks: list[list[Any]] = [
        [matrix, sparse.csc_array(w[:, None])],
        [sparse.csc_array(v[None, :]), None],
    ]
    return sparse.csc_array(sparse.block_array(blocks))


def simple_kind(
    net: PlasticNetwork,
    x: FloatArray,
    modes: FloatArray,
    complement: Callable[[FloatArray], FloatArray] | None = None,
) -> str:
    """Kind of a branch point by its cubic coefficient, where the kernel is simple.

    Formulas: see `_normal_forms`. `complement` solves with the Jacobian off the kernel.
    """
    if modes.shape[1] != 1:
        return "branch point"
    v = modes[:, 0] / np.linalg.norm(modes[:, 0])
    left = modes[:, 0] / np.maximum(net.activation.slope(x), 1e-300)  # D^-1 J is symmetric
    w = left / float(left @ v)
    at = sparse_jacobian(net, x)

    def second(u: FloatArray) -> FloatArray:
        h = 1e-5 / float(np.linalg.norm(u))
        change = sparse_jacobian(net, x + h * u) - sparse_jacobian(net, x - h * u)
        return np.asarray(change @ v) / (2.0 * h)

    curvature = second(v)
    if complement is None:
        bordered = splu(_bordered(at, w / np.linalg.norm(w), v))
        shift = bordered.solve(np.append(-curvature, 0.0))[:-1]
    else:
        shift = complement(-curvature)
        shift = shift - v * float(v @ shift)
    h = 2e-4
    above, below = (sparse_jacobian(net, x + s * h * v) for s in (1.0, -1.0))
    third = np.asarray((above - 2.0 * at + below) @ v) / h**2
    cubic = float(w @ (third + 3.0 * second(shift)))
    if abs(float(w @ curvature)) > 1e-4 * max(1.0, abs(cubic)):
        return "transcritical"
    return "pitchfork (supercritical)" if cubic > 0.0 else "pitchfork (subcritical)"


def _newton(net: PlasticNetwork, x: FloatArray) -> FloatArray | None:
    best: tuple[float, FloatArray] | None = None
    for _ in range(30):
        value = residual(net, x)
        wrong = float(np.abs(value).max())
        if best is None or wrong < best[0]:
            best = wrong, x
        # Near a singular point rounding alone moves the solution more than any fixed tolerance.
        if wrong <= 4e-15 * (1.0 + float(np.abs(x).max())):
            return x
        change = splu(sparse.csc_array(sparse_jacobian(net, x))).solve(value)
        size = float(np.abs(change).max())
        if not np.isfinite(size):
            return None
        x = x - change / max(1.0, size)
        if size < 1e-12:
            return x
    return best[1] if best is not None and best[0] <= 1e-13 else None


def _scaled(net: PlasticNetwork, x: FloatArray) -> sparse.csc_array:
    """D^1/2 H D^1/2, sparse and symmetric (see `stability.hessian`)."""
    root = np.sqrt(np.maximum(net.activation.slope(x), 1e-300))
    matrix = sparse.diags_array(root) @ sparse_jacobian(net, x) @ sparse.diags_array(1.0 / root)
    return sparse.csc_array(0.5 * (matrix + matrix.T))


def _eigen(net: PlasticNetwork, x: FloatArray, count: int) -> tuple[FloatArray, FloatArray] | None:
    start = np.random.default_rng(0).normal(size=net.n)
    try:
        values, vectors = eigsh(_scaled(net, x), k=count, sigma=_SHIFT, which="LM", v0=start)
    except ArpackNoConvergence:
        return None
    order = np.argsort(values)
    return values[order], vectors[:, order]


def _least(net: PlasticNetwork, x: FloatArray) -> float | None:
    found = _eigen(net, x, 1)
    return None if found is None else float(found[0][0])


def _kernel(net: PlasticNetwork, x: FloatArray) -> FloatArray | None:
    """Every eigenvector whose eigenvalue is zero there, in coordinates dx."""
    root = np.sqrt(np.maximum(net.activation.slope(x), 1e-300))
    count = 4
    while True:
        found = _eigen(net, x, count)
        if found is None:
            return None
        values, vectors = found
        zero = np.abs(values) < 1e-7
        if not np.all(zero) or count >= _MOST_MODES:
            return np.asarray(vectors[:, zero] / root[:, None])
        count *= 2
