"""Equilibria as columns of a picture: which node is high in which state."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic._support import IntArray
from netplastic.equilibria import Equilibria

from ._colours import scale
from ._figures import few, new_axes, style
from ._values import Modules, graph_of, modules_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_equilibria"]

_MOST = 1000
_NAMED = 14
"""So many lines of text find room beside the states in a figure of 85 mm."""


def draw_equilibria(found: Equilibria, ax: Axes | None = None) -> Axes:
    """Draw the states as columns over the nodes; see `Equilibria.plot`."""
    ax = new_axes(ax)
    modules = modules_of(graph_of(found.net), None)
    n = found.net.n
    order = np.argsort(np.where(modules.number < 0, n, modules.number), kind="stable")
    table = found.to_frame()
    first = table.iloc[:: max(n, 1)]
    kinds = np.where(first["stable"], 0, np.where(first["undecided"], 1, 2))
    columns = np.argsort(kinds, kind="stable")[:_MOST]
    rates = table["rate"].to_numpy(dtype=np.float64).reshape(-1, n)[np.ix_(columns, order)].T
    with style():
        if len(columns):
            colours, norm = scale(rates)
            image = ax.imshow(
                rates, cmap=colours, norm=norm, aspect="auto", interpolation="nearest"
            )
            figure = ax.get_figure()
            if figure is not None:
                figure.colorbar(image, cax=ax.inset_axes((1.03, 0.15, 0.03, 0.7)), label="rate")
            _name_states(ax, columns, kinds[columns])
        _name_nodes(ax, found, modules, order)
        ax.set_title(_title(found, len(columns)), fontsize=9, pad=16.0)
    return ax


def _title(found: Equilibria, drawn: int) -> str:
    what = "stable equilibria" if found.stable_only else "equilibria"
    notes = [f"{len(found)} picked"] if found.selected else []
    if drawn < len(found):
        notes.append(f"{drawn:,} of {len(found):,} drawn")
    return "\n".join([f"{what}: {found.count.short}", *(["; ".join(notes)] if notes else [])])


def _name_states(ax: Axes, columns: IntArray, kinds: IntArray) -> None:
    """Number the states as in the list, and say above which of them are stable."""
    count = len(columns)
    ax.set_xticks(few(count), labels=[str(columns[place]) for place in few(count)])
    ax.set_xlabel("number in the list")
    cuts = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), count]
    for a, b in pairwise(cuts):
        word = ("stable", "undecided", "unstable")[kinds[a]]
        alone, last = len(cuts) == 2, b == count
        place = (a + b - 1) / 2.0 if alone or (a > 0 and not last) else b - 0.5 if last else -0.5
        side = "center" if alone or (a > 0 and not last) else "right" if last else "left"
        ax.annotate(
            word, (place, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
            textcoords="offset points", ha=side, va="bottom", fontsize=8, annotation_clip=False,
        )  # fmt: skip
        if not last:
            ax.axvline(b - 0.5, color="white", linewidth=2.5)
            ax.axvline(b - 0.5, color="black", linewidth=0.8, linestyle="--")


def _name_nodes(ax: Axes, found: Equilibria, modules: Modules, order: IntArray) -> None:
    """Name few nodes one by one, many by their modules; lines between modules."""
    number = modules.number[order]
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(order)]
    for cut in cuts[1:-1]:
        ax.axhline(cut - 0.5, color="white", linewidth=0.8)
    by = "Louvain module" if modules.source else "module"
    ax.set_ylabel(f"nodes, by {by}")
    if len(order) <= _NAMED:
        names = pd.Series(found.nodes, dtype=object).map(str).str.slice(0, 24)
        ax.set_yticks(range(len(order)), labels=names.iloc[order], parse_math=False)
        return
    places: list[float] = []
    names_of: list[str] = []
    for a, b in pairwise(cuts):
        middle = (a + b - 1) / 2.0
        if not places or middle - places[-1] >= len(order) / _NAMED:
            places.append(middle)
            names_of.append(str(modules.labels[number[a]])[:24] if number[a] >= 0 else "none")
    ax.set_yticks(places, labels=names_of, parse_math=False)
