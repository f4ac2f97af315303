"""All states of a component, one by one: sets of high nodes, by branching."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from netplastic.equilibria import Clock

from ._components import LimitComponent, bits
from ._middle import Verdict, judge_middle, strong_components

__all__ = ["Walk"]

_NODES_A_BOX = 1024
"""Nodes looked at, in as many steps of the walk as that takes, that count as one box."""

_MOST_JUDGED = 100_000
"""Verdicts kept; more would take more memory than they save time."""


class Walk:
    """A walk through the states of one component; what is not settled is counted, not listed.

    Parameters
    ----------
    component : LimitComponent
    clock : Clock
    hasty : bool, default False
        Turn back where several middle nodes drive each other in a circle, without looking whether
        any state lies ahead: all that do are taken for not settled.

    Attributes
    ----------
    opened : int
        Sets of high nodes met so far for which it is not settled whether a stable state has them
        (in haste: places to turn back).
    why : str
        Why the walk ended before its end; empty where it did not.
    """

    def __init__(self, component: LimitComponent, clock: Clock, hasty: bool = False) -> None:
        self.component = component
        self.clock = clock
        self.hasty = hasty
        self.opened = 0
        self.why = ""
        self._judged: dict[int, Verdict] = {0: Verdict.STABLE}
        self._steps, self._box = 0, max(1, _NODES_A_BOX // component.n)

    def states(self) -> Iterator[int]:
        """Yield the set of high nodes of every stable state.

        A node that may not be middle is high or has a high source: branch on the one for which
        the fewest nodes can see to that.
        """
        c = self.component
        unavoidable = c.everything & ~self._may_be_middle
        stack = [(0, c.looped, 0, unavoidable)]
        while stack and not self._stopped():
            high, barred, low, must = stack.pop()
            if c.looped:
                settled = self._settled(high, barred, low, must)
                if settled is None:
                    continue
                barred = settled
            choices = self._fewest(must & ~high & ~low, barred | high)
            if choices is None:
                free = c.everything & ~high & ~low & ~barred
                if free:
                    choices = 1 << max(bits(free), key=lambda i: (c.targets[i] & ~low).bit_count())
                    stack.append((high, barred | choices, low, must))
                elif self._is_stable(c.everything & ~high & ~low):
                    yield high
                    continue
                else:
                    continue
            for node in bits(choices):
                one = 1 << node
                around = c.sources[node] | c.targets[node]
                stack.append(
                    (high | one, barred | around, low | c.targets[node], must | c.sources[node])
                )
                barred |= one

    def _settled(self, high: int, barred: int, low: int, must: int) -> int | None:
        """Bar from being high what a middle node drives; None where that leaves no state.

        A barred node that is not low, and that no node can make so any more, is a middle one.
        """
        c, undecided = self.component, self.component.everything & ~high & ~low
        possible = undecided & self._may_be_middle & ~must
        while True:
            free = undecided & ~barred
            middle = driven = 0
            for i in bits(undecided & barred):
                if not c.sources[i] & free:
                    middle |= 1 << i
                    driven |= c.targets[i]
                    if not (c.sources[i] | c.looped & 1 << i) & possible:
                        return None
            if middle & ~possible or driven & high or (self.hasty and self._in_a_circle(middle)):
                return None
            if not driven & free:
                return barred
            barred |= driven & free

    def _in_a_circle(self, middle: int) -> bool:
        found = any(part & (part - 1) for part in strong_components(self.component, middle))
        self.opened += found
        return found

    def _fewest(self, undecided: int, taken: int) -> int | None:
        """Nodes that can make one of the undecided high or low, for which they are fewest."""
        best: int | None = None
        least = self.component.n + 1
        for node in bits(undecided):
            choices = (self.component.sources[node] | 1 << node) & ~taken
            number = choices.bit_count()
            if number < least:
                best, least = choices, number
                if number <= 1:
                    break
        return best

    @cached_property
    def _may_be_middle(self) -> int:
        """Nodes that a middle set may hold: behind a loop; with one, if arcs are symmetric."""
        c = self.component
        if not c.looped or c.symmetric:
            return c.looped
        reached = new = c.looped
        while new:
            ahead = 0
            for i in bits(new):
                ahead |= c.targets[i]
            new = ahead & ~reached
            reached |= new
        return reached

    def _is_stable(self, middle: int) -> bool:
        if middle not in self._judged:
            if len(self._judged) > _MOST_JUDGED:
                self._judged.clear()
            self._judged[middle] = judge_middle(self.component, middle)
        self.opened += self._judged[middle] is Verdict.OPEN
        return self._judged[middle] is Verdict.STABLE

    def _stopped(self) -> bool:
        self._steps += 1
        if self._steps % self._box == 0:
            self.clock.boxes += 1
            self.why = self.clock.spent()
        return bool(self.why)
