"""A floating-point Krawczyk test: is there exactly one root within r of this point?

With A = J(x)^-1 and y anywhere in the box x +- r, the Krawczyk operator maps the box into its
own interior, so that it holds exactly one root, if in every coordinate

    |A F(x)| + |A| * sup_y |J(y) - J(x)| * r  <  r .

The supremum is bounded entry by entry by propagating deviations through the formulas of the
Jacobian. Rounding errors are not bounded: this is a test, not a proof. For a user's own
activation the deviation of its slope is estimated from nine points of the interval, for a
user's own rule that of the whole Jacobian.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, onenormest

from netplastic._support import BoolArray, FloatArray
from netplastic.model import Equations, PlasticNetwork, jacobian, residual, sparse_jacobian

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

    # numpy leaves arithmetic with arrays of floats to the methods below
    __array_ufunc__ = None

    @staticmethod
    def of(value: _Near | FloatArray | float) -> _Near:
        """Take floats for what does not deviate."""
        if isinstance(value, _Near):
            return value
        return _Near(np.asarray(value), np.zeros_like(value))

    def __add__(self, other: _Near | FloatArray | float) -> _Near:
        b = _Near.of(other)
        return _Near(self.value + b.value, self.off + b.off)

    def __neg__(self) -> _Near:
        return _Near(-self.value, self.off)

    def __sub__(self, other: _Near | FloatArray | float) -> _Near:
        return self + -_Near.of(other)

    def __mul__(self, other: _Near | FloatArray | float) -> _Near:
        b = _Near.of(other)
        off = np.abs(self.value) * b.off + np.abs(b.value) * self.off
        return _Near(self.value * b.value, off + self.off * b.off)

    def __truediv__(self, other: _Near | FloatArray | float) -> _Near:
        b = _Near.of(other)
        least = np.abs(b.value) - b.off
        off = np.where(least > 0.0, b.off / (np.abs(b.value) * least), np.inf)
        return self * _Near(1.0 / b.value, off)

    def __radd__(self, other: FloatArray | float) -> _Near:
        return self + other

    def __rsub__(self, other: FloatArray | float) -> _Near:
        return -self + other

    def __rmul__(self, other: FloatArray | float) -> _Near:
        return self * other

    def __getitem__(self, index: Any) -> _Near:
        return _Near(self.value[index], self.off[index])


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
    if not net.is_polynomial:
        return _probed_change(net, x, radius)
    of = net.equations
    sums = partial(_sums_near, np.abs(of.plastic_arc), of)
    near = replace(of, plastic=sums, spread=partial(_spread_near, of))
    diagonal, arcs = near.at(_rate(net, x, radius)).jacobian(_slope(net, x, radius))
    return np.asarray(_Near.of(diagonal).off + _row_sums(net, arcs.off))


def _probed_change(net: PlasticNetwork, x: FloatArray, radius: FloatArray) -> FloatArray:
    """The same for a user's own functions: twice the largest of some changes seen."""
    centre = _entries(net, x)
    largest = [np.zeros_like(part) for part in centre]
    signs = np.where(np.arange(net.n) % 2, -1.0, 1.0)
    for direction in (np.ones(net.n), signs):
        for share in np.linspace(-1.0, 1.0, 9):
            there = _entries(net, x + share * radius * direction)
            largest = [
                np.maximum(most, np.abs(new - old))
                for most, new, old in zip(largest, there, centre, strict=True)
            ]
    return 2.0 * (largest[0] + _row_sums(net, largest[1]))


def _entries(net: PlasticNetwork, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    return net.equations.at(net.activation.rate(x)).jacobian(net.activation.slope(x))


def _sums_near(size: FloatArray, of: Equations, values: _Near) -> _Near:
    """`of.plastic` of values that deviate: deviations add up with the arcs' |weights|."""
    rows = len(of.gamma)
    matrix = sparse.csr_array((size, (of.row, of.source)), shape=(rows, values.value.shape[-1]))
    return _Near(of.plastic(values.value), np.asarray((matrix @ values.off.T).T))


def _spread_near(of: Equations, values: _Near) -> _Near:
    return _Near(of.spread(values.value), of.spread(values.off))


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
