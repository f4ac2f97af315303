"""Colours of nodes: numbers about zero, other numbers, categories, and what has no value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic._support import BoolArray, FloatArray

from ._figures import beside, words
from ._values import known, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "CATEGORIES",
    "DASHES",
    "MARKERS",
    "Scale",
    "category_colours",
    "paint",
    "scale",
    "scale_of",
]

CATEGORIES: tuple[str, ...] = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"),
)
"""Okabe and Ito's, which readers with colour blindness tell apart."""
DASHES: tuple[Any, ...] = (
    *("-", (0, (5, 1.5)), (0, (1, 1)), (0, (7, 1.5, 1, 1.5)), (0, (3, 3)), (0, (1, 3)), "-"),
)
MARKERS: tuple[str, ...] = ("o", "D", "^", "s", "v", "P", "X")
"""Beside the colours, for readers without any."""
_PLAIN, _OTHER, _RIM = "#8fb8d8", "0.6", "0.25"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Colours and which of them each value has: what a picture shows, for other means of drawing.

    `colours` from low to high, or one for each category of `names`; `shade` is a number of a
    colour for each value, None where there is no value; `low` and `high` are None for categories,
    of which 0 is one where all values are 0.
    """

    colours: list[str]
    shade: list[int | None]
    low: float | None = None
    high: float | None = None
    names: list[str] | None = None


def scale_of(values: pd.Series[Any]) -> Scale:
    """The colours that `plot_network` gives to these values."""
    there_are = known(values)
    found = numbers(values[there_are])
    if found is None or not len(found):
        colours = category_colours(values[there_are].to_list())
        own = list(dict.fromkeys(colours.values()))
        names = {colour: str(value) for value, colour in reversed(colours.items())}
        if _OTHER in names:
            names[_OTHER] = "others"
        given = zip(values, there_are, strict=True)
        shade = [own.index(colours[value]) if there else None for value, there in given]
        return Scale(
            colours=[_hex(colour) for colour in own],
            shade=shade,
            names=[names[colour] for colour in own],
        )
    from matplotlib import colormaps

    name, norm = scale(found)
    colours_of = colormaps[name]
    if not found.any():  # a scale would show numbers that there are not
        shade = [0 if there else None for there in there_are]
        return Scale(colours=[_hex(colours_of(0.5))], shade=shade, names=["0"])
    places = iter(np.minimum(np.ma.getdata(norm(found)) * 256, 255).astype(int))
    return Scale(
        colours=[_hex(colours_of(i)) for i in range(256)],
        shade=[int(next(places)) if there else None for there in there_are],
        low=norm.vmin,
        high=norm.vmax,
    )


def _hex(colour: Any) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colour)


def category_colours(values: Sequence[Any]) -> dict[Any, str]:
    """A colour for each category, those that are met most often first; the rest share a grey."""
    often = pd.Series(list(values), dtype=object).dropna()
    order = sorted(often.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    shared = len(order) > len(CATEGORIES)
    own = CATEGORIES[: len(CATEGORIES) - 1] if shared else CATEGORIES
    return {value: own[i] if i < len(own) else _OTHER for i, (value, _) in enumerate(order)}


def paint(
    ax: Axes, outlines: Sequence[FloatArray], values: pd.Series[Any] | None, *, thick: BoolArray
) -> None:
    """Draw nodes with their values' colours, and the scale or the legend that explains them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    outlines : sequence of n arrays (corners, 2)
    values : pandas.Series (n,) or None
        Numbers or categories; those without a finite value are hatched.
    thick : ndarray of bool (n,)
        Nodes with a thick outline.
    """
    from matplotlib.collections import PolyCollection

    width = np.where(thick, 0.9, 0.4)
    plain: dict[str, Any] = {"edgecolors": _RIM, "zorder": 3}
    if values is None:
        nodes = PolyCollection(outlines, facecolors=_PLAIN, linewidths=width, **plain)
        ax.add_collection(nodes)
        return
    there_are = known(values)
    shown = [outline for outline, there in zip(outlines, there_are, strict=True) if there]
    if shown:
        nodes = PolyCollection(shown, linewidths=width[there_are], **plain)
        nodes.set_gid("nodes")
        _colour(ax, nodes, values[there_are])
        ax.add_collection(nodes)
    hidden = [outline for outline, there in zip(outlines, there_are, strict=True) if not there]
    if hidden:
        rest = PolyCollection(
            hidden, facecolors="white", hatch="//////", linewidths=width[~there_are], **plain
        )
        rest.set_gid("without a value")
        ax.add_collection(rest)


def scale(values: FloatArray) -> tuple[str, Any]:
    """A colour map and its limits: diverging about 0 for numbers that change sign."""
    from matplotlib.colors import Normalize

    low, high = (float(f(values)) for f in (np.min, np.max))
    if low < 0.0 < high or low == high == 0.0:
        far = max(-low, high) or 1.0
        return "RdBu_r", Normalize(-far, far)
    if high - low < 1e-6 * max(high, -low):  # all the same: rounding is no difference
        low, high = min(low, 0.0), max(high, 0.0)
    return "viridis", Normalize(low, high)


def _colour(ax: Axes, nodes: Any, values: pd.Series[Any]) -> None:
    from matplotlib.patches import Patch

    name = words(values.name)
    found = numbers(values)
    if found is not None and len(found):
        colour_map, norm = scale(found)
        nodes.set(array=found, cmap=colour_map, norm=norm)
        figure = ax.get_figure()
        if figure is not None:
            bar = ax.inset_axes((1.02, 0.15, 0.03, 0.7))
            figure.colorbar(nodes, cax=bar, label=name, ticks=None if found.any() else [0.0])
    elif len(values):
        colours = category_colours(values.to_list())
        nodes.set_facecolor([colours[value] for value in values])
        names = {c: str(v) if c != _OTHER else "others" for v, c in colours.items()}
        handles = [Patch(facecolor=c, label=text) for c, text in names.items()]
        beside(ax, handles=handles, title=name)
