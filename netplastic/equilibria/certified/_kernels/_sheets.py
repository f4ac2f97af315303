"""Families of roots that parameters drive: values at chosen points of their box, and slopes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray, borrowing, outer

from ._buffers import Buffers, Pattern
from ._enclose import contract, q_slope, refresh
from ._interval import ULP, divide, down, multiply, subtract, up
from ._newton import ACTIVITY, PRODUCT, UNIQUE, chord, jacobian_over, newton_step, precondition
from ._table import DH, DL, FREE, PARAMETER_HIGH, PARAMETER_LOW, VH, VL, XH, XL, System

__all__ = ["Q_SLOPE", "RATE", "V_SLOPE", "SheetTable", "X", "contract_box", "follow", "make_sheets"]

RATE, X = 0, 2
"""First column of each pair (lower, upper) in `SheetTable.at`: rate, activity."""
V_SLOPE, Q_SLOPE = 0, 2
"""The same in `SheetTable.slope`: derivatives of the rate and of q by the parameter's activity."""

_STEPS = 12
_jit = borrowing


class SheetTable(NamedTuple):
    """What is known of k sheets of n nodes, driven by d parameters.

    Attributes
    ----------
    over : float array of shape (k, n, 2)
        Rates over the whole box of the parameters.
    at : float array of shape (k, points, n, 4)
        Members at chosen points.
    slope : float array of shape (k, d, n, 4)
        Derivatives over the box.
    known : bool array of shape (k,)
        Slopes were bounded and the members proved and enclosed; else the rest does not hold.
    """

    over: FloatArray
    at: FloatArray
    slope: FloatArray
    known: BoolArray


def make_sheets(k: int, n: int, points: int, d: int) -> SheetTable:
    """Room for k sheets."""
    return SheetTable(
        np.zeros((k, n, 2)),
        np.zeros((k, points, n, 4)),
        np.zeros((k, d, n, 4)),
        np.zeros(k, dtype=np.bool_),
    )


@outer
def contract_box(
    t: FloatArray,
    system: System,
    pattern: Pattern,
    dirty: FloatArray,
) -> bool:
    """Tighten the box of activities in `t`; False when it holds no root. `dirty` (n, 2) is work."""
    for i in range(len(t)):
        refresh(t, i, False)
        dirty[i, 0] = 1.0
        dirty[i, 1] = t[i, VH] - t[i, VL]
    return contract(t, system, pattern, dirty)


@outer
def follow(
    t: FloatArray,
    u: FloatArray,
    system: System,
    buffers: Buffers,
    root: FloatArray,
    region: FloatArray,
    parameters: IntArray,
    points: FloatArray,
    sheets: SheetTable,
) -> None:
    """Fill `sheets` for the sheets root, region (k, 2, n) of the parameters at these free nodes.

    Each root, which may be as large as its region, is tightened. Members are enclosed at the
    parameters' values `points` (points, d).
    """
    d = len(parameters)
    low, high = np.empty(d), np.empty(d)
    for j in range(d):
        low[j], high[j] = t[parameters[j], PARAMETER_LOW], t[parameters[j], PARAMETER_HIGH]
    for k in range(len(root)):
        _tighten(u, system, buffers, root[k])
        sheets.known[k] = _slopes(
            u, system, buffers, root[k], parameters, sheets.over[k], sheets.slope[k]
        )
        for q in range(len(points)):
            if not sheets.known[k]:
                break
            for j in range(d):
                p = parameters[j]
                t[p, PARAMETER_LOW] = t[p, PARAMETER_HIGH] = points[q, j]
                u[p, PARAMETER_LOW] = u[p, PARAMETER_HIGH] = points[q, j]
            sheets.known[k] = _member(
                t,
                u,
                system,
                buffers,
                root[k],
                region[k],
                parameters,
                points[q],
                sheets.slope[k],
                sheets.at[k, q],
            )
        for j in range(d):
            p = parameters[j]
            t[p, PARAMETER_LOW], t[p, PARAMETER_HIGH] = low[j], high[j]
            u[p, PARAMETER_LOW], u[p, PARAMETER_HIGH] = low[j], high[j]


@_jit
def _tighten(
    u: FloatArray,
    system: System,
    buffers: Buffers,
    root: FloatArray,
) -> None:
    """Contract a box that is known to hold one sheet, for all parameters in their box."""
    for i in range(len(u)):
        u[i, XL], u[i, XH] = root[0, i], root[1, i]
        if u[i, FREE] != 0.0:
            u[i, XL], u[i, XH] = u[i, PARAMETER_LOW], u[i, PARAMETER_HIGH]
        refresh(u, i, False)
    newton_step(u, system, buffers)
    for i in range(len(u)):
        buffers.dirty[i, 0] = 1.0
        buffers.dirty[i, 1] = u[i, VH] - u[i, VL]
    contract(u, system, buffers.pattern, buffers.dirty)
    newton_step(u, system, buffers)
    for i in range(len(u)):
        if u[i, XL] <= u[i, XH]:
            root[0, i], root[1, i] = u[i, XL], u[i, XH]


@_jit
def _slopes(
    u: FloatArray,
    system: System,
    buffers: Buffers,
    root: FloatArray,
    parameters: IntArray,
    over: FloatArray,
    slope: FloatArray,
) -> bool:
    """Rates over the parameters' box and their slopes by each parameter."""
    for i in range(len(u)):
        u[i, XL], u[i, XH] = root[0, i], root[1, i]
        refresh(u, i, False)
        over[i, 0], over[i, 1] = u[i, VL], u[i, VH]
    if not jacobian_over(u, system, buffers) or not precondition(buffers):
        return False
    bounded = True
    for j in range(len(parameters)):
        bounded = bounded and _slopes_by(u, buffers, parameters[j], slope[j])
    return bounded


@_jit
def _slopes_by(u: FloatArray, buffers: Buffers, p: int, slope: FloatArray) -> bool:
    """Slopes by the parameter at node p.

    In the coordinates z of the Jacobian J, whose row p is that of the parameter, J dz/dp = e_p.
    With C J = I + E and c = C e_p this reads d = c - E d. If |E| w <= alpha w for weights
    w >= |c|, then |d - c| <= alpha / (1 - alpha) w.
    """
    n = len(u)
    product, error, inverse = buffers.product, buffers.error, buffers.inverse
    weight, d = buffers.weight, buffers.deviation
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
    scale_l, scale_h = _coordinate_slope(u, buffers, p)
    for i in range(n):
        low = high = inverse[p, i]
        for j in range(n):
            m, e = product[j, i], error[j, i]
            pl, ph = multiply(down(m - e), up(m + e), d[j, 0], d[j, 1])
            low, high = subtract(low, high, pl, ph)
        low, high = max(low, d[i, 0]), min(high, d[i, 1])
        low, high = multiply(low, high, scale_l, scale_h)
        sl, sh = q_slope(u, i)
        if buffers.coordinate[i] == PRODUCT:
            slope[i, Q_SLOPE], slope[i, Q_SLOPE + 1] = low, high
            slope[i, V_SLOPE], slope[i, V_SLOPE + 1] = divide(low, high, sl, sh)
            continue
        if buffers.coordinate[i] == ACTIVITY:
            low, high = multiply(low, high, u[i, DL], u[i, DH])
        slope[i, V_SLOPE], slope[i, V_SLOPE + 1] = low, high
        slope[i, Q_SLOPE], slope[i, Q_SLOPE + 1] = multiply(low, high, sl, sh)
    return True


@_jit
def _coordinate_slope(u: FloatArray, buffers: Buffers, i: int) -> tuple[float, float]:
    """Derivative of node i's coordinate by its activity."""
    if buffers.coordinate[i] == ACTIVITY:
        return 1.0, 1.0
    if buffers.coordinate[i] == PRODUCT:
        sl, sh = q_slope(u, i)
        return multiply(sl, sh, u[i, DL], u[i, DH])
    return u[i, DL], u[i, DH]


@_jit
def _member(
    t: FloatArray,
    u: FloatArray,
    system: System,
    buffers: Buffers,
    root: FloatArray,
    region: FloatArray,
    parameters: IntArray,
    point: FloatArray,
    slope: FloatArray,
    at: FloatArray,
) -> bool:
    """Enclose the rates of the sheet's member at one point of the parameters' box."""
    n = len(u)
    for i in range(n):
        guess = 0.5 * (root[0, i] + root[1, i])
        bend = max(0.5 * (u[i, DL] + u[i, DH]), 1e-9)
        for j in range(len(parameters)):
            p = parameters[j]
            away = point[j] - 0.5 * (root[0, p] + root[1, p])
            guess += 0.5 * (slope[j, i, V_SLOPE] + slope[j, i, V_SLOPE + 1]) * away / bend
        guess = max(region[0, i], min(region[1, i], guess))
        t[i, XL] = t[i, XH] = guess
    for j in range(len(parameters)):
        t[parameters[j], XL] = t[parameters[j], XH] = point[j]
    for i in range(n):
        refresh(t, i, False)
    if not chord(t, u, system, buffers, _STEPS):
        return False
    for i in range(n):
        t[i, XL] = u[i, XL]
    for radius in (1e-10, 1e-8, 1e-6):
        for i in range(n):
            r = radius * (1.0 + abs(t[i, XL])) if u[i, FREE] == 0.0 else 0.0
            u[i, XL], u[i, XH] = t[i, XL] - r, t[i, XL] + r
            refresh(u, i, False)
        if newton_step(u, system, buffers) == UNIQUE:
            newton_step(u, system, buffers)
            for i in range(n):
                outside = u[i, XL] < region[0, i] or u[i, XH] > region[1, i]
                if outside and u[i, FREE] == 0.0:
                    return False
                at[i, RATE], at[i, RATE + 1] = u[i, VL], u[i, VH]
                at[i, X], at[i, X + 1] = u[i, XL], u[i, XH]
            return True
    return False
