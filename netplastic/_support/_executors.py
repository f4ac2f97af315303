"""Tasks on somebody's executor, a few hundred at a time."""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TypeVar

from ._processes import Lost

__all__ = ["handed_out", "in_words"]

_Work = TypeVar("_Work")
_Done = TypeVar("_Done")

_WINDOW = 256
"""Tasks that an executor holds at a time: each may carry its graph."""


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


def in_words(fault: BaseException) -> str:
    """Kind and message of an error, in one line."""
    try:
        message = str(fault)
    except Exception:
        message = "(its message cannot be shown)"
    return " ".join(f"{type(fault).__name__}: {message}".split()).removesuffix(":")
