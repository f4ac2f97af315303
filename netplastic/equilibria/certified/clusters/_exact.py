"""F at a point in integer arithmetic, with as many digits as a nearly multiple root needs.

Between roots at distance d from each other, F changes by about d^3 at a pitchfork: at d = 1e-6 that
is far below the rounding of one evaluation in floats. Numbers here are pairs of integers (lower,
upper) in units of 2^-BITS; every operation rounds outward.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from netplastic._support import KINDS, FloatArray
from netplastic.equilibria.certified import IntervalSystem, MidRad
from netplastic.equilibria.certified._kernels import (
    BIAS,
    C_HIGH,
    C_LOW,
    GAIN,
    GAMMA,
    KIND,
    POST0,
    POST1,
    POST2,
    PRE0,
    PRE1,
    S_HIGH,
    S_LOW,
    THRESHOLD,
    ZETA,
)

__all__ = ["exact_rate", "exact_residual"]

BITS = 192
_ONE = 1 << BITS
_GUARD = 64
_VANISHED = 140 << BITS  # exp(-140) < 2^-BITS

Pair: TypeAlias = tuple[int, int]


def _of(low: float, high: float) -> Pair:
    """Floats to a pair, exactly where they have no bits below the unit."""
    n, d = float(low).as_integer_ratio()
    m, e = float(high).as_integer_ratio()
    return (n << BITS) // d, -((-m << BITS) // e)


def _add(a: Pair, b: Pair) -> Pair:
    return a[0] + b[0], a[1] + b[1]


def _subtract(a: Pair, b: Pair) -> Pair:
    return a[0] - b[1], a[1] - b[0]


def _multiply(a: Pair, b: Pair) -> Pair:
    p, q, r, s = a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]
    return min(p, q, r, s) >> BITS, -((-max(p, q, r, s)) >> BITS)


def _divide(a: Pair, b: Pair) -> Pair | None:
    """Quotient; None when the divisor may be zero."""
    if b[0] <= 0 <= b[1]:
        return None
    ratios = [(x << BITS, y) for x in a for y in b]
    return min(x // y for x, y in ratios), max(-((-x) // y) for x, y in ratios)


def _exponential(t: int) -> Pair:
    """Enclose exp(-t) for t >= 0.

    t is halved h times until it is below 2^-7. Each of the fewer than 64 terms of the Taylor
    series errs by less than one unit for each factor so far, and so does the rest that is left
    out once a term rounds to zero: less than 64^2 units of 2^-(BITS + GUARD) together. Squaring h
    times is done on pairs.
    """
    if t >= _VANISHED:
        return 0, 1
    halvings = max(0, t.bit_length() - BITS + 7)
    y = (t << _GUARD) >> halvings
    one = 1 << (BITS + _GUARD)
    total, term, k = one, one, 0
    while term:
        k += 1
        term = ((term * y) >> (BITS + _GUARD)) // k
        total += -term if k % 2 else term
    low, high = total - 4096, min(one, total + 4096)
    for _ in range(halvings):
        low = (low * low) >> (BITS + _GUARD)
        high = -((-(high * high)) >> (BITS + _GUARD))
    return low >> _GUARD, -((-high) >> _GUARD)


def _rate_at(kind: float, z: int) -> Pair:
    """Enclose tanh(z) or 1 / (1 + exp(-z)) for one z."""
    size = abs(z)
    if kind == KINDS["tanh"]:
        low, high = _exponential(2 * size)
        v = ((_ONE - high) << BITS) // (_ONE + high), -((-(_ONE - low) << BITS) // (_ONE + low))
        return v if z >= 0 else (-v[1], -v[0])
    low, high = _exponential(size)
    if z >= 0:
        return (_ONE << BITS) // (_ONE + high), -((-_ONE << BITS) // (_ONE + low))
    return (low << BITS) // (_ONE + low), -((-high << BITS) // (_ONE + high))


def exact_rate(kind: float, gain: float, threshold: float, x: float) -> Pair:
    """Enclose V = phi(x), in units of 2^-BITS."""
    z = _multiply(_of(gain, gain), _subtract(_of(x, x), _of(threshold, threshold)))
    return _rate_at(kind, z[0])[0], _rate_at(kind, z[1])[1]


def exact_residual(system: IntervalSystem, x: FloatArray) -> MidRad | None:
    """Enclose F(x) to some 50 decimals (less where coefficients are intervals), as floats.

    Parameters
    ----------
    system : IntervalSystem
    x : float array of shape (n,)

    Returns
    -------
    MidRad of shape (n,), or None where a decay may vanish.
    """
    table, arcs = system.table, system.arcs
    rates = [
        exact_rate(
            float(table[i, KIND]),
            float(table[i, GAIN]),
            float(table[i, THRESHOLD]),
            float(x[i]),
        )
        for i in range(system.n)
    ]
    sources = [_source_term(table[j], rates[j]) for j in range(system.n)]
    value: list[Pair] = []
    for i in range(system.n):
        total = _subtract(_of(x[i], x[i]), _of(table[i, BIAS], table[i, BIAS]))
        for g in range(system.row[i], system.row[i + 1]):
            inner: Pair = (0, 0)
            for a in range(system.group[g], system.group[g + 1]):
                j = int(system.source[a])
                plastic = _of(arcs[a, C_LOW], arcs[a, C_HIGH])
                static = _of(arcs[a, S_LOW], arcs[a, S_HIGH])
                inner = _add(inner, _multiply(plastic, sources[j]))
                total = _subtract(total, _multiply(static, rates[j]))
            factor = _factor(table[i], arcs[system.group[g], ZETA], rates[i])
            if factor is None:
                return None
            total = _subtract(total, _multiply(factor, inner))
        value.append(total)
    return _to_floats(value)


def _source_term(node: FloatArray, v: Pair) -> Pair:
    """q = V (pre_0 + pre_1 V)."""
    pre = _multiply(_of(node[PRE1], node[PRE1]), v)
    return _multiply(v, _add(pre, _of(node[PRE0], node[PRE0])))


def _factor(node: FloatArray, zeta: float, v: Pair) -> Pair | None:
    """R = post(V) / (gamma + zeta V^2)."""
    post = _of(node[POST2], node[POST2])
    for column in (POST1, POST0):
        post = _add(_multiply(post, v), _of(node[column], node[column]))
    growth = _multiply(_of(zeta, zeta), _multiply(v, v))
    return _divide(post, _add(_of(node[GAMMA], node[GAMMA]), growth))


def _to_floats(value: list[Pair]) -> MidRad:
    unit = 2 * _ONE
    mid = np.array([(low + high) / unit for low, high in value])  # integers divide correctly
    rad = np.array([(high - low) / unit for low, high in value])
    return MidRad(mid, rad * (1.0 + 1e-15) + np.abs(mid) * 2.0**-52 + 1e-200)
