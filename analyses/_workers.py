"""Doing tasks in this process, in several, or on somebody's executor.

Whoever does them, every task ends in exactly one `Outcome`: a table or a failure in words.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Generator, Iterable
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass

import pandas as pd

from netplastic._support import Lost, handed_out, in_words, on_processes, undivided

from ._storage import packed
from ._task import Task

__all__ = ["Outcome", "in_processes", "in_this_process", "on_executor", "perform"]


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes
    ----------
    data : bytes or None
        Its table as `packed` makes it; None when the task failed.
    error : str
        Why it failed, in one line; empty when it did not.
    trace : str
        The traceback, for whoever mends it.
    seconds : float
        Wall-clock time that it took.
    interrupted : bool
        Whether Ctrl-C ended it, where that reaches tasks.
    """

    data: bytes | None = None
    error: str = ""
    trace: str = ""
    seconds: float = 0.0
    interrupted: bool = False


def perform(task: Task) -> Outcome:
    """Do one task; one that fails is an outcome, whatever it raises: no case ends a sweep."""
    started = time.perf_counter()
    data, error, trace, interrupted, doing = None, "", "", False, ""
    try:
        with undivided():
            table = task.run()
        doing = "its table cannot be kept: "
        data = _kept(task, table)
    except BaseException as fault:
        error, trace = f"{doing}{in_words(fault)}", traceback.format_exc()
        interrupted = isinstance(fault, KeyboardInterrupt)
    seconds = time.perf_counter() - started
    return Outcome(data, _clean(error), _clean(trace), seconds, interrupted)


def _kept(task: Task, table: object) -> bytes:
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"the measure returned a {type(table).__name__}, not a DataFrame.")
    return packed(table, list(task.graph))


def _clean(text: str) -> str:
    """Text that a file can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def in_this_process(tasks: Iterable[Task]) -> Generator[tuple[Task, Outcome]]:
    """Do the tasks one after another."""
    for task in tasks:
        outcome = perform(task)
        if outcome.interrupted:
            raise KeyboardInterrupt
        yield task, outcome


def on_executor(tasks: Iterable[Task], executor: Executor) -> Generator[tuple[Task, Outcome]]:
    """Do the tasks on an executor of the caller's; what it does not do is a failure."""
    with closing(handed_out(perform, tasks, executor)) as done:
        for task, outcome in done:
            # The task itself never raises: the executor or one of its workers did.
            yield task, Outcome(error=outcome.why) if isinstance(outcome, Lost) else outcome


def in_processes(
    tasks: Iterable[Task], workers: int, time_limit: float | None = None
) -> Generator[tuple[Task, Outcome]]:
    """Do the tasks on so many processes of this machine; graphs go to each of them once."""
    listed = list(tasks)
    done = on_processes(
        perform,
        listed,
        min(workers, len(listed)),
        shared=lambda task: (task.graph, task.measure),
        time_limit=time_limit,
    )
    with closing(done):
        for number, outcome in done:
            told = Outcome(error=outcome.why) if isinstance(outcome, Lost) else outcome
            yield listed[number], told
