"""All thresholds of one network in one table, from contraction to multistability."""

from __future__ import annotations

import math

import pandas as pd

from netplastic.continuation import multistability_onset, onset
from netplastic.equilibria import Budget
from netplastic.landscape import (
    contraction_applies,
    contraction_bound,
    convexity_bounds,
    definiteness_bound,
)
from netplastic.model import PlasticNetwork, family_of

__all__ = ["landscape_summary"]

MEANINGS = {
    "contraction bound": "activity and weights contract at every learning rate",
    "definiteness bound": "one equilibrium, from the eigenvalues of the wiring",
    "convexity threshold": "the reduced objective is convex on the whole box",
    "multistability onset": "a second stable equilibrium exists",
    "onset": "the base branch loses stability",
}


def landscape_summary(
    net: PlasticNetwork, limit: float | None = None, *, budget: Budget | float | None = None
) -> pd.DataFrame:
    """All thresholds of one network side by side, from contraction to multistability.

    Parameters
    ----------
    net : PlasticNetwork
    limit : float or None
        Largest magnitude of the strength; see `onset` and `multistability_onset`.
    budget : Budget, float or None
        Of each search.

    Returns
    -------
    pandas.DataFrame
        Columns quantity, strength (signed; a factor where strengths differ), lower, upper
        (bracket), certainty ("proved" bounds, or "located" numerically), meaning. NaN where a bound
        does not apply.

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
    sign = math.copysign(1.0, family_of(net, "strength").own)
    contracting = contraction_bound(net) if contraction_applies(net) else math.nan
    proved = [
        ("contraction bound", contracting, math.nan),
        ("definiteness bound", definiteness_bound(net), math.nan),
    ]
    if net.has_objective and net.activation.kind is not None:
        convex = convexity_bounds(net)
        proved.append(("convexity threshold", convex.lower, convex.upper))
    second = multistability_onset(net, limit, budget=budget)
    first = onset(net, limit).strength
    rows = [(name, sign * low, sign * low, sign * high, "proved") for name, low, high in proved]
    status = str(second.status)
    rows.append(("multistability onset", second.strength, second.lower, second.upper, status))
    rows.append(("onset", first, first, first, "located"))
    table = pd.DataFrame(rows, columns=["quantity", "strength", "lower", "upper", "certainty"])
    return table.assign(meaning=table["quantity"].map(MEANINGS))
