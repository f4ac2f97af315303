"""Scope "isolated": each ball as a network of its own."""

from __future__ import annotations

import math
import time
from contextlib import closing

import numpy as np

from netplastic._support import INTERRUPTED, IntArray
from netplastic.equilibria import Count, CountStatus
from netplastic.equilibria.certified import proved_sets
from netplastic.model import PlasticNetwork

from ._balls import Ball, Counted, Settings, Step
from ._solved import counts_of

__all__ = ["LIMIT_SETS", "isolated_counts"]

LIMIT_SETS = "limit sets"

_TOGETHER = 500
"""Balls of a task whose sets are proved, so that the part of the network is sent once for all."""

_SETS_A_SECOND = 20_000
"""What a budget in seconds stands for: a count must not depend on a machine's load."""

_MISSED = Counted.of(Count(0, math.inf, CountStatus.LOWER_BOUND, INTERRUPTED), 0.0)


def isolated_counts(
    net: PlasticNetwork, balls: list[Ball], settings: Settings, step: Step
) -> list[Counted]:
    """Count the stable equilibria of each ball cut out of the network."""
    if settings.method == LIMIT_SETS:
        return _counts_of_sets(net, balls, settings, step)

    def done(number: int) -> None:
        step(f"{len(balls[number].members)} nodes")

    return counts_of((net.part_at(ball.members) for ball in balls), settings, done, _MISSED)


def _counts_of_sets(
    net: PlasticNetwork, balls: list[Ball], settings: Settings, step: Step
) -> list[Counted]:
    """Maximal independent sets that are proved to have a stable state: lower bounds."""
    proved_sets(net, [], most=1)  # refuses what it is not made for, before any work starts
    seconds = math.inf if settings.budget.seconds is None else settings.budget.seconds
    most = max(1, int(min(settings.budget.boxes, seconds * _SETS_A_SECOND, 2**62)))
    begins = range(0, len(balls), _TOGETHER)
    tasks = [_SetTask(net, balls[begin : begin + _TOGETHER], most) for begin in begins]
    found: dict[int, list[Counted]] = {}
    with closing(settings.crew.do(_SetTask.counts, tasks)) as solved:
        for number, counts in solved:
            found[number] = counts
            for _ in counts:
                step("")
    return [counted for number in range(len(tasks)) for counted in found[number]]


class _SetTask:
    """Some balls, and the part of the network that they cover."""

    def __init__(self, net: PlasticNetwork, balls: list[Ball], most: int) -> None:
        covered = np.unique(np.concatenate([ball.members for ball in balls]))
        self._part, self._most = net.part_at(covered), most
        self._members: list[IntArray] = [np.searchsorted(covered, ball.members) for ball in balls]

    def counts(self) -> list[Counted]:
        """Each ball's count; each bears its share of the time."""
        began = time.perf_counter()
        found = proved_sets(self._part, self._members, most=self._most)
        share = (time.perf_counter() - began) / len(self._members)
        return [
            Counted.of(_bound(proved, complete), share)
            for proved, complete in zip(found.proved.tolist(), found.complete.tolist(), strict=True)
        ]


def _bound(proved: int, complete: bool) -> Count:
    why = "of states beside the independent sets nothing is known"
    reason = why if complete else "not all independent sets were looked at"
    return Count(proved, math.inf, CountStatus.LOWER_BOUND, LIMIT_SETS, reason)
