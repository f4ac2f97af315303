"""Bounds of the rates of all equilibria of an anti-Hebbian network, iterated (section 2 (b))."""

from __future__ import annotations

from math import atanh, tanh

from netplastic._support import FloatArray, IntArray, inner, outer

__all__ = ["contract"]

SLACK = 1e-13
"""Relative margin of a bound, far above the rounding of what it is computed from."""


@inner
def _rate(bias: float, gain: float, weight: float, x: float) -> float:
    """Rate at the root of x - bias + weight tanh(gain x), bias >= 0; x is a guess."""
    low, high = 0.0, bias
    for _ in range(200):
        v = tanh(gain * x)
        value = x - bias + weight * v
        if value > 0.0:
            high = x
        else:
            low = x
        new = x - value / (1.0 + weight * gain * (1.0 - v * v))
        if not low < new < high:
            new = 0.5 * (low + high)
        done = abs(new - x) <= 1e-14 * x
        x = new
        if done:
            break
    return tanh(gain * x)


@outer
def contract(
    indptr: IntArray,
    source: IntArray,
    weight: FloatArray,
    bias: FloatArray,
    gain: FloatArray,
    span: FloatArray,
    low: FloatArray,
    high: FloatArray,
    sweeps: int,
) -> float:
    """Sweep over the bounds `low`, `high` (n,) of the magnitudes of rates, in place.

    `span` holds the least and the greatest |strength| for which they shall hold; biases are
    magnitudes. Returns the largest change of a bound in the last sweep.
    """
    moved = 0.0
    for _ in range(sweeps):
        moved = 0.0
        for i in range(len(bias)):
            least, most = 0.0, 0.0
            for arc in range(indptr[i], indptr[i + 1]):
                j = source[arc]
                least += weight[arc] * low[j] * low[j]
                most += weight[arc] * high[j] * high[j]
            above = atanh(min(high[i], 1.0 - 1e-15)) / gain[i]
            below = atanh(low[i]) / gain[i]
            top = _rate(bias[i], gain[i], span[0] * least, above) * (1.0 + SLACK)
            bottom = _rate(bias[i], gain[i], span[1] * most, below) * (1.0 - SLACK)
            if top < high[i]:
                moved = max(moved, high[i] - top)
                high[i] = top
            if bottom > low[i]:
                moved = max(moved, bottom - low[i])
                low[i] = bottom
        if moved == 0.0:
            break
    return moved
