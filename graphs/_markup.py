"""GraphML and GML.

networkx does the reading; the checks that need a line, and the faults that its readers pass over
(undeclared nodes, repeated ids), are found in a first pass over the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import networkx as nx

from netplastic._support import Graph

from ._errors import NetworkFileError, read_text


@dataclass
class _Edge:
    line: int
    source: str
    target: str
    directed: bool
    weight: str | None = None
    weight_line: int = 0


@dataclass
class _Outline:
    """What the first pass finds in a file."""

    nodes: dict[str, int] = field(default_factory=dict)  # id -> line
    edges: list[_Edge] = field(default_factory=list)


def read_graphml(path: Path) -> Graph:
    """Read a .graphml file as described in `read_network`."""
    text = read_text(path)
    _check_outline(path, _GraphmlPass(path).run(text))
    try:
        graph: Graph = nx.parse_graphml(text)
    except Exception as error:  # its reader raises bare KeyErrors and the like on bad documents
        raise NetworkFileError(path, f"is not valid GraphML: {error}") from error
    return _refuse_multigraph(path, graph)


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
    outline = _outline_gml(text)
    _check_outline(path, outline)
    label = "label" if re.search(r"^[ \t]*label\s", text, flags=re.MULTILINE) else "id"
    try:
        graph: Graph = nx.parse_gml(text, label=label)
    except Exception as error:  # as above: not all of its errors are NetworkXError
        found = re.search(r"\((\d+), \d+\)", str(error))
        raise NetworkFileError(
            path, f"is not valid GML: {error}", int(found[1]) if found else None
        ) from error
    return _refuse_multigraph(path, graph)


def _refuse_multigraph(path: Path, graph: Graph) -> Graph:
    if graph.is_multigraph():
        plain = "DiGraph" if graph.is_directed() else "Graph"
        raise NetworkFileError(
            path,
            "describes a multigraph; parallel edges are not supported. Collapse them, for example "
            f"by networkx.{plain}(graph), and write the file again",
        )
    return graph


def _check_outline(path: Path, outline: _Outline) -> None:
    seen: dict[Hashable, int] = {}
    for edge in outline.edges:
        for end in (edge.source, edge.target):
            if end not in outline.nodes:
                raise NetworkFileError(
                    path, f"the edge ends at {end!r}, but no node has this id; add it", edge.line
                )
        ends = (edge.source, edge.target)
        key: Hashable = ends if edge.directed else frozenset(ends)
        if key in seen:
            raise NetworkFileError(
                path,
                f"the edge {edge.source!r} - {edge.target!r} of line {seen[key]} stands here "
                "again; parallel edges are not supported: keep one of them, with the sum of the "
                "weights if they are parts of one connection",
                edge.line,
            )
        seen[key] = edge.line
        if edge.weight is not None:
            _check_weight(path, edge.weight, edge.weight_line)


def _check_weight(path: Path, text: str, line: int) -> None:
    try:
        finite = math.isfinite(float(text))
    except ValueError:
        finite = False
    if not finite:
        raise NetworkFileError(
            path, f"the weight must be a finite number, such as 1 or 2.5; found {text!r}", line
        )


class _GraphmlPass:
    """Collects nodes, edges and weights of a GraphML document with their lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outline = _Outline()
        self._directed = False
        self._weight_keys: set[str] = set()
        self._edge: _Edge | None = None
        self._reading_weight = False
        self._parser = expat.ParserCreate()

    def run(self, text: str) -> _Outline:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        try:
            self._parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            message = f"is not valid XML: {expat.ErrorString(error.code)}"
            raise NetworkFileError(self.path, message, error.lineno) from error
        return self.outline

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        tag = tag.rsplit(":", 1)[-1]
        if tag == "graph":
            self._directed = attributes.get("edgedefault") == "directed"
        elif tag == "key" and attributes.get("attr.name") == "weight":
            self._weight_keys.add(attributes.get("id", ""))
        elif tag == "node":
            name = self._attribute("node", "id", attributes, line)
            if name in self.outline.nodes:
                message = f"the node id {name!r} of line {self.outline.nodes[name]} stands here "
                raise NetworkFileError(self.path, message + "again; ids must differ", line)
            self.outline.nodes[name] = line
        elif tag == "edge":
            source, target = (
                self._attribute("edge", end, attributes, line) for end in ("source", "target")
            )
            own = attributes.get("directed", str(self._directed)).lower() == "true"
            self._edge = _Edge(line, source, target, own)
            self.outline.edges.append(self._edge)
        elif tag == "data" and self._edge and attributes.get("key") in self._weight_keys:
            self._edge.weight, self._edge.weight_line = "", line
            self._reading_weight = True

    def _attribute(self, tag: str, name: str, attributes: dict[str, str], line: int) -> str:
        if name not in attributes:
            raise NetworkFileError(self.path, f"a <{tag}> without {name}=", line)
        return attributes[name]

    def _characters(self, text: str) -> None:
        if self._reading_weight and self._edge and self._edge.weight is not None:
            self._edge.weight += text

    def _end(self, tag: str) -> None:
        self._reading_weight = False
        if tag.rsplit(":", 1)[-1] == "edge":
            self._edge = None


def _outline_gml(text: str) -> _Outline:
    """Collect nodes, edges and weights of a GML text; its grammar is left to networkx."""
    outline = _Outline()
    directed = re.search(r"^\s*directed\s+1\b", text, flags=re.MULTILINE) is not None
    for line, block in _blocks(text, "node"):
        name = _value(block, "id")
        if name is not None:
            outline.nodes.setdefault(name[0], line)
    for line, block in _blocks(text, "edge"):
        source, target, weight = (_value(block, key) for key in ("source", "target", "weight"))
        if source is None or target is None:
            continue  # networkx says what is missing
        edge = _Edge(line, source[0], target[0], directed)
        if weight is not None:
            edge.weight, edge.weight_line = weight[0].strip('"'), line + weight[1]
        outline.edges.append(edge)
    return outline


def _blocks(text: str, key: str) -> Iterator[tuple[int, str]]:
    """Yield each ``key [...]`` with its line; quoted brackets do not count."""
    hidden = re.sub(r'"[^"]*"', lambda match: re.sub(r"[\[\]]", " ", match[0]), text)
    line, last = 1, 0
    for match in re.finditer(rf"\b{key}\s*\[", hidden):
        depth, end = 1, match.end()
        while depth and end < len(hidden):
            depth += {"[": 1, "]": -1}.get(hidden[end], 0)
            end += 1
        line += text.count("\n", last, match.start())
        last = match.start()
        yield line, text[match.start() : end]


def _value(block: str, key: str) -> tuple[str, int] | None:
    """Return the value of a key of a block and the line within the block."""
    match = re.search(rf'[\s\[]{key}\s+("[^"]*"|\S+)', block)
    return (match[1], block.count("\n", 0, match.start(1))) if match else None
