"""Figures: functions that draw a table on given axes, and files that appear whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic.analyses import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["canvas", "counts_by_group", "effects", "save", "style"]

DOTS_PER_INCH = 160
# Colours of Okabe and Ito, which colour-blind readers tell apart.
CHOKE, OTHER = "#D55E00", "#0072B2"
HEBBIAN = "#009E73"
ANTI_HEBBIAN = "Blues"
LEGEND_DROP = 0.45
"""Inches from the lower edge of the axes to the legend: room for the ticks and the label."""
NOTHING = -1.0
"""Where a count of 0, whose logarithm is -inf, is drawn."""
STYLE: dict[Any, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "font.size": 9,
    "svg.hashsalt": "netplastic",
    "svg.fonttype": "none",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of these figures inside the block, whatever the user's settings."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield


def canvas(columns: int = 1, rows: int = 1, *, size: tuple[float, float] = (6.0, 4.0)) -> Any:
    """Make a figure of its own, apart from pyplot and its windows, with a list of axes.

    Parameters
    ----------
    columns, rows : int
    size : tuple of float
        Width and height of the whole, in inches.

    Examples
    --------
    >>> figure, axes = canvas(2)
    >>> len(axes)
    2
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.ravel())


def counts_by_group(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how log2 stable counts are distributed at choke points and at other nodes.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns graph, node, log2_stable, is_choke; one row for each node.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        A row for each graph; the area of a dot is the share of the group's nodes that have the
        count, the bar is the group's mean (over nodes with at least one stable state).
    """
    import seaborn as sns

    ax = canvas()[1][0] if ax is None else ax
    names = list(table["graph"].unique())
    rows = pd.DataFrame(
        {
            "y": [names.index(name) for name in table["graph"]],
            "bits": table["log2_stable"].astype(float).replace(-np.inf, NOTHING),
            "group": np.where(table["is_choke"], "choke points", "other nodes"),
        }
    )
    shift = {"choke points": -0.17, "other nodes": 0.17}
    rows["y"] += rows["group"].map(shift)
    dots = rows.groupby(["y", "group"])["bits"].value_counts(normalize=True).reset_index()
    sns.scatterplot(
        data=dots, x="bits", y="y", hue="group", hue_order=list(shift), size="proportion",
        sizes=(8, 110), size_norm=(0.0, 1.0), palette=[CHOKE, OTHER], linewidth=0, alpha=0.75,
        ax=ax,
    )  # fmt: skip
    means = rows[rows["bits"] > NOTHING].groupby(["y", "group"])["bits"].mean().reset_index()
    for colour, group in zip((CHOKE, OTHER), shift, strict=True):
        of = means[means["group"] == group]
        ax.vlines(of["bits"], of["y"] - 0.15, of["y"] + 0.15, color=colour, linewidth=2)
    _rows_for(ax, names)
    ax.set_xlabel("stable equilibria per neighborhood (log2, bits)")
    if (rows["bits"] == NOTHING).any():
        ticks = [tick for tick in ax.get_xticks() if tick >= 0]
        ax.set_xticks([NOTHING, *ticks], ["none", *(f"{tick:g}" for tick in ticks)])
    ax.plot([], [], "|", color="0.3", markersize=9, markeredgewidth=2, label="mean")
    _legend(ax, [*shift, "mean"])
    return ax


def effects(found: pd.DataFrame, names: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Draw the effect of being a choke point, with its confidence interval.

    Parameters
    ----------
    found : pandas.DataFrame
        Columns graph, strength and those of `netplastic.amplification`; drawn is the comparison
        "matched" (the mean excess over other nodes of equal degree) for choke points of all kinds.
    names : sequence of str
        Graphs in the order of the rows.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        A row for each graph, a colour for each strength.
    """
    ax = canvas()[1][0] if ax is None else ax
    strengths = sorted(found["strength"].unique(), reverse=True)
    palette = strength_colours(strengths)
    step = 0.7 / max(len(strengths), 1)
    for number, strength in enumerate(strengths):
        drawn = _matched(found[found["strength"] == strength])
        y = np.array([names.index(name) for name in drawn["graph"]], dtype=float)
        y += (number - (len(strengths) - 1) / 2) * step
        colour = palette[strength]
        ax.hlines(y, drawn["low"], drawn["high"], color=colour, linewidth=1.4)
        ax.scatter(drawn["effect"], y, s=22, color=colour, zorder=3)
        ax.scatter([], [], s=22, color=colour, label=f"{strength:g}")
    ax.axvline(0.0, color="0.6", linewidth=0.8, zorder=0)
    _rows_for(ax, names)
    ax.set_xlabel("excess over nodes of equal degree (bits, 95% interval)")
    _legend(ax, title="strength")
    return ax


def strength_colours(strengths: Sequence[float]) -> dict[float, Any]:
    """Colour of each strength: green for Hebbian, darker blues for stronger anti-Hebbian."""
    import seaborn as sns

    anti = sorted((value for value in strengths if value < 0), reverse=True)
    shades = sns.color_palette(ANTI_HEBBIAN, as_cmap=True)(np.linspace(1.0, 0.4, len(anti))[::-1])
    hebbian = sorted(value for value in strengths if value >= 0)
    return dict(zip(anti, shades, strict=True)) | dict.fromkeys(hebbian, HEBBIAN)


def _matched(found: pd.DataFrame) -> pd.DataFrame:
    """Effects at equal degree, where there is one: one row for each graph."""
    drawn = (found["comparison"] == "matched") & (found["choke_kind"] == "all")
    return found[drawn & found["effect"].notna()]


def _rows_for(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_ylabel("")
    for line in range(1, len(names)):
        ax.axhline(line - 0.5, color="0.92", linewidth=0.8, zorder=0)
    ax.tick_params(axis="y", length=0)


def _legend(ax: Axes, only: Sequence[str] | None = None, title: str | None = None) -> None:
    """Put the legend below the axes and their label, where it covers nothing."""
    from matplotlib.transforms import ScaledTranslation

    handles, texts = ax.get_legend_handles_labels()
    kept = [
        (handle, text)
        for handle, text in zip(handles, texts, strict=True)
        if only is None or text in only
    ]
    if title is not None:
        kept.insert(0, (ax.scatter([], [], alpha=0.0), f"{title}:"))
    below = ax.transAxes + ScaledTranslation(0.0, -LEGEND_DROP, ax.figure.dpi_scale_trans)
    ax.legend(
        *zip(*kept, strict=True),
        loc="upper left", bbox_to_anchor=(0.0, 0.0), bbox_transform=below, ncols=len(kept),
        handletextpad=0.2, columnspacing=1.2, borderaxespad=0.0,
    )  # fmt: skip


def save(figure: Figure, *paths: Path) -> None:
    """Write a figure in the formats that the files' endings name; equal figures, equal files."""
    for path in paths:
        kind = path.suffix.lower().removeprefix(".")
        # Without a date a file depends on nothing but what it shows.
        stamp = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        with style(), whole(path) as pending:
            figure.savefig(pending, format=kind, dpi=DOTS_PER_INCH, metadata=stamp)
