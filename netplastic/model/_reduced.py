"""The reduced equations: n equations for all equilibria of n activities and m weights.

At an equilibrium every weight is w*_ij = drive_ij / decay_ij, which leaves (THEORY, section 2)

    F_i(x) = x_i - b_i - sum_j a_ij (u_ij + w*_ij(V_i, V_j)) V_j = 0,    V = phi(x).

The unknowns are the activities x, not the rates: V = tanh(x) rounds to 1 long before x stops
mattering. Functions here accept one state (n,) or a batch (..., n).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray

from ._network import PlasticNetwork

__all__ = ["equilibrium_weights", "jacobian", "residual", "sparse_jacobian"]


@dataclass(frozen=True, eq=False)
class _Terms:
    """Pieces of F at one batch of states, per node (..., n) or per arc (..., m)."""

    rate: FloatArray
    slope: FloatArray
    factor: FloatArray
    factor_slope: FloatArray
    source_term: FloatArray
    source_slope: FloatArray


def equilibrium_weights(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """Weights w*_ij at which learning stands still, given the activity.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (..., n)

    Returns
    -------
    float array of shape (..., m)
        In arc order. Infinite or NaN at a pole of the rule (Oja with negative strength).

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> from netplastic.model import equilibrium_weights
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-4.0))
    >>> x = np.arctanh([0.5, 0.25])
    >>> equilibrium_weights(net, x)
    array([-0.5, -0.5])
    """
    wiring = net.wiring
    rate = net.activation.rate(np.asarray(activity, dtype=np.float64))
    post, _ = polynomial(net.post, rate)
    pre, _ = polynomial(net.pre, rate)
    target = rate[..., wiring.target]
    decay = net.decay[wiring.target] + net.decay_growth * target**2
    with np.errstate(divide="ignore", invalid="ignore"):
        drive = net.strength * post[..., wiring.target] * pre[..., wiring.source]
        weights: FloatArray = drive / decay
    return weights


def residual(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """F(x), whose roots are the equilibria.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (..., n)

    Returns
    -------
    float array of shape (..., n)

    Examples
    --------
    The symmetric state of a pair solves x + |k| V^3 = b:

    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> from netplastic.model import residual
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0))
    >>> x = np.full(2, np.arctanh(0.5))
    >>> bool(np.allclose(residual(net, x), np.arctanh(0.5) + 5 * 0.5**3 - 1))
    True
    """
    x = np.asarray(activity, dtype=np.float64)
    terms = _terms(net, x)
    static = _gather(net, terms.rate, net.arc_weight * net.static_weight)
    plastic: FloatArray
    if net.decay_is_nodal:
        plastic = terms.factor * _gather(net, terms.source_term, net.arc_weight * net.strength)
    else:
        weights = net.arc_weight * net.strength * terms.factor
        plastic = _scatter(net, weights * terms.source_term[..., net.wiring.source])
    value: FloatArray = x - net.bias - static - plastic
    return value


def sparse_jacobian(net: PlasticNetwork, activity: FloatArray) -> sparse.csr_array:
    """dF/dx at one state, sparse (n, n)."""
    x = np.asarray(activity, dtype=np.float64)
    diagonal, off = _jacobian_entries(net, x)
    wiring = net.wiring
    matrix = sparse.csr_array(
        (off, wiring.source, wiring.indptr), shape=(net.n, net.n)
    ) + sparse.diags_array(diagonal)
    return sparse.csr_array(matrix)


def jacobian(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """dF/dx, dense.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (..., n)

    Returns
    -------
    float array of shape (..., n, n)

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> from netplastic.model import jacobian
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0))
    >>> jacobian(net, np.zeros(2))
    array([[1., 0.],
           [0., 1.]])
    """
    x = np.asarray(activity, dtype=np.float64)
    diagonal, off = _jacobian_entries(net, x)
    matrix = np.zeros((*x.shape, net.n))
    matrix[..., net.wiring.target, net.wiring.source] = off + 0.0  # arcs are unique; no -0.0
    numbers = np.arange(net.n)
    matrix[..., numbers, numbers] += diagonal
    return matrix


def _jacobian_entries(net: PlasticNetwork, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return dF_i/dx_i without the arc i -> i, and minus the derivative through each arc."""
    terms = _terms(net, x)
    target, source = net.wiring.target, net.wiring.source
    gain = net.arc_weight * net.strength
    if net.decay_is_nodal:
        own = terms.factor_slope * _gather(net, terms.source_term, gain)
        through = terms.factor[..., target]
    else:
        own = _scatter(net, gain * terms.factor_slope * terms.source_term[..., source])
        through = terms.factor
    static = net.arc_weight * net.static_weight
    diagonal: FloatArray = 1.0 - own * terms.slope
    off: FloatArray = (
        -(static + gain * through * terms.source_slope[..., source]) * terms.slope[..., source]
    )
    return diagonal, off


def _terms(net: PlasticNetwork, x: FloatArray) -> _Terms:
    """Split every plastic term into factor(V_i) * strength * source_term(V_j)."""
    rate, slope = net.activation.rate(x), net.activation.slope(x)
    post, post_slope = polynomial(net.post, rate)
    pre, pre_slope = polynomial(net.pre, rate)
    target = net.wiring.target
    if net.decay_is_nodal:
        zeta = np.zeros(net.n)
        zeta[target] = net.decay_growth
        gamma, post_rate = net.decay, rate
    else:
        zeta, gamma = net.decay_growth, net.decay[target]
        post, post_slope, post_rate = post[..., target], post_slope[..., target], rate[..., target]
    decay = gamma + zeta * post_rate**2
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = post / decay
        factor_slope = (post_slope - factor * 2.0 * zeta * post_rate) / decay
    return _Terms(rate, slope, factor, factor_slope, rate * pre, pre + rate * pre_slope)


def polynomial(coefficients: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value and derivative of a polynomial per node, constant first, of degree 1 or 2."""
    if coefficients.shape[1] == 2:
        value = coefficients[:, 0] + coefficients[:, 1] * v
        return value, np.broadcast_to(coefficients[:, 1], v.shape)
    value = coefficients[:, 0] + v * (coefficients[:, 1] + v * coefficients[:, 2])
    return value, coefficients[:, 1] + 2.0 * v * coefficients[:, 2]


def _gather(net: PlasticNetwork, values: FloatArray, arc_factor: FloatArray) -> FloatArray:
    """Sum over arcs into i of arc_factor_ij * values_j."""
    if not np.any(arc_factor):
        return np.zeros_like(values)
    wiring = net.wiring
    matrix = sparse.csr_array((arc_factor, wiring.source, wiring.indptr), shape=(net.n, net.n))
    flat = values.reshape(-1, net.n)
    return np.asarray((matrix @ flat.T).T).reshape(values.shape)


def _scatter(net: PlasticNetwork, values: FloatArray) -> FloatArray:
    """Sum arc values (..., m) over the arcs into each node."""
    flat = values.reshape(-1, net.m)
    matrix = sparse.csr_array(
        (np.ones(net.m), np.arange(net.m), net.wiring.indptr), shape=(net.n, net.m)
    )
    return np.asarray((matrix @ flat.T).T).reshape(*values.shape[:-1], net.n)
