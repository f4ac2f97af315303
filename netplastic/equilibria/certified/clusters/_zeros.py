"""How many zeros a function of one variable has, from signs proved at a few points.

Let g^(r), r <= 3, have one sign on an interval. Then g has at most r zeros there (Rolle), and its
shape is known: monotone for r = 1, convex or concave for r = 2; for r = 3 its slope is convex or
concave, so g either rises (falls) throughout or has one hump and one valley.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from scipy.optimize import brentq

__all__ = ["Bracket", "Curve", "ZeroCount", "count_zeros"]

Ends = tuple[float, float]


class Curve(Protocol):
    """A function g known through enclosures."""

    def value(self, z: float) -> Ends:
        """Enclose g(z)."""
        ...

    def slopes(self, z: float) -> tuple[Ends, Ends]:
        """Enclose g'(z) and g''(z)."""
        ...


@dataclass(frozen=True)
class Bracket:
    """An interval with opposite signs, proved, at its ends."""

    low: float
    high: float


@dataclass(frozen=True)
class ZeroCount:
    """Proved bounds of the number of distinct zeros, and brackets of zeros.

    When lower == upper, there are as many brackets and each holds exactly one zero.
    """

    lower: int
    upper: int
    brackets: tuple[Bracket, ...]


def count_zeros(curve: Curve, order: int, sign: int, low: float, high: float) -> ZeroCount:
    """Count the zeros of g on [low, high].

    Parameters
    ----------
    curve : Curve
    order, sign : int
        sign * g^(order) > 0 on the interval, proved; order is 1, 2 or 3.
    low, high : float
    """
    g = _Signed(curve, sign)
    if order == 1:
        return _of_points(_monotone(g, low, high), g)
    if order == 2:
        bottom = _where_zero(lambda z: _middle(g.slopes(z)[0]), low, high)
        return _of_points(_valley(g, low, bottom, high, 0.0), g)
    return _cubic(g, low, high)


class _Signed:
    """sign * g, with the values kept."""

    def __init__(self, curve: Curve, sign: int) -> None:
        self._curve, self._sign = curve, sign
        self.values: dict[float, Ends] = {}

    def value(self, z: float) -> Ends:
        if z not in self.values:
            self.values[z] = self._flip(self._curve.value(z))
        return self.values[z]

    def slopes(self, z: float) -> tuple[Ends, Ends]:
        first, second = self._curve.slopes(z)
        return self._flip(first), self._flip(second)

    def _flip(self, ends: Ends) -> Ends:
        return ends if self._sign > 0 else (-ends[1], -ends[0])


class _Mirror:
    """-g(-z): turns a hump into a valley."""

    def __init__(self, g: Curve) -> None:
        self._g = g

    def value(self, z: float) -> Ends:
        low, high = self._g.value(-z)
        return -high, -low

    def slopes(self, z: float) -> tuple[Ends, Ends]:
        first, (low, high) = self._g.slopes(-z)
        return first, (-high, -low)


class _Negative:
    """-g: lets a falling function rise."""

    def __init__(self, g: Curve) -> None:
        self._g = g

    def value(self, z: float) -> Ends:
        low, high = self._g.value(z)
        return -high, -low

    def slopes(self, z: float) -> tuple[Ends, Ends]:
        first, second = self._g.slopes(z)
        return (-first[1], -first[0]), (-second[1], -second[0])


def _sign(ends: Ends) -> int:
    """-1, 1, or 0 when it is not proved."""
    return 1 if ends[0] > 0.0 else -1 if ends[1] < 0.0 else 0


def _middle(ends: Ends) -> float:
    return 0.5 * (ends[0] + ends[1])


def _where_zero(f: Callable[[float], float], low: float, high: float) -> float:
    """Point near the sign change of an increasing function, or the end that is nearest to one."""
    first, last = f(low), f(high)
    if not first < 0.0:
        return low
    if not last > 0.0:
        return high
    return float(brentq(f, low, high, xtol=1e-18, rtol=8.9e-16, maxiter=60, disp=False))


@dataclass(frozen=True)
class _Span:
    lower: int
    upper: int


def _monotone(g: Curve, low: float, high: float) -> _Span:
    """g rises."""
    a, b = _sign(g.value(low)), _sign(g.value(high))
    if a > 0 or b < 0:
        return _Span(0, 0)
    return _Span(1, 1) if a < 0 < b else _Span(0, 1)


def _valley(g: Curve, low: float, bottom: float, high: float, dip: float) -> _Span:
    """g falls and then rises (or does only one of both), with g'' >= -dip on [low, high].

    From the expansion about `bottom`, g >= g(bottom) - |g'(bottom)| w - dip w^2 / 2 within w of it.
    Where g still falls at the upper end, or rises at the lower one, it does so throughout.
    """
    value, slope = g.value(bottom), g.slopes(bottom)[0]
    if bottom == high and slope[1] <= 0.0:
        return _monotone(_Negative(g), low, high)
    if bottom == low and slope[0] >= 0.0:
        return _monotone(g, low, high)
    width = (high - low) * (1.0 + 1e-12)
    steep = max(abs(slope[0]), abs(slope[1]))
    if value[0] - (steep * width + 0.5 * dip * width * width) * (1.0 + 1e-12) > 0.0:
        return _Span(0, 0)
    a, b = _sign(g.value(low)), _sign(g.value(high))
    if value[1] < 0.0 or a < 0 or b < 0:  # negative somewhere: one zero towards each positive end
        known = int(a > 0) + int(b > 0)
        return _Span(known, known + int(a == 0) + int(b == 0))
    return _Span(0, 2)


def _cubic(g: _Signed, low: float, high: float) -> ZeroCount:
    """g''' > 0: the slope is convex."""
    centre = _where_zero(lambda z: _middle(g.slopes(z)[1]), low, high)
    slope, bend = g.slopes(centre)
    # the slope lies above its tangent at the centre
    sag = max(max(0.0, -bend[0]) * (high - centre), max(0.0, bend[1]) * (centre - low))
    if slope[0] - sag * (1.0 + 1e-12) > 0.0:
        return _of_points(_monotone(g, low, high), g)
    top = _where_zero(lambda z: -_middle(g.slopes(z)[0]), low, centre)
    bottom = _where_zero(lambda z: _middle(g.slopes(z)[0]), centre, high)
    for z in (low, top, centre, bottom, high):
        g.value(z)
    if not slope[1] < 0.0:
        return _of_points(_Span(0, 3), g)
    # convex and negative at the centre, the slope changes sign at most once on either side: a hump
    # to the left, where g'' <= bend[1], and a valley to the right, where g'' >= bend[0]
    right = _valley(g, centre, bottom, high, max(0.0, -bend[0]))
    left = _valley(_Mirror(g), -centre, -top, -low, max(0.0, bend[1]))
    lower = left.lower + right.lower if _sign(g.value(centre)) else max(left.lower, right.lower)
    return _of_points(_Span(lower, min(3, left.upper + right.upper)), g)


def _of_points(span: _Span, g: _Signed) -> ZeroCount:
    """Combine what the shape says with the sign changes between the points evaluated."""
    known = [(z, _sign(ends)) for z, ends in sorted(g.values.items()) if _sign(ends)]
    changes = tuple(Bracket(a[0], b[0]) for a, b in itertools.pairwise(known) if a[1] != b[1])
    lower = max(span.lower, len(changes))
    if lower > span.upper:
        raise ArithmeticError(
            f"{lower} sign changes where at most {span.upper} zeros were proved: an error of "
            "netplastic; please report this network."
        )
    if lower < span.upper:
        return ZeroCount(lower, span.upper, changes)
    return ZeroCount(lower, lower, tuple(_narrowed(g, b) for b in changes))


def _narrowed(g: _Signed, bracket: Bracket) -> Bracket:
    """Narrow a bracket about its zero as far as signs can be proved."""
    rising = _sign(g.value(bracket.high))
    root = _where_zero(lambda z: rising * _middle(g.value(z)), bracket.low, bracket.high)
    ends = []
    for end, side in ((bracket.low, -1), (bracket.high, 1)):
        step = 1e-15 * max(abs(root), 1e-3 * (bracket.high - bracket.low))
        while step < abs(end - root) and _sign(g.value(root + side * step)) != side * rising:
            step *= 8.0
        ends.append(root + side * step if step < abs(end - root) else end)
    return Bracket(*ends)
