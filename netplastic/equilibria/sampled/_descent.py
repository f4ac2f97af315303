"""Descent: bring starts near equilibria that are stable for fast learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netplastic._support import KINDS, FloatArray, IntArray
from netplastic.model import PlasticNetwork, residual

from ._newton import DENSE_LIMIT, pseudo_time
from ._starts import Box, is_antihebbian

if TYPE_CHECKING:
    from netplastic.equilibria.sampled._kernels import Arcs, System

__all__ = ["descend", "has_coordinates", "longest_step", "system_of", "threshold_of"]

_SWEEPS = 300
_AT_REST = 1e-10
_FLOW_STEPS = 600


def descend(net: PlasticNetwork, box: Box, starts: FloatArray) -> FloatArray:
    """Relax a batch of starts; the result is a start for Newton's method.

    The anti-Hebbian rule: Gauss-Seidel x_i <- root of equation i, which for undirected graphs
    descends the reduced objective (docs/theory.md#section-2). Other rules: the flow dx/dt = -F(x),
    implicit for small networks, explicit with step control for large ones.

    Parameters
    ----------
    net : PlasticNetwork
    box : Box
    starts : float array of shape (B, n)

    Returns
    -------
    float array of shape (B, n)
    """
    if has_coordinates(net):
        return _by_coordinates(net, starts)
    if net.n <= DENSE_LIMIT:
        return pseudo_time(net, starts, longest_step(box))
    return _explicit_flow(net, starts)


def longest_step(box: Box) -> float:
    """Longest step of Newton's method: half the widest side of the box."""
    return float(max(0.5 * np.max(box.high - box.low), 1e-3))


def has_coordinates(net: PlasticNetwork) -> bool:
    """Whether each equation is increasing in its own unknown and known to the kernel."""
    loop = net.wiring.source == net.wiring.target
    return (
        net.activation.kind in KINDS
        and is_antihebbian(net)
        and not np.any((net.static_weight * net.arc_weight)[loop])
    )


def _by_coordinates(net: PlasticNetwork, starts: FloatArray) -> FloatArray:
    from netplastic.equilibria.sampled._kernels import descend_rows

    system = system_of(net)
    threshold = threshold_of(net)
    states = np.array(starts - threshold, dtype=np.float64, order="C")
    descend_rows(states, system, _AT_REST, _SWEEPS)
    return states + threshold


def system_of(net: PlasticNetwork) -> System:
    """The equations as the kernels know them, in y = x - threshold of the activation.

    Self-loops without static weight become a cubic term. Arcs that carry nothing are left out.
    """
    from netplastic.equilibria.sampled._kernels import Arcs, System

    target, source = net.wiring.target, net.wiring.source
    coupling, static = -net.coupling, net.arc_weight * net.static_weight
    loop = source == target
    live = np.flatnonzero(~loop & ((coupling != 0.0) | (static != 0.0)))
    by_source = live[np.argsort(source[live], kind="stable")]

    def arcs(order: IntArray, near: IntArray, far: IntArray) -> Arcs:
        indptr = np.searchsorted(near[order], np.arange(net.n + 1)).astype(np.int64)
        extra = static[order] if np.any(static) else np.empty(0)
        return Arcs(indptr, far[order].astype(np.int64), coupling[order], extra)

    gain = np.broadcast_to(net.activation.parameter("gain"), net.n)
    logistic = net.activation.kind == "logistic"  # 1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2
    return System(
        inward=arcs(live, target, source),
        outward=arcs(by_source, source, target),
        bias=net.bias - threshold_of(net),
        gain=np.array(gain / 2.0 if logistic else gain),
        cubic=np.bincount(target[loop], coupling[loop], minlength=net.n).astype(np.float64),
        alpha=0.5 if logistic else 0.0,
        beta=0.5 if logistic else 1.0,
    )


def threshold_of(net: PlasticNetwork) -> FloatArray:
    """Threshold of the activation per node."""
    return np.broadcast_to(net.activation.parameter("threshold"), net.n)


def _explicit_flow(net: PlasticNetwork, starts: FloatArray) -> FloatArray:
    """Euler steps with a pace per state: a tenth longer while |F| falls, half when it grows."""
    states = np.array(starts, dtype=np.float64)
    pace = np.full((len(states), 1), 0.1)
    with np.errstate(all="ignore"):
        force = residual(net, states)
        for _ in range(_FLOW_STEPS):
            new = states - pace * force
            after = residual(net, new)
            before_size = np.max(np.abs(force), axis=1)
            size = np.max(np.abs(after), axis=1)
            worse = ~(size <= 1.5 * before_size)
            pace *= np.where(worse, 0.5, 1.1)[:, None]
            keep = (~worse | (pace[:, 0] < 1e-6)) & np.isfinite(size)
            states[keep], force[keep] = new[keep], after[keep]
            if np.all(np.max(np.abs(force), axis=1) < 1e-6):
                break
    return states
