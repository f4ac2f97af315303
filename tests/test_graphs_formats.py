"""read_network: formats of other programs, matrices with labels, and what is at hand."""

import gzip
import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from conftest import same_edges, write
from network_files import ARCS, NAMES, SYMMETRIC, WRITERS, example, fails

import netplastic as npl
from netplastic.graphs import read_network


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(("suffix", "writer"), WRITERS)
def test_what_networkx_writes_comes_back(tmp_path, suffix, writer, directed):
    graph = example(directed)
    path = tmp_path / f"net{suffix}"
    writer(graph, path)
    again = read_network(path)
    assert again.is_directed() == directed
    assert list(again) == list(graph)
    plain = type(graph)()
    plain.add_weighted_edges_from(again.edges(data="weight"))
    assert same_edges(plain, graph)
    packed = tmp_path / f"packed{suffix}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert same_edges(read_network(packed), again)
    assert read_network(packed).graph["name"] in ("packed", again.graph["name"])


@pytest.mark.parametrize(("suffix", "writer"), WRITERS)
def test_a_file_that_says_itself_may_be_overruled(tmp_path, suffix, writer):
    """Each edge once becomes an edge; an edge becomes an arc each way."""
    path = tmp_path / f"net{suffix}"
    writer(example(directed=True), path)
    assert not read_network(path, directed=False).is_directed()
    writer(example(directed=False), path)
    assert read_network(path, directed=True).number_of_edges() == 5


GEPHI = """<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://gexf.net/1.3" version="1.3" xmlns:viz="http://gexf.net/1.3/viz">
<graph defaultedgetype="{kind}" mode="static">
<nodes><node id="0" label="AVA"><viz:size value="4"/></node><node id="1" label="RIM"/></nodes>
<edges><edge id="7" source="0" target="1" weight="2.5"/>{more}</edges>
</graph></gexf>
"""


def test_gexf_of_gephi(tmp_path):
    graph = read_network(write(tmp_path, "a.gexf", GEPHI.format(kind="undirected", more="")))
    assert list(graph.edges(data="weight")) == [("AVA", "RIM", 2.5)]
    assert graph.nodes["AVA"]["id"] == "0"
    assert read_network(
        write(tmp_path, "b.gexf", GEPHI.format(kind="directed", more=""))
    ).is_directed()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('<edge source="1" target="0"/>', "stands there more than once"),
        ('<edge source="1" target="5"/>', "ends at '5', but no node has this id"),
        ("<edge", "is not valid XML"),
    ],
)
def test_faults_of_gexf(tmp_path, more, message):
    fails(write(tmp_path, "a.gexf", GEPHI.format(kind="undirected", more=more)), message)


LABELS = (
    '<?xml version="1.0" encoding="utf-8"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    '<key id="l" for="node" attr.name="label" attr.type="string"/><graph edgedefault="undirected">'
    '<node id="n0"><data key="l">AVA</data></node>'
    '<node id="n1"><data key="l">{second}</data></node>'
    '<edge source="n0" target="n1"/></graph></graphml>'
)


def test_nodes_of_graphml_are_called_by_labels_of_their_own(tmp_path):
    graph = read_network(write(tmp_path, "a.graphml", LABELS.format(second="RIM")))
    assert dict(graph.nodes(data=True)) == {"AVA": {"id": "n0"}, "RIM": {"id": "n1"}}
    same = read_network(write(tmp_path, "b.graphml", LABELS.format(second="AVA")))
    assert dict(same.nodes(data="label")) == {"n0": "AVA", "n1": "AVA"}
    table = npl.graphs.choke_points(graph)
    assert table["node"].tolist() == ["AVA", "RIM"]


PAJEK = '*Network "worm"\n*Vertices 4\n1 "AVA left" 0.1 0.2\n2 RIM\n3 "DB"\n% a comment\n'


def test_pajek_arcs_beside_edges_and_lists(tmp_path):
    graph = read_network(write(tmp_path, "a.net", PAJEK + "*Arcs\n1 2 2.5\n*Edges\n2 3 1\n"))
    assert list(graph) == ["AVA left", "RIM", "DB", "4"], "vertices without a line have a number"
    assert sorted(graph.edges(data="weight")) == [
        ("AVA left", "RIM", 2.5),
        ("DB", "RIM", 1.0),
        ("RIM", "DB", 1.0),
    ]
    assert graph.graph["name"] == "worm"
    listed = read_network(write(tmp_path, "b.net", PAJEK + "*Edgeslist\n1 2 3\n"))
    assert sorted(map(sorted, listed.edges)) == [["AVA left", "DB"], ["AVA left", "RIM"]]
    matrix = read_network(
        write(tmp_path, "c.net", PAJEK + "*Matrix\n0 1.5 0 0\n0 0 0 0\n0 0 0 0\n2 0 0 0\n")
    )
    assert sorted(matrix.edges(data="weight")) == [("4", "AVA left", 2.0), ("AVA left", "RIM", 1.5)]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("*Arcs\n1 2\n", 1, "stands before *Vertices"),
        ("*Vertices 2\n*Arcs\n1 3\n", 3, "a vertex must be a number from 1 to 2; found '3'"),
        ("*Vertices 2\n*Arcs\n1 2 x\n", 3, "a weight must be a finite number; found 'x'"),
        ("*Vertices 2\n*Edges\n1 2\n2 1\n", 4, "stands here again; parallel edges"),
        ('*Vertices 2\n1 "a"\n2 "a"\n*Edges\n1 2\n', None, "the vertices 1 and 2 have one label"),
        ("*Vertices 2\n*Partition\n1\n", 2, "unknown section '*Partition'"),
        ("*Vertices 2\n*Arcs :1\n1 2\n*Arcs :2\n2 1\n", 4, "several relations"),
        ("*Vertices 3 2\n", 1, "two-mode networks"),
        ("*Vertices 1000000000\n", None, "of 1e+09 nodes and 0 edges would take about 400 GB"),
        ("hello\n", 1, "stands before the first section"),
    ],
)
def test_faults_of_pajek(tmp_path, text, line, message):
    assert fails(write(tmp_path, "a.net", text), message) == line


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "must be an object"),
        ({"nodes": [], "links": []}, "there is no node in it"),
        ({"nodes": [{"id": 1}]}, "needs the lists nodes and links"),
        ({"nodes": [{"name": 1}], "links": []}, "a node needs an id"),
        ({"nodes": [{"id": 1}, {"id": 1}], "links": []}, "two nodes have the id 1"),
        (
            {"nodes": [{"id": 1}], "links": [{"source": 1, "target": 2}]},
            "ends at 2, which is no node",
        ),
        (
            {"nodes": [{"id": 1}, {"id": 2}], "links": [{"source": 1, "target": 2}]},
            "nothing says whether edges have a direction",
        ),
        (
            {"directed": False, "nodes": [{"id": 1}], "links": [{"source": 1, "target": 1}] * 2},
            "stands there more than once",
        ),
    ],
)
def test_faults_of_json(tmp_path, data, message):
    fails(write(tmp_path, "a.json", json.dumps(data)), message)
    assert fails(write(tmp_path, "b.json", '{"nodes":\n[,]}'), "is not valid JSON") == 2
    fails(write(tmp_path, "c.json", "[" * 100_000), "is nested too deeply")


# Headers, directions and weights of edge lists


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("from,to", None),
        ("To,From", None),
        ("FromNodeId,ToNodeId", None),
        ("pre,post", True),
        ("pre_root_id,post_root_id", True),
        ("bodyId_pre,bodyId_post", True),
    ],
)
def test_names_of_both_ends(tmp_path, header, said):
    path = write(tmp_path, "a.csv", f"{header}\n1,2\n2,3\n")
    graph = read_network(path, directed=None if said else True)
    first = (2, 1) if header.startswith("To") else (1, 2)
    assert next(iter(graph.edges)) == first
    if said is None:
        fails(path, "nothing says")


@pytest.mark.parametrize(
    ("comment", "directed"),
    [
        ("# undirected", False),
        ("# Directed graph (each unordered pair once)", True),
        ("# directed: false", False),
        ("#directed=1", True),
    ],
)
def test_a_comment_says_the_direction(tmp_path, comment, directed):
    path = write(tmp_path, "a.csv", f"# a worm\n{comment}\nsource,target\n1,2\n2,3\n")
    assert read_network(path).is_directed() is directed


def test_the_only_numeric_attribute_is_the_weight(tmp_path):
    path = write(tmp_path, "a.csv", "pre,post,id,kind,syn_count\na,b,7,x,3\nb,c,8,y,4\n")
    graph = read_network(path)
    assert [w for _, _, w in graph.edges(data="weight")] == [3, 4]
    assert graph.graph["weight_from"] == "syn_count"
    assert "weights from 'syn_count'" in repr(npl.PlasticNetwork(graph, npl.Hebbian(-1.0)))
    assert "weight_from" not in read_network(path, weight=None).graph
    assert not nx.get_edge_attributes(read_network(path, weight=None), "weight")
    assert not nx.get_edge_attributes(
        read_network(path, other_attributes=["syn_count"]), "weight"
    ), "what stands for something else is no weight"
    ids = read_network(path, weight="id")
    assert [w for _, _, w in ids.edges(data="weight")] == [7, 8]
    fails(path, "no edge has the attribute 'syn_cout'; there are", weight="syn_cout")
    gaps = write(tmp_path, "b.csv", "pre,post,n\na,b,3\nb,c,\n")
    fails(gaps, "edge ('b', 'c') has no weight but edge ('a', 'b') has one")


def test_several_numeric_attributes_ask(tmp_path):
    path = write(tmp_path, "a.csv", "pre,post,gap,syn\na,b,1,3\nb,c,2,4\n")
    fails(path, "2 numeric attributes, 'gap', 'syn', and none is called weight; say which")
    assert read_network(path, weight="syn")["a"]["b"]["weight"] == 3


def test_a_graph_at_hand_keeps_its_weights():
    graph = nx.path_graph(2)
    graph[0][1]["delay"] = 3.0
    assert npl.PlasticNetwork(graph, npl.Hebbian(-1.0)).arc_weight.tolist() == [1.0, 1.0]
    assert "weights 1," in repr(npl.PlasticNetwork(graph, npl.Hebbian(-1.0)))
    by = npl.PlasticNetwork(graph, npl.Hebbian(-1.0), weight="delay")
    assert by.arc_weight.tolist() == [3.0, 3.0]
    assert "weights from 'delay'" in repr(by.part([0, 1]))
    with pytest.raises(ValueError, match="no edge has; edges have 'delay'"):
        npl.PlasticNetwork(graph, npl.Hebbian(-1.0), weight="syn_count")
    assert npl.PlasticNetwork(nx.empty_graph(2), npl.Hebbian(-1.0), weight="syn_count").m == 0


# Matrices as text and with labels, and what is at hand


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize("corner", [True, False])
def test_adjacency_tables_with_labels(tmp_path, separator, corner):
    """As pandas writes them, and as R does, without a name for the column of labels."""
    table = pd.DataFrame(SYMMETRIC, index=NAMES, columns=NAMES)
    text = table.to_csv(sep=separator)
    if not corner:
        text = text.removeprefix('""' if separator == " " else "").removeprefix(separator)
    graph = read_network(write(tmp_path, "a.csv", text))
    assert list(graph) == NAMES
    assert not graph.is_directed()
    assert np.array_equal(nx.to_numpy_array(graph), SYMMETRIC)


def test_adjacency_tables_without_labels_and_in_another_order(tmp_path):
    ring = nx.to_numpy_array(nx.cycle_graph(5))
    np.savetxt(tmp_path / "a.csv", ring, delimiter=",")
    assert same_edges(read_network(tmp_path / "a.csv", weight=None), nx.cycle_graph(5))
    one_way = np.triu(ring)
    np.savetxt(tmp_path / "b.csv", one_way, delimiter=",")
    fails(tmp_path / "b.csv", "the matrix is not symmetric")
    flipped = read_network(tmp_path / "b.csv", orientation="target-source")
    assert set(flipped.edges) == {(1, 0), (2, 1), (3, 2), (4, 3), (4, 0)}
    table = pd.DataFrame(ARCS, index=NAMES, columns=NAMES)[NAMES[::-1]]
    table.to_csv(tmp_path / "c.csv")
    graph = read_network(tmp_path / "c.csv", directed=True)
    assert np.array_equal(nx.to_numpy_array(graph, nodelist=NAMES), ARCS)
    table.iloc[0, 0] = np.nan
    table.to_csv(tmp_path / "c.csv")
    assert fails(tmp_path / "c.csv", "field 2 must be a number; found ''") == 2


def test_an_edge_list_is_never_taken_for_a_matrix(tmp_path):
    """A header of other names over as many numbers as there are columns."""
    fails(write(tmp_path, "a.csv", "x,y,z\n1,2,3\n2,3,1\n3,1,2\n"), "lacks the columns")
    fails(write(tmp_path, "b.csv", "1,2,1\n2,3,1\n3,1,1\n"), "3 lines of 3 numbers may be")


def test_arrays_with_labels(tmp_path):
    np.save(tmp_path / "a.npy", SYMMETRIC)
    assert list(read_network(tmp_path / "a.npy")) == [0, 1, 2]
    assert list(read_network(tmp_path / "a.npy", labels=NAMES)) == NAMES
    np.savez(tmp_path / "b.npz", weights=SYMMETRIC, names=np.array(NAMES))
    assert list(read_network(tmp_path / "b.npz").edges(data="weight")) == [
        ("AVA", "RIM", 2.0),
        ("RIM", "DB 2", 3.5),
        ("DB 2", "DB 2", 1.0),
    ]
    fails(tmp_path / "a.npy", "there are 2 labels for the 3 nodes", labels=["a", "b"])
    fails(tmp_path / "a.npy", "two nodes have the label 'a'", labels=["a", "b", "a"])
    with pytest.raises(ValueError, match="labels applies to matrices"):
        read_network(write(tmp_path, "a.gml", "graph [ node [ id 0 ] ]"), labels=["a"])


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array, scipy.sparse.coo_matrix])
def test_matrices_at_hand(form):
    graph = read_network(form(SYMMETRIC))
    assert np.array_equal(nx.to_numpy_array(graph), SYMMETRIC)
    net = npl.PlasticNetwork(form(SYMMETRIC), npl.Hebbian(-1.0))
    assert not net.directed
    assert sorted(net.arc_weight.tolist()) == [1.0, 2.0, 2.0, 3.5, 3.5]
    assert read_network(form(ARCS), directed=True).is_directed()
    with pytest.raises(ValueError, match=r"directed=False \(--undirected\)"):
        read_network(form(ARCS))


def test_tables_at_hand():
    adjacency = pd.DataFrame(SYMMETRIC, index=NAMES, columns=NAMES)
    assert list(npl.PlasticNetwork(adjacency, npl.Hebbian(-1.0)).nodes) == NAMES
    edges = pd.DataFrame({"pre": ["a", "b"], "post": ["b", "c"], "Weight": [1.5, 2.0]})
    graph = read_network(edges)
    assert list(graph.edges(data="weight")) == [("a", "b", 1.5), ("b", "c", 2.0)]
    once = edges.rename(columns={"pre": "source", "post": "target"})
    with pytest.raises(ValueError, match="nothing says"):
        read_network(once)
    assert read_network(once.assign(Type="Undirected")).is_directed() is False
    made = npl.PlasticNetwork(edges, npl.Hebbian(-1.0))
    assert list(made.graph.edges(data="weight")) == list(graph.edges(data="weight"))
    with pytest.raises(ValueError, match="the table is 2 x 3"):
        npl.PlasticNetwork(edges.rename(columns={"pre": "x"}), npl.Hebbian(-1.0))
    with pytest.raises(ValueError, match="stands there again in row 2"):
        read_network(pd.concat([edges, edges.iloc[:1]]))
    with pytest.raises(ValueError, match="must have the same names"):
        read_network(adjacency.rename(columns={"AVA": "AVB"}))


def test_gexf_of_several_graphs_is_refused(tmp_path):
    two = GEPHI.format(kind="directed", more="").replace("</gexf>", "<graph/></gexf>")
    fails(write(tmp_path, "a.gexf", two), "it holds 2 graphs, not one")


def test_tables_and_arrays_of_odd_kinds(tmp_path):
    ring = nx.to_numpy_array(nx.cycle_graph(5))
    pd.DataFrame(ring).to_csv(tmp_path / "ring.csv")
    again = pd.read_csv(tmp_path / "ring.csv", index_col=0)
    assert list(again.columns) == ["0", "1", "2", "3", "4"]
    assert list(read_network(again)) == [0, 1, 2, 3, 4]
    for form in (lambda a: a.astype(bool), lambda a: a.astype(np.int8), np.ma.asarray):
        assert same_edges(read_network(form(ring), weight=None), nx.cycle_graph(5))
    with pytest.raises(ValueError, match="some entries are masked"):
        read_network(np.ma.masked_equal(ring, 1.0))
    with pytest.raises(ValueError, match="entries must be real numbers; found the type object"):
        read_network(ring.astype(object))
    with pytest.raises(ValueError, match="holds an array of shape"):
        read_network(ring[0])
