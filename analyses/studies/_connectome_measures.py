"""What the study connectome measures on one network."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import BoolArray, Graph, check_choice, check_count
from netplastic.analyses import count_neighborhoods, excess
from netplastic.equilibria import Budget, count_equilibria, find_equilibria
from netplastic.graphs import choke_points
from netplastic.model import Hebbian, PlasticNetwork

from ._born import follow, stable_from, start_of
from ._connectome_finding import RATES

__all__ = ["AUTAPSES", "births", "limit_counts", "neighborhoods"]

AUTAPSES = ("kept", "removed")
LARGE = 1e6
"""Strength at which limit states are taken up: far beyond where their limit begins."""


def limit_counts(
    graph: Graph,
    rng: int = 0,
    *,
    autapses: str = "kept",
    boxes: int = 20_000,
    seconds: float = 60.0,
    megabytes: float = 512.0,
) -> pd.DataFrame:
    """Stable states of the whole network in the strong limit, with and without self-loops.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Not used: nothing here is random.
    autapses : {"kept", "removed"}
        Self-loops.
    boxes : int, default 20000
        Budget of the count.
    seconds, megabytes : float, default 60 and 512
        Limits of a model counter, which knows no boxes. Without one the boxes end the count first.

    Returns
    -------
    pandas.DataFrame
        One row: nodes, edges, autapses_found (self-loops of the graph as given), n_stable (at
        least), n_stable_upper, log2_stable, status, reason (why it is a bound and what helps).

    Examples
    --------
    >>> limit_counts(nx.path_graph(5))[["n_stable", "status"]].to_numpy().tolist()
    [[4, 'certified']]
    """
    wired = _with(graph, autapses)
    net = PlasticNetwork(wired, Hebbian(-math.inf))
    budget = Budget(boxes=boxes, seconds=seconds, megabytes=megabytes)
    count = count_equilibria(net, stable_only=True, budget=budget, progress=False)
    return pd.DataFrame(
        {
            "nodes": wired.number_of_nodes(),
            "edges": wired.size(),
            "autapses_found": nx.number_of_selfloops(graph),
            "n_stable": pd.Series([count.lower], dtype=object),
            "n_stable_upper": pd.Series([count.upper], dtype=object),
            "log2_stable": math.log2(count.lower) if count.lower else -math.inf,
            "status": str(count.status),
            "reason": count.reason,
        }
    )


def _with(graph: Graph, autapses: str) -> Graph:
    """The graph with unit weights, with or without its self-loops."""
    check_choice("autapses", autapses, AUTAPSES)
    found = graph.copy()
    if autapses == "removed":
        found.remove_edges_from(list(nx.selfloop_edges(graph)))
    for _, _, data in found.edges(data=True):
        data.pop("weight", None)
    return found


def neighborhoods(
    graph: Graph,
    rng: int = 0,
    *,
    scope: str = "isolated",
    autapses: str = "removed",
    boxes: int = 2_000,
) -> pd.DataFrame:
    """Stable states of every ball of radius 1 in the strong limit, beside the choke measures.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Seed of sampled searches.
    scope : str, default "isolated"
        As for `netplastic.count_neighborhoods`.
    autapses : {"kept", "removed"}
    boxes : int, default 2000
        Budget of each count.

    Returns
    -------
    pandas.DataFrame
        The table of `netplastic.count_neighborhoods` without seconds, with is_choke, betweenness,
        bridging_centrality of `graphs.choke_points` and the ranks of both (1: the largest).

    Examples
    --------
    >>> table = neighborhoods(nx.barbell_graph(4, 2))
    >>> table.loc[table["is_choke"], "betweenness_rank"].tolist()
    [3, 1, 1, 3]
    """
    net = PlasticNetwork(_with(graph, autapses), Hebbian(-math.inf))
    counts = count_neighborhoods(
        net, 1, scope=scope, budget=Budget(boxes=boxes), rng=rng, progress=False
    )
    chokes = choke_points(graph).set_index("node")
    for name in ("is_choke", "betweenness", "bridging_centrality"):
        counts[name] = counts["node"].map(chokes[name].to_dict())
    for name in ("betweenness", "bridging_centrality"):
        counts[f"{name}_rank"] = counts[name].rank(ascending=False, method="min").astype(int)
    counts["excess"] = excess(counts, counts)
    return counts.drop(columns="seconds")


def births(
    graph: Graph,
    rng: int = 0,
    *,
    autapses: str = "kept",
    states: int = 3,
    boxes: int = 50_000,
    least: float = 10.0,
) -> pd.DataFrame:
    """Follow states of the strong limit down to the strength where they are born.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Not used: states are taken at even steps from the list that the budget allows.
    autapses : {"kept", "removed"}
    states : int, default 3
        How many are followed at most.
    boxes : int, default 50000
        Budget of the list of limit states.
    least : float, default 10.0
        |strength| at which following ends.

    Returns
    -------
    pandas.DataFrame
        One row for each state: state (its number in the list), listed (states in the list),
        n_high (high nodes), born (|strength| from which on it exists; 0: lives on below `least`;
        NaN: it could not be taken up at 1e6), stable_0.1, stable_1, stable_100 (|strength| from
        which on it is stable at that learning rate), status ("followed" or "not taken up"). With no
        state in the list one row with status "none listed".

    Examples
    --------
    >>> found = births(nx.path_graph(2), states=1, least=5.0)
    >>> found["born"].round(1).tolist(), found["stable_100"].round(1).tolist()
    ([6.5], [6.5])
    """
    check_count("states", states)
    wired = _with(graph, autapses)
    listed = find_equilibria(
        PlasticNetwork(wired, Hebbian(-math.inf)),
        stable_only=True,
        budget=Budget(boxes=boxes),
        progress=False,
    )
    if not len(listed.rates):
        return pd.DataFrame({"listed": [0], "status": ["none listed"]})
    chosen = np.unique(np.linspace(0, len(listed.rates) - 1, states).round().astype(int))
    net = PlasticNetwork(wired, Hebbian(-LARGE))
    rows = [_birth(net, listed.rates[number] > 0.0, least) for number in chosen]
    return pd.DataFrame(rows).assign(state=chosen, listed=len(listed.rates))


def _birth(net: PlasticNetwork, high: BoolArray, least: float) -> dict[str, object]:
    row: dict[str, object] = {"n_high": int(high.sum())}
    start = start_of(net, high)
    if start is None:
        return row | {"status": "not taken up"}
    path = follow(net, start, least)
    stable = {f"stable_{rate:g}": stable_from(net, path, rate) for rate in RATES}
    return row | {"born": path.born, **stable, "status": "followed"}
