"""Taylor coefficients of the reduced equations along a curve, and the Jacobian over a box.

All quantities are `MidRad` enclosures. With groups g of arcs as in `_kernels._table`,

    F_i = x_i - b_i - sum_g (A_g + R_g T_g),  A = S V,  T = C q(V),  R_g = post / (gamma + zeta V^2)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netplastic._support import KINDS, FloatArray
from netplastic.equilibria.certified import IntervalSystem, MidRad
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
    activate_all,
)

__all__ = ["Equations"]

MOST = 3  # highest order


def _column(a: MidRad) -> MidRad:
    return MidRad(a.mid[:, None], a.rad[:, None])


def _scaled(factor: FloatArray | float, a: MidRad) -> MidRad:
    return MidRad.exact(factor) * a


class Equations:
    """The functions F_i of one system, ready for evaluation over boxes and along curves."""

    def __init__(self, system: IntervalSystem) -> None:
        table, arcs = system.table, system.arcs
        groups, n = len(system.group) - 1, system.n
        of = np.repeat(np.arange(groups), np.diff(system.group))
        self.n = n
        self.plastic = _dense(groups, n, of, system.source, arcs[:, C_LOW:S_LOW])
        self.static = _dense(groups, n, of, system.source, arcs[:, S_LOW:ZETA])
        self.has_static = bool(np.any(self.static.mid) or np.any(self.static.rad))
        target = np.repeat(np.arange(n), np.diff(system.row))
        self.target = target
        self.into = np.zeros((n, groups))
        self.into[target, np.arange(groups)] = 1.0
        self.zeta = arcs[system.group[:-1], ZETA]
        self.gamma = table[target, GAMMA]
        self.post = table[target, POST0 : POST2 + 1]
        self.pre = table[:, PRE0 : PRE1 + 1]
        self.bias = table[:, BIAS]
        self.gain = np.ascontiguousarray(table[:, GAIN])
        self.threshold = np.ascontiguousarray(table[:, THRESHOLD])
        self.kind = float(table[0, KIND])

    def taylor(self, x: Sequence[MidRad]) -> list[MidRad]:
        """Coefficients of F along a curve from those of the activities.

        Parameters
        ----------
        x : sequence of MidRad of shape (n,)
            x[k] encloses the k-th derivative over k!, k at most 3.
        """
        rates = self._rates(x)
        squares = _product(rates, rates)
        sources = [
            _scaled(self.pre[:, 0], v) + _scaled(self.pre[:, 1], w)
            for v, w in zip(rates, squares, strict=True)
        ]
        factors = self._factors([v[self.target] for v in rates], squares)
        inputs = [self.plastic @ q for q in sources]
        terms = _product(factors, inputs)
        if self.has_static:
            terms = [t + self.static @ v for t, v in zip(terms, rates, strict=True)]
        value = [a - t.gather(self.into) for a, t in zip(x, terms, strict=True)]
        value[0] = value[0] - MidRad.exact(self.bias)
        return value

    def jacobian(self, x: MidRad) -> MidRad:
        """dF/dx over a box, shape (n, n)."""
        one = MidRad.exact(np.ones(self.n))
        rates = self._rates([x, one])
        squares = _product(rates, rates)
        slope = rates[1]
        sources = [
            _scaled(self.pre[:, 0], v) + _scaled(self.pre[:, 1], w)
            for v, w in zip(rates, squares, strict=True)
        ]
        factors = self._factors([v[self.target] for v in rates], squares)
        arriving = self.plastic * sources[1]
        through = _column(factors[0]) * arriving
        if self.has_static:
            through = through + self.static * slope
        own = factors[1] * (self.plastic @ sources[0])
        matrix = MidRad.exact(self.into) @ through
        diagonal = MidRad.exact(np.eye(self.n))
        numbers = np.arange(self.n)
        spread = own.gather(self.into).scatter((self.n, self.n), numbers, numbers)
        return diagonal - matrix - spread

    def _rates(self, x: Sequence[MidRad]) -> list[MidRad]:
        """V along the curve.

        For tanh phi' = g (1 - V^2), phi'' = -2 g V phi', phi''' = -2 g^2 phi' (1 - 3 V^2); for the
        logistic function phi' = g V (1 - V), phi'' = g (1 - 2 V) phi', phi''' = g^2 phi' (1 - 6 V +
        6 V^2).
        """
        v, slope = self._rate_and_slope(x[0])
        result = [v]
        if len(x) > 1:
            result.append(slope * x[1])
        if len(x) > 2:
            tanh = self.kind == KINDS["tanh"]
            one = MidRad.exact(1.0)
            first = -_scaled(2.0, v) if tanh else one - _scaled(2.0, v)
            bend = _scaled(0.5 * self.gain, first * slope)
            result.append(slope * x[2] + bend * x[1] * x[1])
        if len(x) > 3:
            if tanh:
                shape = one - _scaled(3.0, v * v)
                shape = _scaled(-2.0, shape)
            else:
                shape = one - _scaled(6.0, v * (one - v))
            sixth = MidRad.exact(1.0) / MidRad.exact(6.0)
            gain = MidRad.exact(self.gain)
            twist = gain * gain * slope * shape * sixth
            last = slope * x[3] + _scaled(2.0, bend * x[1] * x[2])
            result.append(last + twist * x[1] * x[1] * x[1])
        return result

    def _rate_and_slope(self, x: MidRad) -> tuple[MidRad, MidRad]:
        ends = np.stack([np.nextafter(x.mid - x.rad, -np.inf), np.nextafter(x.mid + x.rad, np.inf)])
        out = np.empty((2, self.n, 4))
        activate_all(self.kind, self.gain, self.threshold, ends, out)
        v = MidRad.between(out[0, :, 0], out[1, :, 1])
        least = np.minimum(out[0, :, 2], out[1, :, 2])
        most = np.maximum(out[0, :, 3], out[1, :, 3])
        peak = self.gain if self.kind == KINDS["tanh"] else 0.25 * self.gain
        inside = (ends[0] <= self.threshold) & (self.threshold <= ends[1])
        return v, MidRad.between(least, np.where(inside, peak, most))

    def _factors(self, v: Sequence[MidRad], squares: Sequence[MidRad]) -> list[MidRad]:
        """R along the curve, by the recurrence for a quotient."""
        square = [s[self.target] for s in squares]
        post = [
            _scaled(self.post[:, 1], a) + _scaled(self.post[:, 2], b)
            for a, b in zip(v, square, strict=True)
        ]
        post[0] = post[0] + MidRad.exact(self.post[:, 0])
        if not np.any(self.zeta) and np.all(self.gamma == 1.0):
            return post
        decay = [_scaled(self.zeta, s) for s in square]
        decay[0] = decay[0] + MidRad.exact(self.gamma)
        result: list[MidRad] = []
        for k, top in enumerate(post):
            for i in range(1, k + 1):
                top = top - decay[i] * result[k - i]
            result.append(top / decay[0])
        return result


def _product(a: Sequence[MidRad], b: Sequence[MidRad]) -> list[MidRad]:
    """Coefficients of a product."""
    result = []
    for k in range(len(a)):
        total = a[0] * b[k]
        for i in range(1, k + 1):
            total = total + a[i] * b[k - i]
        result.append(total)
    return result


def _dense(groups: int, n: int, of: np.ndarray, source: np.ndarray, ends: FloatArray) -> MidRad:
    """Coefficients as a (groups, n) matrix; a group has at most one arc from each source."""
    interval = MidRad.between(ends[:, 0], ends[:, 1])
    exact = ends[:, 0] == ends[:, 1]
    interval = MidRad(np.where(exact, ends[:, 0], interval.mid), np.where(exact, 0.0, interval.rad))
    return interval.scatter((groups, n), of, source)
