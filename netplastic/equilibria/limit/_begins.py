"""From which strength on a node can be high, as in the limit (docs/theory.md#section-7, (f))."""

from __future__ import annotations

import math

import numpy as np

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork

__all__ = ["strong_from"]

_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_STEPS = 45
"""Of the golden section, which leave 4e-10 of the interval: a maximum is flat beyond."""


def strong_from(net: PlasticNetwork) -> FloatArray:
    """Least |strength| at which each node could be high with all its neighbors low.

    A node i with neighbors of its own, low by node i alone: neighbor j has the rate
    b_j / (1 / phi_j'(0) + k a_ji V_i^2), which node i's equation sums over its arcs. To the order
    of (7.5), with x in (0, |b_i|) and V = phi_i(x), k is::

        sum_j a_ij b_j^2 / a_ji^2 / max_x (|b_i| - x) V^3  -  2 / V^2

    (the last term at that x, with the mean of 1 / (a_ji phi_j'(0)), weighted by the terms of the
    sum). For b = 1, a = 1 and tanh: 15.086 d - 5.6 at degree d, within 3 % of the fold of a star
    of d >= 2 leaves; the error falls with d. It tells from where on the counts of the limit can
    be expected, and at which |k| / degree networks compare; it is no bound. Neighbors that other
    nodes help to keep low need less, dense surroundings more.

    Parameters
    ----------
    net : PlasticNetwork
        With the Hebb rule; its own strength, finite or -inf, does not enter.

    Returns
    -------
    float array of shape (n,)
        In node order, in units of strength. 0 for nodes that nothing drives. NaN for those that are
        never high, looped ones and those with bias 0, and for those with a source that they do not
        drive in turn: the formula is for arcs in both directions.

    Raises
    ------
    ValueError
        For another rule.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from netplastic.equilibria.limit import strong_from
    >>> net = npl.PlasticNetwork(nx.star_graph(8), npl.Hebbian(-50.0))
    >>> strong_from(net)[0].round(1)
    np.float64(115.1)
    """
    if not net.is_hebbian:
        raise ValueError(f"rule is {type(net.rule).__name__}; the limit is known for Hebbian only.")
    wiring, slope = net.wiring, net.activation.slope(np.zeros(net.n))
    live = (
        (wiring.weight > 0.0) & (wiring.source != wiring.target) & (net.bias != 0.0)[wiring.source]
    )
    live &= (net.bias != 0.0)[wiring.target]
    has_return = wiring.reverse >= 0
    has_return[has_return] = wiring.weight[wiring.reverse[has_return]] > 0.0
    one_way = wiring.target[live & ~has_return]
    live &= has_return
    source, target = wiring.source[live], wiring.target[live]
    effective = wiring.weight / net.decay[wiring.target]
    back = effective[wiring.reverse[live]]
    term = effective[live] * net.bias[source] ** 2 / back**2
    load = np.bincount(target, term, net.n)
    lag = np.bincount(target, term / (back * slope[source]), net.n)
    looped = wiring.source[(wiring.source == wiring.target) & (wiring.weight > 0.0)]
    rate, gap = _hardest(net)
    result = np.zeros(net.n)
    driven = (load > 0.0) & (net.bias != 0.0)
    result[driven] = load[driven] / gap[driven]
    result[driven] -= 2.0 * lag[driven] / (load[driven] * rate[driven] ** 2)
    result[net.bias == 0.0] = np.nan
    result[looped] = np.nan
    result[one_way] = np.nan
    return result


def _hardest(net: PlasticNetwork) -> tuple[FloatArray, FloatArray]:
    """V and (b - x) V^3 at the x in (0, b) where the latter is largest, of each node.

    By golden section, all nodes at once: there is one maximum where V is log-concave on (0, b).
    """
    bias = np.abs(net.bias)

    def product(x: FloatArray) -> FloatArray:
        value: FloatArray = (bias - x) * net.activation.rate(x) ** 3
        return value

    low, high = np.zeros(net.n), bias.copy()
    for _ in range(_STEPS):
        width = _GOLDEN * (high - low)
        left, right = high - width, low + width
        rises = product(left) < product(right)
        low, high = np.where(rises, left, low), np.where(rises, high, right)
    x = (low + high) / 2.0
    return net.activation.rate(x), product(x)
