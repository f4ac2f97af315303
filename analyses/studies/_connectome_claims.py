"""What the study connectome claims, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ._claims import claim_row, claims_table
from ._words import each

__all__ = ["claims"]

MANY = "C. elegans has more than one of the stable states of the strong limit, log2 of their number"
CHOKE = "Its choke points have more stable states than other nodes of equal degree, excess"
BORN = "Limit states that were followed are born at |strength| (median, least to greatest)"


def claims(own: pd.DataFrame, found: pd.DataFrame, born: pd.DataFrame) -> pd.DataFrame:
    """Table of claims from the totals, the comparison of choke points and the followed states.

    Parameters
    ----------
    own, found, born : pandas.DataFrame
        As for `tell`; the last two may be empty.
    """
    return claims_table([*_totals(own), *_chokes(found), *_births(born)])


def _totals(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in each(own):
        yield claim_row(
            MANY, f"{row.graph}, autapses {row.autapses}", float(row.log2_stable), unit="bits",
            status=row.status, holds=bool(row.n_stable > 1),
        )  # fmt: skip


def _chokes(found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if "effect" not in found:
        return
    for row in each(found[found["effect"].notna()]):
        yield claim_row(
            CHOKE, f"{row.graph}, autapses {row.autapses}, {row.scope}", row.effect,
            low=row.low, high=row.high, unit="bits", status=row.status, holds=bool(row.effect > 0),
        )  # fmt: skip


def _births(born: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if "born" not in born:
        return
    followed = born[born["status"] == "followed"]
    for (graph, autapses), rows in followed.groupby(["graph", "autapses"], sort=False):
        values = rows["born"]
        yield claim_row(
            BORN, f"{graph}, autapses {autapses}, {len(rows)} states", float(values.median()),
            low=float(values.min()), high=float(values.max()), status="followed",
        )  # fmt: skip
