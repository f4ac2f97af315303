"""Nodes without which a network falls into pieces: single ones, and small sets."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np

from netplastic._support import IntArray
from netplastic.model import PlasticNetwork

__all__ = ["pieces_without", "separators", "skeleton"]

_CANDIDATES = 40
_GROWTH = 1.5  # factor by which the work for a piece grows with each of its nodes, roughly
_HUB_COST = 30.0  # factor by which the work grows with each node that is conditioned on
_LEAST_NODES = (15, 30)
"""Sets of two and of three nodes are sought in networks of so many."""


def skeleton(net: PlasticNetwork) -> nx.Graph[int]:
    """Undirected graph of the arcs that carry anything, without loops."""
    live = net.arc_weight * (np.abs(net.strength) + np.abs(net.static_weight)) != 0.0
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(net.n))
    arcs = zip(net.wiring.source[live].tolist(), net.wiring.target[live].tolist(), strict=True)
    graph.add_edges_from((u, v) for u, v in arcs if u != v)
    return graph


def pieces_without(graph: nx.Graph[int], gone: Collection[int]) -> list[IntArray]:
    """Connected components without some nodes."""
    rest = graph.subgraph(node for node in graph if node not in gone)
    return [np.array(sorted(piece), dtype=np.int64) for piece in nx.connected_components(rest)]


def separators(net: PlasticNetwork) -> list[tuple[tuple[int, ...], int]]:
    """Sets of up to three nodes that leave several pieces, each with the size of the largest.

    Those for which counting should take least come first. Every cut node is among them; sets of
    more, which pay in larger networks, are sought among nodes with many neighbors or on many
    shortest paths, and grow by whatever divides the largest piece best.
    """
    graph = skeleton(net)
    found: dict[tuple[int, ...], int] = {(h,): s for h, s in _divisions(graph).items()}
    bases: list[tuple[int, ...]] = []
    for number, least in enumerate(_LEAST_NODES, 2):
        if net.n < least:
            break
        bases = bases if number > 2 else [(h,) for h in _central(graph)]
        sets: dict[tuple[int, ...], int] = {}
        for base in bases:
            for h, size in _further_divisions(graph, base).items():
                sets[tuple(sorted((*base, h)))] = size
        found.update(sets)
        bases = sorted(sets, key=lambda hubs: (sets[hubs], hubs))[:_CANDIDATES]
    return sorted(found.items(), key=lambda item: (_cost(*item), item[0]))


def _central(graph: nx.Graph[int]) -> list[int]:
    """Nodes of many neighbors, and between many others."""
    busy = sorted(graph, key=lambda node: (-graph.degree(node), node))
    between = nx.betweenness_centrality(graph, k=min(len(graph), _CANDIDATES), seed=0)
    middle = sorted(graph, key=lambda node: (-between[node], node))
    half = _CANDIDATES // 2
    return list(dict.fromkeys([*busy[:half], *middle[:half]]))


def _further_divisions(graph: nx.Graph[int], base: tuple[int, ...]) -> dict[int, int]:
    """Size of the largest piece without the base and one node more, of those that divide on."""
    rest = graph.subgraph(node for node in graph if node not in base)
    pieces = sorted(nx.connected_components(rest), key=len)
    others = len(pieces[-2]) if len(pieces) > 1 else 0
    divisions = _divisions(nx.Graph(rest.subgraph(pieces[-1])))
    return {h: max(others, size) for h, size in divisions.items()}


def _divisions(graph: nx.Graph[int]) -> dict[int, int]:
    """Size of the largest piece of a connected graph without each of its cut nodes.

    Cut nodes and blocks form a tree: what hangs below each is summed up from the leaves.
    """
    blocks: list[set[Any]] = [set(block) for block in nx.biconnected_components(graph)]
    cuts = {node for node, times in Counter(chain.from_iterable(blocks)).items() if times > 1}
    if not cuts:
        return {}
    tree: nx.Graph[Any] = nx.Graph()
    own: dict[int | str, int] = dict.fromkeys(cuts, 1)
    for number, block in enumerate(blocks):
        name = f"block {number}"
        own[name] = len(block - cuts)
        tree.add_edges_from((name, h) for h in block & cuts)
    below = dict(own)
    largest = dict.fromkeys(cuts, 0)
    for parent, child in reversed(list(nx.bfs_edges(tree, "block 0"))):
        below[parent] += below[child]
        if isinstance(parent, int):
            largest[parent] = max(largest[parent], below[child])
    return {h: max(size, len(graph) - below[h]) for h, size in largest.items()}


def _cost(hubs: tuple[int, ...], largest: int) -> float:
    """Logarithm of a rough estimate of the work for counting conditioned on the hubs."""
    return largest * math.log(_GROWTH) + len(hubs) * math.log(_HUB_COST)
