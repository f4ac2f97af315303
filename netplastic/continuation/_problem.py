"""What the continuation asks of a family: residual, Jacobian, derivative, spectra.

States are z = (x, q): the activities and the parameter divided by a scale, so that the Euclidean
length of z measures both fairly.
"""

from __future__ import annotations

from copy import copy

import numpy as np
from scipy import linalg

from netplastic._support import FloatArray
from netplastic.model import (
    Equations,
    Family,
    PlasticNetwork,
    dense_matrix,
    flow_matrix,
    full_jacobian,
    reduced_matrix,
)

__all__ = ["Problem"]


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
        # A common strength of all arcs only multiplies one matrix.
        common = family.name == "strength" and bool(np.all(family.mask))
        self._unit = family.at(1.0) if common else None
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
        net, equations = self._equations(p)
        with np.errstate(divide="ignore", invalid="ignore"):
            state = equations.at(net.activation.rate(x))
            matrix = dense_matrix(net, *state.jacobian(net.activation.slope(x)))
            return state.residual(x), matrix

    def _equations(self, p: float) -> tuple[PlasticNetwork, Equations]:
        """Equations at a value of the parameter, and a network with their wiring and activation."""
        if self._unit is not None:
            return self._unit, self._unit.equations.strengthened(p)
        net = self.net(p)
        return net, net.equations

    def derivative(self, x: FloatArray, p: float) -> FloatArray:
        """dF/dq: one unit of q is `scale` units of the parameter.

        Exact for a common strength, else a central difference. F is affine in bias, where that is
        exact but for rounding; elsewhere its error is of order 1e-9, which slows Newton's method a
        little and shifts no result, because the derivative only enters as a direction.
        """
        if self.family.name == "learning_rate":
            return np.zeros(self.n)
        if self._unit is not None and not np.any(self._unit.decay_growth):
            state = self._unit.equations.at(self._unit.activation.rate(x))
            return -self.scale * np.asarray(state.plastic_input())
        h = 1e-4 * max(1.0, abs(p))
        if self.family.positive:
            h = min(h, 0.01 * p)
        above, below = self.system(x, p + h)[0], self.system(x, p - h)[0]
        return self.scale * (above - below) / (2.0 * h)

    def eigenvalues(self, x: FloatArray, p: float) -> FloatArray:
        """Real parts of the eigenvalues of dF/dx, increasing.

        Each is a continuous function of the state, also where two real eigenvalues meet and turn
        complex; where one is zero, `sizes` tells a zero eigenvalue from a pair that crosses
        the imaginary axis.
        """
        matrix = self.system(x, p)[1]
        if self.gradient:
            return np.asarray(np.linalg.eigvalsh(self.symmetrised(x, p, matrix)))
        return np.sort(linalg.eigvals(matrix).real)

    def sizes(self, x: FloatArray, p: float) -> FloatArray:
        """Moduli of the eigenvalues of dF/dx, increasing."""
        if self.gradient:
            return np.sort(np.abs(self.eigenvalues(x, p)))
        return np.sort(np.abs(linalg.eigvals(self.system(x, p)[1])))

    def symmetrised(self, x: FloatArray, p: float, matrix: FloatArray) -> FloatArray:
        """D^1/2 J D^-1/2: the Hessian in coordinates that stay finite when rates saturate."""
        slope = self._equations(p)[0].activation.slope(x)
        root = np.sqrt(slope)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = root[:, None] * matrix / root
        scaled[~np.isfinite(scaled)] = 0.0
        return 0.5 * (scaled + scaled.T)

    def index(self, x: FloatArray, p: float) -> int:
        """How many eigenvalues of dF/dx have a negative real part: inertia of H for a gradient."""
        return int(np.count_nonzero(self.eigenvalues(x, p) < 0.0))

    def growth(self, x: FloatArray, p: float) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
        """Return eigenvalues of the full dynamics, fastest growing first (see
        docs/theory.md#section-3).

        The m - n known negative ones are left out where the 2n reduction holds. At learning rate
        inf those of the n equations that are left, and minus the decays of weights that cannot
        follow because they do not decay.
        """
        net = self.net(p)
        values = np.asarray(linalg.eigvals(self._dynamics(net, x)), dtype=np.complex128)
        if net.weights_follow:
            decay = net.equations.at(net.activation.rate(x)).decay[net.equations.row]
            values = np.append(values, -decay[decay <= 0.0])
        order = np.lexsort((values.imag, -values.real))
        return np.asarray(values[order])

    @staticmethod
    def _dynamics(net: PlasticNetwork, x: FloatArray) -> FloatArray:
        """The smallest matrix with all growth rates of interest."""
        if net.weights_follow:
            return flow_matrix(net, x)
        return reduced_matrix(net, x) if net.decay_is_nodal else full_jacobian(net, x).toarray()

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
