"""Kernels of the sampled search: coordinate descent and random maximal independent sets."""

from __future__ import annotations

from math import exp, tanh

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray, inner, outer

__all__ = ["descend_coordinates", "independent_sets"]


@inner
def _rate_and_slope(kind: int, gain: float, threshold: float, x: float) -> tuple[float, float]:
    """phi(x) and phi'(x); kind 0 is tanh, kind 1 the logistic function."""
    z = gain * (x - threshold)
    if kind == 0:
        v = tanh(z)
        return v, gain * (1.0 - v * v)
    if z >= 0.0:
        v = 1.0 / (1.0 + exp(-z))
    else:
        e = exp(z)
        v = e / (1.0 + e)
    return v, gain * v * (1.0 - v)


@inner
def _coordinate(kind: int, node: FloatArray, linear: float, target: float, x: float) -> float:
    """Root of the increasing function x + linear phi(x) + cubic phi(x)^3 - target.

    Newton kept inside a bracket; `node` holds gain, threshold and cubic.
    """
    gain, threshold, cubic = float(node[0]), float(node[1]), float(node[2])
    reach = linear + cubic
    low, high = target - reach, target + reach
    if x < low or x > high:
        x = 0.5 * (low + high)
    for _ in range(100):
        v, slope = _rate_and_slope(kind, gain, threshold, x)
        value = x + (linear + cubic * v * v) * v - target
        if value > 0.0:
            high = x
        else:
            low = x
        new = x - value / (1.0 + (linear + 3.0 * cubic * v * v) * slope)
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - x) <= 1e-13 * (1.0 + abs(x)):
            return new
        x = new
    return x


@outer
def descend_coordinates(
    states: FloatArray,
    indptr: IntArray,
    source: IntArray,
    arcs: FloatArray,
    nodes: FloatArray,
    kind: int,
    sweeps: int,
) -> IntArray:
    """Gauss-Seidel x_i <- root of equation i given the others, in place.

    Parameters
    ----------
    states : (B, n)
    indptr, source : arcs grouped by target
    arcs : (m, 2), each arc's -a_ij eta_ij / gamma_i >= 0 and a_ij u_ij; zero on self-loops
    nodes : (n, 4), gain, threshold, cubic coefficient (plastic self-loop), bias
    kind : 0 tanh, 1 logistic
    sweeps : most sweeps over all nodes

    Returns
    -------
    (B,) sweeps used; `sweeps` where the changes did not fall below 1e-10.
    """
    count, n = states.shape
    used = np.full(count, sweeps, dtype=np.int64)
    rate = np.empty(n)
    for b in range(count):
        x = states[b]
        for i in range(n):
            rate[i] = _rate_and_slope(kind, nodes[i, 0], nodes[i, 1], x[i])[0]
        for sweep in range(sweeps):
            change = 0.0
            for i in range(n):
                linear, target = 0.0, nodes[i, 3]
                for arc in range(indptr[i], indptr[i + 1]):
                    v = rate[source[arc]]
                    linear += arcs[arc, 0] * v * v
                    target += arcs[arc, 1] * v
                new = _coordinate(kind, nodes[i], linear, target, x[i])
                change = max(change, abs(new - x[i]))
                x[i] = new
                rate[i] = _rate_and_slope(kind, nodes[i, 0], nodes[i, 1], new)[0]
            if change < 1e-10:
                used[b] = sweep + 1
                break
    return used


@outer
def independent_sets(indptr: IntArray, neighbour: IntArray, orders: IntArray) -> BoolArray:
    """Maximal independent sets, greedily in the given orders of nodes, one per row.

    Parameters
    ----------
    indptr, neighbour : a symmetric adjacency without self-loops
    orders : (B, n), permutations of the nodes

    Returns
    -------
    (B, n) membership
    """
    count, n = orders.shape
    member = np.zeros((count, n), dtype=np.bool_)
    blocked = np.empty(n, dtype=np.bool_)
    for b in range(count):
        blocked[:] = False
        for i in orders[b]:
            if not blocked[i]:
                member[b, i] = True
                for k in range(indptr[i], indptr[i + 1]):
                    blocked[neighbour[k]] = True
    return member
