"""Betweenness: exact, or estimated from some sources with its standard error."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray, Shown, bar

from ._kernels import add_flows

_WORK = 10_000_000
"""Arcs walked between two looks at Ctrl-C and the bar."""


def betweenness(
    indptr: IntArray, indices: IntArray, sources: IntArray | None = None, progress: Shown = False
) -> tuple[FloatArray, FloatArray]:
    """Sum over ordered pairs (s, t) of the share of shortest paths from s to t through each node.

    Parameters
    ----------
    indptr, indices : int64 arrays
        Where the links of each node lead to, without self-loops: those of node i are
        indices[indptr[i] : indptr[i + 1]].
    sources : int64 array, optional
        Different starts s; all nodes by default. With k of n nodes the sums are scaled up to all
        starts: of the n - 1 other nodes k are starts for a node that is none, k - 1 for one.
    progress : bool or None, default False
        Show a bar on a terminal.

    Returns
    -------
    sums, errors : float arrays of shape (n,)
        The standard errors are those of a mean over sources drawn without replacement: 0 where
        all are taken, inf for a node that fewer than two sources speak of.
    """
    n = len(indptr) - 1
    starts = np.arange(n) if sources is None else sources
    total, squares = np.zeros(n), np.zeros(n)
    chunk = max(1, _WORK // (len(indices) + n))
    with bar("shortest paths", -(-len(starts) // chunk), progress) as step:
        for first in range(0, len(starts), chunk):
            add_flows(indptr, indices, starts[first : first + chunk], total, squares)
            step("")
    if sources is None:
        return total, np.zeros(n)
    others = n - 1
    told = np.full(n, len(starts), dtype=np.float64)
    told[starts] -= 1
    mean = total / np.maximum(told, 1)
    spread = np.maximum(squares - told * mean**2, 0.0) / np.maximum(told - 1, 1)
    unseen = np.maximum(1.0 - told / max(others, 1), 0.0)
    error = others * np.sqrt(spread * unseen / np.maximum(told, 1))
    return others * mean, np.where((told > 1) | (unseen == 0.0), error, np.inf)
