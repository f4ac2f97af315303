"""The equations of hubs as functions of their own activities, given what the pieces around do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import BoolArray, FloatArray
from netplastic.equilibria.certified import MidRad, Rates, delayed, hessians, system_of
from netplastic.equilibria.certified._kernels import (
    BIAS,
    C_HIGH,
    C_LOW,
    GAIN,
    GAMMA,
    KIND,
    POST0,
    POST2,
    PRE0,
    PRE1,
    S_HIGH,
    S_LOW,
    THRESHOLD,
    ZETA,
    activate,
)
from netplastic.model import Equations, PlasticNetwork, Polynomials

from ._choices import Choices

__all__ = ["Hubs", "Located", "View"]


class Hubs:
    """Parameters of the hubs' rows, with the arcs between hubs.

    Attributes
    ----------
    nodes : int array of shape (d,)
    zetas : tuple of float
        Growths of the decay of the groups of arcs into the hubs: inputs are summed per group.
    has_forms : bool
        Whether quadratic forms decide about stability (`PlasticNetwork.only_minima_stable`).
    alone : PlasticNetwork
        The hubs without the pieces.
    """

    def __init__(self, net: PlasticNetwork, nodes: tuple[int, ...]) -> None:
        system = system_of(net)
        self.nodes = np.array(nodes, dtype=np.int64)
        self.has_forms = net.only_minima_stable
        self.alone = net.part_at(self.nodes)
        self.rows = system.table[self.nodes]
        arcs = [
            (s, int(system.source[a]), system.arcs[a])
            for s, h in enumerate(nodes)
            for a in range(system.group[system.row[h]], system.group[system.row[h + 1]])
        ]
        self.zetas = tuple(sorted({float(arc[ZETA]) for _, _, arc in arcs}))
        d, width = len(nodes), len(self.zetas) + 1
        # a group that a hub does not have keeps growth 0, so that its decay cannot vanish
        self.zeta = np.zeros((d, len(self.zetas)))
        plastic, static = np.zeros((2, d, width, d)), np.zeros((2, d, width, d))
        for s, j, arc in arcs:
            g = self.zetas.index(float(arc[ZETA]))
            self.zeta[s, g] = arc[ZETA]
            if j in nodes:
                place = (slice(None), s, g, nodes.index(j))
                plastic[place] = arc[C_LOW], arc[C_HIGH]
                place = (slice(None), s, width - 1, nodes.index(j))
                static[place] = arc[S_LOW], arc[S_HIGH]
        self.plastic = MidRad.between(plastic[0], plastic[1])
        self.static = MidRad.between(static[0], static[1])
        self.equations = self._equations()

    def _equations(self) -> Equations:
        """The hubs' rows, one for each group of each hub, with the arcs between hubs."""
        d, groups = self.zeta.shape
        node = np.repeat(np.arange(d), groups)
        row = np.repeat(np.arange(d * groups), d)
        plastic, static = self.plastic[:, :-1], self.static[:, -1]
        return Equations(
            factors=Polynomials(self.rows[node, POST0 : POST2 + 1], self.rows[:, PRE0 : PRE1 + 1]),
            bias=self.rows[:, BIAS],
            gamma=self.rows[node, GAMMA],
            zeta=self.zeta.ravel(),
            node=node,
            row=row,
            source=np.tile(np.arange(d), d * groups),
            target=node[row],
            plastic_arc=plastic.reshape(d * groups * d),
            static_arc=static,
            plastic=lambda values: (plastic * values).sum(axis=-1).reshape(d * groups),
            static=lambda values: (static * values).sum(axis=-1),
            spread=lambda values: values.reshape(d, groups).sum(axis=-1),
        )

    def rate(self, x: FloatArray) -> MidRad:
        """Enclose the rates at activities x (d,)."""
        ends = np.array(
            [
                activate(row[KIND], row[GAIN], row[THRESHOLD], at)[:2]
                for row, at in zip(self.rows, x, strict=True)
            ]
        )
        return MidRad.between(ends[:, 0], ends[:, 1])

    def rates(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Rates at both ends, (2, d), without bounds of their errors."""
        return np.asarray(self.alone.activation.rate(np.stack([low, high])))

    def between(self, low: FloatArray, high: FloatArray, s: int, share: float) -> float:
        """Cut [low, high] of hub s: at a share of the rates, or of activities where that is nil."""
        ends = self.rates(low, high)
        middle = low[s] + share * (high[s] - low[s])
        if abs(ends[1, s] - ends[0, s]) > 1e-3 * (high[s] - low[s]):
            with np.errstate(divide="ignore"):  # a rate that rounds to 0 or 1: too far out
                inside = self.alone.activation.inverse(ends[:1] + share * (ends[1:] - ends[:1]))
            x = float(inside[0, s])
            edge = 0.05 * (high[s] - low[s])
            middle = x if low[s] + edge < x < high[s] - edge else middle
        return float(middle)

    def over(self, low: FloatArray, high: FloatArray) -> View:
        """Prepare the box [low, high] of activities (d,)."""
        return View(self, low, high)


@dataclass(frozen=True, eq=False)
class _Factors:
    """R_g and dR_g/dV of each hub's groups, and inputs between hubs, at rates or over them."""

    factor: MidRad  # (d, groups)
    slope: MidRad
    own: MidRad  # (d, inputs of one hub)
    own_slope: MidRad  # (d, inputs of one hub, d): derivative by the rates


@dataclass(frozen=True, eq=False, kw_only=True)
class Located:
    """What is known of the zeros of each choice in the box.

    Attributes
    ----------
    exists : bool array of shape (k,)
        One zero, and no other.
    settled : bool array of shape (k,)
        `exists` is right; else nothing is known.
    positive, signed : bool arrays of shape (k,)
        All pivots of the derivative are positive over the box, and whether that is known.
    low, high : float arrays of shape (d,)
        Bounds of all zeros; low > high where there is none.
    """

    exists: BoolArray
    settled: BoolArray
    positive: BoolArray
    signed: BoolArray
    low: FloatArray
    high: FloatArray


class View:
    """The hubs' rows over one box of their activities.

    Attributes
    ----------
    points : float array of shape (points, d)
        Where the inputs from the pieces are wanted: both ends for one hub, so that neighboring
        intervals agree about the sign there, else the centre.
    """

    def __init__(self, hubs: Hubs, low: FloatArray, high: FloatArray) -> None:
        self._hubs = hubs
        self.low, self.high = low, high
        self.points = np.stack([low, high] if len(low) == 1 else [low + 0.5 * (high - low)])
        self._rates = Rates.of(hubs.alone, low, high)
        self._over = self._factors(self._rates.rate)
        self._at = [self._factors(hubs.rate(point)) for point in self.points]

    def _factors(self, v: MidRad) -> _Factors:
        hubs = self._hubs
        state = hubs.equations.at(v)
        change = hubs.plastic * state.source_slope + hubs.static
        own = (hubs.plastic * state.source_term + hubs.static * v).sum(axis=-1)
        shape = hubs.zeta.shape
        slope = MidRad.of(state.steepness / state.decay)
        return _Factors(state.factor.reshape(*shape), slope.reshape(*shape), own, change)

    def _total(self, inputs: MidRad, own: MidRad) -> MidRad:
        return inputs.reshape(len(inputs.mid), *own.mid.shape) + own

    def _value(self, x: MidRad, factors: _Factors, inputs: MidRad) -> MidRad:
        """G (k, d) for each row of inputs."""
        total = self._total(inputs, factors.own)
        plastic = (total[..., :-1] * factors.factor).sum(axis=-1)
        bias = MidRad.exact(self._hubs.rows[:, BIAS])
        return x - bias - plastic - total[..., -1]

    def _value_at(self, choices: Choices, point: int) -> MidRad:
        inputs = choices.over.mid.shape[1]
        at = choices.at[:, point * inputs : (point + 1) * inputs]
        return self._value(MidRad.exact(self.points[point]), self._at[point], at)

    def _jacobian(self, choices: Choices) -> MidRad:
        """dG_s/dx_j (k, d, d) over the box for each choice."""
        factors, slope = self._over, self._rates.slope
        d = len(self.low)
        total = self._total(choices.over, factors.own)
        bend = (factors.slope * slope[:, None] * total[..., :-1]).sum(axis=-1)
        numbers = np.arange(d)
        diagonal = (MidRad.exact(1.0) - bend).scatter((len(choices), d, d), numbers, numbers)
        change = self._total(choices.slope, factors.own_slope * slope)
        plastic = (factors.factor[:, :, None] * change[:, :, :-1]).sum(axis=2)
        return diagonal - plastic - change[:, :, -1]

    @property
    def width(self) -> float:
        """Largest width of the box."""
        return float(np.max(self.high - self.low))

    def may_vanish(self, inputs: MidRad) -> BoolArray:
        """Whether G may have a zero in the box, for inputs (k, inputs) over it."""
        value = self._value(MidRad.between(self.low, self.high), self._over, inputs)
        return np.asarray(np.all(_holds_zero(value), axis=-1))

    def roots(self, choices: Choices) -> Located:
        """Locate the zeros of G for each choice; nothing is settled where sheets are not known.

        Where a choice has one, the derivative is regular over the box.
        """
        jacobian = self._jacobian(choices)
        located = self._between_ends if len(self.low) == 1 else self._around_centre
        exists, none, low, high = located(choices, jacobian)
        known = choices.known
        left = ~(known & none)
        box = MidRad.between(self.low, self.high)
        inputs = box - self._value(box, self._over, choices.over)  # a zero has x = inputs
        low = np.fmax(np.where(known[:, None], low, self.low), np.fmax(inputs.low, self.low))[left]
        high = np.fmin(np.where(known[:, None], high, self.high), np.fmin(inputs.high, self.high))[
            left
        ]
        positive, signed = _all_pivots_positive(jacobian)
        return Located(
            exists=exists,
            settled=known & (none | exists),
            positive=positive,
            signed=signed,
            low=low.min(axis=0, initial=np.inf),
            high=high.max(axis=0, initial=-np.inf),
        )

    def _between_ends(
        self, choices: Choices, jacobian: MidRad
    ) -> tuple[BoolArray, BoolArray, FloatArray, FloatArray]:
        """One hub: signs at both ends of an interval where G' keeps one sign."""
        slope = jacobian[:, 0]
        ends = [self._value_at(choices, point) for point in range(2)]
        first, last = (_sign(value[:, 0]) for value in ends)
        exists = (_sign(slope[:, 0]) != 0) & (first * last < 0.0)
        none = (_sign(slope[:, 0]) != 0) & (first * last > 0.0)
        move = slope * MidRad.between(
            np.array(0.0), (MidRad.exact(self.high) - MidRad.exact(self.low)).high
        )
        reaches = _holds_zero(ends[0] + move) & _holds_zero(ends[1] - move)
        # a root r has G(end) = G' (end - r)
        roots = [
            MidRad.exact(end) - value / slope
            for end, value in zip((self.low, self.high), ends, strict=True)
        ]
        low = np.fmax(roots[0].low, roots[1].low)
        high = np.fmin(roots[0].high, roots[1].high)
        return exists, none | ~reaches[:, 0], low, high

    def _around_centre(
        self, choices: Choices, jacobian: MidRad
    ) -> tuple[BoolArray, BoolArray, FloatArray, FloatArray]:
        """Several hubs: the Krawczyk operator around the centre of the box."""
        centre = self.points[0]
        value = self._value_at(choices, 0)
        reach = np.nextafter(np.maximum(self.high - centre, centre - self.low), np.inf)
        deviation = MidRad(np.zeros_like(reach), reach)
        form = value + (jacobian * deviation).sum(axis=-1)
        none = ~np.all(_holds_zero(form), axis=-1)
        inverse = MidRad.exact(_inverses(jacobian.mid))
        error = MidRad.exact(np.eye(len(centre))) - inverse @ jacobian
        step = (inverse @ value[:, :, None])[:, :, 0]
        image = MidRad.exact(centre) - step + (error * deviation).sum(axis=-1)
        low, high = image.low, image.high
        exists = np.all((low > self.low) & (high < self.high), axis=-1)
        none = none | np.any((low > self.high) | (high < self.low), axis=-1)
        return exists, none, low, high

    def held(self, choices: Choices) -> BoolArray:
        """Whether the delayed form is positive definite over the box, per choice."""
        hubs, d = self._hubs, len(self.low)
        if not hubs.has_forms:
            return np.zeros(len(choices), dtype=bool)
        rates = Rates(self._rates.rate[None], self._rates.slope[None])
        own = delayed(hubs.alone, hessians(hubs.alone, rates)[1])
        positive, _ = _all_pivots_positive(choices.relief.reshape(len(choices), d, d) + own)
        return choices.held & positive


def _inverses(matrices: FloatArray) -> FloatArray:
    """Inverses (k, d, d), near enough to serve as preconditioners; NaN where there is none."""
    usable = np.asarray(np.isfinite(matrices).all(axis=(1, 2)))
    usable[usable] = np.linalg.det(matrices[usable]) != 0.0
    result = np.full_like(matrices, np.nan)
    result[usable] = np.linalg.inv(matrices[usable])
    return result


def _all_pivots_positive(matrix: MidRad) -> tuple[BoolArray, BoolArray]:
    """Whether all pivots of the elimination of (k, d, d) are positive, and whether that is sure.

    Their products are the leading minors, so that this also holds for matrix @ diag(positive).
    """
    positive, sure = (np.ones(len(matrix.mid), dtype=bool) for _ in range(2))
    while matrix.mid.shape[1]:
        pivot, line = matrix[:, 0, 0], matrix[:, 0, 1:]
        signs = _sign(pivot)
        sure &= ~positive | (signs != 0)
        positive &= signs > 0
        factor = matrix[:, 1:, 0] / pivot[:, None]
        matrix = matrix[:, 1:, 1:] - factor[:, :, None] * line[:, None, :]
    return positive, sure


def _holds_zero(value: MidRad) -> BoolArray:
    return ~((value.low > 0.0) | (value.high < 0.0))  # true where a bound is NaN: near a pole


def _sign(value: MidRad) -> FloatArray:
    return np.where(value.low > 0.0, 1.0, np.where(value.high < 0.0, -1.0, 0.0))
