"""What theorems say about stability over the learning rate (docs/theory.md#section-3)."""

from __future__ import annotations

import math

import numpy as np

from netplastic._support import FloatArray, check_dense, check_states
from netplastic.model import PlasticNetwork, check_network, equilibrium_weights, hessian

__all__ = ["critical_learning_rate_bound", "unstable_by_theory"]


def critical_learning_rate_bound(net: PlasticNetwork, activity: FloatArray) -> float:
    """Upper bound on the critical rate (docs/theory.md#section-3), in 1/time.

    (lambda_max(D^1/2 (kP + U) D^1/2) - 1) / (tau gamma) for the anti-Hebbian rule on an
    undirected network with uniform tau and decay, at an equilibrium that is a minimum; 0 where that
    is negative, NaN where it does not apply.

    Raises
    ------
    TypeError, ValueError
        For what is no network, or no activity (n,) of one state.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(6), npl.Hebbian(strength=-20.0))
    >>> found = npl.find_equilibria(net, stable_only=True)
    >>> rate = npl.critical_learning_rate(net, found.activity[0])
    >>> bool(rate <= npl.critical_learning_rate_bound(net, found.activity[0]))
    True
    """
    check_network(net)
    x = check_states("activity", activity, net.nodes)
    if not _uniform_objective(net) or np.any(net.coupling > 0.0) or np.ptp(net.tau) > 0.0:
        return math.nan
    largest = float(np.linalg.eigvalsh(_input_gain(net, x))[-1])
    return max(0.0, (largest - 1.0) / (float(net.tau[0]) * float(net.decay[0])))


def unstable_by_theory(net: PlasticNetwork, x: FloatArray) -> int | None:
    """Number of growing modes at every rate where a theorem gives stability, else None.

    docs/theory.md#section-3. A negative eigenvalue of H is a growing mode at every rate: G(lambda)
    = lambda tau / D + M + |k| eps gamma / (lambda + eps gamma) (P + S) is H at lambda = 0 and
    positive at infinity.
    """
    if not _uniform_objective(net):
        return None
    negative = int(np.count_nonzero(np.linalg.eigvalsh(hessian(net, x)) < 0.0))
    if np.all(net.coupling >= 0.0):
        return negative
    if np.all(net.coupling <= 0.0) and negative == 0:
        return 0 if float(np.linalg.eigvalsh(_input_gain(net, x))[-1]) < 1.0 else None
    return None


def _uniform_objective(net: PlasticNetwork) -> bool:
    return net.has_objective and float(np.ptp(net.decay)) == 0.0


def _input_gain(net: PlasticNetwork, x: FloatArray) -> FloatArray:
    """D^1/2 (kP + U) D^1/2, symmetric for networks with an objective."""
    root = np.sqrt(net.activation.slope(x))
    check_dense(net.n, 1, "the bound on learning rates")
    matrix = np.zeros((net.n, net.n))
    matrix[net.wiring.target, net.wiring.source] = net.arc_weight * (
        net.static_weight + equilibrium_weights(net, x)
    )
    return root[:, None] * matrix * root
