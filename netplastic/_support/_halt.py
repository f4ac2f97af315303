"""When to break off: a deadline, or Ctrl-C. Loops ask between slices of a fraction of a second."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ._watch import Watch

__all__ = ["Halt"]


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
    """

    deadline: float = math.inf
    watch: Watch = field(default_factory=Watch)
    show: Callable[[float], None] | None = None
    ended: bool = False

    @property
    def now(self) -> bool:
        """Whether to break off now."""
        return self.ended or self.watch.stopped or time.monotonic() >= self.deadline

    @property
    def interrupted(self) -> bool:
        """Whether it was Ctrl-C that broke it off."""
        return self.watch.stopped
