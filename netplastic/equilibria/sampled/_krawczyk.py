"""Krawczyk's operator: is there exactly one root near this point?

With A = J(x)^-1 and y anywhere in the box x +- r, the operator maps the box into its own interior,
so that it holds exactly one root, if in every coordinate

    |A F(x)| + sup_y |I - A J(y)| r  <  r

(Krawczyk 1969, doi:10.1007/BF02234767; Moore 1977, doi:10.1137/0714040). Evaluated in interval
arithmetic that is a proof (`proved_radius`). In floating point, with |A| estimated and, for a
user's own activation or rule, twice the largest of some deviations of the Jacobian that were seen,
it is a test that tells candidates from the rest, and no proof (`seems_unique`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse.linalg import LinearOperator, onenormest

from netplastic._support import BoolArray, FloatArray
from netplastic.equilibria.certified import MidRad, Rates, enclosed_equations, refusal
from netplastic.model import PlasticNetwork, jacobian, residual, sparse_jacobian

from ._newton import DENSE_LIMIT, factorised

__all__ = ["RADIUS", "box_radius", "proved_radius", "refined", "seems_unique"]

RADIUS = 1e-8
"""Radius of the box in which a candidate must be alone, times max(1, largest |activity|)."""

_BATCH_ENTRIES = 500_000
_RESIDUAL = 1e-8
_SLACK = 1.0 + 1e-12  # exceeds the rounding of the few operations behind a bound
_UNIT = 2.0**-52
_POLISHES = 3


def box_radius(states: FloatArray) -> FloatArray:
    """Radius of each state's box, shape (B,): two roots in it count as one."""
    radius: FloatArray = RADIUS * np.maximum(1.0, np.max(np.abs(states), axis=-1, initial=0.0))
    return radius


def refined(net: PlasticNetwork, states: FloatArray) -> FloatArray:
    """States after some more steps of Newton's method with the Jacobian where they are.

    Where the network is strong, rates as small as 1 / strength count, which the relative accuracy
    of a largest coordinate does not see.
    """
    better = np.array(states)
    with np.errstate(all="ignore"):
        for first, x in _batches(net, states):
            inverse = _inverses(jacobian(net, x))
            for _ in range(_POLISHES):
                step = (inverse @ residual(net, x)[..., None])[..., 0]
                short = np.max(np.abs(step), axis=1) < box_radius(x)
                x = np.where(short[:, None], x - step, x)
            better[first : first + len(x)] = x
    return better


def proved_radius(net: PlasticNetwork, states: FloatArray) -> FloatArray:
    """Distance within which an equilibrium is proved to lie, in every coordinate.

    Parameters
    ----------
    net : PlasticNetwork
        Whose equations can be enclosed.
    states : float array of shape (B, n)

    Returns
    -------
    float array of shape (B,)
        NaN where nothing is proved. At most an eighth of `box_radius`, so that states that lie
        further apart than half of that belong to different equilibria.
    """
    radius = np.full(len(states), np.nan)
    with np.errstate(all="ignore"):
        for first, x in _batches(net, states):
            equations = enclosed_equations(net)
            inverse = MidRad.exact(_inverses(jacobian(net, x)))
            force = equations.at(Rates.of(net, x, x).rate).residual(MidRad.exact(x))
            moved = (inverse * force[:, None, :]).sum(axis=-1)
            step = (np.abs(moved.mid) + moved.rad) * _SLACK
            reach = 4.0 * step + 2.0 * _UNIT * np.abs(x) + 1e-300
            spread = _spread(net, x, reach, inverse)
            inside = np.all(step + spread < reach, axis=1)
            found = np.max(reach, axis=1, initial=0.0)
            good = inside & (found <= box_radius(x) / 8.0)
            radius[first : first + len(x)] = np.where(good, found, np.nan)
    return radius


def _spread(net: PlasticNetwork, x: FloatArray, reach: FloatArray, inverse: MidRad) -> FloatArray:
    """Bound of sup |I - A J| r over the box x +- r, rounding included."""
    n = net.n
    over = Rates.of(net, np.nextafter(x - reach, -np.inf), np.nextafter(x + reach, np.inf))
    diagonal, arcs = enclosed_equations(net).at(over.rate).jacobian(over.slope)
    numbers, shape = np.arange(n), (len(x), n, n)
    matrix = MidRad.of(diagonal).scatter(shape, numbers, numbers)
    matrix = matrix + arcs.scatter(shape, net.wiring.target, net.wiring.source)
    rest = MidRad.exact(np.eye(n)) - inverse @ matrix
    rows = (np.abs(rest.mid) + rest.rad) @ reach[..., None]
    return np.asarray(rows[..., 0] * (_SLACK + n * _UNIT))


def seems_unique(net: PlasticNetwork, states: FloatArray) -> BoolArray:
    """Test, in floating point, of each state: a small residual, and alone in its box.

    Parameters
    ----------
    net : PlasticNetwork
    states : float array of shape (B, n)

    Returns
    -------
    bool array of shape (B,)
        |F| <= 1e-8 (1 + |x|), and the inequality holds for the box of `box_radius` with the Newton
        step below an eighth of that radius.
    """
    passed = np.zeros(len(states), dtype=bool)
    with np.errstate(all="ignore"):
        for first, x in _batches(net, states):
            radius = box_radius(x)[:, None]
            step, spread = _estimated(net, x, radius)
            force = np.max(np.abs(residual(net, x)), axis=1)
            small = force <= _RESIDUAL * (1.0 + np.max(np.abs(x), axis=1))
            near = np.all((step < radius / 8.0) & (step + spread < radius), axis=1)
            passed[first : first + len(x)] = small & near
    return passed


def _batches(net: PlasticNetwork, states: FloatArray) -> Iterator[tuple[int, FloatArray]]:
    size = max(1, _BATCH_ENTRIES // max(net.n**2, net.m, 1))
    for first in range(0, len(states), size):
        yield first, states[first : first + size]


def _estimated(
    net: PlasticNetwork, x: FloatArray, radius: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Estimates of |A F(x)| and of |A| (sup |J(y) - J(x)| r) for y in the box."""
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
