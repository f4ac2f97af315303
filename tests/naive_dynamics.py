"""Loop-by-loop twins of the dynamics: slow, and written to be obviously right.

Everything is per arc, with the rule spelled out as in THEORY, section 1.
"""

from __future__ import annotations

import numpy as np

import netplastic as npl
from netplastic._types import FloatArray

# Dormand & Prince 1980, as in every textbook; the last row is also the end of the step.
TABLEAU = [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
]


def drift(net: npl.PlasticNetwork, state: FloatArray) -> FloatArray:
    """d(x, w)/dt for a state of n activities and m weights in arc order."""
    n, m = net.n, net.m
    x, w = state[:n], state[n:]
    v = net.activation.rate(x)
    out = np.zeros(n + m)
    for i in range(n):
        out[i] = -x[i] + net.bias[i]
    for arc in range(m):
        i, j = net.wiring.target[arc], net.wiring.source[arc]
        out[i] += net.arc_weight[arc] * (net.static_weight[arc] + w[arc]) * v[j]
        post = sum(net.post[i, d] * v[i] ** d for d in range(3))
        pre = sum(net.pre[j, d] * v[j] ** d for d in range(2))
        decay = net.decay[i] + net.decay_growth[arc] * v[i] ** 2
        out[n + arc] = net.learning_rate * (net.strength[arc] * post * pre - decay * w[arc])
    for i in range(n):
        out[i] /= net.tau[i]
    return out


def step(net: npl.PlasticNetwork, state: FloatArray, h: float) -> FloatArray:
    """One Dormand-Prince step, all stages stored."""
    slopes: list[FloatArray] = []
    here = state
    for row in TABLEAU:
        here = state.copy()
        for weight, slope in zip(row, slopes, strict=True):
            here = here + h * weight * slope
        slopes.append(drift(net, here))
    return here
