"""Linear stability at a given learning rate: 2n eigenvalues instead of n + m.

About an equilibrium the deviations y_i = sum_j a_ij V_j dw_ij close the system whenever the
decay of a weight depends on its postsynaptic node only (docs/theory.md#section-3; there for the
Hebb rule, here for every rule of the form in `netplastic.model`). The other m - n eigenvalues are
-epsilon * decay_i, once for each arc into node i beyond the first.

At learning rate inf the weights have no equations of their own; n eigenvalues are left, those of
-T^-1 dF/dx with T = diag(tau).
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import eigs

from netplastic._support import BoolArray, FloatArray, IntArray, check_dense

from ._equations import Numbers, State
from ._network import PlasticNetwork
from ._reduced import dense_matrix, jacobian

__all__ = [
    "flow_entries",
    "flow_matrix",
    "full_entries",
    "full_jacobian",
    "hessian",
    "is_minimum",
    "reduced_entries",
    "reduced_matrix",
    "spectral_abscissa",
]

_DENSE_LIMIT = 4000

Entries: TypeAlias = tuple[Numbers, IntArray, IntArray]
"""Values of some kind, with the rows and columns where they stand."""


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
        If the decay differs from arc to arc into one node (use `full_jacobian`), or the learning
        rate is infinite (use `flow_matrix`).

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
    state = net.equations.at(net.activation.rate(x))
    n = net.n
    check_dense(2 * n, 1, "the reduced matrix")
    matrix = np.zeros((2 * n, 2 * n))
    for values, rows, columns in reduced_entries(net, state, net.activation.slope(x)):
        matrix[rows, columns] += values
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

    Raises
    ------
    ValueError
        If the learning rate is infinite (use `flow_matrix`).

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> from netplastic.model import full_jacobian
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0))
    >>> full_jacobian(net, np.zeros(2)).shape
    (4, 4)
    """
    x = np.asarray(activity, dtype=np.float64)
    state = net.equations.at(net.activation.rate(x))
    entries = full_entries(net, state, net.activation.slope(x))
    values, rows, columns = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    size = net.n + net.m
    return sparse.csr_array(sparse.coo_array((values, (rows, columns)), shape=(size, size)))


def flow_matrix(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """Return -T^-1 dF/dx, the matrix of the n equations that are left at learning rate inf.

    Parameters
    ----------
    net : PlasticNetwork
        Its own learning rate does not matter.
    activity : float array of shape (..., n)

    Returns
    -------
    float array of shape (..., n, n)
        By rows of the activity that changes; in 1/time (docs/theory.md#section-3).

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0), tau=2.0)
    >>> npl.stability.flow_matrix(net, np.zeros(2))
    array([[-0.5,  0. ],
           [ 0. , -0.5]])
    """
    return 0.0 - jacobian(net, activity) / net.tau[:, None]


def flow_entries(net: PlasticNetwork, state: State, slope: Numbers) -> list[Entries]:
    """Entries of `flow_matrix` over any kind of numbers, as `reduced_entries` gives them."""
    of, nodes = state.equations, np.arange(net.n)
    diagonal, through = state.jacobian(slope)
    return [
        (-diagonal / net.tau, nodes, nodes),
        (-through / net.tau[of.target], of.target, of.source),
    ]


def _finite_rate(net: PlasticNetwork) -> float:
    if net.weights_follow:
        raise ValueError(
            "at learning rate inf the weights follow at once and have no equations of their own; "
            "use flow_matrix for the n equations of the activities, or a finite learning rate."
        )
    return net.learning_rate


def reduced_entries(net: PlasticNetwork, state: State, slope: Numbers) -> list[Entries]:
    """Entries of `reduced_matrix` over any kind of numbers; those at one place add up.

    Parameters
    ----------
    net : PlasticNetwork
        With `net.decay_is_nodal`.
    state : State
        Of equations over that kind of numbers.
    slope : numbers of shape (n,)
        phi'(x).

    Returns
    -------
    list of (values, rows, columns)
        No place occurs twice in one triple.
    """
    of, n, epsilon = state.equations, net.n, _finite_rate(net)
    one, nodes = state.rate * 0.0 + 1.0, np.arange(n)
    # A node without arcs into it has no y; its row would add an eigenvalue of no meaning.
    fed = np.diff(net.wiring.indptr) > 0
    by_own, by_source = state.learning()
    return [
        ((state.frozen() * slope[of.source]) / net.tau[of.target], of.target, of.source),
        (-one / net.tau, nodes, nodes),
        ((one / net.tau)[fed], nodes[fed], n + nodes[fed]),
        (by_own * slope * epsilon, n + nodes, nodes),
        (by_source * slope[of.source] * epsilon, n + of.target, of.source),
        ((one * state.decay * -epsilon)[fed], n + nodes[fed], n + nodes[fed]),
        ((-one / net.tau)[~fed], n + nodes[~fed], n + nodes[~fed]),
    ]


def full_entries(net: PlasticNetwork, state: State, slope: Numbers) -> list[Entries]:
    """Entries of `full_jacobian` over any kind of numbers, as `reduced_entries` gives them."""
    of, n, epsilon = state.equations, net.n, _finite_rate(net)
    one, nodes, arcs = state.rate * 0.0 + 1.0, np.arange(n), np.arange(net.m)
    target, source = of.target, of.source
    pre_slope = (one * of.factors.pre_slope(state.rate))[source]
    by_own = (one[target] * state.steepness[of.row] * state.pre[source]) * slope[target]
    by_source = (state.post[of.row] * pre_slope) * slope[source]
    decay = one[target] * state.decay[of.row]
    return [
        ((state.frozen() * slope[source]) / net.tau[target], target, source),
        (-one / net.tau, nodes, nodes),
        ((state.rate[source] * net.arc_weight) / net.tau[target], target, n + arcs),
        (by_own * net.strength * epsilon, n + arcs, target),
        (by_source * net.strength * epsilon, n + arcs, source),
        (decay * -epsilon, n + arcs, n + arcs),
    ]


def spectral_abscissa(net: PlasticNetwork, activity: FloatArray) -> float:
    """Largest real part among the n + m eigenvalues at an equilibrium.

    Negative: stable at the network's learning rate. Positive: unstable. At learning rate inf among
    the n of the equations that are left; inf where a weight does not decay, for then it cannot
    follow.

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
    if net.weights_follow:
        state = net.equations.at(net.activation.rate(x))
        if np.any(state.decay[net.equations.row] <= 0.0):
            return math.inf
        return float(linalg.eigvals(flow_matrix(net, x)).real.max())
    if not net.decay_is_nodal:
        return _abscissa_of_sparse(full_jacobian(net, x))
    largest = float(linalg.eigvals(reduced_matrix(net, x)).real.max())
    decay = net.equations.at(net.activation.rate(x)).decay
    rest = -net.learning_rate * decay[np.diff(net.wiring.indptr) > 1]
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
    state = net.equations.at(net.activation.rate(x))
    diagonal, arcs, _ = state.forms(np.sqrt(net.activation.slope(x)))
    matrix = dense_matrix(net, diagonal, arcs)
    return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))


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


def _abscissa_of_sparse(matrix: sparse.csr_array) -> float:
    if matrix.shape[0] <= _DENSE_LIMIT:
        return float(linalg.eigvals(matrix.toarray()).real.max())
    values = eigs(matrix, k=6, which="LR", return_eigenvectors=False)
    return float(values.real.max())
