"""The Hessian of the reduced objective, scaled so that the strength enters as one factor.

With strengths multiplied by s, the Hessian scaled by D^1/2 (D = diag(phi')) is I - U - s Q, where

    Q_ij = 2 c_ij g_i g_j (i != j),   Q_ii = D_i sum_j c_ij V_j^2 + 2 c_ii g_i^2,
    g_i = sqrt(D_i) V_i,

with c the coupling a eta / gamma (symmetric), and U_ij = a_ij u_ij sqrt(D_i D_j). At one state V
without static weights u it is positive definite exactly for s < 1 / lambda_max(Q).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork, family_of

__all__ = ["ScaledHessian"]

_SMALL = 400


@dataclass(frozen=True, eq=False, kw_only=True)
class ScaledHessian:
    """Q(V) and U as arrays: symmetric coupling, and the slope phi' as a quadratic of V.

    `unit` and `sign` turn the factor s into a strength where the network has a common one.
    """

    coupling: FloatArray
    static: FloatArray
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
        coupling, static = np.zeros((net.n, net.n)), np.zeros((net.n, net.n))
        coupling[net.wiring.target, net.wiring.source] = net.coupling
        static[net.wiring.target, net.wiring.source] = net.arc_weight * net.static_weight
        family = family_of(net, "strength")
        common = family.meaning == "common value" and family.own != 0.0
        return cls(
            coupling=coupling,
            static=static,
            slope=np.outer(shape, net.activation.parameter("gain")),
            unit=abs(family.own) if common else 1.0,
            sign=math.copysign(1.0, family.own) if common else 1.0,
            parameter="strength" if common else "factor",
        )

    def slope_at(self, v: FloatArray) -> FloatArray:
        """Return phi' at rates V."""
        return np.asarray(self.slope[0] + v * (self.slope[1] + v * self.slope[2]))

    def matrix(self, v: FloatArray) -> FloatArray:
        """Q at one state."""
        slope = self.slope_at(v)
        g = np.sqrt(np.maximum(slope, 0.0)) * v
        q = 2.0 * self.coupling * np.outer(g, g)
        q[np.diag_indices_from(q)] += slope * (self.coupling @ v**2)
        return q

    def static_bound(self) -> float:
        """Upper bound of lambda_max(U): slopes at their greatest, signs ignored."""
        if not np.any(self.static):
            return 0.0
        top = np.sqrt(self.slope[0] - 0.25 * self.slope[1] ** 2 / self.slope[2])
        matrix = np.abs(self.static) * np.outer(top, top)
        rows = float(matrix.sum(axis=1).max()) * (1.0 + 1e-12)
        if len(matrix) > _SMALL:
            return rows
        return min(rows, float(np.linalg.eigvalsh(matrix)[-1]) + 1e-12 * len(matrix) * rows)

    def steepest_state(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """State in the box with the largest lambda_max(Q) that local searches find."""
        rng = np.random.default_rng(0)
        starts = [low + t * (high - low) for t in (0.5, 0.75, 0.95)]
        starts += list(rng.uniform(low, high, size=(12, len(low))))
        inside = list(zip(low, high, strict=True))
        best, least = starts[0], math.inf
        for start in starts:
            found, negated, _ = optimize.fmin_l_bfgs_b(self._negated, start, bounds=inside)
            if float(negated) < least:
                best, least = np.clip(found, low, high), float(negated)
        return best

    def _negated(self, v: FloatArray) -> tuple[float, FloatArray]:
        """Return -lambda_max(Q(V)) and its gradient u' dQ/dV u (Hellmann-Feynman)."""
        values, vectors = np.linalg.eigh(self.matrix(v))
        u = vectors[:, -1]
        slope = self.slope_at(v)
        change = self.slope[1] + 2.0 * v * self.slope[2]
        root = np.sqrt(np.maximum(slope, 1e-12))  # at V = 1 the gradient has no bound
        g_change = root + 0.5 * v * change / root
        gradient = 4.0 * u * g_change * (self.coupling @ (root * v * u))
        gradient += u**2 * change * (self.coupling @ v**2)
        gradient += 2.0 * v * (self.coupling.T @ (u**2 * slope))
        return -float(values[-1]), -gradient

    def first_singular(self, state: FloatArray) -> float:
        """Smallest factor s at which I - U - s Q is singular at a state; inf where at none."""
        slope = np.maximum(self.slope_at(state), 0.0)
        base = np.eye(len(state)) - self.static * np.sqrt(np.outer(slope, slope))
        if float(np.linalg.eigvalsh(base)[0]) <= 0.0:
            return 0.0
        values = linalg.eigh(self.matrix(state), base, driver="gvd")[0]
        largest = float(values[-1])
        return math.inf if largest <= 0.0 else 1.0 / largest * (1.0 + 1e-12)
