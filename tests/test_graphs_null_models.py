"""Null models: what is kept, what is random, and networks that cannot be rewired."""

import re
import time
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from conftest import same_edges
from hypothesis import given, settings
from hypothesis import strategies as st

from netplastic import graphs
from netplastic.graphs import (
    degree_preserving_null,
    module_preserving_null,
    triangle_preserving_null,
)

MODELS = [degree_preserving_null, module_preserving_null, triangle_preserving_null]


@st.composite
def networks(draw, directed=None):
    n = draw(st.integers(1, 14))
    directed = draw(st.booleans()) if directed is None else directed
    graph = nx.gnm_random_graph(n, draw(st.integers(0, 40)), draw(st.integers(0, 999)), directed)
    for k, node in enumerate(graph):
        graph.nodes[node].update(module=draw(st.integers(0, 2)), tag=f"t{k}")
    for k, (u, v) in enumerate(graph.edges):
        graph[u][v]["weight"] = float(k)
    graph.add_edge(0, 0, weight=-1.0)
    return nx.relabel_nodes(graph, {0: "zero"}) if draw(st.booleans()) else graph


def module_pairs(graph):
    modules = dict(graph.nodes(data="module"))
    pairs = ((modules[u], modules[v]) for u, v in graph.edges)
    return Counter(pair if graph.is_directed() else tuple(sorted(pair)) for pair in pairs)


@settings(max_examples=120, deadline=None)
@given(networks(), st.integers(0, 99), st.sampled_from(MODELS))
def test_what_every_null_model_keeps(graph, seed, model):
    before = list(graph.nodes(data=True)), sorted(map(str, graph.edges(data=True)))
    null = model(graph, rng=seed)
    assert type(null) is type(graph)
    assert list(null.nodes(data=True)) == list(graph.nodes(data=True))
    assert dict(null.degree()) == dict(graph.degree())
    assert list(nx.selfloop_edges(null)) == list(nx.selfloop_edges(graph))
    weights = sorted(w for _, _, w in null.edges(data="weight"))
    assert weights == sorted(w for _, _, w in graph.edges(data="weight"))
    if graph.is_directed():
        assert dict(null.in_degree()) == dict(graph.in_degree())
        assert dict(null.out_degree(weight="weight")) == dict(graph.out_degree(weight="weight"))
    if model is module_preserving_null:
        assert module_pairs(null) == module_pairs(graph)
    note = null.graph["null_note"]
    if null.graph["swaps"] == 0:
        assert note.startswith("equal to the original: no swap")
        assert nx.utils.graphs_equal(null, graph) or nx.utils.edges_equal(null.edges, graph.edges)
    else:
        assert note == "rewired"
    again = list(graph.nodes(data=True)), sorted(map(str, graph.edges(data=True)))
    assert again == before


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(0, 99))
def test_module_null_keeps_links_of_every_node_into_every_module(graph, seed):
    null = module_preserving_null(graph, rng=seed)

    def links(network):
        return {
            node: Counter(network.nodes[other]["module"] for other in network[node])
            for node in network
        }

    assert links(null) == links(graph)


@settings(max_examples=60, deadline=None)
@given(networks())
def test_no_swap_is_claimed_impossible_that_is_possible(graph):
    null = degree_preserving_null(graph, rng=0, tries_per_edge=200)
    if null.graph["null_note"] == "equal to the original: no swap is possible":
        plain = graph.copy()
        plain.remove_edges_from(list(nx.selfloop_edges(plain)))
        edges = list(plain.edges)
        if not plain.is_directed():
            edges += [(v, u) for u, v in edges]
        for a, b in edges:
            for c, d in edges:
                if len({a, b, c, d}) == 4:
                    assert plain.has_edge(a, d) or plain.has_edge(c, b)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("directed", [False, True])
def test_seed_decides_and_global_randomness_is_untouched(model, directed):
    import random

    graph = graphs.planted_partition()
    graph = graph.to_directed() if directed else graph
    before = random.getstate()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002 (the global state is the point)
    assert list(model(graph, rng=1).edges) == list(model(graph, rng=1).edges)
    assert set(model(graph, rng=1).edges) != set(model(graph, rng=2).edges)
    generators = [np.random.default_rng(1), np.random.default_rng(1)]
    assert len({tuple(model(graph, rng=g).edges) for g in generators}) == 1
    model(graph, rng=None)
    assert random.getstate() == before
    assert (np.random.get_state()[1] == numpy_before).all()  # noqa: NPY002


def triangles(graph):
    """At every node, of the underlying undirected graph, by networkx."""
    return nx.triangles(nx.Graph((u, v) for u, v in graph.edges if u != v))


@settings(max_examples=80, deadline=None)
@given(networks(), st.integers(0, 99), st.sampled_from(["total", "nodes"]))
def test_triangles_are_kept(graph, seed, keep):
    null = triangle_preserving_null(graph, rng=seed, keep=keep)
    assert dict(null.degree()) == dict(graph.degree())
    before, after = triangles(graph), triangles(null)
    assert sum(before.values()) == sum(after.values())
    if keep == "nodes":
        assert before == after
    plain = [(u, v) for u, v in null.edges if u != v]
    kept = sum(graph.has_edge(u, v) for u, v in plain)
    assert null.graph["edges_kept"] == (kept / len(plain) if plain else 1.0)


def test_triangles_move_but_not_where_every_node_keeps_its_own():
    graph = graphs.ring_of_modules(4, 10, rng=0)
    free = triangle_preserving_null(graph)
    bound = triangle_preserving_null(graph, keep="nodes")
    assert triangles(free) != triangles(graph)
    assert free.graph["edges_kept"] < bound.graph["edges_kept"] < 1.0
    # Degrees alone leave few of the triangles of a clustered graph.
    assert sum(triangles(degree_preserving_null(graph)).values()) < sum(triangles(graph).values())


def test_no_swap_that_keeps_triangles():
    # Two triangles joined by an edge have swaps, but none that keeps both triangles.
    graph = nx.barbell_graph(3, 0)
    assert degree_preserving_null(graph).graph["swaps"] > 0
    null = triangle_preserving_null(graph, tries_per_edge=200)
    assert null.graph["null_note"] == "equal to the original: no swap is possible"
    assert null.graph["edges_kept"] == 1.0
    large = triangle_preserving_null(nx.complete_graph(40), tries_per_edge=1)
    assert large.graph["null_note"].startswith("equal to the original: no swap found in 780 tries")
    pair = nx.Graph([(0, 1), (2, 3)])
    notes = {
        triangle_preserving_null(pair, s, tries_per_edge=1).graph["null_note"] for s in range(20)
    }
    assert notes == {
        "rewired",
        "equal to the original: no swap found in 2 tries; raise tries_per_edge",
    }


def test_wrong_choice_of_triangles():
    with pytest.raises(ValueError, match="'total'"):
        triangle_preserving_null(nx.path_graph(4), keep="some")


def test_degrees_mix_fully():
    # Few of the edges of a sparse graph should be found again after full mixing.
    graph = nx.gnm_random_graph(400, 1200, seed=3)
    null = degree_preserving_null(graph)
    kept = sum(null.has_edge(*edge) for edge in graph.edges)
    assert kept < 40
    assert null.graph["swap_tries"] == 12_000
    assert null.graph["swaps"] > 10_000


def test_all_matchings_are_reached_alike():
    # Three disjoint edges: 15 perfect matchings, each as likely as any other.
    graph = nx.Graph([(0, 1), (2, 3), (4, 5)])
    rng = np.random.default_rng(0)
    found = Counter(
        frozenset(map(frozenset, degree_preserving_null(graph, rng).edges)) for _ in range(1500)
    )
    assert len(found) == 15
    assert max(found.values()) < 1.5 * min(found.values())


@pytest.mark.parametrize(
    "graph",
    [
        nx.star_graph(6),
        nx.complete_graph(6),
        nx.complete_graph(5, create_using=nx.DiGraph),
        nx.star_graph(5).to_directed(),
        nx.empty_graph(4),
        nx.path_graph(2),
    ],
)
def test_rigid_networks_come_back_equal_and_say_so(graph):
    null = degree_preserving_null(graph)
    assert same_edges(null, graph)
    assert null.graph["swaps"] == 0
    assert null.graph["null_note"] == "equal to the original: no swap is possible"


def test_modules_that_cannot_be_rewired():
    null = module_preserving_null(graphs.dumbbell(4, 0))
    assert null.graph["null_note"] == "equal to the original: no swap is possible"


def test_a_network_too_large_to_prove_it_rigid():
    null = degree_preserving_null(nx.complete_graph(80), tries_per_edge=1)
    assert null.graph["null_note"].startswith("equal to the original: no swap found in 3160 tries")


def test_graph_attributes():
    null = degree_preserving_null(graphs.ring_of_modules(4, 6), rng=7)
    assert null.graph["name"] == "degree_preserving_null of ring_of_modules"
    assert (null.graph["null_model"], null.graph["null_rng"]) == ("degree_preserving", 7)
    assert null.graph["modules"] == 4


@pytest.mark.parametrize(
    "edges", [10_000, pytest.param(100_000, marks=pytest.mark.slow)], ids=lambda m: f"{m} edges"
)
@pytest.mark.parametrize("directed", [False, True])
def test_large_networks_take_seconds(directed, edges):
    graph = nx.gnm_random_graph(edges // 5, edges, seed=0, directed=directed)
    start = time.perf_counter()
    null = degree_preserving_null(graph)
    assert time.perf_counter() - start < 20
    assert null.number_of_edges() == edges


def test_a_large_star_is_proved_rigid():
    null = degree_preserving_null(nx.star_graph(10_000), tries_per_edge=1)
    assert null.graph["null_note"] == "equal to the original: no swap is possible"


def test_too_few_tries_are_not_called_impossible():
    notes = {
        degree_preserving_null(nx.Graph([(0, 1), (2, 3)]), seed, tries_per_edge=1).graph[
            "null_note"
        ]
        for seed in range(30)
    }
    assert notes == {
        "rewired",
        "equal to the original: no swap found in 2 tries; raise tries_per_edge",
    }


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("graph", "options", "error", "message"),
    [
        (nx.Graph(), {}, ValueError, "the graph is empty"),
        (nx.MultiDiGraph([(0, 1)]), {}, ValueError, "networkx.DiGraph(graph) keeps one"),
        (np.eye(3), {}, TypeError, "found an array of shape"),
        (graphs.dumbbell(), {"rng": "x"}, TypeError, "rng must be an int"),
        (graphs.dumbbell(), {"tries_per_edge": 0}, ValueError, "tries_per_edge must be at least"),
    ],
)
def test_misuse_is_explained(model, graph, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        model(graph, **options)


def test_modules_are_needed_by_the_module_null():
    with pytest.raises(ValueError, match=r"node 0 has no attribute 'module' \(no node has one\)"):
        module_preserving_null(nx.path_graph(4))
    graph = nx.path_graph(4)
    graph.nodes[2]["module"] = 0
    with pytest.raises(ValueError, match="node 0 has no attribute 'module' but others have one"):
        module_preserving_null(graph)


@pytest.mark.parametrize("model", [degree_preserving_null, module_preserving_null])
def test_attributes_stay_with_a_random_end(model):
    """Weights 2^k on the edges between two modules: every node's strength changes equally often."""
    graph = nx.complete_bipartite_graph(6, 6)
    graph.remove_edges_from([(u, 6 + u) for u in range(6)])
    nx.set_node_attributes(graph, {node: node // 6 for node in graph}, "module")
    for k, edge in enumerate(graph.edges):
        graph.edges[edge]["weight"] = 2.0**k
    before = dict(graph.degree(weight="weight"))
    changed = dict.fromkeys(graph, 0)
    for seed in range(60):
        null = model(graph, seed, tries_per_edge=1)
        assert dict(null.degree()) == dict(graph.degree())
        after = dict(null.degree(weight="weight"))
        assert sum(after.values()) == sum(before.values())
        for node in graph:
            changed[node] += after[node] != before[node]
    low, high = (sum(changed[node] for node in side) for side in (range(6), range(6, 12)))
    assert min(changed.values()) > 0
    assert abs(low - high) < 0.15 * (low + high)


def test_attributes_of_directed_edges_stay_with_their_source():
    graph = nx.gnm_random_graph(12, 40, seed=1, directed=True)
    nx.set_node_attributes(graph, {node: node // 6 for node in graph}, "module")
    for k, edge in enumerate(graph.edges):
        graph.edges[edge]["weight"] = 2.0**k
    for model in (degree_preserving_null, module_preserving_null):
        null = model(graph, 3)
        assert dict(null.out_degree(weight="weight")) == dict(graph.out_degree(weight="weight"))


def test_a_cycle_with_a_common_target_is_out_of_reach_as_the_docstring_says():
    """The only other graph of these degrees has the cycle the other way round."""
    graph = nx.DiGraph([(2, 3), (2, 0), (0, 3), (0, 1), (1, 3), (1, 2)])
    for seed in range(20):
        null = degree_preserving_null(graph, seed)
        assert set(null.edges) == set(graph.edges)
        assert null.graph["null_note"] == "equal to the original: no swap is possible"
    assert "3-cycle" in degree_preserving_null.__doc__
    assert "out of reach" in degree_preserving_null.__doc__
