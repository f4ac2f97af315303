"""How many stable states of parts of a network are proved set by set: bounds at any size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from netplastic._support import BoolArray, IntArray
from netplastic.equilibria.certified._kernels import (
    SETS_BIAS,
    SETS_GAIN,
    SETS_LAG,
    prove_sets,
)
from netplastic.model import PlasticNetwork, anti_hebbian_unit

__all__ = ["SetProofs", "proved_sets"]

_TURN = 200
"""Parts between two calls of `step`: some tenths of a second where they have 15 nodes."""


@dataclass(frozen=True, eq=False)
class SetProofs:
    """What was proved of each part.

    Attributes
    ----------
    proved : int array of shape (p,)
        Maximal independent sets each of which has a stable state of its own, for certain.
    complete : bool array of shape (p,)
        Whether all sets of the part were looked at.
    """

    proved: IntArray
    complete: BoolArray


def proved_sets(
    net: PlasticNetwork,
    parts: Sequence[IntArray],
    *,
    most: int,
    step: Callable[[int], None] | None = None,
) -> SetProofs:
    """Count the maximal independent sets of parts cut out of a network that have a stable state.

    Each set is proved by itself (docs/theory.md#section-7): its box holds exactly one equilibrium,
    a minimum, stable at the network's learning rate, and boxes of different sets have no point in
    common. So the number is a lower bound of the stable equilibria. Nodes without bias are at rest
    at every equilibrium and belong to no set.

    Parameters
    ----------
    net : PlasticNetwork
    parts : sequence of int arrays
        Numbers of the nodes of each part.
    most : int
        Sets of each part to look at, about 20 microseconds each where it has 15 nodes.
    step : callable, optional
        Called now and then with the number of parts done since the last call.

    Raises
    ------
    ValueError
        If the network is not undirected and anti-Hebbian with tanh, one decay for all nodes (at
        finite learning rates), a finite strength, no static weights and no self-loops.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(6), npl.Hebbian(strength=-100.0))
    >>> proved_sets(net, [np.arange(6), np.arange(5)], most=1000).proved
    array([5, 4])
    """
    if net.in_limit or anti_hebbian_unit(net) is None or not net.only_minima_stable:
        raise ValueError(
            'method "limit sets" is for undirected anti-Hebbian networks with tanh and one decay, '
            "a finite strength, no static weights and no self-loops, which this is not; use "
            'method="auto".'
        )
    node = np.empty((net.n, 3))
    node[:, SETS_BIAS] = np.abs(net.bias)
    node[:, SETS_GAIN] = net.activation.parameter("gain")
    node[:, SETS_LAG] = np.inf if net.weights_follow else net.learning_rate * net.decay * net.tau
    wiring, coupling = net.wiring, np.abs(net.coupling)
    place = np.full(net.n, -1, dtype=np.int64)
    proved = np.zeros(len(parts), dtype=np.int64)
    complete = np.zeros(len(parts), dtype=np.bool_)
    for begin in range(0, len(parts), _TURN):
        turn = slice(begin, begin + _TURN)
        first = np.cumsum([0, *(len(part) for part in parts[turn])])
        prove_sets(
            wiring.indptr,
            wiring.source,
            coupling,
            node,
            np.concatenate([np.zeros(0, dtype=np.int64), *parts[turn]]),
            first,
            most,
            place,
            proved[turn],
            complete[turn],
        )
        if step is not None:
            step(len(first) - 1)
    return SetProofs(proved, complete)
