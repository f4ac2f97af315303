"""Graphs as text that any program reads and from which the equal graph can be made again.

The text is JSON as `networkx.node_link_data` writes it, a node or an edge a line. What JSON does
not know is an object with one key, its kind: {"tuple": [1, 2]}, {"float": "inf"}, {"numpy":
["<f8", 0.5]}. A label that is a tuple is a list, as networkx and D3 have it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import networkx as nx
import numpy as np

from netplastic._support import Graph, Node, brief

from ._content import graph_code

__all__ = ["NotKept", "graph_of", "text_of"]

_ENDS = {"node": ("id",), "edge": ("source", "target")}
_PLAIN_ARRAYS = "biuf"


class NotKept(ValueError):
    """The graph holds what has no form in JSON that reads back equal."""


def text_of(graph: Graph, code: str) -> str:
    """Write a graph; `code` is its `graph_code(graph).whole`.

    Raises
    ------
    NotKept
        Where an equal graph would not be read back.

    Examples
    --------
    >>> graph = nx.Graph([((0, 1), "a", {"weight": np.float64(0.5)})])
    >>> print(text_of(graph, graph_code(graph).whole))
    {"directed": false, "multigraph": false, "graph": {},
    "nodes": [
    {"id": [0, 1]},
    {"id": "a"}
    ],
    "edges": [
    {"source": [0, 1], "target": "a", "weight": {"numpy": ["<f8", 0.5]}}
    ]}
    <BLANKLINE>
    """
    try:
        text = "".join(_lines(graph))
        same = graph_code(graph_of(text)).whole == code
    except RecursionError:
        raise NotKept("it holds something nested too deeply") from None
    if not same:
        raise NotKept("the graph that its file gives is not equal to it")
    return text


def graph_of(text: str) -> Graph:
    """Read what `text_of` wrote.

    Raises
    ------
    ValueError, TypeError, LookupError, ArithmeticError
        For other text.

    Examples
    --------
    >>> graph = nx.DiGraph([(1, 1), (1, "a")])
    >>> back = graph_of(text_of(graph, graph_code(graph).whole))
    >>> list(back.edges), back.is_directed()
    ([(1, 1), (1, 'a')], True)
    """
    data = json.loads(text)
    graph: Graph = nx.DiGraph() if data["directed"] else nx.Graph()
    graph.graph.update(_attributes(data["graph"]))
    named = data.get("named", {})
    (node,) = _named(named, "node")
    source, target = _named(named, "edge")
    for one in data["nodes"]:
        label = _label(one.pop(node))
        graph.add_node(label)
        graph.nodes[label].update(_attributes(one))
    for one in data["edges"]:
        ends = _label(one.pop(source)), _label(one.pop(target))
        graph.add_edge(*ends)
        graph.edges[ends].update(_attributes(one))
    return graph


def _lines(graph: Graph) -> Iterator[str]:
    """The text in pieces."""
    nodes = [attributes for _, attributes in graph.nodes(data=True)]
    edges = [attributes for *_, attributes in graph.edges(data=True)]
    free = {"node": _free("node", nodes), "edge": _free("edge", edges)}
    head = {
        "directed": graph.is_directed(),
        "multigraph": False,
        "graph": _plain_attributes("the graph", graph.graph),
    }
    if changed := {kind: names for kind, names in free.items() if names != _ENDS[kind]}:
        head["named"] = changed
    (name,), (source, target) = free["node"], free["edge"]
    labels = {node: _plain_label(node) for node in graph}
    yield _dumped(head)[:-1] + ',\n"nodes": [\n'
    yield ",\n".join(
        _dumped({name: labels[node], **_plain_attributes(f"node {brief(node)}", attributes)})
        for node, attributes in graph.nodes(data=True)
    )
    yield '\n],\n"edges": [\n'
    yield ",\n".join(
        _dumped(
            {
                source: labels[u],
                target: labels[v],
                **_plain_attributes(f"edge {brief(u)} - {brief(v)}", attributes),
            }
        )
        for u, v, attributes in graph.edges(data=True)
    )
    yield "\n]}\n"


def _dumped(entry: Mapping[str, Any]) -> str:
    try:
        return json.dumps(entry, allow_nan=False)
    except ValueError as error:  # integers of more digits than Python writes
        raise NotKept(f"it holds what JSON cannot ({error})") from None


def _free(kind: str, found: Iterable[Mapping[Any, Any]]) -> tuple[str, ...]:
    """Names for the ends of an edge or for a node's label that no attribute has."""
    taken = {name for attributes in found for name in attributes}
    names = _ENDS[kind]
    while not taken.isdisjoint(names):
        names = tuple(f"_{name}" for name in names)
    return names


def _named(named: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    return tuple(named.get(kind, _ENDS[kind]))


def _plain_attributes(owner: str, attributes: Mapping[Any, Any]) -> dict[str, Any]:
    found = {}
    for name, value in attributes.items():
        if type(name) is not str:
            raise NotKept(f"{owner} has an attribute whose name is no text: {brief(name)}")
        found[name] = _plain(f"attribute {name!r} of {owner}", value)
    return found


def _plain(place: str, value: Any) -> Any:
    """A value as JSON knows it."""
    kind = type(value)
    if value is None or kind in (bool, str, int):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": str(value)}
    if kind is list:
        return [_plain(place, one) for one in value]
    if kind is tuple:
        return {"tuple": [_plain(place, one) for one in value]}
    if kind is dict:
        return {"dict": [[_plain(place, key), _plain(place, one)] for key, one in value.items()]}
    if isinstance(value, np.generic) and (value.dtype.kind in _PLAIN_ARRAYS or kind is np.str_):
        number = value.item()
        if not isinstance(number, np.generic):  # longer than a float
            return {"numpy": [value.dtype.str, _plain(place, number)]}
    if kind is np.ndarray and value.dtype.kind in _PLAIN_ARRAYS:
        flat = [_plain(place, one) for one in value.ravel().tolist()]
        return {"array": [value.dtype.str, list(value.shape), flat]}
    raise NotKept(f"{place} is {brief(value)}, which has no form in JSON")


def _plain_label(label: Node) -> Any:
    if type(label) is tuple:
        return [_plain_label(one) for one in label]
    return _plain("a node's label", label)


def _label(entry: Any) -> Node:
    if isinstance(entry, list):
        return tuple(map(_label, entry))
    value: Node = _value(entry)
    return value


def _attributes(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(one) for name, one in entry.items()}


def _value(entry: Any) -> Any:
    """The way back from `_plain`."""
    if isinstance(entry, list):
        return [_value(one) for one in entry]
    if not isinstance(entry, dict):
        return entry
    ((kind, inside),) = entry.items()
    return _WAYS[kind](inside)


def _numpy(entry: list[Any]) -> Any:
    dtype, value = entry
    return np.array(_value(value), dtype=np.dtype(dtype))[()]


def _array(entry: list[Any]) -> Any:
    dtype, shape, flat = entry
    return np.array([_value(one) for one in flat], dtype=np.dtype(dtype)).reshape(shape)


_WAYS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "tuple": lambda values: tuple(map(_value, values)),
    "dict": lambda pairs: {_value(key): _value(one) for key, one in pairs},
    "numpy": _numpy,
    "array": _array,
}
