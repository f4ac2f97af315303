"""Families of roots that one parameter drives: values at both ends of its range, and slopes."""

from __future__ import annotations

from .._types import BoolArray, FloatArray, IntArray
from .enclose import contract, q_slope, refresh
from .interval import ULP, divide, down, multiply, subtract, up
from .jit import borrowing, outer
from .newton import (
    ACTIVITY,
    PRODUCT,
    UNIQUE,
    chord,
    jacobian_over,
    newton_step,
    precondition,
)
from .table import DH, DL, PARAMETER_HIGH, PARAMETER_LOW, VH, VL, XH, XL
from .work import Pattern, Work

__all__ = [
    "AT_HIGH",
    "AT_LOW",
    "FIELDS",
    "OVER",
    "Q_SLOPE",
    "V_SLOPE",
    "X_LOW",
    "contract_box",
    "follow",
]

AT_LOW, AT_HIGH, X_LOW, X_HIGH, OVER, V_SLOPE, Q_SLOPE = range(0, 14, 2)
"""First column of each pair (lower, upper): rate at the low end of the parameter's range and at the
high end, activity at either, rate over the whole range; derivatives of the rate and of q by the
parameter's activity."""
FIELDS = 14

_STEPS = 12
_SWEEPS = 8
_jit = borrowing


@outer
def contract_box(
    t: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    pattern: Pattern,
    dirty: FloatArray,
    sweeps: int,
) -> bool:
    """Tighten the box of activities in `t`; False when it holds no root. `dirty` (n, 2) is work."""
    for i in range(len(t)):
        refresh(t, i, False)
        dirty[i, 0] = 1.0
        dirty[i, 1] = t[i, VH] - t[i, VL]
    return contract(
        t, arcs, source, group, row, pattern.first_reader, pattern.reader, dirty, sweeps
    )


@outer
def follow(
    t: FloatArray,
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    work: Work,
    root: FloatArray,
    region: FloatArray,
    p: int,
    out: FloatArray,
    ok: BoolArray,
) -> None:
    """Fill out (k, n, FIELDS) for the families root, region (k, 2, n) of the parameter at node p.

    Each root, which may be as large as its region, is tightened. Only where ok (k) is True does the
    row hold: slopes were bounded, and at both ends the member of the family was proved and
    enclosed.
    """
    low, high = t[p, PARAMETER_LOW], t[p, PARAMETER_HIGH]
    for k in range(len(root)):
        _tighten(u, arcs, source, group, row, work, root[k], p, low, high)
        ok[k] = _slopes(u, arcs, source, group, row, work, root[k], p, out[k])
        for end in range(2):
            if not ok[k]:
                break
            x = high if end else low
            t[p, PARAMETER_LOW] = t[p, PARAMETER_HIGH] = x
            u[p, PARAMETER_LOW] = u[p, PARAMETER_HIGH] = x
            ok[k] = _member(
                t, u, arcs, source, group, row, work, root[k], region[k], p, x, out[k], 2 * end
            )
        t[p, PARAMETER_LOW], t[p, PARAMETER_HIGH] = low, high
        u[p, PARAMETER_LOW], u[p, PARAMETER_HIGH] = low, high


@_jit
def _tighten(
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    work: Work,
    root: FloatArray,
    p: int,
    low: float,
    high: float,
) -> None:
    """Contract a box that is known to hold one family, for the parameter in [low, high]."""
    for i in range(len(u)):
        u[i, XL], u[i, XH] = root[0, i], root[1, i]
        if i == p:
            u[i, XL], u[i, XH] = low, high
        refresh(u, i, False)
    newton_step(u, arcs, source, group, row, work)
    for i in range(len(u)):
        work.dirty[i, 0] = 1.0
        work.dirty[i, 1] = u[i, VH] - u[i, VL]
    contract(u, arcs, source, group, row, work.first_reader, work.reader, work.dirty, _SWEEPS)
    newton_step(u, arcs, source, group, row, work)
    for i in range(len(u)):
        if u[i, XL] <= u[i, XH]:
            root[0, i], root[1, i] = u[i, XL], u[i, XH]


@_jit
def _slopes(
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    work: Work,
    root: FloatArray,
    p: int,
    out: FloatArray,
) -> bool:
    """Rates over the parameter's range and their slopes.

    In the coordinates z of the Jacobian J, whose row p is that of the parameter, J dz/dp = e_p.
    With C J = I + E and c = C e_p this reads d = c - E d. If |E| w <= alpha w for weights
    w >= |c|, then |d - c| <= alpha / (1 - alpha) w.
    """
    n = len(u)
    for i in range(n):
        u[i, XL], u[i, XH] = root[0, i], root[1, i]
        refresh(u, i, False)
        out[i, OVER], out[i, OVER + 1] = u[i, VL], u[i, VH]
    if not jacobian_over(u, arcs, source, group, row, work) or not precondition(work):
        return False
    product, error, inverse = work.product, work.error, work.inverse
    weight, d = work.weight, work.deviation
    largest = 0.0
    for i in range(n):
        largest = max(largest, abs(inverse[p, i]))
    for i in range(n):
        weight[i] = abs(inverse[p, i]) + 1e-3 * largest
    alpha = 0.0
    slack = 1.0 + (n + 6) * ULP
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += (abs(product[j, i]) + error[j, i]) * weight[j]
        alpha = max(alpha, total * slack / weight[i])
    if not alpha < 0.9:
        return False
    alpha = up(up(alpha) / down(1.0 - alpha))
    for i in range(n):
        reach = up(alpha * weight[i])
        d[i, 0], d[i, 1] = down(inverse[p, i] - reach), up(inverse[p, i] + reach)
    scale_l, scale_h = _coordinate_slope(u, work, p)
    for i in range(n):
        low = high = inverse[p, i]
        for j in range(n):
            m, e = product[j, i], error[j, i]
            pl, ph = multiply(down(m - e), up(m + e), d[j, 0], d[j, 1])
            low, high = subtract(low, high, pl, ph)
        low, high = max(low, d[i, 0]), min(high, d[i, 1])
        low, high = multiply(low, high, scale_l, scale_h)
        sl, sh = q_slope(u, i)
        if work.coordinate[i] == PRODUCT:
            out[i, Q_SLOPE], out[i, Q_SLOPE + 1] = low, high
            out[i, V_SLOPE], out[i, V_SLOPE + 1] = divide(low, high, sl, sh)
            continue
        if work.coordinate[i] == ACTIVITY:
            low, high = multiply(low, high, u[i, DL], u[i, DH])
        out[i, V_SLOPE], out[i, V_SLOPE + 1] = low, high
        out[i, Q_SLOPE], out[i, Q_SLOPE + 1] = multiply(low, high, sl, sh)
    return True


@_jit
def _coordinate_slope(u: FloatArray, work: Work, i: int) -> tuple[float, float]:
    """Derivative of node i's coordinate by its activity."""
    if work.coordinate[i] == ACTIVITY:
        return 1.0, 1.0
    if work.coordinate[i] == PRODUCT:
        sl, sh = q_slope(u, i)
        return multiply(sl, sh, u[i, DL], u[i, DH])
    return u[i, DL], u[i, DH]


@_jit
def _member(
    t: FloatArray,
    u: FloatArray,
    arcs: FloatArray,
    source: IntArray,
    group: IntArray,
    row: IntArray,
    work: Work,
    root: FloatArray,
    region: FloatArray,
    p: int,
    x: float,
    out: FloatArray,
    column: int,
) -> bool:
    """Enclose the rates of the family's member at activity x of the parameter."""
    n = len(u)
    middle = 0.5 * (root[0, p] + root[1, p])
    for i in range(n):
        slope = 0.5 * (out[i, V_SLOPE] + out[i, V_SLOPE + 1])
        guess = 0.5 * (root[0, i] + root[1, i])
        if i != p:
            guess += slope * (x - middle) / max(0.5 * (u[i, DL] + u[i, DH]), 1e-9)
            guess = max(region[0, i], min(region[1, i], guess))
        else:
            guess = x
        t[i, XL] = t[i, XH] = guess
        refresh(t, i, False)
    if not chord(t, u, arcs, source, group, row, work, _STEPS):
        return False
    for i in range(n):
        t[i, XL] = u[i, XL]
    for radius in (1e-10, 1e-8, 1e-6):
        for i in range(n):
            r = radius * (1.0 + abs(t[i, XL])) if i != p else 0.0
            u[i, XL], u[i, XH] = t[i, XL] - r, t[i, XL] + r
            refresh(u, i, False)
        if newton_step(u, arcs, source, group, row, work) == UNIQUE:
            newton_step(u, arcs, source, group, row, work)
            for i in range(n):
                if i != p and (u[i, XL] < region[0, i] or u[i, XH] > region[1, i]):
                    return False
                out[i, column], out[i, column + 1] = u[i, VL], u[i, VH]
                out[i, X_LOW + column], out[i, X_LOW + column + 1] = u[i, XL], u[i, XH]
            return True
    return False
