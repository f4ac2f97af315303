"""Results as files: JSON that says what there is, beside plain arrays; nothing is pickled.

A file is a zip archive. Its `result.json` holds a tree of plain values and of objects, each by the
name of its class and its fields. Arrays are pieces of a few long ones, one for each type of number
(`float64.npy`, ...), which `numpy.load` opens as well.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import lzma
import math
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import networkx as nx
import numpy as np

from ._memory import check_memory_limit
from ._public import public
from ._status import Status
from ._types import Graph, Node
from ._whole import whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ResultFileError", "Stored", "node_index", "read_result", "write_result"]

_FORMAT, _VERSION = "netplastic result", 1
_TREE = "result.json"
_EXACT = 1 << 63  # JSON readers agree on integers below it only


class ResultFileError(ValueError):
    """A file of a result cannot be read as it is.

    Attributes
    ----------
    path : pathlib.Path
        The file.

    Examples
    --------
    >>> import pathlib, tempfile, netplastic as npl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "found.zip")
    ...     _ = path.write_text("no result")
    ...     try:
    ...         npl.load(path)
    ...     except npl.ResultFileError as error:
    ...         print(error.path.name)
    found.zip
    """

    def __init__(self, path: str | Path, message: str) -> None:
        self.path, self.message = Path(path), message
        super().__init__(f"{path}: {message}")

    def __reduce__(self) -> tuple[type[ResultFileError], tuple[Path, str]]:
        return type(self), (self.path, self.message)


def node_index(labels: Sequence[Node]) -> pd.Index[Any]:
    """Return labels of nodes as an index that keeps what they are: a tuple stays one label."""
    import pandas as pd  # takes a third of the time of a first simulation to load

    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return pd.Index(array, name="node", tupleize_cols=False)


class Stored(ABC):
    """What is no dataclass and can be kept, in a file (one object once) and in a pickle."""

    @abstractmethod
    def _kept(self) -> dict[str, Any]:
        """Return all that it is made of."""

    @classmethod
    @abstractmethod
    def _restored(cls, kept: dict[str, Any]) -> Self:
        """Make it again from what `_kept` returned."""

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        return type(self)._restored, (self._kept(),)


def write_result(path: str | Path, result: object) -> None:
    """Write a result.

    Raises
    ------
    ValueError
        For a path that is none of a file.
    TypeError
        For what has no plain form: node labels other than numbers, text, booleans and tuples of
        them, classes of one's own.
    """
    path, writer = _checked(path), _Writer()
    tree = {
        "format": _FORMAT,
        "version": _VERSION,
        "netplastic": public("__version__"),
        "result": writer.plain(result),
        "shared": writer.shared,
    }
    text = json.dumps(tree, allow_nan=False)
    with (
        whole(path) as pending,
        zipfile.ZipFile(pending, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive,
    ):
        with archive.open(_TREE, "w") as file:  # writestr would add the time: never the same twice
            file.write(text.encode())
        for name, pieces in writer.pieces.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.concatenate(pieces), allow_pickle=False)


def _checked(path: str | Path) -> Path:
    if not isinstance(path, str | Path):
        raise TypeError(f"path is a {type(path).__name__}; give the path of a file.")
    path = Path(path)
    if path.exists() and not path.is_file():
        raise ResultFileError(path, "is a folder, pipe or device; give the path of a file")
    return path


class _Writer:
    """Turns values into what JSON knows: everything else is an object with one key, its kind."""

    def __init__(self) -> None:
        self.shared: list[Any] = []
        self.pieces: dict[str, list[np.ndarray[Any, Any]]] = {}
        self._numbers: dict[int, int] = {}
        self._lengths: dict[str, int] = {}

    def plain(self, value: Any) -> Any:
        if value is None or type(value) in (bool, str):
            return value
        if isinstance(value, Status):
            return {"status": [type(value).__name__, str(value)]}
        if isinstance(value, np.str_):
            return str(value)
        if isinstance(value, np.generic):
            return {"number": self._array(np.asarray(value))}
        if type(value) is int:
            return value if abs(value) < _EXACT else {"int": hex(value)}
        if type(value) is float:
            return value if math.isfinite(value) else {"float": str(value)}
        if type(value) is list:
            return [self.plain(one) for one in value]
        if type(value) is tuple:
            return {"tuple": [self.plain(one) for one in value]}
        if isinstance(value, dict):
            return {"dict": [[self.plain(key), self.plain(one)] for key, one in value.items()]}
        if isinstance(value, np.ndarray):
            return {"array": self._array(value)}
        if isinstance(value, nx.Graph):
            return {"graph": self._graph(value)}
        return self._table(value) or self._object(value)

    def _array(self, array: np.ndarray[Any, Any]) -> list[Any]:
        if array.dtype.kind not in "biufc":
            raise _unknown(array)
        name, start = array.dtype.name, self._lengths.get(array.dtype.name, 0)
        self.pieces.setdefault(name, []).append(array.ravel())
        self._lengths[name] = start + array.size
        return [name, start, list(array.shape)]

    def _graph(self, graph: Graph) -> dict[str, Any]:
        number = {node: k for k, node in enumerate(graph)}
        return {
            "directed": graph.is_directed(),
            "about": self.plain(dict(graph.graph)),
            "nodes": [[self.plain(u), self.plain(dict(d))] for u, d in graph.nodes(data=True)],
            "edges": [
                [number[u], number[v], self.plain(dict(d))] for u, v, d in graph.edges(data=True)
            ],
        }

    def _table(self, value: Any) -> dict[str, Any] | None:
        import pandas as pd

        if value is pd.NA:
            return {"missing": None}
        if isinstance(value, pd.DataFrame):
            columns = [[self.plain(name), self._column(value[name])] for name in value.columns]
            return {"frame": columns}
        if isinstance(value, pd.Series):
            labels = self.plain(list(value.index))
            return {"series": [self.plain(value.name), labels, self._column(value)]}
        return None

    def _column(self, column: Any) -> list[Any]:
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
            return [str(column.dtype), self.plain(column.to_numpy())]
        return [str(column.dtype), [self.plain(one) for one in column.astype(object)]]

    def _object(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        if kind.__module__.partition(".")[0] != __name__.partition(".")[0]:
            raise _unknown(value)
        if isinstance(value, Stored):
            if id(value) not in self._numbers:
                kept = self.plain(value._kept())
                self._numbers[id(value)] = len(self.shared)
                self.shared.append([kind.__name__, kept])
            return {"shared": self._numbers[id(value)]}
        if not dataclasses.is_dataclass(value):
            raise _unknown(value)
        fields = {f.name: self.plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"object": [kind.__name__, fields]}


def _unknown(value: object) -> TypeError:
    return TypeError(
        f"a {type(value).__name__} cannot be saved: {repr(value)[:80]}. Files hold numbers, text, "
        "booleans, None, tuples, lists, dicts and arrays of numbers, as labels of nodes numbers, "
        "text, booleans and tuples (networkx.relabel_nodes changes them), and the package's own "
        "rules and activations."
    )


def read_result(path: str | Path, known: Mapping[str, str], memory_limit: float) -> Any:
    """Read what `write_result` wrote.

    Parameters
    ----------
    path : str or Path
    known : mapping
        Module of every class that a file may name; no other is loaded.
    memory_limit : float
        Gigabytes that the file may take, unpacked.

    Raises
    ------
    ResultFileError
    """
    limit = check_memory_limit(memory_limit)
    path = _checked(path)
    try:
        with path.open("rb") as file:  # numpy leaves a damaged one open
            archive = np.load(file, allow_pickle=False)
            _check_size(path, archive, limit)
            tree = json.loads(archive[_TREE])
            _check_format(path, tree)
            return _Reader(archive, known, tree["shared"]).value(tree["result"])
    except ResultFileError:
        raise
    except OSError as error:
        raise ResultFileError(path, f"cannot be read: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise ResultFileError(
            path,
            "is no result that netplastic saved, or it is damaged "
            f"({type(error).__name__}: {str(error)[:200]}); save it again",
        ) from error


_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, MemoryError),
    *(ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
)
"""What numpy, json and the classes of results raise for files that are not what they should be."""


def _check_size(path: Path, archive: Any, limit: float) -> None:
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise ResultFileError(path, "holds one array, no result that netplastic saved")
    entries: list[zipfile.ZipInfo] = archive.zip.infolist() if archive.zip else []
    needed = sum(entry.file_size for entry in entries) / 1e9
    if needed > limit:
        raise ResultFileError(
            path,
            f"would take {needed:.3g} GB of memory; the limit is {limit:g} GB. Give "
            f"memory_limit={math.ceil(needed)} (gigabytes) if it is meant",
        )


def _check_format(path: Path, tree: Any) -> None:
    if not isinstance(tree, dict) or tree.get("format") != _FORMAT:
        raise ResultFileError(path, "is no result that netplastic saved")
    if int(tree["version"]) > _VERSION:
        raise ResultFileError(
            path,
            f"was saved by netplastic {tree['netplastic']}, in version {tree['version']} of the "
            f"format; this one reads up to {_VERSION}. Update netplastic",
        )


class _Reader:
    """The way back from `_Writer`."""

    def __init__(self, archive: Any, known: Mapping[str, str], shared: list[Any]) -> None:
        self._archive, self._known, self._shared = archive, known, shared
        self._long: dict[str, np.ndarray[Any, Any]] = {}
        self._made: dict[int, Any] = {}
        self._ways: dict[str, Callable[[Any], Any]] = {
            "int": lambda text: int(text, 16),
            "float": float,
            "tuple": lambda values: tuple(map(self.value, values)),
            "dict": lambda pairs: {self.value(key): self.value(one) for key, one in pairs},
            "status": lambda pair: self._class(pair[0], Status)(pair[1]),
            "array": self._array,
            "number": lambda entry: self._array(entry)[()],
            "graph": self._graph,
            "missing": self._missing,
            "frame": self._frame,
            "series": self._series,
            "shared": self._one_of_shared,
            "object": self._object,
        }

    def value(self, entry: Any) -> Any:
        if isinstance(entry, list):
            return [self.value(one) for one in entry]
        if not isinstance(entry, dict):
            return entry
        ((kind, inside),) = entry.items()
        return self._ways[kind](inside)

    def _class(self, name: str, base: type) -> Any:
        found = getattr(importlib.import_module(self._known[name]), name)
        if not issubclass(found, base):
            raise TypeError(f"{name} is no {base.__name__}")
        return found

    def _array(self, entry: list[Any]) -> np.ndarray[Any, Any]:
        name, start, shape = entry
        if name not in self._long:
            self._long[name] = self._archive[name]
        end = start + math.prod(shape)
        return np.array(self._long[name][start:end]).reshape(shape)

    def _graph(self, entry: dict[str, Any]) -> Graph:
        graph: Graph = nx.DiGraph() if entry["directed"] else nx.Graph()
        graph.graph.update(self.value(entry["about"]))
        graph.add_nodes_from((self.value(node), self.value(data)) for node, data in entry["nodes"])
        nodes = list(graph)
        graph.add_edges_from((nodes[u], nodes[v], self.value(d)) for u, v, d in entry["edges"])
        return graph

    def _missing(self, _: None) -> Any:
        import pandas as pd

        return pd.NA

    def _frame(self, columns: list[Any]) -> Any:
        import pandas as pd

        return pd.DataFrame({self.value(name): self._column(*kept) for name, kept in columns})

    def _series(self, entry: list[Any]) -> Any:
        name, labels, kept = entry
        column = self._column(*kept)
        column.index = node_index(self.value(labels))
        return column.rename(self.value(name))

    def _column(self, dtype: str, kept: Any) -> Any:
        import pandas as pd

        values = self.value(kept)
        if dtype == "object":
            column = np.empty(len(values), dtype=object)
            column[:] = values
            return pd.Series(column, dtype=object)
        return pd.Series(values, dtype=dtype)

    def _one_of_shared(self, number: int) -> Any:
        if number not in self._made:
            name, kept = self._shared[number]
            self._made[number] = self._class(name, Stored)._restored(self.value(kept))
        return self._made[number]

    def _object(self, entry: list[Any]) -> Any:
        name, fields = entry
        kind = self._class(name, object)
        if not dataclasses.is_dataclass(kind):
            raise TypeError(f"{name} is no kind of result")
        make: Any = kind  # mypy thinks of an instance
        return make(**{field: self.value(one) for field, one in fields.items()})
