"""Lines: activities in time, basins of attraction with their cycles, and branches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic._support import BoolArray, FloatArray, Node
from netplastic.dynamics import Attractor, Attractors

from ._colours import CATEGORIES, DASHES
from ._figures import beside, few, new_axes, style, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_attractors", "draw_branches", "draw_traces"]

_TRACED = 3
_KINDS = {"fixed point": ("o", CATEGORIES[0]), "limit cycle": ("D", CATEGORIES[1])}
_POINTS = {
    "fold": ("s", "#000000"),
    "pitchfork (supercritical)": ("o", "#009E73"),
    "pitchfork (subcritical)": ("v", "#CC79A7"),
    "pitchfork (mixed)": ("P", "#CC79A7"),
    "transcritical": ("X", "#E69F00"),
    "hopf": ("D", "#56B4E9"),
}


def draw_traces(
    times: FloatArray, activity: FloatArray, nodes: Sequence[Node], *, ax: Axes | None = None
) -> Axes:
    """Draw activities (times, n) over time; up to seven nodes are told apart and named."""
    ax = new_axes(ax)
    with style():
        few = len(nodes) <= len(CATEGORIES)
        for number, node in enumerate(nodes):
            look = number % len(CATEGORIES)
            ax.plot(
                times, activity[:, number], color=CATEGORIES[look], linewidth=1.2,
                linestyle=DASHES[look] if few else "-", alpha=1.0 if few else 0.7,
                label=_text(node) if few else None,
            )  # fmt: skip
        ax.set_xlabel("time (units of tau)")
        ax.set_ylabel("activity")
        if 1 < len(nodes) <= len(CATEGORIES):
            beside(ax, title="node", handlelength=2.5)
    return ax


def draw_attractors(found: Attractors, ax: Axes | None = None) -> Axes:
    """Draw shares of the trials with their intervals, cycles beside; see `Attractors.plot`."""
    ax = new_axes(ax)
    cycles = [(k, one) for k, one in enumerate(found) if one.kind == "limit cycle"]
    with style():
        said = f"{found.trials:,} trials, learning rate {found.learning_rate:g}"
        if len(cycles) > _TRACED:
            said += f"\n{_TRACED} of {len(cycles)} cycles beside"
        ax.set_title(said, fontsize=9)
        if not cycles:
            _shares(ax, found)
            return ax
        ax.set_axis_off()
        _shares(ax.inset_axes((0.0, 0.0, 0.36, 1.0)), found, room=15)
        shown = cycles[:_TRACED]
        longest = max(cycle.period for _, cycle in shown)
        for row, (number, cycle) in enumerate(shown):
            height = 1.0 / len(shown)
            panel = ax.inset_axes((0.62, 1.0 - (row + 0.65) * height, 0.38, 0.5 * height))
            _cycle(panel, cycle, named=row == len(shown) // 2)
            panel.set_title(f"cycle {number}", fontsize=8, pad=2)
            panel.set_ylabel("activity" if row == len(shown) // 2 else "")
            last = row == len(shown) - 1
            panel.set_xlim(-0.05 * longest, 1.05 * longest)  # one axis below serves all
            panel.tick_params(labelbottom=last)
            panel.set_xlabel("time (units of tau)" if last else "")
    return ax


def _cycle(ax: Axes, cycle: Attractor, *, named: bool) -> None:
    times = np.linspace(0.0, cycle.period, len(cycle.activity) + 1)
    draw_traces(times, np.vstack([cycle.activity, cycle.activity[:1]]), cycle.net.nodes, ax=ax)
    ax.locator_params(nbins=3)
    legend = ax.get_legend()
    if legend is not None and not named:
        legend.remove()


def _shares(ax: Axes, found: Attractors, room: int = 30) -> None:
    table = found.to_frame()
    for kind, rows in table.groupby("kind", sort=False):
        marker, colour = _KINDS.get(str(kind), ("x", "0.4"))
        share = rows["share"].to_numpy()
        ends = rows[["share_low", "share_high"]].to_numpy().T
        ax.errorbar(
            rows.index, share, yerr=np.maximum([share - ends[0], ends[1] - share], 0.0),
            fmt=marker, color=colour, markersize=5, linewidth=1.2, label=str(kind),
        )  # fmt: skip
    ticks = few(len(found), room)
    labels = [str(tick) for tick in ticks]
    if found.unsettled:
        ticks, labels = [*ticks, len(found)], [*labels, "?"]
    ax.set_xticks(ticks, labels=labels)
    ax.set_xlim(-0.6, max(len(table), 1) - 0.4)
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel("attractor")
    ax.set_ylabel("share of trials (95 %)")
    if table["kind"].nunique() > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.2))


def draw_branches(
    lines: pd.DataFrame,
    points: pd.DataFrame,
    *,
    x: str,
    y: str,
    span: tuple[float, float],
    ax: Axes | None = None,
) -> Axes:
    """Draw branches over a parameter, stable ones solid; see `BifurcationDiagram.plot`.

    Parameters
    ----------
    lines : pandas.DataFrame
        One row per point of a branch: branch, stable, x and y.
    points : pandas.DataFrame
        One row per special point: kind, x and y.
    x, y : str
        Names of columns: the parameter, and what is drawn over it.
    span : tuple of float
        First and last value of the parameter.
    ax : matplotlib.axes.Axes or None
    """
    ax = new_axes(ax)
    looks: dict[bool, dict[str, Any]] = {
        True: {"color": CATEGORIES[0], "linestyle": "-", "linewidth": 1.6, "zorder": 2},
        False: {"color": CATEGORIES[1], "linestyle": "--", "linewidth": 1.0, "zorder": 1},
    }
    with style():
        for _, branch in lines.groupby("branch", sort=False):
            places, heights = branch[x].to_numpy(), branch[y].to_numpy()
            for part, stable in _runs(branch["stable"].to_numpy()):
                ax.plot(places[part], heights[part], **looks[stable])
        for kind, marked in points.groupby("kind", sort=False):
            marker, colour = _POINTS[str(kind)]
            ax.plot(
                marked[x].to_numpy(), marked[y].to_numpy(), linestyle="", marker=marker,
                color=colour, markeredgecolor="white", markersize=7, zorder=3,
                label=str(kind).replace(" (", "\n("),
            )  # fmt: skip
        for stable, word in ((True, "stable"), (False, "unstable")):
            ax.plot([], [], **looks[stable], label=word)
        ax.set_xlabel(words(x))
        ax.set_ylabel(words(y))
        ax.set_xlim(*span)
        beside(ax)
    return ax


def _runs(stable: BoolArray) -> list[tuple[slice, bool]]:
    """Runs of equal stability; each reaches the first point of the next, so lines join up."""
    cuts = [0, *(np.flatnonzero(stable[1:] != stable[:-1]) + 1).tolist(), len(stable)]
    return [(slice(a, min(b + 1, len(stable))), bool(stable[a])) for a, b in pairwise(cuts)]


def _text(node: Node) -> str:
    """A label as it is: no mathematics, no meaning of a first underscore."""
    text = str(node)[:24].replace("$", r"\$")
    return f"\u200b{text}" if text.startswith("_") else text
