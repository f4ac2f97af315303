"""The activations as the dynamics kernels compute them: fast enough to vanish beside the arcs.

The exponential is Cody-Waite reduction and a rational function on |r| <= ln(2) / 2, that of the
Cephes library (S. L. Moshier, netlib.org/cephes, exp.c), whose own error is below one unit in the
last place. It is kept as a quotient, so that an activation takes one division; and it is written
without branches or calls, so that loops over nodes use vector instructions. It is compiled without
fast-math flags, because the reduction rests on (y + big) - big being evaluated as written.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from netplastic._support import FloatArray, Index

from ._jit import exact

__all__ = ["LOGISTIC", "TANH", "rates"]

TANH = 0
LOGISTIC = 1

_BIG = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, kept in the low bits
_LOG2E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10


@intrinsic
def _power_of_two(typing: Any, shifted: Any) -> Any:
    """2^k for the k that the low bits of a float hold."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        bits = builder.bitcast(arguments[0], word)
        exponent = builder.shl(builder.add(bits, word(1023)), word(52))
        return builder.bitcast(exponent, ir.DoubleType())

    return types.float64(types.float64), code


@exact
def _exp_of_negative(t: float) -> tuple[float, float]:
    """exp(-t) for t >= 0 (t above 700 counts as 700), as numerator and denominator."""
    y = -700.0 if t > 700.0 else -t
    shifted = y * _LOG2E + _BIG
    k = shifted - _BIG
    r = (y - k * _LN2_HIGH) - k * _LN2_LOW
    s = r * r
    odd = r * ((1.26177193074810590878e-4 * s + 3.02994407707441961300e-2) * s + 1.0)
    even = (3.00198505138664455042e-6 * s + 2.52448340349684104192e-3) * s
    even = (even + 2.27265548208155028766e-1) * s + 2.0
    return _power_of_two(shifted) * (even + odd), even - odd


@exact
def tanh_rate(z: float) -> float:
    """tanh(z), absolute error below 3e-16."""
    top, bottom = _exp_of_negative(2.0 * abs(z))
    return math.copysign((bottom - top) / (bottom + top), z)


@exact
def logistic_rate(z: float) -> float:
    """1 / (1 + exp(-z)), to full relative precision."""
    top, bottom = _exp_of_negative(abs(z))
    return (bottom if z >= 0.0 else top) / (bottom + top)


@exact
def rates(
    kind: int,
    gain: FloatArray,
    threshold: FloatArray,
    x: FloatArray,
    v: FloatArray,
    first: Index,
    end: Index,
) -> None:
    """V = phi(x) of some nodes, into v; one loop per function, so that each is vectorised."""
    if kind == TANH:
        for i in range(first, end):
            v[i] = tanh_rate(gain[i] * (x[i] - threshold[i]))
    else:
        for i in range(first, end):
            v[i] = logistic_rate(gain[i] * (x[i] - threshold[i]))
