"""Interval Newton on a box: emptiness, uniqueness, existence, and a root's tight enclosure.

Rows and columns are scaled so that as much as possible of the Jacobian is constant. A row with one
group of arcs is divided by R_i(V_i) wherever that has no zero:

    F_i / R_i = (x_i - b_i - A_i) / R_i - sum_j c_ij q_j,

and column j uses the coordinate q_j = V_j pre_j(V_j) wherever that is monotone. Without static
weights the off-diagonal entries are then the numbers -c_ij, and all nonlinearity sits on the
diagonal. Otherwise a column uses the rate V_j, or the activity x_j where phi saturates.

The row of a free node p says z_p = parameter, whose value is an interval: a unique solution is
then unique for every value of the parameter, and its enclosure holds all of them.
"""

from __future__ import annotations

import math

from netplastic._support import FloatArray, borrowing, merged

from ._buffers import Buffers
from ._enclose import factor, factor_slope, gather, q_slope, rate_from_q, refresh, row_at, tighten
from ._interval import ULP, add, divide, down, multiply, subtract, up
from ._table import (
    BIAS,
    C_HIGH,
    C_LOW,
    DH,
    DL,
    FREE,
    GAIN,
    PARAMETER_HIGH,
    PARAMETER_LOW,
    QH,
    QL,
    S_HIGH,
    S_LOW,
    VH,
    VL,
    XH,
    XL,
    ZETA,
    System,
)

__all__ = [
    "EMPTY",
    "REGULAR",
    "UNIQUE",
    "UNKNOWN",
    "chord",
    "newton_step",
]

EMPTY, UNKNOWN, REGULAR, UNIQUE = 0, 1, 2, 3
ACTIVITY, RATE, PRODUCT = 0, 1, 2
_STEEP = 1e-3

_jit = borrowing


@_jit
def jacobian_over(t: FloatArray, system: System, buffers: Buffers) -> bool:
    """Enclose the Jacobian over the box, in coordinates and scales chosen here; False at a pole."""
    choose_scales(t, system, buffers)
    buffers.low[:] = 0.0
    buffers.high[:] = 0.0
    bounded = True
    for i in range(len(t)):
        bounded = bounded and _row_over(t, system, buffers, i)
    return bounded


@_jit
def choose_scales(t: FloatArray, system: System, buffers: Buffers) -> None:
    """Choose each column's coordinate and whether each row is scaled, for this box."""
    n = len(t)
    coordinate, scaled = buffers.coordinate, buffers.scaled
    for j in range(n):
        coordinate[j] = ACTIVITY
        if t[j, DL] > _STEEP * t[j, GAIN]:
            sl, sh = q_slope(t, j)
            coordinate[j] = RATE if sl <= 0.0 <= sh else PRODUCT
    for i in range(n):
        scaled[i] = False
        if system.row[i + 1] == system.row[i] + 1:
            rl, rh = factor(
                t, i, system.arcs[system.group[system.row[i]], ZETA], t[i, VL], t[i, VH]
            )
            scaled[i] = not (rl <= 0.0 <= rh)


@_jit
def _row_over(
    t: FloatArray,
    system: System,
    buffers: Buffers,
    i: int,
) -> bool:
    """Enclose row i: derivatives of F_i, or of F_i / R_i where the row is scaled."""
    jl, jh, scaled = buffers.low, buffers.high, buffers.scaled[i]
    if t[i, FREE] != 0.0:
        jl[i, i] = jh[i, i] = 1.0
        return True
    # derivative of the node's own terms: own_x through x_i itself, own_v through R_i(V_i)
    own_xl = own_xh = 1.0
    own_l = own_h = 0.0
    for g in range(system.row[i], system.row[i + 1]):
        zeta = system.arcs[system.group[g], ZETA]
        rl, rh = factor(t, i, zeta, t[i, VL], t[i, VH])
        if math.isinf(rl) or math.isinf(rh):
            return False
        al, ah, tl, th = gather(t, system, system.group[g], system.group[g + 1])
        sl, sh = factor_slope(t, i, zeta, t[i, VL], t[i, VH])
        if scaled:
            own_xl, own_xh = divide(1.0, 1.0, rl, rh)
            tl, th = subtract(t[i, XL], t[i, XH], t[i, BIAS], t[i, BIAS])
            tl, th = subtract(tl, th, al, ah)
            tl, th = divide(tl, th, rl, rh)
            tl, th = divide(tl, th, rl, rh)
        sl, sh = multiply(sl, sh, tl, th)
        own_l, own_h = add(own_l, own_h, sl, sh)
        for a in range(system.group[g], system.group[g + 1]):
            j = system.source[a]
            low, high = _through(t, system, buffers, a, j, rl, rh, scaled)
            jl[i, j], jh[i, j] = subtract(jl[i, j], jh[i, j], low, high)
    if buffers.coordinate[i] == ACTIVITY:
        own_l, own_h = multiply(own_l, own_h, t[i, DL], t[i, DH])
    else:
        own_xl, own_xh = divide(own_xl, own_xh, t[i, DL], t[i, DH])
    own_l, own_h = subtract(own_xl, own_xh, own_l, own_h)
    if buffers.coordinate[i] == PRODUCT:
        sl, sh = q_slope(t, i)
        own_l, own_h = divide(own_l, own_h, sl, sh)
    jl[i, i], jh[i, i] = add(jl[i, i], jh[i, i], own_l, own_h)
    return True


@merged
def _through(
    t: FloatArray,
    system: System,
    buffers: Buffers,
    a: int,
    j: int,
    rl: float,
    rh: float,
    scaled: bool,
) -> tuple[float, float]:
    """Derivative of one arc's input in its source's coordinate, divided by R if scaled."""
    coordinate = buffers.coordinate[j]
    low = high = 0.0
    if system.arcs[a, C_LOW] != 0.0 or system.arcs[a, C_HIGH] != 0.0:
        low, high = system.arcs[a, C_LOW], system.arcs[a, C_HIGH]
        if not scaled:
            low, high = multiply(low, high, rl, rh)
        if coordinate != PRODUCT:
            sl, sh = q_slope(t, j)
            low, high = multiply(low, high, sl, sh)
    if system.arcs[a, S_LOW] != 0.0 or system.arcs[a, S_HIGH] != 0.0:
        pl, ph = system.arcs[a, S_LOW], system.arcs[a, S_HIGH]
        if scaled:
            pl, ph = divide(pl, ph, rl, rh)
        if coordinate == PRODUCT:
            sl, sh = q_slope(t, j)
            pl, ph = divide(pl, ph, sl, sh)
        low, high = add(low, high, pl, ph)
    if coordinate == ACTIVITY:
        low, high = multiply(low, high, t[j, DL], t[j, DH])
    return low, high


@_jit
def _invert(matrix: FloatArray, inverse: FloatArray) -> bool:
    """Approximate inverse by Gauss-Jordan elimination with row pivoting; destroys `matrix`."""
    n = len(matrix)
    inverse[:] = 0.0
    for i in range(n):
        inverse[i, i] = 1.0
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[pivot, k]):
                pivot = i
        value = matrix[pivot, k]
        if not abs(value) > 1e-200:
            return False
        if pivot != k:
            for j in range(n):
                matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
                inverse[k, j], inverse[pivot, j] = inverse[pivot, j], inverse[k, j]
        value = 1.0 / value
        for j in range(k + 1, n):
            matrix[k, j] *= value
        for j in range(n):
            inverse[k, j] *= value
        for i in range(n):
            f = matrix[i, k]
            if i != k and f != 0.0:
                for j in range(k + 1, n):
                    matrix[i, j] -= f * matrix[k, j]
                for j in range(n):
                    inverse[i, j] -= f * inverse[k, j]
    return True


@_jit
def precondition(buffers: Buffers) -> bool:
    """Midpoint inverse C and an enclosure product +- error of C J - I; False when singular.

    The rounding errors of the two sums of at most n products are below n units of the sums of
    absolute values; (n + 6) ULP |mid| in the radius and the last factor cover them.
    """
    low, high, inverse = buffers.low, buffers.high, buffers.inverse
    product, error, mid = buffers.product, buffers.error, buffers.scratch
    first, column = buffers.pattern.first, buffers.pattern.column
    n = len(low)
    for i in range(n):
        for j in range(n):
            mid[j, i] = 0.5 * (low[i, j] + high[i, j])
    if not _invert(mid, inverse):
        return False
    product[:] = 0.0
    error[:] = 0.0
    slack = (n + 6) * ULP
    for k in range(n):
        for e in range(first[k], first[k + 1]):
            j = column[e]
            m = 0.5 * (low[k, j] + high[k, j])
            r = up(max(high[k, j] - m, m - low[k, j])) + slack * abs(m)
            for i in range(n):
                product[j, i] += inverse[k, i] * m
                error[j, i] += abs(inverse[k, i]) * r
    for i in range(n):
        product[i, i] -= 1.0
        for j in range(n):
            error[i, j] = error[i, j] * (1.0 + slack) + ULP
    return True


@_jit
def is_regular(buffers: Buffers) -> bool:
    """Whether every matrix in J is regular: |C J - I| weight < weight, row by row."""
    n = len(buffers.weight)
    product, error, weight, total = buffers.product, buffers.error, buffers.weight, buffers.sums[0]
    total[:] = 0.0
    for j in range(n):
        w = weight[j]
        for i in range(n):
            total[i] += (abs(product[j, i]) + error[j, i]) * w
    slack = 1.0 + (n + 6) * ULP
    regular = True
    for i in range(n):
        regular = regular and total[i] * slack < weight[i]
    return regular


@_jit
def deviate(t: FloatArray, buffers: Buffers) -> None:
    """Box minus centre in the coordinates chosen, and weights that follow its shape."""
    n = len(t)
    deviation, point = buffers.deviation, buffers.point
    largest = 0.0
    for j in range(n):
        if buffers.coordinate[j] == PRODUCT:
            low, high = subtract(t[j, QL], t[j, QH], point[j, QL], point[j, QH])
        elif buffers.coordinate[j] == RATE:
            low, high = subtract(t[j, VL], t[j, VH], point[j, VL], point[j, VH])
        else:
            low, high = subtract(t[j, XL], t[j, XH], point[j, XL], point[j, XH])
        low, high = min(low, 0.0), max(high, 0.0)
        deviation[j, 0], deviation[j, 1] = low, high
        buffers.weight[j] = max(high, -low)
        largest = max(largest, buffers.weight[j])
    for j in range(n):
        buffers.weight[j] = max(buffers.weight[j], max(1e-9 * largest, 1e-30))


@_jit
def _scaled_value(
    point: FloatArray,
    system: System,
    buffers: Buffers,
    i: int,
) -> tuple[float, float]:
    """F_i at a point, divided by R_i where the row is scaled."""
    low, high = row_at(point, system, i, point[i, XL])
    if buffers.scaled[i]:
        rl, rh = factor(
            point, i, system.arcs[system.group[system.row[i]], ZETA], point[i, VL], point[i, VH]
        )
        return divide(low, high, rl, rh)
    return low, high


@_jit
def _centre_terms(buffers: Buffers) -> None:
    """Sums over k of C_ik F_k at the centre, as mid +- rad with all rounding."""
    inverse, value, mid, rad = buffers.inverse, buffers.value, buffers.sums[0], buffers.sums[1]
    n = len(mid)
    mid[:] = 0.0
    rad[:] = 0.0
    slack = (2 * n + 12) * ULP
    for k in range(n):
        m = 0.5 * value[k, 0] + 0.5 * value[k, 1]
        r = up(max(value[k, 1] - m, m - value[k, 0])) + slack * abs(m)
        for i in range(n):
            mid[i] += inverse[k, i] * m
            rad[i] += abs(inverse[k, i]) * r


@_jit
def newton_step(t: FloatArray, system: System, buffers: Buffers) -> int:
    """One Hansen-Sengupta step; contracts the box.

    Returns EMPTY (no root), UNIQUE (exactly one root, in the box before and after), REGULAR (at
    most one root) or UNKNOWN (Neumaier, Interval Methods for Systems of Equations, 1990, ch. 5).
    """
    n = len(t)
    if not jacobian_over(t, system, buffers) or not precondition(buffers):
        return UNKNOWN
    value, deviation, point = buffers.value, buffers.deviation, buffers.point
    product, error = buffers.product, buffers.error
    for i in range(n):
        point[i, XL] = point[i, XH] = 0.5 * (t[i, XL] + t[i, XH])
        refresh(point, i, False)
    deviate(t, buffers)
    for i in range(n):
        if t[i, FREE] != 0.0:
            value[i, 0], value[i, 1] = -deviation[i, 1], -deviation[i, 0]
            continue
        value[i, 0], value[i, 1] = _scaled_value(point, system, buffers, i)
        if math.isinf(value[i, 0]):
            return UNKNOWN
    state = REGULAR if is_regular(buffers) else UNKNOWN
    inside = True
    _centre_terms(buffers)
    mid, rad = buffers.sums[0], buffers.sums[1]
    slack = (2 * n + 12) * ULP
    for i in range(n):
        if t[i, FREE] != 0.0:
            continue
        centre, radius = mid[i], rad[i]
        for j in range(n):
            if j == i:
                continue
            # the deviation is d +- (size - |d|), up to two units of rounding of its size
            d = 0.5 * deviation[j, 0] + 0.5 * deviation[j, 1]
            size = max(-deviation[j, 0], deviation[j, 1])
            m = abs(product[j, i])
            centre += product[j, i] * d
            radius += m * (size - abs(d)) + (error[j, i] + slack * m) * size
        radius = radius * (1.0 + slack)
        low, high = down(centre - radius), up(centre + radius)
        m, e = product[i, i], error[i, i]
        pl, ph = down(1.0 + down(m - e)), up(1.0 + up(m + e))
        if pl <= 0.0 <= ph:
            inside = False
            continue
        low, high = divide(-high, -low, pl, ph)
        if not low <= high:  # not a number: nothing is known
            inside = False
            continue
        inside = inside and low > deviation[i, 0] and high < deviation[i, 1]
        low, high = max(low, deviation[i, 0]), min(high, deviation[i, 1])
        if low > high:
            return EMPTY
        deviation[i, 0], deviation[i, 1] = low, high
    for i in range(n):
        if not _shift(t, buffers, i, deviation[i, 0], deviation[i, 1]):
            return EMPTY
    return UNIQUE if inside else state


@_jit
def _shift(t: FloatArray, buffers: Buffers, j: int, low: float, high: float) -> bool:
    """Intersect node j's interval with centre + [low, high]."""
    point = buffers.point
    if buffers.coordinate[j] == RATE:
        nl, nh = add(point[j, VL], point[j, VH], low, high)
        return tighten(t, j, nl, nh)
    if buffers.coordinate[j] == PRODUCT:
        nl, nh = add(point[j, QL], point[j, QH], low, high)
        if nl <= t[j, QL] and nh >= t[j, QH]:
            return True
        if nl > t[j, QH] or nh < t[j, QL]:
            return False
        nl, nh = rate_from_q(t, j, max(nl, t[j, QL]), min(nh, t[j, QH]))
        return tighten(t, j, nl, nh)
    nl, nh = add(point[j, XL], point[j, XH], low, high)
    changed = nl > t[j, XL] or nh < t[j, XH]
    t[j, XL], t[j, XH] = max(t[j, XL], nl), min(t[j, XH], nh)
    return t[j, XL] <= t[j, XH] and (not changed or refresh(t, j, True))


@_jit
def chord(
    t: FloatArray,
    u: FloatArray,
    system: System,
    buffers: Buffers,
    steps: int,
) -> bool:
    """Put into `u` a point near the root of F, by chord iterations with the last C.

    Only a guess: nothing rests on it. False when the iteration leaves all bounds. A free node
    stays in the middle of its range.
    """
    n = len(t)
    point, inverse, value = buffers.point, buffers.inverse, buffers.value
    for i in range(n):
        u[i, XL] = u[i, XH] = 0.5 * (t[i, XL] + t[i, XH])
        if t[i, FREE] != 0.0:
            u[i, XL] = u[i, XH] = 0.5 * (t[i, PARAMETER_LOW] + t[i, PARAMETER_HIGH])
        refresh(u, i, False)
    for _ in range(steps):
        for i in range(n):
            value[i, 0] = value[i, 1] = 0.0
            if t[i, FREE] == 0.0:
                value[i, 0], value[i, 1] = _scaled_value(u, system, buffers, i)
        largest = 0.0
        for i in range(n):
            move = 0.0
            for k in range(n):
                move -= inverse[k, i] * 0.5 * (value[k, 0] + value[k, 1])
            if t[i, FREE] != 0.0:
                move = 0.0
            if buffers.coordinate[i] == PRODUCT:
                sl, _ = q_slope(u, i)
                move /= sl if abs(sl) > 1e-12 else 1e-12
            if buffers.coordinate[i] != ACTIVITY:
                move /= max(0.5 * (u[i, DL] + u[i, DH]), 1e-3 * u[i, GAIN])
            move = max(-2.0, min(2.0, move))
            point[i, XL] = u[i, XL] + move
            largest = max(largest, abs(move))
        if not largest < 1e6:
            return False
        for i in range(n):
            u[i, XL] = u[i, XH] = point[i, XL]
            refresh(u, i, False)
        if largest < 1e-9:
            break
    return True
