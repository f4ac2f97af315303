"""Few nodes of a large network, followed by themselves while the rest moves as given."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray, outer

from ._follow import follow
from ._small import Small

__all__ = ["follow_patches", "softest_bonds"]


@outer
def softest_bonds(
    arcs: tuple[IntArray, IntArray, FloatArray], g: FloatArray, s: float
) -> FloatArray:
    """Largest entry of K off the diagonal, by node: at 1 a pair alone loses stability."""
    indptr, source, weight = arcs
    largest = np.zeros(len(g))
    for i in range(len(g)):
        for arc in range(indptr[i], indptr[i + 1]):
            largest[i] = max(largest[i], s * weight[arc] * abs(g[i] * g[source[arc]]))
    return largest


@outer
def follow_patches(
    arcs: tuple[IntArray, IntArray, FloatArray],
    bias: FloatArray,
    gain: FloatArray,
    starts: IntArray,
    members: IntArray,
    ends: tuple[float, float],
    states: tuple[FloatArray, FloatArray, FloatArray],
    out: FloatArray,
) -> FloatArray:
    """Follow each patch from one strength to another.

    The rest moves on the parabola through the state at the first strength, with its derivative, and
    the state at the second.

    Parameters
    ----------
    arcs : indptr, source, weight of the couplings at strength 1
    starts, members : where each patch starts in the list of nodes
    ends : first and second strength
    states : activity at the first, its derivative there, activity at the second
    out : float array of shape (n,)
        Gets the activities at the second strength, or where the patch ended.

    Returns
    -------
    Strength that each patch reached; short of the second its Hessian is singular there.
    """
    indptr, source, weight = arcs
    first, pace, second = states
    place = np.full(len(bias), -1, dtype=np.int64)
    reached = np.empty(len(starts) - 1)
    grid = np.array([ends[0], ends[1]])
    h = ends[1] - ends[0]
    for q in range(len(starts) - 1):
        nodes = members[starts[q] : starts[q + 1]]
        for e in range(len(nodes)):
            place[nodes[e]] = e
        coupling = np.zeros((len(nodes), len(nodes)))
        load, change = np.zeros((2, len(nodes))), np.zeros((2, len(nodes)))
        for e in range(len(nodes)):
            for arc in range(indptr[nodes[e]], indptr[nodes[e] + 1]):
                j = source[arc]
                if place[j] >= 0:
                    coupling[e, place[j]] = weight[arc]
                    continue
                v, w = np.tanh(gain[j] * first[j]), np.tanh(gain[j] * second[j])
                load[0, e] += weight[arc] * v * v
                load[1, e] += weight[arc] * w * w
                change[0, e] += weight[arc] * 2.0 * v * gain[j] * (1.0 - v * v) * pace[j]
            change[1, e] = 2.0 * (load[1, e] - load[0, e]) / h - change[0, e]
        x = first[nodes]
        small = Small(coupling, bias[nodes], gain[nodes], grid, load, change)
        reached[q] = follow(small, ends[0], x, ends[1])
        for e in range(len(nodes)):
            out[nodes[e]] = x[e]
            place[nodes[e]] = -1
    return reached
