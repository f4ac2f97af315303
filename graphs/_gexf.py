"""GEXF, the format of Gephi: networkx reads."""

from __future__ import annotations

import warnings
from io import BytesIO
from xml.etree import ElementTree

import networkx as nx

from netplastic._support import Graph

from ._errors import NetworkFileError
from ._graphml import parse_xml
from ._labels import by_label
from ._source import Source

__all__ = ["read_gexf"]

_VERSION = "1.2draft"
_NS = f"{{http://www.gexf.net/{_VERSION}}}"


def read_gexf(source: Source) -> Graph:
    """Read a .gexf file as described in `read_network`; without defaultedgetype it is undirected.

    That default is the format's own.
    """
    root = parse_xml(source)
    if root.tag.rpartition("}")[2] != "gexf":
        raise NetworkFileError(source.path, "is not valid GEXF: it has no <gexf>")
    own = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
    for element in root.iter():  # any version, as the one that networkx reads
        if isinstance(element.tag, str) and element.tag.startswith(own) and own:
            element.tag = _NS + element.tag.removeprefix(own)
        elif isinstance(element.tag, str) and not own:
            element.tag = _NS + element.tag
    graphs = root.findall(f"{_NS}graph")
    if len(graphs) != 1:
        raise NetworkFileError(
            source.path,
            f"is not valid GEXF for one network: it holds {len(graphs)} graphs, not one",
        )
    _check(source, root)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            graph: Graph = nx.read_gexf(BytesIO(ElementTree.tostring(root)), version=_VERSION)
    except Exception as error:  # networkx raises bare KeyErrors and the like on bad documents
        raise NetworkFileError(source.path, f"is not valid GEXF: {error}") from error
    return by_label(graph)


def _check(source: Source, root: ElementTree.Element) -> None:
    """Refuse what networkx merges or makes up."""
    ids: set[str | None] = set()
    for node in root.iter(f"{_NS}node"):
        if node.get("id") in ids:
            raise NetworkFileError(
                source.path, f"two nodes have the id {node.get('id')!r}; ids must differ"
            )
        ids.add(node.get("id"))
    kind = next(root.iter(f"{_NS}graph"), root).get("defaultedgetype", "undirected")
    seen: set[tuple[str | None, str | None]] = set()
    for edge in root.iter(f"{_NS}edge"):
        ends = (edge.get("source"), edge.get("target"))
        shown = f"the edge {ends[0]!r} - {ends[1]!r}"
        for end in ends:
            if end not in ids:
                raise NetworkFileError(
                    source.path, f"{shown} ends at {end!r}, but no node has this id; add it"
                )
        turned = ends if edge.get("type", kind) == "directed" else tuple(sorted(map(str, ends)))
        if turned in seen:
            raise NetworkFileError(
                source.path,
                f"{shown} stands there more than once; parallel edges are not supported: keep one "
                "of them, with the sum of the weights if they are parts of one connection",
            )
        seen.add((turned[0], turned[1]))
