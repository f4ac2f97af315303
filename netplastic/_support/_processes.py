"""Work on several processes of this machine: the one way in which netplastic does it.

Workers are plain processes of Python that get functions and tasks by cloudpickle: these may come
from scripts, notebooks or ``python -c`` as they are, and need no ``if __name__ == "__main__":``.
Each task is known to be on one worker, so that a process that dies takes nobody else with it.
"""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from ._frames import Frame, Kind
from ._link import Link, Shared

__all__ = ["Lost", "on_processes"]

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_TURN = 0.2
"""Seconds after which the parent looks up: at limits in time, and at who waits behind whom."""

_FALSE_STARTS = 3
"""How many workers in a row may end before they have begun."""


@dataclass(frozen=True)
class Lost:
    """What is left of a task whose process died or was ended."""

    why: str = (
        "the worker process died (killed, or out of memory); use fewer workers, or a smaller budget"
    )


def on_processes(
    function: Callable[[_Task], _Result],
    tasks: Iterable[_Task],
    workers: int,
    *,
    shared: Callable[[_Task], Iterable[Any]] = lambda task: (),
    time_limit: float | None = None,
) -> Generator[tuple[int, _Result | Lost]]:
    """Do function(task) for every task on so many processes; results come as they are ready.

    A task whose process dies is done once more, alone; only if that process dies too is it lost.
    Processes that die before they begin are replaced, and so are those that grow without end.

    Parameters
    ----------
    function : callable
        What it raises is raised here, and ends the rest.
    tasks : iterable
        Taken as workers get free.
    workers : int
    shared : callable, optional
        Objects inside a task that other tasks hold as well: sent to each worker once.
    time_limit : float, optional
        Seconds after which a task is ended, and `Lost`.

    Yields
    ------
    tuple of int and result
        Number of the task, from 0, and what the function returned, or `Lost`.

    Raises
    ------
    RuntimeError
        If processes end before they begin, one after another.

    Examples
    --------
    >>> sorted(on_processes(abs, [-1, -2, -3], workers=2))
    [(0, 1), (1, 2), (2, 3)]
    """
    pool = _Pool(function, enumerate(tasks), workers, Shared(shared), time_limit)
    try:
        yield from pool.work()
        pool.end()
    finally:
        pool.kill()


class _Pool(Generic[_Task, _Result]):
    """Workers, and who does what."""

    def __init__(
        self,
        function: Callable[[_Task], _Result],
        tasks: Iterator[tuple[int, _Task]],
        workers: int,
        shared: Shared,
        time_limit: float | None,
    ) -> None:
        import cloudpickle

        self._function: bytes = cloudpickle.dumps(function)
        self._tasks, self._workers = tasks, workers
        self._shared, self._limit = shared, time_limit
        self._again: deque[tuple[int, _Task]] = deque()
        self._suspects: deque[tuple[int, _Task]] = deque()
        self._alone: int | None = None
        self._sent: dict[int, _Task] = {}
        self._links: list[Link] = []
        self._leaving: list[Link] = []
        self._events: SimpleQueue[tuple[Link, Frame | None]] = SimpleQueue()
        self._false_starts = 0

    def work(self) -> Generator[tuple[int, _Result | Lost]]:
        """Do all tasks."""
        while True:
            self._hand_out()
            if not self._sent:
                return
            try:
                link, frame = self._events.get(timeout=_TURN)
            except Empty:
                self._recall()
                for link in [link for link in self._links if link.ended]:
                    yield from self._gone(link)
            else:
                yield from self._gone(link) if frame is None else self._answered(link, frame)
            if self._limit is not None:
                yield from self._late()

    def end(self) -> None:
        """Let idle workers go."""
        for link in self._links:
            link.end()
        until = time.monotonic() + 2.0
        for link in self._links:
            link.wait(max(0.0, until - time.monotonic()))

    def kill(self) -> None:
        """End all workers at once."""
        for link in (*self._links, *self._leaving):
            link.kill()
        self._links.clear()
        self._leaving.clear()

    def _hand_out(self) -> None:
        """Give tasks to workers with room, starting workers while there are too few."""
        while (free := self._free()) is not None:
            numbered = self._next()
            if numbered is None:
                return
            number, task = numbered
            data, used = self._shared.pickled(task)
            self._sent[number] = task
            free.send(number, data, used, self._shared)

    def _free(self) -> Link | None:
        """The worker with least to do, if it has room; a new one where there are too few."""
        for link in [link for link in self._links if link.outgrown and not link.tasks]:
            self._links.remove(link)
            self._leaving.append(link)
            link.end()
        busy = all(link.tasks for link in self._links)
        if busy and len(self._links) < self._workers and self._has_more():
            self._start()
        free = [link for link in self._links if link.room]
        return min(free, key=lambda link: len(link.tasks), default=None)

    def _start(self) -> None:
        try:
            self._links.append(Link(self._function, self._events, self._limit is not None))
        except OSError:  # no more processes for this user: those that there are go on
            if not self._links:
                raise
            self._workers = len(self._links)

    def _has_more(self) -> bool:
        if not self._again and (following := next(self._tasks, None)) is not None:
            self._again.append(following)
        return bool(self._again) or (bool(self._suspects) and not self._sent)

    def _next(self) -> tuple[int, _Task] | None:
        """The task to do next; one that may have killed its worker waits until it is alone."""
        if not self._has_more():
            return None
        if self._again:
            return self._again.popleft()
        number, task = self._suspects.popleft()
        self._alone = number
        return number, task

    def _answered(self, link: Link, frame: Frame) -> Iterator[tuple[int, _Result | Lost]]:
        link.note(frame)
        if frame.kind is Kind.READY:
            self._false_starts = 0
        if frame.kind in (Kind.READY, Kind.BEGUN):
            return
        task = self._sent.pop(frame.number)
        if frame.kind is Kind.RETURNED:
            self._again.append((frame.number, task))
            return
        value = pickle.loads(frame.data)
        if frame.kind is Kind.RAISED:
            raise value
        yield frame.number, value

    def _gone(self, link: Link) -> Iterator[tuple[int, _Result | Lost]]:
        """A worker has ended: what it was doing is suspect, what waited there is not."""
        if link in self._leaving:
            self._leaving.remove(link)
            link.kill()
        if link not in self._links:
            return  # ended by us
        self._links.remove(link)
        link.kill()
        if not link.ready:
            self._false_starts += 1
            if self._false_starts > _FALSE_STARTS:
                raise RuntimeError(
                    f"{self._false_starts} worker processes ended with status {link.wait(1.0)} "
                    "before they began; standard error may say why. Use workers=1, or fewer."
                )
        yield from self._abandoned(link, guilty=link.ready)

    def _abandoned(self, link: Link, guilty: bool) -> Iterator[tuple[int, _Result | Lost]]:
        for place, number in enumerate(link.tasks):
            task = self._sent.pop(number)
            if place or not guilty:
                self._again.append((number, task))
            elif number == self._alone:
                yield number, Lost()
            else:
                self._suspects.append((number, task))

    def _late(self) -> Iterator[tuple[int, _Result | Lost]]:
        """End workers whose task takes longer than it may."""
        assert self._limit is not None
        for link in list(self._links):
            if link.begun and time.monotonic() - link.began > self._limit:
                self._links.remove(link)
                link.kill()
                number = link.tasks.popleft()
                del self._sent[number]
                yield number, Lost(f"it did not end within the limit of {self._limit:g} s")
                yield from self._abandoned(link, guilty=False)

    def _recall(self) -> None:
        """Where a worker has nothing to do, take back what waits behind another's long task."""
        idle = any(not link.tasks for link in self._links) or len(self._links) < self._workers
        if idle and not self._has_more():
            for link in self._links:
                if len(link.tasks) > 1 and not link.recalled:
                    link.recall()
