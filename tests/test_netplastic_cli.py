"""The command line: every command, and every error in one line without a traceback."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import netplastic as npl
from netplastic.analyses.studies import catalogue
from netplastic.cli import app

RUNNER = CliRunner()


def call(*words: object) -> Result:
    return RUNNER.invoke(app, [str(word) for word in words])


def complaint(*words: object, status: int = 2) -> str:
    """The one line that a wrong call prints on stderr, and nothing on stdout."""
    result = call(*words)
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("netplastic: ")
    return lines[0]


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    path = tmp_path / "pair.graphml"
    nx.write_graphml(nx.path_graph(2), path)
    return path


# -- what it prints ---------------------------------------------------------------------------


def test_version_and_help() -> None:
    assert call("--version").stdout == f"netplastic {npl.__version__}\n"
    assert "count" in call().stdout
    for command in ("run", "count", "onset", "diagram", "graphs", "studies", "cite"):
        result = call(command, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.stdout


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom netplastic.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    tops = {name.split(".")[0] for name in done.stderr.split()}
    assert not tops & {"numpy", "pandas", "networkx", "numba", "matplotlib", "seaborn", "dask"}


def test_graphs_lists_the_catalogue() -> None:
    lines = call("graphs").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(npl.graphs.catalogue())


def test_studies_lists_the_studies() -> None:
    lines = call("studies").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(catalogue())


# -- count ---------------------------------------------------------------------------------------


def cells(output: str, first: str) -> list[str]:
    """The row of a printed table that begins with a word."""
    return next(line.split() for line in output.splitlines() if line.split()[:1] == [first])


@pytest.mark.parametrize(("strength", "total", "stable"), [("-20", "3", "2"), ("-5", "1", "1")])
def test_count_of_the_pair(pair: Path, strength: str, total: str, stable: str) -> None:
    """docs/theory.md#section-5: the pair loses its symmetric state between k = -6 and k = -10."""
    result = call("count", pair, "--strength", strength)
    assert result.exit_code == 0, result.stderr
    assert cells(result.stdout, "all")[1:4] == [total, total, "certified"]
    assert cells(result.stdout, "stable")[1:4] == [stable, stable, "certified"]
    assert cells(result.stdout, "0")[0] == "0", "a row for each neighborhood"


def test_count_is_a_matter_of_strength_over_decay(pair: Path) -> None:
    one = call("count", pair, "--strength", "-20")
    two = call("count", pair, "--strength", "-60", "--decay", "3")
    assert cells(one.stdout, "all") == cells(two.stdout, "all")


def test_count_stable_only_without_neighborhoods(pair: Path) -> None:
    result = call("count", pair, "--strength", "-20", "--stable-only", "--no-neighborhoods")
    assert result.exit_code == 0, result.stderr
    assert cells(result.stdout, "stable")[1:4] == ["2", "2", "certified"]
    assert "neighborhoods" not in result.stdout
    assert not any(line.startswith("all") for line in result.stdout.splitlines())


def test_count_reads_attributes_of_the_file(tmp_path: Path) -> None:
    graph = nx.path_graph(2)
    nx.set_node_attributes(graph, {0: 1.0, 1: 1.0}, "drive")
    nx.set_edge_attributes(graph, -20.0, "learning")
    nx.write_graphml(graph, tmp_path / "pair.graphml")
    result = call("count", tmp_path / "pair.graphml", "--strength", "learning", "--bias", "drive")
    assert cells(result.stdout, "all")[1] == "3", result.stderr


def test_count_where_a_list_would_be_too_long(tmp_path: Path) -> None:
    """50 pairs, each with 3 equilibria, 2 of them stable: integers of any length."""
    nx.write_graphml(nx.disjoint_union_all([nx.path_graph(2)] * 50), tmp_path / "pairs.graphml")
    result = call("count", tmp_path / "pairs.graphml", "--strength", "-20", "--no-neighborhoods")
    assert result.exit_code == 0, result.stderr
    assert cells(result.stdout, "all")[1:4] == [str(3**50), str(3**50), "certified"]
    assert cells(result.stdout, "stable")[1:4] == [str(2**50), str(2**50), "certified"]


def test_count_of_a_large_network_that_a_node_holds_together(tmp_path: Path) -> None:
    """40 bistable pairs around a hub, 81 nodes: 2^40 stable equilibria."""
    graph = nx.Graph((0, node) for node in range(1, 81))
    graph.add_edges_from((node, node + 1) for node in range(1, 81, 2))
    nx.write_graphml(graph, tmp_path / "hub.graphml")
    words = ("--strength", "-20", "--no-neighborhoods", "--stable-only")
    result = call("count", tmp_path / "hub.graphml", *words)
    assert cells(result.stdout, "stable")[1:4] == [str(2**40), str(2**40), "certified"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_count_writes_the_neighborhoods(pair: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"counts.{ending}"
    result = call("count", pair, "--strength", "-20", "--out", out)
    assert result.exit_code == 0, result.stderr
    if ending == "parquet":
        table = pd.read_parquet(out)
    else:
        table = pd.read_csv(out, sep="\t" if ending == "tsv" else ",")
    assert table["n_stable"].tolist() == [2, 2]
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--strength", "nan"], "strength is nan"),
        (["--strength", "strong"], "no edge has it|lacks it"),
        (["--decay", "0"], "decay is 0.0"),
        (["--learning-rate", "-1"], "learning_rate is -1.0"),
        (["--learning-rate", "fast"], "--learning-rate.*valid"),
        (["--activation", "tahn"], "did you mean 'tanh'"),
        (["--rule", "heb"], "did you mean 'hebbian'"),
        (["--scope", "isolate"], "did you mean 'isolated'"),
        (["--radius", "-1"], "radius"),
        (["--budget", "0"], "budget"),
        (["--out", "nowhere/counts.csv"], "folder"),
        (["--out", "counts.doc"], "ends in .csv"),
        (["--colour"], "No such option"),
    ],
)
def test_count_misuse(pair: Path, words: list[str], message: str) -> None:
    assert re.search(message, complaint("count", pair, *words))


@pytest.mark.parametrize("command", ["count", "onset", "diagram"])
def test_unknown_networks(tmp_path: Path, command: str) -> None:
    assert "did you mean 'karate'" in complaint(command, "karete")
    assert "gone.csv" in complaint(command, tmp_path / "gone.csv")
    assert "issing argument" in complaint(command)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("edges.csv", "source,target\na,b,c,d\n", "line 2"),
        ("edges.csv", "one,two\na,b\n", "line 1"),
        ("edges.csv", "source,target\na,b\n", "--undirected"),
        ("net.toml", 'topology = "dumbell"\n', "line 1"),
        ("net.graphml", "<graphml", "net.graphml"),
        ("net.xyz", "what is this", "net.xyz"),
        ("empty.csv", "", "empty.csv"),
    ],
)
def test_faulty_files_are_named_with_the_line(
    tmp_path: Path, name: str, text: str, place: str
) -> None:
    (tmp_path / name).write_text(text)
    line = complaint("count", tmp_path / name)
    assert name in line
    assert place in line


def test_unknown_commands() -> None:
    assert "'count'" in complaint("coutn")
    assert "No such option" in complaint("--colour")


# -- run -----------------------------------------------------------------------------------------


def test_run_on_a_file_of_ones_own(tmp_path: Path) -> None:
    network = tmp_path / "mine.graphml"
    nx.write_graphml(nx.barbell_graph(4, 2), network)
    out = tmp_path / "out"
    result = call("run", "choke-points", "--graphs", network, "--out", out, "--workers", 1)
    assert result.exit_code == 0, result.stderr
    for name in ("table.parquet", "table.csv", "figure.png", "figure.svg", "finding.md"):
        assert (out / name).stat().st_size > 0
    assert (out / "figure.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    record = json.loads((out / "run.json").read_text())
    assert list(record["graphs"]) == ["mine"]
    assert record["state"] == "finished"
    assert set(pd.read_csv(out / "table.csv")["graph"]) == {"mine"}
    assert (out / "finding.md").read_text().strip() in result.stdout
    words = [f"netplastic run choke-points --graphs {network}", f"--out {out} --workers 1"]
    assert record["call"] == " ".join(words)
    assert record["argv"] == record["call"].split()
    (last,) = (line for line in result.stdout.splitlines() if line.startswith("Written to "))
    assert "chokes.parquet" in last
    assert "graphs/ (1 file), report.html, run.json" in last
    assert result.stdout.endswith(f"To read or to send: {out / 'report.html'}\n")


def test_a_full_study_is_another_of_the_same_name() -> None:
    for name, study in catalogue().items():
        full = catalogue(full=True)[name]
        assert full.name == name
        assert full != study


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["choke-point"], "did you mean 'choke-points'"),
        (["choke-points", "--graphs", "karete"], "did you mean 'karate'"),
        (["choke-points", "--graphs", "none*"], "matches no file"),
        (["choke-points", "--workers", "0"], "workers must be at least 1; found 0"),
        (["choke-points", "--workers", "two"], "Invalid value for '--workers'"),
    ],
)
def test_run_misuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in complaint("run", *words)
    assert list(tmp_path.iterdir()) == [], "nothing is written"


def test_run_into_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    line = complaint("run", "choke-points", "--graphs", "karate", "--out", tmp_path / "out")
    assert "out" in line
    assert (tmp_path / "out").read_text() == "mine"


def test_scheduler_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    line = complaint(
        "run", "choke-points", "--scheduler", "tcp://127.0.0.1:1", "--out", tmp_path / "out"
    )
    assert "pip install 'netplastic[distributed]'" in line


def kept_tasks(out: Path) -> int:
    """Number of finished tasks on disk, also of a run under way."""
    return sum(path.read_bytes().count(b'"sha256"') for path in (out / "parts").glob("*tasks*"))


def test_a_finished_run_is_run_again_at_once(pair: Path, tmp_path: Path) -> None:
    words = ["run", "choke-points", "--graphs", pair, "--out", tmp_path / "out"]
    first = call(*words)
    assert first.exit_code == 0, first.stderr
    finding = (tmp_path / "out" / "finding.md").read_text()
    again = call(*words)
    assert again.exit_code == 0, again.stderr
    assert "tasks were finished before, by the same code and versions" in again.stdout
    assert (tmp_path / "out" / "finding.md").read_text() == finding
    assert "choose one" in complaint(*words, "--resume", "--overwrite")


def test_a_run_whose_tasks_all_fail_shows_no_older_finding(pair: Path, tmp_path: Path) -> None:
    nx.write_graphml(nx.empty_graph(3), tmp_path / "zero.graphml")  # nothing is plastic
    out = tmp_path / "out"
    assert call("run", "multistability", "--graphs", pair, "--out", out).exit_code == 0
    assert (out / "finding.md").exists()
    result = call("run", "multistability", "--graphs", tmp_path / "zero.graphml", "--out", out)
    assert result.exit_code == 1
    assert re.search(r"all \d+ tasks failed; run.json says which and why", result.stderr)
    assert "the graph has no edges" in result.stderr
    assert "finding" not in result.stdout
    assert not (out / "finding.md").exists()
    assert json.loads((out / "run.json").read_text())["state"] == "all tasks failed"


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    """A real process, stopped by a signal once a task is kept; then resumed to the end."""
    out = tmp_path / "out"
    words = ["run", "choke-points", "--graphs", "karate", "--out", str(out), "--workers", "1"]
    command = [sys.executable, "-m", "netplastic", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not kept_tasks(out) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate()
    assert process.returncode == 130, stderr
    assert len(stderr.splitlines()) == 1
    assert "--resume" in stderr
    kept = kept_tasks(out)
    assert kept >= 1
    assert json.loads((out / "run.json").read_text())["state"] == "interrupted"
    assert not (out / "table.csv").exists()
    result = call(*words, "--resume")
    assert result.exit_code == 0, result.stderr
    record = json.loads((out / "run.json").read_text())
    assert sum(task["state"] == "kept from before" for task in record["tasks"]) == kept


# -- onset and diagram ---------------------------------------------------------------------------

PITCHFORK = -6.53759457
"""Strength at which the pair's symmetric state loses stability: docs/theory.md#section-5, solved
below."""


def test_pitchfork_solves_its_equations() -> None:
    from math import tanh

    from scipy.optimize import brentq

    def strength(x: float) -> float:
        return (1.0 - x) / tanh(x) ** 3  # x + |k| V^3 = 1

    def excess(x: float) -> float:
        return strength(x) * tanh(x) ** 2 * (1.0 - tanh(x) ** 2) - 1.0

    assert -strength(brentq(excess, 0.1, 0.9)) == pytest.approx(PITCHFORK, rel=1e-8)


def test_onset_of_the_pair(pair: Path) -> None:
    result = call("onset", pair)
    assert result.exit_code == 0, result.stderr
    line = next(line for line in result.stdout.splitlines() if line.startswith("multistability"))
    assert float(line.split()[2]) == pytest.approx(PITCHFORK, rel=1e-5)
    assert "0.5" in cells(result.stdout, "0"), "the mode's mass is shared by both nodes"


def test_diagram_of_the_pair(pair: Path) -> None:
    result = call("diagram", pair, "--stop", "-20")
    assert result.exit_code == 0, result.stderr
    row = cells(result.stdout, "pitchfork")
    assert row[1] == "(supercritical)"
    assert float(row[2]) == pytest.approx(PITCHFORK, rel=1e-5)


@pytest.mark.parametrize("name", ["branches.png", "branches.svg", "branches.csv"])
def test_diagram_writes_figure_or_table(pair: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    result = call("diagram", pair, "--stop", "-10", "--out", out)
    assert result.exit_code == 0, result.stderr
    assert out.stat().st_size > 100
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    if name.endswith("csv"):
        table = pd.read_csv(out)
        assert {"branch", "strength", "stable"} <= set(table.columns)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--parameter", "strenght"], "strength"),
        (["--start", "-10", "--stop", "-10"], "range"),
        (["--stop", "inf"], "range|finite"),
        (["--out", "branches.doc"], "ends in"),
    ],
)
def test_diagram_misuse(pair: Path, words: list[str], message: str) -> None:
    assert re.search(message, complaint("diagram", pair, *words))


@pytest.mark.parametrize("limit", ["-1", "nan", "inf"])
def test_onset_checks_its_limit_before_any_work(limit: str) -> None:
    assert "limit must be a finite number above 0" in complaint(
        "onset", "gone.csv", "--limit", limit
    )


def test_messages_name_options(pair: Path) -> None:
    assert "budget must be" in complaint("diagram", "gone.csv", "--budget", "-1")
    assert "ask for --stable-only" in complaint("count", pair, "--strength", "-inf")


def test_onset_needs_a_direction(pair: Path) -> None:
    assert "zero" in complaint("onset", pair, "--strength", "0")


# -- how files are read --------------------------------------------------------------------------


@pytest.fixture
def once(tmp_path: Path) -> Path:
    """Two edges, each once: a path of three nodes, or a chain of arcs."""
    path = tmp_path / "once.csv"
    path.write_text("source,target,syn,gap\na,b,1,2\nb,c,1,2\n")
    return path


WAYS = [
    (["--undirected"], "undirected", ["3", "3"]),
    (["--directed"], "directed", ["1", "1"]),
]


@pytest.mark.parametrize(("words", "said", "total"), WAYS)
def test_the_direction_is_asked_and_said(
    once: Path, words: list[str], said: str, total: list[str]
) -> None:
    """A path of three has 3 equilibria at -50 (docs/theory.md#section-5), a chain of arcs 1."""
    plain = ("count", once, "--strength", "-50", "--weight", "syn")
    line = complaint(*plain)
    assert "once.csv, line 2" in line
    assert "--undirected" in line
    assert "--directed" in line
    result = call(*plain, *words)
    assert result.exit_code == 0, result.stderr
    assert cells(result.stdout, "all")[1:3] == total
    titles = [text for text in result.stdout.splitlines() if f", {said}" in text]
    assert len(titles) == 2
    assert "weights from 'syn'" in titles[0]


def test_weights_are_asked_named_and_ignored(once: Path) -> None:
    words = ("count", once, "--undirected", "--no-neighborhoods")
    assert "2 numeric attributes, 'syn', 'gap'" in complaint(*words)
    assert "weights from 'gap'" in call(*words, "--weight", "gap").stdout
    assert "weights 1," in call(*words, "--unweighted").stdout
    assert "did you mean 'syn'" in complaint(*words, "--weight", "syns")
    assert "give one" in complaint(*words, "--weight", "syn", "--unweighted")
    as_strength = call(*words, "--strength", "gap")
    assert "weights from 'syn'" in as_strength.stdout, "what is the strength is no weight"


def test_onset_and_diagram_say_the_direction(once: Path) -> None:
    words = (once, "--undirected", "--weight", "syn")
    assert ", undirected, weights from 'syn'" in call("onset", *words).stdout
    assert call("diagram", *words, "--stop", "-2").stdout.count(", undirected") == 2


def test_the_orientation_of_a_matrix(tmp_path: Path) -> None:
    np.save(tmp_path / "arcs.npy", np.triu(np.ones((3, 3)), 1))
    words = ("count", tmp_path / "arcs.npy")
    assert "is not symmetric" in complaint(*words)
    assert ", directed," in call(*words, "--orientation", "target-source").stdout
    assert "did you mean" in complaint(*words, "--orientation", "target-sourc")


def test_a_network_of_the_catalogue_says_itself_what_it_is() -> None:
    assert "directed applies to files" in complaint("count", "karate", "--directed")


def test_run_reads_files_as_said(tmp_path: Path) -> None:
    (tmp_path / "ring.csv").write_text(
        "source,target\n" + "".join(f"{i},{(i + 1) % 6}\n" for i in range(6))
    )
    words = ("run", "choke-points", "--out", tmp_path / "out")
    files = ("--graphs", tmp_path / "ring.csv")
    assert "--directed" in complaint(*words, *files)
    assert "name them with --graphs" in complaint(*words, "--undirected")
    assert not (tmp_path / "out").exists()
    result = call(*words, *files, "--undirected", "--workers", 1)
    assert result.exit_code == 0, result.stderr
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["graphs"]["ring"]["directed"] is False
    assert record["graphs"]["ring"]["direction"] == "undirected"
