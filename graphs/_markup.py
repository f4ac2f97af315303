"""GraphML and GML: networkx reads, and what it would pass over is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx

from netplastic._support import Graph

from ._errors import NetworkFileError, read_text

_GRAPH = f"{{{nx.GraphMLReader.NS_GRAPHML}}}graph"
_HEADER = f'<graphml xmlns="{nx.GraphMLReader.NS_GRAPHML}">'


def read_graphml(path: Path) -> Graph:
    """Read a .graphml file as described in `read_network`."""
    text = read_text(path)
    reader = _GraphmlReader(path)
    try:
        # As `networkx.parse_graphml`: a header may lack the namespace.
        graphs = list(reader(string=text)) or list(
            reader(string=text.replace("<graphml>", _HEADER))
        )
    except NetworkFileError:
        raise
    except ParseError as error:
        raise NetworkFileError(path, f"is not valid XML: {error}", error.position[0]) from error
    except Exception as error:  # networkx raises bare KeyErrors and the like on bad documents
        raise NetworkFileError(path, f"is not valid GraphML: {error}") from error
    if len(graphs) != 1:
        raise NetworkFileError(
            path, f"is not valid GraphML for one network: it holds {len(graphs)} graphs, not one"
        )
    graph: Graph = graphs[0]
    return graph


class _GraphmlReader(nx.GraphMLReader):
    """The reader of networkx, which says which node or edge is at fault.

    By itself it merges nodes of one id, makes up nodes that edges end at, and reads on over
    parallel edges.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def add_node(self, G: Any, node_xml: Any, graphml_keys: Any, defaults: Any) -> None:
        name = node_xml.get("id")
        if name is None:
            raise NetworkFileError(
                self._path, f"a <node> without id= (number {len(G) + 1}); give it one"
            )
        if name in G:
            raise NetworkFileError(self._path, f"two nodes have the id {name!r}; ids must differ")
        if node_xml.find(_GRAPH) is not None and node_xml.get("yfiles.foldertype") != "group":
            raise NetworkFileError(
                self._path, f"node {name!r} holds a graph of its own; put its nodes beside it"
            )
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
        try:
            super().add_edge(G, edge_element, graphml_keys)
        except (ValueError, KeyError) as error:
            raise self._unreadable(edge, error) from error

    def _unreadable(self, place: str, error: Exception) -> NetworkFileError:
        return NetworkFileError(
            self._path, f"the data of {place} are not of the type declared: {error}"
        )


def read_gml(path: Path) -> Graph:
    """Read a .gml file as described in `read_network`."""
    text = read_text(path)
    if not text.isascii():
        place = next(i for i, letter in enumerate(text) if not letter.isascii())
        raise NetworkFileError(
            path,
            f"GML is plain ASCII; write {text[place]!r} as &#{ord(text[place])};",
            text.count("\n", 0, place) + 1,
        )
    try:
        graph: Graph = nx.parse_gml(text, label="id")
    except Exception as error:  # as above: not all of its errors are NetworkXError
        found = re.search(r"\((\d+), \d+\)", str(error))
        raise NetworkFileError(
            path, f"is not valid GML: {error}", int(found[1]) if found else None
        ) from error
    if graph.is_multigraph():
        plain = "DiGraph" if graph.is_directed() else "Graph"
        raise NetworkFileError(
            path,
            "describes a multigraph; parallel edges are not supported. Collapse them, for example "
            f"by networkx.{plain}(graph), and write the file again",
        )
    return _labelled(path, graph)


def _labelled(path: Path, graph: Graph) -> Graph:
    """Call nodes by their labels, where they have any."""
    labels = nx.get_node_attributes(graph, "label")
    if not labels:
        return graph
    for node in graph:
        if node not in labels:
            raise NetworkFileError(
                path,
                f"node {node!r} has no label but others have one; give every node one, or none",
            )
    owners: dict[Any, Any] = {}
    for node, label in labels.items():
        if not isinstance(label, str | int | float):
            raise NetworkFileError(path, f"node {node!r} must have one label; found {label!r}")
        other = owners.setdefault(label, node)
        if other != node:
            raise NetworkFileError(
                path, f"the nodes {other!r} and {node!r} have one label, {label!r}; give them two"
            )
        del graph.nodes[node]["label"]
    return nx.relabel_nodes(graph, labels)
