"""Panels of the figure of choke-points: effects per network, and counts against what makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CHOKE", "OTHER", "by_node", "effects", "label", "neighbor_edges", "strengths"]

CHOKE, OTHER = "#D55E00", "#0072B2"
"""Okabe and Ito, which colour-blind readers tell apart."""
GRAPH = "0.72"
FEWEST = 5
"""Nodes that a mean is drawn of."""

_NAMES = {
    "dumbbell_random": "dumbbell, random",
    "ring_of_modules_sparse": "ring, sparse modules",
    "ring_of_modules": "ring of modules",
    "ring_of_modules_dense": "ring, dense modules",
    "star_of_modules": "star of modules",
    "planted_partition": "planted partition",
    "caveman_rewired": "caveman, rewired",
    "hierarchical_modules": "hierarchical modules",
    "celegans_gap_loopless": "C. elegans, gap",
    "celegans_gap": "C. elegans, gap, loops",
    "celegans_loopless": "C. elegans, chemical",
    "celegans": "C. elegans, chem., loops",
}


def label(name: str) -> str:
    """Name of a network as the figures have it."""
    return _NAMES.get(name, name.replace("_", " "))


def effects(rows: pd.DataFrame, names: Sequence[str], ax: Axes) -> Axes:
    """Draw the excess of choke points, a row for each network.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `compare`: one part, scope, strength and comparison, choke points of all kinds.
    names : sequence of str
        Networks from the top.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Small dots are graphs of a family, a large dot and a line their mean and its interval; a
        diamond is one measured network, hollow where counts that enter are lower bounds.
    """
    for y, name in enumerate(names):
        here = rows[(rows["graph"] == name) & rows["effect"].notna()]
        graphs, mean = here[here["level"] == "graph"], here[here["level"] == "ensemble"]
        if len(mean):
            # Beside each other in the order of their seeds: what overlaps would hide.
            spread = np.linspace(-0.26, 0.26, len(graphs)) if len(graphs) > 1 else np.zeros(1)
            ax.scatter(graphs["effect"], y + spread, s=6, color=GRAPH, linewidth=0, zorder=2)
            ax.hlines(
                [y] * len(mean), mean["low"], mean["high"], color=CHOKE, linewidth=2.2, zorder=3
            )
            ax.scatter(mean["effect"], [y] * len(mean), s=30, color=CHOKE, zorder=4)
        elif len(graphs):
            proved = (graphs["status"] == "certified").any()
            ax.hlines([y] * len(graphs), graphs["low"], graphs["high"], color="0.25", linewidth=1.4)
            ax.scatter(
                graphs["effect"], [y] * len(graphs), s=26, marker="D", zorder=4,
                facecolor="0.25" if proved else "white", edgecolor="0.25",
            )  # fmt: skip
    ax.axvline(0.0, color="0.5", linewidth=0.8, zorder=1)
    ax.set_yticks(range(len(names)), [label(name) for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    return ax


def neighbor_edges(
    rows: pd.DataFrame, ax: Axes, degrees: Sequence[int] = (3, 4, 5), *, named: bool = True
) -> Axes:
    """Draw mean log2 counts against the edges among neighbors, a line for each degree.

    Parameters
    ----------
    rows : pandas.DataFrame
        Nodes: degree, neighbor_edges, is_choke, log2_stable.
    ax : matplotlib.axes.Axes
    degrees : sequence of int, default (3, 4, 5)
    named : bool, default True
        Write the degree at the end of each line.

    Returns
    -------
    matplotlib.axes.Axes
        The area of a dot goes with the logarithm of the number of its nodes, at least five.
    """
    from matplotlib.ticker import MaxNLocator

    known = rows[np.isfinite(rows["log2_stable"].astype(float))]
    for choke, colour in ((False, OTHER), (True, CHOKE)):
        for degree in degrees:
            of = known[(known["degree"] == degree) & (known["is_choke"] == choke)]
            bits = of.groupby("neighbor_edges")["log2_stable"].agg(["mean", "size"])
            bits = bits[bits["size"] >= FEWEST]
            x, size = bits.index.to_numpy(dtype=float), bits["size"].to_numpy(dtype=float)
            ax.plot(x, bits["mean"], color=colour, linewidth=1.0, alpha=0.6)
            ax.scatter(x, bits["mean"], s=5 + 7 * np.log(size), color=colour, linewidth=0, zorder=3)
            if named and len(bits) and not choke:
                ax.annotate(
                    f"d = {degree}", (x[-1], float(bits["mean"].iloc[-1])), xytext=(5, 0),
                    textcoords="offset points", va="center", color=colour, fontsize=8,
                )  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_xlabel("edges among neighbors")
    return ax


def by_node(rows: pd.DataFrame, x: str, y: str, ax: Axes) -> Axes:
    """Draw a dot for each node, choke points above the others.

    Parameters
    ----------
    rows : pandas.DataFrame
        Nodes: is_choke and the columns x and y.
    x, y : str
        Names of columns; x holds whole numbers.
    ax : matplotlib.axes.Axes
    """
    from matplotlib.ticker import MaxNLocator

    known = rows[np.isfinite(rows[y].astype(float))]
    for choke, colour, name in ((False, OTHER, "other nodes"), (True, CHOKE, "choke points")):
        of = known[known["is_choke"] == choke]
        # Sideways, so that equal nodes of one degree do not hide each other.
        spread = 0.3 * (np.arange(len(of)) % 7 - 3) / 3
        ax.scatter(
            of[x].to_numpy(dtype=float) + spread, of[y], s=24 if choke else 12, color=colour,
            alpha=0.9 if choke else 0.5, linewidth=0, zorder=3 if choke else 2, label=name,
        )  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return ax


def strengths(rows: pd.DataFrame, names: Sequence[str], ax: Axes) -> Axes:
    """Draw the excess of choke points over strengths, the limit last; a line for each network.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `compare`: one scope; strength is -|k| / (15 d), or -inf.
    names : sequence of str
    ax : matplotlib.axes.Axes
    """
    ordered = sorted(rows["strength"].unique(), reverse=True)
    for number, name in enumerate(names):
        of = rows[rows["graph"] == name].set_index("strength").reindex(ordered)
        x = np.arange(len(ordered)) + 0.08 * (number - (len(names) - 1) / 2)
        colour = (CHOKE, OTHER, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")[number % 6]
        ax.plot(x, of["effect"], "o-", color=colour, markersize=4, linewidth=1, label=label(name))
        ax.vlines(x, of["low"], of["high"], color=colour, linewidth=1.4)
    ax.axhline(0.0, color="0.5", linewidth=0.8, zorder=0)
    ticks = ["limit" if np.isinf(value) else f"{-value:g}" for value in ordered]
    ax.set_xticks(range(len(ordered)), ticks)
    ax.set_xlabel("|k| / (15 d)")
    return ax
