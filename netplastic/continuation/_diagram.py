"""What a continuation returns: branches, special points, and what is known to be missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from netplastic._support import (
    BoolArray,
    FloatArray,
    IntArray,
    Node,
    Result,
    Status,
    brief,
    check_flag,
    check_nodes,
    check_number,
    public,
    stability_words,
)
from netplastic.equilibria import Budget, as_budget, find_equilibria

from ._arclength import End
from ._slices import Traces, count_on, states_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BifurcationDiagram", "Branch", "DiagramStatus", "SpecialPoint"]


class DiagramStatus(Status):
    """Whether the continuation did all that it set out to do.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-8.0))
    >>> npl.bifurcation_diagram(net, "strength", 0.0, -8.0).status.meaning
    'Every curve was followed to an end of the range, to a branch point, or around.'
    """

    FINISHED = (
        "finished",
        "Every curve was followed to an end of the range, to a branch point, or around.",
        "Nothing is left to do; `check` compares with complete counts.",
    )
    INTERRUPTED = (
        "interrupted",
        "Some curves could not be followed to the end; `notes` says where and why.",
        "See the remedy beside each note.",
    )
    STOPPED = (
        "stopped",
        "The budget or Ctrl-C ended the search; a note says what is complete.",
        "Raise Search(seconds=...), or shorten the range.",
    )
    TRUNCATED = (
        "truncated",
        "The limit on the number of curves was reached.",
        "Raise most_curves, or shorten the range.",
    )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Branch(Result):
    """A curve of equilibria between its ends; it passes through folds and branch points.

    Attributes
    ----------
    number : int
        Its identity: the same whenever the diagram is computed again.
    orbit : int
        Branches that symmetries of the network turn into each other share it.
    copies : int
        Branches that this one stands for; 1 unless the diagram lists one of each orbit.
    parameter : float array of shape (k,)
    activity, rates : float arrays of shape (k, n)
    unstable : int array of shape (k,)
        Number of growing modes at the network's learning rate.
    index : int array of shape (k,)
        Number of eigenvalues of dF/dx with negative real part: of negative ones of the Hessian,
        where there is an objective.
    start, end : End
        Why it starts and ends where it does.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-8.0))
    >>> diagram = npl.bifurcation_diagram(net, "strength", 0.0, -8.0)
    >>> branch = diagram.branches[0]
    >>> branch.number, bool(branch.stable[0])
    (0, True)
    """

    number: int
    orbit: int
    copies: int
    parameter: FloatArray
    activity: FloatArray
    rates: FloatArray
    unstable: IntArray
    index: IntArray
    start: End
    end: End

    @property
    def stable(self) -> BoolArray:
        """Whether nothing grows."""
        flags: BoolArray = self.unstable == 0
        return flags

    def __len__(self) -> int:
        return len(self.parameter)

    def to_frame(self) -> pd.DataFrame:
        """One row per point, as in `BifurcationDiagram.to_frame`; the parameter is `parameter`."""
        return pd.DataFrame(
            {
                "branch": self.number,
                "orbit": self.orbit,
                "copies": self.copies,
                "point": np.arange(len(self)),
                "parameter": self.parameter,
                "stable": self.stable,
                "unstable": self.unstable,
                "index": self.index,
                "mean_rate": self.rates.mean(axis=1),
            }
        )

    def _line(self) -> str:
        share = f"{int(self.stable.sum())} of {len(self)} points stable"
        return (
            f"{self.number}: parameter {self.parameter[0]:.6g} ({self.start}) to "
            f"{self.parameter[-1]:.6g} ({self.end}), {share}"
        )

    def _rows(self) -> pd.DataFrame:
        words = stability_words(self.stable, np.zeros(len(self), dtype=bool))
        shown = self.to_frame()[["point", "parameter", "unstable", "index", "mean_rate"]]
        shown.insert(2, "stability", words)
        return shown


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SpecialPoint(Result):
    """A fold, branch point or Hopf point.

    Attributes
    ----------
    kind : str
        "fold", "pitchfork (supercritical)", "pitchfork (subcritical)", "pitchfork (mixed)",
        "transcritical" or "hopf".
    value : float
        Of the parameter.
    activity : float array of shape (n,)
    branch : int
        Lowest number of the branches that pass through it.
    kernel_dimension : int
        Of dF/dx; for a Hopf point of the space spanned by the oscillating modes.
    frequency : float
        Angular frequency in 1/time at a Hopf point, else NaN.
    located : bool
        False where the point is only known as the end of a branch (good to about 1e-5).
    copies : int
        Points that this one stands for (see `Branch.copies`).

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-8.0))
    >>> point = npl.bifurcation_diagram(net, "strength", 0.0, -8.0).points[0]
    >>> point.kind, round(point.value, 4)
    ('pitchfork (supercritical)', -6.5376)
    """

    kind: str
    value: float
    activity: FloatArray
    branch: int
    kernel_dimension: int
    frequency: float
    located: bool
    copies: int

    def to_frame(self) -> pd.DataFrame:
        """One row: kind, value, branch, kernel_dimension, frequency, located, copies."""
        names = ("kind", "value", "branch", "kernel_dimension", "frequency", "located", "copies")
        return pd.DataFrame({name: [getattr(self, name)] for name in names})

    def _line(self) -> str:
        return f"{self.kind} at {self.value:.9g} on branch {self.branch}"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BifurcationDiagram(Result):
    """Branches of equilibria over one parameter.

    `diagram.branches[0]` is a curve, `diagram.points[0]` a special point; both are tuples.

    Attributes
    ----------
    nodes : tuple
    parameter : str
        Name; `meaning` says what its number is ("common value", "factor", "shift").
    start, stop : float
        Range.
    branches : tuple of Branch
    points : tuple of SpecialPoint
    seeds : pandas.DataFrame
        One row per parameter value at which equilibria were searched for: value, found, status.
    status : DiagramStatus
    notes : tuple of str
        Where something could not be done, why, and what may help.
    symmetries : int
        Order of the symmetry group that was used.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0))
    >>> diagram = npl.bifurcation_diagram(net, "strength", 0.0, -20.0)
    >>> diagram.special_points()[["kind", "strength", "branch", "kernel_dimension"]]
                            kind  strength  branch  kernel_dimension
    0  pitchfork (supercritical) -6.537595       0                 1
    >>> diagram.count_at(-15.0), diagram.count_at(-15.0, stable_only=True)
    (3, 2)
    """

    nodes: tuple[Node, ...]
    parameter: str
    meaning: str
    start: float
    stop: float
    branches: tuple[Branch, ...]
    points: tuple[SpecialPoint, ...]
    seeds: pd.DataFrame
    status: DiagramStatus
    notes: tuple[str, ...]
    symmetries: int
    _traces: Traces

    def _line(self) -> str:
        return (
            f"{self.parameter} from {self.start:g} to {self.stop:g}: "
            f"{sum(b.copies for b in self.branches)} branches, "
            f"{sum(p.copies for p in self.points)} special points, {self.status}"
        )

    def _rows(self) -> pd.DataFrame:
        return self.special_points()

    def _verdict(self) -> DiagramStatus:
        return self.status

    def to_frame(self, *, states: bool = False) -> pd.DataFrame:
        """One row per point of a branch.

        Parameters
        ----------
        states : bool, default False
            Add a column with the rate of every node, named by the node.

        Returns
        -------
        pandas.DataFrame
            Columns branch, orbit, copies, point (along the branch), the parameter by its name,
            stable, unstable (number of growing modes), index, mean_rate.
        """
        check_flag("states", states)
        frames = []
        for branch in self.branches:
            frame = branch.to_frame().rename(columns={"parameter": self.parameter})
            if states:
                columns = dict(zip(self.nodes, branch.rates.T, strict=True))
                frame = pd.concat([frame, pd.DataFrame(columns)], axis=1)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def special_points(self) -> pd.DataFrame:
        """One row per special point.

        Returns
        -------
        pandas.DataFrame
            Columns kind, the parameter by its name, branch, kernel_dimension, frequency (angular,
            1/time, Hopf points only), mean_rate, located, copies. In order along the range.
        """
        activation = self._traces.problem.net(self.start).activation
        rows = [
            {
                "kind": point.kind,
                self.parameter: point.value,
                "branch": point.branch,
                "kernel_dimension": point.kernel_dimension,
                "frequency": point.frequency,
                "mean_rate": float(activation.rate(point.activity).mean()),
                "located": point.located,
                "copies": point.copies,
            }
            for point in self.points
        ]
        names = ["kind", self.parameter, "branch", "kernel_dimension", "frequency"]
        return pd.DataFrame(rows, columns=[*names, "mean_rate", "located", "copies"])

    def states_at(self, value: float) -> FloatArray:
        """Return the activity (c, n) of every equilibrium that the diagram has at a parameter
        value."""
        return states_on(self._traces, self._inside("value", value))

    def count_at(self, value: float, *, stable_only: bool = False) -> int:
        """Number of equilibria that the diagram has at a parameter value.

        Parameters
        ----------
        value : float
            Inside the range.
        stable_only : bool, default False
            Count those that are stable at the network's learning rate.

        Raises
        ------
        ValueError
            For a value outside the range.
        """
        check_flag("stable_only", stable_only)
        return count_on(self._traces, self._inside("value", value), stable_only)

    def check(self, values: Iterable[float], budget: Budget | float | None = None) -> pd.DataFrame:
        """Compare the diagram with complete searches.

        Parameters
        ----------
        values : iterable of float
            Parameter values.
        budget : Budget, float or None
            Of each search.

        Returns
        -------
        pandas.DataFrame
            Columns the parameter by its name, on_diagram, lower, upper, status (of the searched
            count), missing (equilibria found by the search that no branch passes through).
        """
        rows = []
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise TypeError(f"values must be a list of numbers; found {brief(values)}")
        as_budget(budget)
        for value in [self._inside("values", value) for value in values]:
            net = self._traces.problem.net(value)
            found = find_equilibria(net, budget=budget, rng=0)
            rows.append(
                {
                    self.parameter: value,
                    "on_diagram": self.count_at(value),
                    "lower": found.count.lower,
                    "upper": found.count.upper,
                    "status": str(found.count.status),
                    "missing": len(self._unmatched(found.activity, value)),
                }
            )
        return pd.DataFrame(rows)

    def missing(
        self,
        value: float,
        *,
        method: Literal["auto", "certified", "sampled"] = "auto",
        budget: Budget | float | None = None,
    ) -> pd.DataFrame:
        """Equilibria at a parameter value that no branch passes through.

        Returns
        -------
        pandas.DataFrame
            One row per missing equilibrium: stable, and the rate of every node. Empty where the
            diagram has all that the search finds. Give its states as `seeds` to add their branches.
        """

        net = self._traces.problem.net(self._inside("value", value))
        found = find_equilibria(net, method, budget=budget, rng=0)
        lost = self._unmatched(found.activity, value)
        frame = pd.DataFrame(found.rates[lost], columns=pd.Index(list(self.nodes), dtype=object))
        frame.insert(0, "stable", found.stable[lost])
        return frame

    def plot(
        self, ax: Axes | None = None, observable: Node | Callable[[FloatArray], float] | None = None
    ) -> Axes:
        """Draw the diagram: stable solid, unstable dashed, special points marked and labelled.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            Where to draw; None for a new figure.
        observable : node, callable or None
            What to draw upwards: the rate of a node, a function of the rates (n,), or None for
            the mean rate.

        Returns
        -------
        matplotlib.axes.Axes
        """
        value, label = _reader(self, observable)
        lines, points = self.to_frame(), self.special_points()
        lines[label] = [value(row) for branch in self.branches for row in branch.rates]
        rate = self._traces.problem.net(self.start).activation.rate
        points[label] = [value(rate(point.activity)) for point in self.points]
        draw = public("analyses.pictures.draw_branches")
        span = (self.start, self.stop)
        drawn: Axes = draw(
            lines, points, x=self.parameter, y=label, span=tuple(sorted(span)), ax=ax
        )
        if self.start > self.stop:
            drawn.invert_xaxis()
        return drawn

    def _inside(self, name: str, value: float) -> float:
        number = check_number(name, value)
        low, high = sorted((self.start, self.stop))
        if not low <= number <= high:
            raise ValueError(
                f"{name}: {self.parameter} = {number!r} is outside the diagram's range {low:g} to "
                f"{high:g}."
            )
        return number

    def _unmatched(self, states: FloatArray, value: float) -> list[int]:
        known = self.states_at(value)
        lost = []
        for number, state in enumerate(states):
            gap = np.abs(known - state).max(axis=1).min() if len(known) else np.inf
            if gap > 1e-6:
                lost.append(number)
        return lost


def _reader(
    diagram: BifurcationDiagram, observable: Node | Callable[[FloatArray], float] | None
) -> tuple[Callable[[FloatArray], float], str]:
    if observable is None:
        return (lambda rates: float(rates.mean())), "mean rate"
    if callable(observable):
        function = observable
        return (lambda rates: float(function(rates))), getattr(function, "__name__", "observable")
    everyone = {node: place for place, node in enumerate(diagram.nodes)}
    number = int(check_nodes("observable", [observable], everyone)[0])
    return (lambda rates: float(rates[number])), f"rate of {observable!r}"
