"""The figure of the study pitchfork."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic.analyses import pictures

from ._words import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw"]

STABLE, UNSTABLE = "#0072B2", "#D55E00"
LINES = {
    "contraction bound": ("#999999", ":"),
    "definiteness bound": ("#56B4E9", "-."),
    "convexity threshold": ("#009E73", "--"),
    "uniqueness threshold": ("#E69F00", "--"),
    "multistability onset": ("#CC79A7", "-"),
    "onset": ("#000000", ":"),
}
POINTS = {
    "fold": ("s", "#000000"),
    "pitchfork (supercritical)": ("o", "#009E73"),
    "pitchfork (subcritical)": ("o", "#CC79A7"),
    "pitchfork (mixed)": ("P", "#CC79A7"),
    "transcritical": ("X", "#E69F00"),
}
NEAR_ZERO = 1.0
"""Strength below which the axis is linear; beyond it is logarithmic."""
MARKS = "osD^vP"


def draw(
    thresholds: pd.DataFrame, diagrams: pd.DataFrame, topology: pd.DataFrame, out: Path
) -> None:
    """Write figure.png and figure.svg: a diagram for each network, below them topology.

    Parameters
    ----------
    thresholds, diagrams, topology : pandas.DataFrame
        The parts of the study's table; the last two may be empty.
    out : Path
        Folder.
    """
    names = list(diagrams["graph"].unique()) if len(diagrams) else []
    panels = len(names) + (2 if len(topology) else 0)
    if not panels:
        return
    rows = -(-panels // 2)
    with pictures.style():
        figure, axes = pictures.canvas(2, rows, size=(10.0, 3.3 * rows + 0.6))
        letters = _letters()
        for name, ax in zip(names, axes, strict=False):
            _diagram(diagrams[diagrams["graph"] == name], ax)
            _thresholds(thresholds[thresholds["graph"] == name], ax)
            ax.set_title(f"{next(letters)}  {name}")
        if names:
            _shared_legend(figure, axes[0])
        if len(topology):
            _chains(topology, axes[len(names)])
            axes[len(names)].set_title(f"{next(letters)}  length of the chain between two cliques")
            _densities(topology, axes[len(names) + 1])
            axes[len(names) + 1].set_title(f"{next(letters)}  modules joined by two connectors")
        for ax in axes[panels:]:
            ax.set_visible(False)
    pictures.save(figure, out / "figure.png", out / "figure.svg")


def _letters() -> Iterator[str]:
    return iter("abcdefghijklmnopqrstuvwxyz")


def _diagram(rows: pd.DataFrame, ax: Axes) -> None:
    """Branches, stable solid and unstable dashed, and special points."""
    states = rows[rows["row"] == "state"]
    for _, branch in states.groupby("branch", sort=False):
        stable = branch["stable"].to_numpy(dtype=bool)
        x, y = branch["strength"].to_numpy(), branch["across"].to_numpy(dtype=float)
        cuts = np.flatnonzero(stable[1:] != stable[:-1]) + 1
        for run in np.split(np.arange(len(x)), cuts):
            solid = stable[run[0]]
            if not solid:  # to the stable points beside it, so that the branch has no gap
                run = np.arange(max(run[0] - 1, 0), min(run[-1] + 2, len(x)))
            ax.plot(
                x[run], y[run], "-" if solid else "--", color=STABLE if solid else UNSTABLE,
                linewidth=1.6 if solid else 0.7, alpha=1.0 if solid else 0.7,
                zorder=3 if solid else 2, label="stable" if solid else "unstable",
            )  # fmt: skip
    for kind, points in rows[rows["row"] == "point"].groupby("kind"):
        mark, colour = POINTS.get(str(kind), ("*", "#000000"))
        ax.plot(
            points["strength"], points["across"], mark, color=colour, markersize=4.5,
            markeredgecolor="white", markeredgewidth=0.4, zorder=4, linestyle="", label=str(kind),
        )  # fmt: skip
    _strength_axis(ax, states["strength"])
    ax.set_ylabel("rates along the mode")


def _strength_axis(ax: Axes, strengths: pd.Series[float]) -> None:
    ax.set_xscale("symlog", linthresh=NEAR_ZERO, linscale=0.6)
    low, high = float(strengths.min()), float(strengths.max())
    ax.set_xlim(high, low)
    ticks = [tick for tick in (1.0, 0.0, -1.0, -2.0, -5.0, -10.0, -20.0) if low <= tick <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.axvspan(0.0, high, color="0.94", zorder=0)
    ax.set_xlabel("strength (grey: Hebbian)")


def _thresholds(rows: pd.DataFrame, ax: Axes) -> None:
    low = min(ax.get_xlim())
    for row in each(rows):
        if row.quantity in LINES and np.isfinite(row.strength) and row.strength >= low:
            colour, dashes = LINES[str(row.quantity)]
            ax.axvline(
                float(row.strength), color=colour, linestyle=dashes,
                linewidth=1.3, zorder=1, label=str(row.quantity),
            )  # fmt: skip


def _shared_legend(figure: Figure, ax: Axes) -> None:
    """One legend for all diagrams, above them."""
    seen: dict[str, Any] = {}
    for one in figure.axes:
        for handle, text in zip(*one.get_legend_handles_labels(), strict=True):
            seen.setdefault(text, handle)
    order = [name for name in ("stable", "unstable", *POINTS, *LINES) if name in seen]
    figure.legend([seen[name] for name in order], order, loc="outside upper center", ncols=5)


def _chains(table: pd.DataFrame, ax: Axes) -> None:
    """Onset over the length of the chain, a line for each size of cliques."""
    rows = table[(table["density"] == 1.0) & (table["links"] == 1.0)]
    sizes = sorted(rows["module_size"].unique())
    for colour, mark, size in zip(_blues(len(sizes)), MARKS, sizes, strict=False):
        _onsets(rows[rows["module_size"] == size], "path_length", ax, colour, mark,
                f"cliques of {size:g}")  # fmt: skip
    ax.set_xlabel("connectors in the chain")
    _finish(ax, table)


def _densities(table: pd.DataFrame, ax: Axes) -> None:
    """Onset over the density of modules, with the share of the mode on connectors as colour."""
    rows = table[(table["links"] == 1.0) & (table["path_length"] == 2.0)]
    found = rows[np.isfinite(rows["second"])]
    drawn = ax.scatter(
        found["mean_degree"], found["second"], c=found["on_connectors"], cmap="cividis",
        vmin=0.0, vmax=1.0, s=24, zorder=3, label="second stable state",
    )  # fmt: skip
    base = rows[np.isfinite(rows["base"])]
    ax.scatter(
        base["mean_degree"], base["base"], s=60, facecolors="none", edgecolors="0.3",
        linewidth=0.8, label="base state loses stability", zorder=2,
    )  # fmt: skip
    ax.figure.colorbar(drawn, ax=ax, label="mode on connectors (share)")
    ax.set_xlabel("mean degree")
    ax.set_yscale("log")
    _log_ticks(ax, pd.concat([found["second"], base["base"]]).max())
    ax.set_ylabel("|strength|")
    ax.legend(loc="best")


def _onsets(rows: pd.DataFrame, over: str, ax: Axes, colour: object, mark: str, label: str) -> None:
    rows = rows.sort_values(over)
    found = rows[np.isfinite(rows["second"])]
    none = rows[~np.isfinite(rows["second"])]
    ax.plot(found[over], found["second"], mark + "-", color=colour, markersize=4.5, label=label)
    ax.plot(none[over], none["limit"], "^", color=colour, markersize=6, fillstyle="none")


def _finish(ax: Axes, table: pd.DataFrame) -> None:
    ax.set_yscale("log")
    _log_ticks(ax, table["limit"].max())
    ax.set_ylabel("|strength| of the second stable state")
    ax.plot([], [], "^", color="0.3", fillstyle="none", label="none up to here")
    ax.legend(loc="best")


def _log_ticks(ax: Axes, largest: float) -> None:
    ticks = [tick for tick in (5, 7, 10, 15, 20, 30, 60) if tick <= 1.1 * largest]
    ax.set_yticks(ticks, [f"{tick}" for tick in ticks])
    ax.minorticks_off()


def _blues(many: int) -> list[object]:
    import seaborn as sns

    return list(sns.color_palette("Blues", as_cmap=True)(np.linspace(0.45, 1.0, max(many, 1))))
