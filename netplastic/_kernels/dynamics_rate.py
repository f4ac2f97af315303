"""The activations as the dynamics kernels compute them: fast enough to vanish beside the arcs.

The exponential is Cody-Waite reduction and a Taylor polynomial of degree 13 on
|r| <= ln(2) / 2, whose remainder is below one unit in the last place; it is written without
branches or calls, so that loops over nodes use vector instructions. It is compiled without
fast-math flags, because the reduction rests on (y + big) - big being evaluated as written.
"""

from __future__ import annotations

import numpy as np

from .._types import FloatArray
from .dynamics_jit import exact
from .jit import Index

__all__ = ["LOGISTIC", "TANH", "rates"]

TANH = 0
LOGISTIC = 1

_BIG = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, kept in the low bits
_LOG2E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10


@exact
def _exp_of_negative(t: float) -> float:
    """exp(-t) for t >= 0 (t above 700 counts as 700)."""
    y = -min(t, 700.0)
    shifted = y * _LOG2E + _BIG
    k = shifted - _BIG
    r = (y - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    exponent = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52)
    power: float = exponent.view(np.float64)
    return p * power


@exact
def tanh_rate(z: float) -> float:
    """tanh(z), absolute error below 3e-16."""
    e = _exp_of_negative(2.0 * abs(z))
    v: float = np.copysign((1.0 - e) / (1.0 + e), z)
    return v


@exact
def logistic_rate(z: float) -> float:
    """1 / (1 + exp(-z)), to full relative precision."""
    e = _exp_of_negative(abs(z))
    return (1.0 if z >= 0.0 else e) / (1.0 + e)


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
