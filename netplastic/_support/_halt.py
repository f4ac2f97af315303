"""When to break off: a deadline, or Ctrl-C. Loops ask between slices of a fraction of a second."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from ._progress import share_bar
from ._types import Shown
from ._watch import INTERRUPTED, Watch, watched

__all__ = ["Halt", "HaltedError", "apart", "halting"]

_LOOK = 0.05
"""Seconds between two looks at whether to go on waiting."""

Answer = TypeVar("Answer")


class HaltedError(Exception):
    """Takes a computation out of its steps once time is up or Ctrl-C was pressed."""


@dataclass(eq=False)
class Halt:
    """What loops ask whether they go on.

    Attributes
    ----------
    deadline : float
        On the clock of `time.monotonic`.
    watch : Watch
        Whether Ctrl-C was pressed.
    show : callable or None
        Told the share of the way that is done, from time to time.
    ended : bool
        Whether the caller is gone; threads that still work for it stop.
    seconds : float or None
        What the deadline was made of.
    """

    deadline: float = math.inf
    watch: Watch = field(default_factory=Watch)
    show: Callable[[float], None] | None = None
    ended: bool = False
    seconds: float | None = None

    @property
    def now(self) -> bool:
        """Whether to break off now."""
        return self.ended or self.watch.stopped or time.monotonic() >= self.deadline

    @property
    def interrupted(self) -> bool:
        """Whether it was Ctrl-C that broke it off."""
        return self.watch.stopped

    def heed(self) -> None:
        """Raise HaltedError if it is time to break off."""
        if self.now:
            raise HaltedError

    def tell(self, share: float) -> None:
        """Tell the bar, if there is one, which share of the way is done."""
        if self.show is not None:
            self.show(share)

    def steps(self, parts: Sequence[Any] | np.ndarray[Any, Any]) -> Iterator[Any]:
        """Go through the parts of a whole and tell the bar which share is done."""
        for number, part in enumerate(parts):
            self.tell(number / len(parts))
            yield part

    @property
    def left(self) -> float | None:
        """Seconds for what is called next, at least a tenth; None where there is no deadline."""
        return None if self.seconds is None else max(0.1, self.deadline - time.monotonic())

    @property
    def why(self) -> str:
        """What breaks off now, in words; empty where nothing does."""
        if not self.now:
            return ""
        return INTERRUPTED if self.interrupted else f"budget of {self.seconds:g} s used up"


def apart(work: Callable[..., Answer], *given: Any, halt: Halt) -> Answer:
    """Call in a thread of its own what cannot be broken off, a single call of LAPACK say.

    It has to let other threads run. Where it is time to stop it is left to itself.

    Raises
    ------
    HaltedError
        If it is.
    """
    found: list[Answer] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work(*given))
        except BaseException as error:  # raised below, where somebody hears of it
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        halt.heed()
        thread.join(_LOOK)
    if errors:
        raise errors[0]
    return found[0]


@contextmanager
def halting(what: str, seconds: float | None, progress: Shown = None) -> Iterator[Halt]:
    """Give a call so many seconds from here, its bar, and Ctrl-C to hear."""
    with share_bar(what, progress) as show, watched() as watch:
        deadline = math.inf if seconds is None else time.monotonic() + seconds
        yield Halt(deadline, watch, show, seconds=seconds)
