"""Doing tasks in this process, in several, or on somebody's executor.

Whoever does them, every task ends in exactly one `Outcome`: a table or a failure in words.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from ._study import Task

__all__ = ["Outcome", "in_this_process", "on_executor", "on_processes"]

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
DIED = "the worker process died (killed, or out of memory); use fewer workers, or a smaller budget"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a task.

    Attributes
    ----------
    task : Task
    table : pandas.DataFrame or None
        None when the task failed.
    error : str
        Why it failed, in one line; empty when it did not.
    trace : str
        The traceback, for whoever mends it.
    seconds : float
        Wall-clock time that it took.
    """

    task: Task
    table: pd.DataFrame | None
    error: str = ""
    trace: str = ""
    seconds: float = 0.0


def perform(task: Task) -> Outcome:
    """Do one task; a task that raises is an outcome, so that no case ends a sweep."""
    started = time.perf_counter()
    try:
        table = task.run()
        if not isinstance(table, pd.DataFrame):
            raise TypeError(f"the measure returned a {type(table).__name__}, not a DataFrame.")
    except Exception as error:
        line = " ".join(f"{type(error).__name__}: {error}".split())
        trace = traceback.format_exc()
        return Outcome(task, None, line, trace, time.perf_counter() - started)
    return Outcome(task, table, seconds=time.perf_counter() - started)


def in_this_process(tasks: Iterable[Task]) -> Generator[Outcome]:
    """Do the tasks one after another."""
    for task in tasks:
        yield perform(task)


def on_executor(tasks: Iterable[Task], executor: Executor) -> Generator[Outcome]:
    """Do the tasks on an executor of the caller's, such as a dask client's."""
    futures = {executor.submit(perform, task): task for task in tasks}
    try:
        for future in as_completed(futures):
            try:
                yield future.result()
            except Exception as error:
                # The task itself never raises: the executor or one of its workers did.
                line = " ".join(f"{type(error).__name__}: {error}".split())
                yield Outcome(futures[future], None, f"lost by the executor: {line}")
    finally:
        for future in futures:
            future.cancel()


def on_processes(tasks: Iterable[Task], workers: int) -> Generator[Outcome]:
    """Do the tasks on so many processes of this machine.

    A process that dies takes its pool with it. The tasks then under way (at most one a worker
    and one waiting) are done again, each alone, so that only the one that kills is lost.

    Raises
    ------
    RuntimeError
        If processes cannot be started at all.
    """
    queue = list(tasks)[::-1]
    while queue:
        suspects: list[Task] = []
        with _pool(min(workers, len(queue))) as pool:
            yield from _drain(pool, queue, workers + 1, suspects)
        for task in suspects:
            with _pool(1) as alone:
                try:
                    yield alone.submit(perform, task).result()
                except BrokenExecutor:
                    yield Outcome(task, None, DIED)


def _drain(
    pool: Executor, queue: list[Task], window: int, suspects: list[Task]
) -> Generator[Outcome]:
    """Do tasks of the queue until it is empty or the pool breaks; then fill `suspects`."""
    running: dict[Future[Outcome], Task] = {}
    while (queue and not suspects) or running:
        while queue and not suspects and len(running) < window:
            task = queue.pop()
            try:
                running[pool.submit(perform, task)] = task
            except BrokenExecutor:
                suspects.append(task)
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            task = running.pop(future)
            try:
                yield future.result()
            except BrokenExecutor:
                suspects.append(task)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of fresh processes; when left by an error (Ctrl-C), end them at once."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_settle_worker
    )
    try:
        with _one_thread_each():
            _check_start(pool)
            yield pool
            pool.shutdown(wait=True)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise


def _settle_worker() -> None:
    """Leave Ctrl-C to the parent, which ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _check_start(pool: Executor) -> None:
    try:
        pool.submit(os.getpid).result()
    except BrokenExecutor:
        raise RuntimeError(
            "worker processes cannot start. In a script, put the call under "
            "`if __name__ == '__main__':` (each worker imports the script), or use workers=1."
        ) from None


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start meanwhile use one thread of linear algebra, unless told else."""
    mine = [name for name in THREAD_LIMITS if name not in os.environ]
    os.environ.update(dict.fromkeys(mine, "1"))
    try:
        yield
    finally:
        for name in mine:
            os.environ.pop(name, None)
