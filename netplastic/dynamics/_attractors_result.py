"""What a search for attractors returns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from netplastic._support import (
    FloatArray,
    IntArray,
    Node,
    Result,
    by_node,
    node_index,
    picked_rows,
    public,
)
from netplastic.equilibria import Count, CountStatus, Equilibria
from netplastic.model import PlasticNetwork

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Attractor", "AttractorMismatchError", "Attractors", "share_interval"]

FIXED_POINT, LIMIT_CYCLE, UNSETTLED = "fixed point", "limit cycle", "unsettled"


class AttractorMismatchError(RuntimeError):
    """Simulation and the list of equilibria contradict each other; one of them is wrong.

    Examples
    --------
    >>> import netplastic as npl
    >>> issubclass(npl.AttractorMismatchError, RuntimeError)
    True
    """


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Attractor(Result):
    """One attractor.

    Attributes
    ----------
    net : PlasticNetwork
        The network that it belongs to.
    kind : str
        "fixed point" or "limit cycle".
    activity : float array of shape (1, n) or (256, n)
        The fixed point, or one period of the cycle at equal steps.
    weights : float array of shape (m,)
        In arc order, at the first row of `activity`.
    hits : int
        Trials that ended here.
    equilibrium : int or None
        Row of the fixed point in the list of equilibria.
    period, amplitude : float
        Of a cycle (amplitude: half the peak-to-peak range of the activity that swings most);
        NaN for a fixed point.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> one = npl.find_attractors(net, trials=20, rng=0)[0]
    >>> one.kind, one.activity.shape
    ('fixed point', (1, 2))
    """

    net: PlasticNetwork
    kind: str
    activity: FloatArray
    weights: FloatArray
    hits: int
    equilibrium: int | None = None
    period: float = math.nan
    amplitude: float = math.nan

    @property
    def rates(self) -> FloatArray:
        """Rates V = phi(x), in the shape of `activity`."""
        return self.net.activation.rate(self.activity)

    def to_frame(self) -> pd.DataFrame:
        """One row per time and node.

        Returns
        -------
        pandas.DataFrame
            Columns time (unit of tau; 0 for a fixed point, one period for a cycle), node,
            activity, rate.
        """
        rows, n = self.activity.shape
        period = 0.0 if math.isnan(self.period) else self.period
        labels = np.empty(n, dtype=object)
        labels[:] = self.net.nodes
        return pd.DataFrame(
            {
                "time": np.repeat(period * np.arange(rows) / rows, n),
                "node": pd.Series(np.tile(labels, rows), dtype=object).infer_objects(),
                "activity": self.activity.ravel(),
                "rate": self.rates.ravel(),
            }
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a cycle as activities over one period, a fixed point on its network.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        if self.kind == FIXED_POINT:
            rates = by_node(self.rates[0], self.net.nodes, "rate")
            fixed: Axes = public("plot_network")(self.net, values=rates, ax=ax)
            return fixed
        times = np.linspace(0.0, self.period, len(self.activity) + 1)
        closed = np.vstack([self.activity, self.activity[:1]])
        draw = public("analyses.pictures.draw_traces")
        cycle: Axes = draw(times, closed, self.net.nodes, ax=ax)
        return cycle

    def _line(self) -> str:
        swing = ""
        if self.kind == LIMIT_CYCLE:
            swing = f"period {self.period:.4g}, amplitude {self.amplitude:.4g}, "
        return f"{self.kind}, {self.net.n} nodes, {swing}hits: {self.hits}"

    def _rows(self) -> pd.DataFrame:
        shown: dict[str, Any] = {"node": node_index(self.net.nodes)}
        for name, values in (("activity", self.activity), ("rate", self.rates)):
            if len(values) == 1:
                shown[name] = values[0]
            else:
                shown |= {
                    f"least {name}": values.min(axis=0),
                    f"greatest {name}": values.max(axis=0),
                }
        return pd.DataFrame(shown)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Attractors(Result):
    """Attractors found by simulation, and the share of initial states that each attracts.

    `attractors[0]` is an `Attractor`, and so is each of what iteration gives; a slice, a list of
    numbers or a mask picks a tuple of them.

    Attributes
    ----------
    nodes : tuple
        Node labels.
    attractors : tuple of Attractor
        Fixed points in the order of their equilibria, then cycles by period.
    labels : int array of shape (trials,)
        Attractor of each trial; -1 where the trial had not settled within the time.
    equilibria : Equilibria
        The list that fixed points are matched to; where it was not complete, fixed points that
        it lacked are appended.
    learning_rate : float
    statistics : dict
        Trials that failed (by status), nudged off unstable equilibria, seconds.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> found = npl.find_attractors(net, trials=20, rng=0)
    >>> len(found), found[0].kind
    (2, 'fixed point')
    """

    nodes: tuple[Node, ...]
    attractors: tuple[Attractor, ...]
    labels: IntArray
    equilibria: Equilibria
    learning_rate: float
    statistics: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.attractors)

    @overload
    def __getitem__(self, key: int) -> Attractor: ...
    @overload
    def __getitem__(self, key: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any:
        rows = picked_rows(key, len(self), "attractors")
        if isinstance(rows, int):
            return self.attractors[rows]
        return tuple(self.attractors[row] for row in rows)

    def __iter__(self) -> Iterator[Attractor]:
        return iter(self.attractors)

    def _line(self) -> str:
        cycles = sum(one.kind == LIMIT_CYCLE for one in self.attractors)
        return (
            f"{len(self) - cycles} fixed points, {cycles} limit cycles; {self.trials} trials, "
            f"{self.unsettled} unsettled; learning rate {self.learning_rate:g}"
        )

    @property
    def trials(self) -> int:
        """Number of trials."""
        return len(self.labels)

    @property
    def unsettled(self) -> int:
        """Trials that ended neither at rest nor on a cycle within the time."""
        return int(np.sum(self.labels < 0))

    @property
    def count(self) -> Count:
        """How many attractors there are: at least those found, at most a statistical estimate.

        The upper end is that of the 95 % interval of the Chao1 estimator, which infers the
        number of unseen kinds from how many were seen once and twice (Chao 1984, 1987). It is an
        estimate for this distribution of initial states, never a proof; infinite where no trial
        had settled.
        """
        found = len(self.attractors)
        _, upper = self._chao1()
        whole = math.ceil(upper) if math.isfinite(upper) else math.inf
        return Count(found, whole, CountStatus.ESTIMATE, "Chao1")

    @property
    def unseen(self) -> float:
        """Chao1 estimate of the number of attractors that no trial ended in (an estimate).

        NaN where no trial had settled.
        """
        return self._chao1()[0] - len(self.attractors)

    def _chao1(self) -> tuple[float, float]:
        """Bias-corrected estimate and the upper end of its log-normal 95 % interval."""
        hits = np.array([a.hits for a in self.attractors if a.hits > 0], dtype=np.int64)
        found, seen = len(self.attractors), int(hits.sum())
        once, twice = int(np.sum(hits == 1)), int(np.sum(hits == 2))
        if seen == 0:
            return math.nan, math.inf
        share = (seen - 1) / seen
        estimate = found + share * once * (once - 1) / (2.0 * (twice + 1))
        extra = estimate - found
        if extra <= 0.0:
            return float(found), float(found)
        if twice:
            r = once / twice
            variance = twice * (0.5 * r**2 + r**3 + 0.25 * r**4)
        else:
            variance = (
                0.5 * once * (once - 1)
                + 0.25 * once * (2 * once - 1) ** 2
                - 0.25 * once**4 / estimate
            )
        spread = math.exp(1.96 * math.sqrt(math.log1p(variance / extra**2)))
        return estimate, found + extra * spread

    def to_frame(self) -> pd.DataFrame:
        """One row per attractor, and one for trials that had not settled, if any.

        Returns
        -------
        pandas.DataFrame
            Columns kind ("fixed point", "limit cycle" or "unsettled"), share (of the trials),
            share_low, share_high (95 % Wilson interval), equilibrium (row in `equilibria`; NA
            for cycles), period (unit of tau), amplitude (of activity) and hits.
        """
        rows = [
            (
                a.kind,
                a.hits,
                pd.NA if a.equilibrium is None else a.equilibrium,
                a.period,
                a.amplitude,
            )
            for a in self.attractors
        ]
        if self.unsettled:
            rows.append((UNSETTLED, self.unsettled, pd.NA, math.nan, math.nan))
        ends = [share_interval(hits, self.trials) for _, hits, *_ in rows]
        return pd.DataFrame(
            {
                "kind": pd.Series([row[0] for row in rows], dtype=object),
                "share": np.array([row[1] / self.trials for row in rows], dtype=np.float64),
                "share_low": np.array([low for low, _ in ends], dtype=np.float64),
                "share_high": np.array([high for _, high in ends], dtype=np.float64),
                "equilibrium": pd.array([row[2] for row in rows], dtype="Int64"),
                "period": np.array([row[3] for row in rows], dtype=np.float64),
                "amplitude": np.array([row[4] for row in rows], dtype=np.float64),
                "hits": np.array([row[1] for row in rows], dtype=np.int64),
            }
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of trials that each attractor drew in, with its 95 % interval.

        Up to three cycles are drawn beside it, over one period.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        drawn: Axes = public("analyses.pictures.draw_attractors")(self, ax)
        return drawn


def share_interval(hits: int, trials: int) -> tuple[float, float]:
    """95 % Wilson interval of a share."""
    interval = binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
