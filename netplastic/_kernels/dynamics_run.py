"""The adaptive explicit integration, compiled as a whole and free of Python's lock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._types import FloatArray
from .dynamics import (
    Links,
    Rows,
    UIntArray,
    chosen_weights,
    keep_pending,
    sums_at,
    weights_rest,
    write_weights,
)
from .dynamics_jit import given, merged, whole
from .dynamics_rate import rates
from .dynamics_tableau import ERROR, PLAN, POINT, dense_weights, fill_table
from .jit import Index, inner

__all__ = [
    "FINISHED",
    "RUNAWAY",
    "SETTLED",
    "STEPS",
    "STIFF",
    "TINY",
    "Cells",
    "Control",
    "Factors",
    "Network",
    "Record",
    "Room",
    "Shape",
    "integrate",
]

FINISHED, SETTLED, STIFF, RUNAWAY, TINY, STEPS = range(6)

_SAFETY, _GROW, _SHRINK = 0.9, 10.0, 0.2
_MEMORY = 0.04  # PI control as in Hairer's DOPRI5
_STIFF_EDGE = 3.0  # the method is stable to h |lambda| = 3.3 on the negative real axis
_STABLE = 3.2
_STIFF_STEPS = 15


class Shape(NamedTuple):
    """Activations: the kind, and gain and threshold of each node."""

    kind: int
    gain: FloatArray
    threshold: FloatArray


class Cells(NamedTuple):
    """Input and time constant of each node."""

    bias: FloatArray
    tau: FloatArray


class Factors(NamedTuple):
    """The rule per node: post (n, 3), pre (n, 2), decay and its growth with the rate (n,)."""

    post: FloatArray
    pre: FloatArray
    decay: FloatArray
    growth: FloatArray


class Network(NamedTuple):
    """All parameters."""

    links: Links
    shape: Shape
    cells: Cells
    factors: Factors


class Room(NamedTuple):
    """What a step remembers: rows, slope (7, n) with dx/dt of stages 0 to 6, and spare (n,)."""

    rows: Rows
    slope: FloatArray
    spare: FloatArray


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


@merged
def _put_rates(factors: Factors, rows: Rows, slot: Index, uniform: bool) -> None:
    """Factors of the rule from V (last column) into column `slot`."""
    right, left, decay = rows.right, rows.left, rows.decay
    post, pre, gamma, zeta = factors
    for i in range(right.shape[0]):
        v = right[i, 7]
        left[i, slot] = post[i, 0] + v * (post[i, 1] + v * post[i, 2])
        right[i, slot] = pre[i, 0] + v * pre[i, 1]
        if not uniform:
            decay[i, slot] = gamma[i] + zeta[i] * v * v


@merged
def _put_state(shape: Shape, x: FloatArray, right: FloatArray, spare: FloatArray) -> None:
    """V = phi(x) into the last column."""
    rates(shape.kind, shape.gain, shape.threshold, x, spare)
    for i in range(x.shape[0]):
        right[i, 7] = spare[i]


@merged
def _put_slope(
    cells: Cells, x: FloatArray, sums: FloatArray, slope: FloatArray, slot: Index
) -> None:
    """dx/dt from the sums, into row `slot`."""
    bias, tau = cells
    for i in range(x.shape[0]):
        slope[slot, i] = (bias[i] - x[i] + sums[i]) / tau[i]


@inner
def _add_slopes(
    algebra: FloatArray, row: Index, h: float, slope: FloatArray, out: FloatArray
) -> None:
    """Add h sum_l A[row, l] (dx/dt)_l."""
    for m in range(slope.shape[0]):
        weight = h * algebra[PLAN + row, m]
        if weight != 0.0:
            for i in range(out.shape[0]):
                out[i] += weight * slope[m, i]


@inner
def _copy(values: FloatArray, out: FloatArray) -> None:
    for i in range(out.shape[0]):
        out[i] = values[i]


@inner
def _blank(out: FloatArray) -> None:
    for i in range(out.shape[0]):
        out[i] = 0.0


@merged
def _size_of_error(
    miss: FloatArray, x: FloatArray, end: FloatArray, relative: float, absolute: float
) -> float:
    """Root mean square of an error scaled by tolerances."""
    squares = 0.0
    for i in range(x.shape[0]):
        scaled = miss[i] / (absolute + relative * max(abs(x[i]), abs(end[i])))
        squares += scaled * scaled
    return float(np.sqrt(squares / x.shape[0]))


@merged
def _try_step(
    network: Network,
    room: Room,
    state: tuple[FloatArray, FloatArray, FloatArray],
    tolerance: tuple[float, float],
    eps: float,
    h: float,
    h_before: float,
) -> float:
    """One step of size h from (x, weights); end of x into `end`. Returns the scaled error.

    h_before > 0: the weights still lack the step of that size before this one; < 0: stage 0 is
    still to be found.
    """
    links, shape, cells, factors = network
    rows, slope, spare = room
    x, weights, end = state
    uniform, algebra, he, squares = given(links.uniform), rows.algebra, h * eps, 0.0
    zero = np.int64(0)
    if uniform:
        fill_table(algebra, (zero, np.int64(ERROR)), rows.decay, zero, he)
    for stage in range(0 if h_before < 0.0 else 1, 7):
        _copy(x, end)
        _add_slopes(algebra, stage, h, slope, end)
        _put_state(shape, end, rows.right, spare)
        before = h_before * eps if stage == 1 and h_before > 0.0 else 0.0
        if before == 0.0:
            _put_rates(factors, rows, stage, uniform)
        squares = sums_at(links, rows, weights, stage, (before, he), tolerance)
        if before > 0.0:
            _to_first_column(rows, uniform)
            _put_rates(factors, rows, stage, uniform)
        _put_slope(cells, end, rows.sums, slope, stage)
    _blank(spare)
    _add_slopes(algebra, np.int64(ERROR), h, slope, spare)
    error = _size_of_error(spare, x, end, tolerance[0], tolerance[1])
    if weights.shape[0] > 0:
        error = max(error, np.sqrt(squares / weights.shape[0]))
    return error


@merged
def _to_first_column(rows: Rows, uniform: bool) -> None:
    """The end of the step before becomes stage 0."""
    right, left, decay = rows.right, rows.left, rows.decay
    for i in range(right.shape[0]):
        right[i, 0] = right[i, 6]
        left[i, 0] = left[i, 6]
        if not uniform:
            decay[i, 0] = decay[i, 6]


@merged
def _to_first_row(slope: FloatArray) -> None:
    for i in range(slope.shape[1]):
        slope[0, i] = slope[6, i]


@merged
def _nodes_rest(slope: FloatArray, tau: FloatArray, end: FloatArray, settle: float) -> bool:
    """Whether every activity is within `settle` of where it would halt."""
    for i in range(end.shape[0]):
        if not abs(slope[6, i] * tau[i]) <= settle * (1.0 + abs(end[i])):
            return False
    return True


@merged
def _stiffness(algebra: FloatArray, slope: FloatArray, gap: FloatArray, h: float) -> float:
    """h |lambda| as seen between the last two stages (Hairer & Wanner, section IV.2)."""
    slopes, states = 0.0, 0.0
    _blank(gap)
    _add_slopes(algebra, np.int64(6), h, slope, gap)
    _add_slopes(algebra, np.int64(5), -h, slope, gap)
    for i in range(gap.shape[0]):
        change = slope[6, i] - slope[5, i]
        states += gap[i] * gap[i]
        slopes += change * change
    return float(h * np.sqrt(slopes / states)) if states > 0.0 else 0.0


@inner
def _largest(values: FloatArray) -> int:
    """Where |value| is largest; one that is not finite first."""
    worst, size = 0, -1.0
    for i in range(values.shape[0]):
        if not np.isfinite(values[i]):
            return i
        if abs(values[i]) > size:
            worst, size = i, abs(values[i])
    return worst


@merged
def _report(
    links: Links,
    room: Room,
    record: Record,
    state: tuple[FloatArray, FloatArray, FloatArray],
    step: tuple[float, float, float],
    done: Index,
) -> Index:
    """Interpolate to the times within the step (t, h, h epsilon); returns how many are done."""
    x, weights, _ = state
    t, h, he = step
    rows, slope, _ = room
    algebra = rows.algebra
    while done < record.times.shape[0] and record.times[done] <= t + h:
        dense_weights((record.times[done] - t) / h, algebra)
        for q in range(record.nodes.shape[0]):
            i = record.nodes[q]
            value = x[i]
            for m in range(slope.shape[0]):
                value += h * algebra[PLAN + POINT, m] * slope[m, i]
            record.activity[done, q] = value
        chosen_weights(links, rows, weights, he, record.links, record.weights, done)
        done += 1
    return done


@inner
def _clear(rows: Rows, first: Index) -> None:
    """Zeros from column `first` on: a NaN there would outlive the step that made it."""
    right, left = rows.right, rows.left
    for i in range(right.shape[0]):
        for m in range(first, right.shape[1]):
            right[i, m] = 0.0
            left[i, m] = 0.0


@merged
def _begin(rows: Rows, gamma: FloatArray) -> None:
    """Make the rows ready for stage 0 of the first step."""
    _clear(rows, np.int64(0))
    decay = rows.decay
    for i in range(decay.shape[0]):
        for m in range(decay.shape[1]):
            decay[i, m] = gamma[i]


@whole
def integrate(
    network: Network,
    room: Room,
    control: Control,
    record: Record,
    state: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[int, float, float, int, int, int, int]:
    """Integrate x and weights in place from control.start to control.stop.

    state is (x, weights, room of the size of x). Returns the status, the time reached, the next
    step size, steps accepted and rejected, times reported, and the node with the largest |x|.
    """
    x, weights, end = state
    links, rows, slope = network.links, room.rows, room.slope
    eps, tolerance = control.learning_rate, (control.relative, control.absolute)
    t, h, h_before = control.start, control.step, -1.0
    accepted, rejected, stiff, status = 0, 0, 0, FINISHED
    done: Index = np.int64(0)
    error_before, shrunk = 1e-4, False
    _begin(rows, network.factors.decay)
    decay = network.factors.decay
    fastest = eps * decay[_largest(decay)]
    while t < control.stop:
        if accepted + rejected >= control.max_steps:
            status = STEPS
            break
        last = t + 1.01 * h >= control.stop
        if last:
            h = control.stop - t
        error = _try_step(network, room, state, tolerance, eps, h, h_before)
        h_before = 0.0
        if not error <= 1.0:
            rejected += 1
            shrunk = True
            if np.isfinite(error):
                h *= max(_SHRINK, _SAFETY * error ** (0.75 * _MEMORY - 0.2))
            else:
                h *= 0.1
                _clear(rows, np.int64(1))
            if not h > 1e-14 * max(abs(t), control.stop - control.start):
                status = TINY
                break
            continue
        accepted += 1
        done = _report(links, room, record, state, (t, h, h * eps), done)
        edge = max(_stiffness(rows.algebra, slope, room.spare, h), fastest * h)
        stiff = stiff + 1 if edge > _STIFF_EDGE else max(stiff - 1, 0)
        t = control.stop if last else t + h
        h_before = h
        keep_pending(rows.algebra)
        if control.settle > 0.0 and _nodes_rest(slope, network.cells.tau, end, control.settle):
            write_weights(links, rows, weights, h * eps)
            if weights_rest(links, rows, weights, control.settle):
                status = SETTLED
            _to_first_column(rows, given(links.uniform))
            h_before = 0.0
        _copy(end, x)
        _to_first_row(slope)
        growth = _SAFETY * max(error, 1e-10) ** (0.75 * _MEMORY - 0.2) * error_before**_MEMORY
        if edge > _STIFF_EDGE - 1.0:
            # Where stability limits the step, growing past the limit only earns a rejection.
            growth = min(growth, _STABLE / edge)
        h *= min(1.0 if shrunk else _GROW, max(_SHRINK, growth))
        error_before, shrunk = max(error, 1e-4), False
        if status == SETTLED:
            break
        if not abs(x[_largest(x)]) <= control.limit:
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
        write_weights(links, rows, weights, h_before * eps)
    return status, t, h, accepted, rejected, int(done), _largest(x)
