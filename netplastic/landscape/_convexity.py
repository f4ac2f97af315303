"""Up to which strength the reduced objective is convex on the whole box of possible rates.

With Q of `_scaled_hessian` and no static weights the threshold is

    s_c = 1 / max over the box of lambda_max(Q(V)).

From below that maximum is enclosed by values at points that a local search finds, from above by a
bound that goes edge by edge (`_edge_bounds`), exact on regular bipartite graphs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from netplastic._support import (
    FloatArray,
    Result,
    Shown,
    Status,
    check_positive,
    check_seconds,
    halting,
)
from netplastic.model import PlasticNetwork, check_network

from ._contraction import definiteness_bound
from ._edge_bounds import EdgeSet, edge_bound
from ._rate_box import prior_box
from ._scaled_hessian import ScaledHessian

__all__ = ["Convexity", "ConvexityStatus", "convexity_bounds", "convexity_threshold"]

_TOLERANCE = 1e-3
_BUDGET = 45.0


class ConvexityStatus(Status):
    """How far the enclosure of the threshold got.

    Examples
    --------
    >>> from netplastic.landscape import ConvexityStatus
    >>> ConvexityStatus.TIGHT.meaning
    'Both bounds agree to the tolerance.'
    """

    TIGHT = (
        "tight",
        "Both bounds agree to the tolerance.",
        "Nothing is left to do.",
    )
    BRACKET = (
        "bracket",
        "The true threshold lies between the bounds.",
        "Below the lower one convexity is proved; between them, count equilibria.",
    )
    UNBOUNDED = (
        "unbounded",
        "The objective is convex at every strength of this sign.",
        "Nothing is left to do.",
    )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Convexity(Result):
    """Bounds of the convexity threshold.

    Attributes
    ----------
    lower : float
        Magnitude of the strength (factor, for mixed strengths) up to which the objective is convex
        on the whole box: proved.
    upper : float
        Magnitude at which a state in the box with a singular Hessian was found (on more than 400
        nodes: singular or beyond).
    state : float array of shape (n,) or None
        Rates of that state.
    sign : float
        Sign of the strengths meant; strength = sign * lower.
    parameter : str
        "strength", or "factor" where the network's strengths differ.
    status : ConvexityStatus
    reason : str
        What cut the search for better bounds short ("budget of 45 s used up", "interrupted"), or
        empty.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> found = npl.convexity_bounds(net)
    >>> found.lower <= found.upper, str(found.status)
    (True, 'tight')
    """

    lower: float
    upper: float
    state: FloatArray | None
    sign: float
    parameter: str
    status: ConvexityStatus
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row: lower, upper (as signed strengths), parameter, status."""
        return pd.DataFrame(
            {
                "lower": [self.sign * self.lower],
                "upper": [self.sign * self.upper],
                "parameter": [self.parameter],
                "status": [str(self.status)],
            }
        )

    def _line(self) -> str:
        lower, upper = self.sign * self.lower, self.sign * self.upper
        return f"{self.parameter} between {lower:.6g} and {upper:.6g}, {self.status}"

    def _verdict(self) -> ConvexityStatus:
        return self.status


def convexity_threshold(
    net: PlasticNetwork, *, budget: float | None = _BUDGET, progress: Shown = None
) -> float:
    """Magnitude of the strength up to which the reduced objective is convex: a proved lower bound.

    Below it the network has exactly one equilibrium.

    Parameters
    ----------
    net : PlasticNetwork
        With an objective (Hebb rule, undirected). Strengths of its own sign are meant; where they
        differ from edge to edge the result is a factor on them.
    budget, progress
        As for `convexity_bounds`.

    Returns
    -------
    float
        `convexity_bounds(net).lower`; inf where it is convex at every strength.

    Raises
    ------
    ValueError
        For a network without an objective, or an activation without known bounds of its slope.

    Examples
    --------
    For the pair convexity is lost at strength 4, before the pitchfork at 6.54:

    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> 3.99 < npl.convexity_threshold(net) <= 4.0
    True
    """
    return convexity_bounds(net, budget=budget, progress=progress).lower


def convexity_bounds(
    net: PlasticNetwork,
    tolerance: float = _TOLERANCE,
    *,
    budget: float | None = _BUDGET,
    progress: Shown = None,
) -> Convexity:
    """Lower (proved) and upper bound of the convexity threshold.

    Parameters
    ----------
    net : PlasticNetwork
    tolerance : float
        Relative gap up to which the bounds are called tight.
    budget : float or None, default 45.0
        Seconds; None for no limit. 1,000 nodes take about five. The result depends on the machine's
        speed only where they are used up. Ctrl-C ends the search, too; the bounds hold then
        all the same, and `reason` says so.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    Convexity

    Raises
    ------
    TypeError, ValueError
        As for `convexity_threshold`; for a tolerance that is no number above 0.

    Notes
    -----
    The box is the one known before any search (docs/theory.md#section-2): V_i between 0 and
    phi(b_i) for nodes with only anti-Hebbian arcs and no static weights, else the whole range of
    the activation. Rounding is covered by relative margins far above the backward error of the
    formulas and of the symmetric eigenvalue solver (about n times 1e-16).

    With static weights the enclosure is s >= (1 - max lambda_max(U)) / max lambda_max(Q), proved
    but not tight.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> bounds = npl.convexity_bounds(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0)))
    >>> bounds.status == "tight", bounds.lower <= bounds.upper
    (True, True)
    """
    check_network(net)
    tolerance = check_positive("tolerance", tolerance)
    check_seconds(budget)
    hessian = ScaledHessian.of(net)
    low, high = prior_box(net)
    with halting("convexity", budget, progress) as halt:
        bound = edge_bound(EdgeSet.of(net, hessian.slope, low, high), net.n, 0.1 * tolerance, halt)
        room = max(0.0, 1.0 - hessian.static_bound())
        lower = math.inf if bound <= 0.0 else room / bound * (1.0 - 1e-12)
        definite = definiteness_bound(net) / hessian.unit * (1.0 - 1e-9)
        lower = max(lower, definite) if not math.isnan(definite) else lower
        state = None if math.isinf(lower) else hessian.steepest_state(low, high, halt)
        reason = halt.why
    upper = math.inf if state is None else hessian.first_singular(state)
    status = ConvexityStatus.BRACKET
    if math.isinf(lower):
        status = ConvexityStatus.UNBOUNDED
    elif upper <= lower * (1.0 + tolerance):
        status = ConvexityStatus.TIGHT
    return Convexity(
        lower=hessian.unit * lower,
        upper=hessian.unit * max(upper, lower),
        state=state if math.isfinite(upper) else None,
        sign=hessian.sign,
        parameter=hessian.parameter,
        status=status,
        reason=reason if status is ConvexityStatus.BRACKET else "",
    )
