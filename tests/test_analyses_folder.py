"""The folder of a study: what is damaged is done again, what is not ours is left alone."""

from __future__ import annotations

import json
import os
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

import netplastic as npl
from netplastic.analyses._lock import FolderInUse, locked
from netplastic.analyses._parts import Parts

GRAPHS = {"pair": nx.path_graph(2), "path": nx.path_graph(4)}
MARK = "MARK_OF_TASKS_DONE"
ALWAYS = {"table.csv", "table.parquet", "chokes.parquet"}


def noted(graph: Any, rng: int, *, k: float) -> pd.DataFrame:
    """Note that it was computed, and draw."""
    if MARK in os.environ:
        with Path(os.environ[MARK]).open("a") as file:
            file.write(f"{len(graph)},{k}\n")
    return pd.DataFrame({"value": np.random.default_rng(rng).normal(k, size=2)})


def a_study(**settings: Any) -> npl.Study:
    return npl.Study("noted", "?", GRAPHS, {"k": (1.0, 2.0, 3.0)}, measure=noted, **settings)


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mark"
    monkeypatch.setenv(MARK, str(path))
    return path


def record(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "run.json").read_text())
    return found


def files(out: Path) -> set[str]:
    """Files of the run, but the graphs."""
    return {name for name in record(out)["files"] if not name.startswith("graphs/")}


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    """One bit of the last table's bytes."""
    place = len(data) - 40
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def swap(data: bytes) -> bytes:
    """The first two records' tables, each under the other's head."""
    starts = [place for place in range(len(data)) if data.startswith(b'{"key"', place)]
    heads = [data[place : data.index(b"\n", place) + 1] for place in starts]
    bodies = [
        data[place + len(head) : end]
        for place, head, end in zip(starts, heads, [*starts[1:], len(data)], strict=True)
    ]
    bodies[0], bodies[1] = bodies[1], bodies[0]
    return data[: starts[0]] + b"".join(h + b for h, b in zip(heads, bodies, strict=True))


def older(data: bytes) -> bytes:
    """A key changed to another's: what is there was computed from something else."""
    starts = [place for place in range(len(data)) if data.startswith(b'{"key"', place)]
    key = slice(starts[1] + 9, starts[1] + 41)
    return data[: starts[0] + 9] + data[key] + data[starts[0] + 41 :]


@pytest.mark.parametrize(
    ("damage", "again"),
    [
        (cut, 3),
        (flip, 1),
        (swap, 2),
        (older, 1),
        (lambda data: b"", 6),
        (lambda data: data[:20], 6),
    ],
    ids=["cut", "flipped", "swapped", "foreign", "empty", "only a head"],
)
def test_damaged_parts_are_done_again(tmp_path: Path, mark: Path, damage: Any, again: int) -> None:
    out = tmp_path / "out"
    whole = npl.run_study(a_study(), out)
    (part,) = (out / "parts").iterdir()
    part.write_bytes(damage(part.read_bytes()))
    mark.unlink()
    table = npl.run_study(a_study(), out, resume=True)
    pd.testing.assert_frame_equal(whole, table, check_exact=True)
    assert again <= len(mark.read_text().split()) <= again + 1  # where half is, in the middle


def test_a_part_that_changes_under_the_run_is_noticed(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    kept = parts.add("0" * 32, b"a table", 0.5)
    assert parts.read("0" * 32, kept) == b"a table"
    parts.close()
    (path,) = tmp_path.iterdir()
    assert parts.read("0" * 32, kept) == b"a table"
    path.write_bytes(path.read_bytes().replace(b"a table", b"another"))
    with pytest.raises(OSError, match="has changed since a finished task was written"):
        parts.read("0" * 32, kept)


def test_what_others_put_there_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "parts").mkdir(parents=True)
    mine = {
        "parts/mine.parquet": b"mine",
        "parts/tasks-00000000000000000000000000000000.tasks": b"mine, by chance",
        ".notes.part": b"mine",
        "notes.md": b"mine",
    }
    for name, data in mine.items():
        (out / name).write_bytes(data)
    (out / "table.csv").write_text("my own table")
    (out / "run.json").write_text("[1, 2]")
    npl.run_study(a_study(), out)
    npl.run_study(a_study(), out, overwrite=True)
    for name, data in mine.items():
        assert (out / name).read_bytes() == data, name
    assert (out / "table.kept-1.csv").read_text() == "my own table"
    assert (out / "run.kept-1.json").read_text() == "[1, 2]"
    assert record(out)["state"] == "finished"


def tell(study: npl.Study, table: pd.DataFrame, out: Path) -> None:
    (out / "finding.md").write_text(f"{study.question} {len(table)}")
    (out / "more").mkdir(exist_ok=True)
    (out / "more" / "figure.txt").write_text("drawn")


def test_a_report_that_was_edited_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    npl.run_study(a_study(report=tell), tmp_path)
    assert files(tmp_path) == {*ALWAYS, "finding.md", "more/figure.txt"}
    (tmp_path / "finding.md").write_text("my words")
    npl.run_study(a_study(report=tell), tmp_path)
    assert (tmp_path / "finding.kept-1.md").read_text() == "my words"
    assert (tmp_path / "finding.md").read_text() == "? 12"


def test_no_older_result_passes_for_this_runs(tmp_path: Path) -> None:
    npl.run_study(a_study(report=tell), tmp_path)

    def fails(graph: Any, rng: int, *, k: float) -> pd.DataFrame:
        raise RuntimeError("no")

    study = npl.Study("noted", "?", GRAPHS, {"k": (1.0,)}, measure=fails, report=tell)
    table = npl.run_study(study, tmp_path)
    assert table["error"].tolist() == ["RuntimeError: no"] * 2
    assert record(tmp_path)["state"] == "all tasks failed"
    assert files(tmp_path) == ALWAYS
    assert not (tmp_path / "finding.md").exists()
    assert not (tmp_path / "more" / "figure.txt").exists()
    # The finished tasks of the first study are no less finished for that.
    npl.run_study(a_study(), tmp_path)
    assert {task["state"] for task in record(tmp_path)["tasks"]} == {"kept from before"}


def test_the_record_is_there_before_and_after_the_report(tmp_path: Path) -> None:
    seen = []

    def look(study: npl.Study, table: pd.DataFrame, out: Path) -> None:
        seen.append((record(out)["state"], (out / "table.csv").exists()))
        raise ArithmeticError("no figure")

    with pytest.raises(ArithmeticError):
        npl.run_study(a_study(report=look), tmp_path)
    assert seen == [("reporting", True)]
    assert record(tmp_path)["state"] == "report failed"
    npl.run_study(a_study(report=tell), tmp_path)
    assert record(tmp_path)["state"] == "finished"


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path):
        with pytest.raises(FolderInUse, match=rf"is in use: process {os.getpid()} on .*another f"):
            npl.run_study(a_study(), tmp_path)
        code = (
            "import sys, pathlib; from netplastic.analyses._lock import locked\n"
            "with locked(pathlib.Path(sys.argv[1])): pass"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True, text=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        assert f"is in use: process {os.getpid()}" in done.stderr
    npl.run_study(a_study(), tmp_path)
    assert not (tmp_path / ".lock").exists()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib; from netplastic.analyses._lock import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): time.sleep(600)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[1]
    )
    while not (tmp_path / ".lock").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (tmp_path / ".lock").exists()
    with locked(tmp_path):
        pass


def test_what_a_killed_run_finished_is_taken(tmp_path: Path, mark: Path) -> None:
    """A process that has no time to do anything about its end: kill -9 within a task."""
    out = tmp_path / "out"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import os, signal\n"
        "import test_analyses_folder as t, netplastic as npl\n"
        "from netplastic.analyses import _book\n"
        "keep = _book.Book.keep\n"
        "def keep_three(book, task, outcome):\n"
        "    keep(book, task, outcome)\n"
        "    if len(book._kept) == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "_book.Book.keep = keep_three\n"
        "npl.run_study(t.a_study(), sys.argv[2])\n"
    )
    here = Path(__file__).parent
    words = [sys.executable, "-c", code, str(here), str(out)]
    assert subprocess.run(words, cwd=here.parent, check=False).returncode == -signal.SIGKILL
    assert record(out)["state"] == "running"
    mark.unlink()
    table = npl.run_study(a_study(), out)
    assert len(mark.read_text().split()) == 3
    pd.testing.assert_frame_equal(table, npl.run_study(a_study(), tmp_path / "b"), check_exact=True)
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]


# -- tasks that fail, whatever they raise --------------------------------------------------------


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    def __reduce__(self) -> Any:
        raise TypeError("never leaves its process")


def awkward(graph: Any, rng: int, *, how: str) -> Any:
    import asyncio
    import threading

    match how:
        case "exit":
            sys.exit(0)
        case "cancelled":
            raise asyncio.CancelledError
        case "generator":
            raise GeneratorExit
        case "unspeakable":
            raise Unspeakable(threading.Lock())
        case "surrogate":
            raise ValueError("\udcff")
        case "lock":
            return pd.DataFrame({"a": [threading.Lock()]})
        case "levels":
            return pd.DataFrame({("a", "b"): [1]})
        case "number":
            return pd.DataFrame({0: [1]})
        case "twice":
            return pd.DataFrame([[1, 2]], columns=["a", "a"])
        case "index":
            return pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="who"))
        case "stranger":
            return pd.DataFrame({"node": ["stranger"]})
        case "period":
            return pd.DataFrame({"a": [1 + 2j]})
        case "nothing":
            return None
        case "empty":
            return pd.DataFrame({"value": pd.Series([], dtype=float)})
    return pd.DataFrame({"value": [1.0]})


WAYS = {
    "exit": "SystemExit: 0",
    "cancelled": "CancelledError",
    "generator": "GeneratorExit",
    "unspeakable": "Unspeakable: (its message cannot be shown)",
    "surrogate": r"ValueError: \udcff",
    "lock": "its table cannot be kept: TypeError: Object of type lock is not JSON serializable",
    "levels": "its table cannot be kept: TypeError: its columns must have names that are text",
    "number": "its table cannot be kept: TypeError: its columns must have names that are text",
    "twice": "its table cannot be kept: ValueError: it has two columns 'a'; rename one.",
    "index": "its table cannot be kept: ValueError: its index is named 'who'; make it a column",
    "stranger": "its table cannot be kept: ValueError: its column node holds 'stranger', no node",
    "period": "its table cannot be kept: ",
    "nothing": "its table cannot be kept: TypeError: the measure returned a NoneType",
}


@pytest.mark.parametrize("workers", [1, 2])
def test_whatever_a_task_raises_the_rest_is_done(tmp_path: Path, workers: int) -> None:
    ways = (*WAYS, "empty", "well")
    study = npl.Study("odd", "?", {"pair": nx.path_graph(2)}, {"how": ways}, measure=awkward)
    table = npl.run_study(study, tmp_path, workers=workers)
    assert table["how"].tolist() == list(ways), "every case has its row"
    for row in table.itertuples():
        if row.how in WAYS:
            assert row.status == "failed"
            assert str(row.error).startswith(WAYS[str(row.how)]), row.how
    rest = table.set_index("how").loc[["empty", "well"]]
    assert rest["status"].tolist()[0] == "no rows"
    assert np.isnan(rest["value"].iloc[0])
    assert rest["value"].iloc[1] == 1.0
    assert record(tmp_path)["state"] == "finished with failures"


def test_nothing_but_empty_tables_keeps_all_cases(tmp_path: Path) -> None:
    study = npl.Study(
        "odd", "?", {"pair": nx.path_graph(2)}, {"how": ("empty",)}, measure=awkward, report=tell
    )
    table = npl.run_study(study, tmp_path)
    assert table.to_dict("records") == [{"graph": "pair", "how": "empty", "status": "no rows"}]
    assert not (tmp_path / "finding.md").exists()
