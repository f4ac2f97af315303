"""In the strong limit: what a ball of radius 1 can do while all the rest is held."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, Graph, IntArray
from netplastic.equilibria.limit import ball_counts

__all__ = ["own_counts", "random_stable_state"]

WORK = 1_000_000


def own_counts(graph: Graph, rng: int, states: int) -> FloatArray:
    """Mean log2 number of states of each node's ball, over random states of the rest.

    A neighbor with a high neighbor outside the ball is low and out of the matter. The center has
    no neighbor outside. So what is left is the center and its free neighbors, cut out of the graph,
    whose stable states are the maximal independent sets (docs/theory.md#section-7).

    Parameters
    ----------
    graph : networkx.Graph
        Undirected, without self-loops.
    rng : int
    states : int
        Random stable states of the network.

    Returns
    -------
    float array of shape (n,)
        In node order.
    """
    number = {node: place for place, node in enumerate(graph)}
    around = [{number[other] for other in graph[node]} for node in graph]
    generator = np.random.default_rng(rng)
    free: list[list[frozenset[int]]] = []
    for _ in range(states):
        high = random_stable_state(around, generator)
        # Of each node: its high neighbors; free in the ball of v are those with none outside it.
        driving = [neighbors & high for neighbors in around]
        free.append(
            [
                frozenset(u for u in around[v] if driving[u] <= around[v] | {v})
                for v in range(len(around))
            ]
        )
    different = list(dict.fromkeys((v, one) for state in free for v, one in enumerate(state)))
    bits = dict(zip(different, np.log2(_counts(around, different)), strict=True))
    table = np.array([[bits[v, one] for v, one in enumerate(state)] for state in free])
    return np.asarray(table.mean(axis=0), dtype=np.float64)


def random_stable_state(around: list[set[int]], generator: np.random.Generator) -> set[int]:
    """Nodes that are high: one by one in random order, where no neighbor is high."""
    high: set[int] = set()
    for node in generator.permutation(len(around)).tolist():
        if not around[node] & high:
            high.add(node)
    return high


def _counts(around: list[set[int]], balls: list[tuple[int, frozenset[int]]]) -> IntArray:
    """Numbers of states of a center with its free neighbors, each cut out of the graph."""
    indptr, indices, centers = [0], [], []
    for center, free in balls:
        start = len(indptr) - 1
        members = sorted({center, *free})
        place = {node: start + step for step, node in enumerate(members)}
        centers.append(place[center])
        for node in members:
            indices += sorted(place[other] for other in around[node] if other in place)
            indptr.append(len(indices))
    found = ball_counts(
        np.array(indptr, dtype=np.int64),
        np.array(indices, dtype=np.int64),
        np.array(centers, dtype=np.int64),
        1,
        embedded=False,
        work=WORK,
    )
    if not np.all(found.exact):
        raise ValueError("a ball has too many states to be counted; count it with a larger WORK.")
    return np.asarray(found.lower, dtype=np.int64)
