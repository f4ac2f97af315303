"""Panels of the figure of choke-points: onsets, plasticity on some edges only, a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from netplastic._support import Graph, node_index
from netplastic.analyses import pictures

from ._choke_panels import CHOKE, OTHER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["chain_lengths", "edges_targeted", "module_degrees", "network"]

MOST_DRAWN = 2_000
"""Nodes of a network that is drawn."""


def chain_lengths(rows: pd.DataFrame, ax: Axes) -> Axes:
    """Draw onsets over the number of connectors between the densest modules.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `first_onset`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Orange where most of the nodes at which the second state differs are connectors. The band
        is where modules alone have their onset.
    """
    dense = rows[rows["density"] == rows["density"].max()]
    alone = dense[(dense["what"] == "module") & np.isfinite(dense["onset"].astype(float))]
    if len(alone):
        ax.axhspan(alone["onset"].min(), alone["onset"].max(), color=OTHER, alpha=0.12, linewidth=0)
    chains = dense[dense["what"] == "chain"]
    _onsets(chains, chains["path_length"], ax, "o")
    ax.set_xticks(sorted(chains["path_length"].unique()))
    ax.set_xlabel("connectors in the chain")
    return ax


def module_degrees(rows: pd.DataFrame, ax: Axes) -> Axes:
    """Draw onsets over the mean degree of modules: alone (squares), and two joined by a pair."""
    alone = rows[rows["what"] == "module"]
    pairs = rows[(rows["what"] == "chain") & (rows["path_length"] == 2)]
    _onsets(alone, alone["module_degree"], ax, "s")
    _onsets(pairs, pairs["module_degree"], ax, "o")
    ax.set_xlabel("mean degree of the modules")
    return ax


def _onsets(rows: pd.DataFrame, x: Any, ax: Axes, marker: str) -> None:
    onset = rows["onset"].to_numpy(dtype=np.float64)
    here = np.isfinite(onset)
    mostly = (rows["share_connectors"] > 0.5).to_numpy()
    places = np.asarray(x, dtype=np.float64)
    for choke, colour in ((False, OTHER), (True, CHOKE)):
        which = here & (mostly == choke)
        ax.scatter(
            places[which], onset[which], s=22, marker=marker, color=colour, alpha=0.8, linewidth=0
        )
    top = float(onset[here].max()) * 1.25 if here.any() else 1.0
    ax.scatter(places[~here], np.full((~here).sum(), top), s=22, marker="^", color=OTHER)
    ax.set_yscale("log")
    ticks = [5, 10, 20, 40]
    ax.set_yticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()


def edges_targeted(rows: pd.DataFrame, ax: Axes) -> Axes:
    """Draw numbers of states with plasticity on edges between modules, and on as many inside."""
    densities = sorted(rows["density"].unique())
    for shift, edges, colour in ((-0.16, "between", CHOKE), (0.16, "inside", OTHER)):
        for place, density in enumerate(densities):
            of = rows[(rows["density"] == density) & (rows["edges"] == edges)]["n_stable"]
            spread = np.linspace(-0.09, 0.09, len(of)) if len(of) > 1 else np.zeros(len(of))
            ax.scatter(place + shift + spread, of, s=7, color=colour, alpha=0.45, linewidth=0)
            ax.hlines(of.mean(), place + shift - 0.13, place + shift + 0.13, color=colour, lw=2.2)
        ax.scatter([], [], s=18, color=colour, label=f"{edges} modules")
    ax.set_xticks(range(len(densities)), [f"{density:g}" for density in densities])
    ax.set_xlabel("density of the modules")
    ax.set_yscale("log")
    ax.set_yticks([2, 5, 10, 20, 40], ["2", "5", "10", "20", "40"])
    ax.set_ylim(1.6, max(80.0, 1.6 * float(rows["n_stable"].max())))
    ax.minorticks_off()
    return ax


def network(graph: Graph, rows: pd.DataFrame, ax: Axes) -> Axes:
    """Draw a network, nodes coloured by their excess, or by their count where nothing compares.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rows : pandas.DataFrame
        One row per node that was counted: node, log2_stable, excess.
    ax : matplotlib.axes.Axes
    """
    if len(graph) > MOST_DRAWN:
        ax.set_axis_off()
        ax.text(0.5, 0.5, f"{len(graph)} nodes: too many to draw", ha="center", va="center")
        return ax
    compared = rows["excess"].notna().any()
    bits = rows["excess" if compared else "log2_stable"].astype(float)
    name = "bits above others of equal degree" if compared else "stable states (bits)"
    values = pd.Series(bits.to_numpy(), index=node_index(rows["node"].to_list()), name=name)
    pictures.plot_network(graph, values, ax=ax, labels="none")
    return ax
