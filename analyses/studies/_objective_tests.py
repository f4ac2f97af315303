"""Numerical tests for objectives: symmetric derivatives, gradients, descent-ascent.

A flow follows an objective if and only if the matrix of its derivatives is symmetric in suitable
coordinates (docs/theory.md#section-4); the tests compare derivatives at sampled states.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial import polynomial as poly
from scipy import optimize

from netplastic._support import FloatArray, IntArray
from netplastic.landscape import energy_gradient
from netplastic.model import PlasticNetwork, Rule, equilibrium_weights, jacobian, residual

__all__ = ["ZERO", "cross_ratio", "factors", "gradient_gap", "reduced_symmetry", "separation_rate"]

ZERO = 1e-8
"""Relative asymmetry below which derivatives are symmetric; rounding leaves 1e-15."""
STEP = 1e-6
"""Of central differences."""
DECADES = (-8.0, 4.0)
"""Powers of ten between which timescale separations are looked for."""


def _polynomials(net: PlasticNetwork) -> tuple[FloatArray, FloatArray]:
    """Coefficients (degree, n) of the postsynaptic and presynaptic factor."""
    rule = net.rule
    assert isinstance(rule, Rule)
    threshold = np.broadcast_to(np.asarray(rule.threshold, dtype=float), (net.n,))
    return np.array(rule.post(threshold)), np.array(rule.pre(threshold))


def _value(coefficients: FloatArray, rates: FloatArray) -> FloatArray:
    return np.asarray(poly.polyval(rates, coefficients, tensor=False))


def _slope(coefficients: FloatArray) -> FloatArray:
    return np.asarray(poly.polyder(coefficients), dtype=np.float64)


def cross_ratio(
    net: PlasticNetwork, states: FloatArray, random: np.random.Generator
) -> tuple[float, float]:
    """Whether activity and weights follow one objective.

    Write tau dx/dt = g(V, w) and dw/dt = rate h(V, w). There is E with g = -dE/dV and
    h = -c dE/dw, hence descent of one objective (c > 0) or descent and ascent (c < 0), if and only
    if dg/dV and dh/dw are symmetric and dh/dV = c (dg/dw)^T.

    Parameters
    ----------
    net : PlasticNetwork
        Undirected, with a `Rule`.
    states : float array of shape (samples, n)
        Rates.
    random : numpy.random.Generator
        Draws the weights, the same in both directions of an edge where the rule keeps them so.

    Returns
    -------
    ratio, error : float
        c that fits best, and the largest relative misfit of the three conditions.
    """
    post, pre = _polynomials(net)
    wiring = net.wiring
    target, source, weight = wiring.target, wiring.source, wiring.weight
    strength = np.broadcast_to(net.strength, (net.m,))
    normalized = float(net.rule.normalized)
    shared = _shared(net, post, pre, states)
    arcs = np.arange(net.m, dtype=np.int64)
    edge, first = _edges(target, source) if shared else (arcs, arcs)
    left, right, skew = [], [], 0.0
    for rates in states:
        w = random.uniform(-1.0, 1.0, len(first))[edge]
        by_weight = np.zeros((net.n, net.m))
        by_weight[target, arcs] = weight * rates[source]
        by_rate = np.zeros((net.m, net.n))
        slope_post = _value(_slope(post), rates)[target]
        slope_pre = _value(_slope(pre), rates)[source]
        p, q = _value(post, rates)[target], _value(pre, rates)[source]
        np.add.at(
            by_rate,
            (arcs, target),
            strength * (slope_post * q - normalized * 2.0 * rates[target] * w),
        )
        np.add.at(by_rate, (arcs, source), strength * p * slope_pre)
        collected = np.zeros((net.n, len(first)))
        np.add.at(collected.T, edge, by_weight.T)
        drive = np.zeros((net.n, net.n))
        np.add.at(drive, (target, source), weight * w)
        skew = max(skew, _skew(drive))
        left.append(by_rate[first].ravel())
        right.append(collected.T.ravel())
    b, a = np.concatenate(left), np.concatenate(right)
    ratio = float(a @ b / (a @ a))
    error = float(np.linalg.norm(b - ratio * a) / np.linalg.norm(b))
    return ratio, max(error, skew)


def _shared(net: PlasticNetwork, post: FloatArray, pre: FloatArray, states: FloatArray) -> bool:
    """Whether the two directions of an edge learn the same weight."""
    p, q = _value(post, states[0]), _value(pre, states[0])
    outer = np.outer(p, q)
    return bool(np.allclose(outer, outer.T)) and not net.rule.normalized


def _edges(target: IntArray, source: IntArray) -> tuple[IntArray, IntArray]:
    """Number of each arc's edge, and one arc of each edge."""
    pairs = np.sort(np.column_stack([target, source]), axis=1)
    _, first, edge = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    return edge.ravel().astype(np.int64), first.astype(np.int64)


def _skew(matrix: FloatArray) -> float:
    size = float(np.linalg.norm(matrix))
    return float(np.linalg.norm(matrix - matrix.T)) / size if size else 0.0


def gradient_gap(net: PlasticNetwork, states: FloatArray, random: np.random.Generator) -> float:
    """Largest difference between the flow and the gradient of `netplastic.energy`.

    tau dx/dt = -dE/dV and a_e dw_e/dt = -rate eta dE/dw_e, both computed from their definitions.

    Parameters
    ----------
    net : PlasticNetwork
        With an objective and one decay.
    states, random
        As for `cross_ratio`.
    """
    target, source, weight = net.wiring.target, net.wiring.source, net.wiring.weight
    strength = np.broadcast_to(net.strength, (net.m,))
    decay = np.broadcast_to(net.decay, (net.n,))[target]
    edge, first = _edges(target, source)
    worst = 0.0
    for rates in states:
        w = random.uniform(-1.0, 1.0, len(first))[edge]
        drive = np.bincount(target, weight * w * rates[source], minlength=net.n)
        activity = net.activation.inverse(rates)
        flow = net.bias - activity + drive
        learning = strength * rates[target] * rates[source] - decay * w
        gradient = energy_gradient(net, rates, weights=w)
        worst = max(
            worst,
            float(np.abs(flow + gradient[: net.n]).max()),
            float(np.abs(weight * learning + strength * gradient[net.n :]).max()),
        )
    return worst


def factors(net: PlasticNetwork, rates: FloatArray) -> FloatArray:
    """Integrating factor m_i(V_i) that makes the reduced equations a gradient.

    With w* = k p(V_i) q(V_j) / d(V_i) the derivative dF_i/dV_j is proportional to
    p(V_i) / d(V_i) times (q V)'(V_j); so m_i = (q V)' d / p, of V_i, makes m_i dF_i/dV_j
    symmetric. Where it is positive the fast dynamics descend that objective.

    Parameters
    ----------
    net : PlasticNetwork
        With a `Rule`.
    rates : float array of shape (..., n)
    """
    post, pre = _polynomials(net)
    total = np.vstack([np.zeros(net.n), pre])
    decay = np.broadcast_to(net.decay, (net.n,)).astype(float)
    if net.rule.normalized:
        decay = decay + float(np.asarray(net.rule.strength)) * rates**2
    with np.errstate(divide="ignore"):
        return np.asarray(_value(_slope(total), rates) * decay / _value(post, rates))


def reduced_symmetry(net: PlasticNetwork, states: FloatArray) -> dict[str, float]:
    """Whether the reduced equations F(V) are a gradient, as they are or up to a factor per node.

    Parameters
    ----------
    net : PlasticNetwork
    states : float array of shape (samples, n)

    Returns
    -------
    dict
        reduced_error: largest relative asymmetry of dF/dV; factor_error: the same of m_i dF_i/dV_j
        with `factors`; factor_positive: share of states at which all factors are positive, so that
        fast learning descends; convex: share of those states at which the Hessian of that
        objective, diag(m' F) + m dF/dV, is positive definite (NaN without such states).
    """
    plain, scaled, positive, convex = 0.0, 0.0, 0, 0
    for rates in states:
        activity = net.activation.inverse(rates)
        matrix = jacobian(net, activity) / net.activation.slope(activity)
        factor = factors(net, rates)
        plain = max(plain, _skew(matrix - np.diag(np.diag(matrix))))
        weighted = factor[:, None] * matrix
        scaled = max(scaled, _skew(weighted - np.diag(np.diag(weighted))))
        if (factor > 0.0).all():
            positive += 1
            slope = (factors(net, rates + STEP) - factors(net, rates - STEP)) / (2.0 * STEP)
            hessian = weighted + np.diag(slope * residual(net, activity))
            convex += bool(np.linalg.eigvalsh((hessian + hessian.T) / 2.0)[0] > 0.0)
    return {
        "reduced_error": plain,
        "factor_error": scaled,
        "factor_positive": positive / len(states),
        "convex": convex / positive if positive else math.nan,
    }


def separation_rate(net: PlasticNetwork, activity: FloatArray) -> tuple[float, bool]:
    """Finite timescale separation of gradient descent-ascent at a state, from the energy alone.

    Parameters
    ----------
    net : PlasticNetwork
        Anti-Hebbian, with an objective; tau 1.
    activity : float array of shape (n,)
        An equilibrium.

    Returns
    -------
    rate : float
        Learning rate (separation / |eta|) below which descent in V and ascent in w leave the
        state; 0 where they never do, inf where they always do (Fiez and Ratliff 2020).
    minimax : bool
        Whether it is a strict local minimax: E concave in w, and positive definite in V once the
        weights have answered (the Schur complement).
    """
    n = net.n
    rates, weights = net.activation.rate(activity), equilibrium_weights(net, activity)
    edge, first = _edges(net.wiring.target, net.wiring.source)
    scale = net.wiring.weight[first]
    strength = float(np.abs(np.broadcast_to(net.strength, (net.m,))[0]))

    def gradient(z: FloatArray) -> FloatArray:
        full = energy_gradient(net, z[:n], weights=z[n:][edge])
        return np.concatenate([full[:n], full[n:][first]])

    z = np.concatenate([rates, weights[first]])
    columns = [
        (gradient(z + STEP * unit) - gradient(z - STEP * unit)) / (2.0 * STEP)
        for unit in np.eye(len(z))
    ]
    hessian = np.array(columns)
    hessian = (hessian + hessian.T) / 2.0
    vv, vw, ww = hessian[:n, :n], hessian[:n, n:], hessian[n:, n:]
    schur = vv - vw @ np.linalg.solve(ww, vw.T)
    minimax = bool(np.linalg.eigvalsh(ww)[-1] < 0.0 and np.linalg.eigvalsh(schur)[0] > 0.0)
    slope = net.activation.slope(activity)[:, None]

    def growth(log_rate: float) -> float:
        speed = strength * math.exp(log_rate) / scale[:, None]
        flow = np.block([[-slope * vv, -slope * vw], [speed * vw.T, speed * ww]])
        return float(np.linalg.eigvals(flow).real.max())

    low, high = (power * math.log(10.0) for power in DECADES)
    grid = np.linspace(low, high, 97)
    growing = [growth(value) > 0.0 for value in grid]
    if not any(growing):
        return 0.0, minimax
    last = max(number for number, grows in enumerate(growing) if grows)
    if last == len(grid) - 1:
        return math.inf, minimax
    return math.exp(optimize.brentq(growth, grid[last], grid[last + 1])), minimax
