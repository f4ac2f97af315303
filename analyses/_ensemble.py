"""Means over the graphs of an ensemble: one effect per graph is one observation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from netplastic._support import FloatArray

__all__ = ["mean_over_graphs", "over_graphs"]

_ZERO = 1e-9
"""Bits below which an effect is rounding, and has no sign."""

_TOTALS = (
    *("n_choke", "n_control", "n_blocks", "n_balls_choke", "n_balls_control", "n_unmatched"),
    *("n_without_stable", "n_lower_bound", "n_nulls", "n_not_rewired"),
)
_MEANS = ("share_without_choke", "share_without_control")


def mean_over_graphs(effects: FloatArray, confidence: float) -> dict[str, Any]:
    """Mean with its t interval, the share of graphs with its sign, and an exact sign test.

    NaN are graphs without an effect. The sign test leaves out effects that are 0.
    """
    known = effects[np.isfinite(effects)]
    found: dict[str, Any] = {"n_graphs": len(known)}
    if not len(known):
        return {**found, "reason": "no graph has an effect"}
    mean = float(known.mean())
    positive, negative = int((known > _ZERO).sum()), int((known < -_ZERO).sum())
    signed = positive + negative
    same = positive if mean > _ZERO else negative if mean < -_ZERO else signed
    found["effect"] = mean
    found["share_same_sign"] = same / len(known) if abs(mean) > _ZERO else math.nan
    if signed:
        found["p_value"] = float(stats.binomtest(positive, signed).pvalue)
    if len(known) < 2:
        return {**found, "reason": "one graph: no interval"}
    error = float(stats.sem(known))
    if error <= _ZERO:
        return {**found, "reason": "the same effect in every graph: no interval"}
    low, high = stats.t.interval(confidence, len(known) - 1, mean, error)
    return {**found, "low": float(low), "high": float(high), "reason": ""}


def over_graphs(
    table: pd.DataFrame, keys: Sequence[str], confidence: float
) -> list[dict[str, Any]]:
    """Rows of amplification for the ensemble, from those of its graphs; numbers are totals."""
    rows = []
    for key, part in table.groupby(list(keys), dropna=False, sort=False):
        row = dict(zip(keys, key, strict=True))
        row |= {name: part[name].sum() for name in _TOTALS}
        row |= {name: part[name].mean() for name in _MEANS}
        known = part[part["effect"].notna()]
        row["status"] = "certified" if (known["status"] == "certified").all() else "lower bound"
        row |= mean_over_graphs(part["effect"].to_numpy(dtype=np.float64), confidence)
        rows.append(row)
    return rows
