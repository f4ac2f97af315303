"""Coordinate descent: x_i <- root of equation i given the others, settled nodes skipped."""

from __future__ import annotations

from math import tanh
from typing import NamedTuple

import numpy as np

from netplastic._support import FloatArray, IntArray, inner, outer

__all__ = ["Arcs", "System", "descend_one", "descend_rows"]

_SHORT = 0.03  # step of the argument of tanh below which two terms of its series do
_EXACT = 1e-6  # tolerance below which they do not
_ROOT = 1e-3  # accuracy of a root that the next visit improves on


class Arcs(NamedTuple):
    """Arcs grouped by the node at one end, without self-loops."""

    indptr: IntArray
    other: IntArray
    """node at the other end"""
    coupling: FloatArray
    """c = -a eta / gamma >= 0"""
    static: FloatArray
    """a u; empty where all are 0"""


class System(NamedTuple):
    """F_i = y_i - bias_i - sum u_ij V_j + V_i sum c_ij V_j^2 + cubic_i V_i^3, y = x - threshold."""

    inward: Arcs
    outward: Arcs
    bias: FloatArray
    """less the threshold"""
    gain: FloatArray
    cubic: FloatArray
    """c of self-loops"""
    alpha: float
    beta: float
    """V = alpha + beta tanh(gain y)"""


@inner
def _root(system: System, i: int, linear: float, target: float, y: float, accuracy: float) -> float:
    """Root of the increasing function y + linear V + cubic V^3 - target; Newton in a bracket."""
    alpha, beta = system.alpha, system.beta
    gain, cubic = float(system.gain[i]), float(system.cubic[i])
    reach = linear + cubic
    low, high = target - reach, target + reach
    if not low <= y <= high:
        y = 0.5 * (low + high)
    for _ in range(100):
        t = tanh(gain * y)
        v = alpha + beta * t
        value = y + (linear + cubic * v * v) * v - target
        if value > 0.0:
            high = y
        else:
            low = y
        slope = beta * gain * (1.0 - t * t)
        new = y - value / (1.0 + (linear + 3.0 * cubic * v * v) * slope)
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - y) <= accuracy * (1.0 + abs(y)):
            return new
        y = new
    return y


@outer
def descend_one(
    system: System, y: FloatArray, work: FloatArray, omega: float, tol: float, sweeps: int
) -> int:
    """Nonlinear Gauss-Seidel with over-relaxation, in place; returns the sweeps taken.

    A visit is one Newton step, a full solution where that is long. It pushes what it changes to
    the nodes that hear of it; a node whose input has not changed since it was solved is skipped.
    Ends when no rate moved by more than `tol` in a sweep, and no activity by 100 times that.

    Parameters
    ----------
    y : (n,) changed
    work : (5, n)
    """
    inward, outward = system.inward, system.outward
    rate, total, static, seen, heard = work[0], work[1], work[2], work[3], work[4]
    alpha, beta = system.alpha, system.beta
    has_static, skip = len(inward.static) > 0, 0.1 * tol
    n = len(y)
    for i in range(n):
        rate[i] = alpha + beta * tanh(system.gain[i] * y[i])
        seen[i], heard[i] = np.inf, 0.0  # so that all are visited once
    for i in range(n):
        total[i] = static[i] = 0.0
        for a in range(inward.indptr[i], inward.indptr[i + 1]):
            v = rate[inward.other[a]]
            total[i] += inward.coupling[a] * v * v
            if has_static:
                static[i] += inward.static[a] * v
    for sweep in range(sweeps):
        worst = 0.0
        for i in range(n):
            v = rate[i]
            if abs(total[i] - seen[i]) * abs(v) + abs(static[i] - heard[i]) <= skip:
                continue
            gain, cubic = system.gain[i], system.cubic[i] * v * v
            t = (v - alpha) / beta
            curve = 1.0 - t * t
            target = system.bias[i] + static[i]
            gap = target - y[i] - (total[i] + cubic) * v
            move = omega * gap / (1.0 + (total[i] + 3.0 * cubic) * beta * gain * curve)
            z = gain * move
            if tol > _EXACT and abs(z) < _SHORT:
                t += curve * z * (1.0 - t * z)
            else:
                if abs(z) >= _SHORT:
                    root = _root(system, i, total[i], target, y[i], _ROOT)
                    move = omega * (root - y[i])
                t = tanh(gain * (y[i] + move))
            y[i] += move
            seen[i] = total[i] if abs(gap) <= skip else np.inf
            heard[i] = static[i]
            new = alpha + beta * t
            step, square = new - v, new * new - v * v
            rate[i] = new
            worst = max(worst, abs(step), 0.01 * abs(move))
            for a in range(outward.indptr[i], outward.indptr[i + 1]):
                total[outward.other[a]] += outward.coupling[a] * square
                if has_static:
                    static[outward.other[a]] += outward.static[a] * step
        if worst <= tol:
            return sweep + 1
    return sweeps


@outer
def descend_rows(states: FloatArray, system: System, tol: float, sweeps: int) -> IntArray:
    """Descend every row without over-relaxation; returns the sweeps of each."""
    used = np.empty(len(states), dtype=np.int64)
    work = np.empty((5, states.shape[1]))
    for row in range(len(states)):
        used[row] = descend_one(system, states[row], work, 1.0, tol, sweeps)
    return used
