"""What the study objectives claims, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ._claims import claim_row, claims_table
from ._objective_tests import ZERO
from ._objectives_finding import AGREE

__all__ = ["claims"]

JOINT = "Activity and weights follow one objective, joint or as adversaries; largest asymmetry"
FAST = "Under fast learning activity alone follows an objective; largest asymmetry"
SEPARATES = "The critical learning rate is the timescale separation of gradient descent-ascent"


def claims(own: pd.DataFrame, separations: pd.DataFrame) -> pd.DataFrame:
    """Table of claims from the two parts of the study's table."""
    return claims_table([*_joint(own), *_fast(own), *_separation(separations)])


def _joint(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for (rule, strength), rows in own.groupby(["rule", "strength"], sort=False):
        kinds = sorted(set(rows["joint"]))
        yield claim_row(
            JOINT, f"{rule} at {strength:g} ({' or '.join(kinds)})", rows["joint_error"].max(),
            n_graphs=rows["graph"].nunique(), status="sampled states", holds=kinds != ["none"],
        )  # fmt: skip


def _fast(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for rule, rows in own.groupby("rule", sort=False):
        plain, scaled = rows["reduced_error"].max(), rows["factor_error"].max()
        how = "itself" if plain < ZERO else "each node's equation times a factor"
        yield claim_row(
            FAST, f"{rule} ({how})", plain if plain < ZERO else scaled,
            n_graphs=rows["graph"].nunique(), status="sampled states",
            holds=bool(min(plain, scaled) < ZERO),
        )  # fmt: skip


def _separation(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if "separation" not in rows:
        return
    for graph, own in rows[rows["separation"].notna()].groupby("graph", sort=False):
        rates, found = own["critical_rate"], own["separation"]
        both = (rates == found) | (np.abs(rates - found) <= AGREE * rates)
        yield claim_row(
            SEPARATES, f"{graph}:", 100.0 * float(both.mean()), unit=f"% of {len(own)} states",
            status="computed twice", holds=bool(both.all()),
        )  # fmt: skip
