"""Equilibria that a user gives: they must be those of the network at hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from netplastic._support import FloatArray, brief, check_states
from netplastic.model import PlasticNetwork, check_network, residual

from ._equilibrium import Equilibrium
from ._list import Equilibria

__all__ = ["check_equilibria"]

_NEAR = 1e-6


def check_equilibria(net: PlasticNetwork, name: str, given: Any) -> FloatArray:
    """Return the activities (k, n) of an `Equilibria`, or of an array (n,) or (k, n).

    Raises
    ------
    TypeError, ValueError
        For what is neither, and for states that are no equilibria of this network.
    """
    check_network(net)
    if isinstance(given, Equilibria | Equilibrium):
        if given.net.nodes != net.nodes:
            raise ValueError(
                f"{name} is of a network of {given.net.n} nodes that are not "
                f"the {net.n} nodes of this one; call netplastic.find_equilibria on this network."
            )
        given = given.activity
    states = np.atleast_2d(check_states(name, given, net.nodes, (1, 2)))
    wrong = np.abs(residual(net, states)).max(axis=1, initial=0.0)
    bad = np.flatnonzero(~(wrong <= _NEAR * (1.0 + np.abs(states).max(axis=1, initial=0.0))))
    if len(bad):
        raise ValueError(
            f"state {bad[0]} of {name} is no equilibrium of this network (residual "
            f"{wrong[bad[0]]:.2g}); found {brief(states[bad[0]].tolist())}. Give activities x, not "
            "rates, of an equilibrium found with the same parameters."
        )
    return states
