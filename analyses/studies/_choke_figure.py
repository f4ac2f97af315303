"""The figure of the study choke-points."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from netplastic.analyses import pictures

__all__ = ["draw"]


def draw(table: pd.DataFrame, found: pd.DataFrame, out: Path) -> None:
    """Write figure.png and figure.svg: counts above, effects below, one column for each scope.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the study; only the graphs themselves are drawn, at the strongest strength.
    found : pandas.DataFrame
        Of `compare`.
    out : Path
        Folder.
    """
    names = list(table["graph"].unique())
    scopes = list(table["scope"].unique())
    strength = table["strength"].min()
    itself = table[(table["null"] == 0) & (table["strength"] == strength)]
    with pictures.style():
        size = (5.2 * len(scopes), max(5.0, 2.6 + 0.64 * len(names)))
        figure, axes = pictures.canvas(len(scopes), 2, size=size)
        upper, lower = axes[: len(scopes)], axes[len(scopes) :]
        letters = iter("abcdefgh")
        for scope, ax in zip(scopes, upper, strict=True):
            pictures.counts_by_group(itself[itself["scope"] == scope], ax=ax)
            ax.set_title(f"{next(letters)}  {scope} neighborhoods at strength {strength:g}")
        for scope, ax in zip(scopes, lower, strict=True):
            pictures.effects(found[found["scope"] == scope], names, ax=ax)
            ax.set_title(f"{next(letters)}  {scope}: choke points against matched nodes")
        for ax in (*upper[1:], *lower[1:]):
            ax.set_yticklabels([])
            ax.get_legend().remove()
    pictures.save(figure, out / "figure.png", out / "figure.svg")
