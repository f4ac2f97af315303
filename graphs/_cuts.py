"""Articulation points, bridges and the pieces they hold together, in one pass.

Depth-first search with low-points (Tarjan 1972): the subtree of a tree child c of v is cut off by
the removal of v when low(c) >= disc(v), and the edge (v, c) is a bridge when low(c) > disc(v).
The sizes of those subtrees are the sizes of the pieces, which removing every articulation point
in turn would give in n passes instead of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cuts:
    """What each node's removal does, node by node."""

    pieces: list[list[int]]  # sizes of the pieces of the node's component without it
    bridge_degree: list[int]  # bridges at the node
    component: list[int]  # number of the node's component
    component_size: list[int]  # nodes of that component


def find_cuts(neighbors: Sequence[Sequence[int]]) -> Cuts:
    """Find the cuts of a simple undirected graph given as neighbor lists."""
    n = len(neighbors)
    cuts = Cuts([[] for _ in range(n)], [0] * n, [-1] * n, [0] * n)
    for root in range(n):
        if cuts.component[root] < 0:
            members = _walk(neighbors, root, cuts)
            for node in members:
                cuts.component_size[node] = len(members)
                rest = len(members) - 1 - sum(cuts.pieces[node])
                if rest:
                    cuts.pieces[node].append(rest)
    return cuts


def _walk(neighbors: Sequence[Sequence[int]], root: int, cuts: Cuts) -> list[int]:
    """Search the component of `root`; without recursion, for paths of 1e5 nodes exist."""
    disc: dict[int, int] = {root: 0}
    low: dict[int, int] = {root: 0}
    subtree: dict[int, int] = {root: 1}
    cuts.component[root] = root
    stack = [(root, -1, iter(neighbors[root]))]
    while stack:
        node, parent, rest = stack[-1]
        for other in rest:
            if other == parent:
                continue
            if other in disc:
                low[node] = min(low[node], disc[other])
                continue
            disc[other] = low[other] = len(disc)
            subtree[other] = 1
            cuts.component[other] = root
            stack.append((other, node, iter(neighbors[other])))
            break
        else:
            stack.pop()
            if parent >= 0:
                subtree[parent] += subtree[node]
                low[parent] = min(low[parent], low[node])
                if low[node] >= disc[parent]:
                    cuts.pieces[parent].append(subtree[node])
                if low[node] > disc[parent]:
                    cuts.bridge_degree[parent] += 1
                    cuts.bridge_degree[node] += 1
    return list(disc)


def separates_ball(
    neighbors: Sequence[Sequence[int]], center: int, radius: int, min_piece: int
) -> bool:
    """Tell whether a ball without its center has two pieces of `min_piece` nodes or more."""
    ball = {center}
    rim = [center]
    for _ in range(radius):
        rim = list({other for node in rim for other in neighbors[node]} - ball)
        ball.update(rim)
    ball.discard(center)
    pieces = 0
    while ball:
        reached = [ball.pop()]
        for node in reached:
            for other in neighbors[node]:
                if other in ball:
                    ball.remove(other)
                    reached.append(other)
        pieces += len(reached) >= min_piece
    return pieces >= 2
