"""The network as the kernels take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from netplastic._support import KINDS, FloatArray, IntArray
from netplastic.dynamics._kernels import (
    BIAS,
    DECAY,
    GAIN,
    GROWTH,
    PLAN,
    POST,
    PRE,
    ROWS,
    STAGES,
    TAU,
    THRESHOLD,
    System,
    Work,
)
from netplastic.model import PlasticNetwork

__all__ = [
    "Layout",
    "can_compile",
    "is_mirrored",
    "keeps_symmetry",
    "layout_for",
    "layout_of",
    "work_for",
]

_PIECE = 65_536


@dataclass(frozen=True, eq=False)
class Layout:
    """A network with one weight per link, and how links and arcs belong together.

    Attributes
    ----------
    system : System
    arc : int array of length L
        An arc of each link.
    link : int array of length m
        The link of each arc.
    """

    system: System
    arc: IntArray
    link: IntArray


def can_compile(net: PlasticNetwork) -> bool:
    """Whether the kernels cover the network.

    It needs an activation that they know, a polynomial rule, and weights into one node that decay
    alike.
    """
    return net.activation.kind in KINDS and net.is_polynomial and net.decay_is_nodal


def keeps_symmetry(net: PlasticNetwork) -> bool:
    """Whether equal weights in both directions stay equal, so that one per edge is enough."""
    wiring = net.wiring
    if np.any(wiring.reverse < 0) or np.any(net.decay_growth):
        return False
    if not np.array_equal(net.post[:, :2], net.pre) or np.any(net.post[:, 2]):
        return False
    if not np.array_equal(net.decay[wiring.target], net.decay[wiring.source]):
        return False
    values = (net.strength, net.arc_weight, net.static_weight)
    return all(_constant(v) or np.array_equal(v, v[wiring.reverse]) for v in values)


def _starts_alike(net: PlasticNetwork, weights: FloatArray, rows: IntArray) -> bool:
    """Whether rows of weights (T, m) are the same in both directions, up to rounding.

    For networks that keep symmetry. Looks at a piece at a time, to spare memory.
    """
    reverse = net.wiring.reverse
    piece = max(1, _PIECE // max(1, len(rows)))
    for first in range(0, len(reverse), piece):
        one = weights[rows, first : first + piece]
        other = weights[rows[:, None], reverse[first : first + piece]]
        if not np.all(np.abs(one - other) <= 1e-14 * np.abs(other)):
            return False
    return True


_known: WeakKeyDictionary[PlasticNetwork, dict[bool, Layout]] = WeakKeyDictionary()


def layout_for(net: PlasticNetwork, weights: FloatArray, rows: IntArray) -> Layout:
    """One weight per edge where the network and rows of the weights (T, m) allow it.

    Else one per arc. Kept as long as the network: many short runs on a large network spend their
    time here.
    """
    layouts = _known.setdefault(net, {})
    mirrored = is_mirrored(net, weights, rows)
    if mirrored not in layouts:
        layouts[mirrored] = layout_of(net, mirrored)
    return layouts[mirrored]


def is_mirrored(net: PlasticNetwork, weights: FloatArray, rows: IntArray | None = None) -> bool:
    """Whether rows (None: all) of the weights (T, m) can be kept as one per edge."""
    rows = np.arange(len(weights)) if rows is None else rows
    known = True in _known.get(net, {})
    return (known or keeps_symmetry(net)) and _starts_alike(net, weights, rows)


def layout_of(net: PlasticNetwork, mirrored: bool) -> Layout:
    """Arrange the network for the kernels, with one weight per edge or per arc."""
    wiring = net.wiring
    arc = np.flatnonzero(wiring.target >= wiring.source) if mirrored else np.arange(wiring.m)
    link = np.empty(wiring.m, dtype=np.int64)
    link[arc] = np.arange(len(arc))
    if mirrored:
        link[wiring.reverse[arc]] = link[arc]
    return Layout(_system(net, arc, mirrored), arc, link)


def _system(net: PlasticNetwork, arc: IntArray, mirrored: bool) -> System:
    wiring = net.wiring
    target, source = wiring.target[arc], wiring.source[arc]
    values = [net.arc_weight[arc], net.strength[arc], net.static_weight[arc]]
    if mirrored and np.any(target == source):
        values[0] = np.where(target == source, 0.5, 1.0) * values[0]
    varied = not all(_constant(v) for v in values)
    if not varied:
        values = [v[:1] if len(v) else np.zeros(1) for v in values]
    scale, drive, static = (_frozen(v) for v in values)
    nodes = _nodes(net)
    return System(
        indptr=_frozen(np.searchsorted(target, np.arange(net.n + 1)), np.uint64),
        source=_frozen(source, np.uint32),
        scale=scale,
        drive=drive,
        static=static,
        nodes=_frozen(nodes),
        kind=KINDS[net.activation.kind or ""],
        learning_rate=net.learning_rate,
        mirrored=mirrored,
        varied=varied,
        uniform=_constant(net.decay) and not nodes[GROWTH].any(),
    )


def _nodes(net: PlasticNetwork) -> FloatArray:
    """Parameters of nodes in the kernels' rows."""
    nodes = np.zeros((ROWS, net.n))
    nodes[BIAS], nodes[TAU] = net.bias, net.tau
    for row, name in ((GAIN, "gain"), (THRESHOLD, "threshold")):
        nodes[row] = net.activation.parameter(name)
    nodes[DECAY] = net.decay
    nodes[GROWTH, net.wiring.target] = net.decay_growth
    nodes[POST : POST + 3], nodes[PRE : PRE + 2] = net.post.T, net.pre.T
    return nodes


def _frozen(values: Any, kind: type = np.float64) -> Any:
    """Copy to an array that is always of the same type: kernels are compiled for each anew."""
    array: Any = np.array(values, dtype=kind, order="C")
    array.setflags(write=False)
    return array


def _constant(values: FloatArray) -> bool:
    return len(values) == 0 or bool(values.min() == values.max())


def work_for(layout: Layout) -> Work:
    """Room for the steps of one trajectory."""
    system, n = layout.system, layout.system.nodes.shape[1]
    pre_at = np.zeros((n, 8))
    return Work(
        end=np.zeros(n),
        rate=np.zeros(n),
        sums=np.zeros(n),
        slope_at=np.zeros((STAGES, n)),
        pre_at=pre_at,
        post_at=pre_at if system.mirrored else np.zeros((n, 8)),
        decay_at=np.full((1 if system.uniform else n, 8), system.nodes[DECAY, 0]),
        plan=PLAN.copy(),
        table=np.zeros((len(PLAN), 8)),
    )
