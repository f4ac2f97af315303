"""All thresholds of one network in one table, from contraction to multistability."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import pandas as pd

from netplastic._support import Shown, bar, check_positive, check_progress
from netplastic.continuation import multistability_onset, onset
from netplastic.equilibria import Budget, as_budget
from netplastic.landscape import (
    contraction_applies,
    contraction_bound,
    convexity_bounds,
    definiteness_bound,
)
from netplastic.model import PlasticNetwork, check_network, family_of

__all__ = ["landscape_summary"]

_Values: TypeAlias = tuple[float, float, float, str]
"""Strength, lower and upper end of its bracket, certainty."""

_MISSED: _Values = (math.nan, math.nan, math.nan, "interrupted")

MEANINGS = {
    "contraction bound": "activity and weights contract at every learning rate",
    "definiteness bound": "one equilibrium, from the eigenvalues of the wiring",
    "convexity threshold": "the reduced objective is convex on the whole box",
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
        Of each search.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    pandas.DataFrame
        Columns quantity, strength (signed; a factor where strengths differ), lower, upper
        (bracket), certainty ("proved" bounds, or "located" numerically), meaning. NaN where a bound
        does not apply. Ctrl-C keeps what is there: the certainty of the others is "interrupted".

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0))
    >>> npl.landscape_summary(net)[["quantity", "strength"]].round(3)
                   quantity  strength
    0     contraction bound    -0.333
    1    definiteness bound    -2.000
    2   convexity threshold    -4.000
    3  multistability onset    -6.538
    4                 onset    -6.538
    """
    check_network(net)
    check_progress(progress)
    as_budget(budget)
    if limit is not None:
        check_positive("limit", limit)
    sign = _sign(net)
    steps: list[tuple[str, Callable[[], _Values]]] = [
        ("contraction bound", lambda: _contraction(net)),
        ("definiteness bound", lambda: _one_bound(sign, definiteness_bound(net))),
        ("onset", lambda: _onset(net, limit)),
        ("multistability onset", lambda: _second(net, limit, budget)),
    ]
    if net.has_objective and net.activation.kind is not None:
        steps.insert(2, ("convexity threshold", lambda: _convexity(net)))
    found: dict[str, _Values] = {}
    with bar("thresholds", len(steps), progress) as advance:
        for name, step in steps:
            try:
                found[name] = step()
            except KeyboardInterrupt:
                if not found:
                    raise
                break
            advance(name)
    names = [name for name in MEANINGS if name in dict(steps)]
    rows = [(name, *found.get(name, _MISSED)) for name in names]
    table = pd.DataFrame(rows, columns=["quantity", "strength", "lower", "upper", "certainty"])
    return table.assign(meaning=table["quantity"].map(MEANINGS))


def _one_bound(sign: float, low: float) -> _Values:
    return sign * low, sign * low, math.nan, "proved"


def _contraction(net: PlasticNetwork) -> _Values:
    low = contraction_bound(net) if contraction_applies(net) else math.nan
    return _one_bound(_sign(net), low)


def _convexity(net: PlasticNetwork) -> _Values:
    convex, sign = convexity_bounds(net), _sign(net)
    return sign * convex.lower, sign * convex.lower, sign * convex.upper, "proved"


def _onset(net: PlasticNetwork, limit: float | None) -> _Values:
    first = onset(net, limit).strength
    return first, first, first, "located"


def _second(net: PlasticNetwork, limit: float | None, budget: Budget | float | None) -> _Values:
    second = multistability_onset(net, limit, budget=budget)
    return second.strength, second.lower, second.upper, str(second.status)


def _sign(net: PlasticNetwork) -> float:
    return math.copysign(1.0, family_of(net, "strength").own)
