"""The equations at learning rate inf: weights follow at once, and n equations are left.

tau_i dx_i/dt = -F_i(x) (docs/theory.md#section-3). They have the methods of `FullEquations`, for
states whose array of weights has no columns, so that the same methods integrate them.
"""

from __future__ import annotations

import numpy as np

from netplastic._support import BoolArray, FloatArray
from netplastic.model import PlasticNetwork, residual

from ._equations import FullEquations
from ._linear import NodeSystems

__all__ = ["FollowingEquations", "equations_of"]


class FollowingEquations:
    """dx/dt of a network whose weights are functions of the activity; states are (T, n), (T, 0)."""

    def __init__(self, net: PlasticNetwork) -> None:
        self.net = net

    def drift(self, x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """dx/dt (T, n), and nothing for the weights."""
        return -residual(self.net, x) / self.net.tau, np.zeros_like(weights)

    def linear(
        self, x: FloatArray, weights: FloatArray, shift: FloatArray, allowed: FloatArray
    ) -> _Followed:
        """Linear systems (shift - J) u = r at a batch of states (see `NodeSystems`)."""
        del weights
        net = self.net
        diagonal, through = net.equations.at(net.activation.rate(x)).jacobian(
            net.activation.slope(x)
        )
        by_target = through / net.tau[net.wiring.target]
        return _Followed(NodeSystems(net, shift + diagonal / net.tau, by_target, allowed))

    def unrest(self, x: FloatArray, weights: FloatArray) -> FloatArray:
        """As for `FullEquations`."""
        del weights
        worst: FloatArray = (np.abs(residual(self.net, x)) / (1.0 + np.abs(x))).max(axis=1)
        return worst

    def astray(self, x: FloatArray) -> BoolArray:
        """States (T,) at which a weight does not decay, so that it cannot follow."""
        of = self.net.equations
        decay = of.at(self.net.activation.rate(x)).decay[..., of.row]
        lost = np.zeros(len(x), dtype=np.bool_)
        lost |= np.any(~(decay > 0.0), axis=-1)
        return lost


class _Followed:
    """Linear systems in the activities alone."""

    def __init__(self, systems: NodeSystems) -> None:
        self._systems = systems

    def solve(self, r_x: FloatArray, r_w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Solve for u (T, n); weights (T, 0) are passed on."""
        return self._systems.solve(r_x), r_w


def equations_of(net: PlasticNetwork) -> FullEquations | FollowingEquations:
    """Return the equations that govern a network at its learning rate."""
    return FollowingEquations(net) if net.weights_follow else FullEquations(net)
