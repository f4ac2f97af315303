"""GML: networkx reads, what it would misread is written in its own way first."""

from __future__ import annotations

import re
from typing import Any

import networkx as nx

from netplastic._support import Graph

from ._errors import NetworkFileError
from ._source import Source

__all__ = ["read_gml"]

_TOKEN = re.compile(r'"[^"]*"|#[^\n]*|[\[\]]|\n|[^\S\n]+|[^\s"#\[\]]+')
_EXPONENT = re.compile(r"([+-]?[0-9]+)([eE][+-]?[0-9]+)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]*\.?[0-9]+|[0-9]+\.)(?:[eE][+-]?[0-9]+)?|[+-]?(?:NAN|INF)")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_FREE = ("creator", "comment", "version")
"""Keys whose value some programs write without quotes, to the end of the line."""


def read_gml(source: Source) -> Graph:
    """Read a .gml file as described in `read_network`."""
    path, text = source.path, source.text
    if not text.isascii():
        place = next(i for i, letter in enumerate(text) if not letter.isascii())
        raise NetworkFileError(
            path,
            f"GML is plain ASCII; write {text[place]!r} as &#{ord(text[place])};",
            text.count("\n", 0, place) + 1,
        )
    try:
        graph: Graph = nx.parse_gml(_Rewriter(source).text(), label="id")
    except NetworkFileError:
        raise
    except Exception as error:  # networkx raises bare KeyErrors and the like on bad documents
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
    _check_flat(source, graph)
    return _labelled(source, graph)


class _Rewriter:
    """Writes GML as networkx reads it right.

    Its reader takes 1e-05 for 1 and a key e, refuses words without quotes, cuts text that runs
    over lines, and passes over what stands beside the graph.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._out: list[str] = []
        self._tokens: list[str] = []
        self._at = 0
        self._line, self._depth = 1, 0
        self._key: str | None = None
        self._directed: set[str] = set()

    def text(self) -> str:
        """Rewrite all."""
        tokens = self._tokens = _TOKEN.findall(self._closed())
        while self._at < len(tokens):
            token = tokens[self._at]
            self._at += 1
            if token == "\n":
                self._line += 1
                self._out.append(token)
            elif token.isspace():
                self._out.append(token)
            elif token.startswith("#"):
                continue
            elif self._key is None:
                self._take_key(token)
            else:
                self._take_value(self._free_text(token))
        return "".join(self._out)

    def _closed(self) -> str:
        """The text, in which every quote is closed."""
        text = self._source.text
        left = re.sub(r'"[^"]*"|#[^\n]*', lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        if '"' in left:
            line = left.count("\n", 0, left.index('"')) + 1
            raise self._fault("a quote is opened and not closed", line)
        return text

    def _take_key(self, token: str) -> None:
        self._out.append(token)
        if token == "]":
            self._depth -= 1
        elif token[0].isalpha():
            self._key = token
            if self._depth == 0 and token in ("node", "edge"):
                raise self._fault(f"the {token} stands outside the graph; put it between its [ ]")

    def _take_value(self, token: str) -> None:
        key, self._key = self._key, None
        if token == "[":
            self._depth += 1
            self._out.append(token)
            return
        if key == "directed" and self._depth == 1:
            self._directed.add(token)
            if token not in ("0", "1") or len(self._directed) > 1:
                raise self._fault(f"directed must be 0 or 1, once; found {token}")
        exponent = _EXPONENT.fullmatch(token)
        if exponent:
            token = f"{exponent[1]}.0{exponent[2]}"
        elif token.startswith('"'):
            lines = token.count("\n")
            self._line += lines
            token = token.replace("\n", "&#10;") + "\n" * lines
        elif _NOT_FINITE.fullmatch(token):
            token = token.upper().replace("INFINITY", "INF")
        elif token[0].isalpha() and not _NUMBER.fullmatch(token):
            token = f'"{token}"'
        self._out.append(token)

    def _free_text(self, token: str) -> str:
        """All words to the end of the line, where a program wrote them without quotes."""
        key = self._key or ""
        if key.lower() not in _FREE or token.startswith('"') or _NUMBER.fullmatch(token):
            return token
        end = self._at
        while end < len(self._tokens) and self._tokens[end] != "\n":
            end += 1
        words = self._tokens[self._at : end]
        if token in "[]" or any(word in "[]" or word.startswith('"') for word in words):
            return token
        self._at = end
        return f'"{"".join([token, *words]).strip()}"'

    def _fault(self, message: str, line: int | None = None) -> NetworkFileError:
        return NetworkFileError(
            self._source.path, f"is not valid GML: {message}", line or self._line
        )


def _check_flat(source: Source, graph: Graph) -> None:
    """Refuse graphs inside of nodes, which would be lost."""
    for owner, data in [("the graph", graph.graph), *graph.nodes(data=True)]:
        for name, value in data.items():
            inside = value if isinstance(value, list) else [value]
            if any(isinstance(one, dict) and {"node", "edge"} & set(one) for one in inside):
                what = owner if owner == "the graph" else f"node {owner!r}"
                raise NetworkFileError(
                    source.path, f"{what} holds a graph of its own ({name}); put its nodes beside"
                )


def _labelled(source: Source, graph: Graph) -> Graph:
    """Call nodes by their labels, where they have any."""
    path = source.path
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
