"""Passes over the links of a network: all that depends on weights in a step.

A pass reads every weight once. For the algebra see `_tableau`.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from netplastic._support import FloatArray, Index, loop

from ._system import RATE, System, Work
from ._tableau import ALPHA, ERROR, POINT, STAGES, fill_row

__all__ = [
    "Pairs",
    "chosen_weights",
    "inputs_at_end",
    "inputs_inside",
    "prepare_table",
    "weights_rest",
]

Pairs: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
Coefficients: TypeAlias = tuple[float, float, float, float, float, float, float]


@loop
def _coefficients(table: FloatArray, row: Index, post_at: FloatArray, i: Index) -> Coefficients:
    """B of a row times post(V) of a node."""
    return (
        table[row, 0] * post_at[i, 0],
        table[row, 1] * post_at[i, 1],
        table[row, 2] * post_at[i, 2],
        table[row, 3] * post_at[i, 3],
        table[row, 4] * post_at[i, 4],
        table[row, 5] * post_at[i, 5],
        table[row, 6] * post_at[i, 6],
    )


@loop
def _learned(c: Coefficients, pre_at: FloatArray, j: Index) -> float:
    """Sum over the stages of coefficients times pre(V) of a node."""
    learned: float = (
        c[0] * pre_at[j, 0]
        + c[1] * pre_at[j, 1]
        + c[2] * pre_at[j, 2]
        + c[3] * pre_at[j, 3]
        + c[4] * pre_at[j, 4]
        + c[5] * pre_at[j, 5]
        + c[6] * pre_at[j, 6]
    )
    return learned


@loop
def _early(c: Coefficients, pre_at: FloatArray, j: Index) -> float:
    """`_learned` where the last three coefficients are zero, up to stage 4."""
    learned: float = (
        c[0] * pre_at[j, 0] + c[1] * pre_at[j, 1] + c[2] * pre_at[j, 2] + c[3] * pre_at[j, 3]
    )
    return learned


@loop
def prepare_table(work: Work, node: Index, last: Index, step: float) -> None:
    """Rows of a node from stage 0 to `last`."""
    for row in range(last + 1):
        fill_row(work.table, work.plan, row, work.decay_at, node, step)


@loop
def inputs_inside(
    system: System, work: Work, weights: FloatArray, stage: Index, step: float
) -> None:
    """Sums at a stage of the step from the weights at its start; step is h epsilon."""
    pre_at, sums, table = work.pre_at, work.sums, work.table
    indptr, source, mirrored = system.indptr, system.source, system.mirrored
    scale, drive, static = system.scale[0], system.drive[0], system.static[0]
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    for i in range(sums.shape[0]):
        if not system.uniform:
            prepare_table(work, i, stage, step)
        alpha, c = table[stage, ALPHA], _coefficients(table, stage, work.post_at, i)
        rate, total = pre_at[i, RATE], 0.0
        for p in range(indptr[i], indptr[i + 1]):
            if system.varied:
                scale, drive, static = system.scale[p], system.drive[p], system.static[p]
            j = source[p]
            learned = _early(c, pre_at, j) if stage <= 4 else _learned(c, pre_at, j)
            gain = scale * (static + alpha * weights[p] + drive * learned)
            total += gain * pre_at[j, RATE]
            if mirrored:
                sums[j] += gain * rate
        sums[i] += total


@loop
def inputs_at_end(
    system: System,
    work: Work,
    weights: FloatArray,
    ends: FloatArray,
    step: float,
    tolerance: tuple[float, float],
) -> float:
    """Sums at the end of the step, and the weights there into `ends`.

    Returns the sum of squared errors of weights, scaled by the relative and absolute tolerance.
    """
    pre_at, sums, table = work.pre_at, work.sums, work.table
    indptr, source, mirrored = system.indptr, system.source, system.mirrored
    scale, drive, static = system.scale[0], system.drive[0], system.static[0]
    relative, absolute = tolerance
    last, squares = STAGES - 1, 0.0
    for i in range(sums.shape[0]):
        sums[i] = 0.0
    for i in range(sums.shape[0]):
        if not system.uniform:
            prepare_table(work, i, ERROR, step)
        alpha, c = table[last, ALPHA], _coefficients(table, last, work.post_at, i)
        beta, e = table[ERROR, ALPHA], _coefficients(table, ERROR, work.post_at, i)
        rate, total = pre_at[i, RATE], 0.0
        for p in range(indptr[i], indptr[i + 1]):
            if system.varied:
                scale, drive, static = system.scale[p], system.drive[p], system.static[p]
            j, start = source[p], weights[p]
            end = alpha * start + drive * _learned(c, pre_at, j)
            miss = beta * start + drive * _learned(e, pre_at, j)
            ends[p] = end
            scaled = miss / (absolute + relative * max(abs(start), abs(end)))
            squares += scaled * scaled
            gain = scale * (static + end)
            total += gain * pre_at[j, RATE]
            if mirrored:
                sums[j] += gain * rate
        sums[i] += total
    return squares


@loop
def chosen_weights(
    system: System,
    work: Work,
    weights: FloatArray,
    links: Pairs,
    out: FloatArray,
    step: float,
) -> None:
    """Weights of links (2, q: numbers, targets) by the plan's row POINT."""
    pre_at, post_at, table = work.pre_at, work.post_at, work.table
    drive = system.drive[0]
    for q in range(out.shape[0]):
        p, i = links[0, q], np.int64(links[1, q])
        if q == 0 or not (system.uniform or i == links[1, q - 1]):
            prepare_table(work, 0 if system.uniform else i, POINT, step)
        if system.varied:
            drive = system.drive[p]
        learned = _learned(_coefficients(table, POINT, post_at, i), pre_at, system.source[p])
        out[q] = table[POINT, ALPHA] * weights[p] + drive * learned


@loop
def weights_rest(system: System, work: Work, ends: FloatArray, settle: float) -> bool:
    """Whether all weights at the end of the step are within `settle` of where they would halt."""
    indptr, last, drive = system.indptr, STAGES - 1, system.drive[0]
    for i in range(work.end.shape[0]):
        push = work.post_at[i, last] / work.decay_at[0 if system.uniform else i, last]
        for p in range(indptr[i], indptr[i + 1]):
            if system.varied:
                drive = system.drive[p]
            halt = drive * push * work.pre_at[system.source[p], last]
            # Not "greater": NaN must count as unsettled.
            if not abs(halt - ends[p]) <= settle * (1.0 + abs(ends[p])):
                return False
    return True
