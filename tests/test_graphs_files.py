"""read_network: every format read back, every fault named with its file and line."""

import pickle
import re

import networkx as nx
import numpy as np
import pytest
from conftest import same_edges, write
from hypothesis import given, settings
from hypothesis import strategies as st

from netplastic import graphs
from netplastic.graphs import NetworkFileError, read_network

# Edge lists


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", " , ", "   "])
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_the_separator_is_found_out(tmp_path, separator, suffix):
    rows = [("source", "target", "weight"), ("a", "b", "1.5"), ("b", "c", "2"), ("c", "c", "-1")]
    path = write(tmp_path, "net" + suffix, "\n".join(separator.join(row) for row in rows))
    graph = read_network(path, directed=True)
    assert list(graph.edges(data="weight")) == [("a", "b", 1.5), ("b", "c", 2.0), ("c", "c", -1.0)]
    assert graph.graph["name"] == "net"


def test_columns_in_any_order_and_case_comments_quotes_and_more_columns(tmp_path):
    path = write(
        tmp_path,
        "net.csv",
        '\ufeff# a comment\n\nWeight,Target,Source,kind,delay\n1,"b, the second",a,chemical,3\n'
        "2,c,a,gap,4\n",
    )
    graph = read_network(path, directed=True)
    assert graph["a"]["b, the second"] == {"weight": 1.0, "kind": "chemical", "delay": 3}
    assert list(graph) == ["a", "b, the second", "c"]


def test_labels_are_whole_numbers_if_all_are(tmp_path):
    whole = write(tmp_path, "a.csv", "source,target\n3,1\n1,-2")
    assert list(read_network(whole, directed=False)) == [3, 1, -2]
    mixed = write(tmp_path, "b.csv", "source,target\n3,01")
    assert list(read_network(mixed, directed=False)) == ["3", "01"]


def test_direction_of_an_edge_list(tmp_path):
    one_way = write(tmp_path, "one.csv", "source,target\n1,2\n2,3\n")
    asks = r"stands there one way only, and nothing says .*--undirected.*--directed"
    with pytest.raises(NetworkFileError, match=asks) as caught:
        read_network(one_way)
    assert caught.value.line == 2
    assert read_network(one_way, directed=True).is_directed()
    assert "weight" not in read_network(one_way, directed=True)[1][2]
    assert not read_network(str(one_way), directed=False).is_directed()
    both = write(tmp_path, "both.csv", "source,target,weight\n1,2,5\n2,1,5.0\n")
    assert list(read_network(both).edges(data="weight")) == [(1, 2, 5.0)]
    assert not read_network(both, directed=False).is_directed()
    assert read_network(both, directed=True).number_of_edges() == 2
    uneven = write(tmp_path, "uneven.csv", "source,target,weight\n1,2,5\n2,1,6\n")
    with pytest.raises(
        NetworkFileError, match=r"has weight 5.0 one way and 6.0 the other.*nothing"
    ):
        read_network(uneven)
    assert read_network(uneven, directed=True).number_of_edges() == 2
    with pytest.raises(NetworkFileError, match="they differ; make them equal"):
        read_network(uneven, directed=False)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 8), st.integers(1, 20), st.integers(0, 999), st.booleans())
def test_edge_lists_round_trip(tmp_path_factory, n, m, seed, directed):
    graph = nx.gnm_random_graph(n, m, seed=seed, directed=directed)
    rng = np.random.default_rng(seed)
    for u, v in graph.edges:
        graph[u][v]["weight"] = float(rng.normal())
    path = tmp_path_factory.mktemp("nets") / "net.tsv"
    nx.to_pandas_edgelist(graph).to_csv(path, sep="\t", index=False)
    again = read_network(path, directed=directed)
    assert same_edges(again, graph)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("frm,t\n1,2", 1, "lacks the columns 'source' and 'target'; found 'frm', 't'"),
        ("source;targt\n1;2", 1, "lacks the column 'target'; found 'source', 'targt' (separator: "),
        ("source,targt\n1,2", 1, "did you mean 'target'?"),
        ("a,b\n1,2", 1, "such as source,target,weight"),
        ("source,target,source\n1,2,3", 1, "the column 'source' more than once"),
        ("source,target\n", 1, "holds a header but no edges"),
        ("# nothing\n", None, "holds nothing but comments"),
        ("source,target\n1,2\n1,2,3\n", 3, "found 3 fields where the header has 2"),
        ("source,target\n1,2\n,3\n", 3, "the source is empty"),
        ("source,target\n1,\n", 2, "the target is empty"),
        (
            "source,target,weight\n1,2,x\n",
            2,
            "must be a finite number, such as 1 or 2.5; found 'x'",
        ),
        ("source,target,weight\n1,2,\n", 2, "found nothing"),
        ("source;target;weight\n1;2;0,5\n", 2, "with a decimal point; found '0,5'"),
        ("source,target,weight\n1,2,1\n\n2,3,nan\n", 4, "found 'nan'. Give it a value or remove"),
        ("source,target,weight\n1,2,-inf\n", 2, "found '-inf'"),
        ("source,target,weight\n1,2,1_000\n", 2, "found '1_000'"),
        ("source,target,weight\n1,2,1e999\n", 2, "must be a finite number; found '1e999'"),
        ('source,target\na,"b\nc,d\n', 2, "cannot be cut into fields"),
        ("source,target\n#a,b\nc,d\n", 2, 'in quotes ("#a"), or a blank'),
        ("source,target,\na,b,here\n", 1, "a column has no name but holds values"),
        ("1,2\n2,3\n", 1, "2 lines of 2 numbers may be a matrix or so many edges"),
        ("source,target,Type\na,b,Directed\nb,c,Undirected\n", 3, "is of another Type"),
        ("source,target,a,b\n1,2,3,4\n2,1,3,4\n", None, "say which it is, such as weight='a'"),
        ("source,target\n1,2\n2,3\n1,2\n", 4, "of line 2 stands here again; keep one of the lines"),
    ],
)
def test_faults_of_edge_lists(tmp_path, text, line, message):
    path = write(tmp_path, "net.csv", text)
    with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
        read_network(path)
    assert caught.value.line == line
    assert caught.value.path == path
    place = f"{path}, line {line}: " if line else f"{path}: "
    assert str(caught.value).startswith(place)


def test_an_undirected_edge_list_must_not_hold_some_edges_both_ways(tmp_path):
    path = write(tmp_path, "net.csv", "source,target\n1,2\n2,3\n2,1\n")
    with pytest.raises(
        NetworkFileError, match=r"1 - 2 stands there both ways, 2 - 3 once. List all alike"
    ) as caught:
        read_network(path, directed=False)
    assert caught.value.line == 2


# GraphML and GML


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
@pytest.mark.parametrize("suffix", [".graphml", ".gml"])
def test_markup_round_trips(tmp_path, kind, suffix):
    graph = kind()
    graph.add_node("AVA", module=1, role="core")
    graph.add_node("lone [one]", module=2, role="core")
    graph.add_edge("AVA", "RIM", weight=2.5)
    graph.add_edge("RIM", "RIM", weight=-1.0)
    graph.nodes["RIM"].update(module=1, role="core")
    path = tmp_path / f"net{suffix}"
    (nx.write_graphml if suffix == ".graphml" else nx.write_gml)(graph, path)
    again = read_network(path)
    assert again.is_directed() == graph.is_directed()
    assert list(again.nodes(data=True)) == list(graph.nodes(data=True))
    assert same_edges(again, graph)
    assert graphs.choke_points(again)["node"].tolist() == list(graph)


def test_gml_without_labels_uses_ids(tmp_path):
    text = "graph [\n node [ id 5 ]\n node [ id 7 ]\n edge [ source 5 target 7 weight 2 ]\n]\n"
    graph = read_network(write(tmp_path, "net.gml", text))
    assert list(graph.edges(data="weight")) == [(5, 7, 2)]


def graphml(body, head="", default="undirected"):
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        '<key id="d0" for="edge" attr.name="weight" attr.type="double"/>' + head + "\n"
        f'<graph edgedefault="{default}">\n' + body + "\n</graph>\n</graphml>\n"
    )


NODES = '<node id="a"/>\n<node id="b"/>\n'  # lines 5 and 6


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("<graphml>\n<graph>\n</grph></graphml>", 3, "is not valid XML: mismatched tag"),
        ("not xml at all", 1, "is not valid XML"),
        ("<html></html>", None, "is not valid GraphML"),
        (graphml(""), None, "there is no node in it"),
        (graphml(NODES + '<node id="a"/>'), None, "two nodes have the id 'a'; ids must differ"),
        (graphml(NODES + "<node/>"), None, "a <node> without id= (number 3)"),
        (
            graphml(NODES + '<edge source="a"/>'),
            None,
            "a <edge> without target= (the edge 'a' - None)",
        ),
        (
            graphml(NODES + '<edge source="a" target="c"/>'),
            None,
            "the edge 'a' - 'c' ends at 'c', but no node has this id",
        ),
        (
            graphml(NODES + '<edge source="a" target="b"/>\n<edge source="b" target="a"/>'),
            None,
            "the edge 'b' - 'a' stands there more than once; parallel edges are not supported",
        ),
        (
            graphml(NODES + '<edge source="a" target="b">\n<data key="d0">heavy</data>\n</edge>'),
            None,
            "the data of the edge 'a' - 'b' are not of the type declared (double): 'heavy'",
        ),
        (
            graphml(NODES + '<edge source="a" target="b"><data key="d0">NaN</data></edge>'),
            None,
            "the weight of edge ('a', 'b') must be a finite number; found nan",
        ),
        (
            graphml(
                NODES + '<edge source="a" target="b"/>\n'
                '<edge source="b" target="b"><data key="d0">1</data></edge>'
            ),
            None,
            "edge ('a', 'b') has no weight but edge ('b', 'b') has one",
        ),
        (
            graphml(NODES + '<edge source="a" target="b"><data key="d0">1</data></edge>').replace(
                '"double"', '"string"'
            ),
            None,
            "is text ('1'); declare weights as numbers",
        ),
        (
            graphml(
                '<node id="a"><data key="d1">perhaps</data></node>',
                '<key id="d1" for="node" attr.name="on" attr.type="boolean"/>',
            ),
            None,
            "the data of node 'a' are not of the type declared: 'perhaps'",
        ),
        (
            graphml('<node id="a"><graph edgedefault="undirected"><node id="b"/></graph></node>'),
            None,
            "node 'a' holds a graph of its own",
        ),
        (
            graphml('<node id="a"/></graph><graph edgedefault="undirected"><node id="b"/>'),
            None,
            "it holds 2 graphs, not one",
        ),
        (
            graphml(
                NODES + '<edge source="a" target="b" directed="true"/><edge source="b" target="b"/>'
            ),
            None,
            "the edge 'a' - 'b' is directed=true in a graph that is undirected",
        ),
    ],
)
def test_faults_of_graphml(tmp_path, text, line, message):
    path = write(tmp_path, "net.graphml", text)
    with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
        read_network(path)
    assert caught.value.line == line


def test_graphml_arcs_both_ways_are_two_edges(tmp_path):
    body = NODES + '<edge source="a" target="b"/>\n<edge source="b" target="a"/>'
    graph = read_network(write(tmp_path, "net.graphml", graphml(body, default="directed")))
    assert sorted(graph.edges) == [("a", "b"), ("b", "a")]


def test_graphml_without_its_namespace(tmp_path):
    text = graphml(NODES + '<edge source="a" target="b"/>')
    bare = text.replace(' xmlns="http://graphml.graphdrawing.org/xmlns"', "")
    assert bare != text
    assert list(read_network(write(tmp_path, "net.graphml", bare)).edges) == [("a", "b")]


def test_graphml_groups_of_yed(tmp_path):
    body = (
        '<node id="g" yfiles.foldertype="group"><graph edgedefault="undirected">'
        '<node id="x"/><node id="y"/><edge source="x" target="y"/></graph></node>'
        '<node id="z"/><edge source="y" target="z"/>'
    )
    graph = read_network(write(tmp_path, "net.graphml", graphml(body)))
    assert list(graph) == ["g", "x", "y", "z"]
    assert sorted(map(sorted, graph.edges)) == [["x", "y"], ["y", "z"]]


def test_gml_labels_wherever_they_stand(tmp_path):
    text = 'graph [ node [ label "AVAL" id 0 ] node [ id 1 label "id 7" ] edge [ source 0 target 1 '
    graph = read_network(write(tmp_path, "net.gml", text + 'label "of an edge" ] ]'))
    assert list(graph.nodes(data=True)) == [("AVAL", {}), ("id 7", {})]
    assert list(graph.edges(data=True)) == [("AVAL", "id 7", {"label": "of an edge"})]
    text = "graph [\n node [ id 0 ]\n node [ id 1 ]\n edge [\n source 0\n target 1\n"
    graph = read_network(write(tmp_path, "net.gml", text + ' label "of an edge"\n ]\n]'))
    assert list(graph.edges(data=True)) == [(0, 1, {"label": "of an edge"})]


GML_NODES = 'graph [\n  node [ id 0 label "a" ]\n  node [ id 1 label "b" ]\n'


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            GML_NODES + "  edge [ source 0 target 2 ]\n]",
            None,
            "is not valid GML: edge #0 has undefined target 2",
        ),
        (
            GML_NODES + "  edge [ source 0 target 1 ]\n  edge [ source 1 target 0 ]\n]",
            None,
            "is not valid GML: edge #1 (1--0) is duplicated",
        ),
        (
            GML_NODES + '  edge [\n    source 0\n    target 1\n    weight "big"\n  ]\n]',
            None,
            "the weight of edge ('a', 'b') is text ('big'); declare weights as numbers",
        ),
        (
            GML_NODES + "  edge [ source 0 target 1 weight NAN ]\n]",
            None,
            "the weight of edge ('a', 'b') must be a finite number; found nan",
        ),
        (GML_NODES + "  node [ id 2 ]\n]", None, "node 2 has no label but others have one"),
        (
            GML_NODES + '  node [ id 2 label "a" ]\n]',
            None,
            "the nodes 0 and 2 have one label, 'a'; give them two",
        ),
        (
            GML_NODES + '  node [ id 2 label "x" label "y" ]\n]',
            None,
            "node 2 must have one label; found ['x', 'y']",
        ),
        (GML_NODES + "  node [ id 1 ]\n]", None, "node id 1 is duplicated"),
        (GML_NODES + "  edge [ source 0 target 1\n", 5, "is not valid GML"),
        (GML_NODES + "  edge [ source 0 ]\n]", None, "is not valid GML"),
        (GML_NODES + "  edge { source 0 }\n]", 4, "is not valid GML: cannot tokenize"),
        ('graph [\n multigraph 1\n node [ id 0 label "a" ]\n]', None, "describes a multigraph"),
        ("graph [\n]\n", None, "there is no node in it"),
        ('graph [\n node [ id 0 label "é" ]\n]\n', 2, "write 'é' as &#233;"),
    ],
)
def test_faults_of_gml(tmp_path, text, line, message):
    path = write(tmp_path, "net.gml", text)
    with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
        read_network(path)
    assert caught.value.line == line


# Recipes


RECIPE = 'topology = "ring_of_modules"\n\n[parameters]\nmodules = 4\nmodule_size = 6\n'


def test_recipes(tmp_path):
    path = write(tmp_path, "mine.toml", 'description = "small"\n' + RECIPE)
    graph = read_network(path)
    expected = graphs.ring_of_modules(4, 6)
    assert list(graph.nodes(data=True)) == list(expected.nodes(data=True))
    assert list(graph.edges) == list(expected.edges)
    assert graph.graph["description"] == "small"
    null = read_network(
        write(tmp_path, "n.toml", RECIPE + '[null]\nmodel = "module_preserving"\nrng = 4\n')
    )
    assert list(null.edges) == list(graphs.module_preserving_null(expected, rng=4).edges)
    assert read_network(write(tmp_path, "k.toml", 'topology = "karate_club"')).order() == 34


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('topology = "dumbbell\n', 1, "is not valid TOML"),
        ('topology = "dumbbell"\n[parameters\nx=1', 2, "is not valid TOML"),
        ("[parameters]\nmodules = 3\n", None, 'add a line like topology = "dumbbell". There are'),
        ('\ntopology = "dumbell"\n', 2, "unknown topology 'dumbell'; allowed are 'dumbbell', "),
        ('topology = "dumbell"\n', 1, "did you mean 'dumbbell'?"),
        ("topology = 3\n", 1, "unknown topology 3"),
        ('topology = "dumbbell"\nparametrs = 1\n', 2, "did you mean 'parameters'?"),
        ('topology = "dumbbell"\nn = 1\n', 2, "go below a line [parameters]"),
        ('topology = "dumbbell"\nparameters = 1\n', 2, "parameters must be a table"),
        ('topology = "dumbbell"\ndescription = 1\n', 2, "description must be text; found 1"),
        (RECIPE + "modul_size = 3\n", 6, "unknown parameter 'modul_size' of ring_of_modules"),
        (RECIPE + "modul_size = 3\n", 6, "did you mean 'module_size'?"),
        (RECIPE + "density = 3\n", 6, "density must lie between 0 and 1; found 3"),
        (RECIPE.replace("6", '"6"'), 5, "module_size must be a whole number"),
        (RECIPE.replace("6", "[6, 6, 1, 6]"), 5, "module_size[2] must be at least 2"),
        (RECIPE + '[null]\nmodel = "degree"\n', 7, "unknown model 'degree'; allowed are"),
        (RECIPE + "[null]\nrng = 1\n", 6, "the table [null] has no model; add one of"),
        (RECIPE + '[null]\nmodel = "degree_preserving"\nseed = 1\n', 8, "unknown parameter 'seed'"),
        (RECIPE + '[null]\nmodel = "degree_preserving"\nrng = -1\n', 8, "rng must be a seed"),
        (
            RECIPE + 'rng = 0\n[null]\nmodel = "degree_preserving"\nrng = -1\n',
            9,
            "rng must be a seed of at least 0; found -1",
        ),
        (RECIPE.replace("4", "2"), 4, "modules must be at least 3"),
        ('topology = "karate_club"\n[parameters]\nn = 1\n', 3, "it takes none"),
        ('topology = "dumbbell"\nparameters = { lnks = 2 }\n', 2, "did you mean 'links'?"),
        ('topology = "dumbbell"\nparameters.lnks = 2\n', 2, "did you mean 'links'?"),
    ],
)
def test_faults_of_recipes(tmp_path, text, line, message):
    path = write(tmp_path, "net.toml", text)
    with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
        read_network(path)
    assert caught.value.line == line


# Any file


def test_faults_of_any_file(tmp_path):
    def fails(path, message):
        with pytest.raises(NetworkFileError, match=re.escape(message)):
            read_network(path)

    write(tmp_path, "worm.csv", "source,target\n1,2\n")
    fails(tmp_path / "wrm.csv", "no such file; did you mean 'worm.csv'?")
    fails(tmp_path / "nowhere" / "worm.csv", "there is no folder")
    fails(tmp_path, "is a folder")
    fails(write(tmp_path, "net.graphm", "x"), "unknown suffix '.graphm'; allowed are .toml, ")
    fails(tmp_path / "net.graphm", "did you mean '.graphml'?")
    fails(write(tmp_path, "net", "x"), "unknown suffix ''")
    for suffix in (".toml", ".graphml", ".gml", ".csv", ".tsv", ".npz", ".mtx"):
        fails(write(tmp_path, "empty" + suffix, ""), "the file is empty")
    for suffix in (".toml", ".graphml", ".gml", ".csv", ".mtx"):
        fails(write(tmp_path, "blank" + suffix, " \n\n"), "the file is empty")
    latin = tmp_path / "latin.csv"
    latin.write_bytes("source,target\na,b\nä,b\n".encode("latin-1"))
    with pytest.raises(NetworkFileError, match="is not UTF-8 text") as caught:
        read_network(latin)
    assert caught.value.line == 3


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = write(tmp_path, "net.csv", "source,target\n1,2\n")

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(NetworkFileError, match="cannot be read: Permission denied"):
        read_network(path)


def test_options_misused(tmp_path):
    csv = write(tmp_path, "net.csv", "source,target\n1,2\n")
    toml = write(tmp_path, "net.toml", RECIPE)
    with pytest.raises(
        TypeError, match=r"source is 3 \(int\); give the path of a file, an array, "
    ):
        read_network(3)
    with pytest.raises(ValueError, match="did you mean 'source-target'"):
        read_network(csv, orientation="source-targ")
    with pytest.raises(ValueError, match="orientation applies to matrices"):
        read_network(csv, orientation="target-source")
    with pytest.raises(ValueError, match=r"a \.toml file says itself"):
        read_network(toml, directed=True)
    for wrong in ("delay", None, 3, [1]):
        with pytest.raises(TypeError, match="other_attributes must be a list of edge attributes"):
            read_network(csv, directed=True, other_attributes=wrong)
    for wrong in (3, True, ["a"]):
        with pytest.raises((TypeError, NetworkFileError), match="name of an edge attribute"):
            read_network(csv, directed=True, weight=wrong)
    with pytest.raises(TypeError, match="rng must be a whole number"):
        graphs.load("dumbbell", "x")
    with pytest.raises(TypeError, match="directed must be True or False"):
        read_network(csv, directed="no")


def test_the_error_survives_the_way_between_processes():
    error = NetworkFileError("net.csv", "is wrong", 3)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line) == ("net.csv, line 3: is wrong", 3)
    assert isinstance(again, ValueError)
