"""Balls around nodes, and what every scope of counting is given and gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplastic._support import IntArray
from netplastic.equilibria import Budget, Count
from netplastic.model import PlasticNetwork

__all__ = ["Ball", "Counted", "Settings", "Step", "balls_of", "skeleton"]

Step = Callable[[str], None]
"""Called once for each ball that is done."""


@dataclass(frozen=True, eq=False)
class Ball:
    """A node's number and the numbers of the nodes within the radius, itself among them."""

    center: int
    members: IntArray


@dataclass(frozen=True)
class Settings:
    """How to count.

    Attributes
    ----------
    method : str
        "auto", "certified" or "sampled".
    budget : Budget
        Of each search.
    seed : int
        Seed of everything sampled.
    workers : int
        Processes.
    tolerance : float
        Share of a node's range of rates beyond which two patterns differ (scope "embedded").
    """

    method: str
    budget: Budget
    seed: int
    workers: int
    tolerance: float


@dataclass(frozen=True)
class Counted:
    """The count of one ball, how it was obtained, and the time it took.

    `seconds` is 0 where the count was shared with an earlier ball.
    """

    count: Count
    seconds: float


def skeleton(net: PlasticNetwork) -> sparse.csr_array:
    """Underlying undirected graph without self-loops, as a symmetric matrix of ones."""
    wiring = net.wiring
    apart = wiring.source != wiring.target
    rows, columns = wiring.target[apart], wiring.source[apart]
    both = (np.concatenate([rows, columns]), np.concatenate([columns, rows]))
    matrix = sparse.csr_array((np.ones(len(both[0])), both), shape=(net.n, net.n))
    matrix.data[:] = 1.0
    return matrix


def balls_of(graph: sparse.csr_array, centers: IntArray, radius: int) -> list[Ball]:
    """Nodes within `radius` steps of each center, by breadth-first search, in node order."""
    return [Ball(int(center), _ball(graph, int(center), radius)) for center in centers]


def _ball(graph: sparse.csr_array, center: int, radius: int) -> IntArray:
    inside = {center}
    shell = [center]
    for _ in range(radius):
        reached = {
            int(node)
            for here in shell
            for node in graph.indices[graph.indptr[here] : graph.indptr[here + 1]]
        }
        shell = sorted(reached - inside)
        if not shell:
            break
        inside.update(shell)
    return np.array(sorted(inside), dtype=np.int64)
