"""Counts per neighborhood in the strong limit: against lists of maximal independent sets."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.analyses import _limit


def limit(graph, **options):
    return npl.PlasticNetwork(graph, npl.Hebbian(-math.inf), **options)


def counted(net, radius=1, scope="isolated", **options):
    return npl.count_neighborhoods(net, radius, scope=scope, rng=0, progress=False, **options)


def listed(graph, radius, scope):
    """Counts of all balls from the maximal cliques of complements."""

    def sets(part):
        return [frozenset(clique) for clique in nx.find_cliques(nx.complement(part))]

    balls = [set(nx.single_source_shortest_path_length(graph, v, radius)) for v in graph]
    if scope == "isolated":
        return [len(sets(graph.subgraph(ball))) for ball in balls]
    return [len({chosen & ball for chosen in sets(graph)}) for ball in balls]


@pytest.mark.parametrize("scope", ["isolated", "embedded"])
def test_undirected_networks_are_counted_by_sets(scope):
    graph = nx.relabel_nodes(nx.gnp_random_graph(11, 0.3, seed=4), lambda v: f"n{v}")
    for radius in range(3):
        table = counted(limit(graph, bias=0.7), radius, scope)
        assert table["n_stable"].tolist() == listed(graph, radius, scope)
        assert table["n_stable_upper"].tolist() == listed(graph, radius, scope)
        assert set(table["status"]) == {"certified"}
        assert set(table["method"]) == {"limit"}
        assert set(table["strength"]) == {-math.inf}


@pytest.mark.parametrize("scope", ["isolated", "embedded"])
def test_both_ways_agree(monkeypatch, scope):
    """The way of all other networks, which lists or counts states, gives the same numbers."""
    graph = nx.gnp_random_graph(12, 0.25, seed=1)
    net = limit(graph, bias=np.linspace(0.3, 2.0, 12))
    quick = [counted(net, radius, scope)["n_stable"].tolist() for radius in range(3)]
    monkeypatch.setattr("netplastic.analyses._neighborhoods.is_of_sets", lambda net: False)
    assert quick == [counted(net, radius, scope)["n_stable"].tolist() for radius in range(3)]


def test_a_strong_finite_network_shows_the_same():
    """Stalemates apart, which a path has none of (docs/theory.md#section-7)."""
    graph = nx.path_graph(7)
    strong = npl.PlasticNetwork(graph, npl.Hebbian(-2000.0))
    for radius, scope in itertools.product(range(3), ("isolated", "embedded")):
        expected = counted(strong, radius, scope)
        assert set(expected["status"]) == {"certified"}
        found = counted(limit(graph), radius, scope)
        assert found["n_stable"].tolist() == expected["n_stable"].tolist()


def test_nodes_without_bias_belong_to_balls_and_show_nothing():
    """Node 2 of the path 0-1-2-3-4 is silent: two edges are left, of two states each."""
    net = limit(nx.path_graph(5), bias=[1.0, 1.0, 0.0, 1.0, 1.0])
    assert not _limit.is_of_sets(net)
    # Balls of radius 1: {0, 1}, {0, 1, 2}, {1, 2, 3}, ...; 1 and 3 are alone in the third of them.
    assert counted(net)["n_stable"].tolist() == [2, 2, 1, 2, 2]
    assert counted(net)["size"].tolist() == [2, 3, 3, 3, 2]
    assert counted(net, 1, "embedded")["n_stable"].tolist() == [2, 2, 4, 2, 2]


def test_arcs_without_weight_join_balls_only():
    graph = nx.path_graph(4)
    nx.set_edge_attributes(graph, {(0, 1): 1.0, (1, 2): 0.0, (2, 3): 1.0}, "weight")
    net = limit(graph)
    assert not _limit.is_of_sets(net)
    assert counted(net)["n_stable"].tolist() == [2, 2, 2, 2]  # in {0, 1, 2} node 2 is alone
    assert counted(net, 1, "embedded")["n_stable"].tolist() == [2, 4, 4, 2]


def test_directed_networks_have_kernels():
    """A cycle of 4 arcs has 2 kernels, one of 3 none; a path of arcs one (its source is high)."""
    four = limit(nx.cycle_graph(4, create_using=nx.DiGraph))
    assert counted(four, 2)["n_stable"].tolist() == [2] * 4
    assert counted(four, 1)["n_stable"].tolist() == [1] * 4
    assert counted(four, 1, "embedded")["n_stable"].tolist() == [2] * 4
    three = limit(nx.cycle_graph(3, create_using=nx.DiGraph))
    assert counted(three, 1, "embedded")["n_stable"].tolist() == [0] * 3


def test_a_digraph_with_all_arcs_back_is_undirected():
    graph = nx.gnp_random_graph(9, 0.4, seed=2)
    net = limit(graph.to_directed())
    assert _limit.is_of_sets(net)
    assert counted(net)["n_stable"].tolist() == listed(graph, 1, "isolated")


def test_self_loops_take_the_other_way():
    """docs/theory.md#section-7: a path of 3 with loops at both ends has 1 stable state."""
    graph = nx.path_graph(3)
    graph.add_edges_from([(0, 0), (2, 2)])
    net = limit(graph)
    assert not _limit.is_of_sets(net)
    assert counted(net, 2)["n_stable"].tolist() == [1, 1, 1]
    assert counted(net, 2, "embedded")["n_stable"].tolist() == [1, 1, 1]


def test_a_budget_that_runs_out_leaves_lower_bounds():
    graph = nx.gnp_random_graph(40, 0.3, seed=0)
    true = counted(limit(graph), 1, "embedded")
    for budget in (npl.Budget(boxes=20), 20 / _limit.STEPS_A_SECOND):
        few = counted(limit(graph), 1, "embedded", budget=budget)
        assert (few["n_stable"] <= true["n_stable"]).all()
        assert "lower bound" in set(few["status"])
        assert few.loc[few["status"] == "lower bound", "n_stable_upper"].eq(math.inf).all()


def test_other_methods_are_refused():
    with pytest.raises(ValueError, match="strong limit"):
        counted(limit(nx.path_graph(3)), method="certified")


def test_a_network_without_arcs():
    table = counted(limit(nx.empty_graph(2)), 1, "embedded")
    assert table["n_stable"].tolist() == [1, 1]
    assert table["strength"].tolist() == [-math.inf] * 2
