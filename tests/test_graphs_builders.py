"""The network families: sizes, roles, modules, seeds, and what they refuse."""

import re
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netplastic import graphs

RANDOM = [
    graphs.ring_of_modules,
    graphs.star_of_modules,
    graphs.hourglass,
    graphs.planted_partition,
    graphs.hierarchical_modules,
    lambda rng=0: graphs.caveman(rewiring=0.2, rng=rng),
    lambda rng=0, density=0.5: graphs.dumbbell(density=density, rng=rng),
]
ALL = [*RANDOM, graphs.dumbbell, graphs.caveman]


def roles(graph):
    return Counter(role for _, role in graph.nodes(data="role"))


def same(one, other):
    return (
        list(one.nodes(data=True)) == list(other.nodes(data=True))
        and list(one.edges(data=True)) == list(other.edges(data=True))
        and one.graph == other.graph
    )


@pytest.mark.parametrize("build", ALL)
def test_labels_modules_and_roles(build):
    graph = build()
    assert type(graph) is nx.Graph
    assert list(graph) == list(range(graph.number_of_nodes()))
    assert nx.number_of_selfloops(graph) == 0
    modules = dict(graph.nodes(data="module"))
    assert set(modules.values()) == set(range(len(set(modules.values()))))
    for node, data in graph.nodes(data=True):
        outside = any(
            modules[other] != data["module"] or graph.nodes[other]["role"] == "connector"
            for other in graph[node]
        )
        if data["role"] != "connector":
            assert data["role"] == ("boundary" if outside else "core")
    assert graph.graph["name"]


@pytest.mark.parametrize("build", RANDOM)
def test_seed_decides_and_global_randomness_is_untouched(build):
    import random

    before = random.getstate()
    numpy_before = np.random.get_state()[1].copy()  # noqa: NPY002 (the global state is the point)
    assert same(build(rng=3), build(rng=3))
    assert not nx.utils.graphs_equal(build(rng=3), build(rng=4))
    assert nx.utils.edges_equal(
        build(rng=np.random.default_rng(3)).edges, build(rng=np.random.default_rng(3)).edges
    )
    build(rng=None)
    assert random.getstate() == before
    assert (np.random.get_state()[1] == numpy_before).all()  # noqa: NPY002


@pytest.mark.parametrize("build", [*RANDOM[:5], RANDOM[6]])
def test_modules_are_connected_even_when_drawn_empty(build):
    name = "density_inside" if build is graphs.planted_partition else "density"
    graph = build(**{name: 0.0})
    assert graph.graph["repaired_edges"] > 0
    modules = {}
    for node, data in graph.nodes(data=True):
        if data["role"] != "connector":
            modules.setdefault(data["module"], []).append(node)
    for nodes in modules.values():
        assert nx.is_connected(graph.subgraph(nodes))


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_dumbbell_is_the_barbell_graph(length):
    graph = graphs.dumbbell(5, length)
    assert nx.utils.edges_equal(graph.edges, nx.barbell_graph(5, length).edges)
    assert roles(graph)["connector"] == length
    assert roles(graph)["boundary"] == 2
    halves = Counter(m for _, m in graph.nodes(data="module"))
    assert halves == {0: 5 + (length + 1) // 2, 1: 5 + length // 2}


def test_dumbbell_of_two_sizes_and_several_links():
    graph = graphs.dumbbell((3, 5), path_length=2, links=3)
    assert graph.number_of_nodes() == 3 + 5 + 6
    assert graph.number_of_edges() == 3 + 10 + 3 * 3
    assert graph.graph["module_size"] == "3, 5"
    assert roles(graph) == {"connector": 6, "boundary": 6, "core": 2}


def test_ring_of_equal_cliques_counted_by_hand():
    graph = graphs.ring_of_modules(modules=5, module_size=4, density=1.0, path_length=2, links=2)
    assert graph.number_of_nodes() == 5 * 4 + 5 * 2 * 2
    assert graph.number_of_edges() == 5 * 6 + 5 * 2 * 3
    # Four paths end in each clique of four: every node is a boundary node.
    assert roles(graph) == {"boundary": 20, "connector": 20}
    assert Counter(m for _, m in graph.nodes(data="module")) == dict.fromkeys(range(5), 8)
    assert graph.graph["repaired_edges"] == 0


def test_ring_takes_a_size_for_each_module():
    graph = graphs.ring_of_modules(3, module_size=[3, 4, 5], path_length=0)
    assert Counter(m for _, m in graph.nodes(data="module")) == {0: 3, 1: 4, 2: 5}
    assert nx.is_connected(graph)


def test_star_around_a_node_and_around_a_module():
    graph = graphs.star_of_modules(modules=4, module_size=5, density=1.0, path_length=2)
    assert graph.number_of_nodes() == 4 * 5 + 4 * 2 + 1
    assert graph.degree(28) == 4
    assert graph.nodes[28] == {"module": 4, "role": "connector"}
    around = graphs.star_of_modules(4, [5, 3, 5, 4], density=1.0, path_length=1, hub="module")
    assert around.number_of_nodes() == 17 + 4 + 5
    assert roles(around)["connector"] == 4
    nodes = [n for n, m in around.nodes(data="module") if m == 4]
    assert len(nodes) == 5
    assert sum(around.nodes[n]["role"] == "boundary" for n in nodes) == 4


def test_hourglass_waist():
    graph = graphs.hourglass((8, 6), waist=2, links=3, waist_length=2)
    waist = [n for n, role in graph.nodes(data="role") if role == "connector"]
    assert waist == [8, 9, 10, 11]
    assert [graph.degree(n) for n in waist] == [4, 4, 4, 4]
    assert Counter(m for _, m in graph.nodes(data="module")) == {0: 8, 1: 4, 2: 6}
    rest = graph.copy()
    rest.remove_nodes_from(waist)
    assert nx.number_connected_components(rest) == 2


def test_caveman_is_the_connected_caveman_graph():
    assert nx.utils.edges_equal(graphs.caveman(5, 4).edges, nx.connected_caveman_graph(5, 4).edges)
    rewired = graphs.caveman(5, 4, rewiring=0.5)
    assert rewired.number_of_edges() == graphs.caveman(5, 4).number_of_edges()


def test_planted_partition_without_edges_between_has_one_component_per_module():
    graph = graphs.planted_partition(3, 8, density_inside=0.2, density_between=0.0)
    assert nx.number_connected_components(graph) == 3
    raw = graphs.planted_partition(1, 6, density_inside=0.0, connected=False)
    assert raw.number_of_edges() == 0


def test_planted_partition_densities():
    graph = graphs.planted_partition(2, 100, density_inside=0.4, density_between=0.1, rng=1)
    modules = dict(graph.nodes(data="module"))
    inside = sum(modules[u] == modules[v] for u, v in graph.edges)
    between = graph.number_of_edges() - inside
    assert inside / (2 * 4950) == pytest.approx(0.4, abs=0.03)
    assert between / 10_000 == pytest.approx(0.1, abs=0.02)


def test_hierarchical_modules_thin_out_level_by_level():
    graph = graphs.hierarchical_modules(2, 3, module_size=20, density=0.9, ratio=0.2)
    assert graph.number_of_nodes() == 180
    assert nx.is_connected(graph)
    count = Counter()
    for u, v in graph.edges:
        a, b = graph.nodes[u], graph.nodes[v]
        level = (a["module"] != b["module"]) + (a["supermodule"] != b["supermodule"])
        count[level] += 1
    pairs = {0: 9 * 190, 1: 9 * 400, 2: 27 * 400}
    shares = [count[level] / pairs[level] for level in range(3)]
    assert shares == pytest.approx([0.9, 0.18, 0.036], abs=0.03)


@settings(max_examples=25, deadline=None)
@given(
    modules=st.integers(3, 6),
    size=st.integers(2, 7),
    density=st.floats(0, 1),
    length=st.integers(0, 3),
    seed=st.integers(0, 100),
)
def test_ring_holds_what_was_asked_for(modules, size, density, length, seed):
    graph = graphs.ring_of_modules(modules, size, density=density, path_length=length, rng=seed)
    assert nx.is_connected(graph)
    assert graph.number_of_nodes() == modules * (size + length)
    assert roles(graph)["connector"] == modules * length
    assert graph.graph["density"] == density
    assert graph.graph["rng"] == seed


def test_numpy_numbers_are_numbers():
    graph = graphs.ring_of_modules(
        np.int64(3), np.int32(4), density=np.float64(0.5), rng=np.int64(1)
    )
    assert same(graph, graphs.ring_of_modules(3, 4, density=0.5, rng=1))
    assert type(graph.graph["module_size"]) is int
    sizes = graphs.ring_of_modules(3, np.array([4, 5, 6]))
    assert sizes.graph["module_size"] == "4, 5, 6"


def test_graph_attributes_survive_graphml(tmp_path):
    graph = graphs.ring_of_modules(3, [3, 4, 5], rng=np.random.default_rng(0))
    nx.write_graphml(graph, tmp_path / "ring.graphml")
    again = graphs.read_network(tmp_path / "ring.graphml")
    assert again.graph["name"] == "ring_of_modules"
    assert again.graph["rng"] == "a numpy Generator"
    assert [d["role"] for _, d in again.nodes(data=True)] == [
        d["role"] for _, d in graph.nodes(data=True)
    ]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: graphs.dumbbell(1), ValueError, "module_size must be at least 2; found 1"),
        (lambda: graphs.dumbbell(2.5), TypeError, "module_size must be a whole number"),
        (lambda: graphs.dumbbell(True), TypeError, "found True (bool)"),
        (lambda: graphs.dumbbell((3, 4, 5)), ValueError, "holds 3 sizes for 2 modules"),
        (lambda: graphs.dumbbell((3, 1)), ValueError, "module_size[1] must be at least 2"),
        (lambda: graphs.dumbbell("big"), TypeError, "found 'big' (str)"),
        (lambda: graphs.dumbbell(path_length=-1), ValueError, "path_length must be at least 0"),
        (lambda: graphs.dumbbell(4, links=5), ValueError, "links must be at most the size"),
        (lambda: graphs.ring_of_modules(2), ValueError, "two modules are a dumbbell(...)"),
        (lambda: graphs.ring_of_modules(density=30), ValueError, "did you mean 0.3?"),
        (lambda: graphs.ring_of_modules(density=-0.1), ValueError, "must lie between 0 and 1"),
        (lambda: graphs.ring_of_modules(density=float("nan")), ValueError, "found nan"),
        (lambda: graphs.ring_of_modules(density="0.3"), TypeError, "density must be a number"),
        (lambda: graphs.ring_of_modules(3, 2, links=3), ValueError, "smallest module, 2; found 3"),
        (lambda: graphs.ring_of_modules(rng="0"), TypeError, "rng must be an int (a seed)"),
        (lambda: graphs.ring_of_modules(rng=-1), ValueError, "at least 0; found -1"),
        (lambda: graphs.star_of_modules(hub="nod"), ValueError, "did you mean 'node'?"),
        (lambda: graphs.star_of_modules(1), ValueError, "modules must be at least 2"),
        (lambda: graphs.star_of_modules(2, 3, links=4), ValueError, "smallest module, 3"),
        (lambda: graphs.hourglass(waist=0), ValueError, "waist must be at least 1"),
        (lambda: graphs.hourglass(4, links=5), ValueError, "smaller layer, 4; found 5"),
        (lambda: graphs.planted_partition(0), ValueError, "modules must be at least 1"),
        (lambda: graphs.planted_partition(connected=1), TypeError, "must be True or False"),
        (lambda: graphs.caveman(1), ValueError, "modules must be at least 2"),
        (lambda: graphs.caveman(rewiring=2), ValueError, "rewiring must lie between 0 and 1"),
        (lambda: graphs.hierarchical_modules(levels=0), ValueError, "levels must be at least 1"),
        (lambda: graphs.hierarchical_modules(ratio=1.5), ValueError, "ratio must lie between"),
    ],
)
def test_misuse_is_explained(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
