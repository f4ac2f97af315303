"""The number of stable equilibria over two parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic._support import FloatArray

from ._colours import CATEGORIES
from ._figures import new_axes, style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_map"]


def draw_map(
    table: pd.DataFrame, curves: pd.DataFrame, *, x: str, y: str, ax: Axes | None = None
) -> Axes:
    """Draw counts as a heat map with curves over it; see `StabilityMap.plot`.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per pair of values: x, y and n_stable.
    curves : pandas.DataFrame
        One row per point: kind, curve, x and y.
    x, y : str
        Names of columns.
    ax : matplotlib.axes.Axes or None
    """
    import matplotlib as mpl
    from matplotlib.colors import BoundaryNorm

    ax = new_axes(ax)
    grid = table.pivot(index=y, columns=x, values="n_stable")
    top = int(grid.to_numpy().max())
    colours = mpl.colormaps["viridis"].resampled(top + 1)
    across = _placed(grid.columns.to_numpy(dtype=np.float64))
    upward = _placed(grid.index.to_numpy(dtype=np.float64))
    norm = BoundaryNorm(np.arange(-0.5, top + 1.5), colours.N)
    with style():
        mesh = ax.pcolormesh(
            _edges(across), _edges(upward), grid.to_numpy(), cmap=colours, norm=norm
        )
        figure = ax.get_figure()
        if figure is not None:
            ticks = np.unique(np.linspace(0, top, min(top + 1, 7)).astype(int))
            place = ax.inset_axes((1.03, 0.15, 0.03, 0.7))
            figure.colorbar(mesh, cax=place, label="stable equilibria", ticks=ticks)
        curves = curves.copy()
        for name, axis, places in ((x, ax.xaxis, across), (y, ax.yaxis, upward)):
            if name == "learning_rate":
                getattr(ax, f"set_{axis.axis_name}scale")("log")
                if math.inf in set(table[name]):
                    _mark_infinity(axis, places)
                    curves[name] = curves[name].replace(math.inf, float(places[-1]))
        limits = ax.get_xlim(), ax.get_ylim()
        _curves(ax, curves, x, y)
        ax.set_xlim(limits[0])
        ax.set_ylim(limits[1])
        ax.set_xlabel(words(x))
        ax.set_ylabel(words(y))
    return ax


def _curves(ax: Axes, curves: pd.DataFrame, x: str, y: str) -> None:
    from matplotlib.patheffects import withStroke

    styles = {"onset": ("white", "-"), "hopf": (CATEGORIES[1], "--")}
    seen: set[str] = set()
    for (kind, _), curve in curves.groupby(["kind", "curve"]):
        colour, line = styles[str(kind)]
        rim = withStroke(linewidth=2.7, foreground="black" if kind == "onset" else "white")
        ordered = curve.sort_values(x) if kind == "hopf" else curve
        ax.plot(
            ordered[x].to_numpy(), ordered[y].to_numpy(), color=colour, linestyle=line,
            marker="o" if kind == "hopf" else None, markersize=2.5, linewidth=1.5,
            label=None if kind in seen else str(kind), path_effects=[rim],
        )  # fmt: skip
        seen.add(str(kind))
    if seen:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)


def _placed(values: FloatArray) -> FloatArray:
    """Where increasing values are drawn: inf as far beyond the others as these are apart."""
    if values[-1] < math.inf:
        return values
    finite = values[:-1]
    ratio = float(finite[-1] / finite[-2]) if len(finite) > 1 else 10.0
    return np.append(finite, ratio * finite[-1] if len(finite) else 1.0)


def _mark_infinity(axis: Any, places: FloatArray) -> None:
    """Name the last place on a logarithmic axis, and only values that were asked for."""
    names = [*(f"{place:g}" for place in places[:-1]), "\u221e"]
    axis.set_ticks(places, labels=names)
    axis.set_ticks([], minor=True)


def _edges(values: FloatArray) -> FloatArray:
    """Cell edges halfway between values, halfway in the logarithm where they grow geometrically."""
    if len(values) == 1:
        return np.array([values[0] - 0.5, values[0] + 0.5])
    ratios = values[1:] / values[:-1] if np.all(values > 0) else np.array([1.0, 2.0])
    geometric = len(values) > 2 and bool(np.allclose(ratios, ratios[0], rtol=1e-6))
    v = np.log(values) if geometric else values
    middle = 0.5 * (v[1:] + v[:-1])
    edges = np.concatenate([[2 * v[0] - middle[0]], middle, [2 * v[-1] - middle[-1]]])
    return np.exp(edges) if geometric else edges
