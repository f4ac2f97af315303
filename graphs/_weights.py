"""Which attribute of the edges holds their weights: `weight`, the only numeric one, or none."""

from __future__ import annotations

import numbers
from collections.abc import Collection
from typing import Any

from netplastic._support import WEIGHT_FROM, Auto, Graph, WeightName, is_identifier, nearest

__all__ = ["settle_weights"]


def settle_weights(graph: Graph, weight: WeightName, other: Collection[str] = ()) -> None:
    """Give the edges of a graph their `weight`, in place.

    Parameters
    ----------
    graph : networkx.Graph
    weight : str, None or AUTO
        The attribute that is the weight. AUTO: `weight`, in any case, else the only numeric
        attribute (numbers that only name things, such as ids, apart). None: no weights.
    other : collection of str
        Attributes that are no weights.

    Raises
    ------
    ValueError
        If no edge has the attribute named, or several could be it.
    """
    if weight is None:
        for _, _, data in graph.edges(data=True):
            data.pop("weight", None)
        return
    name = _found(graph, other) if isinstance(weight, Auto) else _named(graph, weight)
    if name is None or name == "weight":
        return
    for _, _, data in graph.edges(data=True):
        if name in data:
            data["weight"] = data[name]
        else:
            data.pop("weight", None)
    graph.graph[WEIGHT_FROM] = name


def _named(graph: Graph, weight: str) -> str:
    if not isinstance(weight, str):
        raise TypeError(
            f"weight must be the name of an edge attribute or None (every edge counts 1); found "
            f"{weight!r} ({type(weight).__name__})"
        )
    there = _attributes(graph)
    if graph.number_of_edges() and weight not in there:
        listed = ", ".join(map(repr, there)) or "none at all"
        raise ValueError(
            f"no edge has the attribute {weight!r}; there are {listed}{nearest(weight, there)}"
        )
    return weight


def _found(graph: Graph, other: Collection[str]) -> str | None:
    there = [name for name in _attributes(graph) if name not in other]
    if "weight" in there:
        return "weight"
    numeric = [name for name in there if not is_identifier(name) and _is_numeric(graph, name)]
    spelt = [name for name in numeric if name.lower() == "weight"]
    candidates = spelt if len(spelt) == 1 else numeric
    if len(candidates) > 1:
        raise ValueError(
            f"edges have {len(candidates)} numeric attributes, {', '.join(map(repr, candidates))}, "
            f"and none is called weight; say which it is, such as weight={candidates[0]!r} "
            f"(--weight {candidates[0]}), or weight=None (--unweighted) if none is"
        )
    return candidates[0] if candidates else None


def _attributes(graph: Graph) -> list[str]:
    """Names of all edge attributes, in the order in which they come."""
    names: dict[str, None] = {}
    for _, _, data in graph.edges(data=True):
        names.update(dict.fromkeys(data))
    return list(names)


def _is_numeric(graph: Graph, name: str) -> bool:
    return all(_is_number(data[name]) for _, _, data in graph.edges(data=True) if name in data)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
