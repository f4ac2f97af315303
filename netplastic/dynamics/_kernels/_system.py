"""What the kernels read and write: the network, room for a step, and what happens at a node."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np

from netplastic._support import FloatArray, Index, inner, loop

__all__ = [
    "BIAS",
    "DECAY",
    "GAIN",
    "GROWTH",
    "LOGISTIC",
    "POST",
    "PRE",
    "RATE",
    "ROWS",
    "TANH",
    "TAU",
    "THRESHOLD",
    "Indices",
    "System",
    "Work",
    "apply_rule",
    "find_rates",
]

TANH, LOGISTIC = 0, 1

BIAS, TAU, GAIN, THRESHOLD, DECAY, GROWTH, POST, PRE = 0, 1, 2, 3, 4, 5, 6, 9
ROWS = 11
"""Of the parameters of nodes: input, time constant, gain and threshold of the activation, decay of
the weights into a node and its growth with the squared rate, coefficients of post (3), pre (2)."""

RATE = 7
"""Column of V at the current stage, behind pre(V) of stages 0 to 6."""

_POWERS = 2.0 ** -np.arange(1011.0)

Indices: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]


class System(NamedTuple):
    """A network.

    A link is an arc, or, where the weights of both directions stay equal, an undirected edge
    stored once ("mirrored"; a self-loop then counts at both ends, with half its scale). Numbers of
    links and nodes are unsigned, because numba guards signed ones against negative values.

    indptr, source : links grouped by target; those into node i are indptr[i] to indptr[i + 1]
    scale, drive, static : a, eta and u of each link where `varied`, else one number for all
    kind : of the activation
    nodes : (ROWS, n), parameters of nodes
    uniform : whether all weights decay alike, at all times
    """

    indptr: np.ndarray[tuple[int], np.dtype[np.uint64]]
    source: Indices
    scale: FloatArray
    drive: FloatArray
    static: FloatArray
    nodes: FloatArray
    kind: int
    learning_rate: float
    mirrored: bool
    varied: bool
    uniform: bool


class Work(NamedTuple):
    """What a step remembers.

    end, rate : (n,), activity and V at the current stage, at last those at the end of the step
    sums : (n,), the input into each node from its links
    slope_at : (7, n), dx/dt at the stages
    pre_at, post_at : (n, 8), pre(V) and post(V) at the stages, and V of the current one in column
        RATE of the first, so that a link reads one cache line; one array for both where they are
        the same function
    decay_at : (n, 8), decay of the weights into a node at the stages; (1, 8) where uniform
    plan, table : see `_tableau`
    """

    end: FloatArray
    rate: FloatArray
    sums: FloatArray
    slope_at: FloatArray
    pre_at: FloatArray
    post_at: FloatArray
    decay_at: FloatArray
    plan: FloatArray
    table: FloatArray


@inner
def _exp_of_negative(t: float) -> tuple[float, float]:
    """exp(-t) for t >= 0 (t above 700 counts as 700), as numerator and denominator.

    Cody-Waite reduction and a rational function on |r| <= ln(2) / 2, that of the Cephes library
    (S. L. Moshier, netlib.org/cephes, exp.c). Loops over this use vector instructions, which take
    a third of the time of the library's exp; kept as a quotient, a rate takes one division.
    """
    y = t if t < 700.0 else 700.0
    k = np.floor(y * 1.4426950408889634 + 0.5)
    r = (k * 0.6931471803691238 - y) + k * 1.9082149292705877e-10
    s = r * r
    odd = r * ((1.26177193074810590878e-4 * s + 3.02994407707441961300e-2) * s + 1.0)
    even = (3.00198505138664455042e-6 * s + 2.52448340349684104192e-3) * s
    even = (even + 2.27265548208155028766e-1) * s + 2.0
    return _POWERS[int(k)] * (even + odd), even - odd


@inner
def find_rates(system: System, x: FloatArray, rate: FloatArray) -> None:
    """V = phi(x): tanh to an absolute error of 3e-16, the logistic function to such a relative one.

    As written: sums are in no other order here.
    """
    gain, threshold = system.nodes[GAIN], system.nodes[THRESHOLD]
    if system.kind == TANH:
        for i in range(x.shape[0]):
            z = gain[i] * (x[i] - threshold[i])
            top, bottom = _exp_of_negative(2.0 * abs(z))
            value = math.copysign((bottom - top) / (bottom + top), z)
            rate[i] = z if math.isnan(z) else value
    else:
        for i in range(x.shape[0]):
            z = gain[i] * (x[i] - threshold[i])
            top, bottom = _exp_of_negative(abs(z))
            value = (bottom if z >= 0.0 else top) / (bottom + top)
            rate[i] = z if math.isnan(z) else value


@loop
def apply_rule(system: System, work: Work, stage: Index) -> None:
    """What the rule makes of V, into the columns of a stage."""
    nodes, uniform = system.nodes, system.uniform
    pre_at, post_at, decay_at = work.pre_at, work.post_at, work.decay_at
    for i in range(work.rate.shape[0]):
        v = work.rate[i]
        pre_at[i, RATE] = v
        pre_at[i, stage] = nodes[PRE, i] + v * nodes[PRE + 1, i]
        post_at[i, stage] = nodes[POST, i] + v * (nodes[POST + 1, i] + v * nodes[POST + 2, i])
        if not uniform:
            decay_at[i, stage] = nodes[DECAY, i] + nodes[GROWTH, i] * v * v
