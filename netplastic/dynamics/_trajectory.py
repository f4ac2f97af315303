"""What a simulation returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from netplastic._support import FloatArray, IntArray, Node, Result, check_count, public
from netplastic.model import Activation

from ._solver import RunStatus

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["RunawayError", "Trajectory"]


class RunawayError(ArithmeticError):
    """A single trajectory grew beyond every bound; `time` and `node` say when and where.

    Examples
    --------
    >>> import netplastic as npl
    >>> error = npl.RunawayError(1.5, "a", 2e6)
    >>> error.node, error.time
    ('a', 1.5)
    """

    def __init__(self, time: float, node: Node, activity: float) -> None:
        self.time, self.node = time, node
        super().__init__(
            f"the activity of node {node!r} ran away: it reached {activity:.3g} at time "
            f"{time:.6g}. {RunStatus.RUNAWAY.remedy}"
        )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Trajectory(Result):
    """One trajectory, or a batch of T trajectories, of activities and weights.

    Shapes are those of a single trajectory; in a batch every array but `times` has one more
    axis, the trials, in front.

    Attributes
    ----------
    times : float array of shape (K,)
        Times reported, in the unit of tau.
    activity : float array of shape (K, n)
        Activity x of `nodes` at these times. NaN after the end of a failed trial of a batch.
    weights : float array of shape (K, m) or None
        Weights w of `arcs` at these times; None where they were not recorded.
    energy : float array of shape (K,) or None
        The objective of the network along the way, where asked for.
    final_activity, final_weights : float arrays of shape (n,) and (m,)
        The whole state at `end_time`, in node and arc order; weights NaN for the status "astray".
    end_time : float array of shape ()
        Time reached: the duration, or less where the status says so.
    nodes : tuple
        Labels of the recorded nodes.
    arcs : tuple of pairs
        (source, target) of the recorded weights.
    statuses : tuple of RunStatus
        One per trial (one for a single trajectory).
    failed_nodes : tuple
        The node of largest activity at the end, per trial: where a runaway ran away.
    batch : bool
        Whether there is an axis of trials.
    statistics : dict
        Steps accepted and rejected per trial, trials that changed to the stiff method, seconds.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> run = npl.simulate(net, 5.0, rng=0)
    >>> run.activity.shape == (len(run.times), 2), str(run.statuses[0])
    (True, 'finished')
    """

    times: FloatArray
    activity: FloatArray
    weights: FloatArray | None
    energy: FloatArray | None
    final_activity: FloatArray
    final_weights: FloatArray
    end_time: FloatArray
    nodes: tuple[Node, ...]
    arcs: tuple[tuple[Node, Node], ...]
    statuses: tuple[RunStatus, ...]
    failed_nodes: tuple[Node, ...]
    batch: bool
    activation: Activation
    """The activation of the recorded nodes."""
    reported: IntArray
    """How many of the times each trial reached."""
    statistics: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> RunStatus:
        """Status of a single trajectory; of a batch the first that is not good, if any."""
        for status in self.statuses:
            if not status.good:
                return status
        return self.statuses[0]

    @property
    def rates(self) -> FloatArray:
        """Rates V = phi(x), in the shape of `activity`."""
        with np.errstate(invalid="ignore"):  # NaN after the end of a failed trial
            return self.activation.rate(self.activity)

    @property
    def failures(self) -> pd.DataFrame:
        """Trials that did not go on to their end.

        Returns
        -------
        pandas.DataFrame
            Columns trial, status, time, node, meaning, remedy; empty if all is well.
        """
        import pandas as pd  # here, because it takes a third of a first simulation's time to load

        ends = np.atleast_1d(self.end_time)
        rows = [
            (
                trial,
                str(status),
                ends[trial],
                self.failed_nodes[trial],
                status.meaning,
                status.remedy,
            )
            for trial, status in enumerate(self.statuses)
            if not status.good
        ]
        return pd.DataFrame(rows, columns=["trial", "status", "time", "node", "meaning", "remedy"])

    def to_frame(self) -> pd.DataFrame:
        """One row per trial (in a batch), time and node.

        Times that a failed trial did not reach are left out.

        Returns
        -------
        pandas.DataFrame
            Columns trial (in a batch), time, node, activity, rate.
        """
        values = {"activity": self.activity, "rate": self.rates}
        return self._tidy(values, {"node": _labels(self.nodes)})

    def weights_frame(self) -> pd.DataFrame:
        """One row per trial (in a batch), time and arc.

        Returns
        -------
        pandas.DataFrame
            Columns trial (in a batch), time, source, target, weight.

        Raises
        ------
        ValueError
            If weights were not recorded.
        """
        if self.weights is None:
            raise ValueError(
                "the weights were not recorded along the way; pass weights=True (or a list of "
                "arcs) to simulate, or read final_weights."
            )
        ends = {
            "source": _labels(tuple(u for u, _ in self.arcs)),
            "target": _labels(tuple(v for _, v in self.arcs)),
        }
        return self._tidy({"weight": self.weights}, ends)

    def _line(self) -> str:
        good = sum(status.good for status in self.statuses)
        ends = f"{len(self.statuses)} trials, {good} to the end, " if self.batch else ""
        return (
            f"{ends}{len(self.nodes)} nodes, {len(self.times)} times from "
            f"{self.times[0]:.4g} to {self.times[-1]:.4g}, {self.status}"
        )

    def _rows(self) -> pd.DataFrame:
        import pandas as pd

        if self.batch:
            words = [str(status) for status in self.statuses]
            trials = {"trial": range(len(words)), "status": words, "end time": self.end_time}
            return pd.DataFrame(trials)
        ends = {"activity": self.activity[-1], "rate": self.rates[-1]}
        return pd.DataFrame({"node": _labels(self.nodes), "time": self.times[-1], **ends})

    def _verdict(self) -> RunStatus:
        return self.status

    def _tidy(
        self, values: dict[str, FloatArray], labels: dict[str, np.ndarray[Any, Any]]
    ) -> pd.DataFrame:
        import pandas as pd

        size = next(iter(values.values())).shape[-1]
        trials, times = len(self.statuses), len(self.times)
        kept = np.arange(times)[None, :] < self.reported[:, None]
        rows = np.repeat(kept.ravel(), size)
        trial = np.repeat(np.arange(trials), times * size)
        columns: dict[str, Any] = {"trial": trial[rows]} if self.batch else {}
        columns["time"] = np.tile(np.repeat(self.times, size), trials)[rows]
        for name, label in labels.items():
            column = pd.Series(np.tile(label, trials * times)[rows], dtype=object)
            columns[name] = column.infer_objects()
        for name, value in values.items():
            columns[name] = value.reshape(-1)[rows]
        return pd.DataFrame(columns)

    def to_xarray(self) -> Any:
        """The same as an xarray.Dataset with dimensions trial (in a batch), time, node and arc.

        Raises
        ------
        ImportError
            If xarray is not installed.
        """
        try:
            import xarray
        except ImportError:
            raise ImportError(
                "to_xarray needs the package xarray, which is not installed: pip install xarray; "
                "to_frame() gives a pandas table without it."
            ) from None
        lead = ["trial"] if self.batch else []
        variables: dict[str, Any] = {
            "activity": ([*lead, "time", "node"], self.activity),
            "rate": ([*lead, "time", "node"], self.rates),
        }
        coordinates: dict[str, Any] = {"time": self.times, "node": _labels(self.nodes)}
        if self.weights is not None:
            variables["weight"] = ([*lead, "time", "arc"], self.weights)
            coordinates["source"] = ("arc", _labels(tuple(u for u, _ in self.arcs)))
            coordinates["target"] = ("arc", _labels(tuple(v for _, v in self.arcs)))
        if self.energy is not None:
            variables["energy"] = ([*lead, "time"], self.energy)
        return xarray.Dataset(variables, coordinates)

    def plot(self, ax: Axes | None = None, trial: int = 0) -> Axes:
        """Draw the activity of the recorded nodes against time.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            Where to draw; None makes a new figure.
        trial : int, default 0
            Which trajectory of a batch.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        TypeError, ValueError
            If there is no such trial.
        """
        many = len(self.statuses)
        if check_count("trial", trial, least=-many) >= many:
            raise ValueError(f"trial is {trial}; there are {many}, from 0 to {many - 1}.")
        values = self.activity[trial] if self.batch else self.activity
        draw = public("analyses.pictures.draw_traces")
        drawn: Axes = draw(self.times, values, self.nodes, ax=ax)
        return drawn


def _labels(labels: tuple[Node, ...]) -> np.ndarray[Any, Any]:
    array = np.empty(len(labels), dtype=object)
    array[:] = labels
    return array
