"""Passes over the links of a network: all that depends on weights in a step of the dynamics.

A link is an arc, or, where the weights of both directions stay equal, an undirected edge stored
once with its end of higher number as target ("mirrored"; a self-loop then counts at both ends,
with half its scale). A pass reads each weight once; what it needs of the node at the source of
a link lies in one row of eight numbers, one cache line. See `dynamics_tableau` for the algebra.

Indices are unsigned, because numba guards signed ones against negative values. Fast-math flags
allow sums to be reordered, not NaN or infinity to be neglected; no proof rests on these kernels.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from .._types import FloatArray
from .dynamics_tableau import ERROR, POINT, fill_row, fill_table
from .jit import Index, inner, inner_fast

__all__ = [
    "Links",
    "Nodes",
    "Stages",
    "chosen_weights",
    "first_sums",
    "last_sums",
    "stage_sums",
    "weights_rest",
    "write_weights",
]


UIntArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]


class Links(NamedTuple):
    """Links grouped by target; the three parameters are arrays, or one number repeated."""

    indptr: np.ndarray[tuple[int], np.dtype[np.uint64]]
    source: UIntArray
    scale: FloatArray
    drive: FloatArray
    static: FloatArray
    mirrored: bool


class Nodes(NamedTuple):
    """Parameters of the nodes: n values each, post (n, 3), pre (n, 2).

    `uniform` says that all weights decay alike, at decay[0], so that one table serves all.
    """

    bias: FloatArray
    tau: FloatArray
    gain: FloatArray
    threshold: FloatArray
    post: FloatArray
    pre: FloatArray
    decay: FloatArray
    growth: FloatArray
    kind: int
    uniform: bool


class Stages(NamedTuple):
    """What a step remembers.

    right : (n, 8), pre(V) of stages 0 to 6 and, last, V of the current stage
    left : (n, 8), post(V) of stages 0 to 6; the same array where the rule is symmetric
    slope : (n, 8), dx/dt of stages 0 to 6
    decay : (n, 8), decay of the weights into a node at stages 0 to 6; (1, 8) when uniform
    table : (9, 8), see `dynamics_tableau`
    pending : (9, 8), table of the step whose weights are not written yet
    own : (9, 8), room for the table of one node
    plan : (9, 8), the coefficients A, and in row POINT a chosen combination of stages
    sums : (n,), sum_j a_ij (u_ij + w_ij) V_j at the current stage
    """

    right: FloatArray
    left: FloatArray
    slope: FloatArray
    decay: FloatArray
    table: FloatArray
    pending: FloatArray
    own: FloatArray
    plan: FloatArray
    sums: FloatArray


@inner_fast
def stage_sums(
    links: Links, nodes: Nodes, stages: Stages, weights: FloatArray, stage: Index, he: float
) -> None:
    """Sums at a stage from 1 to 5, from the weights at the start of the step."""
    indptr, source, mirrored = links.indptr, links.source, links.mirrored
    scale, drive_of, static = links.scale, links.drive, links.static
    right, left, sums, decay = stages.right, stages.left, stages.sums, stages.decay
    plan, uniform = stages.plan, nodes.uniform
    table = stages.table if uniform else stages.own
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    for i in range(sums.shape[0]):
        if not uniform:
            fill_table(table, stage, plan, decay, i, he)
        alpha = table[stage, 0]
        c0 = table[stage, 1] * left[i, 0]
        c1 = table[stage, 2] * left[i, 1]
        c2 = table[stage, 3] * left[i, 2]
        c3 = table[stage, 4] * left[i, 3]
        c4 = table[stage, 5] * left[i, 4]
        rate = right[i, 7]
        total = 0.0
        for p in range(indptr[i], indptr[i + 1]):
            j = source[p]
            drive = (
                c0 * right[j, 0]
                + c1 * right[j, 1]
                + c2 * right[j, 2]
                + c3 * right[j, 3]
                + c4 * right[j, 4]
            )
            gain = scale[p] * (static[p] + alpha * weights[p] + drive_of[p] * drive)
            total += gain * right[j, 7]
            if mirrored:
                sums[j] += gain * rate
        sums[i] += total


@inner_fast
def first_sums(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    weights: FloatArray,
    he_before: float,
    he: float,
) -> None:
    """Write the weights of the step before, and form the sums at stage 1 of the next.

    Columns 0 to 5 of the rows still hold the step before, column 6 its end, which is stage 0
    of the step now beginning.
    """
    indptr, source, mirrored = links.indptr, links.source, links.mirrored
    scale, drive_of, static = links.scale, links.drive, links.static
    right, left, sums, decay = stages.right, stages.left, stages.sums, stages.decay
    plan, uniform = stages.plan, nodes.uniform
    table = stages.pending if uniform else stages.own
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    for i in range(sums.shape[0]):
        if not uniform:
            fill_table(table, np.int64(6), plan, decay, i, he_before)
        alpha = table[6, 0]
        c0, c1 = table[6, 1] * left[i, 0], table[6, 2] * left[i, 1]
        c2, c3 = table[6, 3] * left[i, 2], table[6, 4] * left[i, 3]
        c4, c5 = table[6, 5] * left[i, 4], table[6, 6] * left[i, 5]
        now = decay[0, 6] if uniform else decay[i, 6]
        stay = 1.0 - 0.2 * he * now  # row 1 of the table: w + (h / 5) k_0
        push = 0.2 * he * left[i, 6]
        rate = right[i, 7]
        total = 0.0
        for p in range(indptr[i], indptr[i + 1]):
            j = source[p]
            drive = (
                c0 * right[j, 0]
                + c1 * right[j, 1]
                + c2 * right[j, 2]
                + c3 * right[j, 3]
                + c4 * right[j, 4]
                + c5 * right[j, 5]
            )
            weight = alpha * weights[p] + drive_of[p] * drive
            weights[p] = weight
            gain = scale[p] * (static[p] + stay * weight + drive_of[p] * push * right[j, 6])
            total += gain * right[j, 7]
            if mirrored:
                sums[j] += gain * rate
        sums[i] += total


@inner_fast
def last_sums(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    weights: FloatArray,
    he: float,
    tolerance: tuple[float, float],
) -> float:
    """Sums at the end of the step; returns the sum of squared scaled errors of the weights."""
    indptr, source, mirrored = links.indptr, links.source, links.mirrored
    scale, drive_of, static = links.scale, links.drive, links.static
    right, left, sums, decay = stages.right, stages.left, stages.sums, stages.decay
    plan, uniform = stages.plan, nodes.uniform
    relative, absolute = tolerance
    table = stages.table if uniform else stages.own
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    squares = 0.0
    for i in range(sums.shape[0]):
        if not uniform:
            fill_table(table, np.int64(ERROR), plan, decay, i, he)
        alpha, alpha_error = table[6, 0], table[ERROR, 0]
        c0, c1 = table[6, 1] * left[i, 0], table[6, 2] * left[i, 1]
        c2, c3 = table[6, 3] * left[i, 2], table[6, 4] * left[i, 3]
        c4, c5 = table[6, 5] * left[i, 4], table[6, 6] * left[i, 5]
        e0, e1 = table[ERROR, 1] * left[i, 0], table[ERROR, 2] * left[i, 1]
        e2, e3 = table[ERROR, 3] * left[i, 2], table[ERROR, 4] * left[i, 3]
        e4, e5 = table[ERROR, 5] * left[i, 4], table[ERROR, 6] * left[i, 5]
        e6 = table[ERROR, 7] * left[i, 6]
        rate = right[i, 7]
        total = 0.0
        for p in range(indptr[i], indptr[i + 1]):
            j = source[p]
            r0, r1, r2, r3 = right[j, 0], right[j, 1], right[j, 2], right[j, 3]
            r4, r5, r6 = right[j, 4], right[j, 5], right[j, 6]
            drive = c0 * r0 + c1 * r1 + c2 * r2 + c3 * r3 + c4 * r4 + c5 * r5
            start = weights[p]
            weight = alpha * start + drive_of[p] * drive
            miss = e0 * r0 + e1 * r1 + e2 * r2 + e3 * r3 + e4 * r4 + e5 * r5 + e6 * r6
            miss = alpha_error * start + drive_of[p] * miss
            scaled = miss / (absolute + relative * max(abs(start), abs(weight)))
            squares += scaled * scaled
            gain = scale[p] * (static[p] + weight)
            total += gain * right[j, 7]
            if mirrored:
                sums[j] += gain * rate
        sums[i] += total
    return squares


@inner
def _prepare(nodes: Nodes, stages: Stages, i: Index, he: float) -> None:
    """Row POINT of the own table: weights into node i by the combination in plan[POINT]."""
    k = np.int64(0) if nodes.uniform else np.int64(i)
    fill_table(stages.own, np.int64(6), stages.plan, stages.decay, k, he)
    fill_row(stages.own, np.int64(POINT), (stages.plan, np.int64(POINT)), stages.decay, k, he)


@inner_fast
def _drive(own: FloatArray, left: FloatArray, right: FloatArray, i: Index, j: Index) -> float:
    total = 0.0
    for m in range(7):
        total += own[POINT, 1 + m] * left[i, m] * right[j, m]
    return total


@inner
def end_of_step(stages: Stages) -> None:
    """Make the chosen combination that of the end of a step."""
    for m in range(8):
        stages.plan[POINT, m] = stages.plan[6, m]


@inner
def write_weights(
    links: Links, nodes: Nodes, stages: Stages, weights: FloatArray, he: float
) -> None:
    """Bring all weights to the end of the step, in place."""
    indptr, source, drive = links.indptr, links.source, links.drive
    right, left, own = stages.right, stages.left, stages.own
    end_of_step(stages)
    for i in range(stages.sums.shape[0]):
        if i == 0 or not nodes.uniform:
            _prepare(nodes, stages, i, he)
        for p in range(indptr[i], indptr[i + 1]):
            push = drive[p] * _drive(own, left, right, i, source[p])
            weights[p] = own[POINT, 0] * weights[p] + push


@inner
def chosen_weights(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    weights: FloatArray,
    he: float,
    chosen: tuple[UIntArray, UIntArray],
    out: FloatArray,
    row: Index,
) -> None:
    """Weights of chosen links (numbers, targets) by plan[POINT], into a row of `out`."""
    numbers, targets = chosen
    source, drive = links.source, links.drive
    right, left, own = stages.right, stages.left, stages.own
    before = np.int64(-1)
    for q in range(numbers.shape[0]):
        p, i = np.uint64(numbers[q]), np.int64(targets[q])
        if before < 0 or (i != before and not nodes.uniform):
            _prepare(nodes, stages, i, he)
        before = i
        push = drive[p] * _drive(own, left, right, i, source[p])
        out[row, q] = own[POINT, 0] * weights[p] + push


@inner
def weights_rest(
    links: Links, nodes: Nodes, stages: Stages, weights: FloatArray, he: float, settle: float
) -> bool:
    """Whether every weight at the end of the step is within `settle` of where learning halts."""
    indptr, source, drive = links.indptr, links.source, links.drive
    right, left, own, decay = stages.right, stages.left, stages.own, stages.decay
    end_of_step(stages)
    for i in range(stages.sums.shape[0]):
        if i == 0 or not nodes.uniform:
            _prepare(nodes, stages, i, he)
        now = decay[0, 6] if nodes.uniform else decay[i, 6]
        for p in range(indptr[i], indptr[i + 1]):
            j = source[p]
            weight = own[POINT, 0] * weights[p] + drive[p] * _drive(own, left, right, i, j)
            halt = drive[p] * left[i, 6] * right[j, 6] / now
            # Not "greater": NaN must count as unsettled.
            if not abs(halt - weight) <= settle * (1.0 + abs(weight)):
                return False
    return True
