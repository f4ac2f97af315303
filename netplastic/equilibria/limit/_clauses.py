"""Stable states of a component as models of clauses (docs/theory.md#section-7, (c), (d))."""

from __future__ import annotations

from itertools import combinations

from ._components import LimitComponent, bits

__all__ = ["clauses_of"]


def clauses_of(component: LimitComponent) -> list[list[int]] | None:
    """Clauses over one variable per node without loop, true where it is high; from 1, in order.

    None where clauses do not say it: with self-loops, unless arcs are symmetric and all weights
    and decays among looped nodes are equal. A stable state is then known by its high nodes.
    """
    c = component
    if c.looped and not _is_plain(c):
        return None
    variable = {node: number for number, node in enumerate(bits(c.everything & ~c.looped), 1)}

    def one_of(nodes: int) -> list[int]:
        return [variable[node] for node in bits(nodes & ~c.looped)]

    clauses = []
    for node, own in variable.items():
        clauses += [
            [-own, -variable[other]]
            for other in bits((c.sources[node] | c.targets[node]) & ~c.looped)
            if other < node
        ]
        clauses.append([own, *one_of(c.sources[node])])
    for middle in bits(c.looped):
        for i, j in combinations(bits(c.sources[middle] & c.looped), 2):
            if not c.sources[i] >> j & 1:
                clauses.append(one_of(c.sources[i] | c.sources[j] | c.sources[middle]))
    return clauses


def _is_plain(c: LimitComponent) -> bool:
    """Whether a set of looped nodes is stable exactly if it is a union of cliques."""
    among = {
        weight for (i, j), weight in c.weight.items() if c.looped >> i & 1 and c.looped >> j & 1
    }
    decays = {c.decay[i] for i in bits(c.looped)}
    return c.symmetric and len(among) == 1 and len(decays) == 1
