"""The door to continuation: `bifurcation_diagram`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.random import Generator

from netplastic._support import FloatArray, check_flag
from netplastic.equilibria import Budget, find_equilibria
from netplastic.model import ArcStrength, Family, PlasticNetwork, family_of

from ._arclength import Steps
from ._assemble import assemble
from ._diagram import BifurcationDiagram, DiagramStatus
from ._explore import Explorer
from ._images import symmetry_of
from ._problem import Problem

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
    if not isinstance(net, PlasticNetwork):
        raise TypeError(f"net is a {type(net).__name__}; make a netplastic.PlasticNetwork first.")
    check_flag("hopf", hopf)
    family = family_of(net, parameter)
    _check_range(family, start, stop)
    options = search if search is not None else Search()
    problem = Problem(family, abs(stop - start) / 4.0)
    low, high = sorted((start, stop))
    span = (low / problem.scale, high / problem.scale)
    explorer = Explorer(
        problem, symmetry_of(family), span, steps or Steps(), hopf, options.most_curves
    )
    table = _explore(explorer, options, start, stop, seeds)
    branches, points = assemble(explorer, start)
    notes = _notes(explorer)
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
        _explorer=explorer,
    )


def _explore(
    explorer: Explorer, options: Search, start: float, stop: float, seeds: FloatArray | None
) -> pd.DataFrame:
    problem = explorer.problem
    rows: list[dict[str, Any]] = []
    for value in _search_values(options, start, stop):
        found = find_equilibria(
            problem.net(value), options.method, budget=options.budget, rng=options.rng
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
    if seeds is not None:
        explorer.add(_representatives(explorer, np.atleast_2d(seeds), stop))
    return pd.DataFrame(rows, columns=[problem.family.name, "found", "status", "new_curves"])


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
    if isinstance(options.values, int):
        if options.values < 2:
            return [float(start)]
        return [float(v) for v in np.linspace(start, stop, options.values)]
    low, high = sorted((start, stop))
    for value in options.values:
        if not low <= value <= high:
            raise ValueError(f"search value {value!r} is outside the range {low:g} to {high:g}.")
    return [float(v) for v in options.values]


def _check_range(family: Family, start: float, stop: float) -> None:
    for name, value in (("start", start), ("stop", stop)):
        if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
            raise TypeError(f"{name} is {value!r}; give a number.")
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value!r}; it must be finite.")
        if family.positive and value <= 0:
            raise ValueError(f"{name} is {value!r}; {family.name} must stay positive.")
    if start == stop:
        raise ValueError(f"start and stop are both {start!r}; the range is empty.")


def _notes(explorer: Explorer) -> tuple[str, ...]:
    notes = []
    name, scale = explorer.problem.family.name, explorer.problem.scale
    for number, traced in enumerate(explorer.curves):
        for end, point in (
            (traced.curve.start, traced.curve.points[0]),
            (traced.curve.end, traced.curve.points[-1]),
        ):
            if not end.complete:
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


def _status(explorer: Explorer, notes: tuple[str, ...]) -> DiagramStatus:
    if explorer.truncated:
        return DiagramStatus.TRUNCATED
    whole = all(t.curve.start.complete and t.curve.end.complete for t in explorer.curves)
    return (
        DiagramStatus.FINISHED if whole and not explorer.failed_seeds else DiagramStatus.INTERRUPTED
    )
