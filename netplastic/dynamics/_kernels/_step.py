"""One step of the explicit method, and what it says of errors and of stiffness."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np

from netplastic._support import FloatArray, Index, loop, once

from ._links import (
    Pairs,
    chosen_weights,
    inputs_at_end,
    inputs_inside,
    prepare_table,
    weights_rest,
)
from ._system import BIAS, TAU, Indices, System, Work, apply_rule, find_rates
from ._tableau import ERROR, POINT, STAGES, dense_weights

__all__ = ["Record", "State", "accept", "clear", "report", "rests", "try_step"]

State: TypeAlias = tuple[FloatArray, FloatArray]
"""Activities (n,) and weights (L,)."""

_ROUNDING = 1e-13


class Record(NamedTuple):
    """Times to report at, nodes and links (2, q: numbers, targets) to report, and room for it."""

    times: FloatArray
    nodes: Indices
    links: Pairs
    activity: FloatArray
    weights: FloatArray


@loop
def _enter(system: System, work: Work, x: FloatArray, stage: Index, h: float) -> None:
    """Activities at a stage, and all that depends on them alone."""
    slope_at, end, rate = work.slope_at, work.end, work.rate
    for i in range(x.shape[0]):
        moved = 0.0
        for m in range(STAGES):
            moved += work.plan[stage, m] * slope_at[m, i]
        end[i] = x[i] + h * moved
    find_rates(system, end, rate)
    apply_rule(system, work, stage)


@loop
def _leave(system: System, work: Work, stage: Index) -> None:
    """dx/dt at a stage, from its sums."""
    bias, tau = system.nodes[BIAS], system.nodes[TAU]
    for i in range(work.end.shape[0]):
        work.slope_at[stage, i] = (bias[i] + work.sums[i] - work.end[i]) / tau[i]


@loop
def clear(work: Work) -> None:
    """Zeros in all stages but the first: a NaN there would outlive the step that made it."""
    for i in range(work.pre_at.shape[0]):
        for m in range(1, STAGES):
            work.pre_at[i, m] = 0.0
            work.post_at[i, m] = 0.0
            work.slope_at[m, i] = 0.0


@once
def try_step(
    system: System,
    work: Work,
    state: State,
    ends: FloatArray,
    first: Index,
    h: float,
    tolerance: tuple[float, float],
) -> tuple[float, float]:
    """Go from a state to the end of a step: activities into `work.end`, weights into `ends`.

    Returns
    -------
    error : acceptable up to 1: the larger root mean square of errors of activities and of weights,
        over the absolute tolerance + the relative one * size; NaN where a number is not finite
    pace : |lambda| as seen by the step, see `_measure`
    """
    x, weights = state
    step, squares = h * system.learning_rate, 0.0
    if system.uniform:
        prepare_table(work, np.int64(0), ERROR, step)
    for stage in range(first, STAGES):
        _enter(system, work, x, stage, h)
        if stage < STAGES - 1:
            inputs_inside(system, work, weights, stage, step)
        else:
            squares = inputs_at_end(system, work, weights, ends, step, tolerance)
        _leave(system, work, stage)
    error, pace = _measure(work, x, h, tolerance)
    if weights.shape[0] > 0:
        of_weights = math.sqrt(squares / weights.shape[0])
        if not (of_weights <= error or math.isnan(error)):  # neither NaN must get lost
            error = of_weights
    return error, pace


@loop
def _measure(
    work: Work, x: FloatArray, h: float, tolerance: tuple[float, float]
) -> tuple[float, float]:
    """Error of the activities, and |lambda|: slopes over states between the last two stages.

    (Hairer & Wanner, section IV.2.) Infinite where states differ by rounding alone, which says
    nothing.
    """
    plan, relative, absolute = work.plan, tolerance[0], tolerance[1]
    last = STAGES - 1
    errors, slopes, states, sizes = 0.0, 0.0, 0.0, 0.0
    for i in range(x.shape[0]):
        miss, gap = 0.0, 0.0
        for m in range(STAGES):
            slope = work.slope_at[m, i]
            miss += plan[ERROR, m] * slope
            gap += (plan[last, m] - plan[last - 1, m]) * slope
        size = max(abs(x[i]), abs(work.end[i]))
        scaled = h * miss / (absolute + relative * size)
        change = work.slope_at[last, i] - work.slope_at[last - 1, i]
        errors += scaled * scaled
        slopes += change * change
        states += gap * gap
        sizes += size * size
    pace = np.inf
    if states * h * h > _ROUNDING * _ROUNDING * sizes:
        pace = math.sqrt(slopes / states) / h
    return math.sqrt(errors / x.shape[0]), pace


@once
def report(
    system: System,
    work: Work,
    record: Record,
    state: State,
    times: tuple[float, float, float],
    done: Index,
) -> Index:
    """Interpolate to what is due within a step, of which `times` holds start, end and size.

    done : how many of the times were reported before; returns how many are now
    """
    t, end, h = times
    while done < record.times.shape[0] and record.times[done] <= end:
        dense_weights((record.times[done] - t) / h, work.plan[POINT])
        for q in range(record.nodes.shape[0]):
            i = record.nodes[q]
            moved = 0.0
            for m in range(STAGES):
                moved += work.plan[POINT, m] * work.slope_at[m, i]
            record.activity[done, q] = state[0][i] + h * moved
        step = h * system.learning_rate
        chosen_weights(system, work, state[1], record.links, record.weights[done], step)
        done += 1
    return done


@once
def rests(system: System, work: Work, ends: FloatArray, settle: float) -> bool:
    """Whether all is within `settle` (relative to 1 + its size) of where it would halt."""
    for i in range(work.end.shape[0]):
        motion = work.slope_at[STAGES - 1, i] * system.nodes[TAU, i]
        if not abs(motion) <= settle * (1.0 + abs(work.end[i])):  # NaN counts as motion
            return False
    return weights_rest(system, work, ends, settle)


@loop
def accept(system: System, work: Work, x: FloatArray) -> float:
    """The end of a step becomes the state, and stage 0 of the next; returns the largest |x|."""
    last, largest = STAGES - 1, 0.0
    for i in range(x.shape[0]):
        x[i] = work.end[i]
        largest = max(largest, abs(x[i]))
        work.slope_at[0, i] = work.slope_at[last, i]
        work.pre_at[i, 0] = work.pre_at[i, last]
        work.post_at[i, 0] = work.post_at[i, last]
        if not system.uniform:
            work.decay_at[i, 0] = work.decay_at[i, last]
    return largest
