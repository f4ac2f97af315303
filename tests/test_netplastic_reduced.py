"""The reduced equations and the 2n matrix against the full system of n + m unknowns."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.model import (
    equilibrium_weights,
    full_jacobian,
    hessian,
    jacobian,
    reduced_matrix,
    residual,
    sparse_jacobian,
    spectral_abscissa,
)

RULES = [
    npl.Hebbian,
    npl.Oja,
    npl.Covariance,
    npl.BCM,
    npl.PresynapticallyGated,
    npl.PostsynapticallyGated,
]
DRIVES = {
    "Hebbian": lambda e, a, b, th: e * a * b,
    "Oja": lambda e, a, b, th: e * a * b,
    "Covariance": lambda e, a, b, th: e * (a - 0.5) * (b - 0.5),
    "BCM": lambda e, a, b, th: e * a * (a - 0.5) * b,
    "PresynapticallyGated": lambda e, a, b, th: e * (a - 0.5) * b,
    "PostsynapticallyGated": lambda e, a, b, th: e * a * (b - 0.5),
}


def network(rule, seed):
    """Random network at a state that is made an equilibrium by its bias."""
    rng = np.random.default_rng(seed)
    n = 5
    graph = nx.gnp_random_graph(n, 0.5, seed=seed, directed=bool(seed % 2))
    if seed % 3 == 0:
        graph.add_edge(0, 0)
    m = npl.PlasticNetwork(graph, rule(1.0)).m
    strength = rng.normal(size=m) * 3 if seed % 4 == 0 else float(rng.normal() * 3)
    if rule is npl.Oja:
        strength = np.abs(strength)
    net = npl.PlasticNetwork(
        graph,
        rule(strength, decay=rng.uniform(0.5, 2.0, n)),
        activation=[npl.Tanh(), npl.Logistic(gain=3.0, threshold=0.2)][seed % 2],
        static_weight=rng.normal(size=m),
        learning_rate=0.7,
        tau=rng.uniform(0.5, 2.0, n),
    )
    x = rng.normal(size=n)
    return net.replace(bias=net.bias + residual(net, x)), x


def full_field(net, state):
    """Time derivative of activities and weights, arc by arc, as the model is written."""
    x, w = state[: net.n], state[net.n :]
    v = net.activation.rate(x)
    drive = DRIVES[type(net.rule).__name__]
    dx, dw = -x + net.bias, np.zeros(net.m)
    for a in range(net.m):
        i, j = net.wiring.target[a], net.wiring.source[a]
        dx[i] += net.arc_weight[a] * (net.static_weight[a] + w[a]) * v[j]
        decay = net.decay[i]
        if isinstance(net.rule, npl.Oja):
            decay += net.strength[a] * v[i] ** 2
        dw[a] = net.learning_rate * (drive(net.strength[a], v[i], v[j], 0.5) - decay * w[a])
    return np.concatenate([dx / net.tau, dw])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(8))
def test_roots_are_rest_points_of_the_full_system(rule, seed):
    net, x = network(rule, seed)
    state = np.concatenate([x, equilibrium_weights(net, x)])
    assert np.abs(full_field(net, state)).max() < 1e-10


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(8))
def test_full_jacobian_is_the_derivative_of_the_full_system(rule, seed):
    net, x = network(rule, seed)
    state = np.concatenate([x, equilibrium_weights(net, x)])
    h = 1e-6
    columns = [
        (full_field(net, state + h * e) - full_field(net, state - h * e)) / (2 * h)
        for e in np.eye(len(state))
    ]
    np.testing.assert_allclose(
        full_jacobian(net, x).toarray(), np.stack(columns, axis=1), atol=2e-7, rtol=1e-6
    )


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(16))
def test_2n_eigenvalues_replace_n_plus_m(rule, seed):
    net, x = network(rule, seed)
    full = np.linalg.eigvals(full_jacobian(net, x).toarray())
    assert spectral_abscissa(net, x) == pytest.approx(full.real.max(), abs=1e-7)
    if not net.decay_is_nodal:
        with pytest.raises(ValueError, match="use full_jacobian"):
            reduced_matrix(net, x)
        return
    # every eigenvalue of nodes with arcs into them is among those of the full matrix
    for value in np.linalg.eigvals(reduced_matrix(net, x)):
        near = np.abs(full - value).min()
        spurious = np.abs(value + 1.0 / net.tau[np.diff(net.wiring.indptr) == 0]).min(initial=1.0)
        assert min(near, spurious) < 1e-5


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(8))
def test_jacobian_against_differences_and_batches(rule, seed):
    net, x = network(rule, seed)
    exact = jacobian(net, x)
    h = 1e-6
    columns = [
        (residual(net, x + h * e) - residual(net, x - h * e)) / (2 * h) for e in np.eye(net.n)
    ]
    np.testing.assert_allclose(exact, np.stack(columns, axis=1), atol=1e-6 * np.abs(exact).max())
    np.testing.assert_allclose(sparse_jacobian(net, x).toarray(), exact, atol=1e-14)
    batch = np.stack([x, x + 0.1, -x])
    np.testing.assert_allclose(jacobian(net, batch)[0], exact, atol=1e-14)
    np.testing.assert_allclose(residual(net, batch)[2], residual(net, -x), atol=1e-14)


def test_hessian_is_that_of_the_theory():
    """H = diag(1/phi') - k (2P + diag S), scaled by sqrt(phi') on both sides (section 3)."""
    graph = nx.petersen_graph()
    k = -7.0
    net = npl.PlasticNetwork(graph, npl.Hebbian(k))
    x = np.random.default_rng(0).uniform(0.1, 0.9, 10)
    v, slope = np.tanh(x), 1 - np.tanh(x) ** 2
    a = nx.to_numpy_array(graph)
    p = v[:, None] * a * v
    h = np.diag(1 / slope) - k * (2 * p + np.diag(a @ v**2))
    root = np.sqrt(slope)
    np.testing.assert_allclose(hessian(net, x), root[:, None] * h * root, atol=1e-13)


def test_hessian_needs_an_objective():
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Oja(1.0))
    with pytest.raises(ValueError, match="no gradient"):
        hessian(net, np.zeros(2))
