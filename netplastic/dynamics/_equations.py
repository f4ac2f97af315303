"""The full equations for a batch of states, with one weight per link.

In plain numpy, for any activation and any rule; the stiff method and the general explicit one are
built on it. Where a network is large and the kernels know its rule, its drift is compiled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork, polynomial

from ._layout import Layout, can_compile

__all__ = ["Equations", "Partial"]

_COMPILED_LINKS = 5_000  # below, numpy takes less than a millisecond, and compiling takes a second


@dataclass(frozen=True, eq=False)
class Partial:
    """Derivatives at a batch of T states, per link (T, L).

    input_source, input_target : of the input through a link into its target by the activity of
        its source, and (mirrored links) into its source by the activity of its target, at fixed
        weight
    rate_source, rate_target : of either input by the weight
    own, other : of the weight's drift by the activity of its target and of its source
    decay : minus the derivative of the weight's drift by the weight
    """

    input_source: FloatArray
    input_target: FloatArray
    rate_source: FloatArray
    rate_target: FloatArray
    own: FloatArray
    other: FloatArray
    decay: FloatArray


class Equations:
    """dx/dt and dw/dt of a network in a layout; states are (T, n) and (T, L)."""

    def __init__(self, net: PlasticNetwork, layout: Layout) -> None:
        self.net, self._network = net, layout.network
        self._compiled = len(layout.arc) >= _COMPILED_LINKS and can_compile(net)
        self.mirrored = layout.mirrored
        self.target = layout.target
        self.source = net.wiring.source[layout.arc]
        self.scale = layout.links.scale
        self.static = layout.links.static
        self.strength: FloatArray = net.strength[layout.arc]
        self.gamma: FloatArray = net.decay[self.target]
        self.zeta: FloatArray = net.decay_growth[layout.arc]
        ones, numbers = np.ones(len(layout.arc)), np.arange(len(layout.arc))
        shape = (net.n, len(layout.arc))
        self._to_target = sparse.csr_array((ones, (self.target, numbers)), shape=shape)
        self._to_source = sparse.csr_array((ones, (self.source, numbers)), shape=shape)

    def collect(self, at_target: FloatArray, at_source: FloatArray | None) -> FloatArray:
        """Sum values of links at their targets, and at their sources where mirrored."""
        total = np.asarray((self._to_target @ at_target.T).T)
        if at_source is not None:
            total = total + np.asarray((self._to_source @ at_source.T).T)
        return total

    def drift(self, x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """dx/dt (T, n) and dw/dt (T, L)."""
        if self._compiled:
            return self._compiled_drift(x, weights)
        net = self.net
        rate = net.activation.rate(x)
        gain = self.scale * (self.static + weights)
        back = gain * rate[:, self.target] if self.mirrored else None
        total = self.collect(gain * rate[:, self.source], back)
        post, _ = polynomial(net.post, rate)
        pre, _ = polynomial(net.pre, rate)
        decay = self.gamma + self.zeta * rate[:, self.target] ** 2
        drive = self.strength * post[:, self.target] * pre[:, self.source]
        return (net.bias - x + total) / net.tau, net.learning_rate * (drive - decay * weights)

    def _compiled_drift(self, x: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        from netplastic.dynamics._kernels import drift

        states = np.ascontiguousarray(x), np.ascontiguousarray(weights)
        out = np.empty_like(states[0]), np.empty_like(states[1])
        n = self.net.n
        room = np.empty((n, 4)), np.empty((1, n))
        drift(self._network, self.net.learning_rate, room, states, out)
        return out

    def partial(self, x: FloatArray, weights: FloatArray) -> Partial:
        """Derivatives of the drift, link by link."""
        net, i, j = self.net, self.target, self.source
        rate, slope = net.activation.rate(x), net.activation.slope(x)
        post, post_slope = polynomial(net.post, rate)
        pre, pre_slope = polynomial(net.pre, rate)
        gain = self.scale * (self.static + weights)
        eps = net.learning_rate
        own = self.strength * post_slope[:, i] * pre[:, j] - 2.0 * self.zeta * rate[:, i] * weights
        other = self.strength * post[:, i] * pre_slope[:, j]
        return Partial(
            gain * slope[:, j],
            gain * slope[:, i],
            self.scale * rate[:, j],
            self.scale * rate[:, i],
            eps * own * slope[:, i],
            eps * other * slope[:, j],
            eps * (self.gamma + self.zeta * rate[:, i] ** 2),
        )

    def unrest(self, x: FloatArray, weights: FloatArray) -> FloatArray:
        """Largest distance of a coordinate from where it would halt, relative to 1 + its size.

        Zero exactly at equilibria; not scaled by the learning rate, so that slow learning does
        not pass for rest.
        """
        dx, dw = self.drift(x, weights)
        rate = self.net.activation.rate(x)[:, self.target]
        decay = np.abs(self.gamma + self.zeta * rate**2)
        of_x = np.abs(dx * self.net.tau) / (1.0 + np.abs(x))
        with np.errstate(divide="ignore", invalid="ignore"):
            of_w = np.abs(dw / (self.net.learning_rate * decay)) / (1.0 + np.abs(weights))
        worst = of_x.max(axis=1)
        if of_w.shape[1]:
            worst = np.maximum(worst, of_w.max(axis=1))
        distance: FloatArray = worst
        return distance
