"""The network as the compiled dynamics reads it: links, nodes and room for the stages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._kernels.dynamics import Links, Nodes, Stages
from .._kernels.dynamics_rate import LOGISTIC, TANH
from .._kernels.dynamics_tableau import A
from .._types import BoolArray, FloatArray, IntArray
from ..network import PlasticNetwork

__all__ = ["Layout", "can_compile", "keeps_symmetry", "layout_of", "room_for"]

_KINDS = {"tanh": TANH, "logistic": LOGISTIC}


@dataclass(frozen=True, eq=False)
class Layout:
    """One weight per link, and how links and arcs belong together.

    Attributes
    ----------
    links, nodes : Links, Nodes
    arc : int array of length L
        An arc of each link.
    link : int array of length m
        The link of each arc.
    target : int array of length L
        Node that the link is stored with.
    """

    links: Links
    nodes: Nodes
    arc: IntArray
    link: IntArray
    target: IntArray


def can_compile(net: PlasticNetwork) -> bool:
    """Whether the compiled explicit method covers the network.

    It needs an activation that the kernels know, and weights into one node that decay alike.
    """
    return net.activation.kind in _KINDS and net.decay_is_nodal


def keeps_symmetry(net: PlasticNetwork) -> bool:
    """Whether equal weights in both directions stay equal, so that one per edge is enough."""
    wiring = net.wiring
    reverse = wiring.reverse
    if np.any(reverse < 0) or np.any(net.decay_growth):
        return False
    same_factors = np.array_equal(net.post[:, :2], net.pre) and not np.any(net.post[:, 2])
    alike = np.array_equal(net.decay[wiring.target], net.decay[wiring.source])
    values = (net.strength, net.arc_weight, net.static_weight)
    return same_factors and alike and all(np.array_equal(v, v[reverse]) for v in values)


def layout_of(net: PlasticNetwork, mirrored: bool) -> Layout:
    """Arrange the network for the kernels, with one weight per edge or per arc."""
    wiring = net.wiring
    kept: BoolArray = (
        wiring.target >= wiring.source if mirrored else np.ones(wiring.m, dtype=np.bool_)
    )
    arc = np.flatnonzero(kept).astype(np.int64)
    link = np.empty(wiring.m, dtype=np.int64)
    link[arc] = np.arange(len(arc))
    if mirrored:
        link[wiring.reverse[arc]] = np.arange(len(arc))
    target = wiring.target[arc]
    scale = net.arc_weight[arc]
    if mirrored:
        scale = np.where(target == wiring.source[arc], 0.5 * scale, scale)
    scale, drive, static = _compact(scale, net.strength[arc], net.static_weight[arc])
    links = Links(
        np.searchsorted(target, np.arange(net.n + 1)).astype(np.uint64),
        wiring.source[arc].astype(np.uint32),
        scale,
        drive,
        static,
        mirrored,
    )
    return Layout(links, _nodes(net), arc, link, target)


def _compact(*values: FloatArray) -> tuple[FloatArray, ...]:
    """Constant arrays as one number with stride zero, if all are constant.

    All or none, so that the kernels are compiled for two kinds of arguments at most.
    """
    if all(len(v) and np.all(v == v[0]) for v in values):
        return tuple(np.broadcast_to(v[0], v.shape) for v in values)
    frozen = tuple(np.ascontiguousarray(v) for v in values)
    for v in frozen:
        v.setflags(write=False)
    return frozen


def _nodes(net: PlasticNetwork) -> Nodes:
    growth = np.zeros(net.n)
    growth[net.wiring.target] = net.decay_growth
    uniform = bool(np.all(net.decay == net.decay[0]) and not np.any(growth))
    kind = net.activation.kind or ""
    return Nodes(
        net.bias,
        net.tau,
        np.asarray(getattr(net.activation, "gain", np.ones(net.n)), dtype=np.float64),
        np.asarray(getattr(net.activation, "threshold", np.zeros(net.n)), dtype=np.float64),
        net.post,
        net.pre,
        net.decay,
        growth,
        _KINDS.get(kind, TANH),
        uniform,
    )


def room_for(layout: Layout) -> Stages:
    """Arrays for the stages of one trajectory; to be used by one thread at a time."""
    n = len(layout.nodes.bias)
    right = np.zeros((n, 8))
    left = right if layout.links.mirrored else np.zeros((n, 8))
    decay = np.zeros((1 if layout.nodes.uniform else n, 8))
    table, pending, own = np.zeros((9, 8)), np.zeros((9, 8)), np.zeros((9, 8))
    plan = np.zeros((9, 8))
    plan[:8] = A
    return Stages(right, left, np.zeros((n, 8)), decay, table, pending, own, plan, np.zeros(n))
