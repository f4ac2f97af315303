"""Nodes and arcs of a network as checked, read-only arrays.

Arcs are sorted by target, then by source: the arcs into node i are
`indptr[i]:indptr[i + 1]`. An undirected edge is two arcs, a self-loop one.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

import networkx as nx
import numpy as np

from netplastic._support import (
    WEIGHT_FROM,
    Auto,
    FloatArray,
    Graph,
    IntArray,
    Node,
    WeightName,
    brief,
    check_memory,
    nearest,
)

__all__ = [
    *("OF_ARRAYS", "Origin", "Wiring", "assembled", "bad_weight", "name_among", "read_only"),
    *("sorted_wiring", "wiring_of"),
]

OF_ARRAYS: Final = "arrays"
"""Stands for the graph of a network that was made without one: `Wiring.graph` is it."""

Origin: TypeAlias = Graph | Literal["arrays"] | None
"""What a network was made of; None for a part of a network."""


def read_only(array: Any) -> Any:
    """Mark an array as read-only and return it."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False, kw_only=True)
class Wiring:
    """The graph as arrays.

    Attributes
    ----------
    nodes : tuple
        Labels in the graph's order; every array "in node order" follows it.
    directed : bool
        Whether the graph is directed.
    indptr, source, target : int arrays of length n + 1, m, m
        Arcs source -> target, grouped by target.
    weight : float array of length m
        a_ij >= 0 of each arc.
    edge : int array of length m
        Position of each arc's edge in the order of `graph.edges`.
    reverse : int array of length m
        Arc in the opposite direction; -1 where there is none.
    weighted_by : str
        The edge attribute that gave the weights; empty where every edge counts 1.
    """

    nodes: tuple[Node, ...]
    directed: bool
    indptr: IntArray
    source: IntArray
    target: IntArray
    weight: FloatArray
    edge: IntArray
    reverse: IntArray
    weighted_by: str

    @cached_property
    def graph(self) -> Graph:
        """The graph that the arrays describe, made when it is asked for."""
        check_memory(self.n, len(self.source) / (1 if self.directed else 2), about="net.graph")
        graph: Graph = nx.DiGraph() if self.directed else nx.Graph()
        graph.add_nodes_from(self.nodes)
        once = np.flatnonzero(self.directed | (self.source <= self.target))
        once = once[np.argsort(self.edge[once])]
        ends = ([self.nodes[i] for i in side[once].tolist()] for side in (self.source, self.target))
        if self.weighted_by:
            rows = zip(*ends, self.weight[once].tolist(), strict=True)
            graph.add_weighted_edges_from(rows, weight=self.weighted_by)
        else:
            graph.add_edges_from(zip(*ends, strict=True))
        return graph

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def m(self) -> int:
        """Number of arcs."""
        return len(self.source)

    def restricted(self, index: IntArray) -> tuple[Wiring, IntArray]:
        """Induced wiring on the nodes numbered `index`, with the arcs that it keeps."""
        position = np.full(self.n, -1, dtype=np.int64)
        position[index] = np.arange(len(index))
        candidates = np.concatenate(
            [np.arange(self.indptr[i], self.indptr[i + 1]) for i in index]
            or [np.empty(0, dtype=np.int64)]
        ).astype(np.int64)
        arcs = candidates[position[self.source[candidates]] >= 0]
        source, target = position[self.source[arcs]], position[self.target[arcs]]
        order = np.lexsort((source, target))
        arcs = arcs[order]
        _, edge = np.unique(self.edge[arcs], return_inverse=True)
        wiring = assembled(
            tuple(self.nodes[i] for i in index),
            self.directed,
            source[order],
            target[order],
            self.weight[arcs],
            edge.astype(np.int64),
            self.weighted_by,
        )
        return wiring, arcs


def wiring_of(graph: Graph, weight: WeightName) -> Wiring:
    """Turn a networkx graph into a `Wiring`.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        At least one node; no multigraph.
    weight : str, None or AUTO
        Edge attribute that holds a_ij; every edge must have it. AUTO: `weight` where an edge has
        it, else every a_ij is 1. None ignores weights.

    Raises
    ------
    TypeError
        If `graph` is no networkx graph or a weight is not a number.
    ValueError
        If the graph is empty or a multigraph, or a weight is missing, negative or not finite.
    """
    if not isinstance(graph, nx.Graph):
        raise TypeError(
            f"graph is {brief(graph)}; give a networkx Graph or DiGraph, or an adjacency "
            "matrix. Files are read by netplastic.graphs.read_network(path), a list of edges is "
            "networkx.Graph(edges) or networkx.DiGraph(edges), a graph of igraph "
            "graph.to_networkx()."
        )
    if graph.is_multigraph():
        raise ValueError(
            f"graph is a multigraph ({type(graph).__name__}); collapse parallel edges first, e.g. "
            "networkx.Graph(graph) keeps one of each, or add their weights up."
        )
    if graph.number_of_nodes() == 0:
        raise ValueError("graph is empty; a network needs at least one node.")
    nodes = tuple(graph.nodes)
    position = {node: number for number, node in enumerate(nodes)}
    edges = list(graph.edges(data=True))
    tail = np.fromiter((position[u] for u, _, _ in edges), dtype=np.int64, count=len(edges))
    head = np.fromiter((position[v] for _, v, _ in edges), dtype=np.int64, count=len(edges))
    name = _weight_name(edges, weight)
    values = _edge_weights(edges, name)
    by = graph.graph.get(WEIGHT_FROM, name) if isinstance(weight, Auto) and name else name or ""
    return sorted_wiring(nodes, bool(graph.is_directed()), tail, head, values, by)


def bad_weight(u: Node, v: Node, name: str | None, value: float) -> ValueError:
    return ValueError(
        f"edge ({u!r}, {v!r}) has {name} = {value}; weights a_ij must be finite and not negative "
        "(give inhibition as a negative strength or static weight)."
    )


def sorted_wiring(
    nodes: tuple[Node, ...],
    directed: bool,
    tail: IntArray,
    head: IntArray,
    values: FloatArray,
    weighted_by: str,
) -> Wiring:
    """Arcs, sorted, of edges in the order of `graph.edges`."""
    number = np.arange(len(tail), dtype=np.int64)
    if not directed:
        back = np.flatnonzero(tail != head)
        tail, head = np.concatenate([tail, head[back]]), np.concatenate([head, tail[back]])
        values, number = np.concatenate([values, values[back]]), np.concatenate([number, back])
    order = np.lexsort((tail, head))
    return assembled(
        nodes,
        directed,
        tail[order],
        head[order],
        values[order],
        number[order].astype(np.int64),
        weighted_by,
    )


def assembled(
    nodes: tuple[Node, ...],
    directed: bool,
    source: IntArray,
    target: IntArray,
    weight: FloatArray,
    edge: IntArray,
    weighted_by: str,
) -> Wiring:
    n = len(nodes)
    indptr = np.searchsorted(target, np.arange(n + 1)).astype(np.int64)
    key = target * n + source  # increasing, because arcs are sorted by target, then source
    wanted = source * n + target
    found = np.searchsorted(key, wanted)
    hit = (
        (found < len(key)) & (key[np.minimum(found, len(key) - 1)] == wanted)
        if n and len(key)
        else np.zeros(0, dtype=bool)
    )
    reverse = np.where(hit, found, -1).astype(np.int64)
    return Wiring(
        nodes=nodes,
        directed=directed,
        indptr=read_only(indptr),
        source=read_only(source),
        target=read_only(target),
        weight=read_only(weight),
        edge=read_only(edge),
        reverse=read_only(reverse),
        weighted_by=str(weighted_by),
    )


_Edges = list[tuple[Any, Any, dict[str, Any]]]


def _weight_name(edges: _Edges, weight: WeightName) -> str | None:
    """The attribute that holds the weights; None where every edge counts 1."""
    if isinstance(weight, Auto):
        return "weight" if any("weight" in data for _, _, data in edges) else None
    there = list(dict.fromkeys(name for _, _, data in edges for name in data))
    return name_among(there, len(edges), weight)


def name_among(there: list[str], edges: int, weight: WeightName) -> str | None:
    """The same of edges whose attributes have these names."""
    if weight is None:
        return None
    if isinstance(weight, Auto):
        return "weight" if "weight" in there else None
    if not isinstance(weight, str):
        raise TypeError(
            f"weight is {brief(weight)}; give the name of an edge attribute, or None to count "
            "every edge as 1."
        )
    if edges and weight not in there:
        listed = ", ".join(map(repr, there)) or "none at all"
        raise ValueError(
            f"weight = {weight!r} names an edge attribute that no edge has; edges have "
            f"{listed}{nearest(weight, there)}. Pass weight=None to count every edge as 1."
        )
    return weight


def _edge_weights(edges: _Edges, name: str | None) -> FloatArray:
    if name is None:
        return np.ones(len(edges))
    values = np.empty(len(edges))
    for number, (u, v, data) in enumerate(edges):
        if name not in data:
            raise ValueError(
                f"edge ({u!r}, {v!r}) has no attribute {name!r} while other edges have it; set it "
                "on every edge, or pass weight=None to count every edge as 1."
            )
        if isinstance(data[name], bool) or not isinstance(data[name], numbers.Real):
            raise TypeError(
                f"edge ({u!r}, {v!r}) has {name} = {brief(data[name])}; weights must be numbers."
            )
        values[number] = float(data[name])
        if not math.isfinite(values[number]) or values[number] < 0.0:
            raise bad_weight(u, v, name, float(values[number]))
    return values
