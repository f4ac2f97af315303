"""Work on several processes of this machine: the one way in which netplastic does it.

The processes are joblib's (loky): they take functions from scripts and notebooks as they are, and
need no ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Lost", "on_processes"]

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Linear algebra shares the cores with nobody: results then round alike on one process or many."""


@dataclass(frozen=True)
class Lost:
    """What is left of a task whose process died."""

    why: str = (
        "the worker process died (killed, or out of memory); use fewer workers, or a smaller budget"
    )


@dataclass
class _Job(Generic[_Task, _Result]):
    """What is to be done, by whom, and what a broken pool left in doubt."""

    function: Callable[[_Task], _Result]
    queue: list[tuple[int, _Task]]
    suspects: list[tuple[int, _Task]]


def on_processes(
    function: Callable[[_Task], _Result], tasks: Iterable[_Task], workers: int
) -> Generator[tuple[int, _Result | Lost]]:
    """Do function(task) for every task on so many processes; results come as they are ready.

    A process that dies takes its pool with it. The tasks then under way (at most one a worker
    and one waiting) are done again, each alone, so that only the one that kills is lost.

    Parameters
    ----------
    function : callable
        What it raises is raised here, and ends the rest.
    tasks : iterable
    workers : int

    Yields
    ------
    tuple of int and result
        Number of the task, from 0, and what the function returned, or `Lost`.

    Examples
    --------
    >>> sorted(on_processes(abs, [-1, -2, -3], workers=2))
    [(0, 1), (1, 2), (2, 3)]
    """
    job = _Job(function, list(enumerate(tasks))[::-1], [])
    while job.queue:
        with _pool(min(workers, len(job.queue))) as pool:
            yield from _drain(pool, job, workers + 1)
        suspects, job.suspects = job.suspects, []
        for number, task in suspects:
            with _pool(1) as alone:
                try:
                    yield number, alone.submit(function, task).result()
                except BrokenExecutor:
                    yield number, Lost()


def _drain(
    pool: Executor, job: _Job[_Task, _Result], window: int
) -> Generator[tuple[int, _Result | Lost]]:
    """Do tasks of the queue until it is empty or the pool breaks, which leaves suspects."""
    running: dict[Future[_Result], tuple[int, _Task]] = {}
    while (job.queue and not job.suspects) or running:
        while job.queue and not job.suspects and len(running) < window:
            number, task = job.queue.pop()
            try:
                running[pool.submit(job.function, task)] = number, task
            except BrokenExecutor:
                job.suspects.append((number, task))
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            number, task = running.pop(future)
            try:
                yield number, future.result()
            except BrokenExecutor:
                job.suspects.append((number, task))


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    """Open a pool of fresh processes; when left by an error (Ctrl-C), end them at once."""
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(workers, initializer=_settle_worker, env=_ONE_THREAD)
    try:
        yield pool
        pool.shutdown(wait=True)
    except BaseException:
        pool.shutdown(wait=True, kill_workers=True)
        raise


def _settle_worker() -> None:
    """Leave Ctrl-C to the parent, which ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
