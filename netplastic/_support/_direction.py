"""Whether a list of arcs is a directed or an undirected graph: asked where nothing says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx

from ._types import Graph, Node

__all__ = ["ROUNDING", "DirectionError", "close", "directed_or_not", "is_identifier"]

ROUNDING = 1e-12
"""Relative difference up to which two weights are one: what sums in another order differ by."""

_IDENTIFIERS = ("id", "ids", "index", "key", "suid", "unnamed: 0")


class DirectionError(ValueError):
    """Nothing says whether edges have a direction, or what says so cannot be.

    Attributes
    ----------
    arc : tuple or None
        The arc at which it shows.
    """

    def __init__(self, message: str, arc: tuple[Node, Node] | None = None) -> None:
        super().__init__(message)
        self.arc = arc


def directed_or_not(arcs: Graph, directed: bool | None, *, what: str = "list") -> Graph:
    """Return arcs as they are listed as the graph that they mean.

    Parameters
    ----------
    arcs : networkx.DiGraph
        Every edge as it is listed: once, or both ways.
    directed : bool or None
        What is known. False: arcs are edges, each listed once or all both ways. None: arcs listed
        both ways with equal attributes are an undirected graph; else there is no telling.
    what : str
        "list" or "matrix", for the messages.

    Raises
    ------
    DirectionError
        Where nothing says what it is, or edges without a direction contradict each other.
    """
    if directed:
        return arcs
    lonely, paired, unequal = _compare(arcs)
    if unequal is None and (lonely is None or (directed is False and paired is None)):
        return _undirected(arcs)
    if directed is None:
        raise DirectionError(_question(arcs, lonely, unequal, what), unequal or lonely)
    if unequal is not None:
        u, v = unequal
        raise DirectionError(
            f"without direction {_both(arcs, u, v)}, and they differ; make them equal (such as by "
            "their mean), or read with directed=True (--directed)",
            unequal,
        )
    assert lonely is not None
    assert paired is not None
    raise DirectionError(
        f"without direction each edge stands there once or all stand there both ways; "
        f"{paired[0]!r} - {paired[1]!r} stands there both ways, {lonely[0]!r} - {lonely[1]!r} "
        "once. List all alike, or read with directed=True (--directed)",
        paired,
    )


def close(one: Any, other: Any) -> bool:
    """Whether two values are equal; numbers up to rounding."""
    if one == other:
        return True
    if isinstance(one, int | float) and isinstance(other, int | float):
        return bool(abs(one - other) <= ROUNDING * max(abs(one), abs(other)))
    return False


_Arc = tuple[Any, Any] | None


def _compare(arcs: Graph) -> tuple[_Arc, _Arc, _Arc]:
    """An arc without its reverse, one with it, and one that differs from it, if there are any."""
    lonely: _Arc = None
    paired: _Arc = None
    for u, v, data in arcs.edges(data=True):
        if u == v:
            continue
        if not arcs.has_edge(v, u):
            lonely = lonely or (u, v)
            continue
        paired = paired or (u, v)
        if not _same(data, arcs[v][u]):
            return lonely, paired, (u, v)
    return lonely, paired, None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(close(one.get(name), other.get(name)) for name in _spoken(one, other))


def _spoken(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Names of attributes that say something of an edge, not which row it was."""
    return (name for name in {**one, **other} if not is_identifier(name))


def is_identifier(name: str) -> bool:
    """Whether an attribute numbers things rather than measures them."""
    low = name.strip().lower()
    return low in _IDENTIFIERS or low.endswith(("_id", " id", "_index")) or name.endswith("Id")


def _undirected(arcs: Graph) -> Graph:
    graph: Graph = nx.Graph()
    graph.graph.update(arcs.graph)
    graph.add_nodes_from(arcs.nodes(data=True))
    for u, v, data in arcs.edges(data=True):
        if not graph.has_edge(u, v):
            graph.add_edge(u, v, **data)
    return graph


def _both(arcs: Graph, u: Any, v: Any) -> str:
    names = _spoken(arcs[u][v], arcs[v][u])
    name = next(n for n in names if not close(arcs[u][v].get(n), arcs[v][u].get(n)))
    return (
        f"{u!r} - {v!r} has {name} {arcs[u][v].get(name)!r} one way and "
        f"{arcs[v][u].get(name)!r} the other"
    )


def _question(arcs: Graph, lonely: _Arc, unequal: _Arc, what: str) -> str:
    """Ask which it is, with what was seen."""
    if unequal is not None:
        seen = f"the {what} is not symmetric: {_both(arcs, *unequal)}"
    else:
        assert lonely is not None
        u, v = lonely
        seen = (
            f"the edge {u!r} - {v!r} stands there one way only"
            if what == "list"
            else f"the matrix is not symmetric: it has the entry {u!r}, {v!r} but not {v!r}, {u!r}"
        )
    return (
        f"{seen}, and nothing says whether edges have a direction. Give directed=False "
        "(--undirected) if they have none, or directed=True (--directed) if each runs from its "
        f"{'source to its target' if what == 'list' else 'row to its column (see orientation=)'}"
    )
