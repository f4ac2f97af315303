"""Passes over the links of a network: all that depends on weights in a step of the dynamics.

A link is an arc, or, where the weights of both directions stay equal, an undirected edge stored
once with its end of higher number as target ("mirrored"; a self-loop then counts at both ends,
with half its scale). A pass reads each weight once; what it needs of the node at the source of
a link lies in one row of eight numbers, one cache line. See `dynamics_tableau` for the algebra.

Indices are unsigned, because numba guards signed ones against negative values.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from .._types import FloatArray
from .dynamics_jit import contracted, given, merged, value_of
from .dynamics_tableau import ERROR, FIRST, PENDING, POINT, SECOND, fill_table
from .jit import Index, inner

__all__ = [
    "Links",
    "Rows",
    "chosen_weights",
    "keep_pending",
    "sums_at",
    "weights_rest",
    "write_weights",
]


UIntArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]


class Links(NamedTuple):
    """Links grouped by target; the three parameters are arrays, or one number for all links.

    `uniform` says that all weights decay alike, so that one table serves all. Flags are True or
    None, so that the kernels are compiled for the case at hand.
    """

    indptr: np.ndarray[tuple[int], np.dtype[np.uint64]]
    source: UIntArray
    scale: float | FloatArray
    drive: float | FloatArray
    static: float | FloatArray
    mirrored: Literal[True] | None
    uniform: Literal[True] | None


class Rows(NamedTuple):
    """What a step remembers of each node for the sake of the links.

    right : (n, 8), pre(V) of stages 0 to 6 and, last, V of the current stage
    left : (n, 8), post(V) of stages 0 to 6; the same array where the rule is symmetric
    decay : (n, 8), decay of the weights into a node at stages 0 to 6; (1, 8) when uniform
    sums : (n,), sum_j a_ij (u_ij + w_ij) V_j at the current stage
    algebra : (ROWS, 8), see `dynamics_tableau`
    """

    right: FloatArray
    left: FloatArray
    decay: FloatArray
    sums: FloatArray
    algebra: FloatArray


@inner
def _weigh(algebra: FloatArray, row: Index, into: Index, left: FloatArray, i: Index) -> float:
    """B of a row times post(V) of node i, into another row; returns alpha."""
    for m in range(7):
        algebra[into, m] = algebra[row, 1 + m] * left[i, m]
    return float(algebra[row, 0])


@inner
def pend(algebra: FloatArray, decay: FloatArray, node: Index, he: float) -> None:
    """Row PENDING for one node, from the step whose weights are not written yet."""
    fill_table(algebra, (np.int64(0), np.int64(6)), decay, node, he)
    keep_pending(algebra)


@merged
def keep_pending(algebra: FloatArray) -> None:
    """Save the row of the end of the step, before the table of the next one is made."""
    for m in range(algebra.shape[1]):
        algebra[PENDING, m] = algebra[6, m]


@merged
def sums_at(
    links: Links,
    rows: Rows,
    weights: FloatArray,
    stage: Index,
    steps: tuple[float, float],
    tolerance: tuple[float, float],
) -> float:
    """Sums at a stage of the step, from the weights at its start.

    steps holds h epsilon of the step before, or zero, and of this one. Where the first is not
    zero (stage 1 only), `weights` still lacks the step before and gets it on the way: columns 0
    to 5 of the rows still hold that step, column 6 its end, which is stage 0 of this one. At
    stage 6, the end, returns the sum of squared scaled errors of the weights.
    """
    indptr, source, scale, drive, static, mirrored, uniform = links
    right, left, decay, sums, algebra = rows
    before, he = steps
    writes, final = before > 0.0, stage == 6
    row, error = np.int64(PENDING if writes else stage), np.int64(ERROR)
    first, second = np.int64(FIRST), np.int64(SECOND)
    relative, absolute = tolerance
    squares = 0.0
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    for i in range(sums.shape[0]):
        if not given(uniform):
            if writes:
                pend(algebra, decay, i, before)
            else:
                fill_table(algebra, (np.int64(0), error if final else row), decay, i, he)
        alpha = _weigh(algebra, row, first, left, i)
        alpha_error = _weigh(algebra, error, second, left, i) if final else 0.0
        c0, c1, c2 = algebra[FIRST, 0], algebra[FIRST, 1], algebra[FIRST, 2]
        c3, c4, c5 = algebra[FIRST, 3], algebra[FIRST, 4], algebra[FIRST, 5]
        e0, e1, e2 = algebra[SECOND, 0], algebra[SECOND, 1], algebra[SECOND, 2]
        e3, e4, e5 = algebra[SECOND, 3], algebra[SECOND, 4], algebra[SECOND, 5]
        e6 = algebra[SECOND, 6]
        # Row 1 of the table of this step: w + (h / 5) k_0.
        stay = 1.0 - 0.2 * he * decay[0 if given(uniform) else i, 6]
        begin = 0.2 * he * left[i, 6]
        rate, total = right[i, 7], 0.0
        for p in range(indptr[i], indptr[i + 1]):
            j = source[p]
            r0, r1, r2, r3 = right[j, 0], right[j, 1], right[j, 2], right[j, 3]
            r4, r5 = right[j, 4], right[j, 5]
            start, eta = weights[p], value_of(drive, p)
            push = c0 * r0 + c1 * r1 + c2 * r2 + c3 * r3 + c4 * r4 + c5 * r5
            weight = alpha * start + eta * push
            if writes:
                weights[p] = weight
                weight = stay * weight + eta * begin * right[j, 6]
            if final:
                pull = e0 * r0 + e1 * r1 + e2 * r2 + e3 * r3 + e4 * r4 + e5 * r5 + e6 * right[j, 6]
                miss = alpha_error * start + eta * pull
                scaled = miss / (absolute + relative * max(abs(start), abs(weight)))
                squares += scaled * scaled
            gain = value_of(scale, p) * (value_of(static, p) + weight)
            total += gain * right[j, 7]
            if given(mirrored):
                sums[j] += gain * rate
        sums[i] += total
    return squares


@contracted
def write_weights(links: Links, rows: Rows, weights: FloatArray, he: float) -> None:
    """Bring all weights to the end of the step that is pending, in place."""
    indptr, source, drive = links.indptr, links.source, links.drive
    right, left, algebra = rows.right, rows.left, rows.algebra
    for i in range(right.shape[0]):
        if not given(links.uniform):
            pend(algebra, rows.decay, i, he)
        alpha = _weigh(algebra, np.int64(PENDING), np.int64(FIRST), left, i)
        for p in range(indptr[i], indptr[i + 1]):
            j, push = source[p], 0.0
            for m in range(6):
                push += algebra[FIRST, m] * right[j, m]
            weights[p] = alpha * weights[p] + value_of(drive, p) * push


@merged
def chosen_weights(
    links: Links,
    rows: Rows,
    weights: FloatArray,
    he: float,
    chosen: tuple[UIntArray, UIntArray],
    out: FloatArray,
    row: Index,
) -> None:
    """Weights of chosen links (numbers, targets) by the plan's row POINT, into a row of `out`.

    The table must hold the rows of the stages where the network is uniform.
    """
    numbers, targets = chosen
    right, algebra, uniform = rows.right, rows.algebra, given(links.uniform)
    zero, last, point = np.int64(0), np.int64(6), np.int64(POINT)
    before, alpha = np.int64(-1), 0.0
    for q in range(numbers.shape[0]):
        p, i = np.uint64(numbers[q]), np.int64(targets[q])
        if i != before:
            if not uniform:
                fill_table(algebra, (zero, last), rows.decay, i, he)
            if before < 0 or not uniform:
                fill_table(algebra, (point, point), rows.decay, zero if uniform else i, he)
            alpha = _weigh(algebra, point, np.int64(FIRST), rows.left, i)
            before = i
        j, push = links.source[p], 0.0
        for m in range(right.shape[1] - 1):
            push += algebra[FIRST, m] * right[j, m]
        out[row, q] = alpha * weights[p] + value_of(links.drive, p) * push


@merged
def weights_rest(links: Links, rows: Rows, weights: FloatArray, settle: float) -> bool:
    """Whether every weight, written to the end of the step, is within `settle` of its halt."""
    right, left, decay = rows.right, rows.left, rows.decay
    for i in range(right.shape[0]):
        push = left[i, 6] / decay[0 if given(links.uniform) else i, 6]
        for p in range(links.indptr[i], links.indptr[i + 1]):
            halt = value_of(links.drive, p) * push * right[links.source[p], 6]
            # Not "greater": NaN must count as unsettled.
            if not abs(halt - weights[p]) <= settle * (1.0 + abs(weights[p])):
                return False
    return True
