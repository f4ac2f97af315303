"""What is left of a network in the limit: who drives whom, as sets of bits, per component."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

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
    drivers, driven : tuple of tuple of int
        For each node the nodes that drive it, and that it drives, without itself, in order.
    looped : int
        Nodes with a self-loop.
    weight : dict
        Weight of each arc (source, target), loops included; empty without self-loops, where
        weights do not matter.
    decay : tuple of float
        Of each node; empty without self-loops.
    """

    nodes: tuple[int, ...]
    drivers: tuple[tuple[int, ...], ...]
    driven: tuple[tuple[int, ...], ...]
    looped: int
    weight: dict[tuple[int, int], float]
    decay: tuple[float, ...]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """The drivers of each node as a set: as many bits as there are pairs of nodes."""
        return tuple(map(_set_of, self.drivers))

    @cached_property
    def targets(self) -> tuple[int, ...]:
        """The driven ones of each node as a set."""
        return tuple(map(_set_of, self.driven))

    @property
    def everything(self) -> int:
        """All nodes."""
        return (1 << self.n) - 1

    @property
    def symmetric(self) -> bool:
        """Whether every arc has one of the same weight in the other direction."""
        if self.drivers != self.driven:
            return False
        return all(self.weight[j, i] == a for (i, j), a in self.weight.items())

    @property
    def as_labelled(self) -> tuple[object, ...]:
        """What two components share that are equal node by node."""
        return self.drivers, self.looped, tuple(self.weight.items()), self.decay


def _set_of(nodes: tuple[int, ...]) -> int:
    found = 0
    for node in nodes:
        found |= 1 << node
    return found


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
    drivers: list[list[int]] = [[] for _ in nodes]
    driven: list[list[int]] = [[] for _ in nodes]
    looped = 0
    for j, i in zip(source, target, strict=True):
        if i == j:
            looped |= 1 << i
        else:
            drivers[i].append(j)
            driven[j].append(i)
    arcs = zip(zip(source, target, strict=True), weight, strict=True) if looped else ()
    return LimitComponent(
        nodes=tuple(nodes),
        drivers=tuple(tuple(sorted(near)) for near in drivers),
        driven=tuple(tuple(sorted(near)) for near in driven),
        looped=looped,
        weight=dict(arcs),
        decay=tuple(decay) if looped else (),
    )
