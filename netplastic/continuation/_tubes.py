"""Proof that a branch was followed: one equilibrium in each of a chain of overlapping tubes.

Between two states of the branch at magnitudes a < b let c(u), k(u) be the straight line from one to
the other, u in [0, 1]. With t, p and G(z) = t F(c + p z; k) as in the proof of a single state
(`netplastic/equilibria/sampled/_monotone.py`), let mu > 0 bound the least eigenvalue of
(G' + G'^T) / 2 for all u and |z| <= rho from below, and eta |G(0)| from above. If eta < mu rho,
then for each u there is exactly one equilibrium with |z| <= rho, and J is regular there, so that no
eigenvalue passes zero. At the line's end it lies within |G(0)| / mu of it; where that ball lies
within the next tube, the next tube's equilibrium is the same, continued. The first tube starts at
the bias at strength 0, the only equilibrium there.

|G(0)| on the line is at most its larger value at the two ends and half of what it can change by,
t (J(c, k) (x_b - x_a) + dF/dk (b - a)), which is of second order in the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import KINDS, FloatArray, Halt, SymmetricPattern
from netplastic.equilibria.certified import MidRad, Rates, Sums

from ._base_branch import Coupled, corrected

__all__ = ["proved_to"]

_LARGEST, _SMALLEST, _FINER = 0.5, 2.0**-20, 0.75
"""Bounds of the least eigenvalue that are tried; the step of a tube grows with the bound."""

_UP = 1.0 + 1e-9  # exceeds the roundings of sums of numbers that are not negative
_UNIT = 2.0**-52
_WIDER = 2.0
"""Radius of a tube, in units of the least that its line allows."""

_LEAST = 1e-9
"""Step, relative to the strength, below which the proof ends."""


@dataclass(frozen=True, eq=False)
class _Tube:
    """Radius in the scales p, and how far the equilibrium is from the line's end."""

    p: FloatArray
    radius: float
    end: float


class _Enclosures:
    """The equations of a network on boxes of states and strengths, rounded outwards."""

    def __init__(self, coupled: Coupled) -> None:
        self.coupled, self.n = coupled, len(coupled.bias)
        matrix = coupled.matrix.tocoo()
        self.row, self.source = (ends.astype(np.int64) for ends in matrix.coords)
        self.weight = MidRad.exact(matrix.data)
        self.pattern = SymmetricPattern(self.n, self.row, self.source)
        self.summed = Sums(self.row, self.n)
        self.shift = _LARGEST

    def least(self, own: FloatArray, pairs: FloatArray) -> float:
        """Proved bound of the least eigenvalue, tried from near the last one down; or -1."""
        shift = min(_LARGEST, self.shift / _FINER**2)
        while shift > _SMALLEST:
            bound = self.pattern.least_eigenvalue(own, pairs, shift)
            if bound > 0.0:
                self.shift = shift
                return bound
            shift *= _FINER
        return -1.0

    def rates(self, low: FloatArray, high: FloatArray) -> Rates:
        gain = self.coupled.gain
        return Rates.over(float(KINDS["tanh"]), gain, np.zeros(self.n), low, high)

    def power(self, rates: Rates) -> MidRad:
        """S_i = sum_j c_ij V_j^2."""
        return self.summed(self.weight * rates.rate[self.source] * rates.rate[self.source])

    def force(self, x: FloatArray, k: float) -> MidRad:
        """F at a state."""
        at = self.rates(x, x)
        own = MidRad.exact(x) - self.coupled.bias
        return own + at.rate * self.power(at) * k

    def jacobian(self, over: Rates, k: MidRad) -> tuple[MidRad, MidRad]:
        """Entries of J on the diagonal and on the arcs."""
        arcs = self.weight * over.rate[self.row] * over.rate[self.source]
        own = over.slope * self.power(over) * k + 1.0
        return own, arcs * over.slope[self.source] * k * 2.0

    def scaled(
        self, own: MidRad, arcs: MidRad, t: FloatArray, p: FloatArray
    ) -> tuple[MidRad, MidRad]:
        """Diagonal, and the symmetric part of the rest per pair, of t J p."""
        arcs = arcs * t[self.row] * p[self.source]
        rad = arcs.rad + 2.0 * _UNIT * np.abs(arcs.mid)
        pairs = self.pattern.symmetrized(arcs.mid), self.pattern.symmetrized(rad)
        return own * t * p, MidRad(*pairs)


def _norm(values: MidRad) -> float:
    size = np.abs(values.mid) + values.rad
    return float(np.sqrt(np.sum(size * size))) * _UP


def _tube(on: _Enclosures, a: float, x: FloatArray, b: float, y: FloatArray) -> _Tube | None:
    """The tube about the line from (a, x) to (b, y), if it is proved."""
    k = MidRad.between(np.array(a), np.array(b))
    middle = on.coupled.equations(0.5 * (a + b), 0.5 * (x + y))
    t, p = middle.into, middle.out
    with np.errstate(all="ignore"):
        centre = on.rates(0.5 * (x + y), 0.5 * (x + y))
        own, pairs = on.scaled(*on.jacobian(centre, MidRad.exact(0.5 * (a + b))), t, p)
        least = on.least(own.mid, pairs.mid)
        if not least > 0.0:
            return None
        ends = [_norm(on.force(state, at) * t) for state, at in ((x, a), (y, b))]
        line = on.rates(np.minimum(x, y), np.maximum(x, y))
        line_own, line_arcs = on.jacobian(line, k)
        step = MidRad.exact(y) - x
        change = line_own * step + on.summed(line_arcs * step[on.source])
        change = change + line.rate * on.power(line) * (MidRad.exact(b) - a)
        eta = (max(ends) + 0.5 * _norm(change * t)) * _UP
        radius = _WIDER * eta / least
        reach = p * radius * _UP
        low = np.nextafter(np.minimum(x, y) - reach, -np.inf)
        high = np.nextafter(np.maximum(x, y) + reach, np.inf)
        around_own, around = on.scaled(*on.jacobian(on.rates(low, high), k), t, p)
        off = np.abs(around.mid - pairs.mid) + around.rad
        wide = np.abs(around_own.mid - own.mid) + around_own.rad
        mu = least - float((wide + on.pattern.row_sums(off)).max()) * _UP
        if not (mu > 0.0 and eta * _UP < mu * radius):
            return None
    return _Tube(p, radius, ends[1] / mu * _UP)


def _overlap(last: _Tube | None, tube: _Tube) -> bool:
    """Whether the equilibrium at the end of the last tube lies within the next one."""
    return last is None or last.end * float(np.max(last.p / tube.p)) * _UP < tube.radius


def proved_to(coupled: Coupled, most: float, halt: Halt | None = None) -> float:
    """Magnitude up to which the base branch is proved, and proved to lose no stability.

    Parameters
    ----------
    coupled : Coupled
    most : float
        Where to stop: the onset, or the limit.
    halt : Halt or None
        Ends the proof, which holds as far as it came.
    """
    halt = halt or Halt()
    on = _Enclosures(coupled)
    k, x = 0.0, np.array(coupled.bias)
    pace = coupled.equations(k, x).pace
    last: _Tube | None = None
    h = 0.01 * most
    while k < most and not halt.now:
        halt.tell(k / most)
        there = min(most, k + h)
        step = corrected(coupled, there, x + (there - k) * pace)
        tube = None if step is None else _tube(on, k, x, there, step[0])
        if step is None or tube is None or not _overlap(last, tube):
            h *= 0.6
            if h < _LEAST * max(k, 1e-3 * most):
                break
            continue
        k, x, last = there, step[0], tube
        pace = step[1].pace
        h *= 1.2
    return k
