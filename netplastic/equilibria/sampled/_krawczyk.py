"""The Krawczyk test: is there exactly one root within r of this point?

With A = J(x)^-1 and y anywhere in the box x +- r, the Krawczyk operator maps the box into its
own interior, so that it holds exactly one root, if in every coordinate

    |A F(x)| + sup_y |I - A J(y)| r  <  r

(Krawczyk 1969, doi:10.1007/BF02234767; Moore 1977, doi:10.1137/0714040). On networks of up to
`DENSE_LIMIT` nodes whose equations can be enclosed this is evaluated in interval arithmetic: a
proof. On larger ones rounding errors are not bounded and |A| is estimated; for a user's own
activation or rule the deviation of the Jacobian is twice the largest of some that were seen: a
test, not a proof.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, onenormest

from netplastic._support import BoolArray, FloatArray
from netplastic.equilibria.certified import MidRad, Rates, enclosed_equations, refusal
from netplastic.model import PlasticNetwork, jacobian, residual, sparse_jacobian

from ._newton import DENSE_LIMIT, factorised

__all__ = ["RADIUS", "Tested", "box_radius", "unique_root"]

RADIUS = 1e-8
"""Radius of the box in which a root must be alone, times max(1, largest |activity|)."""

_BATCH_ENTRIES = 500_000
_RESIDUAL = 1e-8
_SLACK = 1.0 + 1e-12  # exceeds the rounding of the few operations behind a bound


@dataclass(frozen=True, eq=False)
class Tested:
    """Which states passed, and whether that is a proof."""

    passed: BoolArray
    is_proof: bool


def box_radius(states: FloatArray) -> FloatArray:
    """Radius of each state's box, shape (B,)."""
    radius: FloatArray = RADIUS * np.maximum(1.0, np.max(np.abs(states), axis=-1, initial=0.0))
    return radius


def unique_root(net: PlasticNetwork, states: FloatArray) -> Tested:
    """Test of each state: a small residual, and one root in its box, near its centre.

    Parameters
    ----------
    net : PlasticNetwork
    states : float array of shape (B, n)

    Returns
    -------
    Tested
        Passed: |F| <= 1e-8 (1 + |x|), and the inequality holds with the Newton step below an
        eighth of the radius.
    """
    is_proof = net.n <= DENSE_LIMIT and not refusal(net)
    passed = np.zeros(len(states), dtype=bool)
    batch = max(1, _BATCH_ENTRIES // max(net.n**2, net.m, 1))
    with np.errstate(all="ignore"):
        for first in range(0, len(states), batch):
            x = states[first : first + batch]
            radius = box_radius(x)[:, None]
            step, spread = _proved(net, x, radius) if is_proof else _estimated(net, x, radius)
            force = np.max(np.abs(residual(net, x)), axis=1)
            small = force <= _RESIDUAL * (1.0 + np.max(np.abs(x), axis=1))
            near = np.all((step < radius / 8.0) & (step + spread < radius), axis=1)
            passed[first : first + batch] = small & near
    return Tested(passed, is_proof)


def _proved(
    net: PlasticNetwork, x: FloatArray, radius: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bounds of |A F(x)| and of sup |I - A J| r over the box, rounding included."""
    equations, n = enclosed_equations(net), net.n
    inverse = _inverses(jacobian(net, x))
    force = equations.at(Rates.of(net, x, x).rate).residual(MidRad.exact(x))
    step = (MidRad.exact(inverse) * force[:, None, :]).sum(axis=-1)
    over = Rates.of(net, np.nextafter(x - radius, -np.inf), np.nextafter(x + radius, np.inf))
    diagonal, arcs = equations.at(over.rate).jacobian(over.slope)
    numbers, shape = np.arange(n), (len(x), n, n)
    matrix = MidRad.of(diagonal).scatter(shape, numbers, numbers)
    matrix = matrix + arcs.scatter(shape, net.wiring.target, net.wiring.source)
    rest = MidRad.exact(np.eye(n)) - MidRad.exact(inverse) @ matrix
    spread = (np.abs(rest.mid) + rest.rad).sum(axis=-1) * radius
    return (np.abs(step.mid) + step.rad) * _SLACK, spread * _SLACK


def _estimated(
    net: PlasticNetwork, x: FloatArray, radius: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The same without bounds of rounding, |A| (sup |J(y) - J(x)| r) for the second."""
    force = residual(net, x)
    change = _jacobian_change(net, x, radius) * radius
    if net.n > DENSE_LIMIT:
        return _sparse_bounds(net, x, force, change)
    inverse = _inverses(jacobian(net, x))
    step = np.abs(inverse @ force[..., None])[..., 0]
    return step, (np.abs(inverse) @ change[..., None])[..., 0]


def _inverses(matrices: FloatArray) -> FloatArray:
    """Inverses (B, n, n); NaN, which passes no test, where a matrix is singular."""
    inverse = np.full_like(matrices, np.nan)
    for row, matrix in enumerate(matrices):
        try:
            inverse[row] = np.linalg.inv(matrix)
        except np.linalg.LinAlgError:
            continue
    return inverse


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
    if refusal(net):
        return _probed_change(net, x, radius)
    over = Rates.of(net, x - radius, x + radius)
    state = enclosed_equations(net).at(over.rate)
    enclosed = state.jacobian(over.slope)
    centre = _entries(net, x)
    own, arcs = (
        np.abs(part.mid - middle) + part.rad
        for part, middle in zip(map(MidRad.of, enclosed), centre, strict=True)
    )
    return np.asarray(own + _row_sums(net, arcs))


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


def _row_sums(net: PlasticNetwork, values: FloatArray) -> FloatArray:
    sums = np.zeros((len(values), net.n))
    fed = np.flatnonzero(np.diff(net.wiring.indptr))
    if len(fed):
        sums[:, fed] = np.add.reduceat(values, net.wiring.indptr[fed], axis=1)
    return sums
