"""Choke points as whole blocks, and the other places where such blocks could lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplastic._support import BoolArray, Graph, IntArray, Node

__all__ = ["Links", "blocks_of", "links_of", "placements"]

_TRIES = 20
"""Starts tried for one block, and whole layouts tried for each that is kept, before giving up."""


@dataclass(frozen=True, eq=False)
class Links:
    """A graph as lists of neighbors, and the classes of nodes that its symmetry may exchange."""

    neighbors: list[list[int]]
    alike: IntArray


def links_of(graph: Graph, nodes: Sequence[Node]) -> Links:
    """Neighbors in either direction, without self-loops; nodes are numbered as in `nodes`.

    Nodes are alike where colour refinement cannot tell them apart: the coarsest partition in
    which nodes of one class have equally many neighbors in each class. No automorphism leaves it.
    """
    place = {node: number for number, node in enumerate(nodes)}
    around: list[set[int]] = [set() for _ in nodes]
    arcs: list[tuple[int, int]] = []
    for u, v in graph.edges:
        if u == v:
            continue
        around[place[u]].add(place[v])
        around[place[v]].add(place[u])
        arcs.append((place[u], place[v]))
    if not graph.is_directed():
        arcs += [(v, u) for u, v in arcs]
    return Links([sorted(others) for others in around], _refined(len(nodes), arcs))


def _refined(n: int, arcs: list[tuple[int, int]]) -> IntArray:
    into: list[list[int]] = [[] for _ in range(n)]
    out: list[list[int]] = [[] for _ in range(n)]
    for u, v in arcs:
        out[u].append(v)
        into[v].append(u)
    colour, number = [0] * n, 1
    while True:
        keys = [
            (
                colour[v],
                tuple(sorted(colour[u] for u in into[v])),
                tuple(sorted(colour[u] for u in out[v])),
            )
            for v in range(n)
        ]
        names = {key: rank for rank, key in enumerate(sorted(set(keys)))}
        colour = [names[key] for key in keys]
        if len(names) == number or n == 0:
            return np.array(colour, dtype=np.int64)
        number = len(names)


def blocks_of(links: Links, marked: BoolArray) -> IntArray:
    """Number of the block of each marked node, -1 elsewhere: marked nodes that hang together."""
    pairs = [(u, v) for u in np.flatnonzero(marked) for v in links.neighbors[u] if marked[v]]
    n = len(marked)
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    joined = sparse.csr_array((np.ones(len(pairs)), (rows, columns)), shape=(n, n))
    component = connected_components(joined, directed=False)[1]
    found = np.full(n, -1, dtype=np.int64)
    found[marked] = np.unique(component[marked], return_inverse=True)[1].ravel()
    return found


def placements(
    links: Links, marked: BoolArray, free: BoolArray, number: int, rng: np.random.Generator
) -> BoolArray:
    """Lay the blocks of marked nodes elsewhere, at random and whole.

    Each block becomes another connected set of as many nodes, grown from a random node by adding
    random neighbors, the largest block first, none on another or beside it. Nodes that are alike
    move as one (unless some of them are marked and some not): copies of one place are one place.

    Parameters
    ----------
    links : Links
    marked, free : ndarray of bool (n,)
        The choke points; where blocks may lie (the marked nodes are among these).
    number : int
        Layouts wanted.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of bool (at most number, n)
        Fewer where the graph is so full that blocks do not find a place.
    """
    unit = _units(links, marked)
    around = _quotient(links, unit)
    units = int(unit.max(initial=-1)) + 1
    taken, allowed = np.zeros(units, dtype=bool), np.zeros(units, dtype=bool)
    taken[unit[marked]] = True
    allowed[unit[free]] = True
    blocks = blocks_of(Links(around, unit), taken)
    sizes = sorted(np.bincount(blocks[blocks >= 0]).tolist(), reverse=True)
    places = np.flatnonzero(allowed).tolist()
    found: list[BoolArray] = []
    for _ in range(number * _TRIES):
        if len(found) == number or (not found and _ == _TRIES):
            break
        chosen = _layout(around, sizes, places, rng)
        if chosen is not None:
            laid = np.zeros(units, dtype=bool)
            laid[list(chosen)] = True
            found.append(laid[unit])
    return np.array(found, dtype=bool).reshape(len(found), len(marked))


def _units(links: Links, marked: BoolArray) -> IntArray:
    """Alike nodes as one unit where all or none of them are marked, each its own elsewhere."""
    share = np.bincount(links.alike, weights=marked.astype(np.float64))[links.alike]
    size = np.bincount(links.alike)[links.alike]
    pure = (share == 0) | (share == size)
    first = len(links.alike)
    names = np.where(pure, links.alike, first + np.arange(first))
    return np.asarray(np.unique(names, return_inverse=True)[1].ravel(), dtype=np.int64)


def _quotient(links: Links, unit: IntArray) -> list[list[int]]:
    around: list[set[int]] = [set() for _ in range(int(unit.max(initial=-1)) + 1)]
    for node, others in enumerate(links.neighbors):
        around[unit[node]].update(int(unit[other]) for other in others)
    return [sorted(others - {number}) for number, others in enumerate(around)]


def _layout(
    around: list[list[int]], sizes: list[int], places: list[int], rng: np.random.Generator
) -> set[int] | None:
    free, chosen = set(places), set[int]()
    for size in sizes:
        for _ in range(_TRIES):
            start = places[int(rng.integers(len(places)))]
            block = _grown(around, start, size, free, rng) if start in free else None
            if block is not None:
                break
        else:
            return None
        chosen |= block
        free -= block.union(*(around[node] for node in block))
    return chosen


def _grown(
    around: list[list[int]], start: int, size: int, free: set[int], rng: np.random.Generator
) -> set[int] | None:
    block, edge = {start}, [other for other in around[start] if other in free and other != start]
    while len(block) < size:
        if not edge:
            return None
        draw = int(rng.integers(len(edge)))
        edge[draw], edge[-1] = edge[-1], edge[draw]
        node = edge.pop()
        if node not in block:
            block.add(node)
            edge += [other for other in around[node] if other in free and other not in block]
    return block
