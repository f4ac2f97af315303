"""Nodes and edges as arrays, from a matrix or a table of edges, without a graph in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from ._checks import brief, check_flag
from ._direction import ROUNDING, directed_or_not
from ._ends import find_ends
from ._matrix_graph import matrix_entries
from ._types import BoolArray, FloatArray, Graph, IntArray

__all__ = ["Edges", "edges_of"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Edges:
    """A graph as arrays.

    Attributes
    ----------
    nodes : tuple
        Labels.
    directed : bool
    tail, head : int arrays of length m
        Numbers of the nodes that each edge joins; sorted by tail, then head. Without directions
        the tail is the lesser one.
    weight : float array of length m, or None
        None: every edge counts 1.
    """

    nodes: tuple[Any, ...]
    directed: bool
    tail: IntArray
    head: IntArray
    weight: FloatArray | None


def edges_of(source: Any, directed: bool | None, weight: str | None = "weight") -> Edges:
    """Read an adjacency matrix, or a pandas table with one edge a row.

    Parameters
    ----------
    source : array, scipy sparse matrix or pandas.DataFrame
        A table with the columns source and target (or what else names the ends of edges) lists
        edges; another one is a matrix.
    directed : bool or None
        None: what is the same both ways has no direction, and the rest must say.
    weight : str or None
        Column of a table that holds weights, if it has it.

    Raises
    ------
    TypeError, ValueError
        For what is neither, or where nothing says whether edges have a direction.
    """
    if directed is not None:
        directed = check_flag("directed", directed)
    names = [
        "weight" if str(name).lower() == "weight" else str(name)
        for name in getattr(source, "columns", ())
    ]
    ends = find_ends(names)
    if ends is None:
        labels, rows, columns, values, symmetric = matrix_entries(source)
        if symmetric and not directed:
            return _undirected(tuple(labels), rows, columns, values)
        return _told(tuple(labels), rows, columns, values, directed, "matrix")
    said = ends[2] if directed is None else directed
    nodes, tail, head, listed = _listed(source, names, ends, weight)
    _check_once(nodes, tail, head)
    return _told(nodes, tail, head, listed, said, "list")


def _listed(
    table: Any, names: list[str], ends: tuple[int, int, bool | None], weight: str | None
) -> tuple[tuple[Any, ...], IntArray, IntArray, FloatArray | None]:
    """Labels in the order in which they first appear, both ends of each row, and its weight."""
    import pandas as pd

    known = {names[ends[0]], names[ends[1]], "weight", weight}
    further = [name for name in names if name not in known]
    if further:
        raise ValueError(
            f"the table of edges has the further column {further[0]!r}; give source, target and "
            "weight only, or read it with netplastic.graphs.read_network(table), which makes "
            "further columns attributes of edges"
        )
    if not len(table):
        raise ValueError("the table of edges has no row; a network needs at least one node.")
    pair = table.iloc[:, [ends[0], ends[1]]]
    missing = np.flatnonzero(pair.isna().to_numpy().any(axis=1))
    if missing.size:
        raise ValueError(f"row {missing[0]} (from 0) has no label at one of its ends")
    if pair.dtypes.nunique() == 1:
        flat = pair.to_numpy().ravel()
    else:
        flat = pair.astype(object).to_numpy().ravel()
    number, labels = pd.factorize(flat)
    tail, head = number.reshape(-1, 2).astype(np.int64).T
    values = None
    if weight in names:
        column = table.iloc[:, names.index(weight)]
        if column.dtype.kind not in "iuf":
            raise TypeError(f"the column {weight!r} of the table is no column of real numbers")
        values = column.to_numpy(dtype=np.float64)
    return tuple(labels.tolist()), tail.copy(), head.copy(), values


def _check_once(nodes: tuple[Any, ...], tail: IntArray, head: IntArray) -> None:
    key = tail * len(nodes) + head
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0)
    if again.size:
        row = int(order[again + 1].min())
        raise ValueError(
            f"the edge {nodes[tail[row]]!r} - {nodes[head[row]]!r} stands there again in row {row} "
            "(from 0); keep one of the rows, with the sum of the weights if they are parts of one "
            "connection"
        )


def _told(
    nodes: tuple[Any, ...],
    tail: IntArray,
    head: IntArray,
    weight: FloatArray | None,
    directed: bool | None,
    what: str,
) -> Edges:
    """Arcs as they are listed as the edges that they mean; the arrays' `directed_or_not`."""
    if directed:
        order = np.lexsort((head, tail))
        values = None if weight is None else weight[order]
        return Edges(nodes=nodes, directed=True, tail=tail[order], head=head[order], weight=values)
    paired, unequal = _both_ways(len(nodes), tail, head, weight)
    lonely = ~paired & (tail != head)
    one_way = directed is False and not paired.any()
    if not unequal.any() and (one_way or not lonely.any()):
        return _undirected(nodes, tail, head, weight)
    # A graph of what is at fault says it in the words of all readers.
    shown = [np.flatnonzero(found)[:1] for found in (unequal, lonely, paired)]
    arcs: Graph = nx.DiGraph()
    for row in np.concatenate(shown).tolist():
        again = np.flatnonzero((tail == head[row]) & (head == tail[row]))
        for one in (row, *again.tolist()):
            value = {} if weight is None else {"weight": float(weight[one])}
            arcs.add_edge(nodes[tail[one]], nodes[head[one]], **value)
    directed_or_not(arcs, directed, what=what)
    raise ValueError(f"the {what} cannot be told to be directed or not: {brief(arcs)}")


def _both_ways(
    n: int, tail: IntArray, head: IntArray, weight: FloatArray | None
) -> tuple[BoolArray, BoolArray]:
    """Which arcs run back as well (loops do not), and which of these with another weight."""
    key, back = tail * n + head, head * n + tail
    order = np.argsort(key)
    place = np.minimum(np.searchsorted(key[order], back), max(len(key) - 1, 0))
    reverse = order[place] if len(key) else place
    paired = (key[reverse] == back) & (tail != head)
    if weight is None:
        return paired, np.zeros(len(key), dtype=bool)
    near = np.abs(weight - weight[reverse]) <= ROUNDING * np.maximum(
        np.abs(weight), np.abs(weight[reverse])
    )
    return paired, paired & ~near


def _undirected(
    nodes: tuple[Any, ...], tail: IntArray, head: IntArray, weight: FloatArray | None
) -> Edges:
    """Each edge once; where both ways are listed, with the weight of the one upwards."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((tail > head, high, low))
    key = (low * len(nodes) + high)[order]
    first = order[np.flatnonzero(np.diff(key, prepend=-1) != 0)]
    values = None if weight is None else weight[first]
    return Edges(nodes=nodes, directed=False, tail=low[first], head=high[first], weight=values)
