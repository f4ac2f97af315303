"""choke_points: every measure against hand computation or networkx, and what is a choke point."""

import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_betweenness import betweenness as naive

from netplastic import graphs
from netplastic.graphs import choke_points
from netplastic.graphs._betweenness import betweenness
from netplastic.graphs._cuts import find_cuts, separates_ball

COLUMNS = [
    "node",
    "articulation",
    "bridge_degree",
    "betweenness",
    "betweenness_error",
    "bridging_centrality",
    "participation",
    "module",
    "role",
    "is_choke",
    "betweenness_method",
    "module_method",
]


def chokes(graph, **options):
    table = choke_points(graph, **options)
    return set(table.loc[table["is_choke"], "node"])


def test_table_is_tidy_and_in_graph_order():
    graph = nx.Graph([("c", "a"), ("a", (1, 2))])
    table = choke_points(graph)
    assert list(table.columns) == COLUMNS
    assert table["node"].tolist() == ["c", "a", (1, 2)]
    assert list(table.index) == [0, 1, 2]
    assert [table[c].dtype.kind for c in ("articulation", "is_choke")] == ["b", "b"]


def test_by_hand_on_the_smallest_dumbbell_with_a_path():
    # Triangle 0 1 2, connector 3, triangle 4 5 6. Pairs through 3: 3 * 3; through 2: 2 * 4.
    table = choke_points(graphs.dumbbell(3, 1)).set_index("node")
    assert table["betweenness"].tolist() == pytest.approx([0, 0, 8 / 15, 9 / 15, 8 / 15, 0, 0])
    assert table["articulation"].tolist() == [False, False, True, True, True, False, False]
    assert table["bridge_degree"].tolist() == [0, 0, 1, 2, 1, 0, 0]
    # Bridging coefficient of 3: (1/2) / (1/3 + 1/3) = 3/4; of 2: (1/3) / (1/2 + 1/2 + 1/2) = 2/9.
    assert table["bridging_centrality"][3] == pytest.approx(0.6 * 3 / 4)
    assert table["bridging_centrality"][2] == pytest.approx(8 / 15 * 2 / 9)
    # Connector 3 belongs to module 0: one of its two links goes into each module.
    assert table["participation"].tolist() == pytest.approx([0, 0, 0, 0.5, 4 / 9, 0, 0])
    assert table["is_choke"].tolist() == [False, False, True, True, True, False, False]


def test_participation_weighs_links_by_hand():
    graph = nx.Graph()
    graph.add_nodes_from([(0, {"module": 0}), (1, {"module": 0}), (2, {"module": 1})])
    graph.add_edge(0, 1, weight=3.0)
    graph.add_edge(0, 2, weight=-1.0)
    table = choke_points(graph)
    assert table["participation"].tolist() == pytest.approx([1 - (9 + 1) / 16, 0, 0])
    # In a directed graph both directions add up: 3 and 2 into module 0, 1 into module 1.
    arcs = nx.DiGraph()
    arcs.add_nodes_from(graph.nodes(data=True))
    arcs.add_weighted_edges_from([(0, 1, 3.0), (1, 0, 2.0), (2, 0, 1.0)])
    assert choke_points(arcs)["participation"][0] == pytest.approx(1 - (25 + 1) / 36)


def test_directed_betweenness_on_the_directed_path_by_hand():
    table = choke_points(nx.path_graph(5, create_using=nx.DiGraph))
    # Ordered pairs through nodes 1, 2, 3: 3, 4, 3 of 12.
    assert table["betweenness"].tolist() == pytest.approx([0, 3 / 12, 4 / 12, 3 / 12, 0])
    assert table["bridge_degree"].tolist() == [1, 2, 2, 2, 1]
    assert table["articulation"].tolist() == [False, True, True, True, False]
    assert table["is_choke"].tolist() == [False, False, True, False, False]


def test_a_cycle_of_arcs_has_no_bridges():
    table = choke_points(nx.cycle_graph(6, create_using=nx.DiGraph))
    assert not table["articulation"].any()
    assert not table["bridge_degree"].any()
    assert not table["is_choke"].any()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(0, 22), st.integers(0, 10**6), st.booleans())
def test_against_networkx(n, m, seed, directed):
    graph = nx.gnm_random_graph(n, m, seed=seed, directed=directed)
    graph.add_edge(0, 0)
    table = choke_points(graph).set_index("node")
    under = nx.Graph(graph)
    under.remove_edge(0, 0)
    assert set(table.index[table["articulation"]]) == set(nx.articulation_points(under))
    bridges = list(nx.bridges(under))
    assert table["bridge_degree"].tolist() == [sum(v in e for e in bridges) for v in under]
    plain = graph.copy()
    plain.remove_edge(0, 0)
    expected = nx.betweenness_centrality(plain)
    assert table["betweenness"].tolist() == pytest.approx([expected[v] for v in graph])
    neighbors = [list(under[v]) for v in under]
    for v, pieces in enumerate(find_cuts(neighbors).pieces):
        component = under.subgraph(nx.node_connected_component(under, v)).copy()
        component.remove_node(v)
        assert sorted(pieces) == sorted(map(len, nx.connected_components(component)))
    leaves = [v for v in under if under.degree(v) <= 1]
    assert not table.loc[leaves, "is_choke"].any()


@pytest.mark.parametrize("size", [2, 3, 6])
@pytest.mark.parametrize("length", [1, 2, 5, 20])
def test_all_connectors_of_a_dumbbell_are_choke_points(size, length):
    table = choke_points(graphs.dumbbell(size, length))
    assert table.loc[table["role"] == "connector", "is_choke"].all()
    assert not table.loc[table["role"] == "core", "is_choke"].any()


def test_ends_of_a_bare_bridge():
    assert chokes(graphs.dumbbell(5, 0)) == {4, 5}


@pytest.mark.parametrize(
    "graph",
    [
        graphs.ring_of_modules(),
        graphs.ring_of_modules(4, 8, density=1.0, path_length=4),
        graphs.ring_of_modules(
            3, 6, density=1.0, path_length=10
        ),  # most of its nodes are connectors
        graphs.star_of_modules(),
        graphs.star_of_modules(path_length=0),
        graphs.star_of_modules(hub="module"),
        graphs.hourglass(),
        graphs.hourglass(waist=1, waist_length=3),
        graphs.hourglass(layer_size=30, waist=4, links=6),
    ],
    ids=lambda graph: graph.graph["name"],
)
def test_connectors_of_every_family_are_choke_points_also_without_roles(graph):
    connectors = {n for n, role in graph.nodes(data="role") if role == "connector"}
    assert connectors <= chokes(graph)
    assert chokes(nx.Graph(graph.edges)) == chokes(graph)


@pytest.mark.parametrize(
    "graph",
    [
        nx.complete_graph(6),
        nx.cycle_graph(9),
        nx.petersen_graph(),
        nx.lollipop_graph(5, 1),
        nx.path_graph(3),
        nx.grid_2d_graph(5, 5),
        nx.complete_bipartite_graph(3, 3),
        nx.cycle_graph(60),
        nx.random_regular_graph(3, 100, seed=0),
        nx.grid_2d_graph(8, 8),
    ],
)
def test_no_choke_points(graph):
    assert chokes(graph) == set()


def test_a_sensible_handful_in_real_networks():
    assert chokes(graphs.karate_club()) == {0, 31}
    assert {"M1", "RIPL"} <= chokes(graphs.celegans())
    assert len(chokes(graphs.celegans())) < 30
    assert {"RIPL", "RIPR", "I1L", "I1R"} <= chokes(graphs.celegans("gap"))


def test_a_ball_is_separated():
    ring = neighbors_of(nx.cycle_graph(6))
    assert separates_ball(ring, 0, radius=2, min_piece=2)
    assert not separates_ball(ring, 0, radius=3, min_piece=2)  # the ways meet on the far side
    assert not separates_ball(ring, 0, radius=2, min_piece=3)
    assert not separates_ball(neighbors_of(nx.lollipop_graph(4, 1)), 3, radius=2, min_piece=2)


def test_the_hub_of_a_star_and_what_the_parameters_do():
    assert chokes(nx.star_graph(4)) == {0}
    assert chokes(nx.star_graph(4), load=2.1) == set()
    assert chokes(nx.lollipop_graph(5, 1), min_piece=1) == {4}
    assert chokes(graphs.dumbbell(3, 1), min_piece=3) == {3}


def test_every_component_is_judged_by_itself():
    single = chokes(graphs.dumbbell(4, 2))
    two = nx.disjoint_union(graphs.dumbbell(4, 2), nx.complete_graph(5))
    two.add_node("alone")
    two.add_edge("alone", "alone")
    table = choke_points(nx.Graph(two.edges))
    assert set(table.loc[table["is_choke"], "node"]) == single
    last = table.iloc[-1]
    assert (last["node"], last["betweenness"], last["participation"]) == ("alone", 0.0, 0.0)


def test_one_node():
    graph = nx.Graph()
    graph.add_node("a")
    row = choke_points(graph).iloc[0]
    assert row["node"] == "a"
    assert (row["role"], row["is_choke"], row["bridging_centrality"]) == ("core", False, 0.0)
    graph.add_edge("a", "a")
    assert choke_points(graph.to_directed())["betweenness"].tolist() == [0.0]


def test_self_loops_enter_no_measure():
    graph = graphs.dumbbell(4, 1)
    looped = graph.copy()
    looped.add_edges_from([(0, 0), (4, 4)])
    assert choke_points(looped).equals(choke_points(graph))


def test_communities_are_found_with_a_seed_where_there_are_no_modules():
    graph = nx.connected_caveman_graph(4, 6)
    table = choke_points(graph)
    assert table["module"].tolist() == [v // 6 for v in graph]
    assert set(table["module_method"]) == {"louvain (rng=0)"}
    assert table["role"].tolist() == choke_points(graphs.caveman(4, 6))["role"].tolist()
    assert choke_points(graph, rng=5).equals(choke_points(graph, rng=5))
    negative = nx.Graph([(0, 1, {"weight": -2.0}), (1, 2, {"weight": 1.0})])
    assert len(choke_points(negative.to_directed())) == 3


def test_betweenness_is_sampled_above_a_size_and_the_table_says_so():
    graph = graphs.ring_of_modules()
    sampled = choke_points(graph, exact_limit=100, pivots=150)
    exact = choke_points(graph)
    assert set(exact["betweenness_method"]) == {"exact"}
    assert set(sampled["betweenness_method"]) == {"sampled (k=150, rng=0)"}
    assert np.corrcoef(sampled["betweenness"], exact["betweenness"])[0, 1] > 0.98
    assert sampled.equals(choke_points(graph, exact_limit=100, pivots=150))
    generator = choke_points(graph, exact_limit=100, rng=np.random.default_rng(0), pivots=9)
    assert generator["betweenness_method"][0] == "sampled (k=9, rng=a numpy Generator)"


def test_sampling_every_node_is_exact_and_one_source_is_scaled():
    links = links_of(graphs.ring_of_modules(3, 8))
    all_nodes = np.arange(len(links[0]) - 1)
    sums, errors = betweenness(*links, all_nodes)
    assert sums == pytest.approx(betweenness(*links)[0])
    assert errors == pytest.approx(0.0)
    # Path 0 - 1 - 2 - 3 from source 0: 1 passes on two targets, 2 one; three starts stand for it.
    sums, errors = betweenness(*links_of(nx.path_graph(4)), np.array([0]))
    assert sums.tolist() == [0.0, 6.0, 3.0, 0.0]
    assert set(errors) == {np.inf}


@pytest.mark.interpreted
@pytest.mark.parametrize("directed", [False, True])
def test_the_kernel_is_its_naive_twin(directed):
    for seed in range(10):
        graph = nx.gnp_random_graph(20, 0.02 + 0.03 * seed, seed=seed, directed=directed)
        expected = naive(neighbors_of(graph))
        assert betweenness(*links_of(graph))[0] == pytest.approx(expected, rel=1e-12)
        some = np.array([3, 7, 19])
        sampled = naive(neighbors_of(graph), some.tolist())
        assert betweenness(*links_of(graph), some)[0] == pytest.approx(sampled, rel=1e-12)


def test_the_error_of_sampled_betweenness_covers_where_the_load_is_high():
    """1.96 standard errors hold the exact value in 95% of draws, by the normal law.

    Not at nodes deep in a module: their load is carried by few sources, and most draws have none.
    """
    links = links_of(graphs.ring_of_modules(6, 20, density=0.3, rng=0))
    exact, nothing = betweenness(*links)
    assert set(nothing) == {0.0}
    rng = np.random.default_rng(0)
    n, inside = len(exact), []
    for _ in range(200):
        sums, errors = betweenness(*links, rng.choice(n, 40, replace=False))
        inside.append(np.abs(sums - exact) <= 1.96 * errors)
    busiest = np.argsort(exact)[-n // 20 :]
    assert 0.92 < np.mean(inside, axis=0)[busiest].mean() < 0.98
    assert np.mean(inside) < 0.9


def test_numbers_of_shortest_paths_beyond_any_float():
    # 1100 diamonds in a row: 2^1100 shortest paths from end to end.
    graph = nx.Graph()
    for k in range(1100):
        a, b = 3 * k, 3 * k + 3
        graph.add_edges_from([(a, a + 1), (a, a + 2), (a + 1, b), (a + 2, b)])
    counts = dict(zip(graph, betweenness(*links_of(graph), np.array([0]))[0], strict=True))
    n = len(graph)
    # From the end of the chain, all paths to what lies beyond a waist lead through it, and half
    # of them through each side of the diamond before.
    assert counts[3] == pytest.approx((n - 1) * (n - 4))
    assert counts[1] == counts[2] == pytest.approx((n - 1) * (n - 3) / 2)


def links_of(graph):
    around = neighbors_of(graph)
    indptr = np.cumsum([0, *map(len, around)])
    return indptr, np.array([other for some in around for other in some], dtype=np.int64)


def neighbors_of(graph):
    position = {node: i for i, node in enumerate(graph)}
    return [[position[other] for other in graph[node]] for node in graph]


def test_the_graph_is_left_as_it_was_and_global_randomness_untouched():
    import random

    before = random.getstate()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002 (the global state is the point)
    graph = graphs.karate_club()
    nodes, edges = list(graph.nodes(data=True)), list(graph.edges(data=True))
    choke_points(nx.Graph(graph.edges), exact_limit=5, pivots=5)
    choke_points(graph)
    assert (list(graph.nodes(data=True)), list(graph.edges(data=True))) == (nodes, edges)
    assert random.getstate() == before
    assert (np.random.get_state()[1] == numpy_before).all()  # noqa: NPY002


def test_a_long_path_needs_no_recursion():
    table = choke_points(nx.path_graph(5000), exact_limit=10, pivots=1)
    assert table["articulation"].sum() == 4998


def _partly(name):
    graph = nx.path_graph(3)
    graph.nodes[1][name] = 0
    return graph


@pytest.mark.parametrize(
    ("graph", "options", "error", "message"),
    [
        (nx.Graph(), {}, ValueError, "the graph is empty"),
        (nx.MultiGraph([(0, 1)]), {}, ValueError, "networkx.Graph(graph) keeps one"),
        (nx.MultiDiGraph([(0, 1)]), {}, ValueError, "networkx.DiGraph(graph) keeps one"),
        (
            [(0, 1)],
            {},
            TypeError,
            "graph must be a networkx Graph or DiGraph; found [(0, 1)] (list)",
        ),
        (_partly("module"), {}, ValueError, "node 0 has no attribute 'module' but others have"),
        (nx.Graph([(0, 1, {"weight": "3"})]), {}, TypeError, "edge (0, 1) must be a finite"),
        (nx.Graph([(0, 1, {"weight": float("inf")})]), {}, ValueError, "found inf"),
        (
            nx.Graph([(0, 1, {"weight": 1}), (1, 2)]),
            {},
            ValueError,
            "edge (1, 2) has no weight but edge (0, 1) has one",
        ),
        (nx.path_graph(3), {"load": 0}, ValueError, "load must be a finite number above 0"),
        (nx.path_graph(3), {"load": "2"}, TypeError, "load must be a number above 0"),
        (nx.path_graph(3), {"min_piece": 0}, ValueError, "min_piece must be at least 1"),
        (nx.path_graph(3), {"exact_limit": -1}, ValueError, "exact_limit must be at least 0"),
        (nx.path_graph(3), {"pivots": 0}, ValueError, "pivots must be at least 1"),
        (nx.path_graph(3), {"rng": 1.5}, TypeError, "rng must be an int"),
    ],
)
def test_misuse_is_explained(graph, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        choke_points(graph, **options)


@pytest.mark.parametrize("value", [float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT])
@pytest.mark.parametrize("nodes", [[2], [0, 1, 2, 3]])
def test_nan_is_no_module(value, nodes):
    graph = nx.path_graph(4)
    nx.set_node_attributes(graph, 1, "module")
    nx.set_node_attributes(graph, dict.fromkeys(nodes, value), "module")
    for function in (choke_points, graphs.module_preserving_null):
        with pytest.raises(ValueError, match=rf"node {nodes[0]} has the module .*, which is none"):
            function(graph)


@pytest.mark.parametrize("weight", [0.0, 1e-320, 1.0, 1e308])
def test_only_ratios_of_weights_count(weight):
    graph = nx.complete_graph(3)
    nx.set_edge_attributes(graph, weight, "weight")
    assert len(set(choke_points(graph)["module"])) == 1
    nx.set_node_attributes(graph, {node: node for node in graph}, "module")
    assert choke_points(graph)["participation"].tolist() == [0.5, 0.5, 0.5]


def test_no_piece_is_larger_than_the_network():
    assert not choke_points(nx.path_graph(5), min_piece=10**30)["is_choke"].any()
