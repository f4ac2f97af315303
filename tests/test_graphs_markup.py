"""GraphML and GML: nothing in them is passed over."""

import numpy as np
import pytest
from conftest import write
from network_files import fails

from netplastic.graphs import read_network


def test_defaults_for_nodes_and_edges_alike(tmp_path):
    """GraphML's for="all", whose default networkx forgets."""
    text = (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="w" for="all" attr.name="weight" attr.type="double"><default>2</default></key>'
        '<key id="t" for="node" attr.name="kind" attr.type="string"><default></default></key>'
        '<graph edgedefault="undirected"><node id="a"/><node id="b"><data key="w">5</data></node>'
        '<edge source="a" target="b"/></graph></graphml>'
    )
    graph = read_network(write(tmp_path, "a.graphml", text))
    assert graph["a"]["b"]["weight"] == 2.0
    assert graph.nodes["a"] == {"weight": 2.0, "kind": ""}
    assert graph.nodes["b"] == {"weight": 5.0, "kind": ""}


def test_groups_inside_groups_keep_their_order(tmp_path):
    text = (
        '<graphml><graph edgedefault="directed"><node id="g" yfiles.foldertype="group">'
        '<graph edgedefault="directed"><node id="h" yfiles.foldertype="group">'
        '<graph edgedefault="directed"><node id="x"/><edge source="x" target="z"/></graph></node>'
        '<node id="y"/></graph></node><node id="z"/></graph></graphml>'
    )
    graph = read_network(write(tmp_path, "a.graphml", text))
    assert list(graph) == ["g", "h", "x", "y", "z"]
    assert list(graph.edges) == [("x", "z")], "an edge may come before the node that it ends at"


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ('<hyperedge><endpoint node="a"/></hyperedge>', "hyperedges"),
        ('<edge source="a" target="a"><graph edgedefault="directed"/></edge>', "graph of its own"),
    ],
)
def test_nothing_in_graphml_is_passed_over(tmp_path, inside, message):
    text = f'<graphml><graph edgedefault="directed"><node id="a"/>{inside}</graph></graphml>'
    fails(write(tmp_path, "a.graphml", text), message)


def test_graphml_without_edgedefault_asks(tmp_path):
    text = (
        "<graphml><graph><node id='a'/><node id='b'/>"
        "<edge source='a' target='b'/></graph></graphml>"
    )
    path = write(tmp_path, "a.graphml", text)
    fails(path, "no edgedefault, so that nothing says whether edges have a direction")
    assert not read_network(path, directed=False).is_directed()
    assert read_network(path, directed=True).is_directed()
    own = write(tmp_path, "b.graphml", text.replace("<graph>", '<graph edgedefault="both">'))
    fails(own, "edgedefault must be directed or undirected; found 'both'")
    every = text.replace("<graph>", '<graph edgedefault="undirected">').replace(
        "<edge", '<edge directed="true"'
    )
    assert read_network(write(tmp_path, "c.graphml", every)).is_directed()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "graph [ node [ id 0 graph [ node [ id 1 ] ] ] ]",
            None,
            "node 0 holds a graph of its own",
        ),
        ("graph [ node [ id 0 ] ] graph [ node [ id 1 ] ]", None, "more than one graph"),
        ("graph [ node [ id 0 ] ]\nnode [ id 1 ]\n", 2, "the node stands outside the graph"),
        ('graph [\n directed "1" node [ id 0 ] ]', 2, 'directed must be 0 or 1, once; found "1"'),
        ("graph [ directed 0\n directed 1 node [ id 0 ] ]", 2, "directed must be 0 or 1, once"),
        ('graph [\n node [ id 0 label "a ]\n]', 2, "a quote is opened and not closed"),
    ],
)
def test_nothing_in_gml_is_passed_over(tmp_path, text, line, message):
    assert fails(write(tmp_path, "a.gml", text), message) == line


def test_text_in_gml_is_text(tmp_path):
    text = (
        'Creator igraph version 1.2\nVersion 1\n# a comment with a " in it\ngraph [ directed 1\n'
        'node [ id 0 label "two\nlines 1e-5 [" ] node [ id 1 label "# no &quot;comment&quot;" ]\n'
        "edge [ source 0 target 1 weight -1E+2 kind gap ] ]"
    )
    graph = read_network(write(tmp_path, "a.gml", text))
    assert list(graph) == ["two\nlines 1e-5 [", '# no "comment"']
    assert next(iter(graph.edges(data=True)))[2] == {"weight": -100.0, "kind": "gap"}
    assert graph.is_directed()


def test_ports_and_keys_without_a_name(tmp_path):
    text = (
        '<graphml><key id="w" for="edge" attr.type="double"/><graph edgedefault="directed">'
        '<node id="a"><port name="north"/></node><node id="b"/>'
        '<edge source="a" target="b" sourceport="north"><data key="w">2.5</data></edge>'
        "</graph></graphml>"
    )
    graph = read_network(write(tmp_path, "a.graphml", text))
    assert graph["a"]["b"] == {"w": 2.5, "weight": 2.5, "sourceport": "north"}


def test_gml_infinities_in_any_case(tmp_path):
    text = "graph [ node [ id 0 low -Inf high Infinity none NaN ] ]"
    data = read_network(write(tmp_path, "a.gml", text)).nodes[0]
    assert (data["low"], data["high"]) == (-np.inf, np.inf)
    assert np.isnan(data["none"])
