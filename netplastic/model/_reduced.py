"""The reduced equations: n equations for all equilibria of n activities and m weights.

At an equilibrium every weight is w*_ij = drive_ij / decay_ij, which leaves
(docs/theory.md#section-2)

    F_i(x) = x_i - b_i - sum_j a_ij (u_ij + w*_ij(V_i, V_j)) V_j = 0,    V = phi(x).

The unknowns are the activities x, not the rates: V = tanh(x) rounds to 1 long before x stops
mattering. Functions here accept one state (n,) or a batch (..., n).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray, check_dense

from ._equations import State
from ._network import PlasticNetwork

__all__ = ["dense_matrix", "equilibrium_weights", "jacobian", "residual", "sparse_jacobian"]


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
    with np.errstate(divide="ignore", invalid="ignore"):
        of, state = net.equations, _state(net, np.asarray(activity, dtype=np.float64))
        weights: FloatArray = state.factor[..., of.row] * state.pre[..., of.source] * net.strength
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
    with np.errstate(divide="ignore", invalid="ignore"):
        value: FloatArray = _state(net, x).residual(x)
    return value


def sparse_jacobian(net: PlasticNetwork, activity: FloatArray) -> sparse.csr_array:
    """dF/dx at one state, sparse (n, n)."""
    x = np.asarray(activity, dtype=np.float64)
    diagonal, off = _entries(net, x)
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
    return dense_matrix(net, *_entries(net, np.asarray(activity, dtype=np.float64)))


def dense_matrix(net: PlasticNetwork, diagonal: FloatArray, arcs: FloatArray) -> FloatArray:
    """Matrix (..., n, n) with one number for each arc, and others to add to the diagonal."""
    check_dense(net.n, math.prod(diagonal.shape[:-1]), "a matrix of the network")
    matrix = np.zeros((*diagonal.shape, net.n))
    matrix[..., net.wiring.target, net.wiring.source] = arcs + 0.0  # arcs are unique; no -0.0
    numbers = np.arange(net.n)
    matrix[..., numbers, numbers] += diagonal
    return matrix


def _state(net: PlasticNetwork, x: FloatArray) -> State:
    return net.equations.at(net.activation.rate(x))


def _entries(net: PlasticNetwork, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """dF_i/dx_i without the arc i -> i, and the derivative through each arc."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _state(net, x).jacobian(net.activation.slope(x))


def polynomial(coefficients: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Value and derivative of a polynomial per node, constant first, of degree 1 or 2."""
    if coefficients.shape[1] == 2:
        value = coefficients[:, 0] + coefficients[:, 1] * v
        return value, np.broadcast_to(coefficients[:, 1], v.shape)
    value = coefficients[:, 0] + v * (coefficients[:, 1] + v * coefficients[:, 2])
    return value, coefficients[:, 1] + 2.0 * v * coefficients[:, 2]
