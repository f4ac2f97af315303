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
from .dynamics_jit import given, inner, merged, own, shared, small, value_of
from .dynamics_tableau import ERROR, PENDING, PLAN, POINT, fill_table
from .dynamics_team import Span
from .jit import Index

__all__ = [
    "Links",
    "Rows",
    "chosen_weights",
    "sums_first",
    "sums_inside",
    "sums_last",
    "weights_rest",
    "write_weights",
]


UIntArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]
PairArray: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
Coefficients: TypeAlias = tuple[float, float, float, float, float, float, float, float]


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
    algebra : (ROWS, 8), see `dynamics_tableau`
    """

    right: FloatArray
    left: FloatArray
    decay: FloatArray
    algebra: FloatArray


@small
def _coefficients(
    algebra: FloatArray, row: Index, left: FloatArray, i: Index, drive: float
) -> Coefficients:
    """Alpha of a row, and B of it times post(V) of node i and the drive that all links share."""
    return (
        algebra[row, 0],
        drive * algebra[row, 1] * left[i, 0],
        drive * algebra[row, 2] * left[i, 1],
        drive * algebra[row, 3] * left[i, 2],
        drive * algebra[row, 4] * left[i, 3],
        drive * algebra[row, 5] * left[i, 4],
        drive * algebra[row, 6] * left[i, 5],
        drive * algebra[row, 7] * left[i, 6],
    )


@small
def _early(c: Coefficients, right: FloatArray, j: Index) -> float:
    """What the first three stages learned on a link from node j."""
    return float(c[1] * right[j, 0] + c[2] * right[j, 1] + c[3] * right[j, 2])


@small
def _learned(c: Coefficients, right: FloatArray, j: Index) -> float:
    """What the first six stages learned on a link from node j."""
    early = c[1] * right[j, 0] + c[2] * right[j, 1] + c[3] * right[j, 2]
    return float(early + c[4] * right[j, 3] + c[5] * right[j, 4] + c[6] * right[j, 5])


@inner
def pend(algebra: FloatArray, decay: FloatArray, node: Index, he: float) -> None:
    """Row PENDING for one node, from the step whose weights are not written yet."""
    fill_table(algebra, (np.int64(0), np.int64(6)), decay, node, he)
    for m in range(algebra.shape[1]):
        algebra[PENDING, m] = algebra[6, m]


@inner
def sums_inside(
    links: Links,
    rows: Rows,
    weights: FloatArray,
    stage: Index,
    he: float,
    sums: FloatArray,
    span: Span,
) -> None:
    """Sums at a stage of the step, 0 to 5, from the weights at its start."""
    indptr, source, scale, drive, static, mirrored, uniform = links
    right, left, decay, algebra = rows
    early = stage <= 3
    row, first, end = span
    for i in range(np.uint64(0) if given(mirrored) else first, end):
        sums[row, i] = 0.0
    for i in range(first, end):
        if not given(uniform):
            fill_table(algebra, (np.int64(0), np.int64(stage)), decay, i, he)
        c = _coefficients(algebra, stage, left, i, shared(drive))
        rate, total = shared(scale) * right[i, 7], 0.0
        if early:
            for p in range(indptr[i], indptr[i + 1]):
                j = source[p]
                weight = c[0] * weights[p] + own(drive, p) * _early(c, right, j)
                gain = own(scale, p) * (value_of(static, p) + weight)
                total += gain * right[j, 7]
                if given(mirrored):
                    sums[row, j] += gain * rate
        else:
            for p in range(indptr[i], indptr[i + 1]):
                j = source[p]
                weight = c[0] * weights[p] + own(drive, p) * _learned(c, right, j)
                gain = own(scale, p) * (value_of(static, p) + weight)
                total += gain * right[j, 7]
                if given(mirrored):
                    sums[row, j] += gain * rate
        sums[row, i] += shared(scale) * total


@inner
def sums_first(
    links: Links,
    rows: Rows,
    weights: FloatArray,
    steps: tuple[float, float],
    sums: FloatArray,
    span: Span,
) -> None:
    """Sums at stage 1 where `weights` still lack the step before, and get it on the way.

    steps holds h epsilon of the step before and of this one. Columns 0 to 5 of the rows still
    belong to that step, column 6 is its end, which is stage 0 of this one.
    """
    indptr, source, scale, drive, static, mirrored, uniform = links
    right, left, decay, algebra = rows
    before, he = steps
    zero = np.uint64(0)
    row, first, end = span
    for i in range(np.uint64(0) if given(mirrored) else first, end):
        sums[row, i] = 0.0
    for i in range(first, end):
        if not given(uniform):
            pend(algebra, decay, i, before)
        c = _coefficients(algebra, np.int64(PENDING), left, i, shared(drive))
        # Row 1 of the table of this step: w + h A_10 k_0.
        ahead = algebra[PLAN + 1, 0] * he
        stay = 1.0 - ahead * decay[zero if given(uniform) else i, 6]
        begin = ahead * left[i, 6] * shared(drive)
        rate, total = shared(scale) * right[i, 7], 0.0
        for p in range(indptr[i], indptr[i + 1]):
            j = source[p]
            eta = own(drive, p)
            weight = c[0] * weights[p] + eta * _learned(c, right, j)
            weights[p] = weight
            weight = stay * weight + eta * begin * right[j, 6]
            gain = own(scale, p) * (value_of(static, p) + weight)
            total += gain * right[j, 7]
            if given(mirrored):
                sums[row, j] += gain * rate
        sums[row, i] += shared(scale) * total


@inner
def sums_last(
    links: Links,
    rows: Rows,
    weights: FloatArray,
    he: float,
    tolerance: tuple[float, float],
    sums: FloatArray,
    span: Span,
) -> float:
    """Sums at stage 6, the end of the step; returns the sum of squared scaled errors of weights."""
    indptr, source, scale, drive, static, mirrored, uniform = links
    right, left, decay, algebra = rows
    relative, absolute = tolerance
    last, error = np.int64(6), np.int64(ERROR)
    squares = 0.0
    row, first, end = span
    for i in range(np.uint64(0) if given(mirrored) else first, end):
        sums[row, i] = 0.0
    for i in range(first, end):
        if not given(uniform):
            fill_table(algebra, (np.int64(0), error), decay, i, he)
        c = _coefficients(algebra, last, left, i, shared(drive))
        e = _coefficients(algebra, error, left, i, shared(drive))
        rate, total = shared(scale) * right[i, 7], 0.0
        for p in range(indptr[i], indptr[i + 1]):
            j = source[p]
            start, eta = weights[p], own(drive, p)
            weight = c[0] * start + eta * _learned(c, right, j)
            miss = e[0] * start + eta * (_learned(e, right, j) + e[7] * right[j, 6])
            scaled = miss / (absolute + relative * max(abs(start), abs(weight)))
            squares += scaled * scaled
            gain = own(scale, p) * (value_of(static, p) + weight)
            total += gain * right[j, 7]
            if given(mirrored):
                sums[row, j] += gain * rate
        sums[row, i] += shared(scale) * total
    return squares


@inner
def write_weights(
    links: Links, rows: Rows, weights: FloatArray, he: float, first: Index, end: Index
) -> None:
    """Bring the weights of some nodes to the end of the step that is pending, in place."""
    indptr, source, drive = links.indptr, links.source, links.drive
    right, left, decay, algebra = rows
    for i in range(first, end):
        if not given(links.uniform):
            pend(algebra, decay, i, he)
        c = _coefficients(algebra, np.int64(PENDING), left, i, shared(drive))
        for p in range(indptr[i], indptr[i + 1]):
            weights[p] = c[0] * weights[p] + own(drive, p) * _learned(c, right, source[p])


@merged
def chosen_weights(
    links: Links,
    rows: Rows,
    weights: FloatArray,
    he: float,
    chosen: PairArray,
    out: FloatArray,
    row: Index,
) -> None:
    """Weights of chosen links (2, q: numbers, targets) by the plan's row POINT, into `out[row]`.

    The table must hold the rows of the stages where the network is uniform.
    """
    right, left, decay, algebra = rows
    drive, uniform = links.drive, given(links.uniform)
    zero, last, point = np.int64(0), np.int64(6), np.int64(POINT)
    if uniform:
        fill_table(algebra, (point, point), decay, np.uint64(0), he)
    for q in range(chosen.shape[1]):
        p, i = np.uint64(chosen[0, q]), np.uint64(chosen[1, q])
        if not uniform and (q == 0 or i != chosen[1, q - 1]):
            fill_table(algebra, (zero, last), decay, i, he)
            fill_table(algebra, (point, point), decay, i, he)
        c = _coefficients(algebra, point, left, i, shared(drive))
        j = links.source[p]
        push = _learned(c, right, j) + c[7] * right[j, 6]
        out[row, q] = c[0] * weights[p] + own(drive, p) * push


@merged
def weights_rest(
    links: Links, rows: Rows, weights: FloatArray, settle: float, first: Index, end: Index
) -> bool:
    """Whether weights, written to the end of the step, are within `settle` of their halt."""
    right, left, decay = rows.right, rows.left, rows.decay
    zero = np.uint64(0)
    for i in range(first, end):
        push = left[i, 6] / decay[zero if given(links.uniform) else i, 6]
        for p in range(links.indptr[i], links.indptr[i + 1]):
            halt = value_of(links.drive, p) * push * right[links.source[p], 6]
            # Not "greater": NaN must count as unsettled.
            if not abs(halt - weights[p]) <= settle * (1.0 + abs(weights[p])):
                return False
    return True
