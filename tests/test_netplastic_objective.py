"""Energy, gradient and Hessian against differences, the dynamics and the equilibria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import networkx as nx
import numpy as np
import pytest
from scipy import integrate

import netplastic as npl
from netplastic.landscape._energy import convex_conjugate
from netplastic.model import equilibrium_weights, full_jacobian


@dataclass(frozen=True)
class Softsign(npl.Activation):
    """x / (1 + |x|): an activation that the library does not know."""

    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def rate(self, x):
        return x / (1.0 + np.abs(x))

    def slope(self, x):
        return 1.0 / (1.0 + np.abs(x)) ** 2

    def inverse(self, v):
        return v / (1.0 - np.abs(v))


def example(activation="tanh", strength=-3.0):
    graph = nx.Graph([(0, 1), (1, 2), (2, 0), (2, 3), (3, 3)])
    for number, (u, v) in enumerate(graph.edges):
        graph[u][v]["weight"] = 0.5 + 0.25 * number
    return npl.PlasticNetwork(
        graph,
        npl.Hebbian(strength, decay=1.5),
        bias=[0.4, 0.8, 0.6, 0.3],
        static_weight=0.2,
        activation=activation,
    )


RATES = np.array([0.3, 0.45, 0.2, 0.55])
ACTIVATIONS = [
    "tanh",
    "logistic",
    npl.Tanh(gain=2.0, threshold=0.1),
    npl.Logistic(gain=3.0),
    Softsign(),
]


def naive_energy(net, v, w=None):
    """docs/theory.md#section-4, edge by edge; G by numerical integration of the inverse."""
    total = 0.0
    for i in range(net.n):

        def inverse(t, i=i):
            full = np.full(net.n, t)
            return float(net.activation.inverse(full)[i])

        at_rest = float(net.activation.rate(np.zeros(net.n))[i])
        total += integrate.quad(inverse, at_rest, v[i], epsabs=1e-12)[0] - net.bias[i] * v[i]
    for arc, (j, i) in enumerate(
        zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True)
    ):
        if j > i:
            continue
        share = 0.5 if i == j else 1.0
        a, eta, gamma = net.arc_weight[arc], net.strength[arc], net.decay[i]
        u = net.static_weight[arc]
        if w is None:
            total -= share * a * (u * v[i] * v[j] + 0.5 * (eta / gamma) * v[i] ** 2 * v[j] ** 2)
        else:
            total -= share * a * (u + w[arc]) * v[i] * v[j]
            total += share * a * gamma / (2.0 * eta) * w[arc] ** 2
    return total


def some_weights(net):
    edge = np.linspace(-0.4, 0.5, int(net.wiring.edge.max()) + 1)
    return edge[net.wiring.edge]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_energy_equals_the_naive_sum(activation):
    net = example(activation)
    assert npl.energy(net, RATES) == pytest.approx(naive_energy(net, RATES), abs=1e-9)
    w = some_weights(net)
    assert npl.energy(net, RATES, weights=w) == pytest.approx(naive_energy(net, RATES, w), abs=1e-9)
    batch = npl.energy(net, np.stack([RATES, 0.9 * RATES]))
    assert batch.shape == (2,)
    assert batch[0] == pytest.approx(npl.energy(net, RATES))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_gradient_and_hessian_equal_differences(activation):
    net, h = example(activation), 1e-5
    gradient, hessian = npl.energy_gradient(net, RATES), npl.energy_hessian(net, RATES)
    for i, shift in enumerate(h * np.eye(4)):
        slope = (npl.energy(net, RATES + shift) - npl.energy(net, RATES - shift)) / (2 * h)
        assert gradient[i] == pytest.approx(slope, abs=1e-8)
        above, below = (npl.energy_gradient(net, RATES + s * shift) for s in (1, -1))
        np.testing.assert_allclose(hessian[i], (above - below) / (2 * h), atol=1e-7)


def test_joint_gradient_and_hessian_equal_differences():
    net, h = example(), 1e-5
    w, n = some_weights(net), 4
    edges = int(net.wiring.edge.max()) + 1
    gradient, hessian = (
        npl.energy_gradient(net, RATES, weights=w),
        npl.energy_hessian(net, RATES, weights=w),
    )
    assert gradient.shape == (n + net.m,)
    assert hessian.shape == (n + edges, n + edges)

    def by_edge(z):
        full = npl.energy_gradient(net, z[:n], weights=z[n:][net.wiring.edge])
        first = np.array([np.flatnonzero(net.wiring.edge == e)[0] for e in range(edges)])
        return np.concatenate([full[:n], full[n:][first]])

    per_edge = np.zeros(edges)
    per_edge[net.wiring.edge] = w
    z = np.concatenate([RATES, per_edge])
    for i in range(n + edges):
        shift = np.zeros(n + edges)
        shift[i] = h
        values = [
            npl.energy(net, y[:n], weights=y[n:][net.wiring.edge]) for y in (z + shift, z - shift)
        ]
        assert by_edge(z)[i] == pytest.approx((values[0] - values[1]) / (2 * h), abs=1e-8)
        slope = (by_edge(z + shift) - by_edge(z - shift)) / (2 * h)
        np.testing.assert_allclose(hessian[i], slope, atol=1e-7)


def test_eliminating_the_weights_gives_the_reduced_objective():
    net = example()
    w = equilibrium_weights(net, net.activation.inverse(RATES))
    assert npl.energy(net, RATES, weights=w) == pytest.approx(npl.energy(net, RATES))
    joint = npl.energy_gradient(net, RATES, weights=w)
    np.testing.assert_allclose(joint[:4], npl.energy_gradient(net, RATES), atol=1e-12)
    np.testing.assert_allclose(joint[4:], 0.0, atol=1e-12)


def full_rhs(net, x, w):
    """tau x' and w', arc by arc, learning rate 1."""
    v = net.activation.rate(x)
    dx, dw = net.bias - x, np.zeros(net.m)
    for arc, (j, i) in enumerate(
        zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True)
    ):
        dx[i] += net.arc_weight[arc] * (net.static_weight[arc] + w[arc]) * v[j]
        dw[arc] = net.strength[arc] * v[i] * v[j] - net.decay[i] * w[arc]
    return dx, dw


@pytest.mark.parametrize("strength", [3.0, -3.0])
def test_dynamics_are_descent_or_descent_and_ascent(strength):
    net = example(strength=strength)
    x, w = net.activation.inverse(RATES), some_weights(net)
    dx, dw = full_rhs(net, x, w)
    gradient = npl.energy_gradient(net, RATES, weights=w)
    np.testing.assert_allclose(dx, -gradient[:4], atol=1e-12)
    loop = net.wiring.source == net.wiring.target
    share = np.where(loop, 2.0, 1.0)  # a self-loop enters with half a term
    expected = -net.strength / net.arc_weight * gradient[4:] * share
    np.testing.assert_allclose(dw, expected, atol=1e-12)


def test_hebbian_trajectories_descend_the_joint_objective():
    net = example(strength=2.0)

    def rhs(_t, z):
        return np.concatenate(full_rhs(net, z[:4], z[4:]))

    start = np.concatenate([np.array([0.2, -0.5, 0.9, 0.1]), some_weights(net)])
    run = integrate.solve_ivp(rhs, (0.0, 10.0), start, rtol=1e-9, atol=1e-11, max_step=0.1)
    heights = npl.energy(net, np.tanh(run.y[:4].T), weights=run.y[4:].T)
    assert (np.diff(heights) < 1e-9).all()
    assert heights[0] - heights[-1] > 0.1


def test_minima_are_the_equilibria_stable_for_fast_learning():
    net = npl.PlasticNetwork(nx.cycle_graph(6), npl.Hebbian(-30.0))
    found = npl.find_equilibria(net)
    for x, v in zip(found.activity, found.rates, strict=True):
        assert np.abs(npl.energy_gradient(net, v)).max() < 1e-8
        minimum = np.linalg.eigvalsh(npl.energy_hessian(net, v))[0] > 0.0
        fast = full_jacobian(net.replace(learning_rate=1e4), x).toarray()
        assert minimum == (np.linalg.eigvals(fast).real.max() < 0.0)


def test_a_state_stable_for_fast_learning_is_a_local_minimax():
    """docs/theory.md#section-4: minimum over V of the maximum over w, a strict local minimax.

    Concave in w (eta < 0), and after maximising over w the Hessian is H of E_red: the Schur
    complement of the joint Hessian.
    """
    net = npl.PlasticNetwork(nx.cycle_graph(6), npl.Hebbian(-30.0))
    found = npl.find_equilibria(net)
    for x, v in zip(found.activity, found.rates, strict=True):
        joint = npl.energy_hessian(net, v, weights=equilibrium_weights(net, x))
        a, b, c = joint[:6, :6], joint[:6, 6:], joint[6:, 6:]
        assert np.linalg.eigvalsh(c).max() < 0.0
        schur = a - b @ np.linalg.solve(c, b.T)
        np.testing.assert_allclose(schur, npl.energy_hessian(net, v), atol=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_the_conjugate_starts_at_zero_and_is_convex(activation):
    net = example(activation)
    at_rest = net.activation.rate(np.zeros(4))
    np.testing.assert_allclose(convex_conjugate(net, at_rest), 0.0, atol=1e-12)
    grid = np.linspace(0.2, 0.7, 21)[:, None] * np.ones(4)
    assert (np.diff(convex_conjugate(net, grid), n=2, axis=0) > 0.0).all()


def test_networks_without_an_objective_are_told_so():
    for rule in (npl.Oja(1.0), npl.BCM(1.0), npl.Covariance(1.0)):
        with pytest.raises(ValueError, match="no objective"):
            npl.energy(npl.PlasticNetwork(nx.path_graph(2), rule), np.array([0.1, 0.2]))
    directed = npl.PlasticNetwork(nx.DiGraph([(0, 1)]), npl.Hebbian(1.0))
    with pytest.raises(ValueError, match="no objective"):
        npl.energy_gradient(directed, np.array([0.1, 0.2]))


def test_the_reduced_equations_of_other_rules_are_no_gradient():
    """The Jacobian in rates is not symmetric, whatever the strength."""
    from netplastic.model import jacobian

    rules = [
        npl.Oja(1.0),
        npl.BCM(1.0),
        npl.Covariance(1.0),
        npl.PresynapticallyGated(1.0),
        npl.PostsynapticallyGated(1.0),
    ]
    for rule in [*rules, npl.Hebbian(1.0)]:
        net = npl.PlasticNetwork(nx.path_graph(2), rule)
        x = np.array([0.3, 0.7])
        matrix = jacobian(net, x) / net.activation.slope(x)
        symmetric = bool(np.isclose(matrix[0, 1], matrix[1, 0], atol=1e-9))
        assert symmetric == (type(rule) is npl.Hebbian)


def test_wrong_rates_and_weights_are_refused():
    net = example()
    with pytest.raises(ValueError, match="strictly between"):
        npl.energy(net, np.array([0.1, 0.2, 0.3, 1.2]))
    with pytest.raises(ValueError, match="shape"):
        npl.energy(net, np.zeros(3))
    with pytest.raises(ValueError, match="two directions"):
        npl.energy(net, RATES, weights=np.arange(net.m, dtype=float))
    with pytest.raises(ValueError, match="shape"):
        npl.energy(net, RATES, weights=np.zeros(2))
