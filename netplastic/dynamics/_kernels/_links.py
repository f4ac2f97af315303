"""Passes over the links of a network: all that depends on weights in a step of the dynamics.

A link is an arc, or, where the weights of both directions stay equal, an undirected edge stored
once with its end of higher number as target ("mirrored"; a self-loop then counts at both ends,
with half its scale). A pass reads each weight once; what it needs of the node at the source of
a link lies in one row of eight numbers, one cache line. See `dynamics_tableau` for the algebra.

Indices are unsigned, because numba guards signed ones against negative values.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from netplastic._support import FloatArray, Index

from ._jit import inner, small
from ._parameters import given, one_of, own, shared, value_of
from ._quads import (
    Quad,
    absolute,
    add_to,
    column,
    dots,
    entries,
    halves,
    in_row,
    keep,
    larger,
    numbers,
    quad,
    total,
    up_to,
    without_last,
)
from ._tableau import ALPHA, ERROR, PENDING, PLAN, POINT, fill_table
from ._team import Span

__all__ = [
    "FOUR",
    "Links",
    "Place",
    "Rows",
    "chosen_weights",
    "clear_sums",
    "ends_of_row",
    "sums_first",
    "sums_inside",
    "sums_last",
    "weights_rest",
    "write_weights",
]


UIntArray: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]
PairArray: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
Place: TypeAlias = tuple[Index, Index, Index]
"""A row of the sums, a link, and how many are meant, of which at most four are taken."""

FOUR = np.uint64(4)


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
) -> tuple[float, Quad, Quad]:
    """Alpha of a row, and B of it times post(V) of node i and the drive that all links share."""
    low = drive * in_row(algebra, row, 0) * in_row(left, i, 0)
    high = drive * in_row(algebra, row, 1) * in_row(left, i, 1)
    return algebra[row, ALPHA], low, without_last(high)


@inner
def pend(algebra: FloatArray, decay: FloatArray, node: Index, he: float) -> None:
    """Row PENDING for one node, from the step whose weights are not written yet."""
    fill_table(algebra, (np.int64(0), np.int64(6)), decay, node, he)
    for m in range(algebra.shape[1]):
        algebra[PENDING, m] = algebra[6, m]


@small
def ends_of_row(links: Links, i: Index) -> tuple[Index, Index, Index]:
    """The links into a node: the first, the end of whole quads, and the end."""
    start: Any = links.indptr[i]
    stop: Any = links.indptr[i + 1]
    return start, start + (stop - start) // FOUR * FOUR, stop


@small
def clear_sums(sums: FloatArray, first: Index, end: Index, row: Index) -> None:
    for i in range(first, end):
        sums[row, i] = 0.0


@small
def _pass_on(
    links: Links,
    right: FloatArray,
    sums: FloatArray,
    place: Place,
    rate: float,
    j: Any,
    weight: Quad,
) -> Quad:
    """What links of some weights bring to their target; mirrored ones add at their sources too.

    rate : V of the target, times the scale that all links share
    """
    row, p, count = place
    weight = up_to(value_of(links.static, p, count) + weight, count)
    gain = own(links.scale, p, count) * weight
    if given(links.mirrored):
        add_to(sums, row, j, gain * rate)
    return gain * column(right, j, 7)


@small
def _inside(
    links: Links,
    right: FloatArray,
    weights: FloatArray,
    sums: FloatArray,
    place: Place,
    rate: float,
    c: tuple[float, Quad, Quad],
) -> Quad:
    _, p, count = place
    alpha, low, high = c
    j = numbers(links.source, p, count)
    learned = own(links.drive, p, count) * dots(low, high, right, j)
    weight = alpha * entries(weights, p, count) + learned
    return _pass_on(links, right, sums, place, rate, j, weight)


@small
def _early(
    links: Links,
    right: FloatArray,
    weights: FloatArray,
    sums: FloatArray,
    place: Place,
    rate: float,
    c: tuple[float, Quad, Quad],
) -> Quad:
    """`_inside` where the last four coefficients are zero."""
    _, p, count = place
    alpha, low, _ = c
    j = numbers(links.source, p, count)
    learned = own(links.drive, p, count) * halves(low, right, j)
    weight = alpha * entries(weights, p, count) + learned
    return _pass_on(links, right, sums, place, rate, j, weight)


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
    right, left, decay, algebra = rows
    row, first, end = span
    clear_sums(sums, np.uint64(0) if given(links.mirrored) else first, end, row)
    for i in range(first, end):
        start, whole, stop = ends_of_row(links, i)
        if not given(links.uniform):
            fill_table(algebra, (np.int64(0), np.int64(stage)), decay, i, he)
        c = _coefficients(algebra, stage, left, i, shared(links.drive))
        rate, gained = shared(links.scale) * right[i, 7], quad(0.0)
        if stage <= 4:
            for p in range(start, whole, FOUR):
                gained += _early(links, right, weights, sums, (row, p, FOUR), rate, c)
            if whole < stop:
                rest = (row, whole, stop - whole)
                gained += _early(links, right, weights, sums, rest, rate, c)
        else:
            for p in range(start, whole, FOUR):
                gained += _inside(links, right, weights, sums, (row, p, FOUR), rate, c)
            if whole < stop:
                rest = (row, whole, stop - whole)
                gained += _inside(links, right, weights, sums, rest, rate, c)
        sums[row, i] += shared(links.scale) * total(gained)


@small
def _first(
    links: Links,
    right: FloatArray,
    weights: FloatArray,
    sums: FloatArray,
    place: Place,
    rate: float,
    c: tuple[float, Quad, Quad],
    ahead: tuple[float, float],
) -> Quad:
    _, p, count = place
    alpha, low, high = c
    stay, begin = ahead
    j, eta = numbers(links.source, p, count), own(links.drive, p, count)
    weight = alpha * entries(weights, p, count) + eta * dots(low, high, right, j)
    keep(weights, p, count, weight)
    weight = stay * weight + eta * begin * column(right, j, 6)
    return _pass_on(links, right, sums, place, rate, j, weight)


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
    right, left, decay, algebra = rows
    before, he = steps
    zero, pending = np.uint64(0), np.int64(PENDING)
    row, first, end = span
    clear_sums(sums, zero if given(links.mirrored) else first, end, row)
    for i in range(first, end):
        start, whole, stop = ends_of_row(links, i)
        if not given(links.uniform):
            pend(algebra, decay, i, before)
        c = _coefficients(algebra, pending, left, i, shared(links.drive))
        # Row 1 of the table of this step: w + h A_10 k_0.
        share = algebra[PLAN + 1, 0] * he
        stay = 1.0 - share * decay[zero if given(links.uniform) else i, 6]
        ahead = (stay, share * left[i, 6] * shared(links.drive))
        rate, gained = shared(links.scale) * right[i, 7], quad(0.0)
        for p in range(start, whole, FOUR):
            gained += _first(links, right, weights, sums, (row, p, FOUR), rate, c, ahead)
        if whole < stop:
            rest = (row, whole, stop - whole)
            gained += _first(links, right, weights, sums, rest, rate, c, ahead)
        sums[row, i] += shared(links.scale) * total(gained)


@small
def _last(
    links: Links,
    right: FloatArray,
    weights: FloatArray,
    sums: FloatArray,
    place: Place,
    rate: float,
    c: tuple[float, Quad, Quad],
    e: tuple[float, Quad, Quad],
    tolerance: tuple[float, float],
) -> tuple[Quad, Quad]:
    """Also the squares of scaled errors."""
    _, p, count = place
    alpha, low, high = c
    beta, lower, higher = e
    relative, least = tolerance
    j, eta = numbers(links.source, p, count), own(links.drive, p, count)
    start = entries(weights, p, count)
    weight = alpha * start + eta * dots(low, high, right, j)
    miss = beta * start + eta * dots(lower, higher, right, j)
    scaled = up_to(miss / (least + relative * larger(absolute(start), absolute(weight))), count)
    return _pass_on(links, right, sums, place, rate, j, weight), scaled * scaled


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
    right, left, decay, algebra = rows
    last, error = np.int64(6), np.int64(ERROR)
    row, first, end = span
    clear_sums(sums, np.uint64(0) if given(links.mirrored) else first, end, row)
    squares = quad(0.0)
    for i in range(first, end):
        start, whole, stop = ends_of_row(links, i)
        if not given(links.uniform):
            fill_table(algebra, (np.int64(0), error), decay, i, he)
        c = _coefficients(algebra, last, left, i, shared(links.drive))
        e = _coefficients(algebra, error, left, i, shared(links.drive))
        rate, gained = shared(links.scale) * right[i, 7], quad(0.0)
        for p in range(start, whole, FOUR):
            more, missed = _last(links, right, weights, sums, (row, p, FOUR), rate, c, e, tolerance)
            gained += more
            squares += missed
        if whole < stop:
            rest = (row, whole, stop - whole)
            more, missed = _last(links, right, weights, sums, rest, rate, c, e, tolerance)
            gained += more
            squares += missed
        sums[row, i] += shared(links.scale) * total(gained)
    return float(total(squares))


@inner
def write_weights(
    links: Links, rows: Rows, weights: FloatArray, he: float, first: Index, end: Index
) -> None:
    """Bring the weights of some nodes to the end of the step that is pending, in place."""
    right, left, decay, algebra = rows
    for i in range(first, end):
        start, _, stop = ends_of_row(links, i)
        if not given(links.uniform):
            pend(algebra, decay, i, he)
        alpha, low, high = _coefficients(algebra, np.int64(PENDING), left, i, shared(links.drive))
        for p in range(start, stop, FOUR):
            count = stop - p
            j = numbers(links.source, p, count)
            learned = own(links.drive, p, count) * dots(low, high, right, j)
            keep(weights, p, count, alpha * entries(weights, p, count) + learned)


@inner
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
        j, push = links.source[p], 0.0
        for m in range(7):
            push += algebra[point, m] * left[i, m] * right[j, m]
        out[row, q] = algebra[point, ALPHA] * weights[p] + one_of(drive, p) * push


@inner
def weights_rest(
    links: Links, rows: Rows, weights: FloatArray, settle: float, first: Index, end: Index
) -> bool:
    """Whether weights, written to the end of the step, are within `settle` of their halt."""
    right, left, decay = rows.right, rows.left, rows.decay
    zero = np.uint64(0)
    for i in range(first, end):
        push = left[i, 6] / decay[zero if given(links.uniform) else i, 6]
        for p in range(links.indptr[i], links.indptr[i + 1]):
            halt = one_of(links.drive, p) * push * right[links.source[p], 6]
            # Not "greater": NaN must count as unsettled.
            if not abs(halt - weights[p]) <= settle * (1.0 + abs(weights[p])):
                return False
    return True
