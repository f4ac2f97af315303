"""One equilibrium out of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic._support import Node, Result, public, stability_words
from netplastic.model import PlasticNetwork, residual

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Equilibrium"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Equilibrium(Result):
    """An equilibrium of a network, as `found[0]` of an `Equilibria`.

    Attributes
    ----------
    net : PlasticNetwork
        The network that it belongs to.
    activity, rates : pandas.Series
        x and V = phi(x) by node.
    radius : float
        The true equilibrium lies within this distance of `activity` (each coordinate): proved.
        NaN for a candidate.
    stable, undecided : bool
        Stable at the network's learning rate; or that could not be settled.
    minimum : bool or None
        Strict minimum of the reduced objective; None where there is no objective.
    orbit, orbit_size : int or None
        Number of its orbit under the network's symmetries, and how many equilibria that has.
    hits : int or None
        Independent random starts that led to it.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(["a", "b"]), npl.Hebbian(strength=-20.0))
    >>> one = npl.find_equilibria(net)[0]
    >>> one
    Equilibrium(2 nodes, stable, rates 0.0906 to 0.708, orbit of 2)
    >>> one.rates.round(2).to_dict()
    {'a': 0.71, 'b': 0.09}
    >>> round(one.critical_learning_rate(), 4)
    0.0
    """

    net: PlasticNetwork
    activity: pd.Series[float]
    rates: pd.Series[float]
    radius: float
    stable: bool
    undecided: bool
    minimum: bool | None
    orbit: int | None
    orbit_size: int | None
    hits: int | None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Node labels."""
        return self.net.nodes

    @property
    def residual(self) -> float:
        """Largest ``|F_i(x)|`` of the reduced equations, in units of activity.

        Raises
        ------
        ValueError
            In the strong limit, which has no equations.
        """
        return float(np.abs(residual(self.net, np.asarray(self.activity)[None])).max())

    def critical_learning_rate(self) -> float:
        """Learning rate above which it is stable: `netplastic.critical_learning_rate`."""
        return float(public("critical_learning_rate")(self.net, self.activity.to_numpy()))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the network, nodes coloured by their rates: `netplastic.plot_network`."""
        drawn: Axes = public("plot_network")(self.net, values=self.rates, ax=ax)
        return drawn

    def to_frame(self) -> pd.DataFrame:
        """One row per node: node, activity, rate."""
        columns = {"activity": self.activity, "rate": self.rates}
        return pd.DataFrame(columns).reset_index()

    def _verdict(self) -> str:
        return stability_words([self.stable], [self.undecided])[0]

    def _line(self) -> str:
        orbit = "" if self.orbit_size is None else f", orbit of {self.orbit_size}"
        candidate = ", a candidate" if np.isnan(self.radius) else ""
        word = self._verdict().split()[1]
        rates = f"rates {self.rates.min():.3g} to {self.rates.max():.3g}"
        return f"{self.net.n} nodes, {word}, {rates}{orbit}{candidate}"
