"""The figure of the study connectome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic.analyses import pictures

from ._connectome_finding import BALLS, BORN, RATES, UNIT, Found
from ._words import each, groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

CHOKE, OTHER, BLACK = "#D55E00", "#0072B2", "#000000"
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]
NAMED = ("RIPL", "RIPR")
"""Nodes that are written into the panels: the pair that links pharynx and soma."""
ALIVE = 5.0
"""Where a state that lives on below the weakest strength is drawn."""


def draw(found: Found, out: Path) -> None:
    """Write figure.png and figure.svg: totals, counts per ball, finite strengths, births."""
    balls, born = found.balls, found.born
    in_limit = balls[np.isinf(balls["relative"])] if len(balls) else balls
    cases = [part for _, part in groups(in_limit, BALLS)] if len(balls) else []
    chokes = found.chokes if "effect" in found.chokes else found.chokes.iloc[:0]
    finite = chokes[chokes["effect"].notna()] if len(chokes) else chokes
    finite = finite if len(finite) and np.isfinite(finite["relative"]).any() else finite.iloc[:0]
    followed = born[born["status"] == "followed"] if "born" in born else born.iloc[:0]
    panels = 1 + len(cases) + bool(len(finite)) + bool(len(followed))
    columns = min(4, panels)
    rows = -(-panels // columns)
    with pictures.style():
        figure, axes = pictures.canvas(columns, rows, size=(4.6 * columns, 3.9 * rows))
        letters, free = iter("abcdefghijklm"), iter(axes)
        _titled(next(free), letters, "stable states in the strong limit", _totals, found.own)
        for part in cases:
            first = next(each(part))
            loops = "" if first.autapses == "removed" else ", with autapses"
            name = f"{first.graph}{loops}: {first.scope}"
            _titled(next(free), letters, name, _balls, part)
        if len(finite):
            name = "choke points at equal degree"
            _titled(next(free), letters, name, _effects, finite)
        if len(followed):
            ax = next(free)
            _titled(ax, letters, "where limit states are born", _births, followed)
            for row in each(found.onsets):
                ax.axvline(abs(row.strength), color="0.6", linewidth=0.8, zorder=0)
        for ax in free:
            ax.set_visible(False)
    pictures.save(figure, out / "figure.png", out / "figure.svg")


def _titled(
    ax: Axes,
    letters: Iterator[str],
    title: str,
    fill: Callable[[pd.DataFrame, Axes], None],
    rows: pd.DataFrame,
) -> None:
    fill(rows, ax)
    ax.set_title(f"{next(letters)}  {title}")


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


def _effects(chokes: pd.DataFrame, ax: Axes) -> None:
    """Excess of choke points over strength, isolated balls; the limit at the right end."""
    rows = chokes[(chokes["scope"] == "isolated") & (chokes["autapses"] == "removed")]
    known = rows["relative"][np.isfinite(rows["relative"])]
    end = 4.0 * float(known.max())
    for place, (name, part) in enumerate(groups(rows, "graph")):
        ordered = part.sort_values("relative")
        x = ordered["relative"].replace(np.inf, end) * 1.06**place
        ax.plot(x, ordered["effect"], "o-", color=COLOURS[place % 4], label=str(name))
        ax.vlines(x, ordered["low"], ordered["high"], color=COLOURS[place % 4], linewidth=1.2)
    ax.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
    ax.set_xscale("log")
    ticks = sorted(set(known))
    ax.set_xticks([*ticks, end], [*(f"{tick:g}" for tick in ticks), "limit"])
    ax.minorticks_off()
    ax.set_xlabel("|k| / (15 d)")
    ax.set_ylabel("excess of choke points (bits)")
    ax.legend(loc="best")


def _births(rows: pd.DataFrame, ax: Axes) -> None:
    """A line for each case: where its states are born, and stable at each learning rate."""
    labels, random = [], np.random.default_rng(0)
    for number, (_, part) in enumerate(groups(rows, BORN)):
        first = next(each(part))
        weights = "" if first.weights == UNIT else f", {first.weights}"
        labels.append(f"{first.graph.split()[0]},\n{first.autapses}{weights}")
        for place, rate in enumerate(RATES):
            found = part[f"stable_{rate:g}"].to_numpy(dtype=float)
            found = found[np.isfinite(found)]
            shift = 0.22 * (1 - place) + random.uniform(-0.07, 0.07, len(found))
            ax.plot(
                np.maximum(found, ALIVE), number + shift, "o", color=COLOURS[place], markersize=4,
                alpha=0.7, markeredgewidth=0, label=None if number else f"stable at rate {rate:g}",
            )  # fmt: skip
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xscale("log")
    highest = rows[[f"stable_{rate:g}" for rate in RATES]].replace(np.inf, np.nan).max().max()
    ticks = [tick for tick in (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000) if tick < 1.2 * highest]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("|strength|; grey: onsets of the gap junctions")
    ax.legend(loc="lower left", fontsize=7)
