"""Networks made of matrices and tables of edges, without a graph in between."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import netplastic as npl
from netplastic.graphs import read_network

RULE = npl.Hebbian(-5.0)


def edge_table(graph, *, names=("source", "target", "weight")):
    rows = [(u, v, data.get("weight", 1.0)) for u, v, data in graph.edges(data=True)]
    return pd.DataFrame(rows, columns=list(names))


def random_graph(seed, directed=False):
    rng = np.random.default_rng(seed)
    graph = nx.gnm_random_graph(12, 25, seed=seed, directed=directed)
    graph.add_edge(3, 3)
    graph.remove_node(7)
    nx.set_edge_attributes(graph, {edge: rng.uniform(0.1, 2.0) for edge in graph.edges}, "weight")
    return graph


def same(one, other):
    """Whether two networks have the same arcs, in the same order, by label."""
    rows = []
    for net in (one, other):
        wiring = net.wiring
        ends = zip(wiring.source.tolist(), wiring.target.tolist(), strict=True)
        pairs = [(net.nodes[a], net.nodes[b]) for a, b in ends]
        rows.append(dict(zip(pairs, wiring.weight.tolist(), strict=True)))
    return rows[0] == rows[1] and one.directed == other.directed


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_matrices_tables_and_graphs_are_the_same_network(seed, directed):
    graph = random_graph(seed, directed)
    whole = npl.PlasticNetwork(graph, RULE)
    matrix = nx.to_scipy_sparse_array(graph)
    frame = pd.DataFrame(matrix.toarray(), index=list(graph), columns=list(graph))
    for form in (frame, edge_table(graph).sample(frac=1.0, random_state=seed)):
        net = npl.PlasticNetwork(form, RULE, directed=directed)
        assert same(net, whole)
        assert nx.utils.graphs_equal(net.graph, graph)
    for kind in ("csr", "csc", "coo"):
        net = npl.PlasticNetwork(matrix.asformat(kind), RULE, directed=directed)
        renamed = nx.convert_node_labels_to_integers(graph)
        assert same(net, npl.PlasticNetwork(renamed, RULE))
        strengths = np.random.default_rng(seed).uniform(-2.0, -1.0, len(renamed.edges))
        given = dict(zip(net.graph.edges, strengths, strict=True))
        by_edge = npl.PlasticNetwork(
            matrix.asformat(kind), npl.Hebbian(strengths), directed=directed
        )
        for arc, strength in enumerate(by_edge.strength):
            u, v = by_edge.wiring.source[arc], by_edge.wiring.target[arc]
            assert strength == given.get((u, v), given.get((v, u)) if not directed else None)


def test_a_table_that_lists_both_ways_has_no_direction():
    graph = random_graph(1)
    table = edge_table(nx.DiGraph(graph))
    net = npl.PlasticNetwork(table, RULE)
    assert same(net, npl.PlasticNetwork(graph, RULE))
    assert same(net, npl.PlasticNetwork(read_network(table), RULE))
    assert not npl.PlasticNetwork(table, RULE, weight=None).wiring.weighted_by


def test_the_graph_is_made_when_asked_for_and_once(monkeypatch):
    matrix = sparse.csr_array(np.array([[0.0, 2.0], [2.0, 0.0]]))

    def no_graph(*_, **__):
        raise AssertionError("a graph was made")

    for kind in (nx.Graph, nx.DiGraph):
        monkeypatch.setattr(kind, "__init__", no_graph)
    net = npl.PlasticNetwork(matrix, npl.Hebbian(-20.0))
    assert int(npl.count_equilibria(net)) == 3
    npl.count_neighborhoods(net, progress=False)
    monkeypatch.undo()
    assert net.graph is net.replace(strength=-1.0).graph
    assert list(net.graph.edges(data="weight")) == [(0, 1, 2.0)]
    assert net.part([0]).graph is None
    assert net.node_attributes == {}


def test_a_network_of_arrays_is_saved_without_its_graph(tmp_path):
    net = npl.PlasticNetwork(sparse.csr_array(np.ones((3, 3))), RULE)
    net.save(tmp_path / "net.npl")
    again = npl.load(tmp_path / "net.npl")
    assert same(net, again)
    assert nx.utils.graphs_equal(again.graph, net.graph)


ONE_WAY = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})


@pytest.mark.parametrize(
    ("source", "more", "said"),
    [
        (ONE_WAY, {}, "the edge 'a' - 'b' stands there one way only, and nothing says"),
        (np.array([[0, 1.0], [2.0, 0]]), {}, "the matrix is not symmetric: 0 - 1 has weight 1.0"),
        (np.array([[0, 1.0], [2.0, 0]]), {"directed": False}, "without direction 0 - 1 has weight"),
        (np.triu(np.ones((3, 3))), {}, "it has the entry 0, 1 but not 1, 0"),
        (
            pd.DataFrame({"source": [0, 1, 1], "target": [1, 0, 2]}),
            {"directed": False},
            "without direction each edge stands there once or all stand there both ways",
        ),
        (ONE_WAY.assign(note=1), {}, "the further column 'note'"),
        (ONE_WAY.assign(weight=["x", "y"]), {"directed": False}, "no column of real numbers"),
        (ONE_WAY.assign(weight=[1.0, -1.0]), {"directed": False}, r"\('b', 'c'\) has weight = -1"),
        (ONE_WAY.assign(weight=[1.0, np.nan]), {"directed": True}, "must be finite"),
        (ONE_WAY.iloc[:0], {"directed": True}, "has no row"),
        (pd.concat([ONE_WAY, ONE_WAY]), {"directed": True}, "stands there again in row 2"),
        (ONE_WAY.assign(target=["b", None]), {"directed": True}, "row 1 .* has no label"),
        (ONE_WAY, {"directed": False, "weight": "w"}, "edges have none at all"),
        (ONE_WAY, {"directed": False, "static_weight": [0.0, 1.0]}, "cannot be matched to the r"),
        (nx.path_graph(3), {"directed": True}, "directed is True but the graph is undirected"),
    ],
)
def test_what_is_wrong_is_said(source, more, said):
    with pytest.raises((TypeError, ValueError), match=said):
        npl.PlasticNetwork(source, RULE, **more)


def test_a_triangle_of_a_matrix_can_be_all_of_it():
    net = npl.PlasticNetwork(np.triu(np.ones((3, 3)), 1), RULE, directed=False)
    assert same(net, npl.PlasticNetwork(nx.complete_graph(3), RULE))
