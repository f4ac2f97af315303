"""The folder of a study read again: graphs, choke measures, the call, and what is missing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses import KeptGraphError, StudyFolderError, read_folder
from netplastic.analyses import _kept_graphs as kept
from netplastic.analyses._content import graph_code


def letters() -> Any:
    graph: Any = nx.DiGraph(name="letters", made=(1, np.float64(0.5)))
    graph.add_edge("b", "a", weight=np.float64(0.25))
    graph.add_edge("a", "a", weight=2.0)
    graph.add_node(("c", 1), module=None)
    return graph


GRAPHS: dict[str, Any] = {"path": nx.path_graph(5), "letters": letters(), "again": nx.path_graph(5)}


def one_row(graph: Any, rng: int, *, k: float) -> pd.DataFrame:
    if k == 2.0 and graph.is_directed():
        raise ArithmeticError("not this one")
    return pd.DataFrame({"node": pd.Series([next(iter(graph))], dtype=object), "value": [k]})


def tell(study: npl.Study, table: pd.DataFrame, out: Path) -> None:
    (out / "finding.md").write_text("found", encoding="utf-8")
    for name in ("figure.png", "figure.svg", "a.pdf"):
        (out / name).write_text("drawn")
    npl.analyses.write_csv(out / "claims.csv", pd.DataFrame({"claim": ["so"], "value": [1.0]}))
    npl.analyses.write_csv(out / "effects.csv", pd.DataFrame({"n": [2**70]}))
    npl.analyses.write_parquet(out / "effects.parquet", pd.DataFrame({"n": [1.0]}))


def a_study(**settings: Any) -> npl.Study:
    settings = {"graphs": GRAPHS, "measure": one_row, "report": tell} | settings
    graphs = settings.pop("graphs")
    return npl.Study("rows", "Which?", graphs, {"k": (1.0, 2.0)}, **settings)


def record_of(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "run.json").read_text())
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("study")
    npl.run_study(a_study(), out)
    return out


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be damaged."""
    return Path(shutil.copytree(made, tmp_path / "out"))


def test_graphs_are_there_once_by_their_hash_and_equal(made: Path) -> None:
    found = read_folder(made)
    assert found.missing == ()
    codes = {name: graph_code(graph).whole for name, graph in GRAPHS.items()}
    assert len(found.graphs) == len(set(codes.values())) == 2
    assert {path.name for path in (made / "graphs").iterdir()} == {
        f"{code}.json" for code in codes.values()
    }
    for name, code in codes.items():
        back = found.graphs[code]
        assert list(back.nodes(data=True)) == list(GRAPHS[name].nodes(data=True))
        assert list(back.edges(data=True)) == list(GRAPHS[name].edges(data=True))
        assert back.graph == GRAPHS[name].graph
        assert back is found.graphs[code], "read once"


def test_every_task_says_which_graph_it_is_of(made: Path) -> None:
    found = read_folder(made)
    for task in found.record["tasks"]:
        assert task["graph_hash"] == graph_code(GRAPHS[task["graph"]]).whole
    networks = found.networks
    assert networks["graph"].tolist() == ["path", "letters", "again"]
    assert networks[["nodes", "edges"]].values.tolist() == [[5, 4], [3, 2], [5, 4]]
    assert networks["directed"].tolist() == [False, True, False]
    assert networks["left_out"].tolist() == ["", "", ""]
    assert found.table is not None
    merged = found.table.merge(networks, on="graph")
    assert len(merged) == len(found.table)
    assert merged["graph_hash"].tolist() == [
        graph_code(GRAPHS[name]).whole for name in found.table["graph"]
    ]


def test_networks_of_one_name_in_two_parts_are_told_apart(tmp_path: Path) -> None:
    part = a_study(graphs={"path": nx.path_graph(3)}, report=None)
    study = a_study(graphs={"path": nx.path_graph(2)}, also=[npl.Study(
        "more", "?", part.graphs, part.grid, measure=one_row)])  # fmt: skip
    npl.run_study(study, tmp_path)
    networks = read_folder(tmp_path).networks
    assert networks[["part", "graph", "nodes"]].values.tolist() == [
        ["rows", "path", 2],
        ["more", "path", 3],
    ]


def test_seeds_are_told_apart(tmp_path: Path) -> None:
    study = npl.Study("s", "?", ["hourglass"], {"k": (1.0,)}, seeds=3, measure=one_row)
    npl.run_study(study, tmp_path)
    found = read_folder(tmp_path)
    assert found.networks["seed"].tolist() == [0, 1, 2]
    for seed, code in enumerate(found.networks["graph_hash"]):
        assert code == graph_code(npl.graphs.load("hourglass", seed)).whole


def test_choke_measures_are_those_of_the_graphs(made: Path) -> None:
    chokes = read_folder(made).chokes
    assert chokes is not None
    for name in ("path", "letters"):
        code = graph_code(GRAPHS[name]).whole
        own = chokes[chokes["graph_hash"] == code].reset_index(drop=True)
        right = npl.graphs.choke_points(GRAPHS[name])
        assert own["position"].tolist() == list(range(len(right)))
        assert own["node"].tolist() == [str(node) for node in GRAPHS[name]]
        for column in ("articulation", "betweenness", "participation", "is_choke"):
            assert own[column].tolist() == right[column].tolist(), column
    assert len(chokes) == 8


def test_the_rest_is_there_too(made: Path) -> None:
    found = read_folder(made)
    assert found.finding == "found"
    assert [path.name for path in found.figures] == ["figure.svg", "figure.png", "a.pdf"]
    assert found.claims is not None
    assert found.claims["claim"].tolist() == ["so"]
    assert {name: table["n"].tolist() for name, table in found.other_tables.items()} == {
        "effects": [1.0]
    }
    assert repr(found).startswith("StudyFolder('rows', finished with failures, 2 graphs, ")


def test_failed_tasks_say_why_in_table_and_record(made: Path) -> None:
    found = read_folder(made)
    assert found.table is not None
    failed = found.table[found.table["status"] == "failed"]
    assert failed[["graph", "k", "error"]].values.tolist() == [
        ["letters", 2.0, "ArithmeticError: not this one"]
    ]
    tasks = [task for task in found.record["tasks"] if task["state"] == "failed"]
    assert [task["error"] for task in tasks] == ["ArithmeticError: not this one"]


def test_the_record_has_the_call(tmp_path: Path) -> None:
    study = a_study(graphs={"path": nx.path_graph(2)}, report=None)
    npl.run_study(study, tmp_path)
    assert record_of(tmp_path)["argv"] is None
    assert record_of(tmp_path)["call"] == f"netplastic.run_study(study, {str(tmp_path)!r})"
    npl.run_study(study, tmp_path, workers=2, overwrite=True, time_limit=9.0)
    assert record_of(tmp_path)["call"] == (
        f"netplastic.run_study(study, {str(tmp_path)!r}, workers=2, overwrite=True, time_limit=9.0)"
    )
    npl.run_study(study, tmp_path, argv=["netplastic", "run", "my study"])
    assert record_of(tmp_path)["argv"] == ["netplastic", "run", "my study"]
    assert record_of(tmp_path)["call"] == "netplastic run 'my study'"
    assert record_of(tmp_path)["schema"] == 1


@pytest.mark.parametrize("argv", ["netplastic run", [], [1], 5, {}])
def test_argv_is_a_list_of_words(tmp_path: Path, argv: Any) -> None:
    with pytest.raises(TypeError, match=r"argv must be a list of words, such as sys\.argv; found"):
        npl.run_study(a_study(), tmp_path / "out", argv=argv)
    assert not (tmp_path / "out").exists()


# -- graphs that are changed, or cannot be kept --------------------------------------------------


def test_a_graph_that_was_altered_is_left_out_and_said(out: Path) -> None:
    code = graph_code(GRAPHS["path"]).whole
    path = out / "graphs" / f"{code}.json"
    path.write_text(path.read_text().replace('"source": 0', '"source": 2'))
    found = read_folder(out)
    assert code not in found.graphs
    assert found.missing == (f"graphs/{code}.json was changed after the run; it is left out.",)
    path.unlink()
    assert read_folder(out).missing == (
        f"graphs/{code}.json was removed after the run; it is left out.",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('"source": 0', '"source": 2'), "holds another graph"),
        (lambda text: text.replace('"directed": false', '"directed": true'), "holds another"),
        (lambda text: text[:-9], "is damaged"),
        (lambda text: "[]", "is damaged"),
        (lambda text: text.replace('"id": 0', '"id": {"os.system": "x"}'), "is damaged"),
    ],
    ids=["edge", "direction", "cut", "other", "tag"],
)
def test_a_file_that_holds_another_graph_is_never_taken(
    out: Path, change: Any, message: str
) -> None:
    """Also where the record has been changed to fit."""
    code = graph_code(GRAPHS["path"]).whole
    path = out / "graphs" / f"{code}.json"
    path.write_text(change(path.read_text()))
    record = record_of(out)
    record["files"][f"graphs/{code}.json"] = npl.analyses._files.digest_of(path)
    (out / "run.json").write_text(json.dumps(record))
    with pytest.raises(KeptGraphError, match=f"{code}.json {message}"):
        read_folder(out).graphs[code]


def test_what_no_file_can_hold_is_said_and_the_study_goes_on(tmp_path: Path) -> None:
    odd = nx.path_graph(3)
    odd.graph["names"] = frozenset({"a"})
    npl.run_study(a_study(graphs={"odd": odd, "path": nx.path_graph(2)}), tmp_path)
    found = read_folder(tmp_path)
    why = "attribute 'names' of the graph is frozenset({'a'})"
    (said,) = found.missing
    assert said.startswith(f"Not kept: odd ({why}")
    assert found.networks["left_out"].str.startswith(why).tolist() == [True, False]
    assert [len(graph) for graph in found.graphs.values()] == [2]
    assert found.chokes is not None
    assert len(found.chokes) == 5, "it can be measured"


def test_large_graphs_are_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST_SIZE", 5)
    monkeypatch.setattr(kept, "_MOST_WORK", 15.0)
    graphs = {"large": nx.path_graph(4), "small": nx.path_graph(3), "least": nx.path_graph(2)}
    npl.run_study(a_study(graphs=graphs), tmp_path)
    found = read_folder(tmp_path)
    assert found.missing == (
        "Not kept: large (it has 7 nodes and edges; files of up to 5 are kept).",
        "Not measured for choke points: small, large (too much work beside the study; "
        "netplastic.graphs.choke_points makes them).",
    )
    assert found.chokes is not None
    assert set(found.chokes["graph_hash"]) == {graph_code(nx.path_graph(2)).whole}


def test_a_graph_that_has_no_choke_measures_ends_no_study(tmp_path: Path) -> None:
    graph = nx.path_graph(3)
    graph.nodes[0]["module"] = 1  # and the others have none
    npl.run_study(a_study(graphs={"half": graph}), tmp_path)
    found = read_folder(tmp_path)
    assert found.chokes is None
    (said,) = found.missing
    assert said.startswith("Not measured for choke points: half (")
    assert "chokes.parquet" not in found.record["files"]


def test_a_sentence_names_five_graphs_at_most(tmp_path: Path) -> None:
    odd = {f"odd{k}": nx.path_graph(k + 2, create_using=nx.Graph) for k in range(7)}
    for graph in odd.values():
        graph.graph["names"] = frozenset({"a"})
    npl.run_study(a_study(graphs=odd, report=None), tmp_path)
    (said,) = read_folder(tmp_path).missing
    assert said.startswith("Not kept: odd0, odd1, odd2, odd3, odd4 and 2 more (attribute 'names'")


# -- whose files --------------------------------------------------------------------------------


def test_a_new_run_replaces_its_graphs_and_no_others(out: Path) -> None:
    (out / "graphs" / "mine.json").write_text("mine")
    old = graph_code(GRAPHS["letters"]).whole
    kept_file = out / "graphs" / f"{graph_code(GRAPHS['path']).whole}.json"
    before = kept_file.stat()
    npl.run_study(a_study(graphs={"path": nx.path_graph(5), "new": nx.path_graph(2)}), out)
    assert {path.name for path in (out / "graphs").iterdir()} == {
        "mine.json",
        kept_file.name,
        f"{graph_code(nx.path_graph(2)).whole}.json",
    }
    assert kept_file.stat().st_mtime_ns == before.st_mtime_ns, "not written again"
    assert old not in read_folder(out).graphs
    assert set(record_of(out)["files"]) >= {f"graphs/{kept_file.name}", "chokes.parquet"}
    assert "graphs/mine.json" not in record_of(out)["files"]


def test_a_changed_graph_goes_aside_and_is_written_again(out: Path) -> None:
    code = graph_code(GRAPHS["path"]).whole
    path = out / "graphs" / f"{code}.json"
    right = path.read_bytes()
    path.write_text("mine")
    npl.run_study(a_study(), out)
    assert path.read_bytes() == right
    assert (out / "graphs" / f"{code}.kept-1.json").read_text() == "mine"
    assert read_folder(out).missing == ()


def test_a_file_that_stands_in_the_way_goes_aside(tmp_path: Path) -> None:
    (tmp_path / "graphs").write_text("mine")
    npl.run_study(a_study(), tmp_path)
    assert (tmp_path / "graphs.kept-1").read_text() == "mine"
    assert read_folder(tmp_path).missing == ()


def test_what_a_killed_run_left_of_graphs_is_taken(out: Path) -> None:
    """The record of a run that was killed before it could name them."""
    record = record_of(out) | {"state": "running", "files": {}}
    (out / "run.json").write_text(json.dumps(record))
    code = graph_code(GRAPHS["letters"]).whole
    (out / "graphs" / f"{code}.json").write_text("half of th")
    npl.run_study(a_study(), out)
    assert read_folder(out).missing == ()
    names = {path.name for path in (out / "graphs").iterdir()}
    assert names == {f"{code}.kept-1.json", *(f"{c}.json" for c in read_folder(out).graphs)}


def test_a_run_that_was_stopped_has_its_graphs(tmp_path: Path) -> None:
    def stops(graph: Any, rng: int, *, k: float) -> pd.DataFrame:
        raise KeyboardInterrupt

    with pytest.raises(npl.analyses.StudyInterrupted):
        npl.run_study(a_study(measure=stops), tmp_path)
    found = read_folder(tmp_path)
    assert len(found.graphs) == 2
    assert found.table is None
    assert found.missing == ("There is no table: the state of the run is 'interrupted'.",)


def test_two_runs_write_the_same_files(made: Path, tmp_path: Path) -> None:
    npl.run_study(a_study(), tmp_path, workers=2)
    assert record_of(tmp_path)["files"] == record_of(made)["files"]


# -- older folders, and others -------------------------------------------------------------------


def older(out: Path) -> None:
    """What the version before wrote."""
    record = record_of(out)
    shutil.rmtree(out / "graphs")
    (out / "chokes.parquet").unlink()
    for name in ("schema", "argv", "call", "kept_graphs", "chokes"):
        del record[name]
    for task in record["tasks"]:
        del task["graph_hash"]
    record["files"] = {
        name: digest
        for name, digest in record["files"].items()
        if name != "chokes.parquet" and not name.startswith("graphs/")
    }
    (out / "run.json").write_text(json.dumps(record))


def test_an_older_folder_is_read_and_says_what_it_lacks(out: Path) -> None:
    older(out)
    found = read_folder(out)
    assert found.table is not None
    assert found.finding == "found"
    assert dict(found.graphs) == {}
    assert found.chokes is None
    assert len(found.networks) == 0
    (said,) = found.missing
    assert f"netplastic {npl.__version__}, which kept neither the graphs" in said
    npl.run_study(a_study(), out)
    assert read_folder(out).missing == ()
    states = {task["state"] for task in record_of(out)["tasks"]}
    assert states == {"kept from before", "failed"}


def test_a_record_without_files_takes_what_is_there(out: Path) -> None:
    older(out)
    record = record_of(out)
    del record["files"]
    (out / "run.json").write_text(json.dumps(record))
    found = read_folder(out)
    assert found.claims is not None
    assert any("all were taken" in said for said in found.missing)


def test_only_the_runs_own_files_are_read(out: Path) -> None:
    (out / "mine.csv").write_text("a\n1\n")
    (out / "mine.svg").write_text("<svg/>")
    found = read_folder(out)
    assert "mine" not in found.other_tables
    assert "mine.svg" not in [path.name for path in found.figures]
    (out / "finding.md").write_text("my words")
    assert read_folder(out).finding is None
    assert read_folder(out).missing == ("finding.md was changed after the run; it is left out.",)


def test_no_file_outside_the_folder_is_read(out: Path) -> None:
    outside = out.parent / "secret.csv"
    outside.write_text("a\n1\n")
    record = record_of(out)
    digest = npl.analyses._files.digest_of(outside)
    record["files"] |= {"../secret.csv": digest, str(outside): digest}
    (out / "run.json").write_text(json.dumps(record))
    assert "secret" not in read_folder(out).other_tables


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "holds no run.json of a study; give the folder that netplastic run wrote"),
        ("[1]", "holds no run.json of a study"),
        ('{"study": "a", "tasks": [], "schema": 99, "netplastic": "9.0"}', "up to 1. Update netp"),
        ('{"study": "a", "tasks": [], "schema": "new"}', "in version new of its format"),
    ],
)
def test_what_is_no_folder_of_a_study(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(StudyFolderError, match=message):
        read_folder(tmp_path)


def test_what_is_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(StudyFolderError, match="is no folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(TypeError, match="path must be the path of a folder; found 5"):
        read_folder(5)  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []
