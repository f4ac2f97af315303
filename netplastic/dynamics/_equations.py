"""The full equations at a batch of states, arc by arc, in numpy: any activation and any rule.

What the rule makes of rates is the model's (`PlasticNetwork.equations`). The stiff method is built
on these equations, and scipy integrates them where the kernels do not know the network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplastic._support import BoolArray, FloatArray
from netplastic.model import PlasticNetwork

from ._linear import Eliminated

__all__ = ["FullEquations", "Partial"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Partial:
    """Derivatives of the drift at a batch of T states, per arc (T, m).

    Attributes
    ----------
    by_activity, by_weight
        Of the input through an arc by the activity of its source, and by its weight.
    own, other
        Of the weight's drift by the activity of its target, and of its source.
    decay
        Minus the derivative of the weight's drift by the weight.
    """

    by_activity: FloatArray
    by_weight: FloatArray
    own: FloatArray
    other: FloatArray
    decay: FloatArray


class FullEquations:
    """dx/dt and dw/dt of a network; states are (T, n) and (T, m)."""

    def __init__(self, net: PlasticNetwork) -> None:
        self.net, self.target, self.source = net, net.wiring.target, net.wiring.source
        self._row = net.equations.row
        self._to_target = sparse.csr_array(
            (np.ones(net.m), np.arange(net.m), net.wiring.indptr), shape=(net.n, net.m)
        )

    def collect(self, values: FloatArray) -> FloatArray:
        """Sum values of arcs (T, m) at their targets."""
        return np.asarray((self._to_target @ values.T).T)

    def drift(self, x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """dx/dt (T, n) and dw/dt (T, m)."""
        net, j = self.net, self.source
        state = net.equations.at(net.activation.rate(x))
        total = self.collect(net.arc_weight * (net.static_weight + weights) * state.rate[:, j])
        drive = net.strength * state.post[:, self._row] * state.pre[:, j]
        dw = net.learning_rate * (drive - state.decay[..., self._row] * weights)
        return (net.bias - x + total) / net.tau, dw

    def partial(self, x: FloatArray, weights: FloatArray) -> Partial:
        """Derivatives of the drift, arc by arc."""
        net, i, j, eps = self.net, self.target, self.source, self.net.learning_rate
        state, slope = net.equations.at(net.activation.rate(x)), net.activation.slope(x)
        rate, factors = state.rate, net.equations.factors
        post_slope = factors.post_slope(rate[:, net.equations.node])[..., self._row]
        own = net.strength * post_slope * state.pre[:, j]
        own = own - 2.0 * net.decay_growth * rate[:, i] * weights
        pre_slope = factors.pre_slope(rate)[..., j]
        other = net.strength * state.post[:, self._row] * pre_slope
        return Partial(
            by_activity=net.arc_weight * (net.static_weight + weights) * slope[:, j],
            by_weight=net.arc_weight * rate[:, j],
            own=eps * own * slope[:, i],
            other=eps * other * slope[:, j],
            decay=eps * state.decay[..., self._row],
        )

    def linear(
        self, x: FloatArray, weights: FloatArray, shift: FloatArray, allowed: FloatArray
    ) -> Eliminated:
        """Linear systems (shift - J) u = r at a batch of states."""
        return Eliminated(self, self.partial(x, weights), shift, allowed)

    def astray(self, x: FloatArray) -> BoolArray:
        """States (T,) at which the equations mean nothing: none."""
        return np.zeros(len(x), dtype=np.bool_)

    def unrest(self, x: FloatArray, weights: FloatArray) -> FloatArray:
        """Largest distance of a coordinate from where it would halt, relative to 1 + its size (T,).

        Zero exactly at equilibria; not scaled by the learning rate, so that slow learning does
        not pass for rest.
        """
        net = self.net
        dx, dw = self.drift(x, weights)
        decay = net.equations.at(net.activation.rate(x)).decay[..., self._row]
        of_x = np.abs(dx * net.tau) / (1.0 + np.abs(x))
        with np.errstate(divide="ignore", invalid="ignore"):
            of_w = np.abs(dw / (net.learning_rate * decay)) / (1.0 + np.abs(weights))
        worst: FloatArray = np.maximum(of_x.max(axis=1), of_w.max(axis=1, initial=0.0))
        return worst
