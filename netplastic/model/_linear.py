"""Linear stability at a given learning rate: 2n eigenvalues instead of n + m.

About an equilibrium the deviations y_i = sum_j a_ij V_j dw_ij close the system whenever the
decay of a weight depends on its postsynaptic node only (THEORY, section 3; there for the Hebb
rule, here for every rule of the form in `netplastic.model`). The other m - n eigenvalues are
-epsilon * decay_i, once for each arc into node i beyond the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import eigs

from netplastic._support import BoolArray, FloatArray

from ._network import PlasticNetwork
from ._reduced import equilibrium_weights, jacobian, polynomial

__all__ = [
    "full_jacobian",
    "hessian",
    "is_minimum",
    "reduced_matrix",
    "spectral_abscissa",
]

_DENSE_LIMIT = 4000


def reduced_matrix(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """Return the 2n x 2n matrix of the linearised dynamics in the coordinates (dx, y).

    Parameters
    ----------
    net : PlasticNetwork
        With `net.decay_is_nodal`.
    activity : float array of shape (n,)
        An equilibrium.

    Returns
    -------
    float array of shape (2n, 2n)

    Raises
    ------
    ValueError
        If the decay differs from arc to arc into one node (use `full_jacobian`).

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> from netplastic.model import reduced_matrix
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0), bias=0.0)
    >>> np.linalg.eigvals(reduced_matrix(net, np.zeros(2))).real.max()
    np.float64(-1.0)
    """
    if not net.decay_is_nodal:
        raise ValueError(
            "the decay differs from arc to arc into one node, so the 2n reduction does not hold; "
            "use full_jacobian."
        )
    x = np.asarray(activity, dtype=np.float64)
    wiring, n, epsilon = net.wiring, net.n, net.learning_rate
    target, source = wiring.target, wiring.source
    rate, slope = net.activation.rate(x), net.activation.slope(x)
    weights = equilibrium_weights(net, x)
    post, post_slope = polynomial(net.post, rate)
    pre, pre_slope = polynomial(net.pre, rate)
    zeta = np.zeros(n)
    zeta[target] = net.decay_growth
    decay = net.decay + zeta * rate**2
    input_gain = _dense(net, net.arc_weight * (net.static_weight + weights)) * slope
    onto_y = net.arc_weight * rate[source]
    own = onto_y * (
        net.strength * post_slope[target] * pre[source]
        - 2.0 * net.decay_growth * rate[target] * weights
    )
    from_source = onto_y * net.strength * post[target] * pre_slope[source]
    drive = _dense(net, from_source) * slope
    drive[np.arange(n), np.arange(n)] += np.bincount(target, own, minlength=n) * slope
    matrix = np.zeros((2 * n, 2 * n))
    matrix[:n, :n] = (input_gain - np.eye(n)) / net.tau[:, None]
    matrix[:n, n:] = np.diag(1.0 / net.tau)
    matrix[n:, :n] = epsilon * drive
    # A node without arcs into it has no y; its row would add an eigenvalue of no meaning.
    fed = np.diff(wiring.indptr) > 0
    matrix[n:, n:] = np.diag(np.where(fed, -epsilon * decay, -1.0 / net.tau))
    matrix[:n, n:] *= fed
    return matrix


def full_jacobian(net: PlasticNetwork, activity: FloatArray) -> sparse.csr_array:
    """Jacobian of all n activities and m weights at an equilibrium.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (n,)
        An equilibrium; the weights are those of `equilibrium_weights`.

    Returns
    -------
    scipy.sparse.csr_array of shape (n + m, n + m)
        Activities first, then weights in arc order.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> from netplastic.model import full_jacobian
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0))
    >>> full_jacobian(net, np.zeros(2)).shape
    (4, 4)
    """
    x = np.asarray(activity, dtype=np.float64)
    wiring, n, m, epsilon = net.wiring, net.n, net.m, net.learning_rate
    target, source = wiring.target, wiring.source
    rate, slope = net.activation.rate(x), net.activation.slope(x)
    weights = equilibrium_weights(net, x)
    post, post_slope = polynomial(net.post, rate)
    pre, pre_slope = polynomial(net.pre, rate)
    arcs = np.arange(m)
    gain = net.arc_weight * (net.static_weight + weights) * slope[source]
    xx = sparse.csr_array((gain, (target, source)), shape=(n, n)) - sparse.eye_array(n)
    xw = sparse.csr_array((net.arc_weight * rate[source], (target, arcs)), shape=(n, m))
    own = (
        net.strength * post_slope[target] * pre[source]
        - 2.0 * net.decay_growth * rate[target] * weights
    ) * slope[target]
    other = net.strength * post[target] * pre_slope[source] * slope[source]
    wx = sparse.csr_array((own, (arcs, target)), shape=(m, n)) + sparse.csr_array(
        (other, (arcs, source)), shape=(m, n)
    )
    decay = net.decay[target] + net.decay_growth * rate[target] ** 2
    per_tau = sparse.diags_array(1.0 / net.tau)
    blocks: list[list[Any]] = [
        [per_tau @ xx, per_tau @ xw],
        [epsilon * wx, -epsilon * sparse.diags_array(decay, shape=(m, m))],
    ]
    return sparse.csr_array(sparse.block_array(blocks))


def spectral_abscissa(net: PlasticNetwork, activity: FloatArray) -> float:
    """Largest real part among the n + m eigenvalues at an equilibrium.

    Negative: stable at the network's learning rate. Positive: unstable.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (n,)
        An equilibrium.

    Returns
    -------
    float

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0), bias=0.0)
    >>> npl.stability.spectral_abscissa(net, np.zeros(2))
    -1.0
    """
    x = np.asarray(activity, dtype=np.float64)
    if not net.decay_is_nodal:
        return _abscissa_of_sparse(full_jacobian(net, x))
    largest = float(linalg.eigvals(reduced_matrix(net, x)).real.max())
    indegree = np.diff(net.wiring.indptr)
    rate = net.activation.rate(x)
    zeta = np.zeros(net.n)
    zeta[net.wiring.target] = net.decay_growth
    rest = -net.learning_rate * (net.decay + zeta * rate**2)[indegree > 1]
    return max(largest, float(rest.max())) if len(rest) else largest


def hessian(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """Return D^1/2 H D^1/2 with H the Hessian of the reduced objective and D = diag(phi').

    It has the inertia of H and stays finite where a rate saturates.

    Parameters
    ----------
    net : PlasticNetwork
        With `net.has_objective`.
    activity : float array of shape (..., n)

    Returns
    -------
    float array of shape (..., n, n), symmetric

    Raises
    ------
    ValueError
        If the network has no objective (another rule than Hebb's, or arcs not symmetric).

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0))
    >>> npl.stability.hessian(net, np.zeros(2))
    array([[1., 0.],
           [0., 1.]])
    """
    if not net.has_objective:
        raise ValueError(
            "the reduced equations of this network are no gradient: an objective needs the Hebb "
            "rule (either sign) and the same strength and static weight in both directions."
        )
    x = np.asarray(activity, dtype=np.float64)
    root = np.sqrt(net.activation.slope(x))
    with np.errstate(divide="ignore", invalid="ignore"):
        matrix = jacobian(net, x)
        scaled = root[..., :, None] * matrix / root[..., None, :]
    scaled = np.where(np.isfinite(scaled), scaled, 0.0)
    numbers = np.arange(net.n)  # the scaling leaves the diagonal alone, also where a slope is 0
    scaled[..., numbers, numbers] = matrix[..., numbers, numbers]
    return 0.5 * (scaled + np.swapaxes(scaled, -1, -2))


def is_minimum(net: PlasticNetwork, activity: FloatArray) -> BoolArray:
    """Whether H is positive definite: strict minima of the reduced objective.

    For the undirected Hebb rule these are the equilibria that are stable at every rate
    (positive strength) or at all rates large enough (negative strength).

    Parameters
    ----------
    net : PlasticNetwork
        With `net.has_objective`.
    activity : float array of shape (..., n)

    Returns
    -------
    bool array of shape (...)
    """
    least = np.linalg.eigvalsh(hessian(net, activity))[..., 0]
    minimum: BoolArray = least > 0.0
    return minimum


def _dense(net: PlasticNetwork, values: FloatArray) -> FloatArray:
    matrix = np.zeros((net.n, net.n))
    matrix[net.wiring.target, net.wiring.source] = values
    return matrix


def _abscissa_of_sparse(matrix: sparse.csr_array) -> float:
    if matrix.shape[0] <= _DENSE_LIMIT:
        return float(linalg.eigvals(matrix.toarray()).real.max())
    values = eigs(matrix, k=6, which="LR", return_eigenvectors=False)
    return float(values.real.max())
