"""The adaptive explicit integration, compiled as a whole and free of Python's lock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._types import FloatArray
from .dynamics import (
    Links,
    Nodes,
    Stages,
    UIntArray,
    chosen_weights,
    first_sums,
    last_sums,
    stage_sums,
    weights_rest,
    write_weights,
)
from .dynamics_rate import rates
from .dynamics_tableau import ERROR, POINT, A, dense_weights, fill_table
from .jit import Index, inner, inner_fast, outer

__all__ = [
    "FINISHED",
    "RUNAWAY",
    "SETTLED",
    "STEPS",
    "STIFF",
    "TINY",
    "Control",
    "Record",
    "integrate",
]

FINISHED, SETTLED, STIFF, RUNAWAY, TINY, STEPS = range(6)

_SAFETY, _GROW, _SHRINK = 0.9, 10.0, 0.2
_MEMORY = 0.04  # PI control as in Hairer's DOPRI5
_STIFF_EDGE = 3.0  # the method is stable to h |lambda| = 3.3 on the negative real axis
_STABLE = 3.2
_STIFF_STEPS = 15


class Control(NamedTuple):
    """Limits of one run; learning_rate is epsilon, settle 0 turns early stopping off."""

    learning_rate: float
    start: float
    stop: float
    step: float
    relative: float
    absolute: float
    settle: float
    limit: float
    max_steps: int
    patience: float
    hold: int


class Record(NamedTuple):
    """Times to report at, the nodes and links (numbers, targets) to report, and room for it."""

    times: FloatArray
    nodes: UIntArray
    links: tuple[UIntArray, UIntArray]
    activity: FloatArray
    weights: FloatArray


@inner
def _put_rates(nodes: Nodes, stages: Stages, slot: Index) -> None:
    """Factors of the rule from V (last column) into column `slot`."""
    right, left, decay, uniform = stages.right, stages.left, stages.decay, nodes.uniform
    post, pre, gamma, zeta = nodes.post, nodes.pre, nodes.decay, nodes.growth
    for i in range(right.shape[0]):
        v = right[i, 7]
        left[i, slot] = post[i, 0] + v * (post[i, 1] + v * post[i, 2])
        right[i, slot] = pre[i, 0] + v * pre[i, 1]
        if not uniform:
            decay[i, slot] = gamma[i] + zeta[i] * v * v


@inner
def _put_state(nodes: Nodes, stages: Stages, x: FloatArray) -> None:
    """V = phi(x) into the last column."""
    right, sums = stages.right, stages.sums
    rates(nodes.kind, nodes.gain, nodes.threshold, x, sums)
    for i in range(x.shape[0]):
        right[i, 7] = sums[i]


@inner
def _put_slope(nodes: Nodes, stages: Stages, x: FloatArray, slot: Index) -> None:
    """dx/dt from the sums, into column `slot`."""
    slope, sums, bias, tau = stages.slope, stages.sums, nodes.bias, nodes.tau
    for i in range(x.shape[0]):
        slope[i, slot] = (bias[i] - x[i] + sums[i]) / tau[i]


@inner_fast
def _advance(stages: Stages, x: FloatArray, h: float, row: Index, out: FloatArray) -> None:
    """x + h sum_l plan[row, l] (dx/dt)_l."""
    plan, k = stages.plan, stages.slope
    c0, c1, c2, c3 = plan[row, 0] * h, plan[row, 1] * h, plan[row, 2] * h, plan[row, 3] * h
    c4, c5, c6 = plan[row, 4] * h, plan[row, 5] * h, plan[row, 6] * h
    for i in range(x.shape[0]):
        out[i] = (
            x[i]
            + c0 * k[i, 0]
            + c1 * k[i, 1]
            + c2 * k[i, 2]
            + c3 * k[i, 3]
            + c4 * k[i, 4]
            + c5 * k[i, 5]
            + c6 * k[i, 6]
        )


@inner
def _error_of_activity(
    stages: Stages, x: FloatArray, end: FloatArray, h: float, control: Control
) -> float:
    """Root mean square of the scaled error of x."""
    slope, relative, absolute = stages.slope, control.relative, control.absolute
    squares = 0.0
    for i in range(x.shape[0]):
        miss = 0.0
        for m in range(7):
            miss += A[ERROR, m] * slope[i, m]
        scale = absolute + relative * max(abs(x[i]), abs(end[i]))
        squares += (h * miss / scale) ** 2
    size: float = np.sqrt(squares / x.shape[0])
    return size


@inner
def _try_step(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    control: Control,
    state: tuple[FloatArray, FloatArray, FloatArray],
    h: float,
    h_before: float,
) -> float:
    """One step of size h from (x, weights); end of x into `end`. Returns the scaled error.

    h_before > 0: the weights still lack the step of that size before this one.
    """
    x, weights, end = state
    eps = control.learning_rate
    if nodes.uniform:
        fill_table(stages.table, np.int64(ERROR), stages.plan, stages.decay, np.int64(0), h * eps)
    first = 1
    if h_before > 0.0:
        _advance(stages, x, h, np.int64(1), end)
        _put_state(nodes, stages, end)
        first_sums(links, nodes, stages, weights, h_before * eps, h * eps)
        _put_slope(nodes, stages, end, np.int64(1))
        _to_first_column(nodes, stages)
        _put_rates(nodes, stages, np.int64(1))
        first = 2
    for stage in range(first, 6):
        _advance(stages, x, h, stage, end)
        _put_state(nodes, stages, end)
        _put_rates(nodes, stages, stage)
        stage_sums(links, nodes, stages, weights, stage, h * eps)
        _put_slope(nodes, stages, end, stage)
    _advance(stages, x, h, np.int64(6), end)
    _put_state(nodes, stages, end)
    _put_rates(nodes, stages, np.int64(6))
    squares = last_sums(
        links, nodes, stages, weights, h * eps, (control.relative, control.absolute)
    )
    _put_slope(nodes, stages, end, np.int64(6))
    error = _error_of_activity(stages, x, end, h, control)
    if weights.shape[0] > 0:
        error = max(error, np.sqrt(squares / weights.shape[0]))
    return error


@inner
def _to_first_column(nodes: Nodes, stages: Stages) -> None:
    """The end of the step before becomes stage 0."""
    right, left, decay = stages.right, stages.left, stages.decay
    for i in range(right.shape[0]):
        right[i, 0] = right[i, 6]
        left[i, 0] = left[i, 6]
    if not nodes.uniform:
        for i in range(right.shape[0]):
            decay[i, 0] = decay[i, 6]


@inner
def _settled(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    state: tuple[FloatArray, FloatArray, FloatArray],
    he: float,
    settle: float,
) -> bool:
    _, weights, end = state
    slope, tau = stages.slope, nodes.tau
    for i in range(end.shape[0]):
        if not abs(slope[i, 6] * tau[i]) <= settle * (1.0 + abs(end[i])):
            return False
    return weights_rest(links, nodes, stages, weights, he, settle)


@inner
def _stiffness(stages: Stages, x: FloatArray, h: float) -> float:
    """h |lambda| as seen between the last two stages (Hairer & Wanner, section IV.2)."""
    slope = stages.slope
    slopes, states = 0.0, 0.0
    for i in range(x.shape[0]):
        gap = 0.0
        for m in range(6):
            gap += (A[6, m] - A[5, m]) * slope[i, m]
        states += (h * gap) ** 2
        slopes += (slope[i, 6] - slope[i, 5]) ** 2
    return h * np.sqrt(slopes / states) if states > 0.0 else 0.0


@inner
def _largest(values: FloatArray) -> float:
    largest = 0.0
    for i in range(values.shape[0]):
        largest = max(largest, values[i])
    return largest


@inner
def _worst(x: FloatArray) -> int:
    """Node with the largest |x|; one that is not finite first."""
    worst, size = 0, -1.0
    for i in range(x.shape[0]):
        if not np.isfinite(x[i]):
            return i
        if abs(x[i]) > size:
            worst, size = i, abs(x[i])
    return worst


@inner
def _report(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    control: Control,
    record: Record,
    state: tuple[FloatArray, FloatArray, FloatArray],
    step: tuple[float, float],
    done: Index,
) -> Index:
    """Interpolate to the times within the step from t of size h; returns how many are done."""
    x, weights, _ = state
    t, h = step
    slope, plan, activity = stages.slope, stages.plan, record.activity
    while done < record.times.shape[0] and record.times[done] <= t + h:
        dense_weights((record.times[done] - t) / h, plan)
        for q in range(record.nodes.shape[0]):
            i = record.nodes[q]
            value = x[i]
            for m in range(7):
                value += h * plan[POINT, m] * slope[i, m]
            activity[done, q] = value
        chosen_weights(
            links,
            nodes,
            stages,
            weights,
            h * control.learning_rate,
            record.links,
            record.weights,
            done,
        )
        done += 1
    return done


@inner
def _move_on(stages: Stages, x: FloatArray, end: FloatArray) -> None:
    """Accept the end of the step."""
    slope = stages.slope
    for i in range(x.shape[0]):
        x[i] = end[i]
        slope[i, 0] = slope[i, 6]


@inner
def _clear(stages: Stages, first: Index) -> None:
    """Zeros from column `first` on: a NaN there would outlive the step that made it."""
    right, left = stages.right, stages.left
    for i in range(right.shape[0]):
        for m in range(first, 8):
            right[i, m] = 0.0
            left[i, m] = 0.0


@inner
def _begin(
    links: Links, nodes: Nodes, stages: Stages, control: Control, x: FloatArray, weights: FloatArray
) -> None:
    """Stage 0 of the first step."""
    _clear(stages, np.int64(0))
    for i in range(stages.decay.shape[0]):
        for m in range(8):
            stages.decay[i, m] = nodes.decay[i]
    _put_state(nodes, stages, x)
    _put_rates(nodes, stages, np.int64(0))
    if nodes.uniform:
        fill_table(stages.table, np.int64(1), stages.plan, stages.decay, np.int64(0), 0.0)
    # A step of size zero: the sums of stage 1 are those of the start.
    stage_sums(links, nodes, stages, weights, np.int64(1), 0.0)
    _put_slope(nodes, stages, x, np.int64(0))


@outer
def integrate(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    control: Control,
    record: Record,
    state: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[int, float, float, int, int, int, int]:
    """Integrate x and weights in place from control.start to control.stop.

    state is (x, weights, room of the size of x). Returns the status, the time reached, the next
    step size, steps accepted and rejected, times reported, and the node with the largest |x|.
    """
    x, weights, end = state
    t, h, h_before = control.start, control.step, 0.0
    accepted, rejected, stiff, status = 0, 0, 0, FINISHED
    done: Index = np.int64(0)
    error_before, shrunk = 1e-4, False
    _begin(links, nodes, stages, control, x, weights)
    fastest = control.learning_rate * _largest(nodes.decay)
    while t < control.stop:
        if accepted + rejected >= control.max_steps:
            status = STEPS
            break
        last = t + 1.01 * h >= control.stop
        if last:
            h = control.stop - t
        error = _try_step(links, nodes, stages, control, (x, weights, end), h, h_before)
        h_before = 0.0
        if not error <= 1.0:
            rejected += 1
            shrunk = True
            if np.isfinite(error):
                h *= max(_SHRINK, _SAFETY * error ** (0.75 * _MEMORY - 0.2))
            else:
                h *= 0.1
                _clear(stages, np.int64(1))
            if not h > 1e-14 * max(abs(t), control.stop - control.start):
                status = TINY
                break
            continue
        accepted += 1
        done = _report(links, nodes, stages, control, record, (x, weights, end), (t, h), done)
        edge = max(_stiffness(stages, x, h), fastest * h)
        stiff = stiff + 1 if edge > _STIFF_EDGE else max(stiff - 1, 0)
        t = control.stop if last else t + h
        h_before = h
        if control.settle > 0.0 and _settled(
            links, nodes, stages, (x, weights, end), h * control.learning_rate, control.settle
        ):
            status = SETTLED
        _move_on(stages, x, end)
        if nodes.uniform:
            for m in range(8):
                stages.pending[6, m] = stages.table[6, m]
        growth = _SAFETY * max(error, 1e-10) ** (0.75 * _MEMORY - 0.2) * error_before**_MEMORY
        if edge > _STIFF_EDGE - 1.0:
            # Where stability limits the step, growing past the limit only earns a rejection.
            growth = min(growth, _STABLE / edge)
        h *= min(1.0 if shrunk else _GROW, max(_SHRINK, growth))
        error_before, shrunk = max(error, 1e-4), False
        if status == SETTLED:
            break
        if not abs(x[_worst(x)]) <= control.limit:
            status = RUNAWAY
            break
        if (
            stiff >= _STIFF_STEPS
            and accepted >= control.hold
            and (control.stop - t) / h > control.patience
        ):
            status = STIFF
            break
    if h_before > 0.0:
        write_weights(links, nodes, stages, weights, h_before * control.learning_rate)
    return status, t, h, accepted, rejected, int(done), _worst(x)
