"""What a search for equilibria returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from netplastic._support import (
    BoolArray,
    FloatArray,
    IntArray,
    Node,
    Result,
    by_node,
    picked_rows,
    public,
    stability_words,
)
from netplastic.model import PlasticNetwork

from ._count import Count, CountStatus
from ._coverage import Coverage, coverage_of
from ._equilibrium import Equilibrium

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Equilibria"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Equilibria(Result):
    """Equilibria of a network, with what is known about the list.

    `found[0]` is an `Equilibrium`, and so is each of what iteration gives. A slice, a list of
    numbers or a mask picks a smaller `Equilibria`: `found[found.stable]`. Rows are numbered anew in
    it, while `count`, `stable_count`, `orbit`, `orbit_size` and `hits` go on speaking of the whole
    network: what is proved of it does not change with the rows that are looked at. `len` is the
    number of rows, and `selected` is True.

    Attributes
    ----------
    net : PlasticNetwork
        The network that they belong to.
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
        How many the network has, and how many of them are stable.
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
    selected : bool
        Whether the rows were picked from a list.

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
    >>> found[found.stable]
    Equilibria(2 equilibria of 2 nodes, 2 stable; selected; network's count: 3, certified)
    >>> [one.stable for one in found]
    [True, False, True]
    """

    net: PlasticNetwork
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
    selected: bool = False

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Node labels; the last axis of the arrays."""
        return self.net.nodes

    def __len__(self) -> int:
        return len(self.activity)

    @overload
    def __getitem__(self, key: int) -> Equilibrium: ...
    @overload
    def __getitem__(self, key: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any:
        rows = picked_rows(key, len(self), "equilibria")
        if isinstance(rows, int):
            return self._one(rows)
        picked: dict[str, Any] = {
            name: value[rows]
            for name in _BY_ROW
            for value in [getattr(self, name)]
            if value is not None
        }
        return replace(self, selected=True, **picked)

    def __iter__(self) -> Iterator[Equilibrium]:
        return map(self._one, range(len(self)))

    def _one(self, row: int) -> Equilibrium:
        # .item() of numpy's numbers: Python's bool, int and float
        own: dict[str, Any] = {
            name: None if of is None else of[row].item()
            for name in _BY_ROW[2:]
            for of in [getattr(self, name)]
        }
        activity = by_node(self.activity[row], self.nodes, "activity")
        rates = by_node(self.rates[row], self.nodes, "rate")
        return Equilibrium(net=self.net, activity=activity, rates=rates, **own)

    def _line(self) -> str:
        whose = "selected; network's " if self.selected else ""
        count = "stable count" if self.stable_only else "count"
        return (
            f"{len(self)} equilibria of {self.net.n} nodes, {int(self.stable.sum())} stable; "
            f"{whose}{count}: {self.count.short}"
        )

    def _rows(self) -> pd.DataFrame:
        rates = self.rates if self.rates.size else np.zeros((len(self), 1))
        shown: dict[str, Any] = {
            "equilibrium": np.arange(len(self)),
            "stability": stability_words(self.stable, self.undecided),
            "least rate": rates.min(axis=1),
            "mean rate": rates.mean(axis=1),
            "greatest rate": rates.max(axis=1),
            "radius": self.radius,
        }
        for name in ("orbit", "orbit_size", "hits"):
            if getattr(self, name) is not None:
                shown[name] = getattr(self, name)
        return pd.DataFrame(shown)

    def _verdict(self) -> CountStatus | None:
        return None if self.selected else self.count.status

    @property
    def coverage(self) -> Coverage:
        """Share of random starts that lead to a state of the list, as far as `hits` tell.

        Good and Turing's estimate, and the lower end of its one-sided 95 % interval: a state that
        was not seen yet has a probability below ``1 - coverage.low`` under these starts. That says
        nothing of how many there are, nor of states to which such starts do not lead. NaN without
        hits and for a selection.

        Examples
        --------
        >>> import networkx as nx, netplastic as npl
        >>> net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(strength=-20.0))
        >>> found = npl.find_equilibria(net, "sampled", stable_only=True, rng=0)
        >>> len(found), found.coverage.share, found.coverage.low > 0.99
        (5, 1.0, True)
        """
        if self.hits is None or self.selected:
            return coverage_of(np.zeros(0, dtype=np.int64))
        return coverage_of(self.hits)

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

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the states as columns over the nodes sorted by module, stable ones first.

        Colours are rates; the title says how complete the list is. Of more than 1,000 states the
        first 1,000 are drawn, which it says as well. `found[0].plot()` draws one on its network.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        drawn: Axes = public("analyses.pictures.draw_equilibria")(self, ax)
        return drawn


_BY_ROW = (
    *("activity", "rates", "radius", "stable", "undecided", "minimum"),
    *("orbit", "orbit_size", "hits"),
)
"""Fields of a list that have one entry for each equilibrium."""


def reproducible_order(activity: FloatArray) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Order of rows that rounding errors do not change: by coordinates to 8 decimals, falling."""
    return np.lexsort(-np.round(activity, 8).T[::-1])
