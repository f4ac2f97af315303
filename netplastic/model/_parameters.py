"""Turning what a user may give for a parameter into checked arrays."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netplastic._support import (
    FloatArray,
    IntArray,
    Parameter,
    as_numbers,
    brief,
    in_order,
)

from ._activations import Activation
from ._wiring import Origin, Wiring, read_only

__all__ = [
    *("Resolved", "Sign", "arc_values", "coefficients"),
    *("node_attributes", "node_numbers"),
    *("node_values", "number", "of_edges", "of_polynomial", "resolved_activation"),
]

Sign = Literal["any", "positive", "positive or inf", "strong"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Resolved:
    """Every parameter as an array: what the numerics read."""

    strength: FloatArray
    decay: FloatArray
    threshold: FloatArray
    post: FloatArray | None
    pre: FloatArray | None
    zeta: FloatArray
    bias: FloatArray
    tau: FloatArray
    static_weight: FloatArray


def coefficients(columns: tuple[FloatArray, ...]) -> FloatArray:
    return np.asarray(read_only(np.stack(columns, axis=1)))


def of_polynomial(rule: object, coefficients: FloatArray | None) -> FloatArray:
    """Return the coefficients of a rule that has some."""
    if coefficients is None:
        raise ValueError(
            f"rule {type(rule).__name__} is no polynomial in the rates (a netplastic.Rule), so it "
            "has no coefficients."
        )
    return coefficients


_LIMITS: dict[Sign, tuple[float, str]] = {
    "positive or inf": (np.inf, ""),
    "strong": (-np.inf, ", or -inf on all arcs (the strong limit)"),
}
"""The one value that need not be finite, and what a message says of it."""


def number(value: object, name: str, sign: Sign = "any") -> float:
    """Check a parameter that must be one number."""
    array = _numeric(value, name)
    if array.ndim != 0:
        raise ValueError(f"{name} is {brief(value)}; it must be a single number.")
    _check_values(array[None], name, sign, lambda _: "")
    return float(array)


def node_numbers(index: IntArray, n: int) -> IntArray:
    """Check that these are numbers of nodes, at least one, of a network of n."""
    numbers = np.asarray(index)
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise TypeError(f"index is {brief(index)}; give an array of node numbers.")
    if len(numbers) == 0:
        raise ValueError("nodes, or their index, are empty; a part needs at least one node.")
    outside = numbers[(numbers < 0) | (numbers >= n)]
    if outside.size:
        raise ValueError(f"index holds {outside[0]}; node numbers are 0 to {n - 1}.")
    return numbers


def resolved_activation(activation: Activation, wiring: Wiring, graph: Origin) -> Activation:
    """The activation with a value of each of its parameters for every node."""
    values = {
        name: node_values(
            getattr(activation, name),
            name if name == "gain" else f"activation {name}",
            wiring,
            graph,
            "positive" if name == "gain" else "any",
        )
        for name in activation.node_parameters
    }
    return activation.with_parameters(**values)


def node_attributes(graph: Origin) -> Mapping[Any, Any]:
    """Attributes of the nodes; a network made of arrays has none."""
    return {} if graph is None or isinstance(graph, str) else graph.nodes


def node_values(
    value: Parameter, name: str, wiring: Wiring, graph: Origin, sign: Sign = "any"
) -> FloatArray:
    """Return a read-only array of length n.

    Raises
    ------
    ValueError
        For a wrong length, a missing attribute, NaN, infinity, or a value that is not positive
        where it must be.
    TypeError
        For what is not numeric.
    """
    if isinstance(value, str):
        attributes = node_attributes(graph)
        found = [
            attributes[node].get(value) if node in attributes else None for node in wiring.nodes
        ]
        array = _from_attributes(found, value, name, "node", list(wiring.nodes))
    else:
        array = _numeric(in_order(name, value, wiring.nodes), name)
        if array.ndim == 0:
            array = np.full(wiring.n, float(array))
        elif array.shape != (wiring.n,):
            raise ValueError(
                f"{name} has shape {array.shape}; give a number, an array of length {wiring.n} in "
                "node order, or the name of a node attribute."
            )
    _check_values(array, name, sign, lambda i: f" at node {wiring.nodes[i]!r}")
    return _frozen_copy(array)


def arc_values(
    value: Parameter, name: str, wiring: Wiring, graph: Origin, strong: bool = False
) -> FloatArray:
    """Return a read-only array of length m.

    An array may be given in arc order (length m) or, in an undirected network, in the order of
    `graph.edges` (one value for both directions). With `strong`, -inf is allowed: the strong
    limit.

    Raises
    ------
    ValueError
        For a wrong length, a missing attribute, NaN or infinity.
    TypeError
        For what is not numeric.
    """
    edges = int(wiring.edge.max()) + 1 if wiring.m else 0
    if isinstance(value, str):
        made = wiring.graph if isinstance(graph, str) else graph
        rows = list(made.edges(data=True)) if made is not None else []
        if len(rows) != edges:
            raise ValueError(
                f"{name} = {value!r} names an edge attribute, but the graph has changed since the "
                "network was made; make the network anew."
            )
        labels = [(u, v) for u, v, _ in rows]
        array = _from_attributes(
            [data.get(value) for _, _, data in rows], value, name, "edge", labels
        )
        array = array[wiring.edge]
    else:
        array = _numeric(in_order(name, value, ()), name)
        if array.ndim == 0:
            array = np.full(wiring.m, float(array))
        elif array.shape == (wiring.m,):
            pass
        elif array.shape == (edges,):
            array = array[wiring.edge]
        else:
            raise ValueError(
                f"{name} has shape {array.shape}; give a number, an array of length {wiring.m} in "
                f"arc order or {edges} in edge order, or the name of an edge attribute."
            )

    def arc(i: int) -> str:
        u, v = wiring.nodes[wiring.source[i]], wiring.nodes[wiring.target[i]]
        return f" at arc {u!r} -> {v!r}"

    _check_values(array, name, "strong" if strong else "any", arc)
    return _frozen_copy(array)


def of_edges(value: Parameter, name: str, wiring: Wiring) -> Parameter:
    """Bring an array in the order of a directed graph's edges into arc order."""
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value
    array = np.asarray(in_order(name, value, ()))
    return array[wiring.edge] if array.shape == (wiring.m,) else value


def _frozen_copy(array: FloatArray) -> FloatArray:
    frozen: FloatArray = read_only(np.array(array, dtype=np.float64))
    return frozen


def _numeric(value: object, name: str) -> FloatArray:
    return as_numbers(name, value, "give a number, an array of numbers, or an attribute's name.")


def _from_attributes(
    found: list[Any], attribute: str, name: str, kind: str, labels: list[Any]
) -> FloatArray:
    for label, entry in zip(labels, found, strict=True):
        if entry is None:
            raise ValueError(
                f"{name} = {attribute!r} names an attribute of {kind}s, but {kind} {label!r} lacks "
                f"it; set it on every {kind}, or give a number or an array."
            )
        if isinstance(entry, bool) or not isinstance(entry, numbers.Real):
            raise TypeError(
                f"{name} = {attribute!r}: {kind} {label!r} has the value {brief(entry)}, which is "
                "no number."
            )
    return np.array([float(entry) for entry in found], dtype=np.float64)


def _check_values(array: FloatArray, name: str, sign: Sign, where: Callable[[int], str]) -> None:
    limit, said = _LIMITS.get(sign, (np.nan, ""))
    bad = np.flatnonzero(~np.isfinite(array) & (array != limit))
    if len(bad):
        raise ValueError(f"{name} is {array[bad[0]]}{where(int(bad[0]))}; it must be finite{said}.")
    if sign in ("positive", "positive or inf"):
        bad = np.flatnonzero(array <= 0.0)
        if len(bad):
            raise ValueError(f"{name} is {array[bad[0]]}{where(int(bad[0]))}; it must be positive.")
