"""Null models: the same degrees, otherwise random."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import networkx as nx
import numpy as np

from netplastic._support import Graph, Rng, check_graph, check_rng

from ._checks import check_modules, check_tries, record_rng
from ._swaps import EdgeBlocks, any_swap, swap_edges


def degree_preserving_null(graph: Graph, rng: Rng = 0, *, tries_per_edge: int = 10) -> Graph:
    """Rewire a network at random, keeping the degree of every node.

    Two edges a-b and c-d are drawn at random and become a-d and c-b [1]_, unless that makes a
    self-loop or an edge that is there already; undirected edges are taken either way round,
    directed ones keep their sources, so in- and out-degrees stay. ``tries_per_edge`` times the
    number of edges are tried.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        Any simple network.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    tries_per_edge : int
        Swaps tried for each edge, 1 to 10,000.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        A new graph with the same nodes in the same order, all node attributes (so `module` and
        `role` tell what a node was in the original) and the same self-loops. The attributes of
        an edge, `weight` among them, stay with its source (undirected: with one of its two ends,
        drawn at random) and move to the new target; so a directed network keeps its
        out-strengths, in-strengths are not kept. Graph attributes: those of the original, with

        ============= ===================================================================
        name          "degree_preserving_null of ..."
        null_model    "degree_preserving"
        null_rng      the seed
        swaps         swaps done
        swap_tries    swaps tried
        null_note     "rewired", or why the graph is equal to the original: that no swap is
                      possible (as in a star or a clique), or that none was found
        ============= ===================================================================

    Raises
    ------
    TypeError, ValueError
        No networkx graph, an empty graph, a multigraph, a bad `rng` or `tries_per_edge`.

    Notes
    -----
    Swaps connect all undirected simple graphs of a degree sequence. In directed graphs they
    cannot turn round a directed 3-cycle whose nodes all stand in the same relation to every other
    node: an isolated one, or one with a common target [2]_. Of two graphs that differ only in the
    sense of such a cycle, the one that is not the original is out of reach.

    References
    ----------
    .. [1] Maslov, S., Sneppen, K. (2002). Specificity and stability in topology of protein
       networks. Science 296, 910-913.
    .. [2] Rao, A. R., Jana, R., Bandyopadhyay, S. (1996). A Markov chain Monte Carlo method for
       generating random (0,1)-matrices with given marginals. Sankhya A 58, 225-242.

    Examples
    --------
    >>> from netplastic.graphs import ring_of_modules
    >>> graph = ring_of_modules(modules=4, module_size=8)
    >>> null = degree_preserving_null(graph)
    >>> dict(null.degree()) == dict(graph.degree()), null.graph["swaps"] > 100
    (True, True)
    """
    graph = check_graph(graph)
    return _rewire(graph, "degree_preserving", dict.fromkeys(graph, 0), rng, tries_per_edge)


def module_preserving_null(graph: Graph, rng: Rng = 0, *, tries_per_edge: int = 10) -> Graph:
    """Rewire a network inside and between its modules separately.

    As `degree_preserving_null`, but the two edges of a swap join the same two modules (or lie in
    the same one), and the swap exchanges ends in the same module. So besides its degree every
    node keeps its number of links into each module, and each pair of modules its number of edges.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        Any simple network whose nodes all carry `module`.
    rng : int, numpy.random.Generator or None
        Source of randomness; the same seed gives the same graph.
    tries_per_edge : int
        Swaps tried for each edge, 1 to 10,000.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        As from `degree_preserving_null`, with `null_model` "module_preserving".

    Raises
    ------
    TypeError, ValueError
        As from `degree_preserving_null`; nodes without `module`.

    Examples
    --------
    >>> from netplastic.graphs import planted_partition
    >>> graph = planted_partition(modules=3, module_size=10)
    >>> null = module_preserving_null(graph)
    >>> null.graph["null_note"], dict(null.degree()) == dict(graph.degree())
    ('rewired', True)
    """
    graph = check_graph(graph)
    if not check_modules(graph):
        raise ValueError(
            f"node {next(iter(graph))!r} has no attribute 'module' (no node has one); set it with "
            "networkx.set_node_attributes(graph, {node: module, ...}, 'module'), for example to "
            "the `module` column of choke_points(graph)"
        )
    modules = {node: data["module"] for node, data in graph.nodes(data=True)}
    number = {module: i for i, module in enumerate(dict.fromkeys(modules.values()))}
    groups = {node: number[module] for node, module in modules.items()}
    return _rewire(graph, "module_preserving", groups, rng, tries_per_edge)


def _rewire(
    graph: Graph, model: str, groups: dict[Hashable, int], rng: Rng, tries_per_edge: int
) -> Graph:
    tries_per_edge = check_tries(tries_per_edge)
    generator = check_rng(rng)
    nodes = list(graph)
    edges = _blocks(graph, groups)
    tries = tries_per_edge * len(edges.source)
    done = swap_edges(edges, len(nodes), graph.is_directed(), tries, generator)

    null: Graph = nx.DiGraph() if graph.is_directed() else nx.Graph()
    null.graph.update(graph.graph)
    null.add_nodes_from((node, dict(data)) for node, data in graph.nodes(data=True))
    null.add_edges_from((u, v, dict(graph[u][v])) for u, v in nx.selfloop_edges(graph))
    null.add_edges_from(
        (nodes[u], nodes[v], data)
        for u, v, data in zip(edges.source, edges.target, edges.data, strict=True)
    )
    null.graph.update(
        name=f"{model}_null of {graph.graph.get('name', 'a graph')}",
        null_model=model,
        null_rng=record_rng(rng),
        swaps=done,
        swap_tries=tries,
        null_note=_note(edges, len(nodes), graph.is_directed(), done, tries),
    )
    return null


def _blocks(graph: Graph, groups: dict[Hashable, int]) -> EdgeBlocks:
    """Sort the edges into blocks; edges between modules run from the lower to the higher one."""
    position = {node: i for i, node in enumerate(graph)}
    directed = graph.is_directed()
    keyed: list[tuple[tuple[int, int], int, int, dict[str, Any]]] = []
    for u, v, data in graph.edges(data=True):
        if u == v:
            continue
        if not directed and groups[u] > groups[v]:
            u, v = v, u
        keyed.append(((groups[u], groups[v]), position[u], position[v], dict(data)))
    keyed.sort(key=lambda edge: edge[0])
    start, size = np.zeros(len(keyed), np.int64), np.zeros(len(keyed), np.int64)
    begin = 0
    for i, edge in enumerate(keyed):
        if edge[0] != keyed[begin][0]:
            begin = i
        start[i] = begin
    if keyed:
        size[:] = np.bincount(start, minlength=len(keyed))[start]
    return EdgeBlocks(
        source=[u for _, u, _, _ in keyed],
        target=[v for _, _, v, _ in keyed],
        data=[data for _, _, _, data in keyed],
        start=start,
        size=size,
        turnable=np.array([not directed and a == b for (a, b), _, _, _ in keyed], dtype=np.bool_),
    )


def _note(edges: EdgeBlocks, n: int, directed: bool, done: int, tries: int) -> str:
    if done:
        return "rewired"
    possible = any_swap(edges, n, directed)
    if possible is False:
        return "equal to the original: no swap is possible"
    return f"equal to the original: no swap found in {tries} tries; raise tries_per_edge"
