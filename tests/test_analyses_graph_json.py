"""Graphs as JSON: read back equal, or not written."""

from __future__ import annotations

import json
import math
from enum import IntEnum
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netplastic as npl
from netplastic.analyses._content import graph_code
from netplastic.analyses._graph_json import NotKept, graph_of, text_of


def text(graph: Any) -> str:
    return text_of(graph, graph_code(graph).whole)


def same(one: Any, other: Any) -> bool:
    """Equal in kind and content, also of what is inside, and NaN equal to itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray | np.generic):
        kinds = (one.dtype, one.shape) == (other.dtype, other.shape)
        return kinds and one.tobytes() == other.tobytes()
    return bool(one == other) or (one != one and other != other)


def assert_kept(graph: Any) -> Any:
    """The graph that its text gives is equal in all that networkx can tell of it."""
    back = graph_of(text(graph))
    assert back.is_directed() == graph.is_directed()
    assert same(list(back.nodes(data=True)), list(graph.nodes(data=True)))
    assert same(list(back.edges(data=True)), list(graph.edges(data=True)))
    assert same(back.graph, graph.graph)
    return back


LABELS = [0, -7, 2**70, "a", "", "0", "\n\u2028\U0001f9e0", '"</script>', 0.5, 1e300, (0, 1)]
LABELS += [(0, ("a", 2.5), ()), (True, None), math.inf, np.int64(3), np.float32(0.1), np.str_("s")]
LABELS += [(np.int8(1), -math.inf)]
VALUES = [None, True, 0, -(2**80), 0.1, -0.0, math.nan, -math.inf, "text", "\udcff", [], [1, [2]]]
VALUES += [(), (1, (2.0, "x")), {}, {"a": 1}, {1: "a", (0, 1): [None]}, {"tuple": [1]}]
VALUES += [np.float64(0.1), np.float32(0.1), np.float16(0.1), np.int64(-1), np.uint8(255)]
VALUES += [np.bool_(True), np.str_("word"), np.float64("nan"), np.arange(3), np.eye(2)]
VALUES += [np.zeros((0, 2)), np.array([1.5, math.nan], dtype=np.float32), np.array(3)]


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
@pytest.mark.parametrize("label", LABELS, ids=repr)
def test_labels_of_any_kind(kind: Any, label: Any) -> None:
    graph = kind()
    graph.add_node(label, module=1)
    graph.add_edge(label, "other", weight=2.0)
    graph.add_edge("last", label)
    graph.add_edge(label, label)
    assert_kept(graph)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_attributes_of_any_kind(value: Any) -> None:
    graph = nx.path_graph(3)
    graph.graph["about"] = graph.nodes[1]["about"] = graph.edges[0, 1]["about"] = value
    assert_kept(graph)


def test_labels_that_are_equal_but_of_other_kinds_stay_what_they_are() -> None:
    assert [type(node) for node in assert_kept(nx.Graph([(True, 1.5)]))] == [bool, float]
    assert [type(node) for node in assert_kept(nx.Graph([(1.0, 2)]))] == [float, int]


def test_names_that_the_format_needs_are_free_for_attributes() -> None:
    graph = nx.path_graph(2)
    graph.nodes[0].update(id="mine", _id="mine, too", source=1)
    graph.edges[0, 1].update(source="a", target="b", key=0, id=7)
    graph.graph.update(nodes=1, directed="no", graph={}, named=[])
    assert_kept(graph)


def test_order_is_kept() -> None:
    graph: Any = nx.DiGraph()
    graph.add_nodes_from([3, 1, 2])
    graph.add_edges_from([(2, 1), (1, 3), (2, 3), (3, 3)])
    back = assert_kept(graph)
    assert list(back) == [3, 1, 2]


@pytest.mark.parametrize("name", npl.graphs.catalogue())
def test_the_catalogue_is_kept_and_networkx_reads_it(name: str) -> None:
    graph = npl.graphs.load(name)
    assert_kept(graph)
    read = nx.node_link_graph(json.loads(text(graph)), edges="edges")
    assert nx.utils.graphs_equal(read, graph)


def test_the_package_reads_it_as_a_file(tmp_path: Any) -> None:
    graph = npl.graphs.karate_club()
    (tmp_path / "karate.json").write_text(text(graph))
    assert nx.utils.graphs_equal(npl.graphs.read_network(tmp_path / "karate.json"), graph)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


class Kind(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (frozenset({1}), "frozenset"),
        (b"bytes", "bytes"),
        (1j, "1j"),
        (Kind.ONE, "Kind"),
        (np.datetime64("2020-01-01"), "datetime64"),
        (np.longdouble(0.1), "longdouble"),
        (np.array([None]), "array of shape"),
        (np.array([np.longdouble(0.1)]), "longdouble"),
    ],
)
def test_what_has_no_form_is_refused_and_named(value: Any, message: str) -> None:
    for graph in (nx.Graph([(0, 1)]), nx.DiGraph([(0, 1)])):
        graph.nodes[1]["odd"] = value
        with pytest.raises(NotKept, match=message):
            text(graph)


def test_numbers_of_more_digits_than_python_writes_are_refused() -> None:
    with pytest.raises(NotKept, match="digits"):
        text_of(nx.Graph([(0, 1, {"long": 10**5000})]), "any")


def test_a_name_that_is_no_text_is_refused() -> None:
    graph = nx.path_graph(2)
    graph.nodes[0][5] = 1
    with pytest.raises(NotKept, match=r"node 0 .*has an attribute whose name is no text: 5"):
        text(graph)


def test_a_label_that_is_not_itself_is_refused() -> None:
    """A node nan that is read is another one than the nan at an edge's end."""
    with pytest.raises(NotKept, match="is not equal"):
        text(nx.Graph([(math.nan, 1)]))


def test_what_reads_back_otherwise_is_refused() -> None:
    with pytest.raises(NotKept, match="is not equal"):
        text_of(nx.path_graph(2), graph_code(nx.path_graph(3)).whole)
    with pytest.raises(NotKept):
        text_of(nx.Graph([(0, 1, {"deep": nested(100_000)})]), "any")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
labels = st.integers() | st.text() | st.tuples(st.integers(), st.text())


@given(st.lists(st.tuples(labels, labels, values), max_size=8), st.booleans())
def test_graphs_of_any_content(edges: list[Any], directed: bool) -> None:
    graph: Any = nx.DiGraph() if directed else nx.Graph()
    for u, v, value in edges:
        graph.add_edge(u, v, value=value)
    assert_kept(graph)
