"""Loop-by-loop twins of the dynamics: slow, and written to be obviously right.

Everything is per arc, with the rule spelled out as in docs/theory.md#section-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import netplastic as npl
from netplastic._support import FloatArray

# Tsitouras 2011 (doi:10.1016/j.camwa.2011.06.002), table 1: all but the first column of each row,
# which follows from the times of the stages; the last row is also the end of the step. The sums of
# the last row that order 5 asks for are checked in the tests.
TIMES = [0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0]
_OTHERS = [
    [],
    [],
    [0.3354806554923570],
    [-6.359448489975075, 4.362295432869581],
    [-11.74888356406283, 7.495539342889836, -0.09249506636175525],
    [-12.92096931784711, 8.159367898576159, -0.07158497328140100, -0.02826905039406838],
    [0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
]
TABLEAU = [
    [time - sum(row), *row] if time else [] for time, row in zip(TIMES, _OTHERS, strict=True)
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


def step(net: npl.PlasticNetwork, state: FloatArray, h: float, slope: Any = drift) -> FloatArray:
    """One step of Tsitouras 5(4), all stages stored."""
    slopes: list[FloatArray] = []
    here = state
    for row in TABLEAU:
        here = state.copy()
        for weight, known in zip(row, slopes, strict=True):
            here = here + h * weight * known
        slopes.append(slope(net, here))
    return here
