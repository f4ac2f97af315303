"""Dormand-Prince 5(4) with weights eliminated stage by stage.

With a decay d_i that depends on the target only, the weight of an arc at stage s is affine in
the weight w at the start of the step and in products of rates at the stages before:

    w_s = alpha_s w + eta sum_m B_sm P^m Q^m,      P = post(V_i), Q = pre(V_j).

alpha and B follow from k_l = epsilon (eta P^l Q^l - d^l w_l) put into w_s = w + h sum A_sl k_l.
So no derivative of a weight is ever stored: a step keeps the weights once, and stages per node.

Rows of a table: 0 to 6 the stages (6 is the end of the step), 7 the error estimate, 8 a chosen
time within the step. Column 0 is alpha, columns 1 to 7 are B.

Dormand & Prince 1980 (doi:10.1016/0771-050X(80)90013-3); dense output: Hairer, Norsett & Wanner,
Solving Ordinary Differential Equations I, section II.6.
"""

from __future__ import annotations

import numpy as np

from .._types import FloatArray
from .jit import Index, inner

__all__ = ["ERROR", "POINT", "STAGES", "A", "dense_weights", "fill_row", "fill_table"]

STAGES = 7
ERROR = 7
POINT = 8

A = np.zeros((8, 8))
A[1, :1] = 1 / 5
A[2, :2] = 3 / 40, 9 / 40
A[3, :3] = 44 / 45, -56 / 15, 32 / 9
A[4, :4] = 19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729
A[5, :5] = 9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656
A[6, :6] = 35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84
A[ERROR, :7] = (
    71 / 57600,
    0.0,
    -71 / 16695,
    71 / 1920,
    -17253 / 339200,
    22 / 525,
    -1 / 40,
)

# Continuous extension of order 4: y(theta) = y + h sum_l b_l(theta) k_l.
_CORRECTION = np.array(
    [
        -12715105075 / 11282082432,
        0.0,
        87487479700 / 32700410799,
        -10690763975 / 1880347072,
        701980252875 / 199316789632,
        -1453857185 / 822651844,
        69997945 / 29380423,
    ]
)


@inner
def dense_weights(theta: float, plan: FloatArray) -> None:
    """b_l(theta) into plan[POINT, :7]."""
    rest = 1.0 - theta
    for m in range(7):
        end = A[6, m]
        first = 1.0 if m == 0 else 0.0
        last = 1.0 if m == 6 else 0.0
        # Hermite interpolation between both ends, plus the fourth-order correction.
        value = end + rest * (first - end + theta * (2.0 * end - last - first))
        plan[POINT, m] = theta * (value + rest * rest * theta * _CORRECTION[m])


@inner
def fill_row(
    table: FloatArray,
    row: Index,
    plan: tuple[FloatArray, Index],
    decay: FloatArray,
    node: Index,
    he: float,
) -> None:
    """Row of the combination h sum_l plan_l k_l, from the rows of the stages before.

    plan is an array and the row of it to use; decay[node] holds d per stage, he is h epsilon.
    Rows other than ERROR include w itself. (Whole arrays and row numbers, not slices: numba
    counts references to every slice, which costs more than the arithmetic.)
    """
    weights, k = plan
    alpha = 0.0 if row == ERROR else 1.0
    for m in range(7):
        table[row, 1 + m] = weights[k, m] * he
    for stage in range(7):
        if weights[k, stage] != 0.0:
            factor = weights[k, stage] * decay[node, stage] * he
            alpha -= factor * table[stage, 0]
            for m in range(stage):
                table[row, 1 + m] -= factor * table[stage, 1 + m]
    table[row, 0] = alpha


@inner
def fill_table(
    table: FloatArray, last: Index, plan: FloatArray, decay: FloatArray, node: Index, he: float
) -> None:
    """Rows 0 to `last` (at most ERROR) by the plan A."""
    table[0, 0] = 1.0
    for m in range(1, 8):
        table[0, m] = 0.0
    for row in range(1, last + 1):
        fill_row(table, row, (plan, row), decay, node, he)
