"""The full equations at a batch of states, arc by arc, in numpy: any activation and any rule.

The stiff method is built on them, and scipy integrates them where the kernels do not know the
network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork, polynomial

__all__ = ["Equations", "Partial"]


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


class Equations:
    """dx/dt and dw/dt of a network; states are (T, n) and (T, m)."""

    def __init__(self, net: PlasticNetwork) -> None:
        self.net, self.target, self.source = net, net.wiring.target, net.wiring.source
        self._gamma = net.decay[self.target]
        self._to_target = sparse.csr_array(
            (np.ones(net.m), np.arange(net.m), net.wiring.indptr), shape=(net.n, net.m)
        )

    def collect(self, values: FloatArray) -> FloatArray:
        """Sum values of arcs (T, m) at their targets."""
        return np.asarray((self._to_target @ values.T).T)

    def drift(self, x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """dx/dt (T, n) and dw/dt (T, m)."""
        net, i, j = self.net, self.target, self.source
        rate = net.activation.rate(x)
        total = self.collect(net.arc_weight * (net.static_weight + weights) * rate[:, j])
        post, _ = polynomial(net.post, rate)
        pre, _ = polynomial(net.pre, rate)
        drive = net.strength * post[:, i] * pre[:, j]
        dw = net.learning_rate * (drive - self._decay(rate) * weights)
        return (net.bias - x + total) / net.tau, dw

    def _decay(self, rate: FloatArray) -> FloatArray:
        decay: FloatArray = self._gamma + self.net.decay_growth * rate[:, self.target] ** 2
        return decay

    def partial(self, x: FloatArray, weights: FloatArray) -> Partial:
        """Derivatives of the drift, arc by arc."""
        net, i, j, eps = self.net, self.target, self.source, self.net.learning_rate
        rate, slope = net.activation.rate(x), net.activation.slope(x)
        post, post_slope = polynomial(net.post, rate)
        pre, pre_slope = polynomial(net.pre, rate)
        own = net.strength * post_slope[:, i] * pre[:, j]
        own = own - 2.0 * net.decay_growth * rate[:, i] * weights
        other = net.strength * post[:, i] * pre_slope[:, j]
        return Partial(
            by_activity=net.arc_weight * (net.static_weight + weights) * slope[:, j],
            by_weight=net.arc_weight * rate[:, j],
            own=eps * own * slope[:, i],
            other=eps * other * slope[:, j],
            decay=eps * self._decay(rate),
        )

    def unrest(self, x: FloatArray, weights: FloatArray) -> FloatArray:
        """Largest distance of a coordinate from where it would halt, relative to 1 + its size (T,).

        Zero exactly at equilibria; not scaled by the learning rate, so that slow learning does
        not pass for rest.
        """
        net = self.net
        dx, dw = self.drift(x, weights)
        decay = net.learning_rate * np.abs(self._decay(net.activation.rate(x)))
        of_x = np.abs(dx * net.tau) / (1.0 + np.abs(x))
        with np.errstate(divide="ignore", invalid="ignore"):
            of_w = np.abs(dw) / decay / (1.0 + np.abs(weights))
        worst: FloatArray = np.maximum(of_x.max(axis=1), of_w.max(axis=1, initial=0.0))
        return worst
