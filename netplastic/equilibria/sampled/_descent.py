"""Descent: bring starts near equilibria that are stable for fast learning."""

from __future__ import annotations

import numpy as np

from netplastic._support import KINDS, FloatArray
from netplastic.model import PlasticNetwork, residual

from ._newton import DENSE_LIMIT, pseudo_time
from ._starts import Box, is_antihebbian

__all__ = ["descend"]

_SWEEPS = 300
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
    if _has_coordinates(net):
        return _by_coordinates(net, starts)
    if net.n <= DENSE_LIMIT:
        return pseudo_time(net, starts, longest_step(box))
    return _explicit_flow(net, starts)


def longest_step(box: Box) -> float:
    """Longest step of Newton's method: half the widest side of the box."""
    return float(max(0.5 * np.max(box.high - box.low), 1e-3))


def _has_coordinates(net: PlasticNetwork) -> bool:
    """Whether each equation is increasing in its own unknown and known to the kernel."""
    loop = net.wiring.source == net.wiring.target
    return (
        net.activation.kind in KINDS
        and is_antihebbian(net)
        and not np.any((net.static_weight * net.arc_weight)[loop])
    )


def _by_coordinates(net: PlasticNetwork, starts: FloatArray) -> FloatArray:
    from netplastic.equilibria.sampled._kernels import descend_coordinates

    wiring, activation = net.wiring, net.activation
    loop = wiring.source == wiring.target
    arcs = np.stack([-net.coupling, net.arc_weight * net.static_weight], axis=1)
    cubic = np.bincount(wiring.target[loop], arcs[loop, 0], minlength=net.n)
    arcs[loop] = 0.0
    columns = [activation.parameter(name) for name in ("gain", "threshold")]
    nodes = np.stack(
        [*(np.broadcast_to(column, net.n) for column in columns), cubic, net.bias], axis=1
    )
    states = np.array(starts, dtype=np.float64, order="C")
    kind = KINDS[str(activation.kind)]
    descend_coordinates(states, wiring.indptr, wiring.source, arcs, nodes, kind, _SWEEPS)
    return states


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
