"""Up to which strength one equilibrium is proved by convexity in the squared rates."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic.landscape import has_one_equilibrium
from netplastic.landscape._kernels import contract
from netplastic.landscape._uniqueness import _Boxed


def random_network(seed, nodes=7):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(nodes, 0.45, seed=seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = rng.uniform(0.3, 2.0)
    return anti(graph, -1.0, bias=rng.uniform(-1.5, 1.5, nodes))


@pytest.mark.parametrize(
    ("graph", "reached", "onset"),
    [
        # docs/theory.md#section-4: reached there by the same argument at single strengths.
        (nx.path_graph(2), 6.43, 6.5376),
        (nx.path_graph(3), 24.02, 24.0266),
        (nx.path_graph(4), 10.74, 10.7446),
        (nx.complete_graph(4), 2.85, 36.735),
        (nx.cycle_graph(7), 3.25, 4.743),
        (nx.petersen_graph(), 2.17, 7.037),
    ],
)
def test_known_graphs(graph, reached, onset):
    found = npl.uniqueness_threshold(anti(graph, -20.0), gap=2e-3)
    assert 0.88 * reached < found < onset
    assert found > npl.convexity_threshold(anti(graph, -20.0))


@pytest.mark.parametrize("seed", range(4))
def test_below_it_complete_counts_are_one(seed):
    net = random_network(seed)
    threshold = npl.uniqueness_threshold(net)
    for share in (0.5, 1.0):
        at = net.replace(strength=-share * threshold)
        assert has_one_equilibrium(at)
        assert int(npl.count_equilibria(at)) == 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strength", [3.0, 30.0])
def test_the_box_holds_every_equilibrium(seed, strength):
    net = random_network(seed).replace(strength=-strength)
    boxed = _Boxed.of(net)
    high, low = np.tanh(boxed.bias) * (1.0 + 1e-12), np.zeros(net.n)
    arrays = (boxed.indptr, boxed.source, boxed.weight, boxed.bias, boxed.gain)
    contract(*arrays, np.ones(2), low, high, 200)
    found = npl.find_equilibria(net)
    rates = np.abs(found.rates)
    assert len(rates)
    assert np.all(low <= rates + 1e-12)
    assert np.all(rates <= high + 1e-12)


def test_it_is_never_claimed_beyond_the_onset():
    """Just above and at twice the fold of a star, whose box opens there."""
    star = nx.star_graph(3)
    assert has_one_equilibrium(anti(star, -39.33))
    assert not has_one_equilibrium(anti(star, -39.35))
    assert not has_one_equilibrium(anti(star, -80.0))


def test_sparse_and_dense_tests_agree(monkeypatch):
    net = anti(nx.random_regular_graph(3, 30, seed=0), -1.0)
    dense = npl.uniqueness_threshold(net)
    monkeypatch.setattr("netplastic.landscape._uniqueness._DENSE", 1)
    assert npl.uniqueness_threshold(net) == pytest.approx(dense, rel=1e-9)


def test_limits():
    lonely = nx.empty_graph(3)
    assert npl.uniqueness_threshold(anti(lonely, -1.0)) == math.inf
    for net in (
        anti(nx.path_graph(2), -1.0, activation="logistic"),
        anti(nx.path_graph(2), 1.0),
        anti(nx.path_graph(2), -1.0, static_weight=0.5),
        npl.PlasticNetwork(nx.path_graph(2), npl.Oja(-1.0)),
    ):
        assert math.isnan(npl.uniqueness_threshold(net))
        assert not has_one_equilibrium(net)


def test_strengths_that_differ_give_a_factor():
    graph = nx.path_graph(3)
    nx.set_edge_attributes(graph, {(0, 1): -4.0, (1, 2): -4.0 - 1e-9}, "own")
    factor = npl.uniqueness_threshold(npl.PlasticNetwork(graph, npl.Hebbian("own")))
    assert 4.0 * factor == pytest.approx(npl.uniqueness_threshold(anti(nx.path_graph(3))), rel=0.02)


def test_a_node_without_bias_has_no_part():
    net = anti(nx.path_graph(3), -10.0, bias=[1.0, 0.0, 1.0])
    assert has_one_equilibrium(net)
    assert npl.uniqueness_threshold(net) == math.inf
