"""Tasks on a dask cluster: workers come and go, the scheduler may be lost and come back.

A graph is sent to the scheduler once and from there to each worker that needs it. Whoever may
connect to a scheduler can run anything on its workers and read what passes: it is trusted.
"""

from __future__ import annotations

import time
import warnings
from asyncio import CancelledError
from collections import Counter, deque
from collections.abc import Generator, Iterable
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import networkx as nx

from netplastic._support import check_versions, in_words, versions

from ._task import Task
from ._workers import Outcome, perform

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["SchedulerLost", "on_dask"]

_TURN = 1.0
_QUIET = 10.0
"""Seconds without a worker after which that is said."""

_PATIENCE = 60.0
"""Seconds that a lost scheduler is waited for."""

_TRIES = 3
"""How often a task is begun that the cluster loses."""


_RETURNS = 20
"""How often it is begun again because the scheduler, or the graph on a worker, went away."""


class SchedulerLost(OSError):
    """The scheduler went away and did not come back."""


def on_dask(tasks: Iterable[Task], client: Client) -> Generator[tuple[Task, Outcome]]:
    """Do the tasks on a cluster, as many at a time as it has use for.

    Raises
    ------
    ValueError
        If a worker has other versions than this process.
    SchedulerLost
        An OSError: finished tasks are kept, and the same call goes on.
    """
    check_versions(client)
    cluster = _Cluster(client, tasks)
    try:
        while cluster.hand_out():
            yield from cluster.collect()
    finally:
        cluster.cancel()


class _Refused(Exception):
    """A worker has other versions."""


def _there(task: Task, graph: Any, expected: dict[str, str]) -> Outcome:
    """Do a task on a worker."""
    mine = versions()
    if mine != expected:
        names = [name for name in expected if mine.get(name) != expected[name]]
        which = ", ".join(f"{name} {mine.get(name, '(none)')}" for name in names)
        raise _Refused(f"a worker was refused: it has {which}, not the study's")
    return perform(replace(task, graph=graph))


def _read(data: bytes) -> Any:
    """Make a graph of its pickle: a step that the cluster can do again when a worker is lost."""
    import pickle

    return pickle.loads(data)


class _Cluster:
    """What is under way on a cluster."""

    def __init__(self, client: Client, tasks: Iterable[Task]) -> None:
        self._client = client
        self._todo = deque(tasks)
        self._left = Counter(id(task.graph) for task in self._todo)
        self._lost: Counter[str] = Counter()
        self._cancelled: Counter[str] = Counter()
        self._running: dict[Future, Task] = {}
        self._graphs: dict[int, Future] = {}
        self._done: SimpleQueue[Future] = SimpleQueue()
        self._heard = time.monotonic()
        self._window, self._told = 0, False

    def hand_out(self) -> bool:
        """Submit tasks; whether any are under way."""
        while self._todo and len(self._running) < max(1, self._window):
            task = self._todo.popleft()
            future = self._client.submit(
                _there, replace(task, graph=nx.Graph()), self._graph(task), versions(), pure=False
            )
            self._running[future] = task
            future.add_done_callback(self._done.put)
            if not self._window:
                self._look()
        return bool(self._running)

    def collect(self) -> Generator[tuple[Task, Outcome]]:
        """Wait for a result, and for what may have happened instead."""
        try:
            future = self._done.get(timeout=_TURN)
        except Empty:
            self._look()
            return
        self._heard, self._told = time.monotonic(), False
        task = self._running.pop(future, None)
        if task is None:
            return
        try:
            outcome = future.result()
        except (Exception, CancelledError) as error:
            cancelled = future.cancelled()
            if cancelled:
                self._reconnect()
            tries = self._cancelled if cancelled else self._lost
            tries[task.key] += 1
            if self._lost[task.key] < _TRIES and self._cancelled[task.key] < _RETURNS:
                self._todo.append(task)
                return
            outcome = Outcome(
                error=f"lost by the cluster {tries[task.key]} times: {in_words(error)}"
            )
        self._left[id(task.graph)] -= 1
        if not self._left[id(task.graph)]:
            self._graphs.pop(id(task.graph), None)
        yield task, outcome

    def cancel(self) -> None:
        """Give up what is under way."""
        if self._running and self._client.status == "running":
            self._client.cancel(list(self._running))
        self._running.clear()
        self._graphs.clear()

    def _graph(self, task: Task) -> Future:
        import cloudpickle

        if id(task.graph) not in self._graphs:
            data = cloudpickle.dumps(task.graph)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Sending large graph")
                self._graphs[id(task.graph)] = self._client.submit(_read, data, pure=False)
        return self._graphs[id(task.graph)]

    def _look(self) -> None:
        """See how many workers there are, and say so where there are none."""
        if self._client.status != "running":
            self._reconnect()
            return
        try:
            threads = sum(self._client.nthreads().values())
        except OSError:  # it goes away just now
            return
        self._window = max(64, 4 * threads)
        if threads:
            self._heard = time.monotonic()
        elif not self._told and time.monotonic() - self._heard > _QUIET:
            self._told = True
            warnings.warn(
                f"the scheduler {self._client.scheduler.address} has no workers; the study waits "
                "for some (dask worker ADDRESS starts one).",
                RuntimeWarning,
                stacklevel=2,
            )

    def _reconnect(self) -> None:
        """Wait for a scheduler that went away; what it had is submitted again."""
        until = time.monotonic() + _PATIENCE
        while self._client.status != "running":
            if self._client.status == "closed" or time.monotonic() > until:
                raise SchedulerLost(
                    f"the dask scheduler {self._client.scheduler.address} is gone; what is "
                    "finished is kept, and the same call or command goes on from there."
                )
            time.sleep(0.2)
        lost = [future for future in self._running if future.cancelled()]
        self._todo.extend(self._running.pop(future) for future in lost)
        self._graphs.clear()
