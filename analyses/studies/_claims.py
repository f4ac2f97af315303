"""Claims: what a study found as a small table, and the page that such tables write.

A claim is a sentence; its rows are the cases in which it was looked at (a family of graphs, a
network, a strength), each with a number, its interval, how many graphs it rests on, what it is
worth, and whether the claim holds there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ._words import counted, each, number

__all__ = ["CLAIMS", "claim_row", "claims_table", "page", "sentences"]

DIGITS = 3
CLAIMS = ("claim", "case", "value", "low", "high", "unit", "n_graphs", "status", "holds")


def claim_row(
    claim: str,
    case: str,
    value: float,
    *,
    low: float = float("nan"),
    high: float = float("nan"),
    unit: str = "",
    n_graphs: int = 1,
    status: str,
    holds: bool | None = None,
) -> dict[str, Any]:
    """Make one row; `holds` is None for a number that no claim is judged by."""
    values = (claim, case, value, low, high, unit, n_graphs, status, holds)
    return dict(zip(CLAIMS, values, strict=True))


def claims_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Put rows of `claim_row` into a table with the columns CLAIMS."""
    table = pd.DataFrame(list(rows), columns=list(CLAIMS))
    return table.astype({"holds": "boolean", "n_graphs": "int64"})


def sentences(claims: pd.DataFrame) -> list[str]:
    """Write each claim with all its numbers, and in how many cases it holds.

    Examples
    --------
    >>> rows = [claim_row("Pairs split", case, value, unit="of strength", status="certified",
    ...                   holds=True) for case, value in (("pair", 6.5375946), ("K4", 36.7))]
    >>> print(*sentences(claims_table(rows)))
    **Pairs split** (holds in 2 of 2):
      - pair 6.54, K4 36.7 of strength (1 graph each, certified)
    """
    return [_sentence(str(claim), rows) for claim, rows in claims.groupby("claim", sort=False)]


def _sentence(claim: str, rows: pd.DataFrame) -> str:
    judged = rows["holds"].dropna()
    verdict = f" (holds in {int(judged.sum())} of {len(judged)})" if len(judged) else ""
    lines = [f"**{claim}**{verdict}:"]
    for _, same in rows.groupby(["unit", "n_graphs", "status"], sort=False):
        first = next(each(same))
        numbers = ", ".join(_cell(row) for row in each(same))
        share = " each" if len(same) > 1 else ""
        measured = f" {first.unit}" if first.unit else ""
        graphs = counted(first.n_graphs, "graph")
        lines.append(f"  - {numbers}{measured} ({graphs}{share}, {first.status})")
    return "\n".join(lines)


def _cell(row: Any) -> str:
    low, high = number(row.low, DIGITS), number(row.high, DIGITS)
    interval = "" if pd.isna(row.low) else f" [{low}, {high}]"
    against = " (not so)" if row.holds is not pd.NA and not row.holds else ""
    return f"{row.case} {number(row.value, DIGITS)}{interval}{against}".lstrip()


def page(found: Mapping[str, pd.DataFrame], questions: Mapping[str, str]) -> str:
    """Write the findings of all studies on one page.

    Parameters
    ----------
    found : mapping of study to claims
    questions : mapping of study to the question it asks

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> from netplastic.analyses import studies
    >>> studies.page({}, {}).splitlines()[0]
    '# What netplastic finds'
    """
    parts = [HEAD]
    for name, claims in found.items():
        listed = "\n".join(f"- {line}" for line in sentences(claims))
        parts.append(f"## {name}\n\n*{questions[name]}*\n\n{listed}")
    return "\n\n".join(parts) + "\n"


HEAD = """\
# What netplastic finds

The question comes from Gong, Chen and Ching (arXiv:2312.14896); the model is the standard rate \
network with pairwise plasticity (Dong and Hopfield 1992; Centorrino, Bullo and Russo, \
arXiv:2204.05382). The paper's own model was not available to us: its claims are tried here on \
that one.

Every number below was written by `netplastic run STUDY` and stands in a small table in \
`analyses/data/`; this page is made from those tables. Brackets are 95% intervals over graphs, or \
the bounds between which a threshold lies. What "certified", "proved" or "lower bound" is worth \
stands in the README. "(not so)" marks the cases in which the sentence is wrong."""
