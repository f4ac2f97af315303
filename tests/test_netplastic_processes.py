"""Worker processes: they take what they are given, go when their parent goes, and lose nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netplastic._support import Lost, _link, on_processes

ROOT = Path(__file__).parents[1]


def python(*words: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=120, cwd=ROOT, **settings
    )


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if happens():
            return True
        time.sleep(0.05)
    return happens()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:  # ended, and not yet waited for by whoever inherited it
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


SCRIPT = """
import networkx as nx, pandas as pd, netplastic as npl
import sys
FACTOR = 3.0

class Twice:
    def __call__(self, value):
        return 2 * value

def measure(graph, rng, *, k):
    print("from within")
    return pd.DataFrame({"value": [FACTOR * Twice()(k) + maker(1.0)]})

def maker(value):
    return value + 1

graph = nx.path_graph(2)
study = npl.Study("script", "?", {"pair": graph}, {"k": (1.0, 2.0, 3.0)}, measure=%s)
print(npl.run_study(study, sys.argv[1], workers=2)["value"].tolist())
"""


@pytest.mark.parametrize("measure", ["measure", "lambda g, rng, *, k: measure(g, rng, k=k)"])
@pytest.mark.parametrize("way", ["file", "-c"])
def test_a_script_needs_no_guard(tmp_path: Path, way: str, measure: str) -> None:
    script = SCRIPT % measure
    (tmp_path / "script.py").write_text(script)
    words = [str(tmp_path / "script.py")] if way == "file" else ["-c", script]
    done = python(*words, str(tmp_path / "out"), env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stdout.splitlines()[-1] == "[8.0, 14.0, 20.0]", done.stderr
    assert done.stderr.count("from within") == 3


ORPHANS = """
import os, sys, time
from netplastic._support import on_processes
PATH = sys.argv[1]

def work(number):
    with open(PATH, "a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(600)

for _ in on_processes(work, range(2), 2):
    pass
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_no_orphans(tmp_path: Path, number: int) -> None:
    path = tmp_path / "pids"
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(path)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        assert within(60.0, lambda: path.exists() and len(path.read_text().split()) == 2)
    finally:
        parent.send_signal(number)
        parent.wait()
    pids = [int(pid) for pid in path.read_text().split()]
    assert within(5.0, lambda: all(map(gone, pids)))


def whoami(number: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def test_a_worker_that_dies_while_starting_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first two processes end before they begin; nothing is lost, no task is suspected."""
    mark = tmp_path / "mark"
    boot = f"""
import os, pathlib, signal
mark = pathlib.Path({str(mark)!r})
with mark.open("a") as file: file.write("x")
if mark.stat().st_size <= 2: os.kill(os.getpid(), signal.SIGKILL)
{textwrap.dedent(_link.BOOT)}
"""
    monkeypatch.setattr(_link, "BOOT", boot)
    found = dict(on_processes(abs, range(6), 2))
    assert found == {number: number for number in range(6)}
    assert mark.stat().st_size >= 3


def test_workers_that_never_start_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_link, "BOOT", "raise SystemExit(7)")
    with pytest.raises(RuntimeError, match="4 worker processes ended with status 7 before"):
        dict(on_processes(abs, range(6), 2))


UNREADABLE = """
from netplastic._support import on_processes
class Function:
    def __reduce__(self):
        return (int, ("no number",))
try:
    list(on_processes(Function(), [1], 1))
except RuntimeError as error:
    print(error)
"""


def test_a_function_that_cannot_be_read_says_why_and_no_more() -> None:
    done = python("-c", UNREADABLE)
    assert "ended with status 1 before they began; standard error may say why" in done.stdout
    assert "ValueError: invalid literal for int()" in done.stderr
    assert "Fatal" not in done.stderr


def naps(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_a_limit_in_time_ends_one_task_and_no_other() -> None:
    began = time.monotonic()
    found = dict(on_processes(naps, [0.0, 600.0, 0.01, 600.0, 0.02, 0.03], 2, time_limit=1.0))
    assert time.monotonic() - began < 60.0
    assert found == {
        0: 0.0,
        1: Lost("it did not end within the limit of 1 s"),
        2: 0.01,
        3: Lost("it did not end within the limit of 1 s"),
        4: 0.02,
        5: 0.03,
    }


KEEP: list[bytes] = []


def leaks(number: int) -> int:
    KEEP.append(b"x" * (4 * 2**20))
    return os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="needs to know how much a process holds")
def test_a_worker_that_grows_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_link, "_LEAK", 2**20)
    monkeypatch.setattr(_link, "_MOST_WAITING", 1)  # else short tasks are sent several at once
    found = dict(on_processes(leaks, range(6), 1))
    assert len(found) == 6
    assert len(set(found.values())) >= 3, "at most two tasks each: the second is one too many"


class Large:
    """Counts how often it is pickled, and is counted where it is read."""

    pickled = 0

    def __reduce__(self) -> Any:
        Large.pickled += 1
        return read_large, ()


READ = [0]


def read_large() -> Large:
    READ[0] += 1
    return Large()


def reads(task: tuple[Large, int]) -> tuple[int, int]:
    return os.getpid(), READ[0]


def test_what_tasks_share_is_sent_once_to_each_worker() -> None:
    Large.pickled = 0
    one, other = Large(), Large()
    tasks = [(one, number) for number in range(20)] + [(other, number) for number in range(20)]
    found = dict(on_processes(reads, tasks, 2, shared=lambda task: (task[0],)))
    assert Large.pickled == 2
    assert len(found) == 40
    assert max(count for _, count in found.values()) <= 2


def waits_for_others(task: tuple[str, int]) -> bool:
    folder, number = task
    if number != 100:
        Path(folder, str(number)).touch()
        return True
    return within(20.0, lambda: len(list(Path(folder).iterdir())) == 160)


def test_short_tasks_do_not_wait_behind_a_long_one(tmp_path: Path) -> None:
    """Task 100 ends only when all others are done, those that were sent after it, too."""
    found = dict(on_processes(waits_for_others, [(str(tmp_path), n) for n in range(161)], 2))
    assert len(found) == 161
    assert found[100] is True


def dies_with_a_child(path: str) -> None:
    """End at once, and leave a child that holds whatever this process holds."""
    if not os.fork():
        Path(path).write_text(str(os.getpid()))
        time.sleep(600)
        os._exit(0)
    while not Path(path).exists():
        time.sleep(0.01)
    os._exit(3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_worker_whose_child_lives_on_is_known_to_be_dead(tmp_path: Path) -> None:
    path = tmp_path / "child"
    found = dict(on_processes(dies_with_a_child, [str(path)], 1))
    assert found == {0: Lost()}
    assert within(5.0, lambda: gone(int(path.read_text())))


def raises(number: int) -> int:
    raise LookupError(f"number {number}")


def returns_a_lock(number: int) -> Any:
    return threading.Lock()


def test_what_a_function_raises_is_raised_here() -> None:
    with pytest.raises(LookupError, match="number 0"):
        dict(on_processes(raises, [0], 2))
    with pytest.raises(TypeError, match="cannot pickle"):
        dict(on_processes(returns_a_lock, [0], 2))


def test_tasks_are_taken_as_workers_get_free() -> None:
    taken: list[int] = []

    def many() -> Any:
        for number in range(1000):
            taken.append(number)
            yield number

    results = on_processes(naps_a_little, many(), 2)
    next(results)
    assert len(taken) < 10
    results.close()


def naps_a_little(number: int) -> int:
    time.sleep(0.1)
    return number
