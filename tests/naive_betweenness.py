"""Betweenness as the kernel finds it, in plain Python: the twin that it is compared with.

The number of shortest paths doubles with every diamond on the way, so on a chain of a thousand
modules it overflows a float and betweenness becomes nan (as it does in networkx). Python's
integers do not overflow, and the quotient of two of them is rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def betweenness(
    neighbors: Sequence[Sequence[int]], sources: Iterable[int] | None = None
) -> list[float]:
    """Sum over ordered pairs (s, t) of the share of shortest paths from s to t through each node.

    Parameters
    ----------
    neighbors : sequence of sequences of int
        Where the links of each node lead to, without self-loops.
    sources : iterable of int, optional
        The starts s; all nodes by default. With k of n nodes the sums are scaled up to all
        starts: of the n - 1 other nodes k are starts for a node that is none, k - 1 for one.

    Returns
    -------
    list of float
    """
    n = len(neighbors)
    chosen = list(range(n)) if sources is None else list(sources)
    total = [0.0] * n
    for source in chosen:
        _accumulate(neighbors, source, total)
    if sources is None:
        return total
    starts = set(chosen)
    counted = [len(starts) - (node in starts) for node in range(n)]
    return [value * (n - 1) / k if k else 0.0 for value, k in zip(total, counted, strict=True)]


def _accumulate(neighbors: Sequence[Sequence[int]], source: int, total: list[float]) -> None:
    """Add the dependencies of one source (Brandes 2001, theorem 6)."""
    n = len(neighbors)
    distance, paths = [-1] * n, [0] * n
    before: list[list[int]] = [[] for _ in range(n)]
    distance[source], paths[source] = 0, 1
    order = [source]
    for node in order:  # grows while it is walked: a queue that remembers
        step, count = distance[node] + 1, paths[node]
        for other in neighbors[node]:
            if distance[other] < 0:
                distance[other] = step
                order.append(other)
            if distance[other] == step:
                paths[other] += count
                before[other].append(node)
    share = [0.0] * n
    for node in reversed(order):
        flow, count = 1.0 + share[node], paths[node]
        for other in before[node]:
            share[other] += paths[other] / count * flow
    share[source] = 0.0
    for node in order:
        total[node] += share[node]
