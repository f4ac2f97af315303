"""Extreme equilibria of bipartite networks: monotone sweeps (docs/theory.md#section-2 (e))."""

from __future__ import annotations

from math import tanh

import numpy as np

from netplastic._support import FloatArray, IntArray, inner, outer

from ._follow import coordinate

__all__ = ["sides_of", "sweep_box"]

_PAD = 1e-14
"""Of the bias: what a root is moved outwards before its sign is tested."""

_MARGIN = 1e-14
"""Of what is summed: covers the roundings of a test of sign, some 20 units in the last place."""


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


@inner
def _excess(bias: float, gain: float, weight: float, x: float) -> float:
    return x - bias + weight * tanh(gain * x)


@outer
def sweep_box(
    arcs: tuple[IntArray, IntArray, FloatArray],
    bias: FloatArray,
    gain: FloatArray,
    k: float,
    nodes: IntArray,
    low: FloatArray,
    high: FloatArray,
    power: tuple[FloatArray, FloatArray],
    sweeps: int,
) -> None:
    """Gauss-Seidel on the nodes listed: bounds of their activities from those of their neighbors.

    A bound moves where the sign of the node's own equation proves the new one.

    Parameters
    ----------
    arcs : rows, columns and weights of the couplings at strength 1
    bias, gain : (n,) biases not negative
    k : magnitude of the strength
    nodes : which, in order
    low, high : (n,) bounds, changed in place
    power : tanh(gain low)^2 and tanh(gain high)^2, changed in place
    sweeps : how many
    """
    indptr, source, weight = arcs
    below, above = power
    for _ in range(sweeps):
        for i in nodes:
            least, most = 0.0, 0.0
            for arc in range(indptr[i], indptr[i + 1]):
                least += weight[arc] * below[source[arc]]
                most += weight[arc] * above[source[arc]]
            b, g = bias[i], gain[i]
            least *= k * (1.0 - _MARGIN)
            most *= k * (1.0 + _MARGIN)
            new = coordinate(b, g, least, high[i]) + _PAD * b
            if new < high[i] and _excess(b, g, least, new) > _MARGIN * b:
                high[i] = new
                above[i] = tanh(g * new) ** 2
            new = coordinate(b, g, most, low[i]) - _PAD * b
            if new > low[i] and _excess(b, g, most, new) < -_MARGIN * b:
                low[i] = new
                below[i] = tanh(g * new) ** 2
