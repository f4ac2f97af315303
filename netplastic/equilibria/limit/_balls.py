"""Counts of balls in the strong limit: exact, local, for any number of balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netplastic._support import BoolArray, IntArray, check_count, check_flag

__all__ = ["BallCounts", "ball_counts"]

_TURN = 500_000
"""Search steps between two calls of `step`: about a second."""

_REASONS = (
    "",
    "search steps used up",
    "more than 63 bits hold",
    "a component of the ball has more nodes than are searched",
)
"""By the number that the kernels give."""


@dataclass(frozen=True, eq=False)
class BallCounts:
    """One count per ball.

    Attributes
    ----------
    lower : int64 array of shape (c,)
        The counts, or lower bounds of them.
    cause : int64 array of shape (c,)
        0 where the count is exact, else the number of the reason; see `reason`.
    """

    lower: IntArray
    cause: IntArray

    @property
    def exact(self) -> BoolArray:
        """Whether each count is exact."""
        return np.equal(self.cause, 0)

    def reason(self, number: int) -> str:
        """Say why a count is a lower bound only; empty where it is exact."""
        return _REASONS[int(self.cause[number])]


def ball_counts(
    indptr: IntArray,
    indices: IntArray,
    centers: IntArray,
    radius: int,
    *,
    embedded: bool,
    work: int,
    total: int | None = None,
    step: Callable[[int], None] | None = None,
) -> BallCounts:
    """Count the stable states of balls of an undirected graph in the strong limit.

    The stable states are the maximal independent sets (docs/theory.md#section-7). Counted are
    those of the ball cut out of the graph, or (`embedded`) the different traces that those of the
    whole graph leave on the ball; both are exact, and need no more of the graph than the ball and
    the nodes one step further.

    Parameters
    ----------
    indptr, indices : int arrays
        Neighbors of node i: ``indices[indptr[i] : indptr[i + 1]]``, increasing; symmetric, without
        self-loops.
    centers : int array of shape (c,)
    radius : int
        Steps from the center, at least 0.
    embedded : bool
        Whether the rest of the graph takes part.
    work : int
        Search steps for each ball (about two microseconds each).
    total : int or None, default None
        Search steps for all balls together; None for no limit.
    step : callable or None
        Called about once a second with the number of balls done since the last call.

    Returns
    -------
    BallCounts

    Raises
    ------
    TypeError
        If `radius`, `work` or `total` is no whole number.
    ValueError
        If they are too small, if a center is no node, or if the arrays are no such graph.

    Examples
    --------
    The 5-cycle has 5 maximal independent sets. On a node and its neighbors, a path of 3 nodes with
    2 of its own, they leave 4 traces: the middle, either end, or both ends:

    >>> import numpy as np
    >>> indptr = np.arange(0, 11, 2)
    >>> indices = np.array([1, 4, 0, 2, 1, 3, 2, 4, 0, 3])
    >>> ball_counts(indptr, indices, np.array([0]), 1, embedded=False, work=100).lower
    array([2])
    >>> ball_counts(indptr, indices, np.array([0]), 1, embedded=True, work=100).lower
    array([4])
    """
    from ._kernels import Scratch, count_balls

    radius = check_count("radius", radius, least=0)
    work = check_count("work", work, least=1)
    left = 2**62 if total is None else check_count("total", total, least=1)
    embedded = check_flag("embedded", embedded)
    indptr, indices = _as_graph(indptr, indices)
    n = len(indptr) - 1
    centers = _as_integers(centers)
    if len(centers) and not 0 <= centers.min() <= centers.max() < n:
        raise ValueError(f"centers are numbers of nodes, 0 to {n - 1}; one of them is not.")
    unplaced, nodes, label, queue = np.full((4, n), -1, dtype=np.int64)
    scratch = Scratch(indptr, indices, unplaced, nodes, label, queue)
    lower, cause = np.zeros((2, len(centers)), dtype=np.int64)
    allowed = np.array([min(work, left), left, _TURN], dtype=np.int64)
    done = 0
    while done < len(centers):
        rest = slice(done, None)
        counted = count_balls(
            scratch, centers[rest], min(radius, n), embedded, allowed, lower[rest], cause[rest]
        )
        done += counted
        if step is not None:
            step(counted)
    return BallCounts(lower, cause)


def _as_integers(values: NDArray[Any]) -> IntArray:
    return np.ascontiguousarray(values, dtype=np.int64)


def _as_graph(indptr: IntArray, indices: IntArray) -> tuple[IntArray, IntArray]:
    """Check a graph, so that the kernels need not."""
    indptr, indices = _as_integers(indptr), _as_integers(indices)
    n = len(indptr) - 1
    degree = np.diff(indptr)
    if n < 0 or indptr[0] != 0 or indptr[-1] != len(indices) or np.any(degree < 0):
        raise ValueError(
            "indptr must rise from 0 to the number of entries of indices, with one entry per node "
            "and one more."
        )
    if len(indices) and not 0 <= indices.min() <= indices.max() < n:
        raise ValueError(f"indices are numbers of nodes, 0 to {n - 1}; one of them is not.")
    row = np.repeat(np.arange(n), degree)
    if np.any(row == indices):
        loop = int(row[row == indices][0])
        raise ValueError(
            f"node {loop} has a self-loop; balls with self-loops are no matter of independent sets."
        )
    key = row * n + indices
    if np.any(np.diff(key) <= 0):
        raise ValueError("the neighbors of each node must be increasing, each named once.")
    if not np.array_equal(key, np.sort(indices * n + row)):
        raise ValueError("the graph is not symmetric: a node is named by another, not the reverse.")
    return indptr, indices
