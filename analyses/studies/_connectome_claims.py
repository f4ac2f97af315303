"""What the study connectome claims, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ._claims import claim_row, claims_table
from ._connectome_finding import BORN as CASE
from ._connectome_finding import Found, coexistence, where
from ._words import each, groups, number

__all__ = ["claims"]

MANY = "C. elegans has more than one of the stable states of the strong limit, log2 of their number"
CHOKE = "Its choke points have more stable states than other nodes of equal degree, excess"
ONSET = "The gap junctions (largest component, no autapses) change at |strength|"
BORN = "Limit states that were followed are born at |strength| (median, least to greatest)"
TWO = "Two of the followed states are there and stable for fast learning from |strength|"


def claims(found: Found) -> pd.DataFrame:
    """Table of claims from the totals, the choke points, the onsets and the followed states."""
    born = found.born
    followed = born[born["status"] == "followed"] if "born" in born else pd.DataFrame()
    return claims_table(
        [
            *_totals(found.own),
            *_chokes(found.chokes),
            *_onsets(found.onsets),
            *_births(followed),
        ]
    )


def _totals(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in each(own):
        yield claim_row(
            MANY, f"{row.graph}, autapses {row.autapses}", float(row.log2_stable), unit="bits",
            status=row.status, holds=bool(row.n_stable > 1),
        )  # fmt: skip


def _chokes(chokes: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if "effect" not in chokes:
        return
    for row in each(chokes[chokes["effect"].notna()]):
        yield claim_row(
            CHOKE, where(row), row.effect,
            low=row.low, high=row.high, unit="bits", status=row.status, holds=bool(row.effect > 0),
        )  # fmt: skip


def _onsets(onsets: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in each(onsets):
        yield claim_row(
            ONSET, f"{row.event} ({number(row.participation_ratio, 2)} nodes)", abs(row.strength),
            low=abs(row.lower), high=abs(row.upper), status=row.status,
        )  # fmt: skip


def _births(followed: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for claim in (BORN, TWO):
        for _, rows in groups(followed, CASE) if len(followed) else ():
            first = next(each(rows))
            case = (
                f"{first.graph}, autapses {first.autapses}, weights {first.weights}, "
                f"{len(rows)} states"
            )
            values = rows["born"]
            if claim == TWO:
                yield claim_row(claim, case, coexistence(rows), status="followed")
            else:
                yield claim_row(
                    claim, case, float(values.median()), low=float(values.min()),
                    high=float(values.max()), status="followed",
                )  # fmt: skip
