"""What each node adds to the number of stable states: the network with it against without it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from netplastic._support import Node, Shown, bar, check_progress
from netplastic.equilibria import Budget, Clock, Count, CountStatus, as_budget, count_equilibria
from netplastic.equilibria.limit import LimitStates, TooLargeError, limit_states
from netplastic.model import PlasticNetwork, check_network, needs_strong_limit

from ._ball_columns import objects
from ._balls import skeleton
from ._limit import is_of_sets

__all__ = ["lesion_effects"]

_MOST = 20_000
"""Different things that a neighborhood may show before a network is counted again instead."""


def lesion_effects(
    net: PlasticNetwork,
    nodes: Iterable[Node] | None = None,
    *,
    budget: Budget | float | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """Count the stable states of a network in the strong limit without each of its nodes.

    The lesion effect of a node v is ``log2 N(G) - log2 N(G - v)`` bits: positive where the node
    makes states, negative where it keeps them from being. In undirected networks without
    self-loops all of them come from one compiled form (docs/theory.md#section-7, part h): a
    maximal independent set of G - v is one of G in which v is low, or one in which v is high,
    without v, if each neighbor of v has another high neighbor. So there it is never negative.
    Other networks are counted again without the node.

    Parameters
    ----------
    net : PlasticNetwork
        With strength -inf.
    nodes : iterable of nodes or None
        In the order of the rows. None: all.
    budget : Budget, float or None
        Of compiling, and of each count of a network; a number means seconds.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        One row per node:

        =========== ==========================================================================
        node        label
        degree      number of other nodes joined to it in either direction
        n_states    N(G): exact Python integers
        n_without   N(G - v): the same, or a lower bound; 1 where no node is left
        log2_lesion bits; inf where N(G - v) is 0, -inf where N(G) is 0, NaN where both are
        status      "certified": both numbers are exact; "lower bound": N(G - v) is not, so that
                    `log2_lesion` is an upper bound
        method      "evidence" (from the compiled form) or "recount"
        =========== ==========================================================================

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork.
    ValueError
        If the strength is finite, a node unknown, or N(G) could not be counted: the message says
        why.

    Examples
    --------
    A star has 2 stable states: its center, or all leaves. Without the center only the leaves are
    left, without one leaf it is a star still:

    >>> import math, networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.star_graph(4), npl.Hebbian(strength=-math.inf))
    >>> npl.lesion_effects(net, nodes=[0, 1]).log2_lesion.tolist()
    [1.0, 0.0]
    """
    check_network(net)
    check_progress(progress)
    limits = as_budget(budget)
    needs_strong_limit(net, "a count of stable states without a node")
    places = np.arange(net.n) if nodes is None else net.positions(nodes, once=True)
    states = _compiled(net, limits)
    whole = _count(net, limits) if states is None else _exact(states.total)
    if not whole.exact:
        raise ValueError(
            f"the number of the network's stable states is not known, {whole}; give a larger "
            "budget."
        )
    degree = np.diff(skeleton(net).indptr)
    found, methods = [], []
    with bar("lesions", len(places), progress) as step:
        for v in places.tolist():
            number = _by_evidence(net, states, v)
            methods.append("recount" if number is None else "evidence")
            found.append(_without(net, v, limits) if number is None else _exact(number))
            step(str(net.nodes[v]))
    return pd.DataFrame(
        {
            "node": objects([net.nodes[v] for v in places.tolist()]).infer_objects(),
            "degree": degree[places].astype(np.int64),
            "n_states": objects([whole.lower] * len(found)),
            "n_without": objects([count.lower for count in found]),
            "log2_lesion": np.array([_difference(whole, count) for count in found], np.float64),
            "status": [str(count.status) for count in found],
            "method": methods,
        },
        index=range(len(found)),
    )


def _compiled(net: PlasticNetwork, limits: Budget) -> LimitStates | None:
    """All states, where what is left without a node can be read off them."""
    return limit_states(net, Clock(limits)) if is_of_sets(net) else None


def _by_evidence(net: PlasticNetwork, states: LimitStates | None, v: int) -> int | None:
    if states is None:
        return None
    around = _neighbors(net, v)
    marks = {v: 1}  # of v itself the first bit; of its neighbors those that a high node makes low
    for place, neighbor in enumerate(around, 1):
        for other in _neighbors(net, neighbor):
            if other != v:
                marks[other] = marks.get(other, 0) | 1 << place
    try:
        high = states.tally({v: 1}, _MOST).get(1, 0)
        needless = states.tally(marks, _MOST, {v: 1}).get((2 << len(around)) - 1, 0)
    except TooLargeError:
        return None
    return states.total - high + needless


def _neighbors(net: PlasticNetwork, v: int) -> list[int]:
    of_node = slice(net.wiring.indptr[v], net.wiring.indptr[v + 1])
    neighbors: list[int] = net.wiring.source[of_node].tolist()
    return neighbors


def _without(net: PlasticNetwork, v: int, limits: Budget) -> Count:
    if net.n == 1:
        return _exact(1)
    return _count(net.part_at(np.delete(np.arange(net.n), v)), limits)


def _count(net: PlasticNetwork, limits: Budget) -> Count:
    return count_equilibria(net, stable_only=True, budget=limits)


def _exact(number: int) -> Count:
    return Count(number, number, CountStatus.CERTIFIED, "limit")


def _difference(whole: Count, rest: Count) -> float:
    if not whole.lower and not rest.lower:
        return math.nan
    return whole.log2 - rest.log2
