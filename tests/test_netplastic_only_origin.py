"""Networks without bias whose only equilibrium is the origin, proved in exact arithmetic."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import root

import netplastic as npl
from netplastic.equilibria.certified._only_origin import only_origin


def network(graph, static, gain, rule=None, **options):
    rule = npl.Hebbian(0.0) if rule is None else rule
    activation = npl.Tanh(gain=gain)
    return npl.PlasticNetwork(
        graph, rule, static_weight=static, bias=0.0, activation=activation, **options
    )


CRITICAL = [  # graph, static weight, gain: gain x static x greatest eigenvalue is exactly 1
    (nx.complete_graph(2), 1.0, 1.0),
    (nx.complete_graph(3), 1.0, 0.5),
    (nx.complete_graph(5), 1.0, 0.25),
    (nx.cycle_graph(4), 1.0, 0.5),
    (nx.cycle_graph(7), 0.5, 1.0),
    (nx.star_graph(4), 1.0, 0.5),
    (nx.complete_bipartite_graph(2, 8), 0.25, 1.0),
    (nx.cycle_graph(8), -1.0, 0.5),
]


@pytest.mark.parametrize(("graph", "static", "gain"), CRITICAL)
def test_at_the_pitchfork_the_origin_is_alone(graph, static, gain):
    net = network(graph, static, gain)
    found = npl.find_equilibria(net)
    assert int(found.count) == int(npl.count_equilibria(net)) == len(found) == 1
    assert found.count.status == "certified"
    np.testing.assert_array_equal(found.activity, 0.0)
    assert int(found.stable_count.upper) == 1


@pytest.mark.parametrize(("graph", "static", "gain"), CRITICAL[:7])
def test_beyond_it_nothing_is_claimed(graph, static, gain):
    for beyond in (static * (1.0 + 1e-9), np.nextafter(static, math.inf)):
        assert not only_origin(network(graph, beyond, gain))
    past = npl.count_equilibria(network(graph, static * (1.0 + 1e-9), gain))
    assert past.upper >= 3


def test_a_hebbian_strength_makes_the_pitchfork_subcritical_beyond_a_third():
    """On the pair atanh(v) = v + k v^3 has a second solution from k = 1/3 on."""
    pair = nx.path_graph(2)
    assert only_origin(network(pair, 1.0, 1.0, npl.Hebbian(1.0 / 3.0)))
    assert not only_origin(network(pair, 1.0, 1.0, npl.Hebbian(0.334)))
    assert npl.count_equilibria(network(pair, 1.0, 1.0, npl.Hebbian(0.34))).upper >= 3
    assert int(npl.count_equilibria(network(pair, 1.0, 1.0, npl.Hebbian(-3.0)))) == 1
    assert int(npl.count_equilibria(network(pair, 1.0, 1.0, npl.Oja(0.25)))) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"bias": 1e-16},
        {"rule": npl.Covariance(1e-9)},
        {"rule": npl.Oja(-1e-9)},
        {"activation": npl.Tanh(gain=0.5, threshold=1e-16)},
        {"activation": npl.Logistic(gain=0.5)},
    ],
)
def test_what_the_argument_does_not_cover_is_not_claimed(changed):
    net = network(nx.complete_graph(3), 1.0, 0.5)
    assert only_origin(net)
    assert not only_origin(net.replace(**changed))


def test_random_networks_agree_with_newton_from_random_starts():
    """Weights, gains, digraphs and self-loops at random, on both sides of the critical size."""
    rng = np.random.default_rng(3)
    seen = {True: 0, False: 0}
    for trial in range(120):
        n = int(rng.integers(2, 6))
        graph = nx.gnp_random_graph(n, 0.7, seed=trial, directed=trial % 2 == 0)
        if trial % 3 == 0:
            graph.add_edge(0, 0)
        for u, v in graph.edges:
            graph.edges[u, v]["weight"] = float(rng.uniform(0.2, 2.0))
        gain = rng.uniform(0.5, 2.0, n)
        rule = npl.Hebbian(float(rng.choice([0.0, -1.0, 0.3])))
        net = network(graph, 1.0, gain, rule, weight="weight")
        coupling = np.zeros((n, n))
        coupling[net.wiring.target, net.wiring.source] = net.arc_weight
        root_gain = np.sqrt(gain)
        scaled = root_gain[:, None] * (coupling + coupling.T) / 2.0 * root_gain
        size = 1.0 / max(np.linalg.eigvalsh(scaled)[-1], 0.1)
        net = net.replace(static_weight=size * float(rng.choice([0.5, 0.9, 0.999, 1.001, 1.5])))
        starts = rng.normal(size=(12, n))
        solved = [root(lambda x, of=net: npl.model.residual(of, x), start) for start in starts]
        others = any(s.success and np.abs(s.x).max() > 1e-3 for s in solved)
        claimed = only_origin(net)
        seen[claimed] += 1
        assert not (claimed and others)
        if claimed:
            assert int(npl.count_equilibria(net)) == 1
    assert min(seen.values()) > 20
