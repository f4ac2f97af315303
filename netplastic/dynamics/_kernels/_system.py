"""What the kernels read and write: the network, room for a step, and what happens at a node."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np

from netplastic._support import FloatArray, Index, loop

__all__ = [
    "BIAS",
    "COLUMNS",
    "DECAY",
    "GAIN",
    "GROWTH",
    "LOGISTIC",
    "POST",
    "PRE",
    "RATE",
    "TANH",
    "TAU",
    "THRESHOLD",
    "Indices",
    "System",
    "Work",
    "rate_of",
    "rule_of",
]

TANH, LOGISTIC = 0, 1

BIAS, TAU, GAIN, THRESHOLD, DECAY, GROWTH, POST, PRE = 0, 1, 2, 3, 4, 5, 6, 9
COLUMNS = 11
"""Of the parameters of nodes: input, time constant, gain and threshold of the activation, decay of
the weights into a node and its growth with the squared rate, coefficients of post (3), pre (2)."""

RATE = 7
"""Column of V at the current stage, behind pre(V) of stages 0 to 6."""

Indices: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]


class System(NamedTuple):
    """A network.

    A link is an arc, or, where the weights of both directions stay equal, an undirected edge
    stored once ("mirrored"; a self-loop then counts at both ends, with half its scale). Numbers of
    links and nodes are unsigned, because numba guards signed ones against negative values.

    indptr, source : links grouped by target; those into node i are indptr[i] to indptr[i + 1]
    scale, drive, static : a, eta and u of each link where `varied`, else one number for all
    kind : of the activation
    nodes : (n, COLUMNS), parameters of nodes
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
    """What a step remembers; a row for each node, so that a link reads one cache line.

    end : (n,), activity at the current stage, at last that at the end of the step
    sums : (n,), the input into each node from its links
    slope_at : (n, 7), dx/dt at the stages
    pre_at, post_at : (n, 8), pre(V) and post(V) at the stages, and V of the current one in column
        RATE of the first; one array for both where they are the same function
    decay_at : (n, 8), decay of the weights into a node at the stages; (1, 8) where uniform
    plan, table : see `_tableau`
    """

    end: FloatArray
    sums: FloatArray
    slope_at: FloatArray
    pre_at: FloatArray
    post_at: FloatArray
    decay_at: FloatArray
    plan: FloatArray
    table: FloatArray


@loop
def rate_of(system: System, i: Index, x: float) -> float:
    """V = phi(x) at a node, by one exponential: that takes a quarter of the time of tanh.

    tanh comes with an absolute error below 3e-16, the logistic function with such a relative one.
    """
    z = system.nodes[i, GAIN] * (x - system.nodes[i, THRESHOLD])
    if system.kind == TANH:
        small = math.exp(-2.0 * abs(z))
        return math.copysign((1.0 - small) / (1.0 + small), z)
    small = math.exp(-abs(z))
    return (1.0 if z >= 0.0 else small) / (1.0 + small)


@loop
def rule_of(system: System, i: Index, v: float) -> tuple[float, float, float]:
    """What the rule makes of V at a node: post, pre, and the decay of weights into it."""
    nodes = system.nodes
    post = nodes[i, POST] + v * (nodes[i, POST + 1] + v * nodes[i, POST + 2])
    pre = nodes[i, PRE] + v * nodes[i, PRE + 1]
    return post, pre, nodes[i, DECAY] + nodes[i, GROWTH] * v * v
