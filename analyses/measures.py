"""What a study measures on one graph in one case."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import graphs
from .._types import Graph
from ..network import PlasticNetwork
from ..rules import Hebbian

__all__ = ["stable_neighborhoods"]


def stable_neighborhoods(
    graph: Graph,
    rng: int = 0,
    *,
    strength: float = -20.0,
    scope: str = "isolated",
    radius: int = 1,
    null: int = 0,
    bias: float = 1.0,
    learning_rate: float = 1.0,
) -> pd.DataFrame:
    """Count the stable equilibria of every node's neighborhood.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Seed of the null graph and of the sampled search.
    strength : float, default -20.0
        eta of the Hebbian rule with decay 1; negative is anti-Hebbian.
    scope, radius : str, int
        As for `netplastic.count_neighborhoods`.
    null : int, default 0
        0 for the graph itself; 1, 2, ... for its first, second, ... degree-preserving null graph.
    bias : float, default 1.0
        Input of every node.
    learning_rate : float, default 1.0
        epsilon, in 1/time.

    Returns
    -------
    pandas.DataFrame
        The table of `netplastic.count_neighborhoods` without the time that it took.

    Raises
    ------
    ValueError
        For parameters that no network can have.

    Examples
    --------
    >>> import networkx as nx
    >>> stable_neighborhoods(nx.path_graph(3), strength=-20.0)["n_stable"].tolist()
    [2, 1, 2]
    """
    from .neighborhoods import count_neighborhoods

    if null:
        seed = np.random.SeedSequence([rng, null])
        graph = graphs.degree_preserving_null(graph, rng=np.random.default_rng(seed))
    net = PlasticNetwork(graph, Hebbian(strength), bias=bias, learning_rate=learning_rate)
    counts = count_neighborhoods(net, radius=radius, scope=scope, rng=rng)
    return counts.drop(columns="seconds")
