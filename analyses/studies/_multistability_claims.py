"""What the study multistability claims, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ._claims import claim_row, claims_table
from ._multistability_finding import RULES, family
from ._words import each

__all__ = ["claims"]

GROW = "In the strong limit larger networks have more stable states; bits per further node"
COUNTS = "Their number is that of the recurrence known for maximal independent sets"
BETWEEN = "It lies between the fewest and the most that a graph with as many classes of twins has"
REACHED = "At finite strength the certified counts are already those of the limit"


def claims(own: pd.DataFrame, limit: pd.DataFrame) -> pd.DataFrame:
    """Table of claims from the two parts of the study's table; the second may be empty."""
    infinite = pd.concat([own[np.isinf(own["relative"])], limit], ignore_index=True)
    infinite = infinite.drop_duplicates("graph").assign(family=infinite["graph"].map(family))
    rows = [*_growth(infinite), *_rules(infinite), *_between(infinite), *_finite(own)]
    return claims_table(rows)


def _worst(rows: pd.DataFrame) -> str:
    return "certified" if (rows["status"] == "certified").all() else "lower bound"


def _growth(infinite: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for name, rows in infinite.groupby("family", sort=False):
        bits = rows.groupby("nodes")["log2_stable"].mean()
        if len(bits) > 1:
            slope = float(np.polyfit(bits.index.to_numpy(float), bits.to_numpy(), 1)[0])
            yield claim_row(
                GROW, str(name), round(slope, 6) + 0.0, n_graphs=len(rows), status=_worst(rows),
                holds=bool(bits.iloc[-1] > bits.iloc[0]),
            )  # fmt: skip


def _rules(infinite: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for name, (what, rule) in RULES.items():
        rows = infinite[infinite["family"] == name]
        if len(rows):
            alike = [int(row.n_stable) == rule(int(row.nodes)) for row in each(rows)]
            yield claim_row(
                COUNTS, f"{name} up to {rows['nodes'].max()} nodes ({what})", sum(alike),
                unit="equal", n_graphs=len(rows), status=_worst(rows), holds=all(alike),
            )  # fmt: skip


def _between(infinite: pd.DataFrame) -> Iterator[dict[str, Any]]:
    rows = infinite[infinite["most"].notna() & (infinite["status"] == "certified")]
    inside = [int(r.fewest) <= int(r.n_stable) <= int(r.most) for r in each(rows)]
    if len(rows):
        yield claim_row(
            BETWEEN, "", sum(inside), unit="within", n_graphs=len(rows), status="certified",
            holds=all(inside),
        )  # fmt: skip


def _finite(own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    proved = own[own["status"] == "certified"]
    limit = proved[np.isinf(proved["relative"])].set_index("graph")["n_stable"]
    finite = proved[np.isfinite(proved["relative"]) & proved["graph"].isin(limit.index)]
    for relative, rows in finite.groupby("relative"):
        equal = [int(row.n_stable) == int(limit[row.graph]) for row in each(rows)]
        yield claim_row(
            REACHED, f"|strength| = {relative:g} x 15 mean degree:", 100.0 * float(np.mean(equal)),
            unit="% of counts", n_graphs=len(rows), status="certified", holds=all(equal),
        )  # fmt: skip
