"""Linear relaxation of the equations in q, and the bounds on H that decide about minima.

Where row i has one group of arcs and no static weights, F_i / R_i = 0 reads

    f_i(q_i) - sum_j c_ij q_j = 0,    f_i = (x_i - b_i) / R_i(V_i) as a function of q_i:

coupled linearly, nonlinear in one unknown each. Over the box f_i(q) = s_i q + h with h in a known
interval, much narrower than the mean value form's, so (diag(s) - c) q = -h bounds every q. For
Hebb's rule with tanh and x between 0 and b, f is concave in q = V^2 up to 0.6
(docs/theory.md#section-4): a chord bounds h from below, a tangent from above.

H is congruent to diag(f') - c up to positive factors, so over the box it lies between the two
matrices with the least and the largest f'.
"""

from __future__ import annotations

import math

from netplastic._support import FloatArray, borrowing, merged

from ._buffers import Buffers
from ._enclose import factor, factor_slope, rate_from_q, tighten
from ._interval import TANH, ULP, activate, add, divide, down, multiply, quadratic, subtract, up
from ._newton import PRODUCT, _invert
from ._table import (
    BIAS,
    C_HIGH,
    C_LOW,
    GAIN,
    KIND,
    POST0,
    POST1,
    POST2,
    PRE0,
    PRE1,
    QH,
    QL,
    THRESHOLD,
    VH,
    VL,
    XH,
    XL,
    ZETA,
    System,
)

__all__ = ["never_minimum", "profile", "relax"]

PIECES = 2
CONCAVE = 0.599
"""q = V^2 up to which f is concave; a little below 0.6, so that no rounding matters."""
H_LOW, H_HIGH, SLOPE, E_LOW, E_HIGH, USABLE = range(6)

_jit = borrowing


@merged
def approximate_inverse(t: FloatArray, i: int, v: float) -> float:
    """Activity near phi^-1(v); no bound."""
    if t[i, KIND] == 0.0:
        z = math.atanh(max(-1.0 + 1e-16, min(1.0 - 1e-16, v)))
    else:
        v = max(1e-300, min(1.0 - 1e-16, v))
        z = math.log(v) - math.log1p(-v)
    x: float = z / t[i, GAIN] + t[i, THRESHOLD]
    return x


@merged
def _is_concave(t: FloatArray, i: int, zeta: float) -> bool:
    """Whether f_i is surely concave in q over the box."""
    if t[i, KIND] != TANH or t[i, THRESHOLD] != 0.0 or zeta != 0.0 or t[i, QH] > CONCAVE:
        return False
    if t[i, POST0] != 0.0 or t[i, POST1] != 1.0 or t[i, POST2] != 0.0:
        return False
    if t[i, PRE0] != 0.0 or t[i, PRE1] != 1.0:
        return False
    low, high, bias = t[i, XL], t[i, XH], t[i, BIAS]
    inside: bool = 0.0 < low < high <= bias or bias <= low < high < 0.0
    return inside


@_jit
def _point(
    t: FloatArray, i: int, zeta: float, x: float
) -> tuple[float, float, float, float, float, float]:
    """q, f and df/dq at a float x."""
    vl, vh, dl, dh = activate(t[i, KIND], t[i, GAIN], t[i, THRESHOLD], x)
    ql, qh = quadratic(0.0, t[i, PRE0], t[i, PRE1], vl, vh)
    fl, fh = _f_at(t, i, zeta, x, vl, vh)
    el, eh = _slope_over(t, i, zeta, x, x, vl, vh, dl, dh)
    return ql, qh, fl, fh, el, eh


@_jit
def _concave_node(t: FloatArray, i: int, zeta: float, out: FloatArray) -> bool:
    """`_profile_node` where f is concave in q."""
    near, far = t[i, XL], t[i, XH]
    if far < 0.0:
        near, far = far, near
    al, ah, fl, fh, _, top_h = _point(t, i, zeta, near)
    bl, bh, gl, gh, low_l, _ = _point(t, i, zeta, far)
    gap = 0.5 * (bl + bh) - 0.5 * (al + ah)
    if not (gap > 1e-200 and low_l > 0.0 and top_h < 1e100):
        return False
    s = (0.5 * (gl + gh) - 0.5 * (fl + fh)) / gap
    if not 0.0 < s < 1e100:
        return False
    # df/dq is about a multiple of V^-3; where that equals the chord's slope, the tangent is best
    v, w = math.sqrt(al), math.sqrt(bh)
    touch = approximate_inverse(t, i, (0.5 * v * w * (v + w)) ** (1.0 / 3.0))
    if near < 0.0:
        touch = -touch
    touch = max(t[i, XL], min(t[i, XH], touch))
    cl, ch, hl, hh, el, eh = _point(t, i, zeta, touch)
    if math.isinf(eh) or math.isnan(eh):
        return False
    pl, ph = multiply(s, s, al, ah)
    left, _ = subtract(fl, fh, pl, ph)
    pl, ph = multiply(s, s, bl, bh)
    right, _ = subtract(gl, gh, pl, ph)
    pl, ph = multiply(s, s, cl, ch)
    _, top = subtract(hl, hh, pl, ph)
    el, eh = subtract(el, eh, s, s)
    pl, ph = subtract(al, bh, cl, ch)
    pl, ph = multiply(el, eh, pl, ph)
    out[H_LOW], out[H_HIGH], out[SLOPE] = min(left, right), up(top + ph), s
    out[E_LOW], out[E_HIGH] = low_l, top_h
    return True


@_jit
def _profile_node(t: FloatArray, i: int, zeta: float, out: FloatArray) -> bool:
    """Fill h, s and the range of f' of node i, piece by piece; False where f' is not bounded."""
    if _is_concave(t, i, zeta):
        return _concave_node(t, i, zeta, out)
    kind, gain, threshold = t[i, KIND], t[i, GAIN], t[i, THRESHOLD]
    x = t[i, XL]
    vl, vh, dl, dh = activate(kind, gain, threshold, x)
    ql, qh = quadratic(0.0, t[i, PRE0], t[i, PRE1], vl, vh)
    fl, fh = _f_at(t, i, zeta, x, vl, vh)
    end = activate(kind, gain, threshold, t[i, XH])
    el, eh = quadratic(0.0, t[i, PRE0], t[i, PRE1], end[0], end[1])
    gl, gh = _f_at(t, i, zeta, t[i, XH], end[0], end[1])
    gap = 0.5 * (el + eh) - 0.5 * (ql + qh)
    if not abs(gap) > 1e-200:
        return False
    s = (0.5 * (gl + gh) - 0.5 * (fl + fh)) / gap
    if not abs(s) < 1e100:
        return False
    pl, ph = multiply(s, s, ql, qh)
    hl, hh = subtract(fl, fh, pl, ph)
    out[H_LOW], out[H_HIGH], out[SLOPE] = hl, hh, s
    out[E_LOW], out[E_HIGH] = math.inf, -math.inf
    for k in range(PIECES):
        if k == PIECES - 1:
            y = t[i, XH]
        else:
            y = approximate_inverse(t, i, t[i, VL] + (k + 1) * (t[i, VH] - t[i, VL]) / PIECES)
            y = max(x, min(t[i, XH], y))
        wl, wh, bl, bh = activate(kind, gain, threshold, y)
        rl, rh = quadratic(0.0, t[i, PRE0], t[i, PRE1], wl, wh)
        gl, gh = _f_at(t, i, zeta, y, wl, wh)
        low = min(dl, bl)
        high = max(dh, bh)
        if x <= threshold <= y:
            high = gain if kind == 0.0 else 0.25 * gain
        el, eh = _slope_over(t, i, zeta, x, y, min(vl, wl), max(vh, wh), low, high)
        if math.isinf(el) or math.isinf(eh) or math.isnan(el) or math.isnan(eh):
            return False
        out[E_LOW], out[E_HIGH] = min(out[E_LOW], el), max(out[E_HIGH], eh)
        # h on the piece from its left end, and from its right end
        pl, ph = multiply(s, s, rl, rh)
        nl, nh = subtract(gl, gh, pl, ph)
        el, eh = subtract(el, eh, s, s)
        dq_l, dq_h = subtract(rl, rh, ql, qh)
        dq_l, dq_h = min(0.0, dq_l), max(0.0, dq_h)
        pl, ph = multiply(el, eh, dq_l, dq_h)
        left_l, left_h = add(hl, hh, pl, ph)
        right_l, right_h = subtract(nl, nh, pl, ph)
        out[H_LOW] = min(out[H_LOW], max(left_l, right_l))
        out[H_HIGH] = max(out[H_HIGH], min(left_h, right_h))
        x, vl, vh, dl, dh, ql, qh, hl, hh = y, wl, wh, bl, bh, rl, rh, nl, nh
    return True


@merged
def _f_at(
    t: FloatArray, i: int, zeta: float, x: float, vl: float, vh: float
) -> tuple[float, float]:
    """f_i = (x - b) / R(V) at a float x with V in [vl, vh]."""
    rl, rh = factor(t, i, zeta, vl, vh)
    low, high = subtract(x, x, t[i, BIAS], t[i, BIAS])
    return divide(low, high, rl, rh)


@merged
def _slope_over(
    t: FloatArray,
    i: int,
    zeta: float,
    xl: float,
    xh: float,
    vl: float,
    vh: float,
    dl: float,
    dh: float,
) -> tuple[float, float]:
    """df/dq = (1 / (phi' R) - (x - b) R' / R^2) / (dq/dV) over a piece."""
    rl, rh = factor(t, i, zeta, vl, vh)
    sl, sh = factor_slope(t, i, zeta, vl, vh)
    low, high = subtract(xl, xh, t[i, BIAS], t[i, BIAS])
    low, high = multiply(low, high, sl, sh)
    low, high = divide(low, high, rl, rh)
    pl, ph = divide(1.0, 1.0, dl, dh)
    low, high = subtract(pl, ph, low, high)
    low, high = divide(low, high, rl, rh)
    sl, sh = quadratic(t[i, PRE0], 2.0 * t[i, PRE1], 0.0, vl, vh)
    return divide(low, high, sl, sh)


@_jit
def profile(
    t: FloatArray,
    system: System,
    buffers: Buffers,
) -> None:
    """Fill h, s and the range of f' of every node where the relaxation applies (USABLE = 1)."""
    out = buffers.profile
    for i in range(len(t)):
        out[i, USABLE] = 0.0
        applies = buffers.scaled[i] and buffers.coordinate[i] == PRODUCT and t[i, XL] < t[i, XH]
        if applies and _profile_node(t, i, system.arcs[system.group[system.row[i]], ZETA], out[i]):
            out[i, USABLE] = 1.0


@_jit
def relax(
    t: FloatArray,
    system: System,
    buffers: Buffers,
) -> bool:
    """Contract the box by (diag(s) - c) q = -h; False when it holds no root.

    Rows where the relaxation does not apply keep their q as it is.
    """
    n = len(t)
    matrix, inverse, error, out = buffers.scratch, buffers.inverse, buffers.error, buffers.profile
    matrix[:] = 0.0
    for i in range(n):
        if out[i, USABLE] == 0.0:
            matrix[i, i] = 1.0
            out[i, H_LOW], out[i, H_HIGH] = -t[i, QH], -t[i, QL]
            continue
        matrix[i, i] = out[i, SLOPE]
        for a in range(system.group[system.row[i]], system.group[system.row[i] + 1]):
            matrix[system.source[a], i] -= 0.5 * (system.arcs[a, C_LOW] + system.arcs[a, C_HIGH])
    product = buffers.product
    for i in range(n):
        for j in range(n):
            product[i, j] = matrix[i, j]
    if not _invert(matrix, inverse):
        return True
    # row i of q = -C h + (I - C M) q; all arrays are transposed. With h and q as mid +- rad, the
    # sums of at most 2 n products are below `slack` of the sums of absolute values off.
    slack = (4 * n + 24) * ULP
    first, column = buffers.pattern.first, buffers.pattern.column
    value = buffers.sums
    matrix[:] = 0.0
    error[:] = 0.0
    for i in range(n):
        matrix[i, i] = 1.0
        value[0, i] = value[1, i] = 0.0
    for k in range(n):
        for e in range(first[k], first[k + 1]):
            j = column[e]
            m = product[j, k]
            spread = slack * (abs(m) + abs(out[k, SLOPE])) if out[k, USABLE] == 1.0 else slack
            for i in range(n):
                matrix[j, i] -= inverse[k, i] * m
                error[j, i] += abs(inverse[k, i]) * spread
    for k in range(n):
        h = 0.5 * out[k, H_LOW] + 0.5 * out[k, H_HIGH]
        r = max(out[k, H_HIGH] - h, h - out[k, H_LOW]) + slack * abs(h)
        q = 0.5 * t[k, QL] + 0.5 * t[k, QH]
        d = max(t[k, QH] - q, q - t[k, QL]) + slack * abs(q)
        size = abs(q) + d
        for i in range(n):
            value[0, i] += matrix[k, i] * q - inverse[k, i] * h
            value[1, i] += abs(inverse[k, i]) * r + abs(matrix[k, i]) * d + error[k, i] * size
    for i in range(n):
        r = value[1, i] * (1.0 + slack)
        low, high = down(value[0, i] - r), up(value[0, i] + r)
        if low > t[i, QH] or high < t[i, QL]:
            return False
        if out[i, USABLE] == 1.0 and (low > t[i, QL] or high < t[i, QH]):
            low, high = rate_from_q(t, i, max(low, t[i, QL]), min(high, t[i, QH]))
            if not tighten(t, i, low, high):
                return False
    return True


@_jit
def never_minimum(
    system: System,
    buffers: Buffers,
) -> bool:
    """Whether H has a negative eigenvalue everywhere in the box.

    symmetry_i (row i of diag(f') - c) is symmetric. Elimination on the matrix with the largest f'
    stops at a negative pivot; the direction that it gives is then checked with all rounding.
    """
    symmetry, out = system.symmetry, buffers.profile
    n = len(symmetry)
    matrix, z = buffers.scratch, buffers.weight
    matrix[:] = 0.0
    for i in range(n):
        if out[i, USABLE] == 0.0:
            matrix[i, i] = 1.0
            continue
        matrix[i, i] += symmetry[i] * out[i, E_HIGH]
        for a in range(system.group[system.row[i]], system.group[system.row[i] + 1]):
            j = system.source[a]
            if out[j, USABLE] == 1.0:
                matrix[i, j] -= symmetry[i] * 0.5 * (system.arcs[a, C_LOW] + system.arcs[a, C_HIGH])
    for k in range(n):
        pivot = matrix[k, k]
        if pivot <= 0.0:
            # solve L^T z = e_k by back substitution: z^T M z = pivot
            for i in range(n):
                z[i] = 0.0
            z[k] = 1.0
            for i in range(k - 1, -1, -1):
                total = 0.0
                for j in range(i + 1, k + 1):
                    total += matrix[i, j] * z[j]
                z[i] = -total / matrix[i, i]
            return _form_is_negative(system, buffers)
        for i in range(k + 1, n):
            f = matrix[i, k] / pivot
            if f != 0.0:
                for j in range(k, n):
                    matrix[i, j] -= f * matrix[k, j]
    return False


@_jit
def _form_is_negative(
    system: System,
    buffers: Buffers,
) -> bool:
    """Whether z^T diag(symmetry) (diag(E_HIGH) - c) z < 0 on the usable nodes, for certain."""
    symmetry, out, z = system.symmetry, buffers.profile, buffers.weight
    total = 0.0
    size = 0.0
    terms = 8
    for i in range(len(z)):
        if z[i] == 0.0 or out[i, USABLE] == 0.0:
            continue
        term = symmetry[i] * z[i] * z[i] * out[i, E_HIGH]
        total += term
        size += abs(term)
        terms += 2
        for a in range(system.group[system.row[i]], system.group[system.row[i] + 1]):
            j = system.source[a]
            if out[j, USABLE] == 1.0:
                term = (
                    symmetry[i]
                    * z[i]
                    * z[j]
                    * 0.5
                    * (system.arcs[a, C_LOW] + system.arcs[a, C_HIGH])
                )
                total -= term
                size += abs(term)
                terms += 2
    return total + size * terms * ULP < 0.0
