"""Strengths up to which a network provably contracts: bounds from the literature, for this model.

Each is sufficient for a single equilibrium, and each asks for less or more than the model at hand,
which the functions say.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigsh

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork, check_network, family_of, needs_finite_strength

from ._rate_box import prior_box

__all__ = ["contraction_applies", "contraction_bound", "definiteness_bound"]

_DENSE_NODES = 800


def contraction_bound(net: PlasticNetwork) -> float:
    """Magnitude of the strength below which activity and weights contract at every learning rate.

    The test of Centorrino, Bullo & Russo (arXiv:2204.05382) in the maximum norm, in terms of decay
    rates, in-degree, largest strength and largest rate, derived here for this model.

    Parameters
    ----------
    net : PlasticNetwork
        With Hebb's drive (either sign) and constant decay; directed or not. tanh or logistic, or
        any activation with finite bounds whose steepest slope is at its threshold.

    Returns
    -------
    float
        Magnitude in the units of the network's strength; a factor where strengths differ.
        inf without plasticity, 0 where static weights alone break the test.

    Raises
    ------
    ValueError
        For another rule, or an unbounded activation.

    Notes
    -----
    Let ``k_ij = |eta_ij| / gamma_i``, R_i the largest ``|V_i|``, L_i the largest phi_i'. The set
    ``|w_ij| <= k_ij R_i R_j`` is invariant. In the norm ``max(max |dx_i|, max |dw_ij| / r)`` the
    logarithmic norm of the Jacobian is negative iff its rows are::

        x_i :   -1 + sum_j a_ij (|u_ij| + k_ij R_i R_j) L_j + r sum_j a_ij R_j < 0
        w_ij:   -gamma_i + |eta_ij| (L_i R_j + R_i L_j) / r < 0,

    up to factors 1/tau_i and the learning rate, which do not matter. The least r is
    max k_ij (L_i R_j + R_i L_j); put into the first line and solved for the factor s on all k that
    gives::

        s = min_i (1 - sum_j a_ij |u_ij| L_j) / (sum_j a_ij (k_ij R_i R_j L_j + r R_j)).

    With one k, R and L and largest in-degree d that is 3 k d L R^2 < 1. Their paper has the leak as
    a separate constant and allows one-sided rates; the structure (a third for the weights, two
    thirds for their change) is the same.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0))
    >>> round(npl.contraction_bound(net), 6)
    0.333333
    """
    check_network(net)
    if not contraction_applies(net):
        raise ValueError(
            "contraction bounds are derived for the Hebb rule and activations with finite bounds; "
            f"this network has {type(net.rule).__name__} and bounds {net.activation.bounds}."
        )
    needs_finite_strength(net, "the contraction bound")
    low, high = net.activation.bounds
    reach = np.full(net.n, max(abs(low), abs(high)))
    steep = _steepest(net)
    target, source = net.wiring.target, net.wiring.source
    k = np.abs(net.strength) / net.decay[target]
    if not np.any(k):
        return math.inf
    weight = float(
        np.max(k * (steep[target] * reach[source] + reach[target] * steep[source]), initial=0.0)
    )
    own = net.arc_weight * (
        k * reach[target] * reach[source] * steep[source] + weight * reach[source]
    )
    static = net.arc_weight * np.abs(net.static_weight) * steep[source]
    load = np.bincount(target, own, minlength=net.n)
    room = 1.0 - np.bincount(target, static, minlength=net.n)
    fed = load > 0.0
    factor = float(np.min(room[fed] / load[fed])) if np.any(fed) else math.inf
    return max(0.0, factor) * _unit(net)


def definiteness_bound(net: PlasticNetwork) -> float:
    """Magnitude of anti-Hebbian strength up to which definiteness of the wiring keeps one
    equilibrium.

    After Kozachkov, Lundqvist, Slotine & Miller (2020, doi:10.1371/journal.pcbi.1007659), who show
    that anti-Hebbian plasticity dW_ij/dt = -k_ij x_i x_j - gamma W_ij contracts when the matrix
    (k_ij) is positive semidefinite.

    Parameters
    ----------
    net : PlasticNetwork
        With an objective, strengths of one negative sign and no static weights; tanh or logistic.

    Returns
    -------
    float
        Magnitude in the units of the network's strength (a factor where strengths differ): inf when
        the matrix of couplings is positive semidefinite. NaN where the argument does not apply.

    Notes
    -----
    Their model is linear in activity where this one has rates, and their theorem says nothing for
    indefinite matrices, which adjacency matrices without self-loops always are. For this model,
    with ``C = (a_ij |eta_ij| / gamma)``, the Hessian (docs/theory.md#section-3) is
    ``H = diag(1/phi') + 2 diag(V) C diag(V) + diag(S)`` with S >= 0. C positive semidefinite makes
    it positive definite at every state and strength: their condition carries over. Otherwise
    C >= lambda_min I gives::

        H >= diag(1/phi' - 2 |lambda_min| V^2),

    positive definite on the whole box if ``2 s |lambda_min| max phi' V^2 < 1``. It is a bound of
    convexity, hence of the number of equilibria; of contraction only for fast learning.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> round(npl.definiteness_bound(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0))), 6)
    2.0
    """
    check_network(net)
    usable = net.has_objective and net.activation.kind is not None
    if not usable or np.any(net.coupling > 0.0) or np.any(net.arc_weight * net.static_weight):
        return math.nan
    least = _least_coupling_eigenvalue(net)
    if least >= -1e-12 * max(1.0, float(np.abs(net.coupling).max(initial=0.0))):
        return math.inf
    return _unit(net) / (2.0 * -least * float(_largest_power(net).max()))


def _least_coupling_eigenvalue(net: PlasticNetwork) -> float:
    matrix = sparse.csr_array(
        (-net.coupling, net.wiring.source, net.wiring.indptr), shape=(net.n, net.n)
    )
    if net.n <= _DENSE_NODES:
        return float(np.linalg.eigvalsh(matrix.toarray())[0])
    start = np.random.default_rng(0).normal(size=net.n)
    return float(eigsh(matrix, k=1, which="SA", v0=start, return_eigenvectors=False)[0])


def _largest_power(net: PlasticNetwork) -> FloatArray:
    """Largest phi' V^2 per node over its box: where it turns, or at the end of the box.

    tanh: gain V^2 (1 - V^2), greatest at V^2 = 1/2. Logistic: gain V^3 (1 - V), greatest at 3/4.
    """
    low, high = prior_box(net)
    gain = net.activation.parameter("gain")
    if net.activation.kind == "tanh":
        v = np.minimum(np.maximum(np.abs(low), np.abs(high)), math.sqrt(0.5))
        return np.asarray(gain * v**2 * (1.0 - v**2))
    v = np.minimum(high, 0.75)
    return np.asarray(gain * v**3 * (1.0 - v))


def _steepest(net: PlasticNetwork) -> FloatArray:
    """Largest slope of every node's activation: at its threshold, for sigmoid functions."""
    threshold = getattr(net.activation, "threshold", 0.0)
    at = np.broadcast_to(np.asarray(threshold, dtype=np.float64), net.n)
    return np.asarray(net.activation.slope(at.copy()))


def contraction_applies(net: PlasticNetwork) -> bool:
    """Whether `contraction_bound` is derived for this network: Hebb's drive, bounded rates."""
    hebb = np.all(net.post == (0.0, 1.0, 0.0)) and np.all(net.pre == (0.0, 1.0))
    return bool(
        hebb and not np.any(net.decay_growth) and np.all(np.isfinite(net.activation.bounds))
    )


def _unit(net: PlasticNetwork) -> float:
    family = family_of(net, "strength")
    return abs(family.own) if family.meaning == "common value" else 1.0
