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


def landscape_summary(
    net: PlasticNetwork, limit: float | None = None, budget: Budget | float | None = None
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
    2   convexity threshold    -3.999
    3  multistability onset    -6.538
    4                 onset    -6.538
    """
    family = family_of(net, "strength")
    sign = math.copysign(1.0, family.own)
    contracting = contraction_bound(net) if contraction_applies(net) else math.nan
    definite = definiteness_bound(net)
    rows = [
        (
            "contraction bound",
            sign * contracting,
            sign * contracting,
            math.nan,
            "proved",
            "activity and weights contract at every learning rate",
        ),
        (
            "definiteness bound",
            sign * definite,
            sign * definite,
            math.nan,
            "proved",
            "one equilibrium, from the eigenvalues of the wiring",
        ),
    ]
    if net.has_objective and net.activation.kind is not None:
        convex = convexity_bounds(net)
        rows.append(
            (
                "convexity threshold",
                sign * convex.lower,
                sign * convex.lower,
                sign * convex.upper,
                "proved",
                "the reduced objective is convex on the whole box",
            ),
        )
    second = multistability_onset(net, limit, budget)
    first = onset(net, limit)
    rows += [
        (
            "multistability onset",
            second.strength,
            second.lower,
            second.upper,
            str(second.status),
            "a second stable equilibrium exists",
        ),
        (
            "onset",
            first.strength,
            first.strength,
            first.strength,
            "located",
            "the base branch loses stability",
        ),
    ]
    names = ["quantity", "strength", "lower", "upper", "certainty", "meaning"]
    return pd.DataFrame(rows, columns=names)
