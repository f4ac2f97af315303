"""What the study choke-points found, in words that its numbers write."""

from __future__ import annotations

from typing import Any

import pandas as pd

from netplastic.analyses import Study

__all__ = ["LEVEL", "tell"]

FEW = 5
LEVEL = 0.05
"""A difference is called found where its corrected p value (q) is below."""
COMPARISONS = ("matched", "all others", "null graphs", "null contrast")
FINDING = """\
# Choke points and stable states

*{question}*

Stable equilibria of the ball of radius {radius} around every node, at strengths {strength} (decay \
1, bias 1, tanh) and learning rate {learning_rate}, on {networks}; rewired graphs for each: \
{nulls}. Choke points among the nodes counted: {chokes}. Effects are differences of mean log2 \
counts: 1 bit is a factor of 2.

## In short

{short}

## Numbers

{numbers}

## What the counts are worth

{worth}

## Read with care

- {tests} tests were made. q values control the false discovery rate within each kind of \
comparison (Benjamini and Hochberg 1995); comparisons in which all counts are equal are left out.
- Neighborhoods of neighboring nodes overlap, so that nodes of one network are not independent: p \
values against other nodes of the same network are too small rather than too large. The comparison \
with rewired graphs does not suffer from this.
- Lower bounds grow with the effort of the search. Where they are compared, the effect is one of \
what was found: take it as certain only where counts are certified.
- Bootstrap intervals are too narrow where there are fewer than {few_chokes} choke points: {few}.
- Hebbian learning, where shown, is for contrast. Where strength / decay times the weighted degree \
exceeds about 3.3, each node is bistable in its sign, and counts grow as 2 to the number of nodes.
"""


def tell(study: Study, table: pd.DataFrame, found: pd.DataFrame) -> str:
    """Return the finding as Markdown.

    Parameters
    ----------
    study : Study
    table : pandas.DataFrame
        Counts per node.
    found : pandas.DataFrame
        Comparisons, with q_value.
    """
    itself = table[table["null"] == 0]
    anti = found[found["strength"] < 0]
    nulls = int(table["null"].max())
    flags = itself.drop_duplicates(["graph", "node"]).groupby("graph", sort=False)["is_choke"]
    chokes = flags.agg(["sum", "size"])
    short = [_multistability(*scope) for scope in itself.groupby("scope", sort=False)]
    short += [_verdict(*scope) for scope in _of(anti, "matched").groupby("scope", sort=False)]
    if nulls:
        short.append(_beyond_degrees(_of(anti, "null contrast"), nulls))
    return FINDING.format(
        question=study.question,
        **{name: _values(itself[name]) for name in ("radius", "strength", "learning_rate")},
        networks=f"{len(chokes)} network{'s' if len(chokes) > 1 else ''}",
        nulls=nulls,
        chokes="; ".join(f"{row.Index} ({row.sum} of {row.size})" for row in chokes.itertuples()),
        short="\n\n".join(short),
        numbers="\n\n".join(_numbers(*scope) for scope in found.groupby("scope", sort=False)),
        worth=" ".join(_worth(*scope) for scope in table.groupby("scope", sort=False)),
        tests=found["q_value"].notna().sum(),
        few_chokes=FEW,
        few=", ".join(map(str, chokes.index[chokes["sum"] < FEW])) or "none",
    )


def _multistability(scope: Any, rows: pd.DataFrame) -> str:
    share = (rows["n_stable"] > 1).groupby(rows["strength"], sort=False).mean()
    listed = ", ".join(f"{100 * value:.0f}% at {strength:g}" for strength, value in share.items())
    strongest = rows["strength"].min()
    some = rows[(rows["strength"] == strongest) & (rows["n_stable"] > 0)]
    mean = some.groupby("graph")["log2_stable"].mean().sort_values(ascending=False)
    bits = ", ".join(f"{graph} {value:.2f}" for graph, value in mean.items())
    return (
        f"**Where stable states are ({scope}).** Neighborhoods with more than one stable state: "
        f"{listed}. Mean log2 counts at {strongest:g}: {bits}."
    )


def _verdict(scope: Any, rows: pd.DataFrame) -> str:
    tested = rows[rows["q_value"].notna()]
    equal = rows["p_value"].notna() & rows["q_value"].isna()
    sure = tested["q_value"] < LEVEL
    hints = tested[~sure & (tested["p_value"] < LEVEL)]
    untested = rows[rows["effect"].isna()].groupby("reason")["graph"].unique()
    return (
        f"**Choke points ({scope}).** Anti-Hebbian, against nodes with neighborhoods of the same "
        f"size and degree. More stable states at choke points: "
        f"{_cases(tested[sure & (tested['effect'] > 0)])}. "
        f"Fewer: {_cases(tested[sure & (tested['effect'] < 0)])}. "
        f"In {(~sure).sum()} no difference stands after correction for all tests (before it: "
        f"{_cases(hints)}). In {equal.sum()} all counts compared are equal. Not comparable: "
        + ("; ".join(f"{', '.join(names)} ({why})" for why, names in untested.items()) or "none")
        + "."
    )


def _beyond_degrees(rows: pd.DataFrame, nulls: int) -> str:
    return (
        "**Does the wiring matter beyond degrees?** The excess of choke points over all other "
        f"nodes, against the same nodes of rewired graphs: of {rows['low'].notna().sum()} "
        f"anti-Hebbian intervals these lie above 0: {_cases(rows[rows['low'] > 0])}; these below: "
        f"{_cases(rows[rows['high'] < 0])}. With so many rewired graphs ({nulls} for each) no p "
        f"value can be below {1 / (1 + nulls):.2g}."
    )


def _numbers(scope: Any, rows: pd.DataFrame) -> str:
    order = [name for name in COMPARISONS if name in set(rows["comparison"])]
    lines = [f"| network | strength | {' | '.join(order)} |", "|---|---|" + "---|" * len(order)]
    for (graph, strength), case in rows.groupby(["graph", "strength"], sort=False):
        cells = {row.comparison: _effect(row) for row in case.itertuples()}
        lines.append(f"| {graph} | {strength:g} | {' | '.join(cells[name] for name in order)} |")
    title = f"### {scope}: excess at choke points, in bits [95% interval]"
    return title + "\n\n" + "\n".join(lines)


def _worth(scope: Any, rows: pd.DataFrame) -> str:
    number, proved = len(rows), int((rows["status"] == "certified").sum())
    return (
        f"Of {number} {scope} counts {proved} ({100 * proved / number:.0f}%) are certified (proved "
        f"exact), {number - proved} lower bounds (so many were found, there may be more); "
        f"{(rows['n_stable'] == 0).sum()} are 0 (no stable state found at this learning rate) and "
        "enter no mean of logarithms."
    )


def _of(found: pd.DataFrame, comparison: str) -> pd.DataFrame:
    return found[found["comparison"] == comparison]


def _values(column: pd.Series[Any]) -> str:
    return ", ".join(f"{value:g}" for value in column.unique())


def _cases(rows: pd.DataFrame) -> str:
    return (
        "; ".join(
            f"{row.graph} at {row.strength:g} ({_effect(row)}, q = {row.q_value:.2g}; {row.scope}, "
            f"{row.status})"
            for row in rows.itertuples()
        )
        or "none"
    )


def _effect(row: Any) -> str:
    """Effect, interval and p value, as far as there are any."""
    interval = "" if pd.isna(row.low) else f" [{row.low:.2f}, {row.high:.2f}]"
    p_value = "" if pd.isna(row.p_value) else f", p = {row.p_value:.2g}"
    return "–" if pd.isna(row.effect) else f"{row.effect:+.2f}{interval}{p_value}"
