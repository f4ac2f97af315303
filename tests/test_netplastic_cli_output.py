"""What commands print and write: one JSON document, files of all digits, tables that fit."""

from __future__ import annotations

import io
import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import netplastic as npl
from netplastic import analyses, equilibria
from netplastic.cli import _print, app, main

RUNNER = CliRunner()
LONG = int("7" * 217)


def call(*words: object) -> Result:
    return RUNNER.invoke(app, [str(word) for word in words])


def strict(text: str) -> Any:
    """Read JSON; NaN and Infinity, which are none, are faults."""

    def no_json(name: str) -> None:
        raise AssertionError(name)

    return json.loads(text, parse_constant=no_json)


def document(*words: object) -> dict[str, Any]:
    """The JSON that a command prints, which is all that it prints."""
    result = call(*words, "--json")
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = strict(result.stdout)
    assert found["netplastic"] == npl.__version__
    assert found["format"] == 1
    assert found["command"] == words[0]
    return found


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    path = tmp_path / "pair.graphml"
    nx.write_graphml(nx.path_graph(2), path)
    return path


# -- JSON ----------------------------------------------------------------------------------------


def test_count_as_json(pair: Path) -> None:
    found = document("count", pair, "--strength", -20)
    assert found["network"]["directed"] is False
    assert (found["network"]["nodes"], found["network"]["arcs"]) == (2, 2)
    assert found["network"]["source"] == str(pair)
    assert found["parameters"]["strength"] == "-20"
    assert found["parameters"]["learning_rate"] == 1.0
    rows = found["tables"]["network"]
    assert [(row["equilibria"], row["lower"], row["upper"]) for row in rows] == [
        ("all", 3, 3),
        ("stable", 2, 2),
    ]
    local = found["tables"]["neighborhoods"]
    assert [row["n_stable"] for row in local] == [2, 2]
    assert local[0]["excess"] is None, "missing numbers are null"
    assert {"radius", "scope", "strength", "seconds"} <= set(local[0]), "no column is left out"


def test_long_counts_have_all_their_digits_in_json_and_in_files(tmp_path: Path) -> None:
    """455 pairs with 3 equilibria each: 3^455 has 218 digits."""
    pairs = tmp_path / "pairs.graphml"
    nx.write_graphml(nx.disjoint_union_all([nx.path_graph(2)] * 455), pairs)
    out = tmp_path / "counts.csv"
    words = ("count", pairs, "--strength", -20, "--no-neighborhoods", "--out", out)
    found = document(*words)
    assert found["tables"]["network"][0]["lower"] == 3**455
    assert analyses.read_table(out)["upper"].tolist() == [3**455, 2**455]


@pytest.mark.parametrize("command", ["graphs", "studies"])
def test_lists_as_json_and_in_files(tmp_path: Path, command: str) -> None:
    (rows,) = document(command)["tables"].values()
    call(command, "--out", tmp_path / "list.parquet")
    assert pd.read_parquet(tmp_path / "list.parquet").to_dict("records") == rows


def test_onset_and_diagram_as_json(pair: Path) -> None:
    tables = document("onset", pair)["tables"]
    assert set(tables) == {"thresholds", "onsets", "modes"}
    found = document("diagram", pair, "--stop", "-10")
    assert [row["kind"] for row in found["tables"]["special-points"]] == [
        "pitchfork (supercritical)"
    ]
    assert {row["branch"] for row in found["tables"]["branches"]} == {0, 1, 2}


def test_run_as_json(pair: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = document("run", "multistability", "--graphs", pair, "--out", out, "--workers", 1)
    assert found["folder"] == str(out)
    assert found["finding"] == (out / "finding.md").read_text(encoding="utf-8")
    assert found["run"] == json.loads((out / "run.json").read_text(encoding="utf-8"))


def test_what_json_does_not_know() -> None:
    table = pd.DataFrame({"a": [1.5, math.nan, -math.inf], "b": pd.array([2, None, 3], "Int64")})
    content = {"table": table, "long": LONG, 3: np.float64("nan"), "label": ("a", np.int8(1))}
    assert strict(analyses.json_text(content)) == {
        "table": [{"a": 1.5, "b": 2}, {"a": None, "b": None}, {"a": "-inf", "b": 3}],
        "long": LONG,
        "3": None,
        "label": ["a", 1],
    }


# -- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "json"])
def test_the_counts_of_the_whole_network_are_written_too(
    pair: Path, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"counts.{ending}"
    result = call("count", pair, "--strength", -20, "--out", out)
    assert result.exit_code == 0, result.stderr
    if ending == "json":
        assert strict(out.read_text(encoding="utf-8"))["tables"]["network"][0]["lower"] == 3
        return
    assert analyses.read_table(out)["n_stable"].tolist() == [2, 2]
    whole = tmp_path / f"counts-network.{ending}"
    assert analyses.read_table(whole)["lower"].tolist() == [3, 2]
    assert str(whole) in result.stderr


@pytest.mark.parametrize("command", ["count", "onset", "diagram", "graphs", "studies"])
@pytest.mark.parametrize("out", ["table.doc", "nowhere/table.csv"])
def test_a_file_that_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, command: str, out: str
) -> None:
    network = [] if command in ("graphs", "studies") else ["gone.csv"]
    result = call(command, *network, "--out", tmp_path / out)
    assert result.exit_code == 2
    assert "gone" not in result.stderr, "the network has not been looked for"
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_integers_of_any_length_come_back(tmp_path: Path, ending: str) -> None:
    table = pd.DataFrame(
        {
            "node": ["720575940628857210", "b", "c"],
            "n_stable": pd.Series([LONG, 1, 2**63], dtype=object),
            "n_stable_upper": pd.Series([LONG, math.inf, None], dtype=object),
            "size": [1, 2, 3],
            "share": [0.1, 1e-300, math.nan],
        }
    )
    path = tmp_path / f"table.{ending}"
    published = analyses.publishable(table)
    if ending == "parquet":
        analyses.write_parquet(path, published)
    else:
        analyses.write_csv(path, published, separator="\t" if ending == "tsv" else ",")
    back = analyses.read_table(path)
    assert back["n_stable"].tolist() == [LONG, 1, 2**63]
    assert {type(value) for value in back["n_stable"]} == {int}
    assert back["n_stable_upper"].tolist() == [LONG, math.inf, None]
    for name in ("node", "size", "share"):
        pd.testing.assert_series_equal(back[name], table[name], check_dtype=False)


def test_labels_of_digits_stay_labels_in_parquet(tmp_path: Path) -> None:
    table = pd.DataFrame({"node": ["7" * 20, "8" * 20]})
    analyses.write_parquet(tmp_path / "t.parquet", analyses.publishable(table))
    assert analyses.read_table(tmp_path / "t.parquet")["node"].tolist() == ["7" * 20, "8" * 20]
    with pytest.raises(ValueError, match=r"ends in \.parquet, \.csv or \.tsv"):
        analyses.read_table(tmp_path / "t.xlsx")


def long_counts(graph: Any, rng: int, *, scale: float) -> pd.DataFrame:
    return pd.DataFrame({"node": list(graph), "n_stable": pd.Series([1, LONG], dtype=object)})


def test_long_counts_of_a_study_come_back(tmp_path: Path) -> None:
    study = npl.Study(
        "long", "?", {"pair": nx.path_graph(2)}, {"scale": (1.0,)}, measure=long_counts
    )
    table = npl.run_study(study, tmp_path / "out")
    for name in ("table.parquet", "table.csv"):
        back = analyses.read_table(tmp_path / "out" / name)
        assert back["n_stable"].tolist() == [1, LONG] == table["n_stable"].tolist()


# -- tables that fit -----------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, table: pd.DataFrame, **how: Any) -> str:
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout", screen)
    _print.show(table, "a title of many words " * 6, **how)
    text = screen.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    return text


def wide(rows: int) -> pd.DataFrame:
    label = "left superior temporal gyrus, anterior division, part"
    return pd.DataFrame(
        {
            "node": [f"{label} {number}" for number in range(rows)],
            "module": None,
            "degree": range(rows),
            "method": "certified by conditioning",
            "n_stable": pd.Series([LONG] * rows, dtype=object),
            "excess": [0.123456789] * rows,
            "status": "certified",
        }
    )


def test_a_wide_table_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, wide(6), rows=5, least=("method",))
    lines = text.splitlines()
    assert lines[2].split() == ["node", "module", "degree", "n_stable", "excess", "status"]
    assert [line.split()[3] for line in lines[3:8]] == ["0", "1", "2", "3", "4"]
    assert "part 3" in text
    assert "left out: method; --out FILE or --json has all." in " ".join(text.split())
    assert "7.777…e+216" in text
    assert "are shortened here" in text
    assert "and 1 rows more" in text


def test_few_rows_that_are_too_wide_are_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, wide(2))
    assert "left out" not in text
    assert text.count("7") >= 2 * 217
    assert "certified by conditioning" in text
    assert all(f"\n{name}  " in text for name in wide(2).columns)


def test_sentences_in_the_last_column_are_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"name": ["a", "b"] * 5, "sentence": ["term " * 30, "one"] * 5})
    text = shown(monkeypatch, table)
    assert text.count("term") == 30 * 5
    assert all(line.startswith(" " * 6) for line in text.splitlines()[4:5])


def test_elsewhere_than_on_a_terminal_everything_is_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _print.show(wide(60), "title", rows=5, least=("method",))
    title, header, *rows = capsys.readouterr().out.splitlines()
    assert title == "title"
    assert header.split() == list(wide(1).columns)
    assert len(rows) == 60
    assert all(str(LONG) in row and row.endswith("certified") for row in rows)


@pytest.mark.parametrize("command", [["count"], ["onset"], ["diagram", "--stop", "-12"]])
def test_commands_fit_a_terminal_of_eighty_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    names = {node: f"left superior temporal gyrus, part {node}" for node in range(4)}
    nx.write_graphml(nx.relabel_nodes(nx.path_graph(4), names), tmp_path / "long.graphml")
    monkeypatch.setattr(_print, "_width", lambda: 80)
    result = call(command[0], tmp_path / "long.graphml", *command[1:])
    assert result.exit_code == 0, result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 80


# -- Ctrl-C --------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0.5, 1.5])
@pytest.mark.parametrize(
    "words", [["count", "ring_of_modules"], ["onset", "karate"], ["diagram", "karate"]]
)
def test_ctrl_c_ends_a_command_with_one_line(words: list[str], after: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "netplastic", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # runs in the background of a shell ignore the signal from their start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    # Python itself ends by the signal where an exec() of some import was interrupted.
    assert process.returncode in (130, -signal.SIGINT), stderr
    assert stderr == "netplastic: interrupted.\n"


def test_an_error_that_an_import_made_of_ctrl_c_is_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def half_imported() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ValueError("numpy.core.multiarray failed to import")  # noqa: B904

    monkeypatch.setattr("netplastic.graphs.catalogue", half_imported)
    done = call("graphs")
    assert done.exit_code == 130
    assert done.stderr == "netplastic: interrupted.\n"


def test_ctrl_c_while_the_command_line_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("netplastic.cli._app.app", pressed)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 130
    assert capsys.readouterr().err == "netplastic: interrupted.\n"


def test_ctrl_c_in_the_second_count_keeps_the_first(
    pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = equilibria.count_equilibria

    def counted(net: Any, *, stable_only: bool, **settings: Any) -> Any:
        if stable_only:
            raise KeyboardInterrupt
        return plain(net, stable_only=stable_only, **settings)

    monkeypatch.setattr(equilibria, "count_equilibria", counted)
    result = call("count", pair, "--strength", -20, "--json")
    assert result.exit_code == 130
    found = strict(result.stdout)
    assert found["interrupted"] is True
    assert [row["lower"] for row in found["tables"]["network"]] == [3]


def test_ctrl_c_keeps_what_is_counted(
    pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any, **settings: Any) -> None:
        if settings.get("nodes") is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(analyses, "count_neighborhoods", stopped)
    out = tmp_path / "counts.json"
    result = call("count", pair, "--strength", -20, "--json", "--out", out)
    assert result.exit_code == 130
    assert result.stderr.splitlines() == [
        f"netplastic: wrote all to {out}",
        "netplastic: interrupted.",
    ]
    found = strict(result.stdout)
    assert found == strict(out.read_text(encoding="utf-8"))
    assert found["interrupted"] is True
    assert found["tables"]["network"][0]["lower"] == 3


@pytest.mark.parametrize("kind", ["csv", "parquet", "json", "svg", "pdf", "png"])
def test_files_are_the_same_bytes_whenever_they_are_made(
    kind: str, pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, files = time.time, []
    for hour in (0, 1):
        monkeypatch.setattr("time.time", lambda hour=hour: now() + 3600.0 * hour)
        out = tmp_path / f"{hour}.{kind}"
        assert call("onset", pair, "--out", out).exit_code == 0
        files.append(out.read_bytes())
    assert files[0] == files[1]


def test_what_a_budget_of_onset_cuts_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "cycle.graphml"
    nx.write_graphml(nx.cycle_graph(50), path)
    said = call("onset", path, "--budget", 1e-9)
    assert said.exit_code == 0
    assert "budget of 1e-09 s used up" in " ".join(said.stdout.split())
    assert "cut short" in said.stdout
