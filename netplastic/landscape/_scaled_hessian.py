"""The Hessian of the reduced objective, scaled so that the strength enters as one factor.

With strengths multiplied by s, the Hessian scaled by D^1/2 (D = diag(phi')) is I - U - s Q, where

    Q_ij = 2 c_ij g_i g_j (i != j),   Q_ii = D_i sum_j c_ij V_j^2 + 2 c_ii g_i^2,
    g_i = sqrt(D_i) V_i,

with c the coupling a eta / gamma (symmetric), and U_ij = a_ij u_ij sqrt(D_i D_j). At one state V
without static weights u it is positive definite exactly for s < 1 / lambda_max(Q).

The largest lambda_max(Q(V)) of a box is sought as the largest z' Q(V) z of states and directions z
of length 1 at once: an evaluation then costs one pass over the arcs, and no eigenvalues.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize, sparse
from scipy.sparse.linalg import ArpackError, eigsh

from netplastic._support import FloatArray, Halt, HaltedError
from netplastic.model import PlasticNetwork, family_of

__all__ = ["ScaledHessian"]

_SMALL = 400
_RANDOM_STARTS = 12
_ITERATIONS = 1000


@dataclass(frozen=True, eq=False, kw_only=True)
class ScaledHessian:
    """Q(V) and U: symmetric coupling, and the slope phi' as a quadratic of V.

    `unit` and `sign` turn the factor s into a strength where the network has a common one.
    """

    coupling: sparse.csr_array
    static: sparse.csr_array
    slope: FloatArray
    unit: float
    sign: float
    parameter: str

    @classmethod
    def of(cls, net: PlasticNetwork) -> ScaledHessian:
        if not net.has_objective:
            raise ValueError(
                "convexity needs an objective: the Hebb rule (either sign) with the same strength "
                "and static weight in both directions of every edge."
            )
        kind = net.activation.kind
        if kind is None:
            raise ValueError(
                f"activation {type(net.activation).__name__} has no bounds of its slope that could "
                "prove convexity; use tanh or logistic."
            )
        # phi' = s0 + s1 V + s2 V^2: gain (1 - V^2) for tanh, gain V (1 - V) for logistic.
        shape = (1.0, 0.0, -1.0) if kind == "tanh" else (0.0, 1.0, -1.0)
        wiring = (net.wiring.source, net.wiring.indptr)
        static = sparse.csr_array(
            (net.arc_weight * net.static_weight, *wiring), shape=(net.n, net.n)
        )
        family = family_of(net, "strength")
        common = family.meaning == "common value" and family.own != 0.0
        return cls(
            coupling=sparse.csr_array((net.coupling, *wiring), shape=(net.n, net.n)),
            static=static,
            slope=np.outer(shape, net.activation.parameter("gain")),
            unit=abs(family.own) if common else 1.0,
            sign=math.copysign(1.0, family.own) if common else 1.0,
            parameter="strength" if common else "factor",
        )

    def slope_at(self, v: FloatArray) -> FloatArray:
        """Return phi' at rates V."""
        return np.asarray(self.slope[0] + v * (self.slope[1] + v * self.slope[2]))

    def matrix(self, v: FloatArray) -> sparse.csr_array:
        """Q at one state."""
        slope = np.maximum(self.slope_at(v), 0.0)
        g = np.sqrt(slope) * v
        q = 2.0 * _between(self.coupling, g) + sparse.diags_array(slope * (self.coupling @ v**2))
        return sparse.csr_array(q)

    def static_bound(self) -> float:
        """Upper bound of lambda_max(U): slopes at their greatest, signs ignored."""
        if not np.any(self.static.data):
            return 0.0
        top = np.sqrt(self.slope[0] - 0.25 * self.slope[1] ** 2 / self.slope[2])
        matrix = _between(abs(self.static), top)
        rows = float(matrix.sum(axis=1).max()) * (1.0 + 1e-12)
        n = len(top)
        if n > _SMALL:
            return rows
        return min(rows, float(np.linalg.eigvalsh(matrix.toarray())[-1]) + 1e-12 * n * rows)

    def steepest_state(self, low: FloatArray, high: FloatArray, halt: Halt) -> FloatArray:
        """State in the box with the largest lambda_max(Q) that local searches find."""
        rng = np.random.default_rng(0)
        n = len(low)
        inside = [*zip(low, high, strict=True), *[(None, None)] * n]
        best, most = 0.5 * (low + high), -math.inf

        def negated(z: FloatArray) -> tuple[float, FloatArray]:
            nonlocal best, most
            value, gradient = self.curvature(z[:n], z[n:])
            if value > most:
                best, most = np.clip(z[:n], low, high), value
            halt.heed()
            return -value, -gradient

        for number in range(3 + _RANDOM_STARTS):
            start = rng.uniform(low, high)
            if number < 3:
                start = low + (0.5, 0.75, 0.95)[number] * (high - low)
            z = np.concatenate([start, self.leading(start)])
            try:
                optimize.fmin_l_bfgs_b(negated, z, bounds=inside, maxiter=_ITERATIONS)
            except HaltedError:
                break
            halt.tell((number + 1.0) / (4 + _RANDOM_STARTS))
        return best

    def curvature(self, v: FloatArray, z: FloatArray) -> tuple[float, FloatArray]:
        """Return z' Q(V) z / z'z, and its gradient by V and z (2n,)."""
        slope = self.slope_at(v)
        change = self.slope[1] + 2.0 * v * self.slope[2]
        root = np.sqrt(np.maximum(slope, 1e-12))  # at V = 1 the gradient has no bound
        g, g_change = root * v, root + 0.5 * v * change / root
        size = float(z @ z)
        between, beside = self.coupling @ (g * z), self.coupling @ v**2
        own = slope * z**2
        value = float(2.0 * (g * z) @ between + own @ beside) / size
        by_state = 4.0 * z * g_change * between + z**2 * change * beside
        by_state += 2.0 * v * (self.coupling @ own)
        by_direction = 4.0 * g * between + 2.0 * slope * z * beside - 2.0 * value * z
        return value, np.concatenate([by_state, by_direction]) / size

    def leading(self, v: FloatArray) -> FloatArray:
        """Direction of the largest eigenvalue of Q, roughly on large networks."""
        matrix = self.matrix(v)
        if len(v) <= _SMALL:
            return np.asarray(np.linalg.eigh(matrix.toarray())[1][:, -1])
        start = np.random.default_rng(0).normal(size=len(v))
        try:
            return np.asarray(eigsh(matrix, k=1, which="LA", v0=start, tol=1e-3)[1][:, 0])
        except ArpackError:  # at V = 0, where Q is 0: any direction will do
            return start

    def first_singular(self, state: FloatArray) -> float:
        """Factor s at which I - U - s Q is singular at a state; inf where at none.

        The smallest one, on large networks one that the direction of the largest eigenvalue of Q
        shows to be no smaller.
        """
        root = np.sqrt(np.maximum(self.slope_at(state), 0.0))
        base, matrix = (
            sparse.eye_array(len(state)) - _between(self.static, root),
            self.matrix(state),
        )
        if len(state) <= _SMALL:
            if float(np.linalg.eigvalsh(base.toarray())[0]) <= 0.0:
                return 0.0
            values = linalg.eigh(matrix.toarray(), base.toarray(), driver="gvd")[0]
            room, largest = 1.0, float(values[-1])
        else:
            z = self.leading(state)
            room, largest = float(z @ (base @ z)), float(z @ (matrix @ z))
        return math.inf if largest <= 0.0 else max(room, 0.0) / largest * (1.0 + 1e-12)


def _between(matrix: sparse.csr_array, factor: FloatArray) -> sparse.csr_array:
    """A matrix with factors on rows and columns."""
    scale = sparse.diags_array(factor)
    return sparse.csr_array(scale @ matrix @ scale)
