"""Work of a certified count, part by part: a plain search, or one conditioned on nodes.

A count of few boxes is done. Otherwise parts that no few nodes divide are searched plainly, and the
size of that search is estimated from random passes (see `_estimate`). For the others `count_part`
takes several ways in turn, of which the first and the conditioned one are tried here, in so far as
they are short.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from netplastic._support import FloatArray, Progress, surveyed, undivided, watched
from netplastic.equilibria import Budget
from netplastic.equilibria.certified.hubs import count_at
from netplastic.model import PlasticNetwork

from ._door import count_within, different_parts
from ._estimate import Forest
from ._part import _CONDITIONED as _CONDITIONED_SHARE
from ._part import _LEAST, _TRIALS, count_part, dividing, solve_part
from ._search import Clock, box_cost

__all__ = ["Forecast", "forecast"]

_FEW = 1000
"""A count of so many boxes is done at once: an estimate would take no less."""

_TRIED = 5000
"""Boxes for trying what a count conditioned on nodes takes."""


@dataclass(frozen=True)
class Forecast:
    """Boxes that a search will examine, between what and what, and its time.

    Attributes
    ----------
    boxes, low, high : float
        All three are equal where the number is known.
    seconds : float
    """

    boxes: float
    low: float
    high: float
    seconds: float

    def __add__(self, other: Forecast) -> Forecast:
        return Forecast(
            self.boxes + other.boxes,
            self.low + other.low,
            self.high + other.high,
            self.seconds + other.seconds,
        )


_Passes = Callable[[Forest, float], Forecast]


def forecast(
    net: PlasticNetwork, stable: bool, probes: int, rng: np.random.Generator
) -> tuple[Forecast, str]:
    """Say what counting takes within the default budget, and how that was found.

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    if _limited(lambda: count_within(net, stable, Clock(Budget())), _FEW):
        clock = Clock(Budget())  # once more, as all is compiled now
        count_within(net, stable, clock)
        return _known(clock.boxes, clock.seconds), "the whole search was done"

    def passes(forest: Forest, enough: float) -> Forecast:
        return _from_passes(forest, probes, rng, enough)

    plain: list[tuple[Any, bool]] = []
    total = _known(0, 0.0)
    ways: list[str] = []
    for part, _ in different_parts(net):
        cut = dividing(part)
        if not cut:
            plain += _systems(part, stable)
            continue
        found, how = _with_cut(part, cut[0], stable, passes)
        total, ways = total + found, [*ways, how]
    if plain:
        total, ways = total + passes(Forest(plain), math.inf), [*ways, _PASSES]
    said = dict.fromkeys("; ".join(ways).split("; "))
    method = "; ".join(said).replace(_PASSES, f"estimated from {probes} {_PASSES}")
    return total, method


_PASSES = "random passes through the search tree"
_TRIAL = "a plain search on trial was done"
_CONDITIONED = "a count conditioned on nodes was done"
_MAY_END = "a count conditioned on nodes may end earlier"


def _with_cut(
    net: PlasticNetwork, cut: tuple[int, ...], stable: bool, passes: _Passes
) -> tuple[Forecast, str]:
    """Follow what `count_part` does with the whole budget."""
    budget = Budget()
    before, ways, second = _known(0, 0.0), [], 0
    clock = Clock(budget).share(_TRIALS[0], _LEAST)
    if clock.left >= 20.0 * box_cost(net.n):
        part = solve_part(net, np.arange(net.n), stable, clock)
        before, ways = _known(clock.boxes, clock.seconds), [_TRIAL]
        if not clock.spent():
            return before, _TRIAL
        second = max(_LEAST, int(_TRIALS[1] * (budget.boxes - clock.boxes)))
        if clock.boxes > part.orbits.done * second:
            second = 0
    clock = Clock(Budget(boxes=_TRIED))
    count_at(net, cut, stable, clock)
    other = _known(clock.boxes, clock.seconds)
    if not clock.spent():
        ways.append(_CONDITIONED)
        if not second:
            return before + other, "; ".join(ways)
        plain = passes(Forest(_systems(net, stable)), 4.0 * second)
        return before + _either(plain, second, other), "; ".join([*ways, _PASSES])
    plain = passes(Forest(_systems(net, stable)), math.inf)
    if plain.high <= second:
        return before + plain, _PASSES
    boxes = _CONDITIONED_SHARE * (budget.boxes - before.boxes - second)
    seconds = boxes * other.seconds / other.boxes
    # it may end at any time from here on, or not at all, which leaves it to the plain search
    other = Forecast(boxes + plain.boxes, other.boxes, boxes + plain.high, seconds + plain.seconds)
    return before + _either(plain, second, other), "; ".join([_PASSES, _MAY_END])


def _either(plain: Forecast, second: int, other: Forecast) -> Forecast:
    """A plain search where it ends on its second trial; else that trial and the other way."""
    failed = _known(second, second * plain.seconds / plain.boxes) + other
    low = min(plain.low, failed.low) if plain.low <= second else failed.low
    middle = plain if plain.boxes <= second else failed
    high = failed.high if plain.high > second else plain.high
    return Forecast(middle.boxes, low, max(high, middle.boxes), middle.seconds)


def _systems(net: PlasticNetwork, stable: bool) -> list[tuple[Any, bool]]:
    """All systems that a plain search of a part goes through."""
    systems: list[tuple[Any, bool]] = []
    with surveyed(lambda system, minima: systems.append((system, minima))):
        count_part(net, stable, Clock(Budget()))
    return systems


def _limited(work: Callable[[], object], most: int) -> bool:
    """Work until so many boxes are examined; whether that was all."""

    def look(state: Progress) -> None:
        watch.stopped = watch.stopped or state.boxes > most

    with undivided(), watched(look) as watch:
        work()
    return not watch.stopped


def _known(boxes: float, seconds: float) -> Forecast:
    return Forecast(boxes, boxes, boxes, seconds)


def _from_passes(forest: Forest, probes: int, rng: np.random.Generator, enough: float) -> Forecast:
    made = [forest.go_through(rng, enough) for _ in range(probes)]
    least = max(one.examined for one in made)
    mean, low, high = _interval(np.array([one.boxes for one in made]))
    seconds = float(np.mean([one.seconds for one in made]))
    return Forecast(max(mean, least), max(low, least), max(high, least), seconds)


def _interval(size: FloatArray) -> tuple[float, float, float]:
    """Mean, and Student's interval for its logarithm by the delta method: sizes are positive."""
    from scipy.special import stdtrit

    mean = float(size.mean())
    error = float(size.std(ddof=1)) / math.sqrt(len(size))
    reach = float(stdtrit(len(size) - 1, 0.975)) * error / mean
    return mean, mean * math.exp(-reach), mean * math.exp(reach)
