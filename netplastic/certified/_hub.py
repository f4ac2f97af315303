"""The equation of a hub as a function of its own activity, given what the pieces around it do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._kernels import table as columns
from .._kernels.interval import activate
from .._types import BoolArray, FloatArray, IntArray
from ..network import PlasticNetwork
from ._choices import Choices
from ._forms import State, delayed, hessians
from ._midrad import MidRad
from ._system import system_of

__all__ = ["Hub", "View"]


class Hub:
    """Parameters of the hub's row, with the arcs from the hub to itself.

    Attributes
    ----------
    zetas : tuple of float
        Growth of the decay of each group of arcs into the hub.
    has_forms : bool
        Whether quadratic forms decide about stability: an objective, and one decay.
    """

    def __init__(self, net: PlasticNetwork, h: int) -> None:
        system = system_of(net)
        arcs = [
            (int(system.source[a]), system.arcs[a])
            for a in range(system.group[system.row[h]], system.group[system.row[h + 1]])
        ]
        self.zetas = tuple(sorted({float(arc[columns.ZETA]) for _, arc in arcs}))
        self.has_forms = net.has_objective and float(np.ptp(net.decay)) == 0.0
        self.alone = net.part_at(np.array([h]))
        self.row = system.table[h]
        own = np.zeros((2, len(self.zetas) + 1))
        for j, arc in arcs:
            if j == h:
                g = self.zetas.index(float(arc[columns.ZETA]))
                own[:, g] = arc[columns.C_LOW], arc[columns.C_HIGH]
                own[:, -1] = arc[columns.S_LOW], arc[columns.S_HIGH]
        self.own = MidRad.between(own[0], own[1])

    def rate(self, x: float) -> MidRad:
        """Enclose V at one activity."""
        row = self.row
        v = activate(row[columns.KIND], row[columns.GAIN], row[columns.THRESHOLD], x)
        return MidRad.between(np.array(v[0]), np.array(v[1]))

    def between(self, low: float, high: float, share: float) -> float:
        """Cut [low, high]: at a share of the range of rates, or of activities where that is nil."""
        activation = self.alone.activation
        ends = activation.rate(np.array([[low], [high]])).ravel()
        middle = low + share * (high - low)
        if abs(ends[1] - ends[0]) > 1e-3 * (high - low):
            rate = ends[0] + share * (ends[1] - ends[0])
            x = float(activation.inverse(np.array([rate]))[0])
            middle = x if low + 0.05 * (high - low) < x < high - 0.05 * (high - low) else middle
        return middle

    def over(self, low: float, high: float) -> View:
        """Prepare the interval [low, high] of activities."""
        return View(self, low, high)


@dataclass(frozen=True, eq=False)
class _Factors:
    """R_g and dR_g/dV of each group, and the hub's own terms, at a rate or over rates."""

    factor: MidRad
    slope: MidRad
    own: MidRad  # inputs through the self-loop
    own_slope: MidRad  # derivative of these by V


class View:
    """The hub's row over one interval of its activity."""

    def __init__(self, hub: Hub, low: float, high: float) -> None:
        self._hub = hub
        self.low, self.high = low, high
        ends = np.array([[low]]), np.array([[high]])
        state = State.over(hub.alone, *ends)
        self._state = state
        self._at = {
            "low": self._factors(hub.rate(low)),
            "high": self._factors(hub.rate(high)),
            "over": self._factors(state.rate[0, 0]),
        }

    def _factors(self, v: MidRad) -> _Factors:
        row, zeta = self._hub.row, MidRad.exact(np.array(self._hub.zetas))
        p0, p1, p2 = (MidRad.exact(row[c]) for c in range(columns.POST0, columns.POST2 + 1))
        two = MidRad.exact(2.0)
        post = (p2 * v + p1) * v + p0
        decay = MidRad.exact(row[columns.GAMMA]) + zeta * v * v
        factor = post / decay
        slope = (two * p2 * v + p1 - two * factor * zeta * v) / decay
        q0, q1 = MidRad.exact(row[columns.PRE0]), MidRad.exact(row[columns.PRE1])
        own = self._hub.own
        groups = slice(0, len(self._hub.zetas))
        static = slice(len(self._hub.zetas), None)
        return _Factors(
            factor,
            slope,
            (own[groups] * (q0 * v + q1 * v * v)).joined(own[static] * v),
            (own[groups] * (q0 + two * q1 * v)).joined(own[static]),
        )

    def _value(self, x: MidRad, at: str, inputs: MidRad) -> MidRad:
        """G for each row of inputs (k, inputs)."""
        factors = self._at[at]
        total = inputs + factors.own
        groups = len(self._hub.zetas)
        plastic = total[..., :groups] @ MidRad(
            factors.factor.mid[:, None], factors.factor.rad[:, None]
        )
        bias = MidRad.exact(self._hub.row[columns.BIAS])
        return x - bias - plastic[..., 0] - total[..., groups]

    def _slope(self, choices: Choices) -> MidRad:
        """G' over the interval for each choice."""
        factors, slope = self._at["over"], self._state.slope[0, 0]
        groups = len(self._hub.zetas)
        total = choices.over + factors.own
        bend = factors.slope * slope
        change = choices.slope + factors.own_slope * slope
        through = total[:, :groups] @ MidRad(bend.mid[:, None], bend.rad[:, None])
        direct = change[:, :groups] @ MidRad(
            factors.factor.mid[:, None], factors.factor.rad[:, None]
        )
        return MidRad.exact(1.0) - through[:, 0] - direct[:, 0] - change[:, groups]

    @property
    def width(self) -> float:
        """Width of the interval."""
        return self.high - self.low

    def may_vanish(self, inputs: MidRad) -> BoolArray:
        """Whether G may have a zero in the interval, for inputs (k, inputs) over it."""
        x = MidRad.between(np.array(self.low), np.array(self.high))
        return _holds_zero(self._value(x, "over", inputs))

    def roots(self, choices: Choices) -> tuple[BoolArray, BoolArray] | None:
        """Per choice: whether G has a zero (then exactly one), and whether G' > 0; None if unclear.

        Where it has one, G' keeps its sign over the interval.
        """
        if not np.all(choices.known):
            return None
        low = _sign(self._value(MidRad.exact(self.low), "low", choices.low))
        high = _sign(self._value(MidRad.exact(self.high), "high", choices.high))
        slope = self._slope(choices)
        direction = _sign(slope)
        settled = (low != 0) & (high != 0) & (direction != 0)
        if not np.all(settled):
            open_ones = np.flatnonzero(~settled)
            if np.any(self._reaches_zero(choices, slope, open_ones)):
                return None
        return settled & (low != high), direction > 0

    def _reaches_zero(self, choices: Choices, slope: MidRad, rows: IntArray) -> BoolArray:
        """Whether the mean value form from both ends leaves room for a zero."""
        move = slope[rows] * MidRad.between(
            np.array(0.0), (MidRad.exact(self.high) - MidRad.exact(self.low)).high
        )
        start = self._value(MidRad.exact(self.low), "low", choices.low[rows])
        end = self._value(MidRad.exact(self.high), "high", choices.high[rows])
        return _holds_zero(start + move) & _holds_zero(end - move)

    def held(self, choices: Choices) -> BoolArray:
        """Whether the delayed form is positive definite over the interval, per choice."""
        hub = self._hub
        if not hub.has_forms:
            return np.zeros(len(choices), dtype=bool)
        _, frozen = hessians(hub.alone, self._state)
        own = delayed(hub.alone, frozen)[0, 0, 0]
        corner = choices.relief[:, 0] + own
        return choices.held & (corner.low > 0.0)


def _holds_zero(value: MidRad) -> BoolArray:
    return ~((value.low > 0.0) | (value.high < 0.0))  # true where a bound is NaN: near a pole


def _sign(value: MidRad) -> FloatArray:
    return np.where(value.low > 0.0, 1.0, np.where(value.high < 0.0, -1.0, 0.0))
