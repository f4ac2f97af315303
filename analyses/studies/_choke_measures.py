"""What the study choke-points measures besides the counts of `stable_neighborhoods`."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import Graph, check_choice, check_count
from netplastic.analyses import Background, count_targeted, stable_neighborhoods
from netplastic.equilibria import Budget, find_equilibria
from netplastic.graphs import choke_points
from netplastic.model import Hebbian, PlasticNetwork

from ._choke_own import own_counts

__all__ = ["LEFT_OUT", "finite_neighborhoods", "first_onset", "own_neighborhoods", "targeted"]

LEFT_OUT = "left out"
"""Status of a graph on which something is not measured."""

APART = 0.1
"""Rates of two states differ at a node if they do by more than this share of tanh(1)."""

LADDER = tuple(float(f"{4.0 * 1.08**step:.3g}") for step in range(32))
"""Strengths |k| at which onsets are looked for: 4 to 43.5 in steps of 8%."""


def finite_neighborhoods(
    graph: Graph,
    rng: int = 0,
    *,
    relative_strength: float,
    scope: str,
    boxes: int,
    starts: int,
    largest: int,
) -> pd.DataFrame:
    """`stable_neighborhoods` at a finite strength, on graphs that are not too large for it.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng, relative_strength, scope, boxes, starts
        As for `stable_neighborhoods`.
    largest : int
        A graph with more nodes is left out: one row says so.

    Returns
    -------
    pandas.DataFrame
    """
    if len(graph) > largest:
        return _left_out(f"{len(graph)} nodes, more than {largest}")
    return stable_neighborhoods(
        graph,
        rng,
        relative_strength=relative_strength,
        scope=scope,
        weights="relative",
        boxes=boxes,
        starts=starts,
    )


def own_neighborhoods(graph: Graph, rng: int = 0, *, states: int, largest: int) -> pd.DataFrame:
    """Count in the strong limit what each node's ball can do while all the rest is held.

    The mean log2 number of stable states of the ball of radius 1 (the scope "clamped" of
    `count_neighborhoods`) over random stable states of the network: nodes in random order become
    high where no neighbor is. What of an embedded count is not in it is inherited from the rest.

    Parameters
    ----------
    graph : networkx.Graph
        Undirected, without self-loops, weights above 0; others are left out, and so are larger
        ones.
    rng : int, default 0
        Seed of the states.
    states : int
    largest : int
        Most nodes.

    Returns
    -------
    pandas.DataFrame
        One row per node: node, role, degree, neighbor_edges, size, radius, scope ("given the
        rest"), strength, learning_rate, log2_stable, status ("estimate"), is_choke.

    Raises
    ------
    ValueError
        If all weights are 0.
    """
    weights = [float(weight) for *_, weight in graph.edges(data="weight", default=1.0)]
    if weights and not any(weights):
        raise ValueError("all weights are 0; counts given the rest need one that is not.")
    if any(weight <= 0.0 for weight in weights):
        return _left_out("weights that are not above 0")
    if graph.is_directed() or nx.number_of_selfloops(graph):
        return _left_out("directed, or with self-loops")
    if len(graph) > largest:
        return _left_out(f"{len(graph)} nodes, more than {largest}")
    bits = own_counts(graph, rng, check_count("states", states))
    chokes = choke_points(graph)
    triangles: Any = nx.triangles(graph)
    return pd.DataFrame(
        {
            "node": chokes["node"],
            "role": chokes["role"],
            "degree": [graph.degree(node) for node in graph],
            "neighbor_edges": [triangles[node] for node in graph],
            "size": [graph.degree(node) + 1 for node in graph],
            "radius": 1,
            "scope": "given the rest",
            "strength": -math.inf,
            "learning_rate": 1.0,
            "log2_stable": bits,
            "status": "estimate",
            "is_choke": chokes["is_choke"],
        }
    )


def _left_out(reason: str) -> pd.DataFrame:
    return pd.DataFrame({"status": [LEFT_OUT], "reason": [reason]})


def first_onset(graph: Graph, rng: int = 0, *, starts: int) -> pd.DataFrame:
    """Find at which strength of a ladder a second stable state is first found, and where it lies.

    Sampled, weights following at once (learning rate inf). The ladder is halved, on the
    presumption that what has several stable states at one strength has them at all larger ones;
    what is found is an upper end in any case.

    Parameters
    ----------
    graph : networkx.Graph
        With the graph attributes what, path_length, density and draw, which are handed on.
    rng : int, default 0
        Seed of the starts.
    starts : int

    Returns
    -------
    pandas.DataFrame
        One row: what, path_length, density, draw, module_degree (mean degree of nodes that are no
        connectors), onset (least |strength| at which two were found; inf if at none), below (the
        next lower strength looked at, at which one was found), nodes_differing (nodes at which
        the two states differ that do so at fewest nodes) and share_connectors (of these), status.
    """
    roles = dict(graph.nodes(data="role"))
    core = [node for node, role in roles.items() if role != "connector"]
    low, high, found = -1, len(LADDER), None
    while high - low > 1:
        middle = (low + high) // 2
        states = _states(graph, LADDER[middle], starts, rng)
        if len(states) > 1:
            high, found = middle, states
        else:
            low = middle
    differing = [] if found is None else _nearest_pair(found)
    connectors = [node for node in differing if roles[list(graph)[node]] == "connector"]
    facts = {name: graph.graph[name] for name in ("what", "path_length", "density", "draw")}
    row = {
        **facts,
        "module_degree": float(np.mean([degree for _, degree in graph.subgraph(core).degree()])),
        "onset": LADDER[high] if found is not None else math.inf,
        "below": LADDER[low] if low >= 0 else 0.0,
        "nodes_differing": len(differing),
        "share_connectors": len(connectors) / len(differing) if differing else math.nan,
        "status": "upper end" if found is not None else "none found",
    }
    return pd.DataFrame([row])


def _states(graph: Graph, strength: float, starts: int, rng: int) -> np.ndarray:
    """Rates of the stable states found."""
    net = PlasticNetwork(graph, Hebbian(-strength), learning_rate=math.inf)
    budget = Budget(starts=starts)
    found = find_equilibria(net, method="sampled", stable_only=True, budget=budget, rng=rng)
    return found.rates


def _nearest_pair(rates: np.ndarray) -> list[int]:
    """Nodes at which the two states differ that do so at fewest nodes."""
    apart = np.abs(rates[:, None, :] - rates[None, :, :]) > APART * math.tanh(1.0)
    number = apart.sum(axis=2).astype(float)
    number[number == 0.0] = math.inf
    first, second = np.unravel_index(int(np.argmin(number)), number.shape)
    return [int(node) for node in np.flatnonzero(apart[first, second])]


def targeted(
    graph: Graph, rng: int = 0, *, edges: str, strength: float, gain: float, starts: int
) -> pd.DataFrame:
    """Count the states of a network that is plastic on edges between, or inside, modules only.

    Without bias, all other edges static with the weight at which gain = weight times the largest
    eigenvalue of the adjacency matrix; above 1 the network is bistable without plasticity.

    Parameters
    ----------
    graph : networkx.Graph
        With the node attribute module and the graph attributes density and draw.
    rng : int, default 0
        Seed of the starts, and of the edges inside.
    edges : {"between", "inside"}
        All edges that join modules; or as many inside modules, chosen at random.
    strength, gain : float
    starts : int

    Returns
    -------
    pandas.DataFrame
        One row: density, draw, plastic_edges, n_stable, log2_stable, status.
    """
    check_choice("edges", edges, ("between", "inside"))
    module = dict(graph.nodes(data="module"))
    between = [(u, v) for u, v in graph.edges if module[u] != module[v]]
    inside = [(u, v) for u, v in graph.edges if module[u] == module[v]]
    drawn = np.random.default_rng(rng).choice(len(inside), size=len(between), replace=False)
    chosen = between if edges == "between" else [inside[number] for number in sorted(drawn)]
    largest = float(np.linalg.eigvalsh(nx.to_numpy_array(graph))[-1])
    net = PlasticNetwork(graph, Hebbian(strength), bias=0.0)
    count = count_targeted(
        net,
        chosen,
        Background(static_weight=gain / largest),
        method="sampled",
        budget=Budget(starts=starts),
        rng=rng,
        progress=False,
    )
    row = {
        "density": float(graph.graph["density"]),
        "draw": int(graph.graph["draw"]),
        "plastic_edges": len(chosen),
        "n_stable": count.lower,
        "log2_stable": math.log2(count.lower) if count.lower else -math.inf,
        "status": str(count.status),
    }
    return pd.DataFrame([row])
