"""What a search for equilibria returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import BoolArray, FloatArray, IntArray, Node

from ._count import Count
from ._coverage import Coverage, coverage_of

__all__ = ["Equilibria"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Equilibria:
    """Equilibria of a network, with what is known about the list.

    Attributes
    ----------
    nodes : tuple
        Node labels; the last axis of the arrays.
    activity, rates : float arrays of shape (k, n)
        x and V = phi(x), one row per equilibrium, in a reproducible order.
    radius : float array of shape (k,)
        An equilibrium of its own lies within this distance of each activity (each coordinate):
        proved. NaN for a candidate, for which only a floating-point test speaks, and which no
        bound counts: samples of networks with an activation or rule of your own, on more than 400
        nodes states that are no minima of an objective, and what is nearly marginal.
    stable : bool array of shape (k,)
        Stable at the network's learning rate.
    undecided : bool array of shape (k,)
        Stability could not be settled (a marginal eigenvalue); `stable` is then False.
    minimum : bool array of shape (k,) or None
        Strict minimum of the reduced objective (H positive definite); None for networks without
        an objective and in the strong limit. At fast learning stable and minimum agree for the
        anti-Hebbian rule.
    count, stable_count : Count
        How many there are, and how many of them are stable.
    stable_only : bool
        Whether only stable equilibria were asked for; `count` then speaks of the rows listed.
    method : str
        "certified", "sampled", or "limit" (strength -inf, docs/theory.md#section-7).
    statistics : dict
        Work done: boxes, starts, seconds and the like.
    orbit : int array of shape (k,) or None
        Number of each equilibrium's orbit: equilibria that the automorphisms of the network
        (permutations of nodes that keep every arc and parameter) carry into each other have the
        same one. Numbered in order of first appearance. None where the list is not proved
        complete, the network has more than 300 nodes, or the search for its automorphisms gave up.
    orbit_size : int array of shape (k,) or None
        How many equilibria there are in each one's orbit; None where `orbit` is.
    hits : int array of shape (k,) or None
        How many independent random starts of the sampled search relaxed to each: starts that were
        made from states found before are not counted. So the share of starts that would lead to
        what is not in the list can be estimated. None without samples, and where several
        components were sampled.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> found = npl.find_equilibria(net)
    >>> len(found), int(found.count), int(found.stable_count)
    (3, 3, 2)

    A winner, a loser and the reverse are one orbit, the state in which both are equal another:

    >>> found.orbit.tolist(), found.orbit_size.tolist()
    ([0, 1, 0], [2, 1, 2])
    """

    nodes: tuple[Node, ...]
    activity: FloatArray
    rates: FloatArray
    radius: FloatArray
    stable: BoolArray
    undecided: BoolArray
    minimum: BoolArray | None
    count: Count
    stable_count: Count
    stable_only: bool = False
    method: str = ""
    statistics: dict[str, Any] = field(default_factory=dict)
    orbit: IntArray | None = None
    orbit_size: IntArray | None = None
    hits: IntArray | None = None

    def __len__(self) -> int:
        return len(self.activity)

    @property
    def coverage(self) -> Coverage:
        """Share of random starts that lead to a state of the list, as far as `hits` tell.

        Good and Turing's estimate, and the lower end of its one-sided 95 % interval: a state that
        was not seen yet has a probability below ``1 - coverage.low`` under these starts. That says
        nothing of how many there are, nor of states to which such starts do not lead. NaN without
        hits.

        Examples
        --------
        >>> import networkx as nx, netplastic as npl
        >>> net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(strength=-20.0))
        >>> found = npl.find_equilibria(net, "sampled", stable_only=True, rng=0)
        >>> len(found), found.coverage.share, found.coverage.low > 0.99
        (5, 1.0, True)
        """
        return coverage_of(np.zeros(0, dtype=np.int64) if self.hits is None else self.hits)

    def to_frame(self) -> pd.DataFrame:
        """One row per equilibrium and node.

        Returns
        -------
        pandas.DataFrame
            Columns equilibrium (number), node, activity, rate, stable, undecided, minimum,
            radius, orbit, orbit_size (missing where the list has no orbits).
        """
        k, n = self.activity.shape
        minimum, orbit, orbit_size = (
            [pd.NA] * k if column is None else column
            for column in (self.minimum, self.orbit, self.orbit_size)
        )
        labels = np.empty(n, dtype=object)
        labels[:] = self.nodes
        return pd.DataFrame(
            {
                "equilibrium": np.repeat(np.arange(k), n),
                "node": pd.Series(np.tile(labels, k), dtype=object).infer_objects(),
                "activity": self.activity.ravel(),
                "rate": self.rates.ravel(),
                "stable": np.repeat(self.stable, n),
                "undecided": np.repeat(self.undecided, n),
                "minimum": pd.array(np.repeat(np.asarray(minimum, dtype=object), n), "boolean"),
                "radius": np.repeat(self.radius, n),
                "orbit": pd.array(np.repeat(np.asarray(orbit, dtype=object), n), "Int64"),
                "orbit_size": pd.array(np.repeat(np.asarray(orbit_size, dtype=object), n), "Int64"),
            }
        )


def reproducible_order(activity: FloatArray) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Order of rows that rounding errors do not change: by coordinates to 8 decimals, falling."""
    return np.lexsort(-np.round(activity, 8).T[::-1])
