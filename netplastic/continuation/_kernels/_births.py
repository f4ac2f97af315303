"""Which stable states a small network has at a strength, and where each of them ends below."""

from __future__ import annotations

import numpy as np

from netplastic._support import BoolArray, FloatArray, inner, outer

from ._follow import follow, settle
from ._small import Small

__all__ = ["ends_of", "states_at"]

APART = 1e-6
LOW = 0.02
"""Activity of a low node where a descent starts, as a share of its bias."""


@inner
def _is_new(states: FloatArray, count: int, x: FloatArray) -> bool:
    for known in range(count):
        gap = 0.0
        for i in range(len(x)):
            gap = max(gap, abs(states[known, i] - x[i]))
        if gap < APART:
            return False
    return True


@outer
def states_at(small: Small, k: float, seeds: BoolArray) -> FloatArray:
    """Different strict minima at k that descents reach.

    Parameters
    ----------
    small : the network
    k : strength
    seeds : (s, n), sets of nodes that are high where a descent starts; the others are low

    Returns
    -------
    (m, n) activities
    """
    n = len(small.bias)
    states = np.empty((len(seeds), n))
    count = 0
    for s in range(len(seeds)):
        x = states[count]
        for i in range(n):
            x[i] = small.bias[i] if seeds[s, i] else LOW * small.bias[i]
        if settle(small, k, x) and _is_new(states, count, x):
            count += 1
    return states[:count].copy()


@outer
def ends_of(small: Small, k: float, states: FloatArray, target: float) -> FloatArray:
    """Follow every state, in place, and return where it ends; `target` where it does not."""
    ends = np.empty(len(states))
    for s in range(len(states)):
        ends[s] = follow(small, k, states[s], target)
    return ends
