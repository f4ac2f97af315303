"""The figure of the study multistability."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic.analyses import pictures

from ._multistability_finding import family, most_bits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

COLOURS = [
    "#0072B2",
    "#56B4E9",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#E69F00",
    "#000000",
    "#999999",
    "#8C510A",
]
MARKS = "osD^vPX*<>"
SHOWN = 50
"""Nodes up to which growth is drawn on a linear axis."""


def draw(own: pd.DataFrame, limit: pd.DataFrame, out: Path) -> None:
    """Write figure.png and figure.svg: growth in the limit, per node, and finite strengths.

    Parameters
    ----------
    own, limit : pandas.DataFrame
        The parts of the study's table; the second may be empty.
    out : Path
        Folder.
    """
    infinite = pd.concat([own[np.isinf(own["relative"])], limit], ignore_index=True)
    infinite["family"] = infinite["graph"].map(family)
    names = list(dict.fromkeys(infinite["family"]))
    looks = {
        name: (COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)])
        for number, name in enumerate(names)
    }
    with pictures.style():
        figure, axes = pictures.canvas(3, 1, size=(13.0, 4.6))
        _growth(infinite[infinite["nodes"] <= SHOWN], looks, axes[0])
        _per_node(infinite, looks, axes[1])
        _finite(own, axes[2])
        for letter, ax, title in zip(
            "abc", axes,
            ("strong limit, exact", "bits per node", "finite strengths against the limit"),
            strict=True,
        ):  # fmt: skip
            ax.set_title(f"{letter}  {title}")
        handles, texts = axes[0].get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside lower center", ncols=5)
    pictures.save(figure, out / "figure.png", out / "figure.svg")


def _growth(rows: pd.DataFrame, looks: dict[str, tuple[str, str]], ax: Axes) -> None:
    n = np.arange(2, int(rows["nodes"].max()) + 1)
    ax.plot(n, [most_bits(int(k)) for k in n], color="0.6", linewidth=0.9, label="most possible")
    least = [math.log2(int(k).bit_length()) for k in n]
    ax.plot(n, least, color="0.6", linewidth=0.9, linestyle="--", label="fewest without twins")
    for name, (colour, mark) in looks.items():
        of = rows[rows["family"] == name].sort_values("nodes")
        ax.plot(of["nodes"], of["log2_stable"], mark, color=colour, markersize=4, alpha=0.8,
                label=f"{name} (graphs)" if name == "fewest without twins" else name)  # fmt: skip
    ax.set_xlabel("nodes")
    ax.set_ylabel("stable states (log2, bits)")


def _per_node(rows: pd.DataFrame, looks: dict[str, tuple[str, str]], ax: Axes) -> None:
    for name, (colour, mark) in looks.items():
        of = rows[(rows["family"] == name) & (rows["log2_stable"] > 0)].sort_values("nodes")
        mean = (of["log2_stable"] / of["nodes"]).groupby(of["nodes"]).mean()
        ax.plot(mean.index, mean, mark + "-", color=colour, markersize=4, linewidth=0.9)
    ax.axhline(math.log2(3) / 3, color="0.6", linewidth=0.9)
    ax.set_xscale("log")
    ax.set_xlabel("nodes")
    ax.set_ylabel("bits per node")
    ax.set_ylim(bottom=0.0)


def _finite(own: pd.DataFrame, ax: Axes) -> None:
    """Counts at finite strengths over those in the limit; filled where certified."""
    in_limit = own[np.isinf(own["relative"])].set_index("graph")["log2_stable"]
    finite = own[np.isfinite(own["relative"])]
    top = float(in_limit.max())
    ax.plot([0, top], [0, top], color="0.8", linewidth=0.9, zorder=0)
    for number, (relative, rows) in enumerate(finite.groupby("relative")):
        sure = rows["status"] == "certified"
        for chosen, fill, label in (
            (sure, "full", f"{relative:g}, certified"),
            (~sure, "none", f"{relative:g}, at least"),
        ):
            of = rows[chosen]
            if len(of):
                ax.plot(
                    of["graph"].map(in_limit), of["log2_stable"], MARKS[number], fillstyle=fill,
                    color=COLOURS[3 * number], markersize=4.5, alpha=0.8, label=label,
                )  # fmt: skip
    ax.set_xlabel("in the limit (log2, bits)")
    ax.set_ylabel("at finite strength (log2, bits)")
    ax.legend(title="strength / (15 mean degree)")
