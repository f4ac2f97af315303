"""What docs/theory.md found and no other test holds; each test names its section."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import brentq

import netplastic as npl
from netplastic.model import jacobian, residual

# fmt: off
EDGES = [
    (0, 1, 3.9), (0, 3, 16.0), (0, 5, 5.9), (0, 6, 14.0), (1, 2, 6.1), (1, 3, 5.0), (1, 4, 11.0),
    (1, 5, 7.0), (1, 6, 22.0), (2, 4, 7.0), (2, 5, 7.4), (2, 6, 8.5), (3, 6, 4.7), (4, 5, 19.0),
    (4, 6, 16.0), (5, 6, 9.4),
]
# fmt: on


def regaining() -> tuple[npl.PlasticNetwork, np.ndarray]:
    """The network of section 3(e) and its equilibrium."""
    graph = nx.Graph()
    graph.add_nodes_from(range(7))
    graph.add_weighted_edges_from(EDGES)
    rates = np.array([0.98, 0.64, 0.41, 0.5, 0.085, 0.39, 0.98])
    activity = np.arctanh(rates)
    bias = activity + rates * (nx.to_numpy_array(graph) @ rates**2)
    return npl.PlasticNetwork(graph, npl.Hebbian(-1.0), bias=bias), activity


@pytest.mark.parametrize(("rate", "stable"), [(0.39, 1), (0.3, 0), (0.2, 0), (0.179, 1), (0.16, 0)])
def test_an_equilibrium_may_become_stable_again_as_learning_slows(rate: float, stable: int) -> None:
    """Section 3(e): proved, list and stability."""
    net, activity = regaining()
    found = npl.find_equilibria(net.replace(learning_rate=rate), "certified")
    assert (int(found.count), int(found.stable_count)) == (1, stable)
    assert np.abs(found.activity[0] - activity).max() < 1e-12


def test_all_changes_of_stability_are_found_and_below_the_bound() -> None:
    """Section 3(e): every rate at which a pair crosses obeys (3.10)."""
    net, activity = regaining()
    found = npl.learning_rate_crossings(net, activity)
    assert found.rates == pytest.approx([0.068532, 0.173361, 0.184762, 0.376540], abs=1e-6)
    assert found.unstable.tolist() == [4, 2, 0, 2, 0]
    assert found.rates.max() < found.bound
    assert npl.critical_learning_rate(net, activity) == found.rates[-1]


@pytest.mark.parametrize("eta", [6.0, -0.9])
def test_ojas_rule_descends_an_objective_at_fast_learning(eta: float) -> None:
    """Section 4(e): (gamma + eta V^2) F is a gradient, and its minima are the stable states."""
    graph = nx.gnp_random_graph(5, 0.6, seed=4)
    bias = np.random.default_rng(4).uniform(-1.0, 1.0, 5)
    net = npl.PlasticNetwork(graph, npl.Oja(eta), bias=bias, learning_rate=1e4)
    states = npl.find_equilibria(net, "certified")
    assert len(states) > 0
    for x, stable in zip(states.activity, states.stable, strict=True):
        rate, slope = net.activation.rate(x), net.activation.slope(x)
        factor = net.decay + eta * rate**2
        assert factor.min() > 0.0
        hessian = factor[:, None] * jacobian(net, x) / slope
        assert np.allclose(hessian, hessian.T, atol=1e-9 * np.abs(hessian).max())
        assert stable == (np.linalg.eigvalsh(hessian)[0] > 0.0)
    x = bias + 0.3  # a state that is no equilibrium, where the derivative of the factor counts too
    rate, slope = net.activation.rate(x), net.activation.slope(x)
    changes = np.diag(2.0 * eta * rate * residual(net, x))
    derivative = (net.decay + eta * rate**2)[:, None] * jacobian(net, x) / slope + changes
    assert np.allclose(derivative, derivative.T)


@pytest.mark.parametrize("bias", [0.3, 1.0, 2.0])
def test_a_pair_has_one_pitchfork_at_every_bias(bias: float) -> None:
    """Section 5(a): artanh V + V / (1 - V^2) = b, and it is supercritical."""
    v = brentq(lambda v: np.arctanh(v) + v / (1.0 - v**2) - bias, 1e-9, 1.0 - 1e-9)
    critical = 1.0 / (v**2 * (1.0 - v**2))
    assert critical >= 4.0
    for factor, count in ((0.99, 1), (1.01, 3)):
        net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-factor * critical), bias=bias)
        assert int(npl.count_equilibria(net)) == count


@pytest.mark.parametrize(
    ("graph", "high", "limit"),
    [
        (nx.cycle_graph(5), {0, 2}, 0.154162),
        (nx.path_graph(6), {1, 4}, 1.545184),
        (nx.path_graph(6), {0, 2, 4}, 0.0),
        (nx.star_graph(4), {0}, 6.538492),
        (nx.star_graph(4), {1, 2, 3, 4}, 0.0),
    ],
)
def test_critical_rates_of_independent_sets_fall_with_strength(
    graph: nx.Graph, high: set[int], limit: float
) -> None:
    """Section 7(c): |k| eps* tends to a limit, which is 0 for some sets."""
    kappa = 1e5
    net = npl.PlasticNetwork(graph, npl.Hebbian(-kappa))
    inputs = nx.to_numpy_array(graph)[:, sorted(high)].sum(axis=1) * np.tanh(1.0) ** 2
    x = np.array([1.0 if i in high else 1.0 / (kappa * inputs[i]) for i in graph])
    for _ in range(20):
        x = x - np.linalg.solve(jacobian(net, x), residual(net, x))
    scaled = kappa * npl.critical_learning_rate(net, x)
    assert scaled == pytest.approx(limit, rel=1e-3)


@pytest.mark.parametrize("leaves", [2, 4, 8])
def test_a_hub_can_be_high_from_a_strength_that_grows_with_its_degree(leaves: int) -> None:
    """Section 7(f): the star's second stable state is born near 15.086 d - 5.6."""
    found = npl.multistability_onset(
        npl.PlasticNetwork(nx.star_graph(leaves), npl.Hebbian(-10.0)), limit=200.0
    )
    assert found.kind == "fold"
    assert abs(found.strength) == pytest.approx(15.086 * leaves - 5.595, abs=0.6)


def test_traces_of_maximal_independent_sets_are_local() -> None:
    """Section 7(h): which sets of a ball are traces shows in the ball one step larger."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        graph = nx.gnp_random_graph(int(rng.integers(4, 10)), 0.35, seed=int(rng.integers(10**6)))
        center = int(rng.integers(len(graph)))
        ball = set(nx.ego_graph(graph, center, 1))
        outside = set(nx.ego_graph(graph, center, 2)) - ball
        sets = nx.find_cliques(nx.complement(graph))
        traces = {frozenset(ball.intersection(members)) for members in sets}
        assert traces == {t for t in _independent(graph, ball) if _extends(graph, t, ball, outside)}
        own = list(nx.find_cliques(nx.complement(graph.subgraph(ball))))
        around = nx.complement(graph.subgraph(graph[center]))
        assert len(own) == 1 + (len(list(nx.find_cliques(around))) if len(around) else 0)


def _independent(graph: nx.Graph, nodes: set[int]) -> list[frozenset[int]]:
    return [
        frozenset(chosen)
        for size in range(len(nodes) + 1)
        for chosen in itertools.combinations(sorted(nodes), size)
        if not graph.subgraph(chosen).size()
    ]


def _extends(graph: nx.Graph, trace: frozenset[int], ball: set[int], outside: set[int]) -> bool:
    near = {other for node in trace for other in graph[node]}
    bare = ball - trace - near
    return any(
        all(chosen.intersection(graph[node]) for node in bare)
        for chosen in _independent(graph, outside - near)
    )
