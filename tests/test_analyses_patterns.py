"""Patterns of balls in the strong limit with their weights, and what nodes add: against lists."""

from __future__ import annotations

import math
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic.analyses import _patterns


def limit(graph, **parameters):
    return anti(graph, -math.inf, **parameters)


def maximal_sets(graph):
    return [frozenset(clique) for clique in nx.find_cliques(nx.complement(graph))]


def random_graph(seed, most=12):
    rng = np.random.default_rng(seed)
    return nx.gnp_random_graph(int(rng.integers(2, most)), rng.uniform(0.05, 0.7), seed=seed)


@pytest.mark.parametrize("radius", [0, 1, 2])
def test_patterns_and_entropies_are_those_of_the_list(radius):
    for seed in range(30):
        graph = random_graph(seed)
        sets, net = maximal_sets(graph), limit(graph)
        table = npl.pattern_counts(net, radius)
        reach = dict(nx.all_pairs_shortest_path_length(graph, radius))
        for node, row in enumerate(table.itertuples()):
            ball = frozenset(reach[node])
            shown = Counter(one & ball for one in sets)
            p = np.array(list(shown.values())) / len(sets)
            assert (row.n_patterns, row.size, row.n_states) == (len(shown), len(ball), len(sets))
            assert row.entropy == pytest.approx(-np.sum(p * np.log2(p)), abs=1e-12)
            assert (row.status, row.entropy_error) == ("certified", 0.0)
            listed = npl.ball_patterns(net, node, radius=radius)
            assert dict(zip(map(frozenset, listed.pattern), listed["count"], strict=True)) == shown
        assert table.degree.tolist() == [degree for _, degree in graph.degree]


def test_numbers_of_patterns_are_the_embedded_counts():
    net = limit(npl.graphs.ring_of_modules(12, 10, density=0.4, rng=1))
    table = npl.pattern_counts(net)
    embedded = npl.count_neighborhoods(net, 1, scope="embedded").n_stable
    assert table.n_patterns.tolist() == embedded.tolist()
    assert np.all(table.entropy <= np.log2(embedded) + 1e-12)
    assert np.allclose(table.effective, 2.0**table.entropy)
    assert set(table.n_states) == {int(npl.count_equilibria(net, stable_only=True))}


def test_equally_frequent_patterns_have_their_number_as_the_effective_one():
    """m triangles: 3^m states, on the ball of a node each of 3 patterns in as many."""
    table = npl.pattern_counts(limit(nx.disjoint_union_all([nx.complete_graph(3)] * 60)))
    assert table.n_states[0] == 3**60
    assert np.allclose(table.effective, 3.0)
    assert npl.ball_patterns(limit(nx.complete_graph(3)), 0).share.tolist() == [1 / 3] * 3


def test_entropy_of_balls_with_too_many_patterns(monkeypatch):
    """Within 4 standard errors of the exact one; the number of patterns stays exact."""
    net = limit(npl.graphs.ring_of_modules(4, 10, density=0.3, rng=0))
    exact = npl.pattern_counts(net, 2)
    monkeypatch.setattr(_patterns, "_MOST", 8)
    table = npl.pattern_counts(net, 2)
    drawn = table.status == "estimate"
    assert drawn.sum() > 30
    assert table.n_patterns.tolist() == exact.n_patterns.tolist()
    off = np.abs(table.entropy - exact.entropy)[drawn] / table.entropy_error[drawn]
    assert off.max() < 4.0
    assert 0.5 < np.sqrt(np.mean(off**2)) < 1.6
    with pytest.raises(ValueError, match="cannot be listed: more than 8 different patterns"):
        npl.ball_patterns(net, 0, radius=2)


def test_patterns_of_directed_networks_that_are_too_many_are_a_lower_bound(monkeypatch):
    graph = nx.path_graph(12).to_directed()
    graph.remove_edge(5, 6)
    exact = npl.pattern_counts(limit(graph), 3)
    monkeypatch.setattr(_patterns, "_MOST", 2)
    table = npl.pattern_counts(limit(graph), 3)
    bounded = table.status == "lower bound"
    assert bounded.any()
    assert np.all(table.n_patterns <= exact.n_patterns)


def test_networks_without_a_stable_state():
    net = limit(nx.cycle_graph(5, create_using=nx.DiGraph))
    table = npl.pattern_counts(net)
    assert table.n_patterns.tolist() == [0] * 5
    assert table.entropy.isna().all()
    assert npl.ball_patterns(net, 0).empty


@pytest.mark.parametrize("ask", [npl.pattern_counts, npl.lesion_effects])
def test_a_finite_strength_is_refused(ask):
    with pytest.raises(ValueError, match="known in the strong limit only"):
        ask(anti(nx.path_graph(3), -50.0))
    with pytest.raises(TypeError, match="net is a Graph"):
        ask(nx.path_graph(3))


# -- lesions --------------------------------------------------------------------------------------


def by_list(graph):
    return [
        len(maximal_sets(graph.subgraph(set(graph) - {v}))) if len(graph) > 1 else 1 for v in graph
    ]


def test_lesions_are_those_of_the_lists():
    for seed in range(100):
        graph = random_graph(seed)
        table = npl.lesion_effects(limit(graph))
        assert table.n_without.tolist() == by_list(graph), seed
        assert set(table.n_states) == {len(maximal_sets(graph))}
        assert set(table.method) == {"evidence"}
        assert set(table.status) == {"certified"}
        effect = np.log2(table.n_states.astype(float)) - np.log2(table.n_without.astype(float))
        assert np.allclose(table.log2_lesion, effect)
        assert table.log2_lesion.min() >= 0.0


def padovan(n):
    """Maximal independent sets of the path of n nodes: a(n) = a(n - 2) + a(n - 3) (Euler 2005)."""
    a = [1, 1, 2, 2]
    while len(a) <= n:
        a.append(a[-2] + a[-3])
    return a[n]


def test_a_path_falls_into_two():
    n = 200
    table = npl.lesion_effects(limit(nx.path_graph(n)))
    assert table.n_without.tolist() == [padovan(v) * padovan(n - 1 - v) for v in range(n)]
    assert table.n_states[0] == padovan(n)


def test_a_cycle_becomes_a_path():
    """Perrin's numbers against Padovan's."""
    perrin = [3, 0, 2]
    while len(perrin) <= 60:
        perrin.append(perrin[-2] + perrin[-3])
    table = npl.lesion_effects(limit(nx.cycle_graph(60)))
    assert set(table.n_states) == {perrin[60]}
    assert set(table.n_without) == {padovan(59)}


def test_a_star_without_its_center_has_one_state():
    table = npl.lesion_effects(limit(nx.star_graph(20)))
    assert table.log2_lesion.tolist() == [1.0] + [0.0] * 20


def test_other_networks_are_counted_again():
    graph = nx.gnp_random_graph(8, 0.3, seed=4, directed=True)
    looped = nx.path_graph(4)
    looped.add_edge(1, 1)
    for net in (limit(graph), limit(looped), limit(nx.path_graph(3), bias=[1.0, 1.0, 0.0])):
        table = npl.lesion_effects(net)
        assert set(table.method) == {"recount"}
        for row in table.itertuples():
            rest = net.part([node for node in net.nodes if node != row.node])
            assert row.n_without == int(npl.count_equilibria(rest, stable_only=True))
    alone = nx.empty_graph(1)
    alone.add_edge(0, 0)
    assert npl.lesion_effects(limit(alone)).n_without.tolist() == [1]


def test_hubs_that_show_too_much_are_counted_again(monkeypatch):
    monkeypatch.setattr("netplastic.analyses._lesions._MOST", 2)
    graph = nx.karate_club_graph()
    table = npl.lesion_effects(limit(nx.Graph(graph.edges)))
    assert (table.method == "recount").any()
    assert table.n_without.tolist() == by_list(nx.Graph(graph.edges))


def test_effects_where_a_network_has_no_stable_state():
    """A directed 3-cycle has none; without a node it is a chain with one."""
    net = limit(nx.cycle_graph(3, create_using=nx.DiGraph))
    assert npl.lesion_effects(net).log2_lesion.tolist() == [-math.inf] * 3
    graph = nx.disjoint_union(nx.cycle_graph(3, create_using=nx.DiGraph), nx.DiGraph([(0, 1)]))
    assert npl.lesion_effects(limit(graph), nodes=[3]).log2_lesion.isna().all()


def test_a_network_that_cannot_be_counted_is_refused():
    """C. elegans' chemical synapses with self-loops: more than a small budget can tell."""
    net = limit(npl.graphs.celegans())
    with pytest.raises(ValueError, match="is not known, at least"):
        npl.lesion_effects(net, nodes=["AVAL"], budget=npl.Budget(boxes=1))
