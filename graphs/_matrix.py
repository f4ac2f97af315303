"""Adjacency matrices: .npz (scipy sparse or one numpy array) and .mtx (Matrix Market)."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import scipy.io
import scipy.sparse

from netplastic._support import Graph

from ._errors import NetworkFileError, read_text

_WHOLE = r"[+-]?\d+"
_REAL = r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?i:inf|infinity|nan))"


def read_matrix(path: Path, orientation: str, directed: bool | None) -> Graph:
    """Read a matrix file as described in `read_network`."""
    matrix = _load_mtx(path) if path.suffix.lower() == ".mtx" else _load_npz(path)
    _check(path, matrix)
    rows, columns = (part.tolist() for part in matrix.coords)
    values = matrix.data.tolist()
    entries = {
        (i, j): float(value)
        for i, j, value in zip(rows, columns, values, strict=True)
        if value != 0
    }
    lopsided = next(
        (ij for ij, value in entries.items() if entries.get((ij[1], ij[0])) != value), None
    )
    if directed is False and lopsided is not None:
        i, j = lopsided
        raise NetworkFileError(
            path,
            f"the matrix is not symmetric: entry ({i}, {j}) is {entries[i, j]:g}, entry ({j}, {i}) "
            f"is {entries.get((j, i), 0.0):g} (rows and columns from 0). Leave directed=False out, "
            "or save a symmetric matrix, such as (A + A.T) / 2",
        )
    undirected = lopsided is None if directed is None else not directed
    graph: Graph = nx.Graph() if undirected else nx.DiGraph()
    graph.add_nodes_from(range(matrix.shape[0]))
    for (i, j), value in entries.items():
        u, v = (i, j) if orientation == "source-target" else (j, i)
        graph.add_edge(u, v, weight=value)
    return graph


def _load_npz(path: Path) -> Any:
    try:
        # An own file object: numpy leaves the file open when what it finds is no archive.
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                raise NetworkFileError(
                    path, "is a single .npy array; save it with numpy.savez(path, matrix)"
                )
            names = list(loaded)
            arrays = {name: loaded[name] for name in names}
            if "format" in arrays and "shape" in arrays:
                file.seek(0)
                return scipy.sparse.coo_array(scipy.sparse.load_npz(file))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError) as error:
        raise NetworkFileError(
            path, f"is not a valid .npz file ({error}); write it with scipy.sparse.save_npz"
        ) from error
    except NetworkFileError:
        raise
    except ValueError as error:
        raise NetworkFileError(
            path,
            f"holds something other than numbers ({error}); save a numeric array without objects",
        ) from error
    if len(arrays) != 1:
        raise NetworkFileError(
            path,
            f"holds {len(arrays)} arrays ({', '.join(names) or 'none'}); it must hold one matrix",
        )
    return _dense(path, next(iter(arrays.values())))


def _load_mtx(path: Path) -> Any:
    text = read_text(path)
    try:
        loaded = scipy.io.mmread(path, spmatrix=False)
    except (ValueError, OverflowError, TypeError) as error:
        found = re.search(r"[Ll]ine (\d+)", str(error))
        raise NetworkFileError(
            path,
            f"is not a valid Matrix Market file: {error}",
            int(found[1]) if found else 1,
        ) from error
    if isinstance(loaded, np.ndarray):
        matrix = _dense(path, loaded)
    else:
        matrix = scipy.sparse.coo_array(loaded)
    if matrix.dtype.kind == "c":
        raise _not_real(path, matrix.dtype)
    _check_lines(path, text)
    return matrix


def _check_lines(path: Path, text: str) -> None:
    """Refuse what scipy passes over: it reads 1,5 and 1.0D+02 as 1, and nothing after a number."""
    lines = text.splitlines()
    header = lines[0].lower().split()
    fields = [_WHOLE, _WHOLE] if "coordinate" in header else []
    if "pattern" not in header:
        fields.append(_WHOLE if "integer" in header else _REAL)
    entry = re.compile(r"\s*" + r"\s+".join(fields) + r"\s*")
    body = [(k, line) for k, line in enumerate(lines, 1) if line.strip() and line[0] != "%"]
    for number, line in body[1:]:  # the first line gives the size
        if not entry.fullmatch(line):
            raise NetworkFileError(
                path,
                f"an entry is {len(fields)} numbers, with a decimal point; found {line.strip()!r}",
                number,
            )


def _dense(path: Path, array: np.ndarray[Any, np.dtype[Any]]) -> Any:
    if array.ndim != 2:
        raise NetworkFileError(
            path, f"holds an array of shape {array.shape}; it must be a square matrix"
        )
    if array.dtype.kind not in "biuf":
        raise _not_real(path, array.dtype)
    return scipy.sparse.coo_array(array)


def _not_real(path: Path, dtype: Any) -> NetworkFileError:
    return NetworkFileError(
        path, f"entries must be real numbers; found the type {dtype}. Save them as floats"
    )


def _check(path: Path, matrix: Any) -> None:
    """Check shape, finiteness and uniqueness of the entries of a coo array."""
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        shape = " x ".join(str(size) for size in matrix.shape)
        raise NetworkFileError(
            path,
            f"the matrix is {shape}; it must be square, with one row and one column for each node",
        )
    if matrix.dtype.kind not in "biuf":
        raise _not_real(path, matrix.dtype)
    rows, columns = matrix.coords
    bad = np.flatnonzero(~np.isfinite(matrix.data))
    if bad.size:
        k = bad[0]
        raise NetworkFileError(
            path,
            f"entries must be finite numbers; found {matrix.data[k]} at row {rows[k]}, column "
            f"{columns[k]} (from 0). Write 0 where there is no edge",
        )
    flat = rows.astype(np.int64) * matrix.shape[1] + columns
    order = np.argsort(flat, kind="stable")
    again = np.flatnonzero(np.diff(flat[order]) == 0)
    if again.size:
        k = order[again[0]]
        raise NetworkFileError(
            path,
            f"the entry at row {rows[k]}, column {columns[k]} (from 0) is stored more than once; "
            "add up duplicates with matrix.sum_duplicates() before saving",
        )
