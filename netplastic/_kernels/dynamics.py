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
from .dynamics_jit import Index, inner, inner_fast
from .dynamics_tableau import ERROR, POINT, A, fill_row, fill_table

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
    sums : (n,), sum_j a_ij (u_ij + w_ij) V_j at the current stage
    """

    right: FloatArray
    left: FloatArray
    slope: FloatArray
    decay: FloatArray
    table: FloatArray
    pending: FloatArray
    own: FloatArray
    sums: FloatArray


@inner
def _table_of(
    nodes: Nodes, stages: Stages, shared: FloatArray, i: Index, last: Index, he: float
) -> FloatArray:
    """Table up to row `last` for the weights into node i; `shared` where one serves all."""
    if nodes.uniform:
        return shared
    fill_table(stages.own, last, stages.decay[i], he)
    return stages.own


@inner_fast
def stage_sums(
    links: Links, nodes: Nodes, stages: Stages, weights: FloatArray, stage: Index, he: float
) -> None:
    """Sums at a stage from 1 to 5, from the weights at the start of the step."""
    right, left, sums = stages.right, stages.left, stages.sums
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    for i in range(sums.shape[0]):
        row = _table_of(nodes, stages, stages.table, i, stage, he)[stage]
        alpha = row[0]
        c0, c1, c2 = row[1] * left[i, 0], row[2] * left[i, 1], row[3] * left[i, 2]
        c3, c4 = row[4] * left[i, 3], row[5] * left[i, 4]
        rate = right[i, 7]
        total = 0.0
        for p in range(links.indptr[i], links.indptr[i + 1]):
            j = links.source[p]
            drive = (
                c0 * right[j, 0]
                + c1 * right[j, 1]
                + c2 * right[j, 2]
                + c3 * right[j, 3]
                + c4 * right[j, 4]
            )
            gain = links.scale[p] * (links.static[p] + alpha * weights[p] + links.drive[p] * drive)
            total += gain * right[j, 7]
            if links.mirrored:
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
    right, left, sums = stages.right, stages.left, stages.sums
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    for i in range(sums.shape[0]):
        row = _table_of(nodes, stages, stages.pending, i, np.int64(6), he_before)[6]
        alpha = row[0]
        c0, c1, c2 = row[1] * left[i, 0], row[2] * left[i, 1], row[3] * left[i, 2]
        c3, c4, c5 = row[4] * left[i, 3], row[5] * left[i, 4], row[6] * left[i, 5]
        decay = stages.decay[0, 6] if nodes.uniform else stages.decay[i, 6]
        stay = 1.0 - 0.2 * he * decay  # row 1 of the table: w + (h / 5) k_0
        push = 0.2 * he * left[i, 6]
        rate = right[i, 7]
        total = 0.0
        for p in range(links.indptr[i], links.indptr[i + 1]):
            j = links.source[p]
            drive = (
                c0 * right[j, 0]
                + c1 * right[j, 1]
                + c2 * right[j, 2]
                + c3 * right[j, 3]
                + c4 * right[j, 4]
                + c5 * right[j, 5]
            )
            weight = alpha * weights[p] + links.drive[p] * drive
            weights[p] = weight
            gain = links.scale[p] * (
                links.static[p] + stay * weight + links.drive[p] * push * right[j, 6]
            )
            total += gain * right[j, 7]
            if links.mirrored:
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
    right, left, sums = stages.right, stages.left, stages.sums
    relative, absolute = tolerance
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    squares = 0.0
    for i in range(sums.shape[0]):
        table = _table_of(nodes, stages, stages.table, i, np.int64(ERROR), he)
        row, error = table[6], table[ERROR]
        alpha, alpha_error = row[0], error[0]
        c0, c2, c3 = row[1] * left[i, 0], row[3] * left[i, 2], row[4] * left[i, 3]
        c1, c4, c5 = row[2] * left[i, 1], row[5] * left[i, 4], row[6] * left[i, 5]
        e0, e2, e3 = error[1] * left[i, 0], error[3] * left[i, 2], error[4] * left[i, 3]
        e1, e4, e5 = error[2] * left[i, 1], error[5] * left[i, 4], error[6] * left[i, 5]
        e6 = error[7] * left[i, 6]
        rate = right[i, 7]
        total = 0.0
        for p in range(links.indptr[i], links.indptr[i + 1]):
            j = links.source[p]
            r0, r1, r2, r3 = right[j, 0], right[j, 1], right[j, 2], right[j, 3]
            r4, r5, r6 = right[j, 4], right[j, 5], right[j, 6]
            drive = c0 * r0 + c1 * r1 + c2 * r2 + c3 * r3 + c4 * r4 + c5 * r5
            start = weights[p]
            weight = alpha * start + links.drive[p] * drive
            miss = e0 * r0 + e1 * r1 + e2 * r2 + e3 * r3 + e4 * r4 + e5 * r5 + e6 * r6
            miss = alpha_error * start + links.drive[p] * miss
            scaled = miss / (absolute + relative * max(abs(start), abs(weight)))
            squares += scaled * scaled
            gain = links.scale[p] * (links.static[p] + weight)
            total += gain * right[j, 7]
            if links.mirrored:
                sums[j] += gain * rate
        sums[i] += total
    return squares


@inner
def _row_of(
    nodes: Nodes, stages: Stages, combination: FloatArray, i: Index, he: float
) -> FloatArray:
    """Row of the weights w + h sum_l combination_l k_l into node i."""
    decay = stages.decay[0] if nodes.uniform else stages.decay[i]
    fill_table(stages.own, np.int64(6), decay, he)
    fill_row(stages.own, np.int64(POINT), combination, decay, he)
    row: FloatArray = stages.own[POINT]
    return row


@inner_fast
def _weight(
    links: Links, stages: Stages, row: FloatArray, start: float, i: Index, p: Index
) -> float:
    j = links.source[p]
    drive = 0.0
    for m in range(7):
        drive += row[1 + m] * stages.left[i, m] * stages.right[j, m]
    weight: float = row[0] * start + links.drive[p] * drive
    return weight


@inner
def _end_of_step() -> FloatArray:
    end = np.empty(8)
    for m in range(8):
        end[m] = A[6, m]
    return end


@inner
def write_weights(
    links: Links, nodes: Nodes, stages: Stages, weights: FloatArray, he: float
) -> None:
    """Bring all weights to the end of the step, in place."""
    end = _end_of_step()
    for i in range(stages.sums.shape[0]):
        row = _row_of(nodes, stages, end, i, he)
        for p in range(links.indptr[i], links.indptr[i + 1]):
            weights[p] = _weight(links, stages, row, weights[p], i, p)


@inner
def chosen_weights(
    links: Links,
    nodes: Nodes,
    stages: Stages,
    weights: FloatArray,
    he: float,
    combination: FloatArray,
    chosen: tuple[UIntArray, UIntArray],
    out: FloatArray,
) -> None:
    """Weights w + h sum_l combination_l k_l of chosen links (numbers, targets)."""
    numbers, targets = chosen
    before = np.int64(-1)
    row = stages.own[POINT]
    for q in range(numbers.shape[0]):
        i = np.int64(targets[q])
        if i != before:
            row = _row_of(nodes, stages, combination, i, he)
            before = i
        out[q] = _weight(links, stages, row, weights[numbers[q]], i, np.uint64(numbers[q]))


@inner
def weights_rest(
    links: Links, nodes: Nodes, stages: Stages, weights: FloatArray, he: float, settle: float
) -> bool:
    """Whether every weight at the end of the step is within `settle` of where learning halts."""
    end = _end_of_step()
    for i in range(stages.sums.shape[0]):
        row = _row_of(nodes, stages, end, i, he)
        decay = stages.decay[0, 6] if nodes.uniform else stages.decay[i, 6]
        for p in range(links.indptr[i], links.indptr[i + 1]):
            weight = _weight(links, stages, row, weights[p], i, p)
            drive = links.drive[p] * stages.left[i, 6] * stages.right[links.source[p], 6]
            # Not "greater": NaN must count as unsettled.
            if not abs(drive / decay - weight) <= settle * (1.0 + abs(weight)):
                return False
    return True
