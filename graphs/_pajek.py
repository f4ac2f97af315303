"""Pajek's .net files.

The reader of networkx merges vertices of one label, takes lists of neighbors for edges, forgets
the direction of arcs where edges follow, and reads whole numbers only in matrices; hence our own.
"""

from __future__ import annotations

import re
from typing import Any

import networkx as nx

from netplastic._support import Graph

from ._errors import NetworkFileError
from ._numbers import REAL
from ._source import Source

__all__ = ["read_pajek"]

_SECTIONS = ("*arcs", "*edges", "*arcslist", "*edgeslist", "*matrix")


def read_pajek(source: Source) -> Graph:
    """Read a .net file as described in `read_network`; an edge beside arcs is two arcs."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._line = 0
        self._labels: list[str] = []
        self._size = -1
        self._arcs: dict[tuple[int, int], float | None] = {}
        self._directed = False
        self._name = ""
        self._row = 0

    def read(self) -> Graph:
        """Read all lines."""
        section = ""
        for number, line in enumerate(self._source.text.split("\n"), 1):
            self._line = number
            text = line.strip()
            if not text or text.startswith("%"):
                continue
            if text.startswith("*"):
                section = self._open(text)
            else:
                self._take(section, self._fields(text))
        if self._size < 0:
            raise self._fault("has no line *Vertices N", None)
        return self._graph()

    def _open(self, text: str) -> str:
        word, _, rest = text.partition(" ")
        section = word.lower().rstrip(":")
        if section == "*network":
            self._name = rest.strip().strip('"')
        elif section == "*vertices":
            if self._size >= 0:
                raise self._fault("holds a second network (*Vertices); give each a file")
            count = rest.split()
            if not count or not count[0].isdecimal():
                raise self._fault("*Vertices must be followed by their number")
            if len(count) > 1:
                raise self._fault("two-mode networks (two numbers of *Vertices) are not supported")
            self._size = int(count[0])
            self._source.check_memory(self._size, 0)
            self._labels = [str(number) for number in range(1, self._size + 1)]
        elif section not in _SECTIONS:
            raise self._fault(
                f"unknown section {word!r}; allowed are *Network, *Vertices, *Arcs, *Edges, "
                "*Arcslist, *Edgeslist, *Matrix"
            )
        elif self._size < 0:
            raise self._fault(f"{word} stands before *Vertices")
        if section in ("*arcs", "*arcslist", "*matrix"):
            self._directed = True
        if re.match(r":\s*(?!1\b)", rest) and section in _SECTIONS:
            raise self._fault(f"several relations ({text}) are not supported; give each a file")
        return section

    def _fields(self, text: str) -> list[str]:
        if text.count('"') % 2:
            raise self._fault("a quote is opened and not closed")
        return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', text)]

    def _take(self, section: str, fields: list[str]) -> None:
        if section == "*vertices":
            if len(fields) > 1:
                self._labels[self._vertex(fields[0])] = fields[1]
        elif section in ("*arcs", "*edges"):
            if len(fields) < 2:
                raise self._fault("an edge needs two vertices")
            weight = self._weight(fields[2]) if len(fields) > 2 else None
            self._add(section, self._vertex(fields[0]), self._vertex(fields[1]), weight)
        elif section in ("*arcslist", "*edgeslist"):
            for other in fields[1:]:
                self._add(section, self._vertex(fields[0]), self._vertex(other), None)
        elif section == "*matrix":
            self._matrix_row(fields)
        else:
            raise self._fault("stands before the first section (*Vertices N)")

    def _matrix_row(self, fields: list[str]) -> None:
        if len(fields) != self._size or self._row >= self._size:
            raise self._fault(f"*Matrix must have {self._size} rows of {self._size} numbers")
        for column, text in enumerate(fields):
            weight = self._weight(text)
            if weight:
                self._add("*matrix", self._row, column, weight)
        self._row += 1

    def _add(self, section: str, u: int, v: int, weight: float | None) -> None:
        ways = [(u, v), (v, u)] if section.startswith("*edges") and u != v else [(u, v)]
        for way in ways:
            if way in self._arcs:
                raise self._fault(
                    f"the edge {self._labels[u]!r} - {self._labels[v]!r} stands here again; "
                    "parallel edges are not supported: keep one of them, with the sum of the "
                    "weights if they are parts of one connection"
                )
            self._arcs[way] = weight

    def _vertex(self, text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= self._size:
            raise self._fault(f"a vertex must be a number from 1 to {self._size}; found {text!r}")
        return int(text) - 1

    def _weight(self, text: str) -> float:
        if not REAL.fullmatch(text):
            raise self._fault(f"a weight must be a finite number; found {text!r}")
        return float(text)

    def _graph(self) -> Graph:
        seen: dict[str, int] = {}
        for number, label in enumerate(self._labels, 1):
            if seen.setdefault(label, number) != number:
                raise self._fault(
                    f"the vertices {seen[label]} and {number} have one label, {label!r}; give "
                    "them two",
                    None,
                )
        graph: Graph = nx.DiGraph() if self._directed else nx.Graph()
        if self._name:
            graph.graph["name"] = self._name
        graph.add_nodes_from(self._labels)
        for (u, v), weight in self._arcs.items():
            data: dict[str, Any] = {} if weight is None else {"weight": weight}
            graph.add_edge(self._labels[u], self._labels[v], **data)
        return graph

    def _fault(self, message: str, line: int | None = -1) -> NetworkFileError:
        return NetworkFileError(
            self._source.path,
            f"is not a valid Pajek file: {message}",
            self._line if line == -1 else line,
        )
