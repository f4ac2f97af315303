"""Checks shared by the graphs layer: what was found, what is allowed, how to mend it."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import networkx as nx
import numpy as np

AnyGraph: TypeAlias = "nx.Graph[Any]"
Rng: TypeAlias = int | np.integer[Any] | np.random.Generator | None


def check_count(name: str, value: object, least: int, why: str = "") -> int:
    """Return `value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(
            f"{name} must be a whole number of at least {least}; found {value!r} "
            f"({type(value).__name__})"
        )
    if int(value) < least:
        reason = f" ({why})" if why else ""
        raise ValueError(f"{name} must be at least {least}{reason}; found {value}")
    return int(value)


def check_fraction(name: str, value: object) -> float:
    """Return `value` as a float in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"{name} must be a number between 0 and 1; found {value!r} ({type(value).__name__})"
        )
    number = float(value)
    if not 0.0 <= number <= 1.0:
        hint = f"; did you mean {number / 100:g}?" if 1.0 < number <= 100.0 else ""
        raise ValueError(f"{name} must lie between 0 and 1; found {value}{hint}")
    return number


def check_positive(name: str, value: object) -> float:
    """Return `value` as a finite float above zero."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(
            f"{name} must be a number above 0; found {value!r} ({type(value).__name__})"
        )
    number = float(value)
    if not (math.isfinite(number) and number > 0.0):
        raise ValueError(f"{name} must be a finite number above 0; found {value}")
    return number


def check_flag(name: str, value: object) -> bool:
    """Return `value`, which must be True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False; found {value!r} ({type(value).__name__})")
    return bool(value)


def check_sizes(name: str, value: object, modules: int, least: int = 2) -> list[int]:
    """Return one size for each module from one number or a sequence of them."""
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes):
        if len(value) != modules:
            raise ValueError(
                f"{name} holds {len(value)} sizes for {modules} modules; "
                f"give one number for all modules or a sequence of {modules}"
            )
        return [check_count(f"{name}[{i}]", size, least) for i, size in enumerate(value)]
    return [check_count(name, value, least)] * modules


def check_rng(rng: Rng) -> np.random.Generator:
    """Return a generator from an int, a Generator or None (SPEC 7)."""
    if isinstance(rng, np.random.Generator):
        return rng
    if rng is None:
        return np.random.default_rng()
    if isinstance(rng, bool) or not isinstance(rng, numbers.Integral):
        raise TypeError(
            "rng must be an int (a seed), a numpy.random.Generator or None (fresh entropy); "
            f"found {rng!r} ({type(rng).__name__})"
        )
    if int(rng) < 0:
        raise ValueError(f"rng must be a seed of at least 0; found {rng}")
    return np.random.default_rng(int(rng))


def record_rng(rng: Rng) -> int | str:
    """Say in a form that every graph file can hold which `rng` made a graph."""
    if rng is None:
        return "fresh entropy"
    if isinstance(rng, np.random.Generator):
        return "a numpy Generator"
    return int(rng)


def check_graph(graph: object) -> AnyGraph:
    """Return `graph` if it is a non-empty networkx Graph or DiGraph without parallel edges."""
    if not isinstance(graph, nx.Graph):
        raise TypeError(
            f"expected a networkx Graph or DiGraph; found {type(graph).__name__}. Make one with "
            "networkx.Graph(edges), networkx.from_numpy_array(matrix) or read_network(path)"
        )
    if graph.is_multigraph():
        plain = "DiGraph" if graph.is_directed() else "Graph"
        raise ValueError(
            f"parallel edges are not supported; found a {type(graph).__name__}. Collapse it first: "
            f"networkx.{plain}(graph) keeps one of each set of parallel edges; to keep their "
            "total, add up their weights into one edge"
        )
    if graph.number_of_nodes() == 0:
        raise ValueError("the graph is empty; it needs at least one node (graph.add_node(...))")
    return graph


def edge_values(graph: AnyGraph, name: str = "weight") -> Iterator[tuple[Any, Any, Any]]:
    """Yield each edge with one of its attributes, None where it lacks it."""
    for u, v, data in graph.edges(data=True):
        yield u, v, data.get(name)


def check_weights(graph: AnyGraph) -> None:
    """Check that every `weight` is a finite number, and that all edges or none have one."""
    lacking: tuple[Any, Any] | None = None
    having: tuple[Any, Any] | None = None
    for u, v, weight in edge_values(graph):
        if weight is None:
            lacking = lacking or (u, v)
            continue
        having = having or (u, v)
        if isinstance(weight, bool) or not isinstance(weight, numbers.Real):
            raise TypeError(
                f"the weight of edge ({u!r}, {v!r}) must be a finite number; found {weight!r} "
                f"({type(weight).__name__}). Convert it with float(...)"
            )
        if not math.isfinite(float(weight)):
            raise ValueError(
                f"the weight of edge ({u!r}, {v!r}) must be a finite number; found {weight}. "
                "Give it a number or remove the edge"
            )
    if lacking and having:
        raise ValueError(
            f"edge {lacking!r} has no weight but edge {having!r} has one; "
            "give every edge a weight, or none"
        )


def check_modules(graph: AnyGraph) -> bool:
    """Tell whether all nodes carry `module`; raise if only some do."""
    lacking = [node for node, module in graph.nodes(data="module") if module is None]
    if not lacking:
        return True
    if len(lacking) == graph.number_of_nodes():
        return False
    raise ValueError(
        f"node {lacking[0]!r} has no attribute 'module' but others have one ({len(lacking)} of "
        f"{graph.number_of_nodes()} nodes lack it); give every node a module, or none"
    )


def nearest(name: object, allowed: Iterable[str]) -> str:
    """Return '; did you mean ...?' with the valid name nearest to `name`, or ''."""
    close = difflib.get_close_matches(str(name), list(allowed), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def check_choice(name: str, value: object, allowed: Sequence[str]) -> str:
    """Return `value`, which must be one of the names `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        listed = ", ".join(repr(item) for item in allowed)
        raise ValueError(
            f"{name} must be one of {listed}; found {value!r}{nearest(value, allowed)}"
        )
    return value
