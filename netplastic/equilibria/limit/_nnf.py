"""The circuit in what D4 writes.

A line is a node (o, a, t or f, its number, 0) or an arc (from, to, literals, 0). A node says "or",
"and", "true" or "false" of its arcs; an arc says its literals and the node that it leads to. Node 1
is the whole.
"""

from __future__ import annotations

from ._circuit import ALWAYS, NEVER, Builder, Circuit
from ._components import LimitComponent, bits

__all__ = ["circuit_of"]


def circuit_of(text: str, component: LimitComponent, most: int) -> Circuit:
    """Circuit of a compiled form whose variables are those of `clauses_of`.

    Parameters
    ----------
    text : str
    component : LimitComponent
        Its looped nodes, which have no variable, are low.
    most : int
        Parts beyond which `TooLargeError` is raised.
    """
    kind, arcs = _parsed(text)
    builder = Builder(most)
    nodes = list(bits(component.everything & ~component.looped))
    made: dict[int, int] = {}
    for node in _ends_first(arcs):
        branches = [
            builder.both(made[to], *(builder.leaf(nodes[abs(x) - 1], x > 0) for x in literals))
            for to, literals in arcs.get(node, ())
        ]
        if kind[node] in "tf":
            made[node] = ALWAYS if kind[node] == "t" else NEVER
        else:
            made[node] = (builder.either if kind[node] == "o" else builder.both)(*branches)
    low = (builder.leaf(node, False) for node in bits(component.looped))
    return builder.circuit(builder.both(made[1], *low), component.n)


def _parsed(text: str) -> tuple[dict[int, str], dict[int, list[tuple[int, list[int]]]]]:
    kind: dict[int, str] = {}
    arcs: dict[int, list[tuple[int, list[int]]]] = {}
    for line in text.splitlines():
        words = line.split()
        if words[0].isalpha():
            kind[int(words[1])] = words[0]
        else:
            start, to, *literals = map(int, words[:-1])
            arcs.setdefault(start, []).append((to, literals))
    return kind, arcs


def _ends_first(arcs: dict[int, list[tuple[int, list[int]]]]) -> list[int]:
    """Nodes that can be reached from node 1, each after all that its arcs lead to."""
    order: list[int] = []
    seen = {1}
    stack = [(1, iter(arcs.get(1, ())))]
    while stack:
        node, rest = stack[-1]
        to = next((to for to, _ in rest if to not in seen), None)
        if to is None:
            order.append(node)
            stack.pop()
        else:
            seen.add(to)
            stack.append((to, iter(arcs.get(to, ()))))
    return order
