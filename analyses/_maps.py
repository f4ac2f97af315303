"""Maps of the number of stable equilibria over two parameters."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic._support import (
    FloatArray,
    Result,
    Rng,
    Shown,
    bar,
    brief,
    check_number,
    check_positive,
    check_progress,
    check_rng,
    public,
)
from netplastic.continuation import Symmetry, onset, symmetry_of
from netplastic.equilibria import Budget, Count, Equilibria, as_budget, find_equilibria
from netplastic.model import ArcStrength, Family, PlasticNetwork, check_network, family_of
from netplastic.stability import CriticalRates, learning_rate_crossings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["StabilityMap", "stability_map"]

Axis = tuple[str | ArcStrength, Iterable[float]]


@dataclass(frozen=True, eq=False, repr=False)
class StabilityMap(Result):
    """Number of stable equilibria over two parameters, and the curves that bound its regions.

    Attributes
    ----------
    x, y : str
        Names of the parameters.
    table : pandas.DataFrame
        One row per pair of values: x, y (by their names), n_stable, n_stable_upper, status.
    curves : pandas.DataFrame
        One row per point of a curve: kind ("onset" or "hopf"), curve (number), x, y by their names.
        Onset: the base branch loses stability for fast learning. Hopf: an equilibrium's critical
        learning rate, one curve for each of its rank among those at the same x.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> found = npl.stability_map(net, ("strength", [-20.0, -1.0]), ("bias", [1.0]))
    >>> found.x, found.table["n_stable"].tolist()
    ('strength', [2, 1])
    """

    x: str
    y: str
    table: pd.DataFrame
    curves: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def _line(self) -> str:
        values = f"{self.table[self.x].nunique()} x {self.table[self.y].nunique()} values"
        return f"{self.x} x {self.y}: {values}, {self.curves['curve'].nunique()} curves"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the table as a heat map with the curves over it.

        Learning rate inf is drawn beyond the largest finite one, and marked.
        """
        draw = public("analyses.pictures.draw_map")
        drawn: Axes = draw(self.table, self.curves, x=self.x, y=self.y, ax=ax)
        return drawn


def stability_map(
    net: PlasticNetwork,
    x: Axis,
    y: Axis,
    *,
    budget: Budget | float | None = None,
    rng: Rng = 0,
    progress: Shown = None,
) -> StabilityMap:
    """Count stable equilibria on a grid of two parameters.

    Parameters
    ----------
    net : PlasticNetwork
    x, y : tuple of (parameter, values)
        Parameters as for `bifurcation_diagram`: "strength", "bias", "gain", "decay",
        "static_weight", "learning_rate" or an ArcStrength. The equilibria do not depend on the
        learning rate, so a map over it searches once for each value of the other parameter and
        reads stability off the critical rates; inf may be one of its values.
    budget : Budget, float or None
        Of each search.
    rng : int, numpy.random.Generator or None, default 0
        Seed of sampled searches, the same in every cell.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    StabilityMap
        Counts say whether they are certified; stability itself is decided by eigenvalues.

    Raises
    ------
    ValueError
        For an unknown parameter, the same one twice, or no values.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0))
    >>> found = npl.stability_map(net, ("strength", [-5.0, -10.0]), ("learning_rate", [0.1, 1.0]))
    >>> found.table[["strength", "learning_rate", "n_stable"]]
       strength  learning_rate  n_stable
    0      -5.0            0.1         1
    1      -5.0            1.0         1
    2     -10.0            0.1         2
    3     -10.0            1.0         2
    """
    check_network(net)
    check_progress(progress)
    as_budget(budget)
    axes = _axis("x", x), _axis("y", y)
    families = [family_of(net, parameter) for parameter, _ in axes]
    values = [
        _values(name, axis[1], family)
        for name, axis, family in zip("xy", axes, families, strict=True)
    ]
    names = _names(families)
    seed = int(check_rng(rng).integers(2**63))
    rated = next((i for i, family in enumerate(families) if family.name == "learning_rate"), None)
    rows: list[list[Any]] = []
    points = _onset_points(net, families, values, names)
    if rated is None:
        cells = list(itertools.product(*values))
        with bar("maps", len(cells), progress) as step:
            for a, b in cells:
                cell = _joint(net, families, (a, b))
                found = find_equilibria(cell, stable_only=True, budget=budget, rng=seed)
                count = found.stable_count
                rows.append([a, b, count.lower, count.upper, str(count.status)])
                step(f"{a:g}, {b:g}")
    else:
        other = 1 - rated
        symmetry = symmetry_of(families[other])
        with bar("maps", len(values[other]), progress) as step:
            for value in values[other]:
                cell = families[other].at(value)
                found = find_equilibria(cell, budget=budget, rng=seed)
                crossings = _crossings(cell, found, symmetry)
                rows += _along_rates(found.count, crossings, value, values[rated], other)
                points += _hopf_points(crossings, value, (names[other], names[rated]))
                step(f"{value:g}")
    columns = [*names, "n_stable", "n_stable_upper", "status"]
    curves = pd.DataFrame(points, columns=["kind", "curve", *names])
    return StabilityMap(*names, pd.DataFrame(rows, columns=columns), curves)


def _along_rates(
    count: Count,
    crossings: list[tuple[int, CriticalRates]],
    value: float,
    rates: list[float],
    other: int,
) -> list[list[Any]]:
    """Rows for all learning rates at one value of the other parameter, from one search."""
    rows = []
    for rate in rates:
        stable = sum(size for size, crossing in crossings if crossing.stable_at(rate))
        pair = (value, rate) if other == 0 else (rate, value)
        rows.append([*pair, stable, stable + count.upper - count.lower, str(count.status)])
    return rows


def _crossings(
    net: PlasticNetwork, found: Equilibria, symmetry: Symmetry
) -> list[tuple[int, CriticalRates]]:
    """Critical rates of one equilibrium of each orbit found, with how many of them were found."""
    kept: list[FloatArray] = []
    sizes: list[int] = []
    for state in found.activity:
        gaps = symmetry.distance(state, np.array(kept).reshape(len(kept), net.n))
        if len(gaps) and float(gaps.min()) < 1e-6:
            sizes[int(gaps.argmin())] += 1
        else:
            kept.append(state)
            sizes.append(1)
    return [(n, learning_rate_crossings(net, x)) for n, x in zip(sizes, kept, strict=True)]


def _hopf_points(
    crossings: list[tuple[int, CriticalRates]], value: float, names: tuple[str, str]
) -> list[dict[str, Any]]:
    critical = sorted(
        {float(np.format_float_positional(c, 10)) for _, r in crossings for c in _changes(r)}
    )
    return [
        {"kind": "hopf", "curve": rank, names[0]: value, names[1]: rate}
        for rank, rate in enumerate(critical)
    ]


def _changes(rates: CriticalRates) -> FloatArray:
    """Rates at which stability itself changes, not just the number of growing modes."""
    stable = rates.unstable == 0
    return np.asarray(rates.rates[stable[1:] != stable[:-1]])


def _onset_points(
    net: PlasticNetwork, families: list[Family], values: list[list[float]], names: tuple[str, str]
) -> list[dict[str, Any]]:
    """Onset as a function of the other parameter, where one axis is the common strength."""
    is_strength = [f.name == "strength" and bool(np.all(f.mask)) for f in families]
    if sum(is_strength) != 1 or not np.any(net.strength):
        return []
    along = is_strength.index(True)
    across, strengths = values[1 - along], values[along]
    if families[1 - along].name == "learning_rate":  # on which the onset does not depend
        across = [min(across), max(across)]
    points = []
    for value in across:
        first = onset(families[1 - along].at(value), limit=max(map(abs, strengths))).strength
        if min(strengths) <= first <= max(strengths):
            pair = {names[along]: first, names[1 - along]: value}
            points.append({"kind": "onset", "curve": 0, **pair})
    return points


def _joint(
    net: PlasticNetwork, families: list[Family], pair: tuple[float, float]
) -> PlasticNetwork:
    if families[0].name == families[1].name:  # two groups of arcs
        first = families[0].at(pair[0])
        both = np.where(families[1].mask, families[1].values(pair[1]), first.strength)
        return net.replace(strength=both)
    changes = {f.name: f.values(v) for f, v in zip(families, pair, strict=True)}
    return net.replace(**changes)


def _axis(name: str, axis: Axis) -> Axis:
    if (
        not isinstance(axis, tuple | list)
        or len(axis) != 2
        or isinstance(axis[1], str)
        or not isinstance(axis[1], Iterable)
    ):
        raise TypeError(f"{name} must be a pair (parameter, values); found {brief(axis)}")
    return axis


def _values(name: str, given: Iterable[float], family: Family) -> list[float]:
    said = f"each of the values of {name}"
    if family.name == "learning_rate":
        values = [check_positive(said, v, infinite=True) for v in given]
    elif family.positive:
        values = [check_positive(said, v) for v in given]
    else:
        values = [check_number(said, v) for v in given]
    if not values:
        raise ValueError(f"{name} has no values of {family.name}; give at least one.")
    return values


def _names(families: list[Family]) -> tuple[str, str]:
    first, second = (family.name for family in families)
    if first != second:
        return first, second
    if families[0].mask is families[1].mask or np.any(families[0].mask & families[1].mask):
        raise ValueError(f"both axes vary {first!r}; give two different parameters.")
    return f"{first} (x)", f"{second} (y)"
