"""Extreme equilibria of bipartite networks: monotone sweeps (docs/theory.md#section-2 (e))."""

from __future__ import annotations

from math import tanh

import numpy as np

from netplastic._support import FloatArray, IntArray, outer

from ._follow import coordinate

__all__ = ["sides_of", "sweep_nodes"]


@outer
def sides_of(indptr: IntArray, source: IntArray) -> IntArray:
    """Side, 0 or 1, of every node, no arc joining nodes of a side; empty where there is none."""
    n = len(indptr) - 1
    side = np.full(n, -1, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    for root in range(n):
        if side[root] >= 0:
            continue
        side[root] = 0
        queue[0] = root
        done, found = 0, 1
        while done < found:
            i = queue[done]
            done += 1
            for arc in range(indptr[i], indptr[i + 1]):
                j = source[arc]
                if side[j] < 0:
                    side[j] = 1 - side[i]
                    queue[found] = j
                    found += 1
                elif side[j] == side[i]:
                    return np.empty(0, dtype=np.int64)
    return side


@outer
def sweep_nodes(
    arcs: tuple[IntArray, IntArray, FloatArray],
    bias: FloatArray,
    gain: FloatArray,
    k: float,
    nodes: IntArray,
    x: FloatArray,
    power: FloatArray,
    sweeps: int,
) -> float:
    """Gauss-Seidel on the nodes listed, in place: each to the root of its own equation.

    `power` holds tanh(gain x)^2. Returns the largest move of the last sweep.
    """
    indptr, source, weight = arcs
    moved = 0.0
    for _ in range(sweeps):
        moved = 0.0
        for i in nodes:
            total = 0.0
            for arc in range(indptr[i], indptr[i + 1]):
                total += weight[arc] * power[source[arc]]
            new = coordinate(bias[i], gain[i], k * total, x[i])
            moved = max(moved, abs(new - x[i]))
            x[i] = new
            power[i] = tanh(gain[i] * new) ** 2
    return moved
