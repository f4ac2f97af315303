"""Lower bounds of isolated balls, set by set: against certified counts, enumeration, dynamics."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.analyses._balls import balls_of, skeleton
from netplastic.equilibria.certified import proved_sets

QUIET = {"progress": False}


def proved(net, most=100_000):
    """Proved sets of a whole network."""
    return int(proved_sets(net, [np.arange(net.n)], most=most).proved[0])


def maximal_sets(graph):
    return sum(1 for _ in nx.find_cliques(nx.complement(graph)))


def unlike(seed):
    """A small network with weights, gains, biases of either sign up to 2, taus and a rate."""
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(int(rng.integers(3, 8)), 0.45, seed=seed)
    nx.set_edge_attributes(graph, {e: rng.uniform(0.3, 2.0) for e in graph.edges}, "weight")
    n = len(graph)
    bias = rng.uniform(0.3, 2.0, n) * rng.choice([-1.0, 1.0], n) * (rng.random(n) > 0.1)
    return npl.PlasticNetwork(
        graph,
        npl.Hebbian(-float(10 ** rng.uniform(0.7, 3.5)), decay=float(rng.uniform(0.5, 2.0))),
        weight="weight",
        bias=bias,
        activation=npl.Tanh(rng.uniform(0.5, 2.0, n)),
        tau=rng.uniform(0.5, 2.0, n),
        learning_rate=float(10 ** rng.uniform(-1.5, 1.5)),
    )


def test_at_large_strengths_every_maximal_set_is_proved():
    for seed in range(60):
        graph = nx.gnp_random_graph(9, 0.35, seed=seed)
        net = npl.PlasticNetwork(graph, npl.Hebbian(-1e6))
        assert proved(net) == maximal_sets(graph)
    star = npl.PlasticNetwork(nx.star_graph(100), npl.Hebbian(-5000.0))
    assert proved(star) == 2
    # A hub is high from about 15.09 d - 6 on (docs/theory.md#section-7): here from about 1503.
    assert proved(star.replace(strength=-1400.0)) == 1


@pytest.mark.parametrize(
    "seeds", [range(40), pytest.param(range(40, 1040), marks=pytest.mark.slow)]
)
def test_no_more_is_proved_than_there_is(seeds):
    some = 0
    for seed in seeds:
        net = unlike(seed)
        count = npl.count_equilibria(net, stable_only=True, method="certified")
        assert proved(net) <= count.upper
        some += proved(net) == count.lower > 1
    assert some >= len(seeds) // 6


def test_most_balls_have_no_other_stable_state():
    graph = npl.graphs.ring_of_modules(
        modules=4, module_size=14, density=0.45, path_length=2, rng=0
    )
    net = npl.PlasticNetwork(graph, npl.Hebbian(-100.0))
    tables = [
        npl.count_neighborhoods(net.replace(strength=-k), method=method, **QUIET)
        for k in (150.0, 400.0)
        for method in ("limit sets", "certified")
    ]
    for bound, count in (tables[:2], tables[2:]):
        assert set(bound["status"]) == {"lower bound"}
        assert set(bound["method"]) == {"limit sets"}
        assert np.all(np.isinf(bound["n_stable_upper"]))
        settled = count["status"] == "certified"
        assert settled.mean() > 0.98
        assert np.all(bound["n_stable"][settled] <= count["n_stable"][settled])
        assert np.mean(bound["n_stable"][settled] == count["n_stable"][settled]) >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize(("strength", "share"), [(-100.0, 0.95), (-200.0, 0.99)])
def test_so_it_is_on_balls_of_degree_14(strength, share):
    """At -100 some triangles of middle nodes are stable, too; every state of a set is proved."""
    graph = npl.graphs.ring_of_modules(
        modules=20, module_size=50, density=0.3, path_length=2, rng=0
    )
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength))
    chosen = [list(graph)[i] for i in np.random.default_rng(0).choice(1040, 100, replace=False)]
    bound = npl.count_neighborhoods(net, nodes=chosen, method="limit sets", **QUIET)
    count = npl.count_neighborhoods(net, nodes=chosen, method="certified", **QUIET)
    settled = count["status"] == "certified"
    assert settled.sum() >= 90
    assert np.all(bound["n_stable"][settled] <= count["n_stable"][settled])
    assert np.mean(bound["n_stable"][settled] == count["n_stable"][settled]) >= share
    if strength == -200.0:
        return
    sets = 0
    for node in (736, 676, 965):
        found = npl.find_equilibria(net.part([node, *graph[node]]), "certified", stable_only=True)
        joined = nx.to_numpy_array(graph.subgraph(found.nodes), nodelist=found.nodes) > 0.0
        high = found.rates > 0.38
        is_set = [h[i] | (joined[i] & h).any() for h in high for i in range(len(h))]
        whole = np.reshape(is_set, high.shape).all(axis=1)
        middle = ((found.rates > 0.1) & ~high).sum(axis=1)
        assert np.all(middle[~whole] >= 3)
        sets += whole.sum()
    expected = npl.count_neighborhoods(net, nodes=[736, 676, 965], method="limit sets", **QUIET)
    assert sets == expected["n_stable"].sum() == 21 + 50 + 74


def test_stability_is_proved_where_the_damping_is_indefinite():
    """Eight leaves around a high hub: M + gamma rate tau / phi' has a negative eigenvalue."""
    net = npl.PlasticNetwork(nx.star_graph(8), npl.Hebbian(-200.0), learning_rate=1.0)
    assert proved(net) == 2
    found = npl.find_equilibria(net, stable_only=True)
    rate, activity = found.rates[0], found.activity[0]
    assert rate[0] > 0.5  # rows are in increasing order of activity from the last node
    arms = nx.to_numpy_array(nx.star_graph(8))
    slope = 1.0 - np.tanh(activity) ** 2
    damping = np.diag(2.0 / slope) + 200.0 * np.outer(rate, rate) * arms
    assert np.linalg.eigvalsh(damping)[0] < 0.0
    assert npl.critical_learning_rate(net, activity) < 1.0


def test_slow_learning_is_not_proved_stable():
    cycle = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.3)
    assert npl.count_equilibria(cycle, stable_only=True) == 5
    assert proved(cycle.replace(strength=-100.0, learning_rate=math.inf)) == 5
    assert proved(cycle.replace(learning_rate=0.01)) == 0


def test_parts_budget_and_nodes_without_bias():
    graph = nx.path_graph(6)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-1000.0), bias=[1.0, 1.0, 1.0, 0.0, -1.0, 2.0])
    # Without node 3 these are a path of 3 and a pair: 2 sets each.
    assert proved(net) == 4
    balls = [ball.members for ball in balls_of(skeleton(net), np.arange(6), 1)]
    assert proved_sets(net, balls, most=9).proved.tolist() == [2, 2, 2, 1, 2, 2]
    assert proved_sets(net, [np.array([3]), np.array([], int)], most=9).proved.tolist() == [1, 1]
    cut = proved_sets(net, [np.arange(6)], most=3)
    assert (cut.proved[0], cut.complete[0]) == (3, False)
    table = npl.count_neighborhoods(
        net, 3, method="limit sets", budget=npl.Budget(boxes=1), **QUIET
    )
    assert set(table["n_stable"]) == {1}


@pytest.mark.parametrize(
    "net",
    [
        npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(5.0)),
        npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-math.inf)),
        npl.PlasticNetwork(nx.DiGraph([(0, 1), (1, 2)]), npl.Hebbian(-5.0)),
        npl.PlasticNetwork(nx.Graph([(0, 1), (1, 1)]), npl.Hebbian(-5.0)),
        npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-5.0), static_weight=0.1),
        npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-5.0), activation=npl.Logistic()),
        npl.PlasticNetwork(nx.path_graph(3), npl.Oja(-5.0)),
    ],
)
def test_other_networks_are_refused(net):
    with pytest.raises(ValueError, match='method "limit sets" is for undirected anti-Hebbian'):
        npl.count_neighborhoods(net, method="limit sets", **QUIET)


def test_other_scopes_are_refused():
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-5.0))
    with pytest.raises(ValueError, match='method="limit sets" is for scope="isolated"'):
        npl.count_neighborhoods(net, scope="embedded", method="limit sets", **QUIET)
