"""Stable equilibria per neighborhood of a node: what is counted, and one row per node."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from scipy import sparse

from netplastic import graphs
from netplastic._support import (
    Graph,
    IntArray,
    Node,
    Rng,
    Shown,
    Workers,
    bar,
    check_choice,
    check_count,
    check_fraction,
    check_rng,
    check_workers,
    unknown_name,
)
from netplastic.equilibria import Budget, as_budget
from netplastic.model import PlasticNetwork

from ._balls import Ball, Counted, Settings, Step, balls_of, skeleton
from ._embedded import embedded_counts
from ._excess import LEAST, excess
from ._isolated import isolated_counts

__all__ = ["COLUMNS", "count_neighborhoods"]

Scope = Callable[[PlasticNetwork, list[Ball], Settings, Step], list[Counted]]

_SCOPES: dict[str, Scope] = {"isolated": isolated_counts, "embedded": embedded_counts}
"""A scope is one function: counts for balls, in their order."""

_LATER = ("clamped", "targeted")
_METHODS = ("auto", "certified", "sampled")

# fmt: off
COLUMNS = (
    "node", "module", "role", "degree", "neighbor_edges", "size", "radius", "scope", "strength",
    "learning_rate", "n_stable", "n_stable_upper", "log2_stable", "excess", "status", "method",
    "seconds",
)
# fmt: on


def count_neighborhoods(
    net: PlasticNetwork,
    radius: int = 1,
    scope: str = "isolated",
    nodes: Iterable[Node] | None = None,
    *,
    method: str = "auto",
    budget: Budget | float | None = None,
    tolerance: float = 0.1,
    rng: Rng = 0,
    workers: Workers = 1,
    progress: Shown = None,
) -> pd.DataFrame:
    """Count the stable equilibria of the neighborhood of each node.

    The neighborhood is the ball of all nodes within `radius` steps, whatever the direction,
    weight or strength of the arcs. Stable means stable at the network's learning rate.

    Parameters
    ----------
    net : PlasticNetwork
    radius : int, default 1
        Steps from the center, at least 0.
    scope : {"isolated", "embedded"}, default "isolated"
        "isolated": the ball as a network of its own, arcs to the outside cut.
        "embedded": the patterns that the stable equilibria of the whole network show on the
        ball. Two patterns differ if at some node of the ball the rates differ by more than
        `tolerance` times the node's range of rates (between the ends of the interval that its
        activity can take: for the anti-Hebbian rule from phi(bias) to rate zero). Counted is
        the largest number of patterns that differ pairwise.
    nodes : iterable of nodes or None
        Centers, in the order of the rows. None: all nodes in the network's order.
    method : {"auto", "certified", "sampled"}, default "auto"
        As in `find_equilibria`: "auto" proves counts where it can and adds samples where the
        budget runs out.
    budget : Budget, float or None
        Of each search: of each ball (isolated), of each connected part (embedded).
    tolerance : float, default 0.1
        Of the scope "embedded", see there.
    rng : int, numpy.random.Generator or None, default 0
        Seed of the samples.
    workers : int or None, default 1
        Processes that solve isolated balls, None for one on each core; the table does not depend
        on it (but for `seconds`).
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
        learning_rate  of the network
        n_stable       int64: lower end of the count; exact Python integers (dtype object) if one
                       of them exceeds 64 bits
        n_stable_upper float64: upper end, inf where nothing is proved; exact Python integers and
                       inf (dtype object) if one of them is no exact float
        log2_stable    log2 of n_stable; -inf where it is 0
        excess         log2_stable minus its mean over the *other* nodes of this table that have
                       the same degree and a stable state and are no choke points
                       (`graphs.choke_points` with its defaults); NaN where there are fewer than
                       three, or no stable state; other choices: `analyses.excess`
        status         "certified": the count is proved, else "lower bound"
        method         "certified", "sampled" or "certified + sampled"
        seconds        wall-clock time; equal isolated balls are solved once, and all but the
                       first are given 0; the first ball of a part bears its embedded search
        ============== =======================================================================

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork, a radius or number of workers is no whole number, or
        `tolerance` no number.
    ValueError
        For an unknown scope, method or node, a radius or number of workers that is too small, a
        tolerance outside (0, 1).

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(6), npl.Hebbian(strength=-200.0))
    >>> table = npl.count_neighborhoods(net, radius=1)
    >>> int(table.loc[0, "size"]), int(table.loc[0, "n_stable"]), table.loc[0, "status"]
    (3, 2, 'certified')
    """
    if not isinstance(net, PlasticNetwork):
        raise TypeError(
            f"net is a {type(net).__name__}; make a netplastic.PlasticNetwork(graph, rule) first."
        )
    settings = Settings(
        method=check_choice("method", method, _METHODS),
        budget=as_budget(budget),
        seed=int(check_rng(rng).integers(2**63)),
        workers=check_workers(workers),
        tolerance=check_fraction("tolerance", tolerance, ends=False),
    )
    count = _scope(scope)
    radius = check_count("radius", radius, least=0)
    centers = np.arange(net.n) if nodes is None else net.positions(nodes)
    graph = skeleton(net)
    balls = balls_of(graph, centers, radius)
    with bar(f"{scope} balls", len(balls), progress) as step:
        counts = count(net, balls, settings, step)
    facts = {"radius": radius, "scope": scope, "learning_rate": net.learning_rate}
    return _table(net, balls, graph, counts, facts)


def _scope(name: str) -> Scope:
    if name in _LATER:
        raise ValueError(
            f"scope {name!r} is not available yet; use one of "
            f"{', '.join(repr(known) for known in _SCOPES)}."
        )
    if name not in _SCOPES:
        raise unknown_name("scope", name, [*_SCOPES, *_LATER])
    return _SCOPES[name]


def _table(
    net: PlasticNetwork,
    balls: list[Ball],
    graph: sparse.csr_array,
    counts: list[Counted],
    facts: dict[str, Any],
) -> pd.DataFrame:
    degree = np.diff(graph.indptr)
    attributes: Any = net.graph.nodes if net.graph is not None else {}
    labels = [net.nodes[ball.center] for ball in balls]
    own = [attributes.get(node, {}) for node in labels]
    common = float(net.strength[0]) if net.m and np.all(net.strength == net.strength[0]) else np.nan
    columns: dict[str, Any] = {
        "node": _objects(labels).infer_objects(),
        "module": _objects([data.get("module") for data in own]).infer_objects(),
        "role": _objects([data.get("role") for data in own]),
        "degree": [int(degree[ball.center]) for ball in balls],
        "neighbor_edges": _neighbor_edges(graph, balls),
        "size": [len(ball.members) for ball in balls],
        **facts,
        "strength": common if net.m else _nominal_strength(net),
        "n_stable": _integers([counted.count.lower for counted in counts]),
        "n_stable_upper": _upper_ends([counted.count.upper for counted in counts]),
        "log2_stable": np.array([counted.count.log2 for counted in counts], dtype=np.float64),
        "status": [str(counted.count.status) for counted in counts],
        "method": [counted.count.method for counted in counts],
        "seconds": np.array([counted.seconds for counted in counts], dtype=np.float64),
    }
    table = pd.DataFrame(columns, index=range(len(balls)))
    table = table.astype({"degree": np.int64, "size": np.int64})
    table["excess"] = excess(table, _chokes(net)) if len(balls) > LEAST else np.nan
    return table[list(COLUMNS)]


def _neighbor_edges(graph: sparse.csr_array, balls: list[Ball]) -> IntArray:
    """Joined pairs among the neighbors of each center: the triangles that it is part of."""
    rows = graph[[ball.center for ball in balls]]
    return np.asarray(np.rint((rows @ graph).multiply(rows).sum(axis=1) / 2), dtype=np.int64)


def _chokes(net: PlasticNetwork) -> pd.DataFrame:
    """Choke points of the network's arcs, whatever graph it was made of."""
    wired: Graph = nx.DiGraph() if net.directed else nx.Graph()
    # One module for all: communities, which choke points do not depend on, take long.
    wired.add_nodes_from(range(net.n), module=0)
    wired.add_edges_from(zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True))
    found = graphs.choke_points(wired)[["node", "is_choke"]]
    return found.assign(node=_objects([net.nodes[place] for place in found["node"]]))


def _nominal_strength(net: PlasticNetwork) -> float:
    """Strength of a rule on a network without arcs: the number given, if it was one."""
    value = net.rule.strength
    return float(value) if isinstance(value, int | float) else math.nan


def _objects(values: list[Any]) -> pd.Series[Any]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)


def _integers(values: list[int]) -> pd.Series[Any]:
    if all(value < 2**63 for value in values):
        return pd.Series(values, dtype=np.int64)
    return _objects(values)


def _upper_ends(values: list[int | float]) -> pd.Series[Any]:
    """As floats where each of them is exactly one."""
    if all(math.isinf(value) or value <= 2**53 for value in values):
        return pd.Series(values, dtype=np.float64)
    return _objects(values)
