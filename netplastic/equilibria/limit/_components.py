"""What is left of a network in the limit: who drives whom, as sets of bits, per component."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netplastic._support import components
from netplastic.model import PlasticNetwork

__all__ = ["LimitComponent", "bits", "components_of"]


@dataclass(frozen=True, eq=False, kw_only=True)
class LimitComponent:
    """One connected component of the nodes whose bias is not 0; sets of nodes are bits of ints.

    Attributes
    ----------
    nodes : tuple of int
        Numbers of its nodes in the network; below, nodes are numbered by their place in it.
    sources, targets : tuple of int
        For each node the nodes that drive it, and that it drives, without itself.
    looped : int
        Nodes with a self-loop.
    weight : dict
        Weight of each arc (source, target), loops included; empty without self-loops, where
        weights do not matter.
    decay : tuple of float
        Of each node; empty without self-loops.
    """

    nodes: tuple[int, ...]
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    looped: int
    weight: dict[tuple[int, int], float]
    decay: tuple[float, ...]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def everything(self) -> int:
        """All nodes."""
        return (1 << self.n) - 1

    @property
    def symmetric(self) -> bool:
        """Whether every arc has one of the same weight in the other direction."""
        if self.sources != self.targets:
            return False
        return all(self.weight[j, i] == a for (i, j), a in self.weight.items())

    @property
    def as_labelled(self) -> tuple[object, ...]:
        """What two components share that are equal node by node."""
        return self.sources, self.looped, tuple(self.weight.items()), self.decay


def bits(nodes: int) -> Iterator[int]:
    """Yield the nodes of a set, in order."""
    while nodes:
        low = nodes & -nodes
        yield low.bit_length() - 1
        nodes ^= low


def components_of(net: PlasticNetwork) -> list[LimitComponent]:
    """Components of a network in the limit: nodes without bias and arcs of weight 0 are gone."""
    wiring = net.wiring
    moves = net.bias != 0.0
    live = (wiring.weight > 0.0) & moves[wiring.source] & moves[wiring.target]
    source, target, weight = wiring.source[live], wiring.target[live], wiring.weight[live]
    number, label = components(net.n, source, target)
    of_arc = np.argsort(label[target], kind="stable")
    arcs = np.split(of_arc, np.cumsum(np.bincount(label[target], minlength=number))[:-1])
    order = np.argsort(label, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(label, minlength=number))[:-1])
    place = np.empty(net.n, dtype=np.int64)
    for nodes in members:
        place[nodes] = np.arange(len(nodes))
    return [
        _component(
            nodes.tolist(),
            place[source[own]].tolist(),
            place[target[own]].tolist(),
            weight[own].tolist(),
            net.decay[nodes].tolist(),
        )
        for nodes, own in zip(members, arcs, strict=True)
        if moves[nodes[0]]
    ]


def _component(
    nodes: list[int],
    source: list[int],
    target: list[int],
    weight: list[float],
    decay: list[float],
) -> LimitComponent:
    sources, targets, looped = [0] * len(nodes), [0] * len(nodes), 0
    for j, i in zip(source, target, strict=True):
        if i == j:
            looped |= 1 << i
        else:
            sources[i] |= 1 << j
            targets[j] |= 1 << i
    arcs = zip(zip(source, target, strict=True), weight, strict=True) if looped else ()
    return LimitComponent(
        nodes=tuple(nodes),
        sources=tuple(sources),
        targets=tuple(targets),
        looped=looped,
        weight=dict(arcs),
        decay=tuple(decay) if looped else (),
    )
