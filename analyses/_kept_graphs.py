"""The graphs of a study in its folder: a file each, named by what the graph holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from netplastic import graphs
from netplastic._support import Graph

from ._content import graph_code
from ._folder import Folder
from ._graph_json import NotKept, graph_of, text_of
from ._storage import joined, publishable

__all__ = ["Graphs", "KeptGraphError", "choke_table", "graph_file", "keep_graphs"]

_MOST_SIZE = 500_000
"""Nodes and edges of a graph above which no file is written: one of 20 MB takes 4 seconds."""

_MOST_WORK = 1e8
"""Nodes times nodes and edges, of all graphs together, for which choke measures are made: what
betweenness costs, about 4 seconds."""


_DAMAGE = (
    *(ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
    nx.NetworkXException,
)
"""What reading raises for text that is not what it should be."""


class KeptGraphError(ValueError):
    """The file of a graph does not hold the graph that it is named after.

    Examples
    --------
    >>> from netplastic import analyses
    >>> issubclass(analyses.KeptGraphError, ValueError)
    True
    """


def graph_file(code: str) -> str:
    """Name the file of a graph, inside the folder."""
    return f"graphs/{code}.json"


def keep_graphs(found: Mapping[str, Graph], files: Folder) -> dict[str, dict[str, Any]]:
    """Write graphs by hash, and return what the record says of each: its file, or why none."""
    return {code: _about(graph) | _keep(code, graph, files) for code, graph in found.items()}


def _about(graph: Graph) -> dict[str, Any]:
    return {
        "nodes": graph.number_of_nodes(),
        "edges": graph.number_of_edges(),
        "directed": graph.is_directed(),
    }


def _keep(code: str, graph: Graph, files: Folder) -> dict[str, str]:
    size = graph.number_of_nodes() + graph.number_of_edges()
    if size > _MOST_SIZE:
        return {"left_out": f"it has {size} nodes and edges; files of up to {_MOST_SIZE} are kept"}
    try:
        text = text_of(graph, code)
    except NotKept as error:
        return {"left_out": str(error)}
    files.put(graph_file(code), text)
    return {"file": graph_file(code)}


def choke_table(found: Mapping[str, Graph]) -> tuple[pd.DataFrame | None, dict[str, str]]:
    """Measure how narrow graphs are at each node, the smallest graphs first.

    Returns
    -------
    DataFrame or None
        The columns of `graphs.choke_points` behind graph_hash and position (of the node in its
        graph, from 0), ready to be published; None where there is no graph to measure.
    dict of str to str
        By hash, why a graph was left out.
    """
    work = {code: len(graph) * (len(graph) + graph.size()) for code, graph in found.items()}
    tables: dict[str, pd.DataFrame] = {}
    left_out: dict[str, str] = {}
    spent = 0.0
    for code in sorted(found, key=lambda code: work[code]):
        spent += work[code]
        if spent > _MOST_WORK:
            left_out[code] = (
                "too much work beside the study; netplastic.graphs.choke_points makes them"
            )
            continue
        try:
            tables[code] = graphs.choke_points(found[code], progress=False)
        except (TypeError, ValueError) as error:  # of a graph that other measures can do with
            left_out[code] = str(error)
    if not tables:
        return None, left_out
    pieces = []
    for code in found:
        if code in tables:
            table = tables[code]
            table.insert(0, "graph_hash", code)
            table.insert(1, "position", range(len(table)))
            pieces.append(table)
    return publishable(joined(pieces)), left_out


class Graphs(Mapping[str, Graph]):
    """Graphs of a study's folder by hash, read when they are asked for.

    Raises
    ------
    KeptGraphError
        On access, where a file does not hold the graph that it is named after.
    """

    def __init__(self, folder: Path, codes: Mapping[str, str]) -> None:
        self._folder = folder
        self._files = dict(codes)
        self._read: dict[str, Graph] = {}

    def __getitem__(self, code: str) -> Graph:
        if code not in self._read:
            self._read[code] = _checked(self._folder / self._files[code], code)
        return self._read[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, code: object) -> bool:
        return code in self._files

    def __repr__(self) -> str:
        return f"Graphs({len(self)} in {self._folder})"


def _checked(path: Path, code: str) -> Graph:
    try:
        graph = graph_of(path.read_text(encoding="utf-8"))
        found = graph_code(graph).whole
    except _DAMAGE as error:
        raise KeptGraphError(f"{path} is damaged ({type(error).__name__}: {error})") from error
    if found != code:
        raise KeptGraphError(f"{path} holds another graph than the one that it is named after")
    return graph
