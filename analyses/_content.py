"""What a value or a graph holds, as a digest that is the same in every process and session.

A finished task is recognised by what it was computed from. So two values have one digest only where
they are equal in content, long arrays included, and what has no content to tell (an open file, a
lock, a bare object known by its address) is refused.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, NamedTuple, TypeAlias

import networkx as nx
import numpy as np

from netplastic._support import Graph, check_instance

__all__ = ["GraphCode", "Named", "Unstable", "content_hash", "graph_code", "has_inside"]

Named: TypeAlias = Callable[[Any], str]
"""Digest of a function, class or module that is met inside a value."""

_ATOMS = (int, float, str, bool, type(None))
_BY_ADDRESS: Any = object.__repr__
_CODE = (type, FunctionType, BuiltinFunctionType, MethodType, ModuleType)


class Unstable(TypeError):
    """The value holds something whose content cannot be told."""


class GraphCode(NamedTuple):
    """Digests of a graph.

    Attributes
    ----------
    wiring : str
        Of its nodes and edges in order, with all their attributes.
    whole : str
        Of these and of the attributes of the graph itself.
    """

    wiring: str
    whole: str


def graph_code(graph: Graph) -> GraphCode:
    """Digest a graph by content.

    Raises
    ------
    Unstable
        A TypeError that says which node, edge or attribute holds what has no content.

    Examples
    --------
    >>> a, b = nx.path_graph(3), nx.path_graph(3)
    >>> graph_code(a) == graph_code(b)
    True
    >>> a.graph["k"] = np.arange(10_000)
    >>> b.graph["k"] = np.where(a.graph["k"] == 5_000, 0, a.graph["k"])
    >>> graph_code(a).wiring == graph_code(b).wiring, graph_code(a).whole == graph_code(b).whole
    (True, False)
    """
    check_instance("graph", graph, nx.Graph, "a networkx graph")
    digest = hashlib.sha256(b"directed" if graph.is_directed() else b"undirected")
    for node, attributes in graph.nodes(data=True):
        label = _stated("a node's label", node)
        digest.update(f"n {label} {_attributes(f'node {label}', attributes)}\n".encode())
    for source, target, attributes in graph.edges(data=True):
        ends = f"{_stated('', source)} {_stated('', target)}"
        digest.update(f"e {ends} {_attributes(f'edge {ends}', attributes)}\n".encode())
    wiring = digest.hexdigest()
    digest.update(f"g {_attributes('the graph', graph.graph)}\n".encode())
    return GraphCode(wiring, digest.hexdigest())


def content_hash(value: Any, named: Named | None = None) -> str:
    """Digest a value by content; `named` answers for functions, classes and modules in it.

    Raises
    ------
    Unstable
        Where there is no content to tell.

    Examples
    --------
    >>> content_hash({"a": 1, "b": {2, 3}}) == content_hash({"b": {3, 2}, "a": 1})
    True
    >>> content_hash(1) == content_hash(1.0)
    False
    """
    try:
        return _Digester(named or _by_name).of(value)
    except RecursionError:
        raise Unstable("a value nested too deeply") from None


def has_inside(value: Any) -> bool:
    """Whether a value stands for a function inside it: compiled by numba, cached, wrapped."""
    return any(
        isinstance(getattr(value, name, None), FunctionType) for name in ("py_func", "__wrapped__")
    )


def _attributes(owner: str, attributes: Mapping[Any, Any]) -> str:
    if not attributes:
        return "[]"
    if all(type(name) is str for name in attributes):
        if all(map(_is_plain, attributes.values())):
            return repr(sorted(attributes.items()))
        named = sorted(attributes.items(), key=lambda item: item[0])
        return repr(
            [(name, _stated(f"attribute {name!r} of {owner}", value)) for name, value in named]
        )
    return _stated(f"the attributes of {owner}", dict(attributes))


def _stated(place: str, value: Any) -> str:
    """Text of a value: itself where that is all of it, a digest elsewhere."""
    if _is_plain(value):
        return repr(value)
    try:
        return f"<{content_hash(value)}>"
    except Unstable as error:
        raise Unstable(
            f"{place} holds {error}, which has no content by which a finished task could be "
            "recognised; use numbers, text or arrays, or take it out of the graph."
        ) from None


def _is_plain(value: Any) -> bool:
    kind = type(value)
    return kind in _ATOMS or (kind in (tuple, list) and all(map(_is_plain, value)))


def _by_name(value: Any) -> str:
    """Classes and library functions in data stand for themselves by name; the rest is refused."""
    name = getattr(value, "__qualname__", getattr(value, "__name__", ""))
    if isinstance(value, MethodType) or "<" in name:
        raise Unstable(f"the function {name!r}")
    return f"{getattr(value, '__module__', '')}.{name}"


def _is_sentinel(kind: type) -> bool:
    """Whether all that a bare object says is its class, as with the marks of dataclasses."""
    module = kind.__module__.partition(".")[0]
    return module in sys.stdlib_module_names and module != "builtins"


class _Digester:
    """Digests values, those inside others first."""

    def __init__(self, named: Named) -> None:
        self._named = named
        self._above: list[int] = []
        # With the values themselves, so that no other gets their address.
        self._known: dict[int, tuple[Any, str]] = {}

    def of(self, value: Any) -> str:
        if id(value) in self._above:
            return f"cycle {len(self._above) - self._above.index(id(value))}"
        if id(value) in self._known:
            return self._known[id(value)][1]
        self._above.append(id(value))
        try:
            found = self._digest(*self._pieces(value))
        finally:
            self._above.pop()
        self._known[id(value)] = value, found
        return found

    @staticmethod
    def _digest(kind: str, pieces: Iterable[str | bytes]) -> str:
        digest = hashlib.sha256(kind.encode())
        for piece in pieces:
            data = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(data))
            digest.update(data)
        return digest.hexdigest()

    def _pieces(self, value: Any) -> tuple[str, Iterable[str | bytes]]:
        """The kind of a value and what it consists of, as text and bytes."""
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind in (*_ATOMS, complex):
            return name, [repr(value)]
        if kind in (bytes, bytearray):
            return name, [bytes(value)]
        if kind in (tuple, list):
            return name, map(self.of, value)
        if kind in (set, frozenset):
            return name, sorted(map(self.of, value))
        if kind in (dict, MappingProxyType):
            return name, sorted(self.of(key) + self.of(item) for key, item in value.items())
        if isinstance(value, np.generic) or (kind is np.ndarray and not value.dtype.hasobject):
            return name, [value.dtype.str, repr(value.dtype), repr(value.shape), value.tobytes()]
        if kind is np.ndarray:
            return name, [repr(value.shape), *map(self.of, value.ravel().tolist())]
        if isinstance(value, nx.Graph):
            return name, [graph_code(value).whole]
        if isinstance(value, _CODE) or has_inside(value):
            return "named", [self._named(value)]
        return name, self._state(value)

    def _state(self, value: Any) -> list[str]:
        """What an object would be made of again from a file: its class and its fields."""
        what = f"an object of type {type(value).__qualname__!r}"
        try:
            state = value.__reduce_ex__(4)
        except Exception:
            raise Unstable(what) from None
        if isinstance(state, str):
            return [state]
        maker, arguments, *rest = state
        alone = len(arguments) == 1 and arguments[0] is type(value)
        bare = alone and all(piece is None for piece in rest)
        if bare and type(value).__repr__ is _BY_ADDRESS:
            if _is_sentinel(type(value)):
                return []
            raise Unstable(what)
        fields = [list(piece) if hasattr(piece, "__next__") else piece for piece in rest]
        return [self.of(piece) for piece in (maker, arguments, fields)]
