"""Where the rates of all equilibria lie."""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray
from netplastic.model import PlasticNetwork

__all__ = ["prior_box"]


def prior_box(net: PlasticNetwork) -> tuple[FloatArray, FloatArray]:
    """Bounds (n,), (n,) of the rates that hold for every equilibrium (docs/theory.md#section-2).

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> low, high = npl.convexity.prior_box(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-2.0)))
    >>> low.tolist(), high.round(4).tolist()
    ([0.0, 0.0], [0.7616, 0.7616])
    """
    at_bias = net.activation.rate(net.bias)
    target = net.wiring.target
    tame = np.ones(net.n, dtype=bool)
    tame[target[(net.coupling > 0.0) | (net.arc_weight * net.static_weight != 0.0)]] = False
    slack = 1e-15
    low = np.where(tame, np.minimum(0.0, at_bias) * (1.0 + slack), net.activation.bounds[0])
    high = np.where(tame, np.maximum(0.0, at_bias) * (1.0 + slack), net.activation.bounds[1])
    return low, high
