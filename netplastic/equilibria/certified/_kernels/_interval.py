"""Outward-rounded interval operations on pairs of floats (lower, upper).

Rounding. IEEE addition, subtraction, multiplication, division and square root, rounded to
nearest, return r with |exact - r| <= 2**-53 |r| + 2**-1075. `down` and `up` move r by at least
one unit in the last place, hence past the exact value; TINY covers underflow.

Elementary functions. exp, expm1, log, log1p and atanh come from the C library. MARGIN = 16 units
of 2**-52 is the relative error allowed for a function built on one such call; the largest error
found against arbitrary-precision balls stays below a quarter of it (tests). Nothing here may
ever be compiled with fastmath.
"""

from __future__ import annotations

import math

from netplastic._support import FloatArray, outer, scalar

__all__ = [
    "LOGISTIC",
    "MARGIN",
    "TANH",
    "activate",
    "activate_all",
    "add",
    "divide",
    "down",
    "inverse_down",
    "inverse_up",
    "multiply",
    "quadratic",
    "slope_range",
    "square",
    "subtract",
    "up",
]

ULP = 2.0**-52
TINY = 1e-200
MARGIN = 16.0 * ULP
TANH = 0.0
LOGISTIC = 1.0

_jit = scalar


@_jit
def down(r: float) -> float:
    """Float at least one unit in the last place below r."""
    return r - (abs(r) * ULP + TINY)


@_jit
def up(r: float) -> float:
    """Float at least one unit in the last place above r."""
    return r + (abs(r) * ULP + TINY)


@_jit
def add(al: float, ah: float, bl: float, bh: float) -> tuple[float, float]:
    """Sum."""
    return down(al + bl), up(ah + bh)


@_jit
def subtract(al: float, ah: float, bl: float, bh: float) -> tuple[float, float]:
    """Difference."""
    return down(al - bh), up(ah - bl)


@_jit
def multiply(al: float, ah: float, bl: float, bh: float) -> tuple[float, float]:
    """Product of bounded intervals."""
    p, q, r, s = al * bl, al * bh, ah * bl, ah * bh
    return down(min(min(p, q), min(r, s))), up(max(max(p, q), max(r, s)))


@_jit
def divide(al: float, ah: float, bl: float, bh: float) -> tuple[float, float]:
    """Quotient; the whole line when the divisor contains zero."""
    if bl <= 0.0 <= bh:
        return -math.inf, math.inf
    p, q, r, s = al / bl, al / bh, ah / bl, ah / bh
    return down(min(min(p, q), min(r, s))), up(max(max(p, q), max(r, s)))


@_jit
def square(al: float, ah: float) -> tuple[float, float]:
    """Square, not below zero."""
    p, q = al * al, ah * ah
    if al <= 0.0 <= ah:
        return 0.0, up(max(p, q))
    return max(0.0, down(min(p, q))), up(max(p, q))


@_jit
def quadratic(c0: float, c1: float, c2: float, vl: float, vh: float) -> tuple[float, float]:
    """Range of c0 + c1 v + c2 v^2 over [vl, vh]: its ends and its vertex."""
    if c2 == 0.0:
        if c1 == 0.0:
            return c0, c0
        p, q = multiply(c1, c1, vl, vh)
        return (p, q) if c0 == 0.0 else add(c0, c0, p, q)
    if c1 == 0.0:
        p, q = square(vl, vh)
        p, q = multiply(c2, c2, p, q)
        return (p, q) if c0 == 0.0 else add(c0, c0, p, q)
    al, ah = _quadratic_at(c0, c1, c2, vl)
    bl, bh = _quadratic_at(c0, c1, c2, vh)
    low, high = min(al, bl), max(ah, bh)
    vertex_l, vertex_h = divide(-c1, -c1, 2.0 * c2, 2.0 * c2)
    if vertex_h >= vl and vertex_l <= vh:
        # c0 - c1^2 / (4 c2), whatever the rounding of the vertex itself
        sl, sh = square(c1, c1)
        sl, sh = divide(sl, sh, 4.0 * c2, 4.0 * c2)
        el, eh = subtract(c0, c0, sl, sh)
        low, high = min(low, el), max(high, eh)
    return low, high


@_jit
def _quadratic_at(c0: float, c1: float, c2: float, v: float) -> tuple[float, float]:
    pl, ph = multiply(c2, c2, v, v)
    pl, ph = add(pl, ph, c1, c1)
    pl, ph = multiply(pl, ph, v, v)
    return add(pl, ph, c0, c0)


@_jit
def activate(
    kind: float, gain: float, threshold: float, x: float
) -> tuple[float, float, float, float]:
    """Enclose V = phi(x) and phi'(x) at a float x: (V lower, V upper, slope lower, upper).

    z = gain (x - threshold) carries two roundings, a relative error of at most 2**-52. For tanh
    that changes V by the same relative amount at most (tanh is concave for z > 0); for the
    logistic function by |z| times as much (d log V / dz <= 1), for either slope by 2 |z| times
    as much.
    """
    z = gain * (x - threshold)
    size = abs(z)
    spread = MARGIN + 2.0 * size * ULP
    if kind == TANH:
        if size <= 1.0:
            t = math.expm1(-2.0 * size)
            e = 1.0 + t
            v = -t / (2.0 + t)
        else:
            e = math.exp(-2.0 * size)
            v = (1.0 - e) / (1.0 + e)
        slope = gain * 4.0 * e / ((1.0 + e) * (1.0 + e))
        error = v * MARGIN + TINY
        low, high = v - error, min(1.0, v + error)
        if z < 0.0:
            low, high = -high, -low
    else:
        e = math.exp(-size)
        v = (1.0 if z >= 0.0 else e) / (1.0 + e)
        slope = gain * e / ((1.0 + e) * (1.0 + e))
        error = v * spread + TINY
        low, high = max(0.0, v - error), min(1.0, v + error)
    error = slope * 2.0 * spread + TINY
    return low, high, max(0.0, slope - error), slope + error


@outer
def activate_all(
    kind: float, gain: FloatArray, threshold: FloatArray, x: FloatArray, out: FloatArray
) -> None:
    """`activate` for every state (k, n) into out (k, n, 4)."""
    for r in range(x.shape[0]):
        for i in range(x.shape[1]):
            a, b, c, d = activate(kind, gain[i], threshold[i], x[r, i])
            out[r, i, 0], out[r, i, 1], out[r, i, 2], out[r, i, 3] = a, b, c, d


@_jit
def slope_range(
    gain: float,
    kind: float,
    threshold: float,
    xl: float,
    xh: float,
    ends: tuple[float, float, float, float],
) -> tuple[float, float]:
    """Range of phi' over [xl, xh] from its enclosures at both ends; phi' has one peak."""
    low = min(ends[0], ends[2])
    high = max(ends[1], ends[3])
    if xl <= threshold <= xh:
        high = gain if kind == TANH else 0.25 * gain
    return low, high


@_jit
def inverse_down(kind: float, gain: float, threshold: float, v: float) -> float:
    """Lower bound of the activity x with phi(x) = v; -inf at or below the lowest rate."""
    x, error = _inverse(kind, gain, threshold, v)
    return x - error


@_jit
def inverse_up(kind: float, gain: float, threshold: float, v: float) -> float:
    """Upper bound of the activity x with phi(x) = v; inf at or above the highest rate."""
    x, error = _inverse(kind, gain, threshold, v)
    return x + error


@_jit
def _inverse(kind: float, gain: float, threshold: float, v: float) -> tuple[float, float]:
    if kind == TANH:
        if v >= 1.0:
            return math.inf, 0.0
        if v <= -1.0:
            return -math.inf, 0.0
        z = math.atanh(v)
        scale = abs(z)
    else:
        if v >= 1.0:
            return math.inf, 0.0
        if v <= 0.0:
            return -math.inf, 0.0
        a, b = math.log(v), math.log1p(-v)
        z = a - b
        scale = abs(a) + abs(b)
    x = z / gain
    return x + threshold, scale / gain * MARGIN + (abs(x) + abs(threshold)) * 2.0 * ULP + TINY
