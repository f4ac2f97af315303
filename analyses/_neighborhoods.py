"""Stable equilibria per neighborhood of a node: what is counted, and one row per node."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from scipy import sparse

from netplastic import graphs
from netplastic._support import (
    INTERRUPTED,
    Graph,
    Node,
    Rng,
    Shown,
    Workers,
    bar,
    check_choice,
    check_count,
    check_fraction,
    check_instance,
    check_progress,
    check_rng,
    crew_of,
)
from netplastic.equilibria import Budget, as_budget
from netplastic.model import PlasticNetwork, check_network

from ._ball_columns import ball_columns, objects
from ._balls import Background, Ball, Counted, Settings, Step, balls_of, skeleton
from ._clamped import clamped_counts
from ._columns import integers, upper_ends
from ._embedded import embedded_counts
from ._excess import LEAST, excess
from ._isolated import LIMIT_SETS, isolated_counts
from ._limit import is_of_sets, limit_counts, limit_from
from ._targeted import targeted_counts

__all__ = ["COLUMNS", "count_neighborhoods"]

Scope = Callable[[PlasticNetwork, list[Ball], Settings, Step], list[Counted]]

_SCOPES: dict[str, Scope] = {
    "isolated": isolated_counts,
    "embedded": embedded_counts,
    "clamped": clamped_counts,
    "targeted": targeted_counts,
}
"""A scope is one function: counts for balls, in their order."""

_CHOKES_UP_TO = 5000
"""Nodes of a network up to which a table looks for choke points by itself."""

_METHODS = ("auto", "certified", "sampled", LIMIT_SETS)

# fmt: off
COLUMNS = (
    "node", "module", "role", "degree", "neighbor_edges", "size", "radius", "scope", "strength",
    "limit_from", "learning_rate", "n_stable", "n_stable_upper", "log2_stable", "excess", "status",
    "coverage", "coverage_low", "method", "seconds",
)
# fmt: on


def count_neighborhoods(
    net: PlasticNetwork,
    radius: int = 1,
    *,
    scope: str = "isolated",
    nodes: Iterable[Node] | None = None,
    method: str = "auto",
    budget: Budget | float | None = None,
    tolerance: float = 0.1,
    background: Background | None = None,
    rng: Rng = 0,
    workers: Workers = 1,
    executor: Executor | Any | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """Count the stable equilibria of the neighborhood of each node.

    The neighborhood is the ball of all nodes within `radius` steps, whatever the direction,
    weight or strength of the arcs. Stable means stable at the network's learning rate. In the
    strong limit (strength -inf) counts are combinatorial (docs/theory.md#section-7): on undirected
    networks without self-loops, nodes without bias and arcs without weight, each ball needs only
    itself and the nodes one step further, so that any number of them can be counted.

    Parameters
    ----------
    net : PlasticNetwork
    radius : int, default 1
        Steps from the center, at least 0.
    scope : {"isolated", "embedded", "clamped", "targeted"}, default "isolated"
        "isolated": the ball as a network of its own, arcs to the outside cut.
        "embedded": the patterns that the stable equilibria of the whole network show on the
        ball. Two patterns differ if at some node of the ball the rates differ by more than
        `tolerance` times the node's range of rates (between the ends of the interval that its
        activity can take: for the anti-Hebbian rule from phi(bias) to rate zero). Counted is
        the largest number of patterns that differ pairwise.
        "clamped": the ball with everything outside it held at a stable state of the whole
        network, for each such state (64 random ones where there are more; in the strong limit,
        where there are more than 10,000, 64 uniform samples, with repetition).
        "targeted": the whole network, with plasticity on the ball's arcs only, and `background`
        on all others.
    nodes : iterable of nodes or None
        Centers, in the order of the rows. None: all nodes in the network's order.
    method : {"auto", "certified", "sampled", "limit sets"}, default "auto"
        As in `find_equilibria`: "auto" proves counts where it can and adds samples where the
        budget runs out. "limit sets", for isolated balls of undirected anti-Hebbian networks with
        tanh, of any size and number: the maximal independent sets of the ball that are proved to
        have a stable state at the network's strength and learning rate, a lower bound. At degree
        14 it is the count itself on 95 to 97 of 100 balls at strength -100, on all at -200: what it
        misses are states with triangles of middle nodes. Some thousand balls take a second.
    budget : Budget, float or None
        Of each search: of each ball (isolated, and clamped at each state), of each connected
        part (embedded, and clamped for its states), of the network (targeted). In the strong
        limit, where balls are counted by themselves: steps for each ball in place of boxes, and
        500,000 steps for a second; with "limit sets" sets, and 20,000 of them for a second.
    tolerance : float, default 0.1
        Of the scope "embedded", see there.
    background : Background or None
        Of the scope "targeted", where it must be given: the sign of what is found depends on it.
    rng : int, numpy.random.Generator or None, default 0
        Seed of the samples.
    workers : int or None, default 1
        Processes that solve balls as networks of their own (all scopes but "embedded"), None for
        one on each core; the table does not depend on it (but for `seconds`).
    executor : concurrent.futures.Executor, optional
        Does that instead of processes of this machine: joblib's, or a `distributed.Client` for a
        dask cluster, whose workers must have the same versions. Each task carries the part of the
        network that it needs; one that is lost with its worker is done again.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        One row per center:

        ============== =======================================================================
        node           label
        module, role   node attributes of the graph; None where it has none
        degree         number of other nodes joined to it in either direction
        neighbor_edges number of joined pairs among these
        size           number of nodes of the ball
        radius, scope  as given
        strength       strength of the rule if it is the same on all arcs of the network, else NaN
        limit_from     ``|strength|`` at which the center begins to behave as in the strong limit:
                       could be high with all its neighbors low, from its degree, weights and
                       biases (about 15 times the degree); NaN where that is not known: looped
                       or without bias, arcs in one direction, networks without such a limit
        learning_rate  of the network
        n_stable       int64: lower end of the count (clamped: the least over the states of the
                       rest); exact Python integers (dtype object) if one exceeds 64 bits
        n_stable_upper float64: upper end, inf where nothing is proved (clamped: of the greatest
                       over the states of the rest); exact Python integers and inf (dtype object)
                       if one of them is no exact float
        log2_stable    log2 of n_stable; -inf where it is 0 (clamped: the mean over the states)
        excess         log2_stable minus its mean over the *other* nodes of this table that have
                       the same degree and a stable state and are no choke points
                       (`graphs.choke_points` with its defaults); NaN where there are fewer than
                       three, no stable state, or more than 5,000 nodes in the network, where
                       choke points take longer than counts; then, and for other choices:
                       `analyses.excess`
        status         "certified": the count is proved (clamped: each of them, and the list of
                       states is complete), "estimate": clamped at a choice of states; embedded,
                       where the list of states is open, but a ball's patterns have been seen so
                       often that `coverage_low` is 0.95 or more; else "lower bound"
        coverage       embedded, where the list is open: estimated share of random starts that
                       end in a pattern of the ball seen already, 1 - (patterns that independent
                       starts hit once) / (hits), by Good and Turing; else NaN
        coverage_low   lower end of its one-sided 95 % interval (Esty 1983), NaN as before
        method         "certified", "sampled", "certified + sampled", "limit sets", "limit", or
                       "limit, 64 samples" (clamped at states that were drawn); "interrupted" for
                       isolated balls that Ctrl-C left uncounted: the others are kept, without
                       `excess`
        seconds        wall-clock time; equal isolated balls are solved once, and all but the
                       first are given 0; the first ball of a part bears its embedded search;
                       balls that are counted together in the limit have equal shares
        ============== =======================================================================

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork, a radius or number of workers is no whole number,
        `tolerance` no number, or the executor none.
    ValueError
        For an unknown scope, method or node, a radius or number of workers that is too small, a
        tolerance outside (0, 1); for "limit sets" with another scope or kind of network.
    RuntimeError
        If a part of the work is lost twice with the process or worker that did it.

    Examples
    --------
    >>> import math, networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(6), npl.Hebbian(strength=-200.0))
    >>> table = npl.count_neighborhoods(net, radius=1)
    >>> int(table.loc[0, "size"]), int(table.loc[0, "n_stable"]), table.loc[0, "status"]
    (3, 2, 'certified')

    In the strong limit, on the first nodes of a large ring, and what the ring shows there:

    >>> ring = npl.PlasticNetwork(nx.cycle_graph(1000), npl.Hebbian(strength=-math.inf))
    >>> for scope in ("isolated", "embedded"):
    ...     print(npl.count_neighborhoods(ring, 1, scope=scope, nodes=[0]).loc[0, "n_stable"])
    2
    4
    """
    check_network(net)
    check_progress(progress)
    settings = Settings(
        method=check_choice("method", method, _METHODS),
        budget=as_budget(budget),
        seed=int(check_rng(rng).integers(2**63)),
        crew=crew_of(workers, executor),
        tolerance=check_fraction("tolerance", tolerance, ends=False),
        background=background,
    )
    if background is not None:
        check_instance("background", background, Background, "Background(static_weight=0.2)")
        if scope != "targeted":
            raise ValueError(f'background= belongs to scope="targeted"; found scope={scope!r}')
    count = _SCOPES[check_choice("scope", scope, _SCOPES)]
    if method == LIMIT_SETS and scope != "isolated":
        raise ValueError(f'method="{LIMIT_SETS}" is for scope="isolated"; found scope={scope!r}.')
    radius = check_count("radius", radius, least=0)
    centers = np.arange(net.n) if nodes is None else net.positions(nodes, once=True)
    graph = skeleton(net)
    balls = balls_of(graph, centers, radius)
    with bar(f"{scope} balls", len(balls), progress) as step:
        if scope in ("isolated", "embedded") and settings.method == "auto" and is_of_sets(net):
            counts = limit_counts(graph, centers, radius, scope == "embedded", settings, step)
        else:
            counts = count(net, balls, settings, step)
    facts = {"radius": radius, "scope": scope, "learning_rate": net.learning_rate}
    return _table(net, balls, graph, counts, facts)


def _table(
    net: PlasticNetwork,
    balls: list[Ball],
    graph: sparse.csr_array,
    counts: list[Counted],
    facts: dict[str, Any],
) -> pd.DataFrame:
    common = float(net.strength[0]) if net.m and np.all(net.strength == net.strength[0]) else np.nan
    columns: dict[str, Any] = {
        **ball_columns(net, balls, graph),
        **facts,
        "strength": common if net.m else _nominal_strength(net),
        "limit_from": limit_from(net)[[ball.center for ball in balls]],
        "n_stable": integers([counted.lower for counted in counts]),
        "n_stable_upper": upper_ends([counted.upper for counted in counts]),
        "log2_stable": np.array([counted.log2 for counted in counts], dtype=np.float64),
        "status": [str(counted.status) for counted in counts],
        "coverage": np.array([counted.coverage.share for counted in counts], dtype=np.float64),
        "coverage_low": np.array([counted.coverage.low for counted in counts], dtype=np.float64),
        "method": [counted.method for counted in counts],
        "seconds": np.array([counted.seconds for counted in counts], dtype=np.float64),
    }
    table = pd.DataFrame(columns, index=range(len(balls)))
    whole = INTERRUPTED not in columns["method"]
    comparable = whole and len(balls) > LEAST and net.n <= _CHOKES_UP_TO
    table["excess"] = excess(table, _chokes(net)) if comparable else np.nan
    return table[list(COLUMNS)]


def _chokes(net: PlasticNetwork) -> pd.DataFrame:
    """Choke points of the network's arcs, whatever graph it was made of."""
    wired: Graph = nx.DiGraph() if net.directed else nx.Graph()
    # One module for all: communities, which choke points do not depend on, take long.
    wired.add_nodes_from(range(net.n), module=0)
    wired.add_edges_from(zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True))
    found = graphs.choke_points(wired)[["node", "is_choke"]]
    return found.assign(node=objects([net.nodes[place] for place in found["node"]]))


def _nominal_strength(net: PlasticNetwork) -> float:
    """Strength of a rule on a network without arcs: the number given, if it was one."""
    value = net.rule.strength
    return float(value) if isinstance(value, int | float) else math.nan
