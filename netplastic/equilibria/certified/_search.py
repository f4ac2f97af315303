"""Driving the branch-and-prune kernel within a budget."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, IntArray, check_dense
from netplastic.equilibria import Clock, Unfinished
from netplastic.equilibria.certified._kernels import (
    BOXES,
    NEWTONS,
    PENDING,
    ROOTS,
    SMALL,
    UNSETTLED,
    Buffers,
    Found,
    explore,
    explore_sheets,
    make_buffers,
    make_found,
)
from netplastic.equilibria.certified.clusters import Clusters

from ._meeting import meeting
from ._system import IntervalSystem

__all__ = ["Roots", "Tree", "box_cost", "examine", "search"]

_CHUNK = 400  # boxes between looks at the clock: a fraction of a second
_SHORT = 400  # boxes times unknowns that take about as long as to find a network's symmetries
_UNIT_SIZE = 20  # unknowns of a box that counts as one; the work grows with the cube


@dataclass(frozen=True, eq=False, kw_only=True)
class Roots:
    """Roots of one system.

    Attributes
    ----------
    low, high : float arrays of shape (k, n)
        Tight enclosures of the activities; each holds exactly one root, and no two the same.
    region_low, region_high : float arrays of shape (k, n)
        Larger boxes in each of which the root is the only one.
    unsettled : float array of shape (u, 2, n)
        Boxes that may hold further roots. What neither a box nor a tube covers holds none.
    reason : str
        Why boxes are unsettled or more_low < more_high, or empty.
    done : float
        Share of the search tree that was finished: 1 - sum of 2^-depth over pending boxes.
    more_low, more_high : int (more_high may be ``math.inf``)
        Bounds of the number of roots that are not listed: those in tubes near bifurcations;
        unbounded when boxes are unsettled.
    """

    low: FloatArray
    high: FloatArray
    region_low: FloatArray
    region_high: FloatArray
    unsettled: FloatArray
    reason: str
    done: float
    more_low: int = 0
    more_high: int | float = 0

    @property
    def complete(self) -> bool:
        """Whether every root was found."""
        return self.more_high == 0

    def __len__(self) -> int:
        return len(self.low)


def box_cost(n: int) -> float:
    """How many boxes of the budget one box of n unknowns counts as."""
    return max(1.0, (n / _UNIT_SIZE) ** 3)


def examine(
    tables: tuple[FloatArray, FloatArray],
    system: IntervalSystem,
    found: Found,
    buffers: Buffers,
    minima: bool,
    small: float,
    boxes: int,
) -> None:
    """Examine at most so many pending boxes; fewer if a buffer is full.

    Boxes narrower than `small` are given up as unsettled; `tables` are two copies of the system's
    table to work on.
    """
    kernel = explore if buffers.parameters == 0 else explore_sheets
    kernel(*tables, system.kernel, found, buffers, minima, small, boxes)


class Tree:
    """The branch-and-prune tree of one system: what is pending, and what was found.

    Parameters
    ----------
    system : IntervalSystem
    minima : bool
        Discard boxes where H surely has a negative eigenvalue (needs `system.symmetry`).
    capacity : int, default 256
        Entries of each buffer.
    """

    def __init__(self, system: IntervalSystem, minima: bool, capacity: int = 256) -> None:
        n = system.n
        self.found = make_found(n, capacity)
        self._system = system
        self._minima = minima and system.symmetry is not None and system.linear
        self._table, self._trial = system.table.copy(), system.table.copy()
        self._buffers = make_buffers(self._table, system.kernel)
        if system.leader is not None:
            self.lead(system.leader)
        self.begin()

    def begin(self) -> None:
        """Make the start box the only pending one; what was found is forgotten."""
        found = self.found
        found.counters[:] = 0
        found.stack[0, 0], found.stack[0, 1] = self._system.low, self._system.high
        found.origin[0] = -1, 0
        found.counters[PENDING] = 1

    def lead(self, leader: IntArray) -> None:
        """From now on look only for roots at which no unknown exceeds its leader."""
        self._buffers.leader[:] = leader

    def explore(self, boxes: int) -> None:
        """Examine at most so many pending boxes; fewer if a buffer is full."""
        tables = self._table, self._trial
        examine(tables, self._system, self.found, self._buffers, self._minima, SMALL, boxes)

    @property
    def done(self) -> float:
        """Share of the tree that is finished: 1 - sum of 2^-depth over pending boxes."""
        pending = int(self.found.counters[PENDING])
        if pending == 0:
            return 1.0
        depth = self.found.origin[:pending, 1]
        return 1.0 - float(np.ldexp(1.0, -depth).sum())


def search(
    system: IntervalSystem,
    minima: bool,
    clock: Clock,
    leaders: Callable[[], IntArray] | None = None,
) -> Roots:
    """Find every root of the system, or those that may be minima of the objective.

    Parameters
    ----------
    system : IntervalSystem
    minima : bool
        Discard boxes where H surely has a negative eigenvalue (needs `system.symmetry`).
    clock : Clock
        Budget; a search that exceeds it, or is interrupted, returns what it has and the boxes
        that are left.
    leaders : callable, optional
        Gives a leader of every unknown (see `Tree.lead`), and is asked if the search is not short:
        from then on only roots are looked for at which no unknown exceeds its leader.
    """
    check_dense(system.n, 6, "the certified search")
    tree = Tree(system, minima)
    clock.searches += 1
    began = clock.seconds
    cost, spent = box_cost(system.n), (clock.boxes, clock.newtons)
    # Decided beforehand, so that what is found does not depend on how often the clock is read.
    allowed = max(1, math.ceil((clock.budget.boxes - clock.boxes) / cost))
    reason, near = "", None
    while tree.found.counters[PENDING] > 0:
        reason = clock.spent()
        if reason:
            break
        left = allowed - int(tree.found.counters[BOXES])
        try:
            chunk = _CHUNK if leaders is None else _SHORT / system.n
            tree.explore(max(1, min(int(chunk / cost), left)))
        except KeyboardInterrupt:
            if clock.watch.stopped or not clock.watch.catches:
                raise
            clock.watch.stopped = True
        if leaders is not None and tree.found.counters[PENDING] > 0:
            tree.lead(leaders())
            leaders = None
        if near is None and not _is_settled(tree.found):
            near = Clusters(system)
        if near is not None:
            near.absorb(tree.found)
        clock.boxes = spent[0] + math.ceil(int(tree.found.counters[BOXES]) * cost)
        clock.newtons = spent[1] + int(tree.found.counters[NEWTONS])
        clock.tell(tree.done, int(tree.found.counters[ROOTS]))
        reason = _make_room(tree, clock.budget.megabytes) or clock.hopeless(tree.done, began)
        if reason:
            break
    clock.roots += int(tree.found.counters[ROOTS])
    _note(system, tree.done, clock, clock.boxes - spent[0], clock.seconds - began)
    if near is None and not reason and _are_apart(tree.found):
        return _all_of(tree.found)
    return _collect(tree.found, near or Clusters(system), reason)


def _note(system: IntervalSystem, done: float, clock: Clock, boxes: int, seconds: float) -> None:
    """Remember how far the search of a system came, if it did not end."""
    key = hash((system.table.tobytes(), system.arcs.tobytes()))
    clock.unfinished.pop(key, None)
    if done < 1.0:
        clock.unfinished[key] = Unfinished(done, boxes, seconds)


def _is_settled(found: Found) -> bool:
    """Whether no box is left, neither pending nor given up: then no tube is needed."""
    return not (found.counters[PENDING] or found.counters[UNSETTLED])


def _are_apart(found: Found) -> bool:
    """Whether no two of the roots' enclosures have a point in common."""
    roots = found.root[: found.counters[ROOTS]]
    return len(meeting(roots[:, 0], roots[:, 1])[0]) == 0


def _all_of(found: Found) -> Roots:
    """Roots of a search in which every box was settled, and no two may be the same."""
    root, region = (rows[: found.counters[ROOTS]].copy() for rows in (found.root, found.region))
    unsettled = np.empty((0, *root.shape[1:]))
    return Roots(
        low=root[:, 0],
        high=root[:, 1],
        region_low=region[:, 0],
        region_high=region[:, 1],
        unsettled=unsettled,
        reason="",
        done=1.0,
    )


def _make_room(tree: Tree, megabytes: float) -> str:
    """Double buffers that are nearly full; say so where the memory does not allow it."""
    capacity, _, n = tree.found.stack.shape
    counters = tree.found.counters.tolist()
    if max(counters[PENDING], counters[ROOTS], counters[UNSETTLED]) + 2 < capacity:
        return ""
    if 2 * capacity * n * 8 * 8 > megabytes * 1e6:
        return f"budget of {megabytes:g} MB used up"
    tree.found = _grown(tree.found, 2 * capacity)
    return ""


def _grown(found: Found, capacity: int) -> Found:
    n = found.stack.shape[2]
    larger = make_found(n, capacity)
    for name in ("stack", "root", "region", "unsettled", "origin"):
        old = getattr(found, name)
        getattr(larger, name)[: len(old)] = old
    larger.counters[:] = found.counters
    return larger


def _collect(found: Found, near: Clusters, reason: str) -> Roots:
    pending = int(found.counters[PENDING])
    settled = near.settled(found)
    left = np.concatenate([settled.unsettled, found.stack[:pending]])
    depth = found.origin[:pending, 1]
    return Roots(
        low=settled.low,
        high=settled.high,
        region_low=settled.region_low,
        region_high=settled.region_high,
        unsettled=left,
        reason="; ".join(filter(None, (reason, settled.reason))),
        done=1.0 - float(sum(math.ldexp(1.0, -int(d)) for d in depth)),
        more_low=settled.more_low,
        more_high=math.inf if len(left) else settled.more_high,
    )
