"""The quadratic forms that decide about stability, built and eliminated in one go."""

from __future__ import annotations

import math

import numpy as np

from netplastic._support import FloatArray, IntArray, borrowing, outer

from ._inertia import _negative_pivots
from ._interval import activate, add, divide, down, multiply, slope_range, square, subtract, up

__all__ = ["inertias"]

# columns of `node`, and of `arc`
GAIN, THRESHOLD, DECAY, TAU = range(4)
ARC_WEIGHT, STRENGTH, STATIC = range(3)


@outer
def inertias(
    kind: float,
    node: FloatArray,
    indptr: IntArray,
    source: IntArray,
    arc: FloatArray,
    rate: float,
    low: FloatArray,
    high: FloatArray,
    negative: IntArray,
) -> None:
    """Inertia of H, and of M + gamma rate diag(tau / phi'), over boxes of activities (k, n).

    Both in the coordinates D^1/2 dV (see `certified._forms`); the arcs into node i are
    indptr[i]:indptr[i + 1], and symmetric. negative[r] gets the numbers of negative eigenvalues of
    box r; -1 where not proved, or for the second form where the first has some or rate is zero.
    """
    k, n = low.shape
    state = np.empty((n, 6))
    coupling = np.empty((len(source), 4))
    whole, frozen = np.empty((n, n, 2)), np.empty((n, n, 2))
    bounds = np.empty((2, n, n))
    _couple(node, indptr, arc, coupling)
    for r in range(k):
        negative[r, 0] = negative[r, 1] = -1
        _evaluate(kind, node, low[r], high[r], state)
        _assemble(state, indptr, source, coupling, whole, frozen)
        if not _unpack(whole, bounds):
            continue
        negative[r, 0] = _negative_pivots(bounds[0], bounds[1], n)
        if negative[r, 0] != 0 or rate == 0.0:
            continue
        for i in range(n):
            dl, dh = multiply(rate, rate, node[i, DECAY], node[i, DECAY])
            dl, dh = multiply(dl, dh, node[i, TAU], node[i, TAU])
            frozen[i, i, 0], frozen[i, i, 1] = add(frozen[i, i, 0], frozen[i, i, 1], dl, dh)
        if _unpack(frozen, bounds):
            negative[r, 1] = _negative_pivots(bounds[0], bounds[1], n)


@borrowing
def _couple(node: FloatArray, indptr: IntArray, arc: FloatArray, coupling: FloatArray) -> None:
    """Per arc the effective strength a eta / gamma, and the static weight a u."""
    for i in range(len(node)):
        for e in range(indptr[i], indptr[i + 1]):
            a = arc[e, ARC_WEIGHT]
            cl, ch = multiply(a, a, arc[e, STRENGTH], arc[e, STRENGTH])
            cl, ch = divide(cl, ch, node[i, DECAY], node[i, DECAY])
            coupling[e, 0], coupling[e, 1] = cl, ch
            coupling[e, 2] = coupling[e, 3] = 0.0
            if arc[e, STATIC] != 0.0:
                sl, sh = multiply(a, a, arc[e, STATIC], arc[e, STATIC])
                coupling[e, 2], coupling[e, 3] = sl, sh


@borrowing
def _evaluate(
    kind: float, node: FloatArray, low: FloatArray, high: FloatArray, state: FloatArray
) -> None:
    """Rate, slope and square root of the slope of every node over its interval."""
    for i in range(len(node)):
        gain, threshold = node[i, GAIN], node[i, THRESHOLD]
        vl, _, al, ah = activate(kind, gain, threshold, low[i])
        _, vh, bl, bh = activate(kind, gain, threshold, high[i])
        dl, dh = slope_range(gain, kind, threshold, low[i], high[i], (al, ah, bl, bh))
        dl = max(dl, 0.0)
        state[i, 0], state[i, 1], state[i, 2], state[i, 3] = vl, vh, dl, dh
        state[i, 4], state[i, 5] = max(0.0, down(math.sqrt(dl))), up(math.sqrt(dh))


@borrowing
def _assemble(
    state: FloatArray,
    indptr: IntArray,
    source: IntArray,
    coupling: FloatArray,
    whole: FloatArray,
    frozen: FloatArray,
) -> None:
    """Lower triangles of D^1/2 H D^1/2 and D^1/2 M D^1/2; zero exactly where no arc is."""
    whole[:] = 0.0
    frozen[:] = 0.0
    for i in range(len(state)):
        total_l, total_h = 0.0, 0.0
        frozen[i, i, 0] = frozen[i, i, 1] = whole[i, i, 0] = whole[i, i, 1] = 1.0
        for e in range(indptr[i], indptr[i + 1]):
            j = source[e]
            cl, ch = coupling[e, 0], coupling[e, 1]
            ql, qh = square(state[j, 0], state[j, 1])
            ql, qh = multiply(cl, ch, ql, qh)
            total_l, total_h = add(total_l, total_h, ql, qh)
            if j > i:
                continue
            pl, ph = multiply(cl, ch, state[i, 0], state[i, 1])
            pl, ph = multiply(pl, ph, state[j, 0], state[j, 1])
            fl, fh = add(pl, ph, coupling[e, 2], coupling[e, 3])
            wl, wh = add(fl, fh, pl, ph)
            sl, sh = multiply(state[i, 4], state[i, 5], state[j, 4], state[j, 5])
            fl, fh = multiply(fl, fh, sl, sh)
            wl, wh = multiply(wl, wh, sl, sh)
            frozen[i, j, 0], frozen[i, j, 1] = subtract(frozen[i, j, 0], frozen[i, j, 1], fl, fh)
            whole[i, j, 0], whole[i, j, 1] = subtract(whole[i, j, 0], whole[i, j, 1], wl, wh)
        total_l, total_h = multiply(total_l, total_h, state[i, 2], state[i, 3])
        whole[i, i, 0], whole[i, i, 1] = subtract(whole[i, i, 0], whole[i, i, 1], total_l, total_h)


@borrowing
def _unpack(form: FloatArray, bounds: FloatArray) -> bool:
    """Put the lower triangle where elimination works; False where some bound is not finite."""
    for i in range(len(form)):
        for j in range(i + 1):
            bounds[0, i, j], bounds[1, i, j] = form[i, j, 0], form[i, j, 1]
            if not (math.isfinite(form[i, j, 0]) and math.isfinite(form[i, j, 1])):
                return False
    return True
