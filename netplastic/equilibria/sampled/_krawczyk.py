"""A floating-point Krawczyk test: is there exactly one root within r of this point?

With A = J(x)^-1 and y anywhere in the box x +- r, the Krawczyk operator maps the box into its
own interior, so that it holds exactly one root, if in every coordinate

    |A F(x)| + |A| * sup_y |J(y) - J(x)| * r  <  r .

The supremum is bounded entry by entry by propagating deviations through the formulas of the
Jacobian. Rounding errors are not bounded: this is a test, not a proof. For a user's own
activation the deviation of its slope is estimated from nine points of the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, onenormest

from netplastic._support import BoolArray, FloatArray, IntArray
from netplastic.model import PlasticNetwork, jacobian, residual, sparse_jacobian

from ._newton import DENSE_LIMIT, factorised

__all__ = ["RADIUS", "box_radius", "unique_root"]

RADIUS = 1e-8
"""Radius of the box in which a root must be alone, times max(1, largest |activity|)."""

_BATCH_ENTRIES = 500_000
_RESIDUAL = 1e-8


@dataclass(frozen=True, eq=False)
class _Near:
    """A quantity at the centre and the most that it deviates from it in the box."""

    value: FloatArray
    off: FloatArray

    def __add__(self, other: _Near) -> _Near:
        return _Near(self.value + other.value, self.off + other.off)

    def __mul__(self, other: _Near) -> _Near:
        off = np.abs(self.value) * other.off + np.abs(other.value) * self.off
        return _Near(self.value * other.value, off + self.off * other.off)

    def times(self, factor: FloatArray | float) -> _Near:
        return _Near(factor * self.value, np.abs(factor) * self.off)

    def at(self, index: IntArray) -> _Near:
        return _Near(self.value[..., index], self.off[..., index])

    def inverse(self) -> _Near:
        least = np.abs(self.value) - self.off
        off = np.where(least > 0.0, self.off / (np.abs(self.value) * least), np.inf)
        return _Near(1.0 / self.value, off)


def box_radius(states: FloatArray) -> FloatArray:
    """Radius of each state's box, shape (B,)."""
    radius: FloatArray = RADIUS * np.maximum(1.0, np.max(np.abs(states), axis=-1, initial=0.0))
    return radius


def unique_root(net: PlasticNetwork, states: FloatArray) -> BoolArray:
    """Whether each state passes: a small residual, and one root in its box, near its centre.

    Parameters
    ----------
    net : PlasticNetwork
    states : float array of shape (B, n)

    Returns
    -------
    bool array of shape (B,)
        True: |F| <= 1e-8 (1 + |x|) and the Krawczyk inequality holds with the Newton step
        below an eighth of the radius.
    """
    passed = np.zeros(len(states), dtype=bool)
    batch = max(1, _BATCH_ENTRIES // max(net.n**2, net.m, 1))
    with np.errstate(all="ignore"):
        for first in range(0, len(states), batch):
            x = states[first : first + batch]
            passed[first : first + batch] = _test(net, x)
    return passed


def _test(net: PlasticNetwork, x: FloatArray) -> BoolArray:
    radius = box_radius(x)
    force = residual(net, x)
    small = np.all(np.abs(force) <= _RESIDUAL * (1.0 + np.max(np.abs(x), axis=1))[:, None], axis=1)
    change = _jacobian_change(net, x, radius[:, None]) * radius[:, None]
    if net.n <= DENSE_LIMIT:
        step, spread = _dense_bounds(net, x, force, change)
    else:
        step, spread = _sparse_bounds(net, x, force, change)
    inside = (step + spread < radius[:, None]).all(axis=1)
    passed: BoolArray = small & inside & (step < radius[:, None] / 8.0).all(axis=1)
    return passed


def _dense_bounds(
    net: PlasticNetwork, x: FloatArray, force: FloatArray, change: FloatArray
) -> tuple[FloatArray, FloatArray]:
    matrix = jacobian(net, x)
    inverse = np.full_like(matrix, np.nan)
    for row in range(len(x)):
        try:
            inverse[row] = np.linalg.inv(matrix[row])
        except np.linalg.LinAlgError:
            inverse[row] = np.nan  # singular: the test fails
    step = np.abs(inverse @ force[..., None])[..., 0]
    return step, (np.abs(inverse) @ change[..., None])[..., 0]


def _sparse_bounds(
    net: PlasticNetwork, x: FloatArray, force: FloatArray, change: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bound | |A| change | by the norm of A diag(change), estimated from a factorisation."""
    step, spread = np.full_like(x, np.nan), np.full_like(x, np.nan)
    for row in range(len(x)):
        factors = factorised(net, sparse_jacobian(net, x[row]))
        if factors is None:
            continue  # singular: the test fails
        step[row] = np.abs(factors.solve(force[row]))
        scale = change[row]
        if not np.all(np.isfinite(scale)):
            continue

        def transposed(v: FloatArray, factors=factors, scale=scale) -> FloatArray:  # type: ignore[no-untyped-def]  # bound here
            return np.asarray(scale * factors.solve(np.ravel(v), "T"))

        def forward(v: FloatArray, factors=factors, scale=scale) -> FloatArray:  # type: ignore[no-untyped-def]  # bound here
            return np.asarray(factors.solve(scale * np.ravel(v)))

        shape = (net.n, net.n)
        operator = LinearOperator(shape, matvec=transposed, rmatvec=forward, dtype=np.float64)
        spread[row] = onenormest(operator, t=1)  # t=1 draws no random numbers
    return step, spread


def _jacobian_change(net: PlasticNetwork, x: FloatArray, radius: FloatArray) -> FloatArray:
    """Row sums of sup |J(y) - J(x)| over the box, shape (B, n)."""
    wiring = net.wiring
    target, source = wiring.target, wiring.source
    rate, slope = _rate(net, x, radius), _slope(net, x, radius)
    post, post_slope = _quadratic(net.post, rate)
    pre, pre_slope = _quadratic(np.pad(net.pre, ((0, 0), (0, 1))), rate)
    source_term = rate * pre
    source_slope = pre + rate * pre_slope
    gain = net.arc_weight * net.strength
    rate_i = rate.at(target)
    decay = (rate_i * rate_i).times(net.decay_growth)
    decay = _Near(decay.value + net.decay[target], decay.off)
    per_decay = decay.inverse()
    factor = post.at(target) * per_decay
    bend = (factor * rate_i).times(-2.0 * net.decay_growth)
    factor_slope = (post_slope.at(target) + bend) * per_decay
    own = factor_slope.times(gain) * source_term.at(source) * slope.at(target)
    through = (factor.times(gain) * source_slope.at(source)) * slope.at(source)
    static = slope.at(source).times(net.arc_weight * net.static_weight)
    return _row_sums(net, own.off + through.off + static.off)


def _row_sums(net: PlasticNetwork, values: FloatArray) -> FloatArray:
    sums = np.zeros((len(values), net.n))
    fed = np.flatnonzero(np.diff(net.wiring.indptr))
    if len(fed):
        sums[:, fed] = np.add.reduceat(values, net.wiring.indptr[fed], axis=1)
    return sums


def _rate(net: PlasticNetwork, x: FloatArray, radius: FloatArray) -> _Near:
    value = net.activation.rate(x)
    ends = [np.abs(net.activation.rate(x + side) - value) for side in (-radius, radius)]
    return _Near(value, np.maximum(*ends))


def _slope(net: PlasticNetwork, x: FloatArray, radius: FloatArray) -> _Near:
    """Tanh and logistic slopes rise to the threshold and fall beyond it; others are probed."""
    activation = net.activation
    value = activation.slope(x)
    if activation.kind is None:
        probes = [activation.slope(x + share * radius) for share in np.linspace(-1.0, 1.0, 9)]
        return _Near(value, 2.0 * np.max(np.abs(np.array(probes) - value), axis=0))
    peak = np.broadcast_to(activation.parameter("threshold"), x.shape)
    probes = [x - radius, x + radius, np.clip(peak, x - radius, x + radius)]
    off = np.max([np.abs(activation.slope(probe) - value) for probe in probes], axis=0)
    return _Near(value, np.asarray(off))


def _quadratic(coefficients: FloatArray, v: _Near) -> tuple[_Near, _Near]:
    """Return c0 + c1 v + c2 v^2 and its derivative."""
    slope = v.times(2.0 * coefficients[:, 2])
    slope = _Near(slope.value + coefficients[:, 1], slope.off)
    value = (v * v).times(coefficients[:, 2]) + v.times(coefficients[:, 1])
    return _Near(value.value + coefficients[:, 0], value.off), slope
