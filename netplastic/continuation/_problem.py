"""What the continuation asks of a family: residual, Jacobian, derivative, spectra.

States are z = (x, q): the activities and the parameter divided by a scale, so that the Euclidean
length of z measures both fairly.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from netplastic._support import FloatArray
from netplastic.model import (
    Family,
    PlasticNetwork,
    full_jacobian,
    jacobian,
    polynomial,
    reduced_matrix,
    residual,
)

__all__ = ["Problem"]

_DENSE_NODES = 400


@dataclass(frozen=True, eq=False)
class _Dense:
    """The reduced equations with dense matrices: the same F as `reduced.residual`, faster."""

    net: PlasticNetwork
    static: FloatArray
    gain: FloatArray
    zeta: FloatArray

    @classmethod
    def of(cls, net: PlasticNetwork) -> _Dense:
        wiring, n = net.wiring, net.n
        static, gain, zeta = np.zeros((n, n)), np.zeros((n, n)), np.zeros(n)
        static[wiring.target, wiring.source] = net.arc_weight * net.static_weight
        gain[wiring.target, wiring.source] = net.arc_weight * net.strength
        zeta[wiring.target] = net.decay_growth
        return cls(net, static, gain, zeta)

    def system(self, x: FloatArray, factor: float = 1.0) -> tuple[FloatArray, FloatArray]:
        """F and dF/dx, with the plastic strengths multiplied by `factor`."""
        net = self.net
        rate, slope = net.activation.rate(x), net.activation.slope(x)
        post, post_slope = polynomial(net.post, rate)
        pre, pre_slope = polynomial(net.pre, rate)
        zeta = factor * self.zeta
        decay = net.decay + zeta * rate**2
        ratio = factor * post / decay
        ratio_slope = (factor * post_slope - ratio * 2.0 * zeta * rate) / decay
        drive = self.gain @ (rate * pre)
        value = x - net.bias - self.static @ rate - ratio * drive
        matrix = -(self.static + ratio[:, None] * self.gain * (pre + rate * pre_slope)) * slope
        matrix.flat[:: net.n + 1] += 1.0 - ratio_slope * drive * slope
        return value, matrix

    def plastic_input(self, x: FloatArray) -> FloatArray:
        """Input through the plastic weights, linear in strength where the decay is constant."""
        net = self.net
        rate = net.activation.rate(x)
        post, pre = polynomial(net.post, rate)[0], polynomial(net.pre, rate)[0]
        return np.asarray(post / net.decay * (self.gain @ (rate * pre)))


class Problem:
    """The reduced equations of a family in scaled coordinates.

    `basis` (n, r) spans the states that share a symmetry: F maps them into themselves, so a curve
    can be followed among them, where it is better conditioned (symmetric branches are often nearly
    degenerate against breaking the symmetry).

    Parameters
    ----------
    family : Family
    scale : float
        One unit of q is this much of the parameter.
    """

    def __init__(self, family: Family, scale: float) -> None:
        self.family, self.scale, self.n = family, scale, family.net.n
        net = family.net
        self.gradient = net.has_objective and _stays_gradient(family)
        self._fast = net.decay_is_nodal and self.n <= _DENSE_NODES
        # A common strength of all arcs only multiplies one matrix.
        self._unit = (
            _Dense.of(family.at(1.0))
            if self._fast and family.name == "strength" and bool(np.all(family.mask))
            else None
        )
        self._cached: tuple[float, _Dense] | None = None
        self.basis: FloatArray | None = None

    def within(self, basis: FloatArray) -> Problem:
        """Return the same equations for states spanned by the columns of `basis` (orthonormal)."""
        restricted = copy(self)
        restricted.basis = basis if basis.shape[1] < self.n else None
        return restricted

    def net(self, p: float) -> PlasticNetwork:
        """Network at a value of the parameter."""
        return self.family.at(p)

    def system(self, x: FloatArray, p: float) -> tuple[FloatArray, FloatArray]:
        """F and dF/dx."""
        if self._unit is not None:
            return self._unit.system(x, p)
        if not self._fast:
            net = self.net(p)
            return residual(net, x), jacobian(net, x)
        if self._cached is None or self._cached[0] != p:
            self._cached = (p, _Dense.of(self.net(p)))
        return self._cached[1].system(x)

    def derivative(self, x: FloatArray, p: float) -> FloatArray:
        """dF/dq: one unit of q is `scale` units of the parameter.

        Exact for a common strength, else a central difference. F is affine in bias, where that is
        exact but for rounding; elsewhere its error is of order 1e-9, which slows Newton's method a
        little and shifts no result, because the derivative only enters as a direction.
        """
        if self.family.name == "learning_rate":
            return np.zeros(self.n)
        if self._unit is not None and not np.any(self._unit.zeta):
            return -self.scale * self._unit.plastic_input(x)
        h = 1e-4 * max(1.0, abs(p))
        if self.family.positive:
            h = min(h, 0.01 * p)
        above, below = self.system(x, p + h)[0], self.system(x, p - h)[0]
        return self.scale * (above - below) / (2.0 * h)

    def eigenvalues(self, x: FloatArray, p: float) -> FloatArray:
        """Return the eigenvalues of dF/dx that may pass through zero, increasing.

        All of them for a gradient (they are real); else those that are real.
        """
        matrix = self.system(x, p)[1]
        if self.gradient:
            return np.asarray(linalg.eigvalsh(self.symmetrised(x, p, matrix)))
        values = linalg.eigvals(matrix)
        scale = max(1.0, float(np.abs(values).max()))
        return np.sort(values.real[np.abs(values.imag) <= 1e-7 * scale])

    def symmetrised(self, x: FloatArray, p: float, matrix: FloatArray) -> FloatArray:
        """D^1/2 J D^-1/2: the Hessian in coordinates that stay finite when rates saturate."""
        slope = (self._unit.net if self._unit is not None else self.net(p)).activation.slope(x)
        root = np.sqrt(slope)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = root[:, None] * matrix / root
        scaled[~np.isfinite(scaled)] = 0.0
        return 0.5 * (scaled + scaled.T)

    def index(self, x: FloatArray, p: float) -> int:
        """Number of negative eigenvalues of dF/dx (real ones): the inertia of H for a gradient."""
        return int(np.count_nonzero(self.eigenvalues(x, p) < 0.0))

    def growth(self, x: FloatArray, p: float) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
        """Return eigenvalues of the full dynamics, fastest growing first (see THEORY, section 3).

        The m - n known negative ones are left out where the 2n reduction holds.
        """
        net = self.net(p)
        matrix = reduced_matrix(net, x) if net.decay_is_nodal else full_jacobian(net, x).toarray()
        values = np.asarray(linalg.eigvals(matrix), dtype=np.complex128)
        order = np.lexsort((values.imag, -values.real))
        return np.asarray(values[order])

    def unstable(self, x: FloatArray, p: float) -> int:
        """Number of eigenvalues of the full dynamics with positive real part."""
        return int(np.count_nonzero(self.growth(x, p).real > 0.0))

    def newton(self, x: FloatArray, p: float, steps: int = 30) -> FloatArray | None:
        """Solve F(x, p) = 0 at fixed p; None where Newton's method does not settle."""
        for _ in range(steps):
            value, matrix = self.system(x, p)
            try:
                change = np.linalg.solve(matrix, value)
            except np.linalg.LinAlgError:
                return None
            x = x - change
            size = float(np.abs(change).max())
            if not np.isfinite(size) or size > 1e6:
                return None
            if size <= 1e-13 * (1.0 + float(np.abs(x).max())):
                return x
        value = self.system(x, p)[0]
        return x if float(np.abs(value).max()) <= 1e-11 * (1.0 + float(np.abs(x).max())) else None


def _stays_gradient(family: Family) -> bool:
    """Whether moving the parameter keeps the arcs symmetric."""
    if family.name == "strength":
        reverse = family.net.wiring.reverse
        return bool(np.array_equal(family.mask[reverse], family.mask)) if len(reverse) else True
    return True
