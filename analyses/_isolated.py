"""Scope "isolated": each ball as a network of its own."""

from __future__ import annotations

import math

from netplastic._support import INTERRUPTED
from netplastic.equilibria import Count, CountStatus
from netplastic.model import PlasticNetwork

from ._balls import Ball, Counted, Settings, Step
from ._solved import counts_of

__all__ = ["isolated_counts"]

_MISSED = Counted.of(Count(0, math.inf, CountStatus.LOWER_BOUND, INTERRUPTED), 0.0)


def isolated_counts(
    net: PlasticNetwork, balls: list[Ball], settings: Settings, step: Step
) -> list[Counted]:
    """Count the stable equilibria of each ball cut out of the network."""

    def done(number: int) -> None:
        step(f"{len(balls[number].members)} nodes")

    return counts_of((net.part_at(ball.members) for ball in balls), settings, done, _MISSED)
