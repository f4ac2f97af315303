"""Networks at hand as arrays and tables."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np

from netplastic._support import (
    EDGE_TYPES,
    Graph,
    directed_or_not,
    find_ends,
    graph_of_matrix,
)

__all__ = ["read_table"]


def read_table(
    table: Any,
    *,
    orientation: str | None,
    directed: bool | None,
    labels: Sequence[Any] | None,
    memory_limit: float,
) -> Graph:
    """Read an array, a sparse matrix, or a pandas table: an adjacency matrix or an edge list."""
    names = list(table.columns) if hasattr(table, "columns") else []
    ends = find_ends([str(name) for name in names])
    if ends is None:
        return graph_of_matrix(
            table,
            labels=labels,
            orientation=orientation,
            directed=directed,
            memory_limit=memory_limit,
        )
    return _edge_list(table, names, ends, directed)


def _edge_list(
    table: Any, names: list[Any], ends: tuple[int, int, bool | None], directed: bool | None
) -> Graph:
    source, target, said = ends
    kind = next((name for name in names if str(name).lower() == "type"), None)
    of_gephi = None if kind is None else _said_by(table[kind].tolist())
    left = {names[source], names[target], *([] if of_gephi is None else [kind])}
    said = said if of_gephi is None else of_gephi
    further = [name for name in names if name not in left]
    arcs: Graph = nx.DiGraph()
    columns = [table[name].tolist() for name in (names[source], names[target], *further)]
    for number, (u, v, *values) in enumerate(zip(*columns, strict=True)):
        for end in (u, v):
            if end is None or end != end:
                raise ValueError(f"row {number} (from 0) has no label at one of its ends")
        if arcs.has_edge(u, v):
            raise ValueError(
                f"the edge {u!r} - {v!r} stands there again in row {number} (from 0); keep one of "
                "the rows, with the sum of the weights if they are parts of one connection"
            )
        arcs.add_edge(u, v, **_present(further, values))
    return directed_or_not(arcs, said if directed is None else directed)


def _said_by(kinds: list[Any]) -> bool | None:
    """What Gephi's column Type says; None if it is no such column."""
    said = {EDGE_TYPES.get(str(kind).lower()) for kind in kinds}
    if None in said:
        return None
    if len(said) > 1:
        raise ValueError(
            "the column Type holds Directed and Undirected; list an edge without direction both "
            "ways and make all of them Directed"
        )
    return said.pop()


def _present(names: list[Any], values: list[Any]) -> dict[str, Any]:
    """Attributes of an edge; missing values are none, but a weight that is NaN is a fault."""
    found = {}
    for name, value in zip(names, values, strict=True):
        key = "weight" if str(name).lower() == "weight" else str(name)
        missing = value is None or (isinstance(value, numbers.Real) and np.isnan(float(value)))
        if key == "weight" or not missing:
            found[key] = value
    return found
