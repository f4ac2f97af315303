"""Taylor series of the reduced equations along a curve, and their Jacobian over a box.

The equations of the model (`netplastic.model.Equations`) are put over intervals, and over series
whose coefficients are intervals: what is left to say here is how series are multiplied and
divided, and what the activations' series are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netplastic._support import KINDS, FloatArray, IntArray
from netplastic.equilibria.certified import IntervalSystem, MidRad, Rates
from netplastic.equilibria.certified._kernels import (
    BIAS,
    C_LOW,
    GAIN,
    GAMMA,
    KIND,
    POST0,
    POST2,
    PRE0,
    PRE1,
    S_LOW,
    THRESHOLD,
    ZETA,
)
from netplastic.model import Equations, Polynomials

__all__ = ["Series", "SystemEquations", "interval_equations"]


@dataclass(frozen=True, eq=False)
class Series:
    """Power series in one variable; `terms[k]` encloses the k-th derivative over k!."""

    terms: list[MidRad]

    # numpy leaves arithmetic with arrays of floats to the methods below
    __array_ufunc__ = None

    def map(self, linear: Callable[[MidRad], MidRad]) -> Series:
        """Apply a linear function."""
        return Series([linear(term) for term in self.terms])

    def __getitem__(self, index: Any) -> Series:
        return self.map(lambda term: term[index])

    def __neg__(self) -> Series:
        return self.map(lambda term: -term)

    def __add__(self, other: Series | FloatArray | float) -> Series:
        if isinstance(other, Series):
            return Series([a + b for a, b in zip(self.terms, other.terms, strict=True)])
        return Series([self.terms[0] + other, *self.terms[1:]])

    def __sub__(self, other: Series | FloatArray | float) -> Series:
        return self + -other

    def __mul__(self, other: Series | FloatArray | float) -> Series:
        if not isinstance(other, Series):
            return self.map(lambda term: term * other)
        a, b = self.terms, other.terms
        result = []
        for k in range(len(a)):
            total = a[0] * b[k]
            for i in range(1, k + 1):
                total = total + a[i] * b[k - i]
            result.append(total)
        return Series(result)

    def __truediv__(self, other: Series | FloatArray | float) -> Series:
        """Quotient by its recurrence: (top / b)_k = (top_k - sum_i b_i (top / b)_{k-i}) / b_0."""
        if not isinstance(other, Series):
            return self.map(lambda term: term / other)
        result: list[MidRad] = []
        for k, top in enumerate(self.terms):
            for i in range(1, k + 1):
                top = top - other.terms[i] * result[k - i]
            result.append(top / other.terms[0])
        return Series(result)

    def __radd__(self, other: FloatArray | float) -> Series:
        return self + other

    def __rmul__(self, other: FloatArray | float) -> Series:
        return self * other


class SystemEquations:
    """The functions F_i of one system, ready for evaluation over boxes and along curves."""

    def __init__(self, system: IntervalSystem) -> None:
        table, self.n = system.table, system.n
        self.gain = np.ascontiguousarray(table[:, GAIN])
        self.threshold = np.ascontiguousarray(table[:, THRESHOLD])
        self.kind = float(table[0, KIND])
        self._over_intervals = of = interval_equations(system)
        static = of.static
        self._over_series = replace(
            of,
            plastic=lambda values: values.map(of.plastic),
            static=None if static is None else (lambda values: values.map(static)),
            spread=lambda values: values.map(of.spread),
        )

    def taylor(self, x: Sequence[MidRad]) -> list[MidRad]:
        """Coefficients of F along a curve from those of the activities.

        Parameters
        ----------
        x : sequence of MidRad of shape (n,)
            x[k] encloses the k-th derivative over k!, k at most 3.
        """
        value: Series = self._over_series.at(self._rates(x)).residual(Series(list(x)))
        return value.terms

    def jacobian(self, x: MidRad) -> MidRad:
        """dF/dx over a box, shape (n, n)."""
        of, n = self._over_intervals, self.n
        rates = self._rates_over(x)
        diagonal, arcs = of.at(rates.rate).jacobian(rates.slope)
        # two rows of one node may have an arc from the same source: rows first, then their sums
        by_row = arcs.scatter((len(of.gamma), n), of.row, of.source)
        through: MidRad = of.spread(by_row.transposed).transposed
        numbers = np.arange(n)
        own: MidRad = diagonal.scatter((n, n), numbers, numbers)
        return through + own

    def _rates_over(self, x: MidRad) -> Rates:
        low = np.nextafter(x.mid - x.rad, -np.inf)
        high = np.nextafter(x.mid + x.rad, np.inf)
        return Rates.over(self.kind, self.gain, self.threshold, low, high)

    def _rates(self, x: Sequence[MidRad]) -> Series:
        """V along the curve.

        For tanh phi' = g (1 - V^2), phi'' = -2 g V phi', phi''' = -2 g^2 phi' (1 - 3 V^2); for the
        logistic function phi' = g V (1 - V), phi'' = g (1 - 2 V) phi', phi''' = g^2 phi' (1 - 6 V +
        6 V^2).
        """
        tanh, gain = self.kind == KINDS["tanh"], self.gain
        rates = self._rates_over(x[0])
        v, slope = rates.rate, rates.slope
        result = [v]
        if len(x) > 1:
            result.append(slope * x[1])
        if len(x) > 2:
            first = v * -2.0 if tanh else 1.0 - v * 2.0
            bend = first * slope * (0.5 * gain)
            result.append(slope * x[2] + bend * x[1] * x[1])
        if len(x) > 3:
            shape = (1.0 - v * v * 3.0) * -2.0 if tanh else 1.0 - v * (1.0 - v) * 6.0
            twist = slope * shape * gain * gain / 6.0
            last = slope * x[3] + bend * x[1] * x[2] * 2.0
            result.append(last + twist * x[1] * x[1] * x[1])
        return Series(result)


def interval_equations(system: IntervalSystem) -> Equations:
    """Equations of a system with intervals for numbers; its groups of arcs are the rows."""
    table, arcs, n = system.table, system.arcs, system.n
    rows = len(system.group) - 1
    row = np.repeat(np.arange(rows), np.diff(system.group))
    node = np.repeat(np.arange(n), np.diff(system.row))
    plastic_arc, static_arc = _enclosed(arcs[:, C_LOW:S_LOW]), _enclosed(arcs[:, S_LOW:ZETA])
    plastic = _transposed(plastic_arc, rows, n, row, system.source)
    static = _transposed(static_arc, rows, n, row, system.source)
    into = np.zeros((n, rows))
    into[node, np.arange(rows)] = 1.0
    has_static = bool(np.any(arcs[:, S_LOW:ZETA]))
    return Equations(
        factors=Polynomials(table[node, POST0 : POST2 + 1], table[:, PRE0 : PRE1 + 1]),
        bias=table[:, BIAS],
        gamma=table[node, GAMMA],
        zeta=arcs[system.group[:-1], ZETA],
        node=node,
        row=row,
        source=system.source,
        target=node[row],
        plastic_arc=plastic_arc,
        static_arc=static_arc if has_static else np.zeros(len(row)),
        plastic=lambda values: values @ plastic,
        static=(lambda values: (values @ static).gather(into)) if has_static else None,
        spread=lambda values: values.gather(into),
    )


def _enclosed(ends: FloatArray) -> MidRad:
    interval = MidRad.between(ends[:, 0], ends[:, 1])
    exact = ends[:, 0] == ends[:, 1]
    return MidRad(np.where(exact, ends[:, 0], interval.mid), np.where(exact, 0.0, interval.rad))


def _transposed(values: MidRad, rows: int, n: int, row: IntArray, source: IntArray) -> MidRad:
    """Coefficients as an (n, rows) matrix; a row has at most one arc from each source."""
    return values.scatter((rows, n), row, source).transposed
