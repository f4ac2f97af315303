"""Driving the branch-and-prune kernel within a budget."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np

from .._kernels.newton import make_work
from .._kernels.search import (
    BOXES,
    NEWTONS,
    PENDING,
    ROOTS,
    SMALL,
    UNSETTLED,
    Found,
    explore,
    make_found,
)
from .._types import FloatArray
from ..budget import Budget
from ._system import IntervalSystem

__all__ = ["Clock", "Roots", "search"]

_CHUNK = 2000
_UNIT_SIZE = 20  # unknowns of a box that counts as one; the work grows with the cube


@dataclass
class Clock:
    """What is left of a budget that several searches share."""

    budget: Budget
    boxes: int = 0
    newtons: int = 0
    started: float = field(default_factory=time.perf_counter)
    interrupted: bool = False

    @property
    def seconds(self) -> float:
        """Wall-clock time since the start."""
        return time.perf_counter() - self.started

    def spent(self) -> str:
        """Say which limit was reached; empty when none was."""
        if self.interrupted:
            return "interrupted"
        if self.boxes >= self.budget.boxes:
            return f"budget of {self.budget.boxes} boxes used up"
        if self.budget.seconds is not None and self.seconds >= self.budget.seconds:
            return f"budget of {self.budget.seconds:g} s used up"
        return ""


@dataclass(frozen=True, eq=False)
class Roots:
    """Roots of one system.

    Attributes
    ----------
    low, high : float arrays of shape (k, n)
        Tight enclosures of the activities; each holds exactly one root, and no two the same.
    region_low, region_high : float arrays of shape (k, n)
        Larger boxes in each of which the root is the only one.
    unsettled : float array of shape (u, 2, n)
        Boxes that may hold further roots. What no box covers holds none.
    reason : str
        Why boxes are unsettled, or empty.
    done : float
        Share of the search tree that was finished: 1 - sum of 2^-depth over pending boxes.
    """

    low: FloatArray
    high: FloatArray
    region_low: FloatArray
    region_high: FloatArray
    unsettled: FloatArray
    reason: str
    done: float

    @property
    def complete(self) -> bool:
        """Whether every root was found."""
        return len(self.unsettled) == 0

    def __len__(self) -> int:
        return len(self.low)


def search(system: IntervalSystem, minima: bool, clock: Clock) -> Roots:
    """Find every root of the system, or those that may be minima of the objective.

    Parameters
    ----------
    system : IntervalSystem
    minima : bool
        Discard boxes where H surely has a negative eigenvalue (needs `system.symmetry`).
    clock : Clock
        Budget; a search that exceeds it returns what it has and the boxes that are left.
    """
    n = system.n
    table = system.table.copy()
    trial = system.table.copy()
    profile = np.zeros((n, 6))
    cost = max(1.0, (n / _UNIT_SIZE) ** 3)
    minima = minima and system.symmetry is not None and system.linear
    symmetry = system.symmetry if system.symmetry is not None else np.ones(n)
    work = make_work(table, system.source, system.group, system.row)
    capacity = 256
    found = make_found(n, capacity)
    found.stack[0, 0], found.stack[0, 1] = system.low, system.high
    found.counters[PENDING] = 1
    reason = ""
    while found.counters[PENDING] > 0:
        reason = clock.spent()
        if reason:
            break
        before = int(found.counters[BOXES]), int(found.counters[NEWTONS])
        chunk = max(1, int(min(_CHUNK, clock.budget.boxes - clock.boxes) / cost))
        try:
            explore(
                table,
                trial,
                system.arcs,
                system.source,
                system.group,
                system.row,
                found,
                work,
                profile,
                symmetry,
                system.linear,
                minima,
                SMALL,
                chunk,
            )
        except KeyboardInterrupt:
            clock.interrupted = True
        examined = int(found.counters[BOXES]) - before[0]
        clock.boxes += math.ceil(examined * cost)
        clock.newtons += int(found.counters[NEWTONS]) - before[1]
        filled = max(found.counters[[PENDING, ROOTS, UNSETTLED]])
        if filled + 2 >= capacity:
            capacity *= 2
            if capacity * n * 8 * 8 > clock.budget.megabytes * 1e6:
                reason = f"budget of {clock.budget.megabytes:g} MB used up"
                break
            found = _grown(found, capacity)
    return _collect(found, reason)


def _grown(found: Found, capacity: int) -> Found:
    n = found.stack.shape[2]
    larger = make_found(n, capacity)
    for name in ("stack", "root", "region", "unsettled", "origin"):
        old = getattr(found, name)
        getattr(larger, name)[: len(old)] = old
    larger.counters[:] = found.counters
    return larger


def _collect(found: Found, reason: str) -> Roots:
    pending, roots, unsettled = (int(found.counters[c]) for c in (PENDING, ROOTS, UNSETTLED))
    left = np.concatenate([found.unsettled[:unsettled], found.stack[:pending]])
    if unsettled:
        near = "roots that are nearly multiple (the network is at or near a bifurcation)"
        reason = f"{reason}; {near}" if reason else near
    depth = found.origin[:pending, 1]
    return Roots(
        found.root[:roots, 0].copy(),
        found.root[:roots, 1].copy(),
        found.region[:roots, 0].copy(),
        found.region[:roots, 1].copy(),
        left,
        reason,
        1.0 - float(sum(math.ldexp(1.0, -int(d)) for d in depth)),
    )
