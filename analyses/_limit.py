"""Both scopes in the strong limit, where stable states are the maximal independent sets.

So it is for undirected networks without self-loops in which every node has a bias and every arc a
weight (docs/theory.md#section-7, part h): the ball is then all that is read. Other networks in the
limit take the way of those with a finite strength.
"""

from __future__ import annotations

import math
import time

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray, IntArray
from netplastic.equilibria import Budget, Count, CountStatus
from netplastic.equilibria.limit import ball_counts, strong_from
from netplastic.model import PlasticNetwork, check_network

from ._balls import Counted, Settings, Step

__all__ = ["STEPS_A_SECOND", "is_of_sets", "limit_counts", "limit_from"]

STEPS_A_SECOND = 500_000
"""What a budget in seconds stands for: a count must not depend on a machine's load."""


def is_of_sets(net: PlasticNetwork) -> bool:
    """Whether the stable states of every ball are its maximal independent sets.

    Examples
    --------
    >>> import math, networkx as nx, netplastic as npl
    >>> rule = npl.Hebbian(strength=-math.inf)
    >>> npl.analyses.is_of_sets(npl.PlasticNetwork(nx.path_graph(4), rule))
    True
    """
    check_network(net)
    wiring = net.wiring
    return (
        net.in_limit
        and bool(np.all(net.bias != 0.0))
        and bool(np.all(wiring.weight > 0.0))
        and bool(np.all(wiring.reverse >= 0))
        and not np.any(wiring.source == wiring.target)
    )


def limit_from(net: PlasticNetwork) -> FloatArray:
    """Return the |strength| from which on each node behaves as in the limit.

    NaN where that is not known, and everywhere in networks that have no such limit (other rules,
    static weights).
    """
    try:
        limit = net.replace(strength=-math.inf, learning_rate=1.0)
    except ValueError:
        return np.full(net.n, np.nan)
    return strong_from(limit)


def limit_counts(
    graph: sparse.csr_array,
    centers: IntArray,
    radius: int,
    embedded: bool,
    settings: Settings,
    step: Step,
) -> list[Counted]:
    """Count the stable states of each ball, all balls together; each bears its share of the time.

    Parameters
    ----------
    graph : the network's graph, symmetric, without self-loops
    centers : int array of shape (c,)
    radius : steps from the center
    embedded : whether the rest of the network takes part
    settings : of these only the budget matters
    step : called once for each ball
    """

    def tell(done: int) -> None:
        for _ in range(done):
            step("")

    began = time.perf_counter()
    graph.sort_indices()
    found = ball_counts(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int64),
        centers,
        radius,
        embedded=embedded,
        work=_steps(settings.budget),
        step=tell,
    )
    lower, exact = found.lower.tolist(), found.exact.tolist()
    share = (time.perf_counter() - began) / max(1, len(lower))
    return [
        Counted.of(_certified(lower[k]) if exact[k] else _bound(lower[k], found.reason(k)), share)
        for k in range(len(lower))
    ]


def _steps(budget: Budget) -> int:
    seconds = math.inf if budget.seconds is None else budget.seconds
    return max(1, int(min(budget.boxes, seconds * STEPS_A_SECOND, 2**62)))


def _certified(number: int) -> Count:
    return Count(number, number, CountStatus.CERTIFIED, "limit")


def _bound(number: int, reason: str) -> Count:
    return Count(number, math.inf, CountStatus.LOWER_BOUND, "limit", reason)
