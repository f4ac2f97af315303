"""From an adjacency matrix to a graph."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

import networkx as nx
import numpy as np

from ._checks import brief, check_choice
from ._direction import ROUNDING, directed_or_not
from ._memory import MEMORY_LIMIT, check_memory
from ._types import FloatArray, Graph, IntArray

__all__ = ["ORIENTATIONS", "graph_of_matrix", "is_matrix", "matrix_entries"]

ORIENTATIONS = ("source-target", "target-source")
_EPS = 2.0**-50


def is_matrix(value: object) -> bool:
    """Whether a value is an array, a sparse matrix or a pandas table."""
    kind = type(value)
    return (
        isinstance(value, np.ndarray)
        or kind.__module__.startswith("scipy.sparse")
        or (kind.__name__ == "DataFrame" and kind.__module__.startswith("pandas"))
    )


def graph_of_matrix(
    matrix: Any,
    *,
    labels: Sequence[Hashable] | None = None,
    orientation: str | None = None,
    directed: bool | None = None,
    memory_limit: float = MEMORY_LIMIT,
) -> Graph:
    """Turn a square matrix of weights into a graph; an entry other than 0 is an edge.

    Parameters
    ----------
    matrix : array, scipy sparse matrix or pandas.DataFrame (n, n)
        A table's rows and columns must have the same names, which are the nodes.
    labels : sequence, optional
        Names of the nodes; 0, 1, ... by default.
    orientation : {"source-target", "target-source"}, optional
        Whether the row drives the column (as in networkx) or the column the row. Given, it says
        that an asymmetric matrix is directed.
    directed : bool, optional
        By default a matrix that is symmetric up to rounding is undirected, and any other an error
        that asks.
    memory_limit : float
        Gigabytes.

    Raises
    ------
    TypeError, ValueError
        For what is no square matrix of finite real numbers, or where nothing says whether it is
        directed.
    """
    if orientation is not None:
        check_choice("orientation", orientation, ORIENTATIONS)
    names, rows, columns, values, symmetric = matrix_entries(matrix, labels, memory_limit)
    if directed is None and symmetric:
        directed = False
    elif directed is None and orientation is not None:
        directed = True  # who says which way edges run says that they have a way
    if directed is False and symmetric:
        return _undirected(names, rows, columns, values)
    if orientation == "target-source":
        rows, columns = columns, rows
    arcs: Graph = nx.DiGraph()
    arcs.add_nodes_from(names)
    arcs.add_weighted_edges_from(_named(names, rows, columns, values))
    return directed_or_not(arcs, directed, what="matrix")


def matrix_entries(
    matrix: Any,
    labels: Sequence[Hashable] | None = None,
    memory_limit: float = math.inf,
) -> tuple[list[Any], IntArray, IntArray, FloatArray, bool]:
    """Labels of the nodes, rows, columns and values other than 0, and whether it is symmetric."""
    if hasattr(matrix, "columns"):
        matrix, labels = _of_table(matrix, labels)
    rows, columns, values, n = _entries(matrix)
    check_memory(n, len(values), memory_limit, "the matrix")
    names = list(range(n)) if labels is None else _checked_labels(labels, n)
    return names, rows, columns, values, _symmetric(rows, columns, values, n)


def _named(names: list[Any], rows: IntArray, columns: IntArray, values: Any) -> Any:
    for i, j, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
        yield names[i], names[j], value


def _undirected(names: list[Any], rows: IntArray, columns: IntArray, values: Any) -> Graph:
    """The graph of a symmetric matrix; where it is so up to rounding, of its upper half."""
    graph: Graph = nx.Graph()
    graph.add_nodes_from(names)
    upper = rows <= columns
    graph.add_weighted_edges_from(_named(names, rows[upper], columns[upper], values[upper]))
    for u, v, value in _named(names, rows[~upper], columns[~upper], values[~upper]):
        if not graph.has_edge(u, v):  # 0 above the diagonal, a rounding error below
            graph.add_edge(u, v, weight=value)
    return graph


def _symmetric(rows: IntArray, columns: IntArray, values: Any, n: int) -> bool:
    """Whether a matrix equals its transpose up to rounding."""
    from scipy.sparse import coo_array

    if not len(values):
        return True
    there = coo_array((values, (rows, columns)), shape=(n, n)).tocsr()
    apart = abs(there - there.T).tocoo()
    if not apart.nnz:
        return True
    largest = abs(there).maximum(abs(there.T)).tocsr()
    scale = np.asarray(largest[apart.coords[0], apart.coords[1]]).ravel()
    bound = np.maximum(ROUNDING * scale, _EPS * np.abs(values).max())
    return bool(np.all(apart.data <= bound))


def _entries(matrix: Any) -> tuple[IntArray, IntArray, Any, int]:
    """Rows, columns and values of the entries other than 0, and the number of nodes."""
    if 0 in matrix.shape:
        raise ValueError(
            f"there is no node in it, a matrix of shape {matrix.shape}; give one at least"
        )
    if len(matrix.shape) != 2:
        raise ValueError(f"holds an array of shape {matrix.shape}; it must be a square matrix")
    n, other = matrix.shape
    if n != other:
        raise ValueError(
            f"the matrix is {n} x {other}; it must be square, with one row and one column for "
            "each node"
        )
    if matrix.dtype.kind not in "biuf":
        raise ValueError(
            f"entries must be real numbers; found the type {matrix.dtype}. Save them as floats"
        )
    if isinstance(matrix, np.ma.MaskedArray) and np.ma.is_masked(matrix):
        raise ValueError("some entries are masked; fill them, with matrix.filled(0) if 0 is meant")
    if isinstance(matrix, np.ndarray):
        matrix = np.asarray(matrix)
        rows, columns = np.nonzero(matrix)
        values = matrix[rows, columns]
    else:
        coo = matrix.tocoo()
        rows, columns, values = coo.row, coo.col, coo.data
        _check_unique(rows, columns, n)
        there = values != 0
        rows, columns, values = rows[there], columns[there], values[there]
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        k = bad[0]
        raise ValueError(
            f"entries must be finite numbers; found {values[k]} at row {rows[k]}, column "
            f"{columns[k]} (from 0). Write 0 where there is no edge"
        )
    return rows.astype(np.int64), columns.astype(np.int64), values.astype(np.float64), n


def _check_unique(rows: Any, columns: Any, n: int) -> None:
    flat = rows.astype(np.int64) * n + columns
    order = np.argsort(flat, kind="stable")
    again = np.flatnonzero(np.diff(flat[order]) == 0)
    if again.size:
        k = order[again[0]]
        raise ValueError(
            f"the entry at row {rows[k]}, column {columns[k]} (from 0) is stored more than once; "
            "add up duplicates with matrix.sum_duplicates() before saving"
        )


def _of_table(
    table: Any, labels: Sequence[Hashable] | None
) -> tuple[Any, Sequence[Hashable] | None]:
    """The numbers of a square table, its columns in the order of its rows, and its labels."""
    if table.shape[0] != table.shape[1]:
        raise ValueError(
            f"the table is {table.shape[0]} x {table.shape[1]}; give an adjacency matrix with a "
            "row and a column for each node, or (to netplastic.graphs.read_network) an edge list "
            "with the columns source and target"
        )
    index, columns = list(table.index), list(table.columns)
    # A table that was read from a text file has numbers as rows and their text as columns.
    if index != columns and list(map(str, index)) != list(map(str, columns)):
        if len(set(columns)) != len(columns) or set(index) != set(columns):
            foreign = next((name for name in columns if name not in set(index)), columns[0])
            raise ValueError(
                f"rows and columns of the table must have the same names, each once; found the "
                f"column {foreign!r} without a row"
            )
        table = table[index]
    if any(kind.kind not in "biuf" for kind in table.dtypes):
        name = next(c for c in table.columns if table[c].dtype.kind not in "biuf")
        raise ValueError(f"the column {name!r} of the table is no column of real numbers")
    return table.to_numpy(), index if labels is None else labels


def _checked_labels(labels: Sequence[Hashable], n: int) -> list[Any]:
    names = [name.item() if isinstance(name, np.generic) else name for name in labels]
    unfit = [name for name in names if not isinstance(name, Hashable)]
    if unfit:
        raise TypeError(f"labels holds {brief(unfit[0])}, which can be no node")
    if len(names) != n:
        raise ValueError(f"there are {len(names)} labels for the {n} nodes of the matrix")
    seen: set[Any] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"two nodes have the label {name!r}; labels must differ")
        seen.add(name)
    return names
