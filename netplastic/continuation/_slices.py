"""All equilibria of a diagram at one value of its parameter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from netplastic._support import FloatArray
from netplastic.model import Family

from ._explore import Traced, state_between, straddling
from ._images import Symmetry
from ._problem import Problem

__all__ = ["Traces", "count_on", "representatives_on", "states_on"]

_SAME = 1e-7


@dataclass(frozen=True, eq=False, kw_only=True)
class Traces:
    """All curves that were followed, and what is needed to solve for states between their points.

    Attributes
    ----------
    family : Family
    scale : float
        One unit of the scaled parameter is this much of the parameter.
    symmetry : Symmetry
    curves : tuple of Traced
    """

    family: Family
    scale: float
    symmetry: Symmetry
    curves: tuple[Traced, ...]

    @cached_property
    def problem(self) -> Problem:
        """The equations."""
        return Problem(self.family, self.scale)


def representatives_on(traces: Traces, value: float) -> list[FloatArray]:
    """One state of each orbit of equilibria at a parameter value."""
    q = value / traces.problem.scale
    kept: list[FloatArray] = []
    for traced in traces.curves:
        for state in _crossings(traces, traced, q):
            gaps = traces.symmetry.distance(state, np.array(kept).reshape(len(kept), len(state)))
            if not len(gaps) or float(gaps.min()) > _SAME:
                kept.append(state)
    return kept


def _crossings(traces: Traces, traced: Traced, q: float) -> list[FloatArray]:
    points = traced.curve.points
    found = []
    for i in straddling(traced.q, q):
        state = state_between(traces.problem, points[i], points[i + 1], q)
        if state is not None:
            found.append(state)
    return found


def states_on(traces: Traces, value: float) -> FloatArray:
    """All states (c, n), symmetric images included."""
    states = [
        state[permutation]
        for state in representatives_on(traces, value)
        for permutation in traces.symmetry.copies(state[None, :])
    ]
    return np.array(states).reshape(len(states), traces.problem.n)


def count_on(traces: Traces, value: float, stable_only: bool) -> int:
    """Return the number of states, symmetric images included."""
    return sum(
        traces.symmetry.count(state)
        for state in representatives_on(traces, value)
        if not stable_only or traces.problem.unstable(state, value) == 0
    )
