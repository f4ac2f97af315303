"""The figure of the study learning-rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic.analyses import pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
MARKS = "osD^vP"
NEVER = 1e-5
"""Where a critical rate of 0 (stable at every rate) is drawn."""


def draw(own: pd.DataFrame, critical: pd.DataFrame, decays: pd.DataFrame, out: Path) -> None:
    """Write figure.png and figure.svg: the three readings and the critical rates.

    Parameters
    ----------
    own, critical, decays : pandas.DataFrame
        The parts of the study's table; the last two may be empty.
    out : Path
        Folder.
    """
    with pictures.style():
        figure, axes = pictures.canvas(2, 2, size=(10.5, 7.6))
        _over_rates(own, "n_stable", axes[0])
        axes[0].set_title("a  timescale: states that are stable")
        axes[0].set_ylabel("stable states")
        handles, texts = axes[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside upper center", ncols=4, title="a and b")
        _over_rates(own, "effective", axes[1])
        axes[1].set_title("b  basins: states that are found")
        axes[1].set_ylabel("effective number of attractors")
        _critical(critical, axes[2])
        axes[2].set_title("c  critical learning rate of each state")
        _decays(decays, axes[3])
        axes[3].set_title("d  decay: how far states move")
    pictures.save(figure, out / "figure.png", out / "figure.svg")


def _looks(table: pd.DataFrame) -> dict[Any, tuple[str, str]]:
    names = list(table["graph"].unique())
    return {name: (COLOURS[i % 6], MARKS[i % 6]) for i, name in enumerate(names)}


def _over_rates(rows: pd.DataFrame, column: str, ax: Axes) -> None:
    """One line for a network and a strength; open marks where trials oscillate or are unsettled."""
    looks = _looks(rows)
    strengths = sorted(rows["strength"].unique(), reverse=True)
    for (name, strength), group in rows.groupby(["graph", "strength"], sort=False):
        group = group[np.isfinite(group["learning_rate"])].sort_values("learning_rate")
        colour, mark = looks[name]
        style = ("-", "--", ":")[strengths.index(strength) % 3]
        ax.plot(group["learning_rate"], group[column], style, color=colour,
                label=f"{name}, {strength:g}")  # fmt: skip
        still = (group["share_cycles"] == 0) & (group["share_unsettled"] == 0)
        for chosen, fill in ((still, "full"), (~still, "none")):
            of = group[chosen]
            ax.plot(of["learning_rate"], of[column], mark, color=colour, fillstyle=fill,
                    markersize=5)  # fmt: skip
    ax.plot([], [], "o", color="0.3", fillstyle="none", label="some trials do not come to rest")
    ax.set_xscale("log")
    ax.set_xlabel("learning rate (1/time)")
    ax.set_ylim(bottom=0.0)


def _critical(rows: pd.DataFrame, ax: Axes) -> None:
    if "critical_rate" not in rows:
        ax.set_visible(False)
        return
    rows = rows[rows["critical_rate"].notna()]
    names = list(rows["graph"].unique())
    strengths = sorted(rows["strength"].unique(), reverse=True)
    for number, strength in enumerate(strengths):
        of = rows[rows["strength"] == strength]
        y = np.array([names.index(name) for name in of["graph"]], dtype=float)
        y += (number - (len(strengths) - 1) / 2) * 0.22
        ax.scatter(of["critical_rate"].clip(lower=NEVER), y, s=20, color=COLOURS[number],
                   marker=MARKS[number], alpha=0.6, label=f"{strength:g}")  # fmt: skip
    ax.set_xscale("log")
    ax.set_yticks(range(len(names)), names)
    ticks = [NEVER, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    ax.set_xticks(ticks, ["never", *(f"{tick:g}" for tick in ticks[1:])])
    ax.minorticks_off()
    ax.set_xlabel("unstable below this learning rate (1/time)")
    ax.legend(title="strength", loc="best")


def _decays(rows: pd.DataFrame, ax: Axes) -> None:
    if rows.empty:
        ax.set_visible(False)
        return
    looks = _looks(rows)
    for name, group in rows.groupby("graph", sort=False):
        colour, mark = looks[name]
        group = group.sort_values("decay")
        ax.plot(group["decay"], group["sensitivity"], mark + "-", color=colour, markersize=4,
                label=name)  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("decay of the weights (1/time)")
    ax.set_ylabel("|change of rates| per log decay")
    ax.legend(loc="best")
