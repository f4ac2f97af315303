"""Null model: the same degrees and the same number of triangles, otherwise random."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np

from netplastic._support import Graph, Rng, check_choice, check_graph, check_rng

from ._checks import check_tries, record_rng

KEEP = ("total", "nodes")
_LIMIT = 200_000
"""Pairs of edges looked at to find out whether any swap is possible."""


def triangle_preserving_null(
    graph: Graph, rng: Rng = 0, *, tries_per_edge: int = 50, keep: str = "total"
) -> Graph:
    """Rewire a network at random, keeping the degree of every node and the number of triangles.

    Two edges a-b and c-d are drawn and become a-d and c-b, as in `degree_preserving_null`, but
    only where that leaves the number of triangles as it is: by default that of the whole network.
    Triangles are those of the underlying undirected graph.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        Any simple network.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    tries_per_edge : int
        Swaps tried for each edge, 1 to 10,000; most of them are refused.
    keep : {"total", "nodes"}
        "total": the number of triangles of the network, which move to other nodes. "nodes": the
        number of triangles at every node, so that its edges among neighbors stay as many; edges
        that are part of triangles then hardly ever move.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        As from `degree_preserving_null`, with `null_model` "triangle_preserving", and the graph
        attributes ``keep`` and ``edges_kept``, the share of edges that join the same nodes as in
        the original.

    Raises
    ------
    TypeError, ValueError
        As from `degree_preserving_null`; an unknown `keep`.

    Notes
    -----
    Each step keeps the number, so what is reached is what such steps connect; that need not be
    every graph with these degrees and triangles. ``edges_kept`` tells how far it went.

    Examples
    --------
    >>> import networkx as nx
    >>> from netplastic.graphs import ring_of_modules
    >>> graph = ring_of_modules(modules=4, module_size=8)
    >>> null = triangle_preserving_null(graph)
    >>> sum(nx.triangles(null).values()) == sum(nx.triangles(graph).values())
    True
    >>> dict(null.degree()) == dict(graph.degree()), null.graph["edges_kept"] < 0.5
    (True, True)
    """
    graph = check_graph(graph)
    tries_per_edge = check_tries(tries_per_edge)
    check_choice("keep", keep, KEEP)
    generator = check_rng(rng)
    edges = _Edges.of(graph, keep == "nodes")
    tries = tries_per_edge * len(edges.source)
    done = edges.shuffle(tries, generator)
    note = "rewired" if done else edges.why_not(tries)
    nodes = list(graph)
    null: Graph = nx.DiGraph() if graph.is_directed() else nx.Graph()
    null.graph.update(graph.graph)
    null.add_nodes_from((node, dict(data)) for node, data in graph.nodes(data=True))
    null.add_edges_from((u, v, dict(graph[u][v])) for u, v in nx.selfloop_edges(graph))
    null.add_edges_from(
        (nodes[u], nodes[v], data)
        for u, v, data in zip(edges.source, edges.target, edges.data, strict=True)
    )
    plain = [(u, v) for u, v in null.edges if u != v]
    kept = sum(graph.has_edge(u, v) for u, v in plain)
    null.graph.update(
        name=f"triangle_preserving_null of {graph.graph.get('name', 'a graph')}",
        null_model="triangle_preserving",
        null_rng=record_rng(rng),
        keep=keep,
        swaps=done,
        swap_tries=tries,
        edges_kept=kept / len(plain) if plain else 1.0,
        null_note=note,
    )
    return null


@dataclass(eq=False, kw_only=True)
class _Edges:
    """Edges without self-loops, and for each node how many links join it to each neighbor."""

    source: list[int]
    target: list[int]
    data: list[dict[str, Any]]
    directed: bool
    every_node: bool
    around: list[dict[int, int]]
    present: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def of(cls, graph: Graph, every_node: bool) -> _Edges:
        place = {node: number for number, node in enumerate(graph)}
        listed = [(place[u], place[v], dict(d)) for u, v, d in graph.edges(data=True) if u != v]
        made = cls(
            source=[u for u, _, _ in listed],
            target=[v for _, v, _ in listed],
            data=[d for _, _, d in listed],
            directed=graph.is_directed(),
            every_node=every_node,
            around=[{} for _ in place],
        )
        for u, v, _ in listed:
            made._link(u, v, 1)
        return made

    def shuffle(self, tries: int, rng: np.random.Generator) -> int:
        """Try random swaps and return how many were done."""
        done, batch = 0, 1 << 16
        while tries > 0 and self.source:
            count = min(batch, tries)
            tries -= count
            pairs = rng.integers(len(self.source), size=(count, 2)).tolist()
            turns = rng.integers(2, size=count).tolist()
            done += sum(self._swap(i, j, turn) for (i, j), turn in zip(pairs, turns, strict=True))
        return done

    def why_not(self, tries: int) -> str:
        """Say whether there is a swap at all that none was found of."""
        number = len(self.source)
        if number * number > _LIMIT:
            return f"equal to the original: no swap found in {tries} tries; raise tries_per_edge"
        for i in range(number):
            for j in range(i + 1, number):
                for turn in (0, 1):
                    before = self.source[i], self.target[i], self.source[j], self.target[j]
                    if self._swap(i, j, turn):
                        self._restore(i, j, before)
                        return (
                            f"equal to the original: no swap found in {tries} tries; raise "
                            "tries_per_edge"
                        )
        return "equal to the original: no swap is possible"

    def _restore(self, i: int, j: int, before: tuple[int, int, int, int]) -> None:
        self._link(self.source[i], self.target[i], -1)
        self._link(self.source[j], self.target[j], -1)
        self.source[i], self.target[i], self.source[j], self.target[j] = before
        self._link(before[0], before[1], 1)
        self._link(before[2], before[3], 1)

    def _swap(self, i: int, j: int, turn: int) -> bool:
        """Exchange the targets of two edges if degrees and triangles allow it."""
        a, b, c, d = self.source[i], self.target[i], self.source[j], self.target[j]
        if turn and not self.directed:
            c, d = d, c
        if a in (c, d) or b in (c, d):
            return False
        if self._key(a, d) in self.present or self._key(c, b) in self.present:
            return False
        steps = ((a, b, -1), (c, d, -1), (a, d, 1), (c, b, 1))
        change: Counter[int] = Counter()
        total = 0
        for u, v, sign in steps:
            closed = self._link(u, v, sign)
            total += sign * len(closed)
            if self.every_node:
                change.update(dict.fromkeys(closed, sign))
                change[u] += sign * len(closed)
                change[v] += sign * len(closed)
        if any(change.values()) if self.every_node else total:
            for u, v, sign in reversed(steps):
                self._link(u, v, -sign)
            return False
        self.source[i], self.target[i], self.source[j], self.target[j] = a, d, c, b
        return True

    def _link(self, u: int, v: int, sign: int) -> list[int]:
        """Add or take away a link, and return the nodes that its triangles close over.

        None where another link joins the same two nodes.
        """
        if sign > 0:
            self.present.add(self._key(u, v))
        else:
            self.present.remove(self._key(u, v))
        mine, other = self.around[u], self.around[v]
        number = mine.get(v, 0) + sign
        if number == (1 if sign > 0 else 0):
            fewer, more = (mine, other) if len(mine) < len(other) else (other, mine)
            closed = [node for node in fewer if node in more]
        else:
            closed = []
        if number:
            mine[v] = other[u] = number
        else:
            del mine[v], other[u]
        return closed

    def _key(self, u: int, v: int) -> tuple[int, int]:
        return (u, v) if self.directed or u < v else (v, u)
