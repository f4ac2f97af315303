"""Where a landscape stops being simple: the mode that turns unstable, and the second state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netplastic.continuation import MultistabilityOnset, Onset

from ._colours import CATEGORIES
from ._figures import beside, new_axes, style, words
from ._network import plot_network

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_multistability_onset", "draw_onset"]


def draw_onset(found: Onset, ax: Axes | None = None) -> Axes:
    """Draw the critical mode on the network; see `Onset.plot`."""
    ax = new_axes(ax)
    if not found.kernel_dimension:
        plot_network(found.net, ax=ax)
        said = f"{found.status}: stable up to {words(found.parameter)} {found.reached:.4g}"
    else:
        table = found.to_frame().rename(columns={"mode": "critical mode"})
        plot_network(found.net, table, column="critical mode", ax=ax)
        more = f", dimension {found.kernel_dimension}" if found.kernel_dimension > 1 else ""
        said = f"{found.kind} at {words(found.parameter)} {found.strength:.6g}{more}"
    with style():
        notes = [line for line in (said, ax.get_title(loc="left")) if line]
        ax.set_title("\n".join(notes), fontsize=8, color="black")
    return ax


def draw_multistability_onset(found: MultistabilityOnset, ax: Axes | None = None) -> Axes:
    """Draw what was counted, and the bracket; see `MultistabilityOnset.plot`."""
    from matplotlib.ticker import MaxNLocator

    ax = new_axes(ax)
    table = found.scanned
    at, low, high = (
        table[name].to_numpy(dtype=np.float64) for name in ("strength", "lower", "upper")
    )
    with style():
        sure = table["status"].eq("certified").to_numpy(dtype=bool)
        for which, word in ((sure, "counted"), (~sure, "at least")):
            if which.any():
                ax.plot(
                    at[which], low[which], "o", color=CATEGORIES[0], markersize=5, label=word,
                    markerfacecolor=CATEGORIES[0] if word == "counted" else "none",
                )  # fmt: skip
        open_ = np.isfinite(high) & (high > low)
        ax.vlines(at[open_], low[open_], high[open_], color=CATEGORIES[0], linewidth=1.0)
        if np.isfinite([found.lower, found.upper]).all():
            ax.axvspan(found.lower, found.upper, color="0.88", zorder=0, label="bracket")
        if np.isfinite(found.strength):
            name = found.kind or "first seen"
            ax.axvline(found.strength, color=CATEGORIES[1], linestyle="--", label=name)
        ax.set_ylim(bottom=0.0)
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel(words(found.parameter))
        ax.set_ylabel("stable equilibria")
        ax.set_title(f"second stable state: {found.status}", fontsize=9)
        if ax.get_legend_handles_labels()[1]:
            beside(ax)
    return ax
