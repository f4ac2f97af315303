"""A network in one line, as plain values for files, and back."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ._wiring import assembled

if TYPE_CHECKING:
    from ._network import PlasticNetwork

__all__ = ["described", "kept_network", "restored_parts"]

_RESOLVED = ("strength", "decay", "threshold")
"""Parameters of rules that the network has as arrays."""


def described(net: PlasticNetwork) -> str:
    """What it is, in one line."""
    activation = net.activation.kind or type(net.activation).__name__
    direction = "directed" if net.directed else "undirected"
    by = net.wiring.weighted_by
    weights = f"from {by!r}" if by else "1"
    return (
        f"{net.n} nodes, {net.m} arcs, {direction}, weights {weights}, "
        f"{type(net.rule).__name__}, {activation}, learning rate {net.learning_rate:g}"
    )


def kept_network(net: PlasticNetwork) -> dict[str, Any]:
    """All that a network is made of.

    Wiring and values are kept beside the graph, which may have changed since, and parameters that
    were names of its attributes as arrays.
    """
    wiring, rule = net.wiring, net.rule
    resolved = {
        field.name: getattr(net, field.name)
        for field in dataclasses.fields(rule)
        if field.name in _RESOLVED and not isinstance(getattr(rule, field.name), int | float)
    }
    arrays = {name: getattr(wiring, name) for name in ("source", "target", "weight", "edge")}
    return {
        "parts": {
            "graph": net._graph,
            "rule": dataclasses.replace(rule, **resolved),
            "activation": net.activation,
            "learning_rate": net.learning_rate,
            "wiring": {
                "nodes": net.nodes,
                "directed": net.directed,
                "weighted_by": wiring.weighted_by,
                **arrays,
            },
        },
        "values": {"bias": net.bias, "tau": net.tau, "static_weight": net.static_weight},
    }


def restored_parts(parts: dict[str, Any]) -> dict[str, Any]:
    """What a network is settled with, of what `kept_network` keeps."""
    return {**parts, "wiring": assembled(**parts["wiring"])}
