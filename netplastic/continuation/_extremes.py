"""The two extreme equilibria of a bipartite network of any size, enclosed, and what that proves.

In the squared rates q_i = V_i^2, with s_i(q_i) = (b_i - x_i) / V_i falling, an equilibrium has
s_i = k sum_j c_ij q_j (docs/theory.md#section-4). With the order turned round on one side the
equations are monotone: lower bounds on one side and upper bounds on the other tend to one extreme
equilibrium, the other bounds to the other. Sweeps do that, but slowly where a state is about to be
born. There bounds move by Newton's method instead: by w >= 0 with P w <= r, where r is what the
equations leave at the bound and P = diag(e) - k c, e_i being no less than any slope of s_i on the
way. On the straight way from the bound to the new one no equation then changes its sign, so that
no equilibrium is passed: at the first one touched the equation of the node touched would have both.
The derivative d = -s' is a positive multiple of q^(-3/2) and a power series with positive
coefficients, hence convex: its mean on an interval is at most that of its ends.

A matrix with no positive entry off the diagonal is positive definite if and only if it makes some
positive vector positive: proofs need one solution with it and one product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from netplastic._support import BoolArray, FloatArray, Halt, IntArray

from ._base_branch import Coupled, corrected
from ._kernels import sweep_box
from ._scaled import Solver, solver_of

__all__ = ["Box", "Extremes"]

_CLOSED = 1e-9
"""Gap of a node's bounds, of its bias, at which it is left alone."""

_SWEEPS = (4, 4, 8, 8, 16, 16, 32, 32, 64)
_FEW = 5000
"""Open nodes from which on sweeps go on before Newton's method is tried."""

_ROUNDS, _WORK = 2000, 2e7
"""Steps of Newton's method, at most, and how many nodes they may take together (at least 40)."""

_SETTLED = 1e-7
"""Last move of any bound, as a share of the largest gap, at which bounds count as settled."""

_MARGIN, _SLACK = 1e-14, 1e-13
"""Of the terms of an equation: covers their roundings, and those of a solution with P too."""

_UP = 1.0 + 1e-12
_TRIES = 30
_TINY = 1e-180
_PRODUCTS = 1e9
"""Multiplications of an elimination above which it is conjugate gradients that solve."""

_REACH = (1e-6, 1e-5, 1e-7, 1e-4, 1e-8, 1e-3)
"""Half widths of a box about a stable state, tried in this order."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Box:
    """Bounds (n,) of the activity at every equilibrium, and whether they came to rest."""

    low: FloatArray
    high: FloatArray
    is_settled: bool

    @property
    def gap(self) -> float:
        """Largest distance of the bounds of a node."""
        return float((self.high - self.low).max(initial=0.0))


class Extremes:
    """The equations of a bipartite network, for bounds and proofs.

    Parameters
    ----------
    coupled : Coupled
        With biases that are not negative.
    is_left : bool array of shape (n,)
    halt : Halt
        Ends the work on a box, which then is not settled.
    """

    def __init__(self, coupled: Coupled, is_left: BoolArray, halt: Halt) -> None:
        self.coupled, self.is_left, self.halt = coupled, is_left, halt
        c: Any = coupled.matrix  # its indices are integers of either length
        self.arcs = c.indptr, c.indices, c.data
        self.live = (coupled.bias > 0.0) & (np.diff(c.indptr) > 0)

    # -- bounds ------------------------------------------------------------------------------------

    def box(self, k: float) -> Box:
        """Bounds of every equilibrium at a magnitude of the strength."""
        c = self.coupled
        low, high = np.where(self.live, 0.0, c.bias), c.bias.copy()
        power = np.tanh(c.gain * low) ** 2, np.tanh(c.gain * high) ** 2
        nodes = np.flatnonzero(self.live)
        for sweeps in _SWEEPS:
            nodes = self._swept(k, nodes, low, high, power, sweeps)
            if self.halt.now or len(nodes) <= _FEW:
                break
        newton = _Newton(self, k, low, high, power)
        rounds = min(_ROUNDS, max(40, int(_WORK / max(1, len(nodes)))))
        for _ in range(rounds):
            if not len(nodes) or self.halt.now:
                break
            before = (high - low)[nodes]
            newton.step(nodes)
            still = self._swept(k, nodes, low, high, power, 2)
            after = (high - low)[nodes]
            if newton.is_sure and np.max(before - after) <= _SETTLED * np.max(after):
                break
            nodes = still
        else:
            return Box(low=low, high=high, is_settled=False)
        return Box(low=low, high=high, is_settled=not self.halt.now)

    def _swept(
        self,
        k: float,
        nodes: IntArray,
        low: FloatArray,
        high: FloatArray,
        power: tuple[FloatArray, FloatArray],
        sweeps: int,
    ) -> IntArray:
        """Sweeps in place; the nodes whose bounds are still apart."""
        c = self.coupled
        sweep_box(self.arcs, c.bias, c.gain, k, nodes, low, high, power, sweeps)
        return nodes[(high - low)[nodes] > _CLOSED * c.bias[nodes]]

    # -- proofs ------------------------------------------------------------------------------------

    def has_one(self, k: float, box: Box) -> bool:
        """Whether the network is proved to have one equilibrium, given bounds of all of them."""
        return self._is_convex(k, box.low, box.high)

    def isolated(self, k: float, x: FloatArray) -> tuple[FloatArray, Box] | None:
        """The state next to x, and a box about it with one equilibrium, which is stable: proved."""
        found = corrected(self.coupled, k, x)
        if found is None:
            return None
        c, x = self.coupled, np.clip(found[0], 0.0, self.coupled.bias)
        ease = self._ease(x, x)
        y = self._solved(k, ease, np.ones(len(x)))
        if y is None or not np.all(y > 0.0):
            return None
        q = np.tanh(c.gain * x) ** 2
        mode = np.where(self.live, ease * y, 0.0)
        for reach in _REACH:
            move = (reach / float(mode.max(initial=1e-300))) * mode
            least, most = np.maximum(q - move, 0.25 * q), np.minimum(q + move, 1.0 - 1e-16)
            low, high = (np.arctanh(np.sqrt(ends)) / c.gain for ends in (least, most))
            low, high = np.where(self.live, low, c.bias), np.where(self.live, high, c.bias)
            if self._maps_into_itself(k, low, high) and self._is_convex(k, low, high):
                return x, Box(low=low, high=high, is_settled=True)
        return None

    def _maps_into_itself(self, k: float, low: FloatArray, high: FloatArray) -> bool:
        c, live = self.coupled, self.live
        below, above = (np.tanh(c.gain * ends) ** 2 for ends in (low, high))
        least, most = k * (c.matrix @ below), k * (c.matrix @ above)
        v = np.sqrt(below), np.sqrt(above)
        with np.errstate(divide="ignore", invalid="ignore"):
            inner = (c.bias - high + 2.0 * _MARGIN * c.bias) / v[1] < least * (1.0 - _MARGIN)
            outer = (c.bias - low - 2.0 * _MARGIN * c.bias) / v[0] > most * (1.0 + _MARGIN)
        return bool(np.all((inner & outer)[live]))

    def _is_convex(self, k: float, low: FloatArray, high: FloatArray) -> bool:
        """Whether the objective is proved convex in q on a box of activities."""
        ease = self._ease(low, high)
        y = self._solved(k, ease, np.ones(len(low)))
        if y is None or not np.all(y > 0.0):
            return False
        pull = k * ease * (self.coupled.matrix @ (ease * y))
        return bool(np.all(y - pull > 1e-12 * (y + pull)))

    def _ease(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """1 / sqrt(d), not less than anywhere on a box; 0 where a node is alone."""
        c, live = self.coupled, self.live
        v = np.where(live, np.tanh(c.gain * high), 0.5)
        s = np.maximum(c.bias - high, 0.0) / v
        d = (1.0 / np.maximum(c.gain * (1.0 - np.tanh(c.gain * low) ** 2), 1e-300) + s) / (
            2.0 * v**2
        )
        return np.where(live, _UP / np.sqrt(d), 0.0)

    def _solved(self, k: float, ease: FloatArray, right: FloatArray) -> FloatArray | None:
        """y with (1 - k diag(ease) c diag(ease)) y = right; None where there is none."""
        return self.coupled.solver.at(ease, -k).inverse(right, 1e-5)


class _Newton:
    """Newton's method for bounds, of the nodes that are still open."""

    def __init__(
        self,
        on: Extremes,
        k: float,
        low: FloatArray,
        high: FloatArray,
        power: tuple[FloatArray, FloatArray],
    ) -> None:
        self.on, self.k, self.low, self.high, self.power = on, k, low, high, power
        self.nodes, self.is_sure = np.zeros(0, dtype=np.int64), True
        self.rows: sparse.csr_array
        self.within: sparse.csr_array
        self.solver: Solver
        # How far each bound is expected to move in q, at most: at first anywhere.
        self.reach = {side: np.full(len(low), np.inf) for side in (True, False)}

    def step(self, nodes: IntArray) -> None:
        """Move all bounds of these nodes, as far as it can be told."""
        if not len(self.nodes) or len(nodes) < 0.6 * len(self.nodes):
            self.nodes = nodes
            self.rows = sparse.csr_array(self.on.coupled.matrix[nodes])
            self.within = sparse.csr_array(self.rows[:, nodes])
            self.solver = solver_of(self.within, _PRODUCTS)
        first, second = self._moved(True), self._moved(False)
        self.is_sure = first and second

    def _moved(self, side: bool) -> bool:
        """Move the lower bounds of one side up, the upper bounds of the other down; if it can."""
        i, k = self.nodes, self.k
        bias, gain = self.on.coupled.bias[i], self.on.coupled.gain[i]
        below, above = self.power
        up = self.on.is_left[i] == side
        x, other = np.where(up, self.low[i], self.high[i]), np.where(up, self.high[i], self.low[i])
        q, q_other = np.where(up, below[i], above[i]), np.where(up, above[i], below[i])
        pull = k * np.where(up, self.rows @ above, self.rows @ below)
        v = np.sqrt(np.maximum(q, _TINY))
        s = (bias - x) / v
        r = np.where(up, s - pull, pull - s) - 2.0 * _SLACK * (2.0 * bias / v + pull)
        r = np.maximum(r, 0.0)
        room = np.abs(q_other - q)
        reach = np.minimum(self.reach[side][i], room)
        d = _slope(bias, gain, x, q)
        for _ in range(_TRIES):
            e = _steepest(up, bias, gain, (x, q, s, d), (other, q_other), reach)
            w = self._solved(e, r)
            if w is not None and np.all(w <= reach * _UP):
                break
            more = 4.0 * reach if w is None else np.maximum(reach, 2.0 * w)
            reach = np.where(room > 0.0, np.minimum(np.maximum(more, 1e-6 * room), room), 0.0)
        else:
            return False
        self.reach[side][i] = 2.0 * w
        self._put(up, i, x, q, w)
        return True

    def _solved(self, e: FloatArray, r: FloatArray) -> FloatArray | None:
        """w >= 0 with P w <= r; None where P is not positive definite, or too nearly not so."""
        root = 1.0 / np.sqrt(e)
        there = self.solver.at(root, -self.k)
        y = there.inverse(root * r, _SLACK)
        # The inverse of a definite one is positive.
        if y is None or np.any(y < -1e-6 * np.abs(y).max(initial=0.0)):
            return None
        w = np.maximum(root * y, 0.0)
        for _ in range(_TRIES):
            most = (r + self.k * (self.within @ w)) / e
            if np.all(w <= most * (1.0 + _SLACK)):
                return w
            w = np.minimum(w, np.maximum(most, 0.0))
        return None

    def _put(self, up: BoolArray, i: IntArray, x: FloatArray, q: FloatArray, w: FloatArray) -> None:
        gain = self.on.coupled.gain[i]
        v = np.sqrt(np.clip(np.where(up, q + w, q - w), 0.0, 1.0 - 1e-16))
        pad = 1e-15 * v / (gain * (1.0 - v**2))
        new = np.arctanh(v) / gain
        new = np.where(up, np.maximum(x, new - pad), np.minimum(x, new + pad))
        new = np.where(w > 0.0, new, x)
        self.low[i[up]], self.high[i[~up]] = new[up], new[~up]
        power = np.tanh(gain * new) ** 2
        self.power[0][i[up]], self.power[1][i[~up]] = power[up], power[~up]


def _slope(bias: FloatArray, gain: FloatArray, x: FloatArray, q: FloatArray) -> FloatArray:
    """d = -ds/dq."""
    v = np.sqrt(np.maximum(q, _TINY))
    return np.asarray((1.0 / np.maximum(gain * (1.0 - q), 1e-300) + (bias - x) / v) / (2.0 * v**2))


def _steepest(
    up: BoolArray,
    bias: FloatArray,
    gain: FloatArray,
    here: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    there: tuple[FloatArray, FloatArray],
    reach: FloatArray,
) -> FloatArray:
    """The least that is proved to exceed all mean slopes of s from here to within reach."""
    _, q, s, d = here
    end = np.where(up, q + reach, q - reach)
    is_all = reach >= np.abs(there[1] - q)
    end = np.clip(np.where(is_all, there[1], end), 0.0, 1.0 - 1e-16)
    root = np.sqrt(np.maximum(end, _TINY))
    x_end = np.where(is_all, there[0], np.arctanh(root) / gain)
    d_end = _slope(bias, gain, x_end, end)
    mean = 0.5 * (d + d_end)
    far = np.abs(end - q) > 1e-3 * q
    with np.errstate(divide="ignore", invalid="ignore"):
        chord = np.abs((bias - x_end) / root - s) / np.abs(end - q)
    mean = np.where(far, np.minimum(mean, chord), mean)
    return np.asarray(np.maximum(d, mean) * _UP)
