"""The bytes of a network file: that there is one, what its format is, and that it is not a bomb."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from netplastic._support import check_memory, nearest

from ._errors import NetworkFileError, decoded

__all__ = ["Source", "open_source"]

_PACKED = ".gz"
_WAYS_IN = {
    (".g6", ".graph6"): "graph = networkx.read_graph6(path)",
    (".s6", ".sparse6"): "graph = networkx.read_sparse6(path)",
    (".adjlist",): "graph = networkx.read_adjlist(path)",
    (".edgelist", ".edges"): "graph = networkx.read_edgelist(path)",
    (".txt", ".dat", ".el"): (
        "call a table with a header .csv; graph = networkx.read_edgelist(path) reads pairs of "
        "nodes without one"
    ),
    (".dot", ".gv"): "graph = networkx.nx_pydot.read_dot(path)",
    (".gpickle", ".pickle", ".pkl"): "graph = pickle.load(open(path, 'rb')), if you trust the file",
    (".leda", ".lgr"): "graph = networkx.read_leda(path)",
    (".mat",): "graph = read_network(scipy.io.loadmat(path)['NAME'])",
    (".parquet",): "graph = read_network(pandas.read_parquet(path))",
    (".feather",): "graph = read_network(pandas.read_feather(path))",
    (".xls", ".xlsx"): "graph = read_network(pandas.read_excel(path))",
}
"""How other formats come in: by one line of Python."""

_GROWTH = 10.0
"""A network takes about so many times the memory of its text."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a file holds.

    Attributes
    ----------
    path : pathlib.Path
    suffix : str
        Of its format, without that of its compression.
    name : str
        The file's name without suffixes.
    data : bytes
        Unpacked.
    memory_limit : float
        Gigabytes that the network may take.
    """

    path: Path
    suffix: str
    name: str
    data: bytes
    memory_limit: float

    @property
    def text(self) -> str:
        """The content as UTF-8 text."""
        return decoded(self.path, self.data)

    def check_memory(self, nodes: float, edges: float, bytes_: float = 0.0) -> None:
        """Refuse a network that is larger than the limit."""
        try:
            check_memory(nodes, edges, self.memory_limit, bytes_=bytes_)
        except ValueError as error:
            raise NetworkFileError(self.path, str(error)) from error


def open_source(path: Path, suffixes: Sequence[str], memory_limit: float) -> Source:
    """Read an existing, readable, known, non-empty file."""
    suffix, name = _suffix(path)
    _check_there(path)
    if suffix not in suffixes:
        raise NetworkFileError(
            path,
            f"unknown suffix {suffix!r}; allowed are {', '.join(suffixes)}, each also packed as "
            f"{_PACKED}{nearest(suffix, suffixes)}{_way_in(suffix)}",
        )
    try:
        _check_size(path, path.stat().st_size, memory_limit)
        packed = path.suffix.lower() == _PACKED
        with path.open("rb") as file:
            data = _unpacked(path, file, memory_limit) if packed else file.read()
    except OSError as error:
        raise NetworkFileError(path, f"cannot be read: {error.strerror or error}") from error
    if not data:
        raise NetworkFileError(path, "the file is empty; it must describe at least one node")
    return Source(path=path, suffix=suffix, name=name, data=data, memory_limit=memory_limit)


def _way_in(suffix: str) -> str:
    way = next((way for known, way in _WAYS_IN.items() if suffix in known), None)
    return f". In Python: {way or 'graph = networkx.read_...(path)'}"


def _suffix(path: Path) -> tuple[str, str]:
    if path.suffix.lower() == _PACKED:
        inner = Path(path.stem)
        return inner.suffix.lower(), inner.stem
    return path.suffix.lower(), path.stem


def _check_there(path: Path) -> None:
    try:
        if path.is_dir():
            raise NetworkFileError(path, "is a folder; give the path of a file in it")
        if path.is_file():
            return
        if path.exists():
            raise NetworkFileError(
                path, "is no regular file but a pipe or device; save what comes from it first"
            )
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except NetworkFileError:
        raise
    except (OSError, ValueError) as error:  # a name that no file can have, a folder closed to us
        raise NetworkFileError(path, f"cannot be read: {error}") from error
    where = "" if path.parent.is_dir() else f"; there is no folder {path.parent} either"
    raise NetworkFileError(path, f"no such file{where}{nearest(path.name, siblings)}")


def _check_size(path: Path, size: int, memory_limit: float) -> None:
    try:
        check_memory(0, 0, memory_limit, "what this file describes", bytes_=_GROWTH * size)
    except ValueError as error:
        raise NetworkFileError(path, str(error)) from error


def _unpacked(path: Path, packed: BinaryIO, memory_limit: float) -> bytes:
    """Unpack a .gz file, no further than the limit."""
    pieces, size = [], 0
    try:
        with gzip.open(packed) as file:
            while piece := file.read(1 << 20):
                size += len(piece)
                _check_size(path, size, memory_limit)
                pieces.append(piece)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise NetworkFileError(path, f"is not a valid {_PACKED} file: {error}") from error
    return b"".join(pieces)
