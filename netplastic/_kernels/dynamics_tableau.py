"""Dormand-Prince 5(4) with weights eliminated stage by stage.

With a decay d_i that depends on the target only, the weight of an arc at stage s is affine in
the weight w at the start of the step and in products of rates at the stages before:

    w_s = alpha_s w + eta sum_m B_sm P^m Q^m,      P = post(V_i), Q = pre(V_j).

alpha and B follow from k_l = epsilon (eta P^l Q^l - d^l w_l) put into w_s = w + h sum A_sl k_l.
So no derivative of a weight is ever stored: a step keeps the weights once, and stages per node.

All of this lies in one array of ROWS rows. The table: 0 to 6 the stages (6 is the end of the
step), 7 the error estimate, 8 a chosen time within the step; column 0 is alpha, columns 1 to 7
are B. Row PENDING: row 6 of the step before, whose weights are not written yet. From PLAN on: the
coefficients A, those of the chosen time, and in row GAP how far stages 6 and 5 are apart. (One
array, because what a kernel takes is passed field by field.)

Dormand & Prince 1980 (doi:10.1016/0771-050X(80)90013-3); dense output: Hairer, Norsett & Wanner,
Solving Ordinary Differential Equations I, section II.6.
"""

from __future__ import annotations

import numpy as np

from .._types import FloatArray
from .dynamics_jit import inner
from .jit import Index

__all__ = [
    "ERROR",
    "GAP",
    "PENDING",
    "PLAN",
    "POINT",
    "ROWS",
    "A",
    "dense_weights",
    "fill_table",
]

ERROR = 7
POINT = 8
PENDING = 9
PLAN = 10
GAP = 9
ROWS = 20

A = np.zeros((10, 8))
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
A[GAP] = A[6] - A[5]

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
def dense_weights(theta: float, algebra: FloatArray) -> None:
    """b_l(theta) into the plan of the chosen time."""
    rest = 1.0 - theta
    for m in range(algebra.shape[1] - 1):
        end = A[6, m]
        first = 1.0 if m == 0 else 0.0
        last = 1.0 if m == 6 else 0.0
        # Hermite interpolation between both ends, plus the fourth-order correction.
        value = end + rest * (first - end + theta * (2.0 * end - last - first))
        algebra[PLAN + POINT, m] = theta * (value + rest * rest * theta * _CORRECTION[m])


@inner
def fill_table(
    algebra: FloatArray,
    rows: tuple[Index, Index],
    decay: FloatArray,
    node: Index,
    he: float,
) -> None:
    """Rows from the first to the last of `rows`, by the plan; those of the stages before exist.

    decay[node] holds d per stage, he is h epsilon. Rows other than ERROR include w itself.
    (Whole arrays and row numbers, not slices: numba counts references to every slice, which
    costs more than the arithmetic.)
    """
    stages = algebra.shape[1] - 1
    for row in range(rows[0], rows[1] + 1):
        alpha = 0.0 if row == ERROR else 1.0
        for m in range(stages):
            algebra[row, 1 + m] = algebra[PLAN + row, m] * he
        for stage in range(stages):
            weight = algebra[PLAN + row, stage]
            if weight != 0.0:
                factor = weight * decay[node, stage] * he
                alpha -= factor * algebra[stage, 0]
                for m in range(stage):
                    algebra[row, 1 + m] -= factor * algebra[stage, 1 + m]
        algebra[row, 0] = alpha
