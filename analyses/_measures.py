"""What a study measures on one graph in one case."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np
import pandas as pd

from netplastic import graphs
from netplastic._support import Graph, Node, check_choice, check_count, check_graph, check_number
from netplastic.equilibria import Budget
from netplastic.model import Hebbian, PlasticNetwork

from ._excess import excess
from ._neighborhoods import count_neighborhoods

__all__ = ["limit_scale", "mean_degree", "stable_neighborhoods"]

WEIGHTS = ("as given", "relative", "none")
PER_SOURCE = 15.0
"""A node that d others drive is in the strong limit from about |strength| = 15 d on."""


def mean_degree(graph: Graph) -> float:
    """Mean number of other nodes that drive a node.

    2 m / n for m edges without a direction, m / n for m arcs, self-loops not counted.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph

    Examples
    --------
    >>> mean_degree(nx.cycle_graph(5)), mean_degree(nx.cycle_graph(5, create_using=nx.DiGraph))
    (2.0, 1.0)
    """
    graph = check_graph(graph)
    edges = graph.number_of_edges() - nx.number_of_selfloops(graph)
    return (1 if graph.is_directed() else 2) * edges / graph.number_of_nodes()


def limit_scale(graph: Graph) -> float:
    """``|strength|`` at which the strong limit begins, about: 15 times the mean degree.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        Taken with unit weights.

    Returns
    -------
    float
        15 d with the `mean_degree` d: the hub law counts the nodes that drive a node, and a looped
        node is never high (docs/theory.md#section-7, (f)).

    Examples
    --------
    >>> limit_scale(nx.cycle_graph(5))
    30.0
    """
    return PER_SOURCE * mean_degree(graph)


def stable_neighborhoods(
    graph: Graph,
    rng: int = 0,
    *,
    strength: float = -20.0,
    relative_strength: float = 0.0,
    scope: str = "isolated",
    radius: int = 1,
    learning_rate: float = 1.0,
    null: int = 0,
    weights: str = "as given",
    others: int = 0,
    boxes: int = Budget.boxes,
    starts: int = Budget.starts,
) -> pd.DataFrame:
    """Count the stable equilibria of every node's neighborhood, and say which are choke points.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Seed of the null graph and of the sampled search.
    strength : float, default -20.0
        eta of the Hebbian rule with decay 1; negative is anti-Hebbian.
    relative_strength : float, default 0.0
        Where it is above 0 it takes the place of `strength`: anti-Hebbian, ``|strength|`` divided
        by `limit_scale` of the graph, which is about where the strong limit begins. One value then
        means the same on graphs of different density (docs/theory.md#section-7).
    scope, radius : str, int
        As for `netplastic.count_neighborhoods`.
    learning_rate : float, default 1.0
        epsilon, in 1/time; may be inf.
    null : int, default 0
        0 for the graph itself; 1, 2, ... for its first, second, ... degree-preserving null graph.
    weights : {"as given", "relative", "none"}, default "as given"
        Arc weights a_ij: the graph's own, the same divided by their mean (so that one strength
        means the same on graphs whose weights have other units), or 1 everywhere.
    others : int, default 0
        Count at all choke points and at so many other nodes, drawn at random (the same in every
        case), where there are more of them; 0 for all.
    boxes, starts : int
        Budget of each count (`netplastic.Budget`).

    Returns
    -------
    pandas.DataFrame
        The table of `netplastic.count_neighborhoods` without the time that it took, and with
        the columns null_note of a null graph ("rewired", or why it is equal to the original) and
        is_choke of `graphs.choke_points`. On a null graph, too, choke points are
        those of the graph itself (for the column excess as well): the same nodes with the same
        degrees, differently wired.

    Raises
    ------
    ValueError
        For parameters that no network can have.

    Examples
    --------
    >>> from netplastic import graphs
    >>> table = stable_neighborhoods(graphs.dumbbell(4, 2), strength=-50.0)
    >>> table.loc[table["is_choke"], "node"].tolist(), set(table["status"])
    ([3, 4, 5, 6], {'certified'})
    """
    check_choice("choice of weights", weights, WEIGHTS)
    wired = graph if weights == "as given" else _reweighted(graph, weights)
    if check_count("null", null, least=0):
        seed = np.random.SeedSequence([rng, null])
        wired = graphs.degree_preserving_null(wired, rng=np.random.default_rng(seed))
    relative = check_number("relative_strength", relative_strength, least=0.0)
    if relative > 0.0:
        strength = -relative * limit_scale(graph)
    net = PlasticNetwork(wired, Hebbian(strength), learning_rate=learning_rate)
    budget = Budget(boxes=boxes, starts=starts)
    flags = graphs.choke_points(graph).set_index("node")["is_choke"].to_dict()
    nodes = _some(flags, check_count("others", others, least=0), rng)
    counts = count_neighborhoods(
        net, radius, scope=scope, nodes=nodes, budget=budget, rng=rng, progress=False
    )
    counts["null_note"] = wired.graph["null_note"] if null else ""
    counts["is_choke"] = [bool(flags[node]) for node in counts["node"]]
    counts["excess"] = excess(counts, counts)
    return counts.drop(columns="seconds")


def _some(is_choke: Mapping[Node, bool], others: int, rng: int) -> list[Node]:
    """Return all choke points and at most so many others, in the order of the graph."""
    plain = [node for node, choke in is_choke.items() if not choke]
    if not 0 < others < len(plain):
        return list(is_choke)
    drawn = np.random.default_rng(rng).choice(len(plain), size=others, replace=False)
    kept = {plain[number] for number in drawn}
    return [node for node, choke in is_choke.items() if choke or node in kept]


def _reweighted(graph: Graph, weights: str) -> Graph:
    given = nx.get_edge_attributes(graph, "weight")
    mean = float(np.mean(list(given.values()))) if given else 1.0
    if weights == "relative" and mean == 0.0:
        raise ValueError("all weights are 0; relative weights need one that is not.")
    changed = graph.copy()
    for edge, value in given.items():
        changed.edges[edge]["weight"] = 1.0 if weights == "none" else value / mean
    return changed
