"""Doing tasks in this process, in several, or on somebody's executor.

Whoever does them, every task ends in exactly one `Outcome`: a table or a failure in words.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Generator, Iterable
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass

import pandas as pd

from netplastic._support import Lost, on_processes

from ._study import Task

__all__ = ["Outcome", "in_processes", "in_this_process", "on_executor"]


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


def in_processes(tasks: Iterable[Task], workers: int) -> Generator[Outcome]:
    """Do the tasks on so many processes of this machine."""
    listed = list(tasks)
    for number, outcome in on_processes(perform, listed, workers):
        yield Outcome(listed[number], None, outcome.why) if isinstance(outcome, Lost) else outcome
