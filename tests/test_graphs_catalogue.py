"""The catalogue and the measured networks in it."""

import csv
import json
import re
import runpy
import zipfile
from collections import Counter
from importlib.resources import files

import networkx as nx
import pytest

from netplastic import graphs


def test_the_catalogue_holds_what_the_studies_need():
    assert {
        "dumbbell",
        "ring_of_modules",
        "star_of_modules",
        "hourglass",
        "planted_partition",
        "caveman",
        "ring_of_modules_null",
        "karate",
        "celegans",
        "celegans_loopless",
        "celegans_gap",
        "celegans_gap_loopless",
        "dumbbell_random",
        "caveman_rewired",
        "ring_of_modules_sparse",
        "ring_of_modules_dense",
    } <= set(graphs.catalogue())
    assert list(graphs.catalogue()) == sorted(graphs.catalogue())


@pytest.mark.parametrize("name", sorted(graphs.catalogue()))
def test_every_network_of_the_catalogue(name):
    graph = graphs.load(name)
    assert graph.graph["name"] == name
    assert graph.graph["description"] == graphs.catalogue()[name]
    assert 10 <= graph.number_of_nodes() <= 302
    assert all({"module", "role"} <= set(data) for _, data in graph.nodes(data=True))
    assert list(graphs.load(name).edges(data=True)) == list(graph.edges(data=True))
    table = graphs.choke_points(graph)
    assert 0 < table["is_choke"].sum() < len(table) / 2
    if "celegans" not in name:
        assert nx.is_connected(nx.Graph(graph))


def test_the_null_of_the_ring_has_its_degrees():
    ring, null = graphs.load("ring_of_modules"), graphs.load("ring_of_modules_null")
    assert dict(ring.degree()) == dict(null.degree())
    assert null.graph["swaps"] > 100


def test_unknown_name():
    with pytest.raises(ValueError, match=re.escape("did you mean 'karate'?")):
        graphs.load("karte")


@pytest.mark.parametrize(
    ("synapses", "muscles", "nodes", "edges", "loops"),
    [
        ("chemical", False, 302, 3709, 38),
        ("gap", False, 302, 1105, 14),
        ("chemical", True, 437, 4760, 38),
        ("gap", True, 437, 1284, 17),
    ],
)
def test_celegans_sizes(synapses, muscles, nodes, edges, loops):
    graph = graphs.celegans(synapses, muscles=muscles)
    assert graph.is_directed() == (synapses == "chemical")
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (nodes, edges)
    assert nx.number_of_selfloops(graph) == loops
    assert all(isinstance(w, int) and w > 0 for _, _, w in graph.edges(data="weight"))
    kinds = Counter(kind for _, kind in graph.nodes(data="kind"))
    assert kinds["muscle"] == (135 if muscles else 0)
    del kinds["muscle"]
    assert kinds == {"sensory": 83, "inter": 89, "motor": 123, "polymodal": 5, "unknown": 2}
    assert all(data["name"] == node for node, data in graph.nodes(data=True))


@pytest.mark.parametrize("synapses", ["chemical", "gap"])
def test_celegans_without_autapses_lacks_nothing_else(synapses):
    whole, without = graphs.celegans(synapses), graphs.celegans(synapses, autapses=False)
    assert nx.number_of_selfloops(without) == 0
    whole.remove_edges_from(list(nx.selfloop_edges(whole)))
    assert list(whole.edges(data=True)) == list(without.edges(data=True))
    assert list(whole.nodes(data=True)) == list(without.nodes(data=True))


def test_celegans_known_connections():
    graph = graphs.celegans()
    assert graph["AVAL"]["VA8"]["weight"] == 7
    assert graph["IL2VL"]["RIPL"]["weight"] == 36
    assert not graph.has_edge("RIPL", "IL2VL")
    assert graph.nodes["AVAL"]["kind"] == "inter"
    assert graph.nodes["ASEL"]["kind"] == "sensory"
    assert (graph.nodes["M4"]["kind"], graph.nodes["M4"]["system"]) == ("motor", "pharyngeal")
    assert sum(system == "pharyngeal" for _, system in graph.nodes(data="system")) == 20


@pytest.mark.parametrize("synapses", ["chemical", "gap"])
def test_the_nervous_systems_meet_at_the_rip_neurons(synapses):
    graph = graphs.celegans(synapses)
    systems = dict(graph.nodes(data="system"))
    crossing = [edge for edge in graph.edges if len({systems[n] for n in edge}) == 2]
    expected = {
        "chemical": [("M1", "RIPL")],
        "gap": [("I1L", "RIPL"), ("I1R", "RIPR")],
    }
    assert sorted(crossing) == expected[synapses]
    roles = dict(graph.nodes(data="role"))
    assert {n for n in roles if roles[n] == "connector"} == {"RIPL", "RIPR"}
    boundary = {n for n in roles if roles[n] == "boundary"}
    assert boundary == ({"M1"} if synapses == "chemical" else {"I1L", "I1R"})
    without = nx.Graph(graph)
    without.remove_nodes_from(["RIPL", "RIPR"])
    for component in nx.connected_components(without):
        assert len({systems[n] for n in component}) == 1
    table = graphs.choke_points(graph).set_index("node")
    top = table["bridging_centrality"].rank(ascending=False)
    assert table["is_choke"]["RIPL"]
    assert top["RIPL"] <= 5
    if synapses == "gap":
        assert table["is_choke"]["RIPR"]


def test_celegans_graphs_are_the_callers_own():
    first = graphs.celegans("gap")
    first.clear()
    assert graphs.celegans("gap").number_of_nodes() == 302


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: graphs.celegans("chem"), ValueError, "did you mean 'chemical'?"),
        (lambda: graphs.celegans(muscles="yes"), TypeError, "muscles must be True or False"),
        (lambda: graphs.celegans(autapses=1), TypeError, "autapses must be True or False"),
    ],
)
def test_celegans_misuse(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_the_tables_say_nothing_twice():
    text = files("netplastic.graphs").joinpath("data/celegans_cook2019_connections.csv").read_text()
    rows = list(csv.reader(text.splitlines()))[1:]
    keys = [
        (kind, source, target) if kind == "chemical" else (kind, *sorted((source, target)))
        for kind, source, target, _ in rows
    ]
    assert len(set(keys)) == len(keys)


def test_the_script_derives_the_tables_from_a_wheel(tmp_path):
    script = files("netplastic.graphs").joinpath("data/derive_celegans.py")
    derive = runpy.run_path(str(script))
    groups = [name for names in derive["KINDS"].values() for name in names]
    members = dict.fromkeys((*groups, *derive["PHARYNGEAL"]), ())
    members["SENSORY_NEURONS_COOK"] = ("S",)
    members["PHARYNGEAL_MUSCLE_NAMES"] = ("pm",)
    source = "import nothing\nHALF = ['M']\n"
    source += "".join(f"{name} = {list(cells)}\n" for name, cells in members.items())
    source += "MOTORNEURONS_COOK = [] + HALF\nPHARYNGEAL_NEURONS = HALF + UNKNOWN_THING\n"
    data = {
        "nodes": ["pm", "glia", "S", "M"],
        "connections": {
            "Generic_CS": [[0, 0, 0, 0], [0, 0, 9, 0], [0, 9, 0, 2.0], [5.0, 0, 0, 1.0]],
            "Generic_GJ": [[3.0, 0, 0, 4.0], [0, 0, 0, 0], [0, 0, 0, 0], [4.0, 0, 0, 0]],
        },
    }
    wheel = tmp_path / "cect.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("cect/Cells.py", source)
        archive.writestr("cect/cache/Cook2019HermReader.json", json.dumps(data))
    derive["main"](str(wheel), tmp_path)
    assert (tmp_path / "celegans_cook2019_cells.csv").read_text() == (
        "name,kind,system\nS,sensory,somatic\nM,motor,somatic\npm,muscle,pharyngeal\n"
    )
    assert (tmp_path / "celegans_cook2019_connections.csv").read_text() == (
        "synapses,source,target,sections\nchemical,S,M,2\nchemical,M,M,1\nchemical,M,pm,5\n"
        "gap,M,pm,4\ngap,pm,pm,3\n"
    )


def test_karate_club():
    graph = graphs.karate_club()
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (34, 78)
    assert graph.nodes[0]["module"] == 0
    assert graph.nodes[33]["module"] == 1
    assert graph.nodes[11]["role"] == "core"
    assert graph.nodes[2]["role"] == "boundary"
