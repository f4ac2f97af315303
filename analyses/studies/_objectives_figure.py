"""The figure of the study objectives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic.analyses import pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"]
MARKS = "osD^v"
TESTS = {
    "joint_error": "one objective of V and w",
    "reduced_error": "gradient in V",
    "factor_error": "gradient in V, up to a factor",
}
FLOOR = 1e-17
"""Where an asymmetry of exactly 0 is drawn."""


def draw(own: pd.DataFrame, separations: pd.DataFrame, out: Path) -> None:
    """Write figure.png and figure.svg: tests for objectives, where they hold, critical rates.

    Parameters
    ----------
    own, separations : pandas.DataFrame
        The parts of the study's table; the second may be empty.
    out : Path
        Folder.
    """
    own = own.assign(
        case=[_case(rule, k) for rule, k in zip(own["rule"], own["strength"], strict=True)]
    )
    with pictures.style():
        figure, axes = pictures.canvas(3, 1, size=(13.0, 5.2))
        _errors(own, axes[0])
        axes[0].set_title("a  is there an objective?")
        _shares(own, axes[1])
        axes[1].set_title("b  where does fast learning descend it?")
        axes[1].set_yticklabels([])
        _separations(separations, axes[2])
        axes[2].set_title("c  critical learning rates")
    pictures.save(figure, out / "figure.png", out / "figure.svg")


def _case(rule: str, strength: float) -> str:
    return f"{rule}, {strength:g}"


def _rows(ax: Axes, cases: list[str]) -> None:
    ax.set_yticks(range(len(cases)), cases)
    ax.set_ylim(len(cases) - 0.5, -0.5)
    for line in range(1, len(cases)):
        ax.axhline(line - 0.5, color="0.93", linewidth=0.8, zorder=0)


def _errors(own: pd.DataFrame, ax: Axes) -> None:
    """Largest relative asymmetry over the networks, one row for a rule and a strength."""
    cases = list(dict.fromkeys(own["case"]))
    for number, (column, label) in enumerate(TESTS.items()):
        worst = own.groupby("case", sort=False)[column].max().reindex(cases)
        ax.plot(worst.clip(lower=FLOOR), range(len(cases)), MARKS[number], color=COLOURS[number],
                markersize=6, alpha=0.8, label=label)  # fmt: skip
    ax.set_xscale("log")
    ax.axvline(1e-8, color="0.6", linewidth=0.9, linestyle="--")
    ax.set_xlabel("asymmetry of the derivatives (left of the line: none)")
    _rows(ax, cases)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=1)


def _shares(own: pd.DataFrame, ax: Axes) -> None:
    """Shares of sampled states, one mark for a network."""
    cases = list(dict.fromkeys(own["case"]))
    for number, name in enumerate(own["graph"].unique()):
        rows = own[own["graph"] == name]
        y = np.array([cases.index(case) for case in rows["case"]]) + 0.2 * (number - 1)
        ax.plot(rows["factor_positive"], y, MARKS[number], color=COLOURS[number], markersize=5,
                fillstyle="none", label=f"{name}: descends")  # fmt: skip
        ax.plot(rows["factor_positive"] * rows["convex"].fillna(0.0), y, MARKS[number],
                color=COLOURS[number], markersize=5, label=f"{name}: and convex there")  # fmt: skip
    ax.set_xlim(-0.04, 1.04)
    ax.set_xlabel("share of sampled states")
    _rows(ax, cases)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)


def _separations(rows: pd.DataFrame, ax: Axes) -> None:
    if "separation" not in rows:
        ax.set_visible(False)
        return
    rows = rows[(rows["critical_rate"] > 0) & np.isfinite(rows["critical_rate"])]
    if rows.empty:
        ax.set_visible(False)
        return
    low, high = rows["critical_rate"].min() / 2, rows["critical_rate"].max() * 2
    ax.plot([low, high], [low, high], color="0.8", zorder=0)
    for number, (name, group) in enumerate(rows.groupby("graph", sort=False)):
        ax.plot(group["critical_rate"], group["separation"], MARKS[number % 5],
                color=COLOURS[number % 5], markersize=6, alpha=0.8, label=str(name))  # fmt: skip
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("from the dynamics (1/time)")
    ax.set_ylabel("timescale separation of descent-ascent")
    ax.legend(loc="best")
