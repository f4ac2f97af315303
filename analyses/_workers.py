"""Doing tasks in this process, in several, or on somebody's executor.

Whoever does them, every task ends in exactly one `Outcome`: a table or a failure in words.
"""

from __future__ import annotations

import time
import traceback
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import closing
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from netplastic._support import Lost, on_processes, undivided

from ._storage import packed
from ._task import Task

__all__ = [
    *("Outcome", "handed_out", "in_processes", "in_this_process", "in_words", "on_executor"),
    "perform",
]

_Work = TypeVar("_Work")
_Done = TypeVar("_Done")

_WINDOW = 256
"""Tasks that an executor holds at a time: each may carry its graph."""


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


def in_words(fault: BaseException) -> str:
    """Kind and message of an error, in one line."""
    try:
        message = str(fault)
    except Exception:
        message = "(its message cannot be shown)"
    return " ".join(f"{type(fault).__name__}: {message}".split()).removesuffix(":")


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


def handed_out(
    function: Callable[[_Work], _Done], tasks: Iterable[_Work], executor: Executor
) -> Generator[tuple[_Work, _Done | Lost]]:
    """Do function(task), which never raises, on an executor, a few hundred at a time.

    A task that it loses is tried once more.
    """
    queue = deque((task, 1) for task in tasks)
    running: dict[Future[_Done], tuple[_Work, int]] = {}
    try:
        while queue or running:
            while queue and len(running) < _WINDOW:
                task, attempt = queue.popleft()
                try:
                    running[executor.submit(function, task)] = task, attempt
                except Exception as error:
                    yield task, Lost(f"refused by the executor: {in_words(error)}")
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task, attempt = running.pop(future)
                try:
                    found: _Done | Lost = future.result()
                except (Exception, CancelledError) as error:
                    if attempt == 1:
                        queue.append((task, 2))
                        continue
                    found = Lost(f"lost by the executor twice: {in_words(error)}")
                yield task, found
    finally:
        for future in running:
            future.cancel()


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
