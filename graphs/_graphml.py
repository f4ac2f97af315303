"""GraphML: networkx reads, and what it would pass over or misread is mended or refused."""

from __future__ import annotations

import re
import warnings
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import networkx as nx

from netplastic._support import Graph

from ._errors import NetworkFileError
from ._labels import by_label
from ._numbers import is_real
from ._source import Source

__all__ = ["parse_xml", "read_graphml"]

_NS = f"{{{nx.GraphMLReader.NS_GRAPHML}}}"
_NUMBERS = ("int", "integer", "long", "float", "double", "real")
_HEX = re.compile(r"[+-]?0x[0-9a-f.]+(p[+-]?[0-9]+)?", re.IGNORECASE)


def read_graphml(source: Source, directed: bool | None) -> Graph:
    """Read a .graphml file as described in `read_network`."""
    root = parse_xml(source)
    if root.tag.rpartition("}")[2] != "graphml":
        raise NetworkFileError(source.path, "is not valid GraphML: it has no <graphml>")
    _tidy(source, root)
    body = _one_graph(source, root)
    _flatten(source, body)
    _check_direction(source, body, directed)
    reader = _GraphmlReader(source)
    try:
        with warnings.catch_warnings():
            # A key without a type is text; ports of nodes become attributes of edges (below).
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", message="No key type|GraphML port tag")
            keys, defaults = reader.find_graphml_keys(root)  # type: ignore[no-untyped-call]  # of networkx
            made = reader.make_graph(body, keys, defaults)  # type: ignore[no-untyped-call]  # the same
    except NetworkFileError:
        raise
    except Exception as error:  # networkx raises bare KeyErrors and the like on bad documents
        raise NetworkFileError(source.path, f"is not valid GraphML: {error}") from error
    graph: Graph = made
    for (u, v), ports in reader.ports.items():
        graph.edges[u, v].update(ports)
    _fill(graph, keys, defaults)
    return by_label(graph)


def parse_xml(source: Source) -> Element:
    """Parse XML in the encoding that it declares; elements of any namespace."""
    if not source.data.strip():
        raise NetworkFileError(source.path, "the file is empty; it must describe at least one node")
    try:
        return ElementTree.fromstring(source.data)
    except ElementTree.ParseError as error:
        raise NetworkFileError(
            source.path, f"is not valid XML: {error}", error.position[0]
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that does not exist
        raise NetworkFileError(source.path, f"is not valid XML: {error}", 1) from error


def _tidy(source: Source, root: Element) -> None:
    """Give all elements the namespace that networkx knows, and values the form that it reads."""
    own = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        space, _, name = element.tag.rpartition("}")
        if (space + "}" if space else "") == own:
            element.tag = _NS + name
    kinds = {}
    for key in root.findall(f"{_NS}key"):
        if key.get("attr.name") is None and key.get("id") and key.get("yfiles.type") is None:
            key.set("attr.name", str(key.get("id")))  # the name is an extension of the format
        kind = key.get("attr.type") or "string"
        if kind not in (*_NUMBERS, "boolean", "string"):
            kind = "string"  # of a program of its own: kept as text
            key.set("attr.type", kind)
        kinds[key.get("id")] = kind
        default = key.find(f"{_NS}default")
        if default is not None:
            _tidy_value(source, f"the key {key.get('attr.name')!r}", default, kind)
    for kind_of in ("node", "edge", "graph"):
        for owner in root.iter(_NS + kind_of):
            for data in owner.findall(f"{_NS}data"):
                kind = kinds.get(data.get("key"), "string")
                _tidy_value(source, _place(owner), data, kind)


def _tidy_value(source: Source, place: str, element: Element, kind: str) -> None:
    if element.text is None or kind == "string" or len(element):
        if element.tag == f"{_NS}default" and element.text is None:
            element.text = ""
        return
    element.text = text = element.text.strip()
    if kind not in _NUMBERS:
        return
    if _HEX.fullmatch(text):  # graph-tool
        element.text = repr(float.fromhex(text))
    elif not is_real(text):
        raise NetworkFileError(
            source.path, f"the data of {place} are not of the type declared ({kind}): {text!r}"
        )


def _place(element: Element) -> str:
    name = element.tag.removeprefix(_NS)
    if name == "edge":
        return f"the edge {element.get('source')!r} - {element.get('target')!r}"
    return f"node {element.get('id')!r}" if name == "node" else "the graph"


def _one_graph(source: Source, root: Element) -> Element:
    graphs = root.findall(f"{_NS}graph")
    if len(graphs) != 1:
        raise NetworkFileError(
            source.path,
            f"is not valid GraphML for one network: it holds {len(graphs)} graphs, not one",
        )
    return graphs[0]


def _flatten(source: Source, graph: Element) -> None:
    """Put the nodes and edges of the groups of yEd beside the groups; refuse other graphs."""
    flat: list[Element] = []
    waiting = list(graph)[::-1]
    while waiting:
        owner = waiting.pop()
        flat.append(owner)
        inside = owner.findall(f"{_NS}graph")
        if not inside:
            continue
        if owner.tag != f"{_NS}node" or owner.get("yfiles.foldertype") != "group":
            raise NetworkFileError(
                source.path,
                f"{_place(owner)} holds a graph of its own; put its nodes beside it",
            )
        owner.attrib.pop("yfiles.foldertype")
        for one in inside:
            owner.remove(one)
            kept = [part for part in one if part.tag in (f"{_NS}node", f"{_NS}edge")]
            waiting.extend(kept[::-1])
    graph[:] = flat


def _check_direction(source: Source, graph: Element, directed: bool | None) -> None:
    """Settle `edgedefault`, and edges that say otherwise."""
    default = graph.get("edgedefault")
    edges = graph.findall(f"{_NS}edge")
    if default not in ("directed", "undirected"):
        if directed is None and default is None and edges:
            raise NetworkFileError(
                source.path,
                "the graph has no edgedefault, so that nothing says whether edges have a "
                "direction. Give directed=False (--undirected) if they have none, or "
                "directed=True (--directed)",
            )
        if default is not None:
            raise NetworkFileError(
                source.path, f"edgedefault must be directed or undirected; found {default!r}"
            )
        default = "directed" if directed else "undirected"
        graph.set("edgedefault", default)
    own = {edge.get("directed") for edge in edges}
    opposite = "false" if default == "directed" else "true"
    if own == {opposite}:  # every edge says the same, which the default only stands in for
        graph.set("edgedefault", "undirected" if default == "directed" else "directed")
    elif opposite in own:
        edge = next(edge for edge in edges if edge.get("directed") == opposite)
        raise NetworkFileError(
            source.path,
            f"is not valid GraphML for one network: {_place(edge)} is directed={opposite} in a "
            f"graph that is {default}; list an edge without direction both ways, and make the "
            "graph directed",
        )


def _fill(graph: Graph, keys: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Apply the defaults of attributes, which networkx only lists (and not those for all)."""
    for kind in ("node", "edge"):
        graph.graph.pop(f"{kind}_default", None)
    of_kind: dict[str, dict[str, Any]] = {"node": {}, "edge": {}, "graph": {}}
    for key, value in defaults.items():
        about = keys[key]["for"] or "all"
        for kind in of_kind if about == "all" else {about} & set(of_kind):
            of_kind[kind][keys[key]["name"]] = value
    graph.graph.update({k: v for k, v in of_kind["graph"].items() if k not in graph.graph})
    for _, data in graph.nodes(data=True):
        data.update({k: v for k, v in of_kind["node"].items() if k not in data})
    for _, _, data in graph.edges(data=True):
        data.update({k: v for k, v in of_kind["edge"].items() if k not in data})


class _GraphmlReader(nx.GraphMLReader):
    """The reader of networkx, which says which node or edge is at fault.

    By itself it merges nodes of one id, makes up nodes that edges end at, and reads on over
    parallel edges.
    """

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._path = source.path
        self.ports: dict[tuple[str, str], dict[str, str]] = {}

    def add_node(self, G: Any, node_xml: Any, graphml_keys: Any, defaults: Any) -> None:
        name = node_xml.get("id")
        if name is None:
            raise NetworkFileError(
                self._path, f"a <node> without id= (number {len(G) + 1}); give it one"
            )
        if name in G:
            raise NetworkFileError(self._path, f"two nodes have the id {name!r}; ids must differ")
        try:
            super().add_node(G, node_xml, graphml_keys, defaults)
        except (ValueError, KeyError) as error:
            raise self._unreadable(f"node {name!r}", error) from error

    def add_edge(self, G: Any, edge_element: Any, graphml_keys: Any) -> None:
        source, target = edge_element.get("source"), edge_element.get("target")
        edge = f"the edge {source!r} - {target!r}"
        for side, end in (("source", source), ("target", target)):
            if end is None:
                raise NetworkFileError(self._path, f"a <edge> without {side}= ({edge})")
            if end not in G:
                raise NetworkFileError(
                    self._path, f"{edge} ends at {end!r}, but no node has this id; add it"
                )
        if G.has_edge(source, target):
            raise NetworkFileError(
                self._path,
                f"{edge} stands there more than once; parallel edges are not supported: keep one "
                "of them, with the sum of the weights if they are parts of one connection",
            )
        for side in ("sourceport", "targetport"):
            if edge_element.get(side) is not None:
                self.ports.setdefault((source, target), {})[side] = edge_element.get(side)
        try:
            super().add_edge(G, edge_element, graphml_keys)
        except (ValueError, KeyError) as error:
            raise self._unreadable(edge, error) from error

    def _unreadable(self, place: str, error: Exception) -> NetworkFileError:
        return NetworkFileError(
            self._path, f"the data of {place} are not of the type declared: {error}"
        )
