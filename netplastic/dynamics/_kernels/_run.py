"""The adaptive explicit integration of one trajectory, on one thread, free of Python's lock."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np

from netplastic._support import FloatArray, Index, loop, outer

from ._step import Record, State, accept, clear, report, rests, try_step
from ._system import System, Work

__all__ = [
    "FINISHED",
    "RUNAWAY",
    "SETTLED",
    "STEPS",
    "STIFF",
    "TINY",
    "Control",
    "Ended",
    "integrate",
]

FINISHED, SETTLED, STIFF, RUNAWAY, TINY, STEPS = range(6)

_SAFETY, _GROW, _SHRINK = 0.9, 10.0, 0.2
_MEMORY = 0.04  # PI control as in Hairer's DOPRI5
_STABLE = 3.4  # the method is stable to h |lambda| = 3.5 on the negative real axis
_NEAR_EDGE = 2.0  # from here on a step shall not grow past the limit
_STIFF_EDGE = 2.4  # held back by stability, steps vary between this and the limit
_STIFF_STEPS = 15


Ended: TypeAlias = tuple[int, float, float, int, int, Index, float]
"""The status, the time reached, the next step size, steps accepted and rejected, times reported,
and the pace, with which a run goes on that was cut into slices."""


class Control(NamedTuple):
    """Limits of one run.

    settle : 0 turns early stopping off
    limit : activity that counts as runaway
    fastest : |lambda| of the weight that decays fastest
    patience, hold : stop as stiff where stability limits the steps and more than `patience` would
        remain, but not within the first `hold` ones
    pace : |lambda| as seen before; infinite at first
    """

    start: float
    stop: float
    step: float
    relative: float
    absolute: float
    settle: float
    limit: float
    max_steps: int
    fastest: float
    patience: float
    hold: int
    pace: float


@loop
def _shrinkage(error: float) -> float:
    """Factor for the step after one that was rejected."""
    if not math.isfinite(error):
        return 0.1
    return float(max(_SHRINK, _SAFETY * error ** (0.75 * _MEMORY - 0.2)))


@loop
def _growth(error: float, before: float, shrunk: bool, edge: float) -> float:
    """Factor for the step after one that was accepted.

    before : error of the step accepted before
    shrunk : whether it had to be tried again
    edge : h |lambda|; where it nears the limit of stability, growing past that only earns a
        rejection
    """
    factor = _SAFETY * max(error, 1e-10) ** (0.75 * _MEMORY - 0.2) * before**_MEMORY
    if edge > _NEAR_EDGE:
        factor = min(factor, _STABLE / edge)
    return float(min(1.0 if shrunk else _GROW, max(_SHRINK, factor)))


@outer
def integrate(
    system: System,
    work: Work,
    control: Control,
    record: Record,
    state: State,
    spare: FloatArray,
) -> Ended:
    """Integrate a state in place; `spare` is room for a second array of weights."""
    x, weights = state
    tolerance = (control.relative, control.absolute)
    t, h = control.start, control.step
    accepted, rejected, stiff, status = 0, 0, 0, FINISHED
    first: Index = np.int64(0)
    reported: Index = np.int64(0)
    error_before, shrunk, pace = 1e-4, False, control.pace
    while t < control.stop:
        if accepted + rejected >= control.max_steps:
            status = STEPS
            break
        last = t + 1.01 * h >= control.stop
        if last:
            h = control.stop - t
        error, seen = try_step(system, work, (x, weights), spare, first, h, tolerance)
        first = np.int64(1)
        if not error <= 1.0:
            rejected += 1
            shrunk = True
            h *= _shrinkage(error)
            if not math.isfinite(error):
                clear(work)
            if not h > 1e-14 * max(abs(t), control.stop - control.start):
                status = TINY
                break
            continue
        accepted += 1
        end = control.stop if last else t + h
        reported = report(system, work, record, (x, weights), (t, end, h), reported)
        settled = control.settle > 0.0 and rests(system, work, spare, control.settle)
        largest = accept(system, work, x)
        weights, spare = spare, weights
        t = end
        # Slopes that follow fast weights pass for a |lambda| that grows as steps get shorter: it
        # may grow only where a step had to be tried again.
        pace = seen if shrunk and seen < np.inf else min(seen, pace)
        edge = h * max(pace if pace < np.inf else 0.0, control.fastest)
        stiff += 1 if edge > _STIFF_EDGE else -1 if stiff > 0 else 0
        h *= _growth(error, error_before, shrunk, edge)
        error_before, shrunk = max(error, 1e-4), False
        if settled:
            status = SETTLED
            break
        if largest > control.limit:
            status = RUNAWAY
            break
        left = (control.stop - t) / h
        if stiff >= _STIFF_STEPS and accepted >= control.hold and left > control.patience:
            status = STIFF
            break
    if accepted % 2 == 1:  # the weights are in the other array
        for p in range(weights.shape[0]):
            state[1][p] = weights[p]
    return status, t, h, accepted, rejected, reported, pace
