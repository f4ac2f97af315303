"""From which strength on a node can be high, as in the limit (docs/theory.md#section-7, (f))."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork

__all__ = ["strong_from"]


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
        In node order, in units of strength. 0 for nodes without neighbors; NaN for those that are
        never high: looped ones, and those with bias 0.

    Raises
    ------
    ValueError
        For another rule, or if some arc between different nodes has no arc back.

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
    if np.any(wiring.reverse[live] < 0) or np.any(wiring.weight[wiring.reverse[live]] == 0.0):
        raise ValueError("an arc has no arc back; the formula is for arcs in both directions.")
    source, target = wiring.source[live], wiring.target[live]
    effective = wiring.weight / net.decay[wiring.target]
    back = effective[wiring.reverse[live]]
    term = effective[live] * net.bias[source] ** 2 / back**2
    load = np.bincount(target, term, net.n)
    lag = np.bincount(target, term / (back * slope[source]), net.n)
    looped = wiring.source[(wiring.source == wiring.target) & (wiring.weight > 0.0)]
    result = np.zeros(net.n)
    for i in np.flatnonzero(load):
        rate, gap = _hardest(net, int(i))
        result[i] = load[i] / gap - 2.0 * lag[i] / (load[i] * rate**2)
    result[net.bias == 0.0] = np.nan
    result[looped] = np.nan
    return result


def _hardest(net: PlasticNetwork, i: int) -> tuple[float, float]:
    """V and (b - x) V^3 at the x in (0, b) where the latter is largest, for one node."""
    bias, own = abs(float(net.bias[i])), net.activation.take(np.array([i]))

    def rate(x: float) -> float:
        return float(own.rate(np.array([x]))[0])

    found = minimize_scalar(
        lambda x: -(bias - x) * rate(x) ** 3, bounds=(0.0, bias), method="bounded"
    )
    return rate(float(found.x)), -float(found.fun)
