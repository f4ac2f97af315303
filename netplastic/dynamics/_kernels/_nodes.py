"""What a step does at nodes: states of the stages, slopes, errors, reports.

Everything here serves a range of nodes; see `dynamics_run` for the order of things.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from netplastic._support import FloatArray, Index

from ._jit import inner, small, summing
from ._links import Links, PairArray, Rows, UIntArray, chosen_weights
from ._parameters import given
from ._quads import larger
from ._rate import rates
from ._tableau import ERROR, GAP, PLAN, POINT, dense_weights

__all__ = [
    "BEYOND",
    "CELLS",
    "DECAY",
    "END",
    "ERRORS",
    "MOVES",
    "NODES",
    "SIZES",
    "SLOPES",
    "SPARE",
    "STATES",
    "TAU",
    "TOOK",
    "WEIGHTS",
    "Network",
    "Record",
    "Room",
    "accept",
    "clear",
    "enter",
    "largest",
    "leave",
    "measure",
    "nodes_move",
    "report",
    "rule_of",
    "to_first_column",
]

_BLOCK = np.uint64(512)  # nodes whose stages stay in the first cache

# Rows of the parameters of nodes: input, time constant, gain and threshold of the activation,
# coefficients of post (3) and pre (2), decay of weights and its growth with the rate.
BIAS, TAU, GAIN, THRESHOLD, POST, PRE, DECAY, GROWTH = 0, 1, 2, 3, 4, 7, 9, 10
CELLS = 11

# Rows of what a step remembers of activities: dx/dt of stages 0 to 6, end of the step, and one to
# spare.
END, SPARE = 7, 8
NODES = 9

# What is found at a part of the nodes: sums of squares (errors of weights and of activities,
# changes of slopes and, over h, of states between the last two stages, x), how many |x| are
# beyond the limit, and whether anything moves; for the first part also how long the step took.
WEIGHTS, ERRORS, SLOPES, STATES, SIZES, BEYOND, MOVES, TOOK = range(8)


class Network(NamedTuple):
    """All parameters: links, kind of activation, and parameters of nodes (CELLS, n)."""

    links: Links
    kind: int
    cells: FloatArray


class Room(NamedTuple):
    """What a step remembers, for the sake of links and of activities (NODES, n), and sums.

    All but the algebra of the rows is shared by a team. The sums have a row for each part of the
    nodes where links are mirrored, else one.
    """

    rows: Rows
    nodes: FloatArray
    sums: FloatArray


class Record(NamedTuple):
    """Times to report at, nodes and links (2, q: numbers, targets) to report, and room for it."""

    times: FloatArray
    nodes: UIntArray
    links: PairArray
    activity: FloatArray
    weights: FloatArray


@inner
def enter(
    network: Network,
    room: Room,
    x: FloatArray,
    step: tuple[float, Index, Index],
    first: Index,
    end: Index,
) -> None:
    """State of a stage into row END, V into row SPARE and the columns that depend on it.

    step: h, the stage, and the column of the rows to fill by the rule (below 0: none).
    """
    h, stage, slot = step
    rows, nodes, _ = room
    cells, algebra, uniform = network.cells, rows.algebra, given(network.links.uniform)
    for start in range(first, end, _BLOCK):
        stop = start + _BLOCK if start + _BLOCK < end else end
        for i in range(start, stop):
            nodes[END, i] = x[i]
        for m in range(7):
            weight = h * algebra[PLAN + stage, m]
            if weight != 0.0:
                for i in range(start, stop):
                    nodes[END, i] += weight * nodes[m, i]
        rates(network.kind, cells[GAIN], cells[THRESHOLD], nodes[END], nodes[SPARE], start, stop)
        for i in range(start, stop):
            rows.right[i, 7] = nodes[SPARE, i]
        if slot >= 0:
            _fill_column(rows, cells, nodes, slot, uniform, start, stop)


@small
def rule_of(cells: FloatArray, i: Index, v: float) -> tuple[float, float, float]:
    """What the rule makes of V at a node: post, pre, and the decay of weights into it."""
    post = cells[POST, i] + v * (cells[POST + 1, i] + v * cells[POST + 2, i])
    pre = cells[PRE, i] + v * cells[PRE + 1, i]
    return post, pre, cells[DECAY, i] + cells[GROWTH, i] * v * v


@inner
def _fill_column(
    rows: Rows,
    cells: FloatArray,
    nodes: FloatArray,
    slot: Index,
    uniform: bool,
    first: Index,
    end: Index,
) -> None:
    """What the rule makes of V, found in row SPARE, into a column of the rows."""
    right, left, decay = rows.right, rows.left, rows.decay
    for i in range(first, end):
        post, pre, of_weights = rule_of(cells, i, nodes[SPARE, i])
        left[i, slot] = post
        right[i, slot] = pre
        if not uniform:
            decay[i, slot] = of_weights


@inner
def leave(
    network: Network,
    room: Room,
    stage: Index,
    renew: bool,
    part: Index,
    first: Index,
    end: Index,
) -> None:
    """dx/dt at a stage, from its sums; where stage 0 is to be renewed, the columns move on too."""
    rows, nodes, sums = room
    cells, uniform = network.cells, given(network.links.uniform)
    for i in range(first, end):
        nodes[stage, i] = cells[BIAS, i] - nodes[END, i]
    # A link adds at its own part and, if mirrored, at one before.
    for other in range(part if given(network.links.mirrored) else 0, sums.shape[0]):
        for i in range(first, end):
            nodes[stage, i] += sums[other, i]
    for i in range(first, end):
        nodes[stage, i] /= cells[TAU, i]
    if renew:
        to_first_column(rows, uniform, first, end)
        _fill_column(rows, cells, nodes, stage, uniform, first, end)


@inner
def to_first_column(rows: Rows, uniform: bool, first: Index, end: Index) -> None:
    """The end of the step before becomes stage 0."""
    right, left, decay = rows.right, rows.left, rows.decay
    for i in range(first, end):
        right[i, 0] = right[i, 6]
        left[i, 0] = left[i, 6]
        if not uniform:
            decay[i, 0] = decay[i, 6]


@summing
def measure(
    room: Room,
    x: FloatArray,
    h: float,
    limits: tuple[float, float, float],
    found: FloatArray,
    part: Index,
    first: Index,
    end: Index,
) -> None:
    """Errors, and what tells of stiffness (Hairer & Wanner, section IV.2), of activities.

    limits : relative and absolute tolerance, and the largest |x| allowed
    """
    nodes, algebra = room.nodes, room.rows.algebra
    relative, absolute, limit = limits
    errors, slopes, states, sizes, beyond = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(first, end):
        miss, gap = 0.0, 0.0
        for m in range(7):
            miss += algebra[PLAN + ERROR, m] * nodes[m, i]
            gap += algebra[PLAN + GAP, m] * nodes[m, i]
        start, size = abs(x[i]), abs(nodes[END, i])
        beyond += 0.0 if size <= limit else 1.0
        size = larger(start, size)
        scaled, change = h * miss / (absolute + relative * size), nodes[6, i] - nodes[5, i]
        errors += scaled * scaled
        states += gap * gap
        slopes += change * change
        sizes += size * size
    found[part, ERRORS], found[part, SLOPES] = errors, slopes
    found[part, STATES], found[part, SIZES] = states, sizes
    found[part, BEYOND] = beyond


@inner
def largest(values: FloatArray, first: Index, end: Index) -> tuple[float, Index]:
    """Size of the value that is largest, or not a number, and where it is."""
    size, where = -1.0, first
    for i in range(first, end):
        if not abs(values[i]) <= size:
            size, where = abs(values[i]), i
            if math.isnan(size):
                break
    return size, where


@inner
def nodes_move(
    cells: FloatArray, nodes: FloatArray, settle: float, first: Index, end: Index
) -> bool:
    """Whether some activity is farther than `settle` from where it would halt."""
    for i in range(first, end):
        if not abs(nodes[6, i] * cells[TAU, i]) <= settle * (1.0 + abs(nodes[END, i])):
            return True
    return False


@inner
def report(
    links: Links,
    room: Room,
    record: Record,
    state: tuple[FloatArray, FloatArray],
    step: tuple[float, float, float],
    times: tuple[Index, Index],
) -> None:
    """Interpolate to times within the step (t, h, h epsilon): those of numbers (first, end)."""
    x, weights = state
    t, h, he = step
    rows, nodes, _ = room
    algebra = rows.algebra
    for done in range(times[0], times[1]):
        dense_weights((record.times[done] - t) / h, algebra)
        for q in range(record.nodes.shape[0]):
            i = record.nodes[q]
            value = x[i]
            for m in range(7):
                value += h * algebra[PLAN + POINT, m] * nodes[m, i]
            record.activity[done, q] = value
        chosen_weights(links, rows, weights, he, record.links, record.weights, done)


@inner
def clear(rows: Rows, first: Index, end: Index) -> None:
    """Zeros from column 1 on: a NaN there would outlive the step that made it."""
    right, left = rows.right, rows.left
    for i in range(first, end):
        for m in range(1, 8):
            right[i, m] = 0.0
            left[i, m] = 0.0


@inner
def accept(nodes: FloatArray, x: FloatArray, first: Index, end: Index) -> None:
    """The end of the step becomes the state, and its slopes those of stage 0."""
    for i in range(first, end):
        x[i] = nodes[END, i]
        nodes[0, i] = nodes[6, i]
