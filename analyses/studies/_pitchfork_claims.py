"""What the study pitchfork claims, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ._claims import claim_row, claims_table
from ._words import each

__all__ = ["claims"]

BORN = "Anti-Hebbian learning brings a second stable state, at |strength|"
SPLITS = "There the base state loses its stability: a pitchfork, not a fold elsewhere; |strength|"
CONVEX = "The landscape is proved convex up to so large a share of that strength"
EVEN = "A second state comes earlier between cliques joined by an even chain than by an odd one"
SAME = 1e-6
"""Relative difference up to which two thresholds are one."""


def claims(thresholds: pd.DataFrame, topology: pd.DataFrame) -> pd.DataFrame:
    """Table of claims from two parts of the study's table; the second may be empty."""
    return claims_table([*_thresholds(thresholds), *_chains(topology)])


def _thresholds(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    wide = rows.assign(strength=rows["strength"].abs()).pivot(
        index="graph", columns="quantity", values="strength"
    )
    second = rows[rows["quantity"] == "multistability onset"]
    for row in each(second):
        born = abs(row.strength)
        yield claim_row(
            BORN, row.graph, born, low=abs(row.lower), high=abs(row.upper), status=row.status,
            holds=bool(np.isfinite(born)),
        )  # fmt: skip
    for row in each(second):
        born, base = abs(row.strength), wide.loc[row.graph, "onset"]
        if np.isfinite(born):
            yield claim_row(
                SPLITS, row.graph, base, status="followed",
                holds=bool(abs(base - born) <= SAME * born),
            )  # fmt: skip
    for row in each(second):
        born, convex = abs(row.strength), wide.loc[row.graph, "convexity threshold"]
        if np.isfinite(born) and np.isfinite(convex):
            yield claim_row(CONVEX, row.graph, 100.0 * convex / born, unit="%", status="certified")


def _chains(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if not len(rows):
        return
    chains = rows[(rows["density"] == 1.0) & (rows["links"] == 1.0) & (rows["path_length"] > 0)]
    for size, own in chains.groupby("module_size", sort=False):
        even, odd = (own.loc[own["path_length"] % 2 == rest, "second"] for rest in (0, 1))
        if len(even) and len(odd):
            for case, value in (("latest even", even.max()), ("earliest odd", odd.min())):
                yield claim_row(
                    EVEN, f"cliques of {size:g}, {case}", value, unit="|strength|",
                    n_graphs=len(own), status="found by search", holds=bool(even.max() < odd.min()),
                )  # fmt: skip
