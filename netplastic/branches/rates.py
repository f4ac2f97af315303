"""Branches along the learning rate: states stand still, only their stability changes."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray
from netplastic.stability import learning_rate_crossings

from .arclength import End, Point
from .events import Event
from .problem import Problem

__all__ = ["points_along_rates"]

_POINTS = 41


def points_along_rates(
    problem: Problem, x: FloatArray, span: tuple[float, float]
) -> tuple[list[Point], End, list[tuple[int, Event]]]:
    """Points and Hopf points of one equilibrium over a range of learning rates.

    All crossings come from `critical.learning_rate_crossings`, which misses none between points.
    """
    scale, n = problem.scale, problem.n
    low, high = (edge * scale for edge in span)
    found = learning_rate_crossings(problem.family.net, x)
    inside = (found.rates > low) & (found.rates < high)
    along = np.zeros(n + 1)
    along[-1] = 1.0
    index = problem.index(x, low)

    def point(rate: float) -> Point:
        return Point(np.append(x, rate / scale), along, index)

    grid = np.linspace(low, high, _POINTS)
    rates = np.unique(np.concatenate([grid, found.rates[inside]]))
    events = []
    jumps = np.abs(np.diff(found.unstable))
    for rate, frequency, jump in zip(
        found.rates[inside], found.frequencies[inside], jumps[inside], strict=True
    ):
        at = int(np.searchsorted(rates, rate))
        events.append((at, Event("hopf", 0.0, point(rate), int(jump), float(frequency))))
    return [point(float(rate)) for rate in rates], End.RANGE, events
