"""What the study learning-rate claims, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ._claims import claim_row, claims_table
from ._words import each

__all__ = ["claims"]

FEWER = "Slow learning makes states unstable: stable states at the slowest rate and at the fastest"
HIDES = "It hides states before that: effective attractors at the slowest rate and at most"
CRITICAL = "The largest critical learning rate of a network's states"
DECAY = "States move most with the decay near a bifurcation, and freeze as it goes to 0"
SLOW = 1.0
"""The learning rate at which weights change as fast as activity."""


def claims(own: pd.DataFrame, critical: pd.DataFrame, decays: pd.DataFrame) -> pd.DataFrame:
    """Table of claims from the parts of the study's table; the last two may be empty."""
    return claims_table([*_rates(own), *_critical(critical), *_decays(decays)])


def _most(rows: pd.DataFrame, column: str) -> Any:
    return next(each(rows.nlargest(1, column)))


def _rates(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    ends = list(own.sort_values("learning_rate").groupby(["graph", "strength"], sort=False))
    for (graph, strength), rows in ends:
        slow, fast = next(each(rows)), next(each(rows.iloc[::-1]))
        for row in (slow, fast):
            yield claim_row(
                FEWER, f"{graph} at {strength:g}, rate {row.learning_rate:g}:", float(row.n_stable),
                unit="states", status=row.status, holds=bool(slow.n_stable < fast.n_stable),
            )  # fmt: skip
    for (graph, strength), rows in ends:
        known = rows[rows["effective"].notna()]
        if len(known):
            slow, most = next(each(known)), _most(known, "effective")
            for row in (slow, most):
                yield claim_row(
                    HIDES, f"{graph} at {strength:g}, rate {row.learning_rate:g}:", row.effective,
                    unit="attractors", status="from random starts",
                    holds=bool(slow.effective < most.effective and most.learning_rate > SLOW / 10),
                )  # fmt: skip


def _critical(critical: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if "critical_rate" not in critical:
        return
    rows = critical[critical["critical_rate"].notna()]
    for (graph, strength), states in rows.groupby(["graph", "strength"], sort=False):
        top = _most(states, "critical_rate")
        yield claim_row(
            CRITICAL, f"{graph} at {strength:g}:", top.critical_rate,
            unit="per unit of time", status=f"list {top.status}",
        )  # fmt: skip


def _decays(decays: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if "sensitivity" not in decays:
        return
    for graph, rows in decays.groupby("graph", sort=False):
        rows = rows[np.isfinite(rows["sensitivity"])].sort_values("decay")
        if len(rows) < 3:
            continue
        first, most = next(each(rows)), _most(rows, "sensitivity")
        for row in (first, most):
            yield claim_row(
                DECAY, f"{graph}, decay {row.decay:g}:", row.sensitivity, unit="|dV / d log decay|",
                status="computed",
                holds=bool(first.sensitivity < 0.1 * most.sensitivity and most.decay > first.decay),
            )  # fmt: skip
