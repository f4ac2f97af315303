"""Studies: the same table however it was made, and no finished task ever lost."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic._support import _progress
from netplastic.analyses import _files, publishable
from netplastic.analyses import _runner as runner
from netplastic.analyses import _workers as workers
from netplastic.analyses._parts import Parts
from netplastic.analyses._storage import Packed, packed, unpacked


def draws(graph: Any, rng: int, *, scale: float, kind: str = "plain") -> pd.DataFrame:
    """One row per node, all from the seed: cheap, and different in every task."""
    values = np.random.default_rng([rng, int(scale * 8)]).normal(0.0, scale, len(graph))
    return pd.DataFrame(
        {
            "node": pd.Series(list(graph), dtype=object),
            "value": values,
            "count": pd.Series([2 ** (i * 20) for i in range(len(graph))], dtype=object),
            "status": "certified",
            "kind": kind,
        }
    )


def sometimes_wrong(graph: Any, rng: int, *, scale: float) -> pd.DataFrame:
    if scale == 2.0:
        raise ArithmeticError("no luck\nwith this one")
    return draws(graph, rng, scale=scale)


def deadly(graph: Any, rng: int, *, scale: float, mark: str) -> pd.DataFrame:
    """Kill the worker process in one case, after noting that the case was tried."""
    if scale == 2.0:
        with Path(mark).open("a") as file:
            file.write(f"{type(next(iter(graph))).__name__}\n")
        os.kill(os.getpid(), signal.SIGKILL)
    return draws(graph, rng, scale=scale)


def counted(graph: Any, rng: int, *, scale: float, mark: str) -> pd.DataFrame:
    with Path(mark).open("a") as file:
        file.write(f"{scale}\n")
    return draws(graph, rng, scale=scale)


def slow(graph: Any, rng: int, *, scale: float, parts: str, mark: str) -> pd.DataFrame:
    """In one case, wait for another's result to be kept, say so, and go on for very long."""
    if scale == 2.0:
        while not any(b'"sha256"' in path.read_bytes() for path in Path(parts).glob("*tasks*")):
            time.sleep(0.02)
        Path(mark).touch()
        time.sleep(600.0)
    return draws(graph, rng, scale=scale)


GRAPHS = {"path": nx.path_graph(4), "letters": nx.relabel_nodes(nx.path_graph(2), {0: "a", 1: "b"})}
SCALES = {"scale": (1.0, 2.0, 3.0)}


def a_study(measure: Any = draws, **settings: Any) -> npl.Study:
    return npl.Study("draws", "Which numbers?", GRAPHS, SCALES, measure=measure, **settings)


def everything(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("table.csv", "table.parquet")}


def test_serial_and_parallel_tables_are_equal_to_the_bit(tmp_path: Path) -> None:
    one = npl.run_study(a_study(), tmp_path / "one")
    two = npl.run_study(a_study(), tmp_path / "two", workers=2)
    with ThreadPoolExecutor(3) as executor:
        three = npl.run_study(a_study(), tmp_path / "three", executor=executor)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    pd.testing.assert_frame_equal(one, three, check_exact=True)
    assert everything(tmp_path / "one") == everything(tmp_path / "two")
    assert everything(tmp_path / "one") == everything(tmp_path / "three")


def test_the_seed_decides(tmp_path: Path) -> None:
    first = npl.run_study(a_study(), tmp_path / "a")
    again = npl.run_study(a_study(), tmp_path / "b")
    other = npl.run_study(a_study(seed=1), tmp_path / "c")
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    assert not np.array_equal(first["value"], other["value"])


def test_table_is_in_task_order_with_labels_and_long_integers(tmp_path: Path) -> None:
    table = npl.run_study(a_study(), tmp_path)
    assert list(table.columns[:3]) == ["graph", "scale", "node"]
    assert table["node"].tolist() == [0, 1, 2, 3] * 3 + ["a", "b"] * 3
    assert table["count"].tolist()[:4] == [1, 2**20, 2**40, 2**60]
    assert table["scale"].tolist() == [1.0] * 4 + [2.0] * 4 + [3.0] * 4 + [
        1.0,
        1.0,
        2.0,
        2.0,
        3.0,
        3.0,
    ]
    on_disk = pd.read_parquet(tmp_path / "table.parquet")
    assert on_disk["node"].tolist() == [str(node) for node in table["node"]]
    assert on_disk["count"].tolist() == table["count"].tolist()


def test_record_says_what_was_done(tmp_path: Path) -> None:
    npl.run_study(a_study(common={"kind": "odd"}, seed=7), tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["state"] == "finished"
    assert record["netplastic"] == npl.__version__
    assert record["seed"] == 7
    assert record["parameters"] == {
        "grid": {"scale": [1.0, 2.0, 3.0]},
        "common": {"kind": "odd"},
        "seeds": 1,
    }
    assert record["parts"] == {}
    assert record["graphs"]["path"]["nodes"] == 4
    assert len(record["graphs"]["path"]["hash"]) == 64
    assert [task["state"] for task in record["tasks"]] == ["done"] * 6
    assert all(task["seconds"] >= 0.0 for task in record["tasks"])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_case_is_a_row_and_no_end(tmp_path: Path, workers: int) -> None:
    table = npl.run_study(a_study(sometimes_wrong), tmp_path, workers=workers)
    failed = table[table["status"] == "failed"]
    assert failed[["graph", "scale"]].values.tolist() == [["path", 2.0], ["letters", 2.0]]
    assert set(failed["error"]) == {"ArithmeticError: no luck with this one"}
    assert table["value"].notna().sum() == 12
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["state"] == "finished with failures"
    assert sum(task["state"] == "failed" for task in record["tasks"]) == 2
    assert "raise ArithmeticError" in next(t["trace"] for t in record["tasks"] if "trace" in t)


def test_resume_does_only_what_is_missing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    study = a_study(counted, common={"mark": str(mark)})
    out = tmp_path / "out"
    whole = npl.run_study(study, out)
    assert len(mark.read_text().split()) == 6
    (part,) = (out / "parts").iterdir()
    stored = part.read_bytes()
    last = stored.rindex(b'{"key"')
    part.write_bytes(stored[:last])
    (out / "table.csv").unlink()
    resumed = npl.run_study(study, out, resume=True)
    assert len(mark.read_text().split()) == 7
    pd.testing.assert_frame_equal(whole, resumed, check_exact=True)
    record = json.loads((out / "run.json").read_text())
    states = [task["state"] for task in record["tasks"]]
    assert sorted(states) == ["done", *["kept from before"] * 5]
    npl.run_study(study, out)
    assert len(mark.read_text().split()) == 7, "finished tasks are taken by themselves"
    with pytest.raises(ValueError, match="holds 6 finished tasks of this study; resume=True takes"):
        npl.run_study(study, out, resume=False)
    npl.run_study(study, out, overwrite=True)
    assert len(mark.read_text().split()) == 13
    assert len(list((out / "parts").iterdir())) == 1


def test_resume_takes_nothing_that_differs(tmp_path: Path) -> None:
    npl.run_study(a_study(), tmp_path)
    npl.run_study(a_study(seed=1), tmp_path, resume=True)
    record = json.loads((tmp_path / "run.json").read_text())
    assert {task["state"] for task in record["tasks"]} == {"done"}


def test_a_dying_worker_loses_no_finished_task(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    study = a_study(deadly, common={"mark": str(mark)})
    table = npl.run_study(study, tmp_path / "out", workers=2)
    failed = table[table["status"] == "failed"]
    assert failed[["graph", "scale"]].values.tolist() == [["path", 2.0], ["letters", 2.0]]
    assert failed["error"].str.contains("worker process died").all()
    # All other cases are there, equal to those of a study in which nobody dies.
    alive = npl.run_study(a_study(), tmp_path / "alive")
    alive = alive[alive["scale"] != 2.0]
    assert table[table["status"] != "failed"]["value"].tolist() == alive["value"].tolist()
    # In company, unless the pool broke before it came to the case, and once alone.
    tries = Counter(mark.read_text().split())
    assert set(tries) == {"int", "str"}
    assert 3 <= tries.total() <= 4
    assert max(tries.values()) == 2


class Broken(ThreadPoolExecutor):
    """An executor that loses what is submitted as such a number."""

    losing: tuple[int, ...] = (2,)

    def submit(self, *arguments: Any, **settings: Any) -> Future[Any]:  # type: ignore[override]
        future = super().submit(*arguments, **settings)
        self.submitted = getattr(self, "submitted", 0) + 1
        if self.submitted in self.losing:
            future.result()
            lost: Future[Any] = Future()
            lost.set_exception(BrokenExecutor("gone"))
            return lost
        return future


class Worse(Broken):
    losing = (2, 7)
    """The second task of six, and the seventh: the same once more."""


def test_what_an_executor_loses_is_tried_once_more(tmp_path: Path) -> None:
    with Broken(1) as executor:
        table = npl.run_study(a_study(), tmp_path / "once", executor=executor)
    assert "error" not in table
    with Worse(1) as executor:
        table = npl.run_study(a_study(), tmp_path / "twice", executor=executor)
    failed = table[table["status"] == "failed"]
    assert failed["error"].tolist() == ["lost by the executor twice: BrokenExecutor: gone"]
    assert table["value"].notna().sum() >= 12


def test_an_executor_that_takes_nothing_ends_no_study(tmp_path: Path) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    table = npl.run_study(a_study(), tmp_path, executor=executor)
    assert table["error"].str.startswith("refused by the executor: RuntimeError").all()
    assert json.loads((tmp_path / "run.json").read_text())["state"] == "all tasks failed"


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_study_keeps_what_is_finished(tmp_path: Path, workers: int) -> None:
    mark, out = tmp_path / "mark", tmp_path / "out"
    study = a_study(slow, common={"parts": str(out / "parts"), "mark": str(mark)})

    def press(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, press)
    presser = threading.Thread(
        target=lambda: (interrupt_when(mark), os.kill(os.getpid(), signal.SIGUSR1))
    )
    presser.start()
    try:
        with pytest.raises(runner.StudyInterrupted, match="tasks finished and kept"):
            npl.run_study(study, out, workers=workers)
    finally:
        presser.join()
        signal.signal(signal.SIGUSR1, before)
    record = json.loads((out / "run.json").read_text())
    assert record["state"] == "interrupted"
    done = [task for task in record["tasks"] if task["state"] == "done"]
    assert len(done) == len(Parts(out / "parts").find()) >= 1
    assert not (out / "table.csv").exists()
    assert not list(out.rglob(f"*{_files.PENDING}"))


def interrupt_when(mark: Path) -> None:
    while not mark.exists():
        time.sleep(0.02)


# -- what a study refuses before it starts ---------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Two Words"}, "lower-case words joined by hyphens"),
        ({"grid": {"scael": (1.0,)}}, "did you mean 'scale'"),
        ({"grid": {"scale": ()}}, "at least one value"),
        ({"grid": {"scale": (float("nan"),)}}, "must be a finite number; found nan"),
        ({"common": {"scale": 1.0}}, "in grid and in common"),
    ],
)
def test_misuse_is_told_at_once(changes: dict[str, Any], message: str) -> None:
    settings = {"name": "draws", "grid": SCALES, "common": {}} | changes
    with pytest.raises(ValueError, match=message):
        npl.Study(
            settings["name"], "?", GRAPHS, settings["grid"], settings["common"], measure=draws
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grid": {"scale": (None,)}}, "numbers and text"),
        ({"seed": 1.5}, "seed must be a whole number of at least 0; found 1.5"),
        ({"graphs": "karate"}, r"give a list: \['karate'\]"),
    ],
)
def test_wrong_types_are_told_at_once(changes: dict[str, Any], message: str) -> None:
    settings: dict[str, Any] = {"graphs": GRAPHS, "grid": SCALES, "seed": 0} | changes
    with pytest.raises(TypeError, match=message):
        npl.Study("draws", "?", measure=draws, **settings)


@pytest.mark.parametrize(
    ("graphs", "message"),
    [
        (("karete",), "did you mean 'karate'"),
        (("nothing*",), "matches no file and none of the networks"),
        (("nowhere/none.graphml",), "nowhere/none.graphml"),
        ((), "no networks"),
        (("karate", "kar*"), "two networks are called 'karate'"),
        ({"multi": nx.MultiGraph([(0, 1), (0, 1)])}, "network 'multi': "),
        ({"empty": nx.Graph()}, "network 'empty': "),
    ],
)
def test_graphs_that_do_not_exist_or_work(tmp_path: Path, graphs: Any, message: str) -> None:
    study = npl.Study("draws", "?", graphs, SCALES, measure=draws)
    with pytest.raises((ValueError, TypeError), match=message):
        npl.run_study(study, tmp_path / "out")
    assert not (tmp_path / "out").exists(), "nothing is written"


@pytest.mark.parametrize(
    ("workers", "kind"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_workers_must_be_a_number(tmp_path: Path, workers: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="at least 1"):
        npl.run_study(a_study(), tmp_path / "out", workers=workers)
    assert not (tmp_path / "out").exists(), "nothing is written"


def naps(graph: Any, rng: int, *, scale: float) -> pd.DataFrame:
    time.sleep(600.0 if scale == 2.0 else 0.0)
    return draws(graph, rng, scale=scale)


def test_a_task_that_takes_too_long_fails_alone(tmp_path: Path) -> None:
    table = npl.run_study(a_study(naps), tmp_path, time_limit=2.0)
    failed = table[table["status"] == "failed"]
    assert failed[["graph", "scale"]].values.tolist() == [["path", 2.0], ["letters", 2.0]]
    assert set(failed["error"]) == {"it did not end within the limit of 2 s"}
    assert table["value"].notna().sum() == 12


def test_a_limit_in_time_needs_processes(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="leave out the exec"):
        npl.run_study(a_study(), tmp_path / "out", executor=executor, time_limit=1.0)
    with pytest.raises(ValueError, match="time_limit must be a finite number above 0"):
        npl.run_study(a_study(), tmp_path / "out", time_limit=-1.0)
    assert not (tmp_path / "out").exists()


def test_only_the_first_five_of_a_study_go_without_names() -> None:
    with pytest.raises(TypeError, match="positional"):
        npl.Study("draws", "?", GRAPHS, SCALES, {}, 1)  # type: ignore[misc]
    with pytest.raises(ValueError, match="seed must be at least 0; found -1"):
        a_study(seed=-1)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "progress", "patience", "drawn"),
    [
        (Terminal, None, 0.0, True),
        (Terminal, None, 600.0, False),
        (Terminal, True, 600.0, True),
        (Terminal, False, 0.0, False),
        (io.StringIO, None, 0.0, False),
        (io.StringIO, True, 0.0, False),
    ],
)
def test_who_sees_a_bar(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stream: Any,
    progress: Any,
    patience: float,
    drawn: bool,
) -> None:
    errors = stream()
    monkeypatch.setattr("sys.stderr", errors)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(_progress, "_PATIENCE", patience)
    npl.run_study(a_study(), tmp_path, progress=progress)
    assert ("draws" in errors.getvalue()) == drawn


def test_a_measure_without_a_table_fails_alone(tmp_path: Path) -> None:
    table = npl.run_study(a_study(no_table), tmp_path)
    assert table["error"].str.contains("returned a int, not a DataFrame").sum() == 2


def no_table(graph: Any, rng: int, *, scale: float) -> Any:
    return 3 if scale == 2.0 else draws(graph, rng, scale=scale)


# -- tables on disk ----------------------------------------------------------------------------


def test_parts_read_back_exactly() -> None:
    nodes: list[Any] = [(0, 1), "a", 3]
    table = pd.DataFrame(
        {
            "node": pd.Series([3, (0, 1), "a"], dtype=object),
            "n_stable": pd.Series([1, 2**200, 3], dtype=object),
            "n_stable_upper": pd.Series([1, 2**200, float("inf")], dtype=object),
            "log2": [0.1, 1e-300, -np.inf],
            "module": pd.Series([1, None, "b"], dtype=object),
            "is_choke": [True, False, True],
        }
    )
    ((many, back),) = unpacked([Packed({}, packed(table, nodes), nodes)])
    assert many == 1
    for name in table.columns:
        assert back[name].tolist() == table[name].tolist(), name
    published = publishable(back)
    assert published["n_stable"].tolist() == ["1", str(2**200), "3"]
    assert published["node"].tolist() == ["3", "(0, 1)", "a"]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write_half() -> None:
        with _files.whole(path) as pending:
            pending.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_while_a_table_is_kept_stops_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only while the measure works: else the case would fail and the others go on."""

    def interrupted(task: Any, table: Any) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "_kept", interrupted)
    with pytest.raises(runner.StudyInterrupted):
        npl.run_study(a_study(), tmp_path)
