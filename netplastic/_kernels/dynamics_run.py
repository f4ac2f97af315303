"""The adaptive explicit integration, compiled as a whole and free of Python's lock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._types import FloatArray
from .dynamics import (
    Links,
    PairArray,
    Rows,
    UIntArray,
    chosen_weights,
    sums_first,
    sums_inside,
    sums_last,
    weights_rest,
    write_weights,
)
from .dynamics_jit import given, inner, merged, whole
from .dynamics_rate import rates
from .dynamics_tableau import ERROR, GAP, PENDING, PLAN, POINT, dense_weights, fill_table
from .jit import Index

__all__ = [
    "CELLS",
    "DECAY",
    "FINISHED",
    "NODES",
    "RUNAWAY",
    "SETTLED",
    "STEPS",
    "STIFF",
    "SUMS",
    "TINY",
    "Control",
    "Network",
    "Record",
    "Room",
    "integrate",
]

FINISHED, SETTLED, STIFF, RUNAWAY, TINY, STEPS = range(6)

_SAFETY, _GROW, _SHRINK = 0.9, 10.0, 0.2
_MEMORY = 0.04  # PI control as in Hairer's DOPRI5
_STIFF_EDGE = 3.0  # the method is stable to h |lambda| = 3.3 on the negative real axis
_STABLE = 3.2
_STIFF_STEPS = 15


# Rows of the parameters of nodes: input, time constant, gain and threshold of the activation,
# coefficients of post (3) and pre (2), decay of weights and its growth with the rate.
BIAS, TAU, GAIN, THRESHOLD, POST, PRE, DECAY, GROWTH = 0, 1, 2, 3, 4, 7, 9, 10
CELLS = 11

# Rows of what a step remembers of activities: dx/dt of stages 0 to 6, sums, end of the step, and
# one to spare.
SUMS, END, SPARE = 7, 8, 9
NODES = 10


class Network(NamedTuple):
    """All parameters: links, kind of activation, and parameters of nodes (CELLS, n)."""

    links: Links
    kind: int
    cells: FloatArray


class Room(NamedTuple):
    """What a step remembers, for the sake of links and of activities (NODES, n)."""

    rows: Rows
    nodes: FloatArray


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
    """Times to report at, nodes and links (2, q: numbers, targets) to report, and room for it."""

    times: FloatArray
    nodes: UIntArray
    links: PairArray
    activity: FloatArray
    weights: FloatArray


@inner
def _add_slopes(algebra: FloatArray, row: Index, h: float, nodes: FloatArray, slot: Index) -> None:
    """Add h sum_l A[row, l] (dx/dt)_l to row `slot` of the nodes."""
    for m in range(7):
        weight = h * algebra[PLAN + row, m]
        if weight != 0.0:
            for i in range(nodes.shape[1]):
                nodes[slot, i] += weight * nodes[m, i]


@inner
def _start_from(x: FloatArray, nodes: FloatArray, slot: Index) -> None:
    for i in range(x.shape[0]):
        nodes[slot, i] = x[i]


@inner
def _blank(nodes: FloatArray, slot: Index) -> None:
    for i in range(nodes.shape[1]):
        nodes[slot, i] = 0.0


@inner
def _fill_column(
    rows: Rows, cells: FloatArray, nodes: FloatArray, slot: Index, uniform: bool
) -> None:
    """V, found in row SPARE, into the last column and, by the rule, into column `slot` if >= 0."""
    right, left, decay = rows.right, rows.left, rows.decay
    for i in range(right.shape[0]):
        v = nodes[SPARE, i]
        right[i, 7] = v
        if slot >= 0:
            left[i, slot] = cells[POST, i] + v * (cells[POST + 1, i] + v * cells[POST + 2, i])
            right[i, slot] = cells[PRE, i] + v * cells[PRE + 1, i]
            if not uniform:
                decay[i, slot] = cells[DECAY, i] + cells[GROWTH, i] * v * v


@inner
def _to_first_column(rows: Rows, uniform: bool) -> None:
    """The end of the step before becomes stage 0."""
    right, left, decay = rows.right, rows.left, rows.decay
    for i in range(right.shape[0]):
        right[i, 0] = right[i, 6]
        left[i, 0] = left[i, 6]
        if not uniform:
            decay[i, 0] = decay[i, 6]


@merged
def _slope_from(cells: FloatArray, nodes: FloatArray, slot: Index) -> None:
    """dx/dt from the sums and the state of a stage, into row `slot`."""
    for i in range(nodes.shape[1]):
        nodes[slot, i] = (cells[BIAS, i] - nodes[END, i] + nodes[SUMS, i]) / cells[TAU, i]


@merged
def _size_of_error(nodes: FloatArray, x: FloatArray, tolerance: tuple[float, float]) -> float:
    """Root mean square of the error of activities, which is to spare, scaled by tolerances."""
    relative, absolute = tolerance
    squares = 0.0
    for i in range(x.shape[0]):
        size = max(abs(x[i]), abs(nodes[END, i]))
        scaled = nodes[SPARE, i] / (absolute + relative * size)
        squares += scaled * scaled
    return float(np.sqrt(squares / x.shape[0]))


@merged
def _try_step(
    network: Network,
    room: Room,
    state: tuple[FloatArray, FloatArray],
    tolerance: tuple[float, float],
    eps: float,
    h: float,
    h_before: float,
) -> float:
    """One step of size h from (x, weights); end of x into row END. Returns the scaled error.

    h_before > 0: the weights still lack the step of that size before this one; < 0: stage 0 is
    still to be found.
    """
    links, kind, cells = network
    rows, nodes = room
    x, weights = state
    uniform, algebra, he, squares = given(links.uniform), rows.algebra, h * eps, 0.0
    zero, first, last = np.int64(0), np.int64(1), np.int64(6)
    end, sums = np.int64(END), nodes[SUMS]
    if uniform:
        fill_table(algebra, (zero, np.int64(ERROR)), rows.decay, zero, he)
    for number in range(0 if h_before < 0.0 else 1, 7):
        stage = np.int64(number)
        _start_from(x, nodes, end)
        _add_slopes(algebra, stage, h, nodes, end)
        rates(kind, cells[GAIN], cells[THRESHOLD], nodes[END], nodes[SPARE])
        if stage == first and h_before > 0.0:
            _fill_column(rows, cells, nodes, np.int64(-1), uniform)
            sums_first(links, rows, weights, (h_before * eps, he), sums)
            _to_first_column(rows, uniform)
            _fill_column(rows, cells, nodes, stage, uniform)
        else:
            _fill_column(rows, cells, nodes, stage, uniform)
            if stage == last:
                squares = sums_last(links, rows, weights, he, tolerance, sums)
            else:
                sums_inside(links, rows, weights, stage, he, sums)
        _slope_from(cells, nodes, stage)
    _blank(nodes, np.int64(SPARE))
    _add_slopes(algebra, np.int64(ERROR), h, nodes, np.int64(SPARE))
    error = _size_of_error(nodes, x, tolerance)
    if weights.shape[0] > 0:
        error = max(error, np.sqrt(squares / weights.shape[0]))
    return error


@merged
def _nodes_rest(cells: FloatArray, nodes: FloatArray, settle: float) -> bool:
    """Whether every activity is within `settle` of where it would halt."""
    for i in range(nodes.shape[1]):
        if not abs(nodes[6, i] * cells[TAU, i]) <= settle * (1.0 + abs(nodes[END, i])):
            return False
    return True


@merged
def _stiffness(algebra: FloatArray, nodes: FloatArray, h: float) -> float:
    """h |lambda| as seen between the last two stages (Hairer & Wanner, section IV.2)."""
    slopes, states = 0.0, 0.0
    _blank(nodes, np.int64(SPARE))
    _add_slopes(algebra, np.int64(GAP), h, nodes, np.int64(SPARE))
    for i in range(nodes.shape[1]):
        change, gap = nodes[6, i] - nodes[5, i], nodes[SPARE, i]
        states += gap * gap
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
    state: tuple[FloatArray, FloatArray],
    step: tuple[float, float, float],
    done: Index,
) -> Index:
    """Interpolate to the times within the step (t, h, h epsilon); returns how many are done."""
    x, weights = state
    t, h, he = step
    rows, nodes = room
    algebra = rows.algebra
    while done < record.times.shape[0] and record.times[done] <= t + h:
        dense_weights((record.times[done] - t) / h, algebra)
        for q in range(record.nodes.shape[0]):
            i = record.nodes[q]
            value = x[i]
            for m in range(7):
                value += h * algebra[PLAN + POINT, m] * nodes[m, i]
            record.activity[done, q] = value
        chosen_weights(links, rows, weights, he, record.links, record.weights, done)
        done += 1
    return done


@merged
def _clear(rows: Rows) -> None:
    """Zeros from column 1 on: a NaN there would outlive the step that made it."""
    right, left = rows.right, rows.left
    for i in range(right.shape[0]):
        for m in range(1, 8):
            right[i, m] = 0.0
            left[i, m] = 0.0


@merged
def _accept(room: Room, x: FloatArray) -> None:
    """The end of the step becomes the state, and its slopes those of stage 0."""
    nodes, algebra = room.nodes, room.rows.algebra
    for i in range(x.shape[0]):
        x[i] = nodes[END, i]
        nodes[0, i] = nodes[6, i]
    for m in range(8):
        algebra[PENDING, m] = algebra[6, m]


@whole
def integrate(
    network: Network,
    room: Room,
    control: Control,
    record: Record,
    state: tuple[FloatArray, FloatArray],
) -> tuple[int, float, float, int, int, int, int]:
    """Integrate x and weights, which make the state, in place from control.start to control.stop.

    The room must be fresh: zeros in the rows, the first decay in every column. Returns the status,
    the time reached, the next step size, steps accepted and rejected, times reported, and the
    node with the largest |x|.
    """
    x, weights = state
    links, rows = network.links, room.rows
    eps, tolerance = control.learning_rate, (control.relative, control.absolute)
    t, h, h_before = control.start, control.step, -1.0
    accepted, rejected, stiff, status = 0, 0, 0, FINISHED
    done: Index = np.int64(0)
    error_before, shrunk = 1e-4, False
    decay = network.cells[DECAY]
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
                _clear(rows)
            if not h > 1e-14 * max(abs(t), control.stop - control.start):
                status = TINY
                break
            continue
        accepted += 1
        done = _report(links, room, record, state, (t, h, h * eps), done)
        edge = max(_stiffness(rows.algebra, room.nodes, h), fastest * h)
        stiff = stiff + 1 if edge > _STIFF_EDGE else max(stiff - 1, 0)
        t = control.stop if last else t + h
        h_before = h
        _accept(room, x)
        if control.settle > 0.0 and _nodes_rest(network.cells, room.nodes, control.settle):
            write_weights(links, rows, weights, h * eps)
            _to_first_column(rows, given(links.uniform))
            h_before = 0.0
            if weights_rest(links, rows, weights, control.settle):
                status = SETTLED
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
