"""Adjacency matrices: .npy and .npz (numpy, or scipy sparse) and .mtx (Matrix Market)."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO
from tokenize import TokenError
from typing import Any

import numpy as np
import scipy.io
import scipy.sparse

from netplastic._support import Graph, graph_of_matrix

from ._errors import NetworkFileError
from ._source import Source

__all__ = ["read_matrix"]

_WHOLE = r"[+-]?\d+"
_REAL = r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?i:inf|infinity|nan))"


def read_matrix(
    source: Source,
    orientation: str | None,
    directed: bool | None,
    labels: Sequence[Any] | None = None,
) -> Graph:
    """Read a matrix file as described in `read_network`."""
    load = {".mtx": _load_mtx, ".npy": _load_npy, ".npz": _load_npz}[source.suffix]
    matrix, own = load(source)
    try:
        return graph_of_matrix(
            matrix,
            labels=own if labels is None else labels,
            orientation=orientation,
            directed=directed,
            memory_limit=source.memory_limit,
        )
    except ValueError as error:
        raise NetworkFileError(source.path, str(error)) from error


_Loaded = tuple[Any, Sequence[Any] | None]


def _load_npy(source: Source) -> _Loaded:
    try:
        return _array(source, BytesIO(source.data)), None
    except (ValueError, EOFError, OSError) as error:
        raise _not_numeric(source, error) from error


def _load_npz(source: Source) -> _Loaded:
    try:
        with zipfile.ZipFile(BytesIO(source.data)) as archive:
            arrays = _members(source, archive)
    except NetworkFileError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        KeyError,
        NotImplementedError,
    ) as error:
        if source.data[:6] == b"\x93NUMPY":
            raise NetworkFileError(
                source.path, "is a single .npy array; call it .npy, or save it with numpy.savez"
            ) from error
        raise NetworkFileError(
            source.path, f"is not a valid .npz file ({error}); write it with scipy.sparse.save_npz"
        ) from error
    except (ValueError, RuntimeError) as error:
        raise _not_numeric(source, error) from error
    if "format" in arrays and "shape" in arrays:
        return _sparse(source, arrays), None
    return _one_matrix(source, arrays)


def _members(source: Source, archive: zipfile.ZipFile) -> dict[str, Any]:
    """All arrays of an archive, after a look at their sizes."""
    source.check_memory(0, 0, bytes_=float(sum(one.file_size for one in archive.infolist())))
    arrays = {}
    for one in archive.infolist():
        if not one.filename.endswith(".npy"):
            raise NetworkFileError(
                source.path,
                f"holds {one.filename!r}, which is no numpy array; write it with numpy.savez or "
                "scipy.sparse.save_npz",
            )
        with archive.open(one) as file:
            arrays[one.filename.removesuffix(".npy")] = _array(source, BytesIO(file.read()))
    return arrays


def _array(source: Source, file: BytesIO) -> Any:
    """An array, after a look at the size that it declares."""
    try:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
        declared = float(np.prod([float(size) for size in shape])) * dtype.itemsize
        source.check_memory(shape[0] if len(shape) == 2 else 0, 0, bytes_=2.0 * declared)
        file.seek(0)
        return np.load(file, allow_pickle=False)
    except (SyntaxError, TokenError, TypeError, MemoryError, OverflowError) as error:
        # numpy reads a header as a piece of Python, which noise is not.
        raise ValueError(str(error)) from error


def _sparse(source: Source, arrays: dict[str, Any]) -> Any:
    try:
        shape = [int(size) for size in arrays["shape"]]
        source.check_memory(max(shape), max(arrays["data"].shape, default=0))
        return scipy.sparse.load_npz(BytesIO(source.data))
    except NetworkFileError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, NotImplementedError) as error:
        raise NetworkFileError(
            source.path, f"is not a valid sparse matrix ({error}); write it with save_npz"
        ) from error


def _one_matrix(source: Source, arrays: dict[str, Any]) -> _Loaded:
    """The only array; or the only matrix, and the labels of its nodes beside it."""
    square = [name for name, array in arrays.items() if array.ndim == 2]
    names = [name for name, array in arrays.items() if array.ndim == 1]
    if len(arrays) == 2 and len(square) == len(names) == 1:
        return arrays[square[0]], arrays[names[0]].tolist()
    if len(arrays) != 1:
        raise NetworkFileError(
            source.path,
            f"holds {len(arrays)} arrays ({', '.join(arrays) or 'none'}); it must hold one "
            "matrix, and beside it at most one array of labels",
        )
    return next(iter(arrays.values())), None


def _not_numeric(source: Source, error: Exception) -> NetworkFileError:
    return NetworkFileError(
        source.path,
        f"holds something other than numbers ({error}); save a numeric array without objects",
    )


def _load_mtx(source: Source) -> _Loaded:
    text = source.text
    _check_size(source, text)
    try:
        loaded = scipy.io.mmread(BytesIO(source.data), spmatrix=False)
    except (ValueError, OverflowError, TypeError) as error:
        found = re.search(r"[Ll]ine (\d+)", str(error))
        raise NetworkFileError(
            source.path,
            f"is not a valid Matrix Market file: {error}",
            int(found[1]) if found else 1,
        ) from error
    if loaded.dtype.kind == "c":
        raise NetworkFileError(
            source.path,
            f"entries must be real numbers; found the type {loaded.dtype}. Save them as floats",
        )
    _check_lines(source, text)
    return loaded, None


def _check_size(source: Source, text: str) -> None:
    """Refuse a size that does not fit into memory, before anything is made of it."""
    lines = text.split("\n")
    size = next((line.split() for line in lines if line.strip() and line[0] != "%"), [])
    if len(size) < 2 or not all(re.fullmatch(r"\d+", word) for word in size):
        return  # scipy says what is wrong
    rows, columns = float(size[0]), float(size[1])
    stored = float(size[2]) if len(size) > 2 else rows * columns
    dense = 8.0 * stored if len(size) == 2 else 0.0
    source.check_memory(max(rows, columns), 0, bytes_=2.0 * dense + 24.0 * stored)


def _check_lines(source: Source, text: str) -> None:
    """Refuse what scipy passes over: it reads 1,5 and 1.0D+02 as 1, and nothing after a number."""
    lines = text.split("\n")
    header = lines[0].lower().split()
    fields = [_WHOLE, _WHOLE] if "coordinate" in header else []
    if "pattern" not in header:
        fields.append(_WHOLE if "integer" in header else _REAL)
    entry = re.compile(r"\s*" + r"\s+".join(fields) + r"\s*", re.ASCII)
    body = [(k, line) for k, line in enumerate(lines, 1) if line.strip() and line[0] != "%"]
    for number, line in body[1:]:  # the first line gives the size
        if not entry.fullmatch(line):
            raise NetworkFileError(
                source.path,
                f"an entry is {len(fields)} numbers, with a decimal point; found {line.strip()!r}",
                number,
            )
