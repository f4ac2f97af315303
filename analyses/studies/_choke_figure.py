"""The figure of the study choke-points, and that of networks of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic._support import Graph
from netplastic.analyses import pictures

from ._choke_compare import LIMIT, counted
from ._choke_panels import CHOKE, OTHER, by_node, effects, label, neighbor_edges, strengths
from ._choke_panels_more import chain_lengths, edges_targeted, module_degrees, network
from ._choke_words import families

__all__ = ["draw"]

SHOWN = "ring_of_modules"
"""The family of which one graph is drawn."""
TITLES = {
    "isolated": "cut out",
    "embedded": "inside the network",
    "given the rest": "given the rest",
}
EXCESS = "excess of choke points (bits)"
COUNT = "log2 stable states (bits)"


def draw(
    table: pd.DataFrame,
    found: pd.DataFrame,
    networks: Mapping[tuple[str, int], Graph],
    out: Path,
) -> None:
    """Write figure.png and figure.svg, and strengths.png and .svg where there are finite ones.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the study.
    found : pandas.DataFrame
        Of `compare`.
    networks : mapping of (name, seed) to networkx.Graph
    out : Path
        Folder.
    """
    rows = counted(table, LIMIT)
    with pictures.style():
        if families(found) and len(counted(table, "onset")):
            figure = _all_panels(table, rows, found, networks)
        else:
            figure = _of_ones_own(rows, found, networks)
        pictures.save(figure, out / "figure.png", out / "figure.svg")
        finite = found[found["part"] == "finite"]
        if len(finite):
            figure = _over_strengths(found, list(finite["graph"].unique()))
            pictures.save(figure, out / "strengths.png", out / "strengths.svg")


def _all_panels(
    table: pd.DataFrame,
    rows: pd.DataFrame,
    found: pd.DataFrame,
    networks: Mapping[tuple[str, int], Graph],
) -> Any:
    figure, _ = pictures.canvas(1, 1, size=(11.5, 8.0))
    figure.clear()
    mosaic = [
        ["isolated", "embedded", "given the rest", "network", "network"],
        ["edges isolated", "edges embedded", "length", "degree", "targeted"],
    ]
    ax = figure.subplot_mosaic(mosaic, height_ratios=[1.35, 1.0])
    _effect_panels(found, ax, "ab")
    shown = SHOWN if (SHOWN, 0) in networks else families(found)[0]
    one = rows[(rows["graph"] == shown) & (rows["seed"] == 0) & (rows["scope"] == "embedded")]
    network(networks[shown, 0], one, ax["network"])
    ax["network"].set_title(f"c  {label(shown)} (diamonds: choke points)", color="black")
    _edges(rows[rows["graph"].isin(families(found))], ax, "d")
    onsets = counted(table, "onset")
    chain_lengths(onsets, ax["length"]).set_title("e  onset")
    ax["length"].set_ylabel("|k| of a second state")
    module_degrees(onsets, ax["degree"]).set_title("□ alone, ○ with a pair")
    ax["degree"].sharey(ax["length"])
    for name, colour in (("on connectors", CHOKE), ("in modules", OTHER)):
        ax["degree"].scatter([], [], s=18, color=colour, label=name)
    ax["degree"].legend(loc="lower right", handletextpad=0.1, borderaxespad=0.0)
    edges_targeted(counted(table, "targeted"), ax["targeted"]).set_title("f  plastic edges")
    ax["targeted"].set_ylabel("stable states")
    ax["targeted"].legend(loc="upper left", handletextpad=0.1, borderaxespad=0.1)
    return figure


def _effect_panels(found: pd.DataFrame, ax: dict[str, Any], letters: str) -> None:
    limit = found[(found["comparison"] == "matched") & (found["choke_kind"] == "all")]
    limit = limit[limit["part"].isin([LIMIT, "own"])]
    names = [
        name for name in dict.fromkeys(limit["graph"])
        if limit[limit["graph"] == name]["effect"].notna().any()
    ]  # fmt: skip
    titles = {"isolated": f"{letters[0]}  ", "embedded": "", "given the rest": f"{letters[1]}  "}
    for scope, letter in titles.items():
        effects(limit[limit["scope"] == scope], names, ax=ax[scope])
        ax[scope].set_title(letter + TITLES[scope])
        ax[scope].set_xlabel(EXCESS if scope != "embedded" else "at equal degree (bits)")
        if scope != "isolated":
            ax[scope].set_yticklabels([])


def _edges(rows: pd.DataFrame, ax: dict[str, Any], letter: str) -> None:
    for scope, lead in (("isolated", f"{letter}  "), ("embedded", "")):
        panel = ax[f"edges {scope}"]
        neighbor_edges(rows[rows["scope"] == scope], panel, named=scope == "embedded")
        panel.set_title(lead + TITLES[scope])
    ax["edges isolated"].set_ylabel(COUNT)
    for name, colour in (("choke points", CHOKE), ("other nodes", OTHER)):
        ax["edges isolated"].scatter([], [], s=18, color=colour, label=name)
    ax["edges isolated"].legend(loc="lower right", handletextpad=0.1, borderaxespad=0.1)


def _of_ones_own(
    rows: pd.DataFrame, found: pd.DataFrame, networks: Mapping[tuple[str, int], Graph]
) -> Any:
    """The first network with its counts in both scopes, and the effects in all networks."""
    scopes = [scope for scope in TITLES if (rows["scope"] == scope).any()]
    figure, _ = pictures.canvas(1, 1, size=(4.2 * len(scopes) + 3.2, 7.0))
    figure.clear()
    mosaic = [[f"{what} {scope}" for scope in scopes] for what in ("network", "degree")]
    ax = figure.subplot_mosaic([[*mosaic[0], "effects"], [*mosaic[1], "edges"]])
    first = next(iter(networks))
    one = rows[(rows["graph"] == first[0]) & (rows["seed"] == first[1])]
    for scope in scopes:
        own = one[one["scope"] == scope]
        network(networks[first], own, ax[f"network {scope}"])
        ax[f"network {scope}"].set_title(f"{label(first[0])}, {TITLES[scope]}", color="black")
        panel = by_node(own, "degree", "log2_stable", ax[f"degree {scope}"])
        panel.set_title(TITLES[scope])
        panel.set_xlabel("degree")
    ax[f"degree {scopes[0]}"].set_ylabel(COUNT)
    ax[f"degree {scopes[0]}"].legend(handletextpad=0.1)
    by_node(one[one["scope"] == scopes[-1]], "neighbor_edges", "excess", ax["edges"])
    ax["edges"].set_title(f"excess {TITLES[scopes[-1]]}")
    ax["edges"].set_xlabel("edges among neighbors")
    ax["edges"].set_ylabel("excess (bits)")
    ax["edges"].axhline(0.0, color="0.5", linewidth=0.8, zorder=0)
    _all_effects(found, ax["effects"])
    return figure


def _all_effects(found: pd.DataFrame, panel: Any) -> None:
    """One row for each network, part and scope."""
    one = found[(found["comparison"] == "matched") & (found["choke_kind"] == "all")]
    one = one[one["part"].isin([LIMIT, "own"])].copy()
    one["graph"] = one["graph"].map(label) + "\n" + one["scope"].map(TITLES)
    effects(one, list(dict.fromkeys(one["graph"])), ax=panel)
    panel.set_title("choke points, at equal degree")
    panel.set_xlabel(EXCESS)


def _over_strengths(found: pd.DataFrame, names: Sequence[str]) -> Any:
    level = "ensemble" if families(found) else "graph"
    rows = found[
        found["part"].isin(["finite", LIMIT])
        & found["graph"].isin(names)
        & (found["level"] == level)
        & (found["comparison"] == "matched")
        & (found["choke_kind"] == "all")
    ]
    figure, axes = pictures.canvas(2, 1, size=(7.6, 3.4))
    for scope, panel in zip(("isolated", "embedded"), axes, strict=True):
        strengths(rows[rows["scope"] == scope], names, panel)
        panel.set_title(TITLES[scope])
    axes[0].set_ylabel("excess at equal degree (bits)")
    axes[0].legend(loc="lower right")
    return figure
