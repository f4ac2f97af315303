"""One clock for all searches that share a budget, certified and sampled ones alike."""

from __future__ import annotations

import time
from dataclasses import KW_ONLY, dataclass, field, replace

from netplastic._support import INTERRUPTED, Progress, Watch, current_watch

from ._budget import Budget

__all__ = ["Clock", "Unfinished"]

_TRIAL = 0.25  # share of its time after which a search without hope is given up
_FAR = 10.0


@dataclass(frozen=True)
class Unfinished:
    """A search that ran out of budget: the share of its tree that is done, and what that took."""

    done: float
    boxes: int
    seconds: float


@dataclass
class Clock:
    """What is left of a budget that several searches share."""

    budget: Budget
    _: KW_ONLY
    boxes: int = 0
    newtons: int = 0
    roots: int = 0
    searches: int = 0
    started: float = field(default_factory=time.perf_counter)
    watch: Watch = field(default_factory=current_watch)
    unfinished: dict[int, Unfinished] = field(default_factory=dict)
    """By the system searched; shares of a clock have it in common."""
    asked: float | None = None
    """Seconds of the whole budget, where this clock has a share of it."""
    gives_up: bool = False
    """Whether a search leaves its time to others once no end of it is in sight."""

    @property
    def seconds(self) -> float:
        """Wall-clock time since the start."""
        return time.perf_counter() - self.started

    def spent(self) -> str:
        """Say which limit of a certified search was reached; empty when none was."""
        if self.watch.stopped:
            return INTERRUPTED
        if self.boxes >= self.budget.boxes:
            return f"budget of {self.budget.boxes} boxes used up"
        if self.late():
            return f"budget of {self.asked or self.budget.seconds:g} s used up"
        return ""

    def hopeless(self, done: float, began: float) -> str:
        """Say that a search begun at that time would take ten times its budget; empty if not.

        It is judged by the share of its tree that is done after a quarter of the time left to it.
        """
        limit = self.budget.seconds
        if not self.gives_up or limit is None:
            return ""
        used, window = self.seconds - began, limit - began
        if used < _TRIAL * window or done * window * _FAR > used:
            return ""
        return (
            f"budget of {self.asked or limit:g} s too short for the proof ({done:.1%} of it done)"
        )

    def late(self) -> bool:
        """Whether the time is used up, or Ctrl-C was pressed."""
        if self.watch.stopped:
            return True
        return self.budget.seconds is not None and self.seconds >= self.budget.seconds

    @property
    def left(self) -> float:
        """Boxes left of the budget."""
        return float(self.budget.boxes - self.boxes)

    def share(self, share: float, least: int) -> Clock:
        """Return a clock of its own for a share of the boxes and time that are left; see `add`."""
        boxes = min(self.budget.boxes, self.boxes + max(least, int(share * self.left)))
        part = self.share_of_time(share)
        return replace(part, budget=replace(part.budget, boxes=boxes))

    def share_of_time(self, share: float) -> Clock:
        """Return a clock of its own for all boxes that are left and a share of the time."""
        if self.budget.seconds is None:
            return replace(self)
        now = self.seconds
        seconds = now + share * max(0.0, self.budget.seconds - now)
        asked = self.asked or self.budget.seconds
        return replace(self, budget=replace(self.budget, seconds=seconds), asked=asked)

    def add(self, part: Clock) -> None:
        """Take over the work done on a share."""
        self.boxes, self.newtons = part.boxes, part.newtons
        self.roots, self.searches = part.roots, part.searches

    def tell(self, share: float, roots: int) -> None:
        """Tell whoever watches how far the search under way is, and what it has found."""
        if self.watch.show is not None:
            found = self.roots + roots
            self.watch.show(Progress(self.searches, share, self.boxes, found, self.seconds))
