"""All thresholds of one network in one table, from contraction to multistability."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pandas as pd

from netplastic._support import INTERRUPTED, Shown, bar, check_positive, check_progress
from netplastic.continuation import multistability_onset, onset
from netplastic.equilibria import Budget, as_budget
from netplastic.landscape import (
    contraction_applies,
    contraction_bound,
    convexity_bounds,
    definiteness_bound,
    uniqueness_threshold,
)
from netplastic.model import PlasticNetwork, anti_hebbian_unit, check_network, family_of

__all__ = ["landscape_summary"]

_Values: TypeAlias = tuple[float, float, float, str]
"""Strength, lower and upper end of its bracket, certainty."""

_SECONDS = 60.0
_BOXES = 20_000
_GAP = 1e-3

MEANINGS = {
    "contraction bound": "activity and weights contract at every learning rate",
    "definiteness bound": "one equilibrium, from the eigenvalues of the wiring",
    "convexity threshold": "the reduced objective is convex on the whole box",
    "uniqueness threshold": "one equilibrium, from bounds that contract",
    "multistability onset": "a second stable equilibrium exists",
    "onset": "the base branch loses stability",
}


def landscape_summary(
    net: PlasticNetwork,
    limit: float | None = None,
    *,
    budget: Budget | float | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """All thresholds of one network side by side, from contraction to multistability.

    Parameters
    ----------
    net : PlasticNetwork
    limit : float or None
        Largest magnitude of the strength; see `onset` and `multistability_onset`.
    budget : Budget, float or None
        Its seconds are those of the whole call, all else is that of each count. None: 60 seconds,
        and 20,000 boxes for each count.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    pandas.DataFrame
        Columns quantity, strength (signed; a factor where strengths differ), lower, upper
        (bracket), certainty ("proved" bounds, or "located" numerically), meaning. NaN where a bound
        does not apply. Where time was up, or at Ctrl-C, the certainty of what is missing says so
        ("budget of 60 s used up", "interrupted").

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0))
    >>> npl.landscape_summary(net)[["quantity", "strength"]].round(3)
                   quantity  strength
    0     contraction bound    -0.333
    1    definiteness bound    -2.000
    2   convexity threshold    -4.000
    3  uniqueness threshold    -6.259
    4  multistability onset    -6.538
    5                 onset    -6.538
    """
    check_network(net)
    check_progress(progress)
    each = Budget(boxes=_BOXES, seconds=_SECONDS) if budget is None else as_budget(budget)
    if limit is not None:
        check_positive("limit", limit)
    sign = _sign(net)
    deadline = math.inf if each.seconds is None else time.monotonic() + each.seconds

    def left() -> float | None:
        return None if each.seconds is None else max(0.1, deadline - time.monotonic())

    steps: list[tuple[str, Callable[[], _Values]]] = [
        ("contraction bound", lambda: _contraction(net)),
        ("definiteness bound", lambda: _one_bound(sign, definiteness_bound(net))),
        ("onset", lambda: _onset(net, limit)),
        ("multistability onset", lambda: _second(net, limit, replace(each, seconds=left()))),
    ]
    if net.has_objective and net.activation.kind is not None:
        steps.insert(2, ("convexity threshold", lambda: _convexity(net, left())))
    if anti_hebbian_unit(net) is not None:
        steps.insert(3, ("uniqueness threshold", lambda: _unique(net, left())))
    found: dict[str, _Values] = {}
    missed = INTERRUPTED
    with bar("thresholds", len(steps), progress) as advance:
        for name, step in steps:
            if time.monotonic() >= deadline:
                missed = f"budget of {each.seconds:g} s used up"
                break
            try:
                found[name] = step()
            except KeyboardInterrupt:
                if not found:
                    raise
                break
            advance(name)
    names = [name for name in MEANINGS if name in dict(steps)]
    nothing = (math.nan, math.nan, math.nan, missed)
    rows = [(name, *found.get(name, nothing)) for name in names]
    table = pd.DataFrame(rows, columns=["quantity", "strength", "lower", "upper", "certainty"])
    return table.assign(meaning=table["quantity"].map(MEANINGS))


def _one_bound(sign: float, low: float) -> _Values:
    return sign * low, sign * low, math.nan, "proved"


def _contraction(net: PlasticNetwork) -> _Values:
    low = contraction_bound(net) if contraction_applies(net) else math.nan
    return _one_bound(_sign(net), low)


def _convexity(net: PlasticNetwork, budget: float | None) -> _Values:
    convex, sign = convexity_bounds(net, budget=budget), _sign(net)
    return sign * convex.lower, sign * convex.lower, sign * convex.upper, "proved"


def _unique(net: PlasticNetwork, seconds: float | None) -> _Values:
    return _one_bound(_sign(net), uniqueness_threshold(net, _GAP, budget=seconds))


def _onset(net: PlasticNetwork, limit: float | None) -> _Values:
    first = onset(net, limit).strength
    return first, first, first, "located"


def _second(net: PlasticNetwork, limit: float | None, budget: Budget) -> _Values:
    second = multistability_onset(net, limit, budget=budget)
    return second.strength, second.lower, second.upper, second.reason or str(second.status)


def _sign(net: PlasticNetwork) -> float:
    return math.copysign(1.0, family_of(net, "strength").own)
