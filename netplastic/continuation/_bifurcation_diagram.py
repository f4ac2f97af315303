"""The door to continuation: `bifurcation_diagram`."""

from __future__ import annotations

import math
import numbers
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.random import Generator

from netplastic._support import (
    FloatArray,
    Halt,
    Shown,
    brief,
    check_choice,
    check_count,
    check_dense,
    check_flag,
    check_instance,
    check_number,
    check_positive,
    check_progress,
    check_rng,
    check_states,
    share_bar,
    watched,
)
from netplastic.equilibria import METHODS, Budget, as_budget, find_equilibria
from netplastic.model import ArcStrength, Family, PlasticNetwork, check_network, family_of

from ._arclength import End, Steps
from ._assemble import assemble
from ._diagram import BifurcationDiagram, DiagramStatus
from ._explore import Explorer
from ._images import symmetry_of
from ._problem import Problem
from ._slices import Traces

__all__ = ["Search", "bifurcation_diagram"]


@dataclass(frozen=True)
class Search:
    """How to look for disconnected branches.

    Parameters
    ----------
    values : int or sequence of float, default 7
        Parameter values at which all equilibria are searched for; a number means so many, evenly
        spread over the range, both ends included. 0: only the equilibria at the start.
    method : {"auto", "certified", "sampled"}
        As for `find_equilibria`.
    budget : Budget, float or None
        Of each search.
    rng : int, numpy.random.Generator or None
        Seed of sampled searches.
    most_curves : int, default 2000
        Limit on the number of curves (one of each orbit under the network's symmetries).
    seconds : float or None, default 45.0
        Wall-clock time for all. Curves are followed outwards: the branches through the equilibria
        at the start, what bifurcates from them, what bifurcates from that, and so on, then from
        the other values; what is complete when the time is up, `notes` says. None for no limit.

    Examples
    --------
    >>> Search(values=[-5.0, -10.0]).method
    'auto'
    """

    values: int | Sequence[float] = 7
    method: Literal["auto", "certified", "sampled"] = "auto"
    _: KW_ONLY
    budget: Budget | float | None = None
    rng: int | Generator | None = 0
    most_curves: int = 2000
    seconds: float | None = 45.0

    def __post_init__(self) -> None:
        if isinstance(self.values, str | bool) or not isinstance(
            self.values, numbers.Integral | Iterable
        ):
            raise TypeError(
                f"values must be a number of values or a list; found {brief(self.values)}"
            )
        if isinstance(self.values, Iterable):
            listed = tuple(check_number("each of the values", value) for value in self.values)
            object.__setattr__(self, "values", listed)
        else:
            check_count("values", self.values, least=0)
        check_choice("method", self.method, METHODS)
        as_budget(self.budget)
        if self.rng is not None:
            check_rng(self.rng)
        check_count("most_curves", self.most_curves)
        if self.seconds is not None:
            check_positive("seconds", self.seconds)


def bifurcation_diagram(
    net: PlasticNetwork,
    parameter: str | ArcStrength,
    start: float,
    stop: float,
    *,
    search: Search | None = None,
    steps: Steps | None = None,
    hopf: bool = True,
    seeds: FloatArray | None = None,
    progress: Shown = None,
) -> BifurcationDiagram:
    """Follow all equilibria along a parameter, through folds and branch points.

    Pseudo-arclength continuation of the reduced equations. Equilibria found by a complete (or
    sampled) search at several parameter values, and the curves that leave every branch point, are
    continued both ways until each reaches an end of the range, a branch point or itself.

    Parameters
    ----------
    net : PlasticNetwork
    parameter : str or ArcStrength
        "strength", "bias", "gain", "decay", "static_weight", "learning_rate", or the strength of
        some arcs. A common value where the network has one; else a factor on its values (for
        bias a shift): see `netplastic.model.family_of`.
    start, stop : float
        Ends of the range, in either order; for positive parameters both positive.
    search : Search or None
        How to look for disconnected branches.
    steps : Steps or None
        Step control.
    hopf : bool, default True
        Also look for Hopf points, at the network's learning rate.
    seeds : float array of shape (k, n) or None
        Activities near further equilibria at `stop` to continue from.
    progress : bool or None
        Whether to show a bar on a terminal (of the time that is used); None shows it after a
        second.

    Returns
    -------
    BifurcationDiagram
        With a status and notes: a continuation that cannot converge says where and why, and
        what was found is returned.

    Raises
    ------
    TypeError, ValueError
        For an unknown parameter or a range that is empty, infinite or not allowed.

    Notes
    -----
    Within its budget (``Search(seconds=45.0)``) the diagram grows outwards from the start; Ctrl-C
    ends it and keeps what is there. The status "stopped" and a note then say what is complete.

    The diagram is complete at the searched values where the search is certified; in between a
    branch that exists nowhere else, connected to no other, would be missed. `check` compares with
    complete counts at further values. Symmetries of the network are used: one curve of each orbit
    is followed, its images are permuted copies.

    Special points are located where a test function vanishes (Brent's method along the curve, for
    folds Newton's method on the extended system of Moore & Spence 1980), to about 1e-10.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0))
    >>> diagram = npl.bifurcation_diagram(net, "strength", 0.0, -20.0)
    >>> diagram
    BifurcationDiagram(strength from 0 to -20: 3 branches, 1 special points, finished)
    """
    check_network(net)
    check_progress(progress)
    check_flag("hopf", hopf)
    options = Search() if search is None else search
    control = Steps() if steps is None else steps
    check_instance("search", options, Search, "Search(values=7), or None")
    check_instance("steps", control, Steps, "Steps(largest=0.1), or None")
    if seeds is not None:
        seeds = np.atleast_2d(check_states("seeds", seeds, net.nodes, (1, 2)))
    check_dense(net.n, 4, "the diagram")
    family = family_of(net, parameter)
    start, stop = _checked_range(family, start, stop)
    problem = Problem(family, abs(stop - start) / 4.0)
    low, high = sorted((start, stop))
    span = (low / problem.scale, high / problem.scale)
    with _halting(options.seconds, progress) as halt:
        explorer = Explorer(
            problem, symmetry_of(family), span, control, hopf, options.most_curves, halt
        )
        table = _explore(explorer, options, start, stop, seeds)
    branches, points = assemble(explorer, start)
    notes = _notes(explorer, options, len(table))
    return BifurcationDiagram(
        nodes=net.nodes,
        parameter=family.name,
        meaning=family.meaning,
        start=float(start),
        stop=float(stop),
        branches=tuple(branches),
        points=tuple(points),
        seeds=table,
        status=_status(explorer, notes),
        notes=notes,
        symmetries=explorer.symmetry.order,
        _traces=Traces(
            family=family,
            scale=problem.scale,
            symmetry=explorer.symmetry,
            curves=tuple(explorer.curves),
        ),
    )


@contextmanager
def _halting(seconds: float | None, progress: Shown) -> Iterator[Halt]:
    """When to stop, and a bar of the time that is used."""
    began = time.monotonic()
    with share_bar("diagram", progress) as show, watched() as watch:
        halt = Halt(math.inf if seconds is None else began + seconds, watch)
        if show is not None and seconds is not None:
            halt.show = lambda _: show(min(1.0, (time.monotonic() - began) / seconds))
        yield halt


def _explore(
    explorer: Explorer, options: Search, start: float, stop: float, seeds: FloatArray | None
) -> pd.DataFrame:
    problem = explorer.problem
    rows: list[dict[str, Any]] = []
    for value in _search_values(options, start, stop):
        if explorer.halt.now:
            explorer.halted = True
            break
        found = find_equilibria(
            problem.net(value),
            options.method,
            budget=_left(options, explorer),
            rng=options.rng,
            progress=False,
        )
        before = len(explorer.curves)
        explorer.add(_representatives(explorer, found.activity, value))
        rows.append(
            {
                problem.family.name: value,
                "found": len(found),
                "status": str(found.count.status),
                "new_curves": len(explorer.curves) - before,
            }
        )
    if seeds is not None and not explorer.halt.now:
        explorer.add(_representatives(explorer, seeds, stop))
    return pd.DataFrame(rows, columns=[problem.family.name, "found", "status", "new_curves"])


def _left(options: Search, explorer: Explorer) -> Budget:
    """The budget of a search, within the time that is left for the whole."""
    budget = as_budget(options.budget)
    if options.seconds is None:
        return budget
    left = max(0.1, explorer.halt.deadline - time.monotonic())
    return replace(budget, seconds=left if budget.seconds is None else min(left, budget.seconds))


def _representatives(explorer: Explorer, states: FloatArray, value: float) -> list[FloatArray]:
    """One polished state (x, q) of each orbit."""
    problem, kept = explorer.problem, np.empty((0, explorer.problem.n))
    for state in states:
        x = problem.newton(np.asarray(state, dtype=np.float64), value)
        x = state if x is None or float(np.abs(x - state).max()) > 1e-3 else x
        if not len(kept) or float(explorer.symmetry.distance(x, kept).min()) > 1e-6:
            kept = np.vstack([kept, x])
    return [np.append(x, value / problem.scale) for x in kept]


def _search_values(options: Search, start: float, stop: float) -> list[float]:
    if not isinstance(options.values, Sequence):
        if options.values < 2:
            return [float(start)]
        return [float(v) for v in np.linspace(start, stop, int(options.values))]
    low, high = sorted((start, stop))
    for value in options.values:
        if not low <= value <= high:
            raise ValueError(f"search value {value!r} is outside the range {low:g} to {high:g}.")
    return [float(v) for v in options.values]


def _checked_range(family: Family, start: float, stop: float) -> tuple[float, float]:
    ends = check_number("start", start), check_number("stop", stop)
    for name, value in zip(("start", "stop"), ends, strict=True):
        if family.positive and value <= 0:
            raise ValueError(f"{name} is {value!r}; {family.name} must stay positive.")
    if ends[0] == ends[1]:
        raise ValueError(f"start and stop are both {ends[0]!r}; the range is empty.")
    return ends


def _notes(explorer: Explorer, options: Search, searched: int) -> tuple[str, ...]:
    notes = []
    name, scale = explorer.problem.family.name, explorer.problem.scale
    if explorer.halted:
        notes.append(_what_is_complete(explorer, options, searched))
    for number, traced in enumerate(explorer.curves):
        for end, point in (
            (traced.curve.start, traced.curve.points[0]),
            (traced.curve.end, traced.curve.points[-1]),
        ):
            if not end.complete and end is not End.HALTED:
                notes.append(
                    f"curve {number} stopped at {name} = {point.z[-1] * scale:.9g} ({end}): "
                    f"{end.meaning} {end.remedy}"
                )
    for z in explorer.failed_seeds:
        notes.append(
            f"an equilibrium at {name} = {z[-1] * scale:.9g} could not be continued: it is "
            "(nearly) degenerate there. Move the search values off the special point."
        )
    if not explorer.symmetry.complete:
        notes.append("the network has too many symmetries to list; only twins were used.")
    return tuple(notes)


def _what_is_complete(explorer: Explorer, options: Search, searched: int) -> str:
    """What a diagram that was stopped holds."""
    by = "Ctrl-C" if explorer.halt.interrupted else f"the budget of {options.seconds:g} s"
    generations = (
        "nothing yet",
        "the branches through the equilibria at the start",
        "the branches through the equilibria at the start and what bifurcates from them",
    )
    whole = explorer.whole
    if searched > 1:
        text = "all that is connected to the equilibria at the start"
    elif whole < len(generations):
        text = generations[whole]
    else:
        text = f"{generations[1]} and {whole - 1} generations of what bifurcates from them"
    return (
        f"stopped by {by}. Complete: {text}. Left: {explorer.left} starting points of further "
        f"curves; equilibria were searched for at {searched} of the values. For more, give "
        "Search(seconds=...), fewer values, or a shorter range."
    )


def _status(explorer: Explorer, notes: tuple[str, ...]) -> DiagramStatus:
    if explorer.halted:
        return DiagramStatus.STOPPED
    if explorer.truncated:
        return DiagramStatus.TRUNCATED
    whole = all(t.curve.start.complete and t.curve.end.complete for t in explorer.curves)
    return (
        DiagramStatus.FINISHED if whole and not explorer.failed_seeds else DiagramStatus.INTERRUPTED
    )
