"""Minima of the reduced objective: polished by Newton's method, and proved.

The proof is that of `_monotone`: with positive t and p per node let G(z) = t F(y + p z). Where the
symmetric part of G' has no eigenvalue below mu > 0 for |z| <= rho, and |G(0)| < mu rho, G has one
root there, at most |G(0)| / mu from the centre. G' = t H D p, with H the Hessian and D = diag(V'),
so H is positive definite at it: a strict minimum. One LDL^T bounds the least eigenvalue at the
centre; what the entries differ from those computed there, by rounding and over the ball, is
bounded entry by entry and summed over rows. All numbers summed in bounds are not negative, and
`_UP` exceeds the rounding of the sums. The functions tanh and exp are trusted to 16 units in the
last place, and coefficients to 4: c is -a eta / gamma, rounded. Sums are never compared but by
`<`, which a number that is none does not pass.
"""

from __future__ import annotations

from math import exp, sqrt, tanh
from typing import NamedTuple

import numpy as np

from netplastic._support import (
    Elimination,
    Factors,
    FloatArray,
    IntArray,
    factorise,
    inner,
    outer,
    solve_factored,
)

from ._descent import System, descend_one

__all__ = ["FAILED", "MINIMUM", "POLISHED", "STABLE", "Matrix", "Wish", "sample_minima"]

FAILED, POLISHED, MINIMUM, STABLE = 0, 1, 2, 3
"""What became of a start: no convergence; no proof; a proved minimum; stable as well."""

_UNIT = 2.0**-53
_LIBRARY = 32.0 * _UNIT
_UP = 1.0 + 1e-9
_LEAST_SLOPE = 1e-6  # of saturated nodes, which would else be measured on a scale of their own
_LOWEST_SLOPE = 1e-290
_FIRST_TOLERANCE, _LAST_TOLERANCE = 1e-3, 1e-10
_STEPS = 40
_CHORD = 0.05  # a factor serves while each step is so much shorter than the one before
_AT_REST = 1e-11


class Matrix(NamedTuple):
    """How symmetric matrices of the network are kept and eliminated."""

    elimination: Elimination
    arc: IntArray
    """inward arc of each entry below the diagonal, in the order of elimination"""
    target: IntArray
    """node to which that arc leads"""
    widest: float
    iterative: bool
    """Whether Newton's steps come from conjugate gradients: where factors fill in much."""


class Wish(NamedTuple):
    """What is wanted of each start."""

    omega: float
    sweeps: int
    """most of them; 0: states are only proved"""
    loose: FloatArray
    """(n,) rounding of bias less threshold"""
    damping: FloatArray
    """(n,) tau gamma eps; empty where stability is not to be proved"""


class _Point(NamedTuple):
    """The equations at one state."""

    rate: FloatArray
    slope: FloatArray
    total: FloatArray
    """sum of c_ij V_j^2"""
    force: FloatArray
    rate_error: FloatArray
    force_error: FloatArray


class _Room(NamedTuple):
    """Room for what is computed at a state."""

    t: FloatArray
    p: FloatArray
    column: FloatArray
    """D p"""
    right: FloatArray
    step: FloatArray
    reach: FloatArray
    rate_spread: FloatArray
    slope_spread: FloatArray
    entry: FloatArray
    diagonal: FloatArray
    arcs: FloatArray
    """entries per inward arc, for conjugate gradients"""


@inner
def _evaluate(system: System, wish: Wish, y: FloatArray, at: _Point) -> None:
    """Rates, slopes and residual; bounds of the rounding of rates and residual."""
    arcs, alpha, beta = system.inward, system.alpha, system.beta
    has_static = len(arcs.static) > 0
    for i in range(len(y)):
        z = system.gain[i] * y[i]
        t, e = tanh(z), exp(-2.0 * abs(z))
        at.rate[i] = alpha + beta * t
        at.rate_error[i] = _LIBRARY * (alpha + beta * abs(t))
        at.slope[i] = beta * system.gain[i] * 4.0 * e / ((1.0 + e) * (1.0 + e))
    for i in range(len(y)):
        total = total_error = static = static_error = size = 0.0
        for a in range(arcs.indptr[i], arcs.indptr[i + 1]):
            v, dv = at.rate[arcs.other[a]], at.rate_error[arcs.other[a]]
            total += arcs.coupling[a] * v * v
            total_error += arcs.coupling[a] * dv * (2.0 * abs(v) + dv)
            if has_static:
                static += arcs.static[a] * v
                static_error += abs(arcs.static[a]) * dv
                size += abs(arcs.static[a] * v)
        v, dv = at.rate[i], at.rate_error[i]
        own = total + system.cubic[i] * v * v
        own_error = total_error + system.cubic[i] * dv * (2.0 * abs(v) + dv)
        rounding = (2.0 * (arcs.indptr[i + 1] - arcs.indptr[i]) + 24.0) * _UNIT
        at.total[i] = total
        at.force[i] = y[i] - system.bias[i] - static + v * own
        at.force_error[i] = _UP * (
            rounding * (abs(y[i]) + abs(system.bias[i]) + size + abs(v) * own)
            + wish.loose[i]
            + static_error
            + (abs(v) + dv) * own_error
            + dv * own
        )


@inner
def _scale(
    system: System,
    matrix: Matrix,
    at: _Point,
    frozen: bool,
    damping: FloatArray,
    room: _Room,
    least: float,
) -> bool:
    """Set t, p and the entries of the symmetric part of t H D p, whose diagonal is 1.

    `frozen`: of M + damping / D in place of H. False where a scale is no number.
    """
    arcs = system.inward
    for i in range(len(at.rate)):
        d, v = at.slope[i], at.rate[i]
        loop = system.cubic[i] * v * v
        own = 1.0 + damping[i] + loop * d if frozen else 1.0 + (at.total[i] + 3.0 * loop) * d
        slope = max(d, least)
        if not (d > _LOWEST_SLOPE and own < np.inf):
            return False
        room.t[i] = sqrt(slope / own)
        room.p[i] = 1.0 / sqrt(slope * own)
        room.column[i] = d * room.p[i]
    twice = 1.0 if frozen else 2.0
    has_static = len(arcs.static) > 0
    for k in range(len(matrix.arc)):
        a, i = matrix.arc[k], matrix.target[k]
        j = arcs.other[a]
        h = twice * arcs.coupling[a] * at.rate[i] * at.rate[j]
        if has_static:
            h -= arcs.static[a]
        room.entry[k] = 0.5 * (room.t[i] * room.column[j] + room.t[j] * room.column[i]) * h
    return True


@inner
def _spread(
    system: System, at: _Point, y: FloatArray, frozen: bool, damping: FloatArray, room: _Room
) -> float:
    """Bound of the norm of what `_scale` computed differs from what is meant within `room.reach`.

    inf where there is none.
    """
    arcs = system.inward
    twice = 1.0 if frozen else 2.0
    has_static = len(arcs.static) > 0
    for i in range(len(y)):
        z = 2.0 * system.gain[i] * room.reach[i]
        if not z < 1.0:
            return np.inf
        rounding = (64.0 + 4.0 * system.gain[i] * abs(y[i])) * _UNIT + _LIBRARY
        lift = exp(z) * (1.0 + rounding) * _UP  # slopes vary by no more than this factor
        room.slope_spread[i] = lift - 1.0 + rounding
        room.rate_spread[i] = at.rate_error[i] + room.reach[i] * at.slope[i] * lift * _UP
    worst = 0.0
    for i in range(len(y)):
        v, dv, d = abs(at.rate[i]), room.rate_spread[i], at.slope[i]
        change = row = 0.0
        for a in range(arcs.indptr[i], arcs.indptr[i + 1]):
            j, c = arcs.other[a], arcs.coupling[a]
            w, dw = abs(at.rate[j]), room.rate_spread[j]
            change += c * dw * (2.0 * w + dw)
            dh = twice * c * (v * dw + (w + dw) * dv + 16.0 * _UNIT * v * w)
            h = twice * c * v * w + dh
            if has_static:
                dh += 16.0 * _UNIT * abs(arcs.static[a])
                h += abs(arcs.static[a]) * (1.0 + 16.0 * _UNIT)
            one, two = room.t[i] * room.column[j], room.t[j] * room.column[i]
            row += 0.5 * (one + two) * (dh + 16.0 * _UNIT * h)
            row += 0.5 * (one * room.slope_spread[j] + two * room.slope_spread[i]) * h
        loop = (1.0 if frozen else 3.0) * system.cubic[i]
        rest, rest_change = loop * v * v, loop * (dv * (2.0 * v + dv) + 16.0 * _UNIT * v * v)
        if not frozen:
            degree = arcs.indptr[i + 1] - arcs.indptr[i]
            rest += at.total[i]
            rest_change += change + (2.0 * degree + 24.0) * _UNIT * at.total[i]
        own = room.slope_spread[i] * rest + (1.0 + room.slope_spread[i]) * rest_change
        row += room.t[i] * room.p[i] * d * own + 32.0 * _UNIT
        if not row < np.inf:
            return np.inf
        worst = max(worst, row)
    return worst * _UP


@inner
def _conjugate(system: System, at: _Point, room: _Room, w: FloatArray) -> bool:
    """Conjugate gradients for the scaled H, whose diagonal is 1; False at negative curvature.

    The right side is in `room.right`, the solution comes to `room.step`.
    """
    arcs, residual, x = system.inward, room.right, room.step
    n = len(w)
    has_static = len(arcs.static) > 0
    for i in range(n):
        for a in range(arcs.indptr[i], arcs.indptr[i + 1]):
            j = arcs.other[a]
            h = 2.0 * arcs.coupling[a] * at.rate[i] * at.rate[j]
            if has_static:
                h -= arcs.static[a]
            room.arcs[a] = room.t[i] * room.t[j] * h
    direction = room.reach
    size = 0.0
    for i in range(n):
        x[i], direction[i] = 0.0, residual[i]
        size += residual[i] * residual[i]
    stop = 1e-12 * size
    for _ in range(20 * n):
        curve = 0.0
        for i in range(n):
            s = direction[i]
            for a in range(arcs.indptr[i], arcs.indptr[i + 1]):
                s += room.arcs[a] * direction[arcs.other[a]]
            w[i] = s
            curve += s * direction[i]
        if not curve > 0.0:
            return size == 0.0
        step, new = size / curve, 0.0
        for i in range(n):
            x[i] += step * direction[i]
            residual[i] -= step * w[i]
            new += residual[i] * residual[i]
        if new <= stop:
            return True
        for i in range(n):
            direction[i] = residual[i] + new / size * direction[i]
        size = new
    return False


@inner
def _polish(
    system: System,
    matrix: Matrix,
    wish: Wish,
    y: FloatArray,
    at: _Point,
    room: _Room,
    factors: Factors,
) -> bool:
    """Newton's method, in place; False as soon as H is not positive definite or steps stay long.

    A factor serves for several steps. Steps with fresh factors are compared with each other: near
    a pitchfork they shrink by 2/3 only.
    """
    order, n = matrix.elimination.order, len(y)
    stale, last, anchor = True, np.inf, np.inf
    _evaluate(system, wish, y, at)
    for _ in range(_STEPS):
        fresh = stale or matrix.iterative
        if fresh:
            if not _scale(system, matrix, at, False, wish.damping, room, 0.0):
                return False
            if not matrix.iterative:
                pattern = matrix.elimination
                if factorise(pattern, room.entry, room.diagonal, factors, True) != 0:
                    return False
        if matrix.iterative:
            for i in range(n):
                room.right[i] = room.t[i] * at.force[i]
            if not _conjugate(system, at, room, room.rate_spread):
                return False
        else:
            for k in range(n):
                room.right[k] = room.t[order[k]] * at.force[order[k]]
            solve_factored(matrix.elimination, factors, room.right)
            for k in range(n):
                room.step[order[k]] = room.right[k]
        longest, size = 0.0, 1.0
        for i in range(n):
            room.step[i] *= room.p[i]
            longest, size = max(longest, abs(room.step[i])), max(size, abs(y[i]))
        if fresh:
            if not longest < min(0.3 * size, 0.8 * anchor):
                return longest < 1e-7 * size  # at rest in rounding: the proof judges
            anchor = longest
        for i in range(n):
            y[i] -= room.step[i]
        _evaluate(system, wish, y, at)
        if longest < _AT_REST * size:
            return True
        stale, last = longest > _CHORD * last, longest
    return False


@inner
def _least(system: System, matrix: Matrix, room: _Room, factors: Factors) -> float:
    """Proved lower bound of the least eigenvalue of the scaled matrix as computed; 0 for none.

    By Gershgorin's discs where they do. Else: if elimination of the matrix less s on the diagonal
    meets only positive pivots, its factors are those of a matrix that differs by at most
    g / (1 - g) in each entry of the filled pattern, g = (w + 4) u, w the most entries in a row of
    L + L^T (see `SymmetricPattern`).
    """
    rows, worst = room.right, 0.0
    rows[:] = 0.0
    for k in range(len(matrix.arc)):
        size = abs(room.entry[k])
        rows[matrix.target[k]] += size
        rows[system.inward.other[matrix.arc[k]]] += size
    for i in range(len(rows)):
        if not rows[i] < np.inf:
            return 0.0
        worst = max(worst, rows[i])
    if 1.0 - worst * _UP > 2.0**-6:
        return 1.0 - worst * _UP
    g = (matrix.widest + 4.0) * _UNIT
    for power in (6, 11, 16):
        shift = 2.0**-power
        for i in range(len(room.diagonal)):
            room.diagonal[i] = 1.0 - shift
        sign = factorise(matrix.elimination, room.entry, room.diagonal, factors, True)
        for i in range(len(room.diagonal)):
            room.diagonal[i] = 1.0
        if sign == 0:
            return shift - (1.01 * g * matrix.widest + 2.0 * _UNIT) * 1.1
    return 0.0


@inner
def _prove(
    system: System,
    matrix: Matrix,
    wish: Wish,
    y: FloatArray,
    at: _Point,
    room: _Room,
    factors: Factors,
) -> tuple[int, float]:
    """Judge a polished state: what is proved, and within which distance."""
    nothing = POLISHED, np.nan
    if not _scale(system, matrix, at, False, wish.damping, room, _LEAST_SLOPE):
        return nothing
    total = widest = 0.0
    for i in range(len(y)):
        g = room.t[i] * (abs(at.force[i]) + at.force_error[i])
        total += g * g
        widest = max(widest, room.p[i])
    eta = sqrt(total) * _UP
    least = _least(system, matrix, room, factors)
    if not (least > 0.0 and eta < np.inf):
        return nothing
    rho = 4.0 * eta / least + 1e-300
    for i in range(len(y)):
        room.reach[i] = rho * room.p[i] * _UP
    mu = least - _spread(system, at, y, False, wish.damping, room)
    if not eta * _UP < mu * rho:
        return nothing
    distance = eta / mu * _UP
    radius = widest * distance * _UP
    if len(wish.damping) == 0:
        return MINIMUM, radius
    for i in range(len(y)):
        room.reach[i] = distance * room.p[i] * _UP
    if not _scale(system, matrix, at, True, wish.damping, room, _LEAST_SLOPE):
        return MINIMUM, radius
    least = _least(system, matrix, room, factors)
    if not _spread(system, at, y, True, wish.damping, room) < least:
        return MINIMUM, radius
    return STABLE, radius


@outer
def sample_minima(
    states: FloatArray,
    system: System,
    matrix: Matrix,
    wish: Wish,
    outcome: IntArray,
    radius: FloatArray,
) -> None:
    """Bring starts down to minima and prove them, row by row, in place.

    Sweeps end as soon as Newton's method takes over: where LDL^T finds H positive definite and
    steps shrink. Else they go on to a tenth of the tolerance.

    Parameters
    ----------
    states : (B, n), y
    outcome : (B,), filled in: FAILED, POLISHED, MINIMUM or STABLE
    radius : (B,), filled in: distance in y within which the minimum is proved, or NaN
    """
    n, entries = states.shape[1], len(matrix.elimination.row_index)
    point, scratch, work = np.empty((6, n)), np.empty((8, n)), np.empty((5, n))
    at = _Point(point[0], point[1], point[2], point[3], point[4], point[5])
    room = _Room(
        scratch[0],
        scratch[1],
        scratch[2],
        scratch[3],
        scratch[4],
        scratch[5],
        scratch[6],
        scratch[7],
        np.empty(len(matrix.arc)),
        np.ones(n),
        np.empty(len(system.inward.other) if matrix.iterative else 0),
    )
    factors = Factors(np.empty(entries), np.empty(n), np.zeros(n), np.empty(n, dtype=np.int64))
    kept = np.empty(n)
    for row in range(len(states)):
        y = states[row]
        outcome[row], radius[row] = FAILED, np.nan
        tol, sweeps, polished = _FIRST_TOLERANCE, 0, wish.sweeps == 0
        if polished:
            _evaluate(system, wish, y, at)
        while not polished and tol > _LAST_TOLERANCE and sweeps < wish.sweeps:
            sweeps += descend_one(system, y, work, wish.omega, tol, wish.sweeps)
            kept[:] = y
            polished = _polish(system, matrix, wish, y, at, room, factors)
            if not polished:
                y[:] = kept
            tol *= 0.1
        if polished:
            outcome[row], radius[row] = _prove(system, matrix, wish, y, at, room, factors)
