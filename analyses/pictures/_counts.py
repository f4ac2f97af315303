"""Counts of any number of nodes: one dot a node, over its degree or another measure."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic._support import FloatArray

from ._colours import MARKERS, category_colours
from ._figures import beside, new_axes, style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_counts", "spread"]

_MANY = 20_000
_LABELS = {"log2_stable": "stable states\nof the neighborhood (bits)"}


def plot_counts(
    counts: pd.DataFrame,
    *,
    x: str = "degree",
    y: str = "log2_stable",
    hue: str | None = "role",
    ax: Axes | None = None,
) -> Axes:
    """Draw one dot a node: its count over its degree, coloured by its role.

    Parameters
    ----------
    counts : pandas.DataFrame
        Of `count_neighborhoods`: one row per node, with the columns `x`, `y` and `hue`.
    x, y : str, default "degree" and "log2_stable"
        Columns of numbers; whole numbers along x are spread a little, so that dots do not hide
        each other. Rows without a finite x and y are left out, which the title says.
    hue : str or None, default "role"
        Column of categories; None, or a column without any entry: one colour.
    ax : matplotlib.axes.Axes or None
        Drawn on; None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Hollow dots are lower bounds (column `status`). Above 20,000 dots they are pixels in
        files of vectors.

    Raises
    ------
    TypeError, ValueError
        If `counts` is no DataFrame, lacks a column, or x or y are no numbers.

    Examples
    --------
    >>> import netplastic as npl
    >>> graph = npl.graphs.ring_of_modules(modules=20, module_size=10, rng=0)
    >>> net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-np.inf))
    >>> ax = npl.plot_counts(npl.count_neighborhoods(net, scope="embedded"))
    """
    _check(counts, x, y, hue)
    ax = new_axes(ax)
    with style():
        _dots(counts, x, y, hue, ax)
    return ax


def _dots(counts: pd.DataFrame, x: str, y: str, hue: str | None, ax: Axes) -> None:
    xs, ys = (counts[name].to_numpy(dtype=np.float64) for name in (x, y))
    there = np.isfinite(xs) & np.isfinite(ys)
    kinds = counts[hue] if hue is not None else pd.Series("", index=counts.index)
    kinds = kinds.astype(object).where(kinds.notna(), "")
    proved = counts["status"] == "certified" if "status" in counts else pd.Series(True, kinds.index)
    colours = category_colours(kinds.to_list())
    places = xs + spread(xs)
    style: dict[str, Any] = {"s": 9, "linewidth": 0.6, "rasterized": int(there.sum()) > _MANY}
    for marker, (kind, colour) in zip(cycle(MARKERS), colours.items(), strict=False):
        of = there & (kinds == kind).to_numpy()
        for sure in (True, False):
            here = of & (proved.to_numpy(dtype=bool) == sure)
            if here.any():
                ax.scatter(
                    places[here], ys[here], edgecolor=colour, alpha=0.7, zorder=3,
                    facecolor=colour if sure else "none", marker=marker,
                    label=str(kind) + ("" if sure else " (not proved)"), **style,
                )  # fmt: skip
    ax.set_xlabel(words(x))
    ax.set_ylabel(_LABELS.get(y, words(y)))
    kinds_drawn = len(ax.get_legend_handles_labels()[1])
    if kinds_drawn > 1 or (kinds_drawn and len(colours) > 1):
        beside(ax, title=None if hue is None else words(hue), markerscale=1.6)
    if not there.all():
        ax.set_title(
            f"{int((~there).sum())} of {len(there)} nodes without a value", fontsize=8, color="0.35"
        )


def spread(xs: FloatArray) -> FloatArray:
    """Small steps to the side for whole numbers, even and the same every time."""
    finite = xs[np.isfinite(xs)]
    if len(finite) == 0 or np.any(finite != np.rint(finite)):
        return np.zeros(len(xs))
    golden = 0.5 * (np.sqrt(5.0) - 1.0)
    return np.asarray(0.6 * ((np.arange(len(xs)) * golden) % 1.0 - 0.5))


def _check(counts: pd.DataFrame, x: str, y: str, hue: str | None) -> None:
    if not isinstance(counts, pd.DataFrame):
        raise TypeError(
            f"counts is a {type(counts).__name__}; give a DataFrame as of count_neighborhoods."
        )
    for name in (x, y, *([hue] if hue is not None else [])):
        if name not in counts.columns:
            raise ValueError(
                f"counts has no column {name!r}; it has {', '.join(map(repr, counts.columns))}."
            )
    for name in (x, y):
        if not pd.api.types.is_numeric_dtype(counts[name]):
            raise ValueError(f"the column {name!r} of counts is no column of numbers.")
