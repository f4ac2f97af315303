"""The figure of the study connectome."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic.analyses import pictures

from ._connectome_finding import RATES
from ._words import each

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

CHOKE, OTHER, BLACK = "#D55E00", "#0072B2", "#000000"
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]
NAMED = ("RIPL", "RIPR")
"""Nodes that are written into the panels: the pair that links pharynx and soma."""
ALIVE = 5.0
"""Where a state that lives on below the weakest strength is drawn."""


def draw(own: pd.DataFrame, balls: pd.DataFrame, born: pd.DataFrame, out: Path) -> None:
    """Write figure.png and figure.svg: totals, counts per ball, births.

    Parameters
    ----------
    own, balls, born : pandas.DataFrame
        The parts of the study's table; the last two may be empty.
    out : Path
        Folder.
    """
    cases = list(balls.groupby(["graph", "autapses", "scope"], sort=False)) if len(balls) else []
    followed = born[born["status"] == "followed"] if "born" in born else born.iloc[:0]
    panels = 1 + len(cases) + bool(len(followed))
    columns = min(3, panels)
    rows = -(-panels // columns)
    with pictures.style():
        figure, axes = pictures.canvas(columns, rows, size=(4.6 * columns, 3.7 * rows))
        _totals(own, axes[0])
        axes[0].set_title("a  stable states in the strong limit")
        letters = iter("bcdefghijklm")
        for ax, ((graph, autapses, scope), part) in zip(axes[1:], cases, strict=False):
            _balls(part, ax)
            loops = "" if autapses == "removed" else ", with autapses"
            ax.set_title(f"{next(letters)}  {graph}{loops}: {scope}")
        if len(followed):
            _births(followed, axes[panels - 1])
            axes[panels - 1].set_title(f"{next(letters)}  where limit states are born")
        for ax in axes[panels:]:
            ax.set_visible(False)
    pictures.save(figure, out / "figure.png", out / "figure.svg")


def _totals(own: pd.DataFrame, ax: Axes) -> None:
    """Bars of log2 counts; an arrow where a count is only a lower bound."""
    labels = []
    for number, row in enumerate(each(own)):
        exact = row.status == "certified"
        bits = max(float(row.log2_stable), 0.0)
        ax.barh(number, bits, color=OTHER if exact else "none", edgecolor=OTHER, height=0.6)
        if not exact:
            ax.annotate("", (bits + 3.0, number), (bits, number),
                        arrowprops={"arrowstyle": "->", "color": OTHER})  # fmt: skip
        labels.append(f"{row.graph},\nautapses {row.autapses}")
    ax.set_xlim(0.0, 1.3 * max(float(own["log2_stable"].max()), 1.0) + 3.0)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xlabel("log2 count (open with arrow: at least)")


def _balls(rows: pd.DataFrame, ax: Axes) -> None:
    """Counts over degree, choke points coloured, RIP neurons named."""
    some = rows[rows["n_stable"].astype(float) > 0]
    shift = np.random.default_rng(0).uniform(-0.12, 0.12, len(some))
    for choke, colour, label in ((False, OTHER, "other nodes"), (True, CHOKE, "choke points")):
        chosen = some["is_choke"].to_numpy(dtype=bool) == choke
        ax.plot(
            some["degree"][chosen] + shift[chosen], some["log2_stable"][chosen], "o", color=colour,
            markersize=4, alpha=0.65, markeredgewidth=0, label=label, zorder=2 + choke,
        )  # fmt: skip
    for row in each(rows[rows["node"].isin(NAMED)]):
        if row.n_stable > 0:
            up = 8 if row.node == NAMED[0] else -13
            ax.annotate(row.node, (row.degree, row.log2_stable), (6, up), color=BLACK,
                        textcoords="offset points", fontsize=8,
                        arrowprops={"arrowstyle": "-", "linewidth": 0.6})  # fmt: skip
    ax.set_xlabel("degree")
    ax.set_ylabel("states of the ball (log2, bits)")
    ax.legend(loc="best")


def _births(rows: pd.DataFrame, ax: Axes) -> None:
    """One row of marks for each state: born, and stable from there on at each learning rate."""
    labels = []
    for number, row in enumerate(each(rows)):
        ax.plot(max(row.born, ALIVE), number, "|", color="0.3", markersize=10)
        labels.append(f"{str(row.graph).split()[0]}, {row.autapses}, {row.state:g}")
    for place, rate in enumerate(RATES):
        found = rows[f"stable_{rate:g}"].to_numpy(dtype=float)
        finite = np.isfinite(found)
        ax.plot(
            found[finite], np.arange(len(rows))[finite], "osD"[place % 3], markersize=7 - 2 * place,
            color=COLOURS[place], alpha=0.8, label=f"stable at rate {rate:g}",
        )  # fmt: skip
    ax.plot([], [], "|", color="0.3", markersize=10, label="born")
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xscale("log")
    highest = rows[[f"stable_{rate:g}" for rate in RATES]].replace(np.inf, np.nan).max().max()
    ticks = [tick for tick in (5, 10, 20, 50, 100, 200, 500, 1_000) if tick < 1.2 * highest]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("|strength| (network, autapses, state)")
    ax.legend(loc="best")
