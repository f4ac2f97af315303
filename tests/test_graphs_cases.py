"""Files that programs write and people bring, once read wrong: those in tests/cases_files."""

import re
from pathlib import Path

import networkx as nx
import pytest

from netplastic.graphs import NetworkFileError, read_network

CASES = Path(__file__).parent / "cases_files"


def read(name, **options):
    return read_network(CASES / name, **options)


def weights(graph):
    return sorted((*sorted((u, v)), w) for u, v, w in graph.edges(data="weight"))


def test_every_case_is_tested():
    text = Path(__file__).read_text("utf-8")
    assert [path.name for path in CASES.iterdir() if f'"{path.name}"' not in text] == []


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("csv_hash_label.csv", 2, 'put a label that begins with # in quotes ("#5A")'),
        ("csv_underscore_number.csv", 2, "the weight must be a finite number"),
        ("csv_vt_in_label.csv", 2, "found 3 fields where the header has 2"),
        ("ml_nested.graphml", None, "node 'g1' holds a graph of its own"),
        ("mtx_huge_array.mtx", None, "would take about 4e+04 GB of memory; the limit is 8 GB"),
        ("mtx_trailing.mtx", 3, "found '1 2 1.0 note'"),
        ("npz_zip_of_text.npz", None, "holds 'a.txt', which is no numpy array"),
        ("toml_nested.toml", None, "is nested too deeply to be a network"),
    ],
)
def test_what_is_refused(name, line, message):
    with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
        read(name)
    assert (caught.value.path, caught.value.line) == (CASES / name, line)


@pytest.mark.parametrize(
    "name",
    [
        "csv_once.csv",
        "csv_flywire_extra.csv",
        "csv_netzschleuder.csv",
        "c1_quoted_newline_two_columns.csv",
    ],
)
def test_each_edge_once_asks_for_the_direction(name):
    with pytest.raises(NetworkFileError, match=r"nothing says .*--undirected.*--directed") as error:
        read(name)
    assert error.value.line is not None
    assert not read(name, directed=False).is_directed()
    assert read(name, directed=True).is_directed()


def test_edge_lists():
    assert weights(read("csv_once.csv", directed=False)) == [
        ("A", "B", 1.0),
        ("A", "C", 3.0),
        ("B", "C", 2.0),
    ]
    assert weights(read("csv_netzschleuder.csv", directed=True)) == [(0, 1, 3.0), (1, 2, 4.0)]
    assert list(read("c1_quoted_newline_two_columns.csv", directed=True).edges) == [
        ("A", "B\nC,D"),
        ("D", "A"),
    ]


def test_long_identifiers_keep_all_digits():
    graph = read("csv_flywire_extra.csv", directed=True)
    identifiers = [data["pre_root_id"] for _, _, data in graph.edges(data=True)]
    assert identifiers == [720575940603560294, 720575940603560295]


def test_gephi_says_in_a_column_what_its_edges_are():
    graph = read("csv_gephi.csv")
    assert type(graph) is nx.Graph
    assert weights(graph) == [("A", "B", 1.0), ("B", "C", 2.0)]


@pytest.mark.parametrize("directed", [None, False])
def test_row_numbers_do_not_make_it_directed(directed):
    graph = read("csv_pandas_index.csv", directed=directed)
    assert type(graph) is nx.Graph
    assert list(graph.edges(data=True)) == [
        ("A", "B", {"weight": 1.0}),
        ("B", "C", {"weight": 2.0}),
    ]


def test_gml_numbers_without_a_point_before_the_exponent():
    """igraph prints with %.15g, which writes 1e-05 and 2e+20."""
    assert weights(read("gml_igraph_exponents.gml")) == [("A", "B", 1e-5), ("B", "C", 2e20)]


@pytest.mark.parametrize(
    ("name", "nodes", "edges", "directed"),
    [
        ("gml_one_line_nodes.gml", ["AVAL", "AVAR"], 1, False),
        ("gml_one_line_directed.gml", [0, 1], 2, True),
        ("gml_edge_label_only.gml", [0, 1], 1, False),
        ("gml_label_with_id.gml", ["cell id 7 left", "cell B"], 1, False),
        ("g1_gephi_creator.gml", ["A", "B"], 1, False),
    ],
)
def test_gml_of_other_programs(name, nodes, edges, directed):
    graph = read(name)
    assert list(graph) == nodes
    assert (graph.number_of_edges(), graph.is_directed()) == (edges, directed)


def test_gml_value_is_its_weight():
    graph = read("g1_gephi_creator.gml")
    assert graph["A"]["B"]["weight"] == 2.0
    assert graph.graph["weight_from"] == "value"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ml_default_all.graphml", [("a", "b", 2.5), ("b", "c", 2.5)]),
        ("ml_default_some.graphml", [("a", "b", 1.0), ("b", "c", 4.0)]),
        ("ml_weight_capital.graphml", [("a", "b", 7.0), ("b", "c", 3.0)]),
        ("ml_graphtool_hex.graphml", [("n0", "n1", 3.0)]),
    ],
)
def test_graphml_weights(name, found):
    graph = read(name)
    assert type(graph) is nx.Graph
    assert weights(graph) == found


def test_graphml_booleans_and_encodings():
    assert read("ml_boolean_blanks.graphml").nodes["n0"]["flag"] is True
    assert "São" in read("ml_latin1.graphml")


def test_symmetric_but_for_the_last_digit():
    assert type(read("npz_almost_sym.npz")) is nx.Graph
