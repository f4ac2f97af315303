"""What the study connectome measures on one network."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import BoolArray, Graph, check_choice, check_count, check_positive
from netplastic.analyses import count_neighborhoods, excess, limit_scale
from netplastic.continuation import onsets
from netplastic.equilibria import Budget, count_equilibria, find_equilibria, sample_stable_states
from netplastic.graphs import choke_points
from netplastic.model import Hebbian, PlasticNetwork

from ._born import follow, stable_from, start_of
from ._connectome_finding import COUNTS, RATES, UNIT

__all__ = ["AUTAPSES", "births", "limit_counts", "neighborhoods", "whole_onsets"]

AUTAPSES = ("kept", "removed")
"""What a parameter `autapses` says of self-loops."""
LARGE = 1e6
"""Strength at which limit states are taken up: far beyond where their limit begins."""
DRAWING = 20.0
"""Seconds for compiling all states, from which some are drawn."""


def limit_counts(
    graph: Graph,
    rng: int = 0,
    *,
    autapses: str = "kept",
    boxes: int = 20_000,
    seconds: float = 120.0,
    megabytes: float = 512.0,
) -> pd.DataFrame:
    """Stable states of the whole network in the strong limit; nothing is random.

    Parameters
    ----------
    boxes : int, default 20000
        Budget of the count.
    seconds, megabytes : float, default 120 and 512
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


def _with(graph: Graph, autapses: str, weights: str = UNIT) -> Graph:
    """The graph with or without its self-loops, with weights 1 or its own."""
    check_choice("autapses", autapses, AUTAPSES)
    check_choice("weights", weights, (UNIT, COUNTS))
    found = graph.copy()
    if autapses == "removed":
        found.remove_edges_from(list(nx.selfloop_edges(graph)))
    for _, _, data in found.edges(data=True) if weights == UNIT else ():
        data.pop("weight", None)
    return found


def neighborhoods(
    graph: Graph,
    rng: int = 0,
    *,
    relative: float = math.inf,
    scope: str = "isolated",
    autapses: str = "removed",
    boxes: int = 2_000,
    starts: int = 200,
) -> pd.DataFrame:
    """Stable states of every ball of radius 1, beside the choke measures.

    Parameters
    ----------
    relative : float, default inf
        |strength| in units of `analyses.limit_scale`, about where the strong limit begins; inf is
        that limit.
    scope : str, default "isolated"
        As for `netplastic.count_neighborhoods`.
    boxes, starts : int
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
    wired = _with(graph, autapses)
    limit = math.isinf(relative)
    strength = math.inf if limit else check_positive("relative", relative) * limit_scale(wired)
    net = PlasticNetwork(wired, Hebbian(-strength))
    budget = Budget(boxes=boxes, starts=starts)
    counts = count_neighborhoods(net, 1, scope=scope, budget=budget, rng=rng, progress=False)
    chokes = choke_points(graph).set_index("node")
    for name in ("is_choke", "betweenness", "bridging_centrality"):
        counts[name] = counts["node"].map(chokes[name].to_dict())
    for name in ("betweenness", "bridging_centrality"):
        counts[f"{name}_rank"] = counts[name].rank(ascending=False, method="min").astype(int)
    counts["excess"] = excess(counts, counts)
    return counts.drop(columns="seconds")


def whole_onsets(
    graph: Graph, rng: int = 0, *, autapses: str = "removed", limit: float = 100.0
) -> pd.DataFrame:
    """Both onsets of the largest component: single nodes and pairs apart would come first.

    Parameters
    ----------
    graph : networkx.Graph
        Without directions: an onset is where an objective loses a minimum, and where arcs differ
        in the two directions there is none.
    limit : float, default 100.0
        Largest |strength| that is looked at.

    Returns
    -------
    pandas.DataFrame
        The two rows of `netplastic.onsets`, with nodes (of the component).

    Examples
    --------
    >>> whole_onsets(nx.path_graph(4))[["strength", "nodes"]].round(2).to_numpy().tolist()
    [[-inf, 4.0], [-10.74, 4.0]]
    """
    wired = _with(graph, autapses)
    largest = wired.subgraph(max(nx.connected_components(wired), key=len)).copy()
    net = PlasticNetwork(largest, Hebbian(-1.0))
    return onsets(net, limit).assign(nodes=net.n)


def births(
    graph: Graph,
    rng: int = 0,
    *,
    autapses: str = "kept",
    weights: str = UNIT,
    states: int = 16,
    boxes: int = 50_000,
    least: float = 10.0,
) -> pd.DataFrame:
    """Follow states of the strong limit down to the strength where they are born.

    Parameters
    ----------
    weights : {"one each", "counts"}
        1 for every arc, or the graph's own weights.
    states : int, default 16
        How many are followed at most.
    boxes : int, default 50000
        Budget of a list of limit states, where they are not drawn.
    least : float, default 10.0
        |strength| at which following ends.

    Returns
    -------
    pandas.DataFrame
        One row for each state: state (its number), drawn (from what: "all", each equally likely;
        "greedy", maximal independent sets in random order of the nodes; "list", at even steps from
        what the budget lists), listed (length of that list), n_high (high nodes), born (|strength|
        from which on it exists; 0: lives on below `least`; NaN: it could not be taken up at 1e6),
        stable_0.1, stable_1, stable_100 (|strength| from which on it is stable at that learning
        rate), status ("followed" or "not taken up"). Without a state one row with status "none
        listed".

    Examples
    --------
    >>> found = births(nx.path_graph(2), states=1, least=5.0)
    >>> found["born"].round(1).tolist(), found["stable_100"].round(1).tolist()
    ([6.5], [6.5])
    """
    check_count("states", states)
    wired = _with(graph, autapses, weights)
    high, drawn, listed = _limit_states(wired, rng, states, boxes)
    if not len(high):
        return pd.DataFrame({"listed": [0], "status": ["none listed"]})
    net = PlasticNetwork(wired, Hebbian(-LARGE))
    found = pd.DataFrame([_birth(net, one, least) for one in high])
    return found.assign(state=np.arange(len(high)), drawn=drawn, listed=listed)


def _limit_states(
    graph: Graph, rng: int, states: int, boxes: int
) -> tuple[BoolArray, str, int | None]:
    """Which nodes are high in some limit states, where these come from, the length of a list."""
    if not graph.is_directed() and not nx.number_of_selfloops(graph):
        # Numbers: networkx draws from sets of labels, whose order is another in each process.
        numbered = nx.convert_node_labels_to_integers(graph)
        sets = [nx.maximal_independent_set(numbered, seed=rng + draw) for draw in range(states)]
        high = np.array([[node in chosen for node in numbered] for chosen in map(set, sets)])
        return np.unique(high, axis=0), "greedy", None
    net = PlasticNetwork(graph, Hebbian(-math.inf))
    if not nx.number_of_selfloops(graph):
        try:
            drawn = sample_stable_states(net, states, rng=rng, budget=DRAWING)
        except ValueError:  # none at all, or too many to be compiled: the list tells
            pass
        else:
            return np.unique(drawn, axis=0), "all", None
    budget = Budget(boxes=boxes)
    found = find_equilibria(net, stable_only=True, budget=budget, progress=False)
    steps = np.linspace(0, len(found.rates) - 1, states if len(found.rates) else 0)
    chosen = np.unique(np.round(steps).astype(int))
    return found.rates[chosen] > 0.0, "list", len(found.rates)


def _birth(net: PlasticNetwork, high: BoolArray, least: float) -> dict[str, object]:
    row: dict[str, object] = {"n_high": int(high.sum())}
    start = start_of(net, high)
    if start is None:
        return row | {"status": "not taken up"}
    path = follow(net, start, least)
    stable = {f"stable_{rate:g}": stable_from(net, path, rate) for rate in RATES}
    return row | {"born": path.born, **stable, "status": "followed"}
