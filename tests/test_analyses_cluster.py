"""Studies on a dask cluster whose workers and scheduler come and go."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic._support import _crew as crews
from netplastic._support import crew_of, versions
from netplastic.analyses import _cluster as cluster

distributed = pytest.importorskip("distributed")

HERE = Path(__file__).parent
QUIET = {
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "10s",
}
# Of distributed itself, when scheduler and workers go away.
pytestmark = pytest.mark.filterwarnings("ignore::Warning:distributed", "ignore::ResourceWarning")


class Machines:
    """A scheduler and workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.processes: list[subprocess.Popen[bytes]] = []

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        paths = [str(HERE.parent), str(HERE), os.environ.get("PYTHONPATH", "")]
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                stdout=log, stderr=log, cwd=self._folder,
                env={**os.environ, **QUIET, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            )  # fmt: skip
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen[bytes]:
        words = ("--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-show")
        return self._start("distributed.cli.dask_scheduler", *words)

    def worker(self) -> subprocess.Popen[bytes]:
        words = (self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
        return self._start("distributed.cli.dask_worker", *words)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    made = Machines(tmp_path)
    try:
        yield made
    finally:
        for process in made.processes:
            process.kill()
        for process in made.processes:
            process.wait()


@contextmanager
def client(machines: Machines, workers: int) -> Iterator[Any]:
    with distributed.Client(machines.address, timeout="60s", set_as_default=False) as found:
        if workers:
            found.wait_for_workers(workers, timeout=60)
        yield found


def when_kept(out: Path, tasks: int, do: Callable[[], Any]) -> None:
    """Do something once so many tasks are finished and kept."""
    until = time.monotonic() + 60.0
    while time.monotonic() < until:
        files = (out / "parts").glob("*tasks*") if (out / "parts").exists() else ()
        if sum(path.read_bytes().count(b'"sha256"') for path in files) >= tasks:
            break
        time.sleep(0.05)
    do()


def steady(graph: Any, rng: int, *, number: int, seconds: float = 0.0) -> pd.DataFrame:
    time.sleep(seconds)
    return pd.DataFrame({"value": [rng % 1000 + number], "edges": [graph.size()]})


def a_study(tasks: int = 12, **common: Any) -> npl.Study:
    graphs = {"path": nx.path_graph(5), "ring": nx.cycle_graph(6)}
    grid = {"number": range(tasks // 2)}
    return npl.Study("steady", "?", graphs, grid, common, measure=steady)


def test_a_cluster_gives_the_same_table(machines: Machines, tmp_path: Path) -> None:
    machines.scheduler()
    machines.worker()
    machines.worker()
    here = npl.run_study(a_study(), tmp_path / "here")
    with client(machines, 2) as found:
        there = npl.run_study(a_study(), tmp_path / "there", executor=found)
        npl.run_study(a_study(), tmp_path / "executor", executor=found.get_executor())
    pd.testing.assert_frame_equal(here, there, check_exact=True)
    for name in ("table.csv", "table.parquet"):
        expected = (tmp_path / "here" / name).read_bytes()
        assert (tmp_path / "there" / name).read_bytes() == expected
        assert (tmp_path / "executor" / name).read_bytes() == expected


def test_a_worker_that_is_lost_costs_nothing(machines: Machines, tmp_path: Path) -> None:
    machines.scheduler()
    first = machines.worker()
    machines.worker()
    with client(machines, 2) as found:
        killer = threading.Thread(target=when_kept, args=(tmp_path / "out", 5, first.kill))
        killer.start()
        table = npl.run_study(a_study(40, seconds=0.15), tmp_path / "out", executor=found)
    assert first.poll() is not None
    assert "status" not in table
    assert len(table) == 40


def slowly(number: int) -> int:
    time.sleep(0.1)
    return 2 * number


def test_neighborhoods_on_a_cluster_whose_worker_is_lost(machines: Machines) -> None:
    machines.scheduler()
    first = machines.worker()
    machines.worker()
    net = npl.PlasticNetwork(nx.cycle_graph(12), npl.Hebbian(-20.0))
    with client(machines, 2) as found:
        for ask in (npl.count_neighborhoods, npl.onset_neighborhoods):
            here = ask(net, nodes=[0, 5], progress=False).drop(columns="seconds")
            there = ask(net, nodes=[0, 5], progress=False, executor=found).drop(columns="seconds")
            pd.testing.assert_frame_equal(here, there, check_exact=True)
        results = {}
        for number, value in crew_of(1, found).do(slowly, range(40)):
            results[number] = value
            if len(results) == 5:
                first.kill()
    assert first.poll() is not None
    assert results == {number: 2 * number for number in range(40)}


def test_sampling_on_a_cluster_whose_workers_go_and_come(machines: Machines) -> None:
    machines.scheduler()
    first = machines.worker()
    machines.worker()
    graph = npl.graphs.ring_of_modules(modules=4, module_size=10, density=0.5, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-30.0), learning_rate=100.0)
    asked: dict[str, Any] = {"stable_only": True, "budget": npl.Budget(starts=2400), "rng": 3}
    here = npl.find_equilibria(net, "sampled", **asked)
    with client(machines, 2) as found:
        executor = Changing(found, {40: first.kill, 80: machines.worker})
        there = npl.find_equilibria(net, "sampled", **asked, executor=executor)
        assert first.poll() is not None
        assert len(found.scheduler_info()["workers"]) == 2
    assert not executor.todo
    for name in ("activity", "radius", "stable", "hits"):
        np.testing.assert_array_equal(getattr(here, name), getattr(there, name))


class Changing(Executor):
    """The executor of a cluster; does something once so many tasks were submitted."""

    def __init__(self, found: Any, todo: dict[int, Callable[[], Any]]) -> None:
        self._inside, self.todo, self._submitted = found.get_executor(pure=False), todo, 0
        self._client = found

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._submitted += 1
        self.todo.pop(self._submitted, lambda: None)()
        if not self.todo:  # one was killed, the new one is there
            self._client.wait_for_workers(2, timeout=60)
        return self._inside.submit(function, *args, **kwargs)


def test_a_scheduler_that_comes_back_goes_on(machines: Machines, tmp_path: Path) -> None:
    old = machines.scheduler()
    workers = [machines.worker()]

    def restart() -> None:
        for process in (old, *workers):
            process.kill()
        time.sleep(1.0)
        machines.scheduler()
        machines.worker()

    with client(machines, 1) as found:
        thread = threading.Thread(target=when_kept, args=(tmp_path / "out", 5, restart))
        thread.start()
        table = npl.run_study(a_study(40, seconds=0.2), tmp_path / "out", executor=found)
        thread.join()
    assert "status" not in table
    assert len(table) == 40


def test_a_scheduler_that_is_gone_is_said(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 3.0)
    scheduler = machines.scheduler()
    machines.worker()
    out = tmp_path / "out"
    with client(machines, 1) as found:
        killer = threading.Thread(target=when_kept, args=(out, 5, scheduler.kill))
        killer.start()
        with pytest.raises(cluster.SchedulerLost, match=r"the dask scheduler tcp://.* is gone"):
            npl.run_study(a_study(60, seconds=0.2), out, executor=found)
    assert json.loads((out / "run.json").read_text())["state"] == "stopped by an error"
    table = npl.run_study(a_study(60, seconds=0.2), out)
    states = [task["state"] for task in json.loads((out / "run.json").read_text())["tasks"]]
    assert len(table) == 60
    assert "kept from before" in states


def test_a_cluster_without_workers_is_said(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_QUIET", 0.5)
    machines.scheduler()
    with client(machines, 0) as found:
        late = threading.Timer(4.0, machines.worker)
        late.start()
        with pytest.warns(RuntimeWarning, match=r"scheduler tcp://.* has no workers; the study w"):
            table = npl.run_study(a_study(), tmp_path / "out", executor=found)
    assert "status" not in table


def test_workers_with_other_versions_are_refused(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.scheduler()
    machines.worker()
    mine = {**versions(), "numpy": "9.9.9"}
    with client(machines, 1) as found:
        for module in (cluster, crews):
            monkeypatch.setattr(module, "versions", lambda: mine)
        with pytest.raises(ValueError, match=r"worker tcp://.* has numpy .* instead of 9\.9\.9"):
            npl.run_study(a_study(), tmp_path / "out", executor=found)
        # One that comes later is found out by its first task.
        monkeypatch.setattr(cluster, "check_versions", lambda client: None)
        table = npl.run_study(a_study(), tmp_path / "out", executor=found)
    assert table["error"].str.contains("lost by the cluster 3 times: _Refused: a worker was").all()
