"""Objective functions of plastic networks (docs/theory.md#section-4).

Undirected graph, Hebb rule, uniform decay gamma, strength eta_e per edge, k_e = eta_e / gamma.
With G_i' = phi_i^{-1} and sums over edges e = {i, j} (a self-loop counts as half an edge),

    E(V, w)  = sum_i (G_i(V_i) - b_i V_i) - sum_e a_e (u_e + w_e) V_i V_j
               + sum_e a_e w_e^2 / (2 k_e)
    E_red(V) = sum_i (G_i(V_i) - b_i V_i) - sum_e a_e u_e V_i V_j - sum_e a_e k_e V_i^2 V_j^2 / 2.

tau_i dx_i/dt = -dE/dV_i always, and dw_e/dt = -(learning_rate eta_e / a_e) dE/dw_e: descent in w
where eta_e > 0, ascent where eta_e < 0 (then E is the value of a zero-sum game of activity against
weights). Putting in the weights that solve dE/dw = 0, w_e = k_e V_i V_j, gives E_red, whose
critical points are the equilibria.

Other rules have none of this form. F is a gradient only if df_ij/dV_j = df_ji/dV_i for the plastic
input f_ij = a_ij k_ij p(V_i) r(V_j), with p the postsynaptic factor over the decay and r(V) = V
times the presynaptic factor; that is, only if p(V_i) r'(V_j) = p(V_j) r'(V_i) for all rates, so p
proportional to r'. Hebb: p = V, r = V^2. For the covariance, BCM and gated rules and for Oja's it
fails, and on a directed graph f_ij and f_ji have nothing to do with each other. (Multiplying F_i by
r'(V_i) / p(V_i) gives a gradient whenever the coupling is symmetric. Where that factor is positive,
as always for Oja's rule with eta > 0, its strict minima are the stable equilibria at fast learning;
at slower learning nothing is known to descend.) For these networks the functions here raise
ValueError and say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from netplastic._support import FloatArray, brief, check_states
from netplastic.model import Activation, PlasticNetwork, check_network, jacobian, residual

__all__ = ["convex_conjugate", "energy", "energy_gradient", "energy_hessian"]

_NO_OBJECTIVE = (
    "this network has no objective: it needs the Hebb rule (either sign) on an undirected graph, "
    "with the same strength and static weight in both directions; the equations of other rules "
    "and of directed graphs are no gradient."
)


def energy(
    net: PlasticNetwork, rates: FloatArray, *, weights: FloatArray | None = None
) -> float | FloatArray:
    """Objective of activity and weights, or of activity alone.

    Parameters
    ----------
    net : PlasticNetwork
        With `net.has_objective`.
    rates : float array of shape (n,) or (..., n)
        V = phi(x), strictly inside the activation's bounds.
    weights : float array of shape (m,) or (..., m), optional
        Plastic weights in arc order, the same in both directions of an edge. Given: the joint
        objective E(V, w), for a uniform decay and no strength 0. None: the reduced objective
        E_red(V), with the weights at their own equilibrium.

    Returns
    -------
    float, or float array of shape (...)
        G_i is measured from activity 0: G_i(phi_i(0)) = 0.

    Raises
    ------
    ValueError
        For a network without an objective, rates outside the bounds, or weights that differ
        between the two directions of an edge.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-8.0))
    >>> float(round(npl.energy(net, np.array([0.4, 0.6])), 6))
    -0.494572
    """
    v = _checked(net, rates, ndims=())
    value = (convex_conjugate(net, v) - net.bias * v).sum(axis=-1)
    source, target = net.wiring.source, net.wiring.target
    # Arcs count every edge twice and a self-loop once: half the sum over arcs.
    pair = v[..., source] * v[..., target]
    value = value - 0.5 * (net.arc_weight * net.static_weight * pair).sum(axis=-1)
    if weights is None:
        value = value - 0.25 * (net.coupling * pair**2).sum(axis=-1)
    else:
        w = _checked_weights(net, weights, v.shape[:-1])
        own = net.arc_weight**2 * w**2 / net.coupling
        value = value - 0.5 * (net.arc_weight * w * pair).sum(axis=-1) + 0.25 * own.sum(axis=-1)
    return float(value) if np.ndim(value) == 0 else np.asarray(value)


def energy_gradient(
    net: PlasticNetwork, rates: FloatArray, *, weights: FloatArray | None = None
) -> FloatArray:
    """Gradient of `energy`.

    Parameters
    ----------
    net, rates, weights
        As for `energy`, for one state.

    Returns
    -------
    float array of shape (n,) or (n + m,)
        With weights: dE/dV, then for every arc dE/dw_e of its edge.

    Raises
    ------
    ValueError
        As for `energy`.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-8.0), bias=0.0)
    >>> npl.energy_gradient(net, np.zeros(2))
    array([0., 0.])
    """
    v = _checked(net, rates)
    x = net.activation.inverse(v)
    if weights is None:
        return residual(net, x)
    w = _checked_weights(net, weights, ())
    source, target = net.wiring.source, net.wiring.target
    inputs = np.bincount(
        target, net.arc_weight * (net.static_weight + w) * v[source], minlength=net.n
    )
    by_weight = net.arc_weight * (net.arc_weight * w / net.coupling - v[source] * v[target])
    # A self-loop is one arc and enters E with half a term.
    by_weight = np.where(source == target, 0.5 * by_weight, by_weight)
    return np.concatenate([x - net.bias - inputs, by_weight])


def energy_hessian(
    net: PlasticNetwork, rates: FloatArray, *, weights: FloatArray | None = None
) -> FloatArray:
    """Hessian of `energy`.

    Parameters
    ----------
    net, rates, weights
        As for `energy`, for one state.

    Returns
    -------
    float array of shape (n, n) or (n + edges, n + edges)
        The reduced one is H of docs/theory.md#section-3: diag(1/phi') - k (2P + diag(S)) - U. The
        joint one has one row per edge after the nodes, in the order of `graph.edges`.

    Raises
    ------
    ValueError
        As for `energy`.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-8.0))
    >>> npl.energy_hessian(net, np.zeros(2))
    array([[1., 0.],
           [0., 1.]])
    """
    v = _checked(net, rates)
    x = net.activation.inverse(v)
    slope = net.activation.slope(x)
    if weights is None:
        hessian = jacobian(net, x) / slope
        return np.asarray(0.5 * (hessian + hessian.T))
    w = _checked_weights(net, weights, ())
    wiring, n = net.wiring, net.n
    edges = int(wiring.edge.max()) + 1 if net.m else 0
    matrix = np.zeros((n + edges, n + edges))
    matrix[wiring.target, wiring.source] = -net.arc_weight * (net.static_weight + w)
    matrix[np.arange(n), np.arange(n)] += 1.0 / slope
    loop = wiring.source == wiring.target
    rows = n + wiring.edge
    matrix[rows, wiring.target] = -net.arc_weight * v[wiring.source]
    matrix[wiring.target, rows] = matrix[rows, wiring.target]
    share = np.where(loop, 0.5, 1.0) * net.arc_weight**2 / net.coupling
    matrix[rows, rows] = share
    return matrix


def convex_conjugate(net: PlasticNetwork, rates: FloatArray) -> FloatArray:
    """G_i(V_i), the integral of phi_i^{-1} from phi_i(0) to V_i: strictly convex.

    In closed form for tanh and logistic, by quadrature for other activations.
    """
    activation = net.activation
    if activation.kind is None:
        return _by_quadrature(activation, np.asarray(rates, dtype=np.float64))
    gain = activation.parameter("gain")
    threshold = activation.parameter("threshold")
    at_rest = activation.rate(np.zeros(net.n))
    entropy = _entropy(activation.kind)
    value = (entropy(rates) - entropy(at_rest)) / gain + threshold * (rates - at_rest)
    return np.asarray(value)


def _entropy(kind: str) -> Callable[[FloatArray], FloatArray]:
    return _tanh_entropy if kind == "tanh" else _logistic_entropy


def _tanh_entropy(v: FloatArray) -> FloatArray:
    """Integral of artanh: v artanh(v) + log(1 - v^2) / 2."""
    return np.asarray(v * np.arctanh(v) + 0.5 * np.log1p(-(v**2)))


def _logistic_entropy(v: FloatArray) -> FloatArray:
    """Integral of the logit: v log v + (1 - v) log(1 - v)."""
    return np.asarray(v * np.log(v) + (1.0 - v) * np.log1p(-v))


def _by_quadrature(activation: Activation, rates: FloatArray) -> FloatArray:
    """Substituting V = phi(x), G = x V - phi(0) 0 - integral of phi from 0 to x (Young's
    equality)."""
    x = activation.inverse(rates)
    nodes, shares = np.polynomial.legendre.leggauss(60)
    inner = 0.5 * (nodes + 1.0)
    integral = sum(
        share * 0.5 * x * activation.rate(t * x) for t, share in zip(inner, shares, strict=True)
    )
    return np.asarray(x * rates - integral)


def _checked(net: PlasticNetwork, rates: FloatArray, ndims: Sequence[int] = (1,)) -> FloatArray:
    check_network(net)
    if not net.has_objective:
        raise ValueError(_NO_OBJECTIVE)
    v = check_states("rates", rates, net.nodes, ndims)
    low, high = net.activation.bounds
    if not np.all((v > low) & (v < high)):
        raise ValueError(
            f"rates must lie strictly between {low:g} and {high:g}; got {v.min()} to {v.max()} "
            "(give rates V = phi(x), not activities)."
        )
    return v


def _checked_weights(
    net: PlasticNetwork, weights: FloatArray, states: tuple[int, ...]
) -> FloatArray:
    w = check_states("weights", weights, range(net.m), (), of="arcs")
    if w.shape[:-1] not in ((), states):
        raise ValueError(
            f"weights has shape {w.shape}; give one row, or one for each state: {(*states, net.m)}."
        )
    if not np.allclose(w, w[..., net.wiring.reverse], rtol=1e-9, atol=1e-12):
        raise ValueError(f"weights differ between the two directions of an edge: {brief(weights)}.")
    if np.any(net.coupling == 0.0):
        raise ValueError(
            "the joint objective needs a strength and a weight a_ij other than 0 on every arc: a "
            "weight that does not learn is no variable of it. Remove such arcs."
        )
    if float(np.ptp(net.decay)) > 0.0:
        raise ValueError("the joint objective needs one decay for all nodes.")
    return w
