"""Who is told how a long search goes on, and what Ctrl-C does to it.

A count that is interrupted returns the bounds it has. That is right for the count that a user
called, and wrong for one of many inside a larger computation, which would go on with the next one:
there Ctrl-C ends the whole. Searches deep inside find their watch here, so that no layer in between
has to hand it on.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType

__all__ = [
    "INTERRUPTED",
    "Progress",
    "Watch",
    "current_watch",
    "is_undivided",
    "undivided",
    "watched",
]

INTERRUPTED = "interrupted"
"""The reason of counts that Ctrl-C stopped."""

TWICE = 2.0
"""Seconds within which a second Ctrl-C ends everything, also in a caller's loop over counts."""


@dataclass(frozen=True)
class Progress:
    """How far a search is.

    Attributes
    ----------
    search : int
        Number of the system under search, from 1: independent parts are searched one by one.
    share : float
        Share of its search tree that is finished: 1 - sum of 2^-depth over pending boxes.
    boxes : int
        Boxes examined so far, in all systems, in the units of `Budget`.
    roots : int
        Roots found so far, in all systems.
    seconds : float
        Wall-clock time so far.
    """

    search: int
    share: float
    boxes: int
    roots: int
    seconds: float


@dataclass
class Watch:
    """What a search looks at while it runs.

    Attributes
    ----------
    show : callable or None
        Told the `Progress` from time to time.
    catches : bool
        Whether Ctrl-C stops the search, which then returns what it has; otherwise it is raised.
    outer : Watch or None
        Of the computation that this one is a step of; what stops that stops this.
    """

    show: Callable[[Progress], None] | None = None
    catches: bool = False
    outer: Watch | None = None
    _stopped: bool = False

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._stopped or (self.outer is not None and self.outer.stopped)

    @stopped.setter
    def stopped(self, value: bool) -> None:
        self._stopped = value


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)
_undivided: ContextVar[bool] = ContextVar("undivided", default=False)
_last_stop = -float("inf")


def current_watch() -> Watch:
    """Return the watch of the count under way; one that nobody looks at where there is none."""
    return _watch.get() or Watch()


@contextmanager
def undivided() -> Iterator[None]:
    """Within this, Ctrl-C is not for single counts: it ends the whole."""
    token = _undivided.set(True)
    try:
        yield
    finally:
        _undivided.reset(token)


def is_undivided() -> bool:
    """Whether the computation under way is a step of something larger."""
    return _undivided.get()


@contextmanager
def watched(show: Callable[[Progress], None] | None = None) -> Iterator[Watch]:
    """Run one count under a watch.

    Ctrl-C stops the count, and a second one within two seconds (or in the same count) ends the
    program as usual. It is only taken over where it would raise KeyboardInterrupt here: in the
    main thread, with Python's own handler, and not in the worker process of somebody's pool.
    """
    outer = _watch.get()
    watch = Watch(show, outer=outer if outer is not None and outer.catches else None)
    token = _watch.set(watch)
    main = threading.current_thread() is threading.main_thread()
    worker = multiprocessing.parent_process() is not None
    watch.catches = main and not worker and not _undivided.get()
    takes_over = watch.catches and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if takes_over:
        signal.signal(signal.SIGINT, _handler(watch))
    try:
        yield watch
    finally:
        if takes_over:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        _watch.reset(token)


def _handler(watch: Watch) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, frame: FrameType | None) -> None:
        global _last_stop
        now = time.monotonic()
        if watch.stopped or now - _last_stop < TWICE:
            raise KeyboardInterrupt
        _last_stop = now
        watch.stopped = True

    return stop
