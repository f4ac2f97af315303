"""The form of network of which most is known: anti-Hebbian, undirected, tanh, nothing static."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._family import family_of
from ._network import PlasticNetwork

__all__ = ["Unit", "anti_hebbian_unit"]


class Unit(NamedTuple):
    """In what the strength of a network is measured.

    Attributes
    ----------
    size : float
        Magnitude of the network's own strength: |strength|, or 1 where strengths differ.
    parameter : str
        "strength", or "factor" where strengths differ.
    """

    size: float
    parameter: str


def anti_hebbian_unit(net: PlasticNetwork) -> Unit | None:
    """Unit of the strength of an anti-Hebbian network; None for a network of another form.

    The form: Hebb's rule with no positive strength, the same both ways (an objective), tanh with
    threshold 0, no static weights and no self-loops.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> anti_hebbian_unit(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-5.0)))
    Unit(size=5.0, parameter='strength')
    >>> anti_hebbian_unit(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(5.0))) is None
    True
    """
    loops = net.wiring.source == net.wiring.target
    if not net.has_objective or net.activation.kind != "tanh" or np.any(net.coupling > 0.0):
        return None
    if np.any(net.arc_weight * net.static_weight) or np.any(net.coupling[loops]):
        return None
    if np.any(net.activation.parameter("threshold")):
        return None
    family = family_of(net, "strength")
    if family.meaning == "common value" and family.own != 0.0:
        return Unit(abs(family.own), "strength")
    return Unit(1.0, "factor")
