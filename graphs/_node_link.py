"""JSON as networkx, D3 and Cytoscape write it: a list of nodes and one of links."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx

from netplastic._support import DirectionError, Graph, directed_or_not

from ._errors import NetworkFileError
from ._labels import by_label
from ._source import Source

__all__ = ["read_node_link"]

_LINKS = ("links", "edges")


def read_node_link(source: Source, directed: bool | None) -> Graph:
    """Read a .json or .cyjs file as described in `read_network`."""
    data = _parsed(source)
    nodes, links, said = _parts(source, data)
    arcs: Graph = nx.DiGraph()
    for name, attributes in nodes:
        if name in arcs:
            raise NetworkFileError(source.path, f"two nodes have the id {name!r}; ids must differ")
        arcs.add_node(name, **attributes)
    mirrored = said is False and directed is not True
    for u, v, attributes in links:
        for end in (u, v):
            if end not in arcs:
                raise NetworkFileError(
                    source.path, f"the link {u!r} - {v!r} ends at {end!r}, which is no node; add it"
                )
        if arcs.has_edge(u, v) or (mirrored and arcs.has_edge(v, u)):
            raise NetworkFileError(
                source.path,
                f"the link {u!r} - {v!r} stands there more than once; parallel edges are not "
                "supported: keep one of them, with the sum of the weights",
            )
        arcs.add_edge(u, v, **attributes)
    arcs.graph.update(_graph_data(data))
    try:
        if said is False and directed:
            return by_label(directed_or_not(arcs, False)).to_directed()
        return by_label(directed_or_not(arcs, said if directed is None else directed))
    except DirectionError as error:
        raise NetworkFileError(source.path, str(error)) from error


def _parsed(source: Source) -> dict[str, Any]:
    try:
        data = json.loads(source.text)
    except json.JSONDecodeError as error:
        raise NetworkFileError(
            source.path, f"is not valid JSON: {error.msg}", error.lineno
        ) from error
    except RecursionError as error:
        raise NetworkFileError(source.path, "is nested too deeply to be a network") from error
    if not isinstance(data, dict):
        raise NetworkFileError(
            source.path, 'must be an object such as {"directed": false, "nodes": [], "links": []}'
        )
    return data


_Nodes = list[tuple[Any, dict[str, Any]]]
_Links = list[tuple[Any, Any, dict[str, Any]]]


def _parts(source: Source, data: dict[str, Any]) -> tuple[_Nodes, _Links, bool | None]:
    """Nodes, links and whether they have a direction."""
    inner = data.get("elements", data)
    cytoscape = "elements" in data
    lists = [inner.get(name) for name in _LINKS] if isinstance(inner, dict) else []
    links = next((one for one in lists if isinstance(one, list)), None)
    nodes = inner.get("nodes") if isinstance(inner, dict) else None
    if not isinstance(nodes, list) or links is None:
        raise NetworkFileError(
            source.path,
            "needs the lists nodes and links (or edges), as networkx.node_link_data writes them",
        )
    said = data.get("directed")
    if said is not None and not isinstance(said, bool):
        raise NetworkFileError(source.path, f"directed must be true or false; found {said!r}")
    try:
        found = [_node(one.get("data", one) if cytoscape else one) for one in nodes]
        joined = [_link(one.get("data", one) if cytoscape else one) for one in links]
    except (KeyError, TypeError, AttributeError) as error:
        raise NetworkFileError(
            source.path, f"a node needs an id, a link a source and a target; lacking: {error}"
        ) from error
    return found, joined, said


def _node(item: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    rest = {name: value for name, value in item.items() if name != "id"}
    return _hashable(item["id"]), rest


def _link(item: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    rest = {name: value for name, value in item.items() if name not in ("source", "target")}
    rest.pop("key", None)
    return _hashable(item["source"]), _hashable(item["target"]), rest


def _hashable(value: Any) -> Any:
    """JSON has no tuples: networkx writes them as lists."""
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    hash(value)
    return value


def _graph_data(data: dict[str, Any]) -> dict[str, Any]:
    attributes = data.get("graph", data.get("data", {}))
    if isinstance(attributes, list):  # of older networkx
        attributes = dict(attributes)
    return attributes if isinstance(attributes, dict) else {}
