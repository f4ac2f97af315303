"""Stable states of a small network: descent to one, and its way to smaller strengths."""

from __future__ import annotations

from math import sqrt, tanh

import numpy as np

from netplastic._support import FloatArray, inner, outer

from ._small import Small, back_substitute, evaluate, factorise, load_at

__all__ = ["coordinate", "follow", "settle"]

SWEEPS = 400
MOVE = 0.05
"""Most that a node's activity is predicted to move in a step."""
STILL = 1e-5
"""Change of a node's input, as what it can move, below which a sweep leaves the node alone."""
LEAST = 1e-10
"""Step, relative to the strength, at which a state counts as ended."""


@inner
def coordinate(bias: float, gain: float, weight: float, x: float) -> float:
    """Root of x - bias + weight tanh(gain x), which lies between 0 and the bias."""
    low, high = min(0.0, bias), max(0.0, bias)
    for _ in range(60):
        v = tanh(gain * x)
        value = x - bias + weight * v
        if value > 0.0:
            high = x
        else:
            low = x
        new = x - value / (1.0 + weight * gain * (1.0 - v * v))
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - x) <= 1e-8:  # and then the error is about its square
            return new
        x = new
    return x


@inner
def _sweep(small: Small, k: float, x: FloatArray) -> None:
    """Gauss-Seidel: every node to the minimum of its own energy, until little moves."""
    n = len(x)
    load = np.empty(n)
    change = np.empty(n)
    power = np.empty(n)
    met = np.full(n, np.inf)
    load_at(small, k, load, change)
    for i in range(n):
        power[i] = tanh(small.gain[i] * x[i]) ** 2
    for _ in range(SWEEPS):
        moved = 0.0
        for i in range(n):
            total = load[i]
            for j in range(n):
                total += small.coupling[i, j] * power[j]
            if k * abs(total - met[i]) * sqrt(power[i]) < STILL:
                continue
            met[i] = total
            new = coordinate(small.bias[i], small.gain[i], k * total, x[i])
            moved = max(moved, abs(new - x[i]))
            x[i] = new
            power[i] = tanh(small.gain[i] * new) ** 2
        if moved < 1e-4:
            return


@outer
def settle(small: Small, k: float, x: FloatArray) -> bool:
    """Bring x to a strict minimum by descent and Newton's method; False where it ends in none."""
    n = len(x)
    force, tug, slope, step = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    hessian = np.empty((n, n))
    _sweep(small, k, x)
    for _ in range(20):
        evaluate(small, k, x, force, hessian, tug, slope)
        if not factorise(hessian):
            return False
        back_substitute(hessian, force, step)
        size = 0.0
        for i in range(n):
            change = step[i] / slope[i]
            size = max(size, abs(change))
            x[i] -= max(-0.3, min(0.3, change))
        if size < 1e-11:
            return True
    return False


@inner
def _corrected(small: Small, k: float, x: FloatArray) -> bool:
    """Newton's method with a positive definite Hessian all along; False if it does not settle."""
    n = len(x)
    force, tug, slope, step = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    hessian = np.empty((n, n))
    last = 1e300
    for _ in range(8):
        evaluate(small, k, x, force, hessian, tug, slope)
        if not factorise(hessian):
            return False
        back_substitute(hessian, force, step)
        size = 0.0
        for i in range(n):
            change = step[i] / slope[i]
            size = max(size, abs(change))
            x[i] -= change
        if size < 1e-11:
            return True
        if size > 0.5 * last or size > 0.2:
            return size < 1e-9
        last = size
    return False


@outer
def follow(small: Small, k: float, x: FloatArray, target: float) -> float:
    """Follow a stable state from k to another strength, in place.

    Returns
    -------
    The target, or the strength at which the state ends because its Hessian becomes singular (to
    about 1e-10 of it): x is then the state just before.

    Every node is watched: Newton may correct none by more than a fifth of the largest predicted
    move, so that a step that lands on another state is taken back and halved.
    """
    n = len(x)
    force, tug, slope, pace = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    hessian, new = np.empty((n, n)), np.empty(n)
    sign = 1.0 if target > k else -1.0
    least = LEAST * max(k, target)
    h = 0.1 * abs(target - k)
    while k != target:
        evaluate(small, k, x, force, hessian, tug, slope)
        if not factorise(hessian):
            return k
        back_substitute(hessian, tug, pace)
        fastest = 1e-12
        for i in range(n):
            pace[i] *= -sign / slope[i]
            fastest = max(fastest, abs(pace[i]))
        h = min(h, MOVE / fastest)
        while True:
            gap = abs(target - k)
            there = k + sign * h if h < gap else target
            h = min(h, gap)
            for i in range(n):
                new[i] = x[i] + h * pace[i]
            good = _corrected(small, there, new)
            off = 0.0
            if good:
                for i in range(n):
                    off = max(off, abs(new[i] - x[i] - h * pace[i]))
            if good and off <= 0.2 * h * fastest + 1e-10:
                break
            h *= 0.5
            if h < least:
                return k
        for i in range(n):
            x[i] = new[i]
        k = there
        if off < 0.05 * h * fastest + 1e-10:
            h *= 2.0
    return k
