"""Checks of what is said of a network: that it is one, and which arcs of it are meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from netplastic._support import IntArray, brief, check_instance

from ._network import PlasticNetwork

__all__ = ["check_arcs", "check_network"]


def check_network(net: object) -> None:
    """Refuse what is no network, a graph among it: it must be wrapped.

    Examples
    --------
    >>> check_network([(0, 1)])
    Traceback (most recent call last):
    ...
    TypeError: net is a list; give a netplastic.PlasticNetwork(graph, rule)
    """
    check_instance("net", net, PlasticNetwork, "PlasticNetwork(graph, rule)")


def check_arcs(net: PlasticNetwork, name: str, arcs: Any) -> IntArray:
    """Return the numbers of some arcs, all of which the network has.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> check_arcs(npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-2.0)), "edges", [(0, 2)])
    Traceback (most recent call last):
    ...
    ValueError: edges holds (0, 2) (tuple), which is no arc of the network
    """
    if isinstance(arcs, str | bytes) or not isinstance(arcs, Iterable):
        raise TypeError(f"{name} must be a list of pairs (source, target); found {brief(arcs)}")
    pairs = zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True)
    number = {pair: arc for arc, pair in enumerate(pairs)}
    found = []
    for arc in arcs:
        if not isinstance(arc, tuple | list) or len(arc) != 2:
            raise TypeError(f"{name} must be pairs (source, target) of nodes; found {brief(arc)}")
        pair = tuple(net.positions(arc, name=name).tolist())
        if pair not in number:
            raise ValueError(f"{name} holds {brief(arc)}, which is no arc of the network")
        found.append(number[pair])
    return np.array(found, dtype=np.int64)
