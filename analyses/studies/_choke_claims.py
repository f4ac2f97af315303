"""What the study choke-points claims, as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ._choke_compare import LIMIT, counted, mean_interval
from ._choke_words import families, matched
from ._claims import claim_row, claims_table
from ._words import each, groups

__all__ = ["claims"]

FEWER = "Cut out, the balls of choke points have fewer stable states than others of equal degree"
MORE = "Read inside the network, they show more"
GIVEN = "Given the rest of the network, they have no more than others"
MECHANISM = "At equal edges among neighbors too, little of the difference is left"
EXPLAINED = (
    "Edges among neighbors explain more of the variance at equal degree than choke points do"
)
FINITE = "At finite strengths (|k| over 15 times the mean degree) it is as in the limit"
PARITY = "Between dense modules a second state comes earlier with an even chain than an odd one"
TARGETED = "Plastic edges between modules make more stable states than as many inside"
SMALL = 0.5
"""Share of an effect up to which little is left of it."""
BITS = "bits"


def claims(table: pd.DataFrame, found: pd.DataFrame, explained: pd.DataFrame) -> pd.DataFrame:
    """Table of claims from the study's table, `compare` and `shares`."""
    rows = [
        *_signs(found, "isolated", FEWER, -1),
        *_signs(found, "embedded", MORE, 1),
        *_given(found),
        *_mechanism(found),
        *_explained(explained, families(found)),
        *_finite(found),
        *_parity(counted(table, "onset")),
        *_targeted(counted(table, "targeted")),
    ]
    return claims_table(rows)


def _effect(claim: str, case: str, row: Any, holds: bool | None) -> dict[str, Any]:
    return claim_row(
        claim, case, row.effect, low=row.low, high=row.high, unit=BITS, n_graphs=row.n_graphs,
        status=row.status, holds=holds,
    )  # fmt: skip


def _clear(row: Any, sign: int) -> bool:
    return bool(row.high < 0.0 if sign < 0 else row.low > 0.0)


def _signs(found: pd.DataFrame, scope: str, claim: str, sign: int) -> Iterator[dict[str, Any]]:
    rows = matched(found, LIMIT, "ensemble")
    for row in each(rows[rows["scope"] == scope]):
        yield _effect(claim, row.graph, row, _clear(row, sign))
    alone = matched(found, LIMIT, "graph")
    alone = alone[(alone["scope"] == scope) & ~alone["graph"].isin(rows["graph"])]
    for row in each(alone):
        yield _effect(claim, row.graph, row, bool(sign * row.effect > 0.0))


def _given(found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in each(matched(found, "own", "ensemble")):
        yield _effect(GIVEN, row.graph, row, not _clear(row, 1))


def _mechanism(found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    plain = matched(found, LIMIT, "ensemble").set_index(["graph", "scope"])["effect"]
    for row in each(matched(found, LIMIT, "ensemble", "mechanism")):
        before = plain.get((row.graph, row.scope))
        holds = None if before is None else bool(abs(row.effect) <= SMALL * abs(before))
        yield _effect(MECHANISM, f"{row.graph} {row.scope}", row, holds)


def _explained(explained: pd.DataFrame, names: list[str]) -> Iterator[dict[str, Any]]:
    rows = explained[explained["graph"].isin(names)]
    for scope, part in groups(rows, "scope"):
        means = {str(by): mean_interval(of["share"]) for by, of in groups(part, "by")}
        most = max(means, key=lambda by: means[by][0])
        for by, (mean, low, high, many) in means.items():
            yield claim_row(
                EXPLAINED, f"{scope}, {by}", 100.0 * mean, low=100.0 * low, high=100.0 * high,
                unit="%", n_graphs=many, status="certified", holds=most != "choke point",
            )  # fmt: skip


def _finite(found: pd.DataFrame) -> Iterator[dict[str, Any]]:
    limit = matched(found, LIMIT, "ensemble").set_index(["graph", "scope"])["effect"]
    for row in each(matched(found, "finite", "ensemble")):
        known = limit.get((row.graph, row.scope))
        case = f"{row.graph} {row.scope} at {-row.strength:g}"
        yield _effect(
            FINITE, case, row, None if known is None else _clear(row, 1 if known > 0 else -1)
        )


def _parity(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    if rows.empty:
        return
    rows = rows[(rows["what"] == "chain") & (rows["density"] == rows["density"].max())]
    rows = rows[rows["path_length"] > 0]
    even, odd = (rows[rows["path_length"] % 2 == rest] for rest in (0, 1))
    if even.empty or odd.empty:
        return
    for length, part in groups(rows.sort_values("path_length"), "path_length"):
        other = odd["onset"].min() if length % 2 == 0 else even["onset"].max()
        own = part["onset"]
        holds = own.max() < other if length % 2 == 0 else own.min() > other
        yield claim_row(
            PARITY, f"length {length:g}", own.mean(), low=own.min(), high=own.max(),
            unit="|strength|", n_graphs=len(part), status="upper ends", holds=bool(holds),
        )  # fmt: skip


def _targeted(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for density, part in groups(rows.sort_values("density"), "density") if len(rows) else ():
        table = part.pivot_table(index="draw", columns="edges", values="n_stable")
        ahead = bool(table["between"].mean() > table["inside"].mean())
        for edges in ("between", "inside"):
            mean, low, high, many = mean_interval(table[edges])
            yield claim_row(
                TARGETED, f"density {density:g} {edges}", mean, low=low, high=high, unit="states",
                n_graphs=many, status="lower bound", holds=ahead,
            )  # fmt: skip
