"""All equilibria of a diagram at one value of its parameter."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray

from ._explore import Explorer, Traced, state_between, straddling

__all__ = ["count_on", "representatives_on", "states_on"]

_SAME = 1e-7


def representatives_on(explorer: Explorer, value: float) -> list[FloatArray]:
    """One state of each orbit of equilibria at a parameter value."""
    q = value / explorer.problem.scale
    kept: list[FloatArray] = []
    for traced in explorer.curves:
        for state in _crossings(explorer, traced, q):
            gaps = explorer.symmetry.distance(state, np.array(kept).reshape(len(kept), len(state)))
            if not len(gaps) or float(gaps.min()) > _SAME:
                kept.append(state)
    return kept


def _crossings(explorer: Explorer, traced: Traced, q: float) -> list[FloatArray]:
    points = traced.curve.points
    found = []
    for i in straddling(traced.q, q):
        state = state_between(explorer.problem, points[i], points[i + 1], q)
        if state is not None:
            found.append(state)
    return found


def states_on(explorer: Explorer, value: float) -> FloatArray:
    """All states (c, n), symmetric images included."""
    states = [
        state[permutation]
        for state in representatives_on(explorer, value)
        for permutation in explorer.symmetry.copies(state[None, :])
    ]
    return np.array(states).reshape(len(states), explorer.problem.n)


def count_on(explorer: Explorer, value: float, stable_only: bool) -> int:
    """Return the number of states, symmetric images included."""
    return sum(
        explorer.symmetry.count(state)
        for state in representatives_on(explorer, value)
        if not stable_only or explorer.problem.unstable(state, value) == 0
    )
