"""Proof of an equilibrium, and of its being a minimum, on networks of any size.

With positive t and p per node let G(z) = t F(x + p z). If (G'(z) + G'(z)^T) / 2 has no eigenvalue
below mu > 0 for |z| <= rho, and |G(0)| < mu rho, then <G(z), z> > 0 on the sphere |z| = rho, so
that G has a root within (Poincare-Bohl), only one because G is strongly monotone, and at most
|G(0)| / mu from the centre. For a network with an objective F' = H D with H its Hessian and
D = diag(phi'), so G' = t H D p has the eigenvalues of a symmetric matrix of the inertia of H: H is
positive definite, the root a strict minimum.

t and p are chosen so that G' is nearly symmetric with a unit diagonal there. mu comes from one
sparse elimination of the matrix at the centre, less the norm of what its entries,
enclosed over the ball, differ from those at the centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray, SymmetricPattern
from netplastic.equilibria.certified import MidRad, Rates, enclosed_equations
from netplastic.model import PlasticNetwork

__all__ = ["MonotoneProof", "Proof"]

_SHIFTS = (2.0**-6, 2.0**-11, 2.0**-16)
_UP = 1.0 + 1e-9  # exceeds the roundings of sums of numbers that are not negative
_LEAST_SLOPE = 1e-12  # of saturated nodes, which would else be measured on a scale of their own
_UNIT = 2.0**-52


@dataclass(frozen=True)
class Proof:
    """What is proved at one point.

    Attributes
    ----------
    radius : float
        An equilibrium lies within this distance in every coordinate; NaN: not proved.
    minimum : bool
        It is a strict minimum of the objective.
    stable : bool
        It is stable at the network's learning rate.
    """

    radius: float = np.nan
    minimum: bool = False
    stable: bool = False

    @property
    def exists(self) -> bool:
        """Whether there is an equilibrium."""
        return bool(np.isfinite(self.radius))


class MonotoneProof:
    """Prover for one network, whose equations can be enclosed.

    Parameters
    ----------
    net : PlasticNetwork
    """

    def __init__(self, net: PlasticNetwork) -> None:
        self._net = net
        self._equations = enclosed_equations(net)
        self._pattern = SymmetricPattern(net.n, net.wiring.target, net.wiring.source)

    @property
    def affordable(self) -> bool:
        """Whether the network is not too large for the elimination."""
        return self._pattern.affordable

    def at(self, x: FloatArray) -> Proof:
        """Try the proof about one state of shape (n,)."""
        net = self._net
        with np.errstate(all="ignore"):
            centre = Rates.of(net, x, x)
            state = self._equations.at(centre.rate)
            force = state.residual(MidRad.exact(x))
            own, arcs = state.jacobian(centre.slope)
            unit = self._diagonal(MidRad.of(own).mid, MidRad.of(arcs).mid)
            if not np.all(unit > 0.0):
                return Proof()
            slope = np.maximum(centre.slope.mid, _LEAST_SLOPE)
            t, p = np.sqrt(slope / unit), 1.0 / np.sqrt(slope * unit)
            off = t * (np.abs(force.mid) + force.rad)
            eta = float(np.sqrt(np.sum(off * off))) * _UP
            there = self._scaled(MidRad.of(own), MidRad.of(arcs), t, p)
            for shift in _SHIFTS:
                least = self._pattern.least_eigenvalue(there.diagonal, there.pairs, shift)
                if least > 0.0:
                    return self._around(x, t, p, there, eta, least)
        return Proof()

    def _around(
        self, x: FloatArray, t: FloatArray, p: FloatArray, centre: _Scaled, eta: float, least: float
    ) -> Proof:
        """Judge the ball about x, given a bound of the least eigenvalue at its centre."""
        rho = 4.0 * eta / least + 1e-300
        reach = p * rho * _UP
        low, high = np.nextafter(x - reach, -np.inf), np.nextafter(x + reach, np.inf)
        over = Rates.of(self._net, low, high)
        own, arcs = self._equations.at(over.rate).jacobian(over.slope)
        around = self._scaled(MidRad.of(own), MidRad.of(arcs), t, p)
        mu = least - around.distance(centre, self._pattern)
        if not eta * _UP < mu * rho:
            return Proof()
        radius = float(np.max(p)) * eta / mu * _UP + float(np.max(np.abs(x))) * _UNIT
        net = self._net
        if not (net.has_objective and np.isfinite(radius)):
            return Proof(radius)
        stable = net.only_minima_stable and (
            net.weights_follow or bool(np.all(net.strength >= 0.0)) or self._is_damped(x, radius)
        )
        return Proof(radius, True, stable)

    def _is_damped(self, x: FloatArray, radius: float) -> bool:
        """Whether M + gamma eps tau / phi' is positive definite near x: see `delayed`."""
        net = self._net
        near = Rates.of(net, x - radius, x + radius)
        frozen = MidRad.of(self._equations.at(near.rate).forms(near.slope.sqrt())[2])
        rate = MidRad.exact(net.tau) * float(net.decay[0]) * net.learning_rate
        unit = self._diagonal(1.0 + rate.mid, frozen.mid)
        if not np.all(unit > 0.0):
            return False
        q = 1.0 / np.sqrt(unit)
        form = self._scaled(rate + 1.0, frozen, q, q)
        for shift in _SHIFTS:
            least = self._pattern.least_eigenvalue(form.diagonal, form.pairs, shift)
            if least > 0.0:
                return bool(form.spread(self._pattern) < least)
        return False

    def _diagonal(self, own: FloatArray, arcs: FloatArray) -> FloatArray:
        wiring = self._net.wiring
        loop = wiring.source == wiring.target
        return np.asarray(own + np.bincount(wiring.target[loop], arcs[loop], minlength=len(own)))

    def _scaled(self, own: MidRad, arcs: MidRad, t: FloatArray, p: FloatArray) -> _Scaled:
        """The symmetric part of t J p, for J with these entries on the diagonal and the arcs."""
        wiring = self._net.wiring
        own = own * t * p
        arcs = arcs * t[wiring.target] * p[wiring.source]
        pairs = self._pattern.symmetrized(arcs.mid)
        diagonal = self._diagonal(own.mid, arcs.mid)
        # the sums of two numbers round, and so may those on the diagonal
        loose = self._pattern.symmetrized(arcs.rad + 2.0 * _UNIT * np.abs(arcs.mid))
        size = np.abs(own.mid) + self._diagonal(0.0 * diagonal, np.abs(arcs.mid))
        return _Scaled(diagonal, pairs, own.rad + 4.0 * _UNIT * size, loose)


@dataclass(frozen=True, eq=False)
class _Scaled:
    """Enclosure of a symmetric matrix: middle and radius on the diagonal and per pair.

    The radius of a pair of a node with itself belongs to the diagonal too.
    """

    diagonal: FloatArray
    pairs: FloatArray
    diagonal_radius: FloatArray
    pair_radius: FloatArray

    def spread(self, pattern: SymmetricPattern) -> float:
        """Bound of the norm of what a matrix meant differs from the middle."""
        rows = self.diagonal_radius + pattern.row_sums(self.pair_radius)
        return float(rows.max()) * _UP

    def distance(self, centre: _Scaled, pattern: SymmetricPattern) -> float:
        """Bound of the norm of what a matrix meant differs from the middle of another."""
        off = np.abs(self.pairs - centre.pairs)
        off[pattern.first == pattern.second] = 0.0
        own = np.abs(self.diagonal - centre.diagonal)
        return self.spread(pattern) + float((own + pattern.row_sums(off)).max()) * _UP
