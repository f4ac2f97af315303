"""What the study choke-points found, in words that its numbers write."""

from __future__ import annotations

from typing import Any

import pandas as pd

from netplastic.analyses import Study

__all__ = ["LEVEL", "tell"]

LEVEL = 0.05
"""A difference is called found where its corrected p value (q) is below."""
COMPARISONS = ("matched", "mechanism", "null graphs", "null contrast")
KINDS = ("connector", "bridge end", "hub")
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
- Neighborhoods of neighboring nodes overlap, so that nodes of one network are not independent. p \
values are among random places of the whole blocks of choke points, intervals over blocks: they \
speak of this network, not of networks of its kind, for which `netplastic.amplification` takes an \
ensemble. There is no interval below four blocks, and no p value where few arrangements or balls \
are different or not all nodes were counted.
- Lower bounds grow with the effort of the search. Where they are compared, the effect is one of \
what was found: take it as certain only where counts are certified.
- Equal degree is exact: a choke point with fewer than three other nodes of its degree has no \
place in "matched", and in "mechanism" (equal edges among neighbors too) still fewer have.
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
    apart, found = found, found[found["choke_kind"] == "all"]
    anti = found[found["strength"] < 0]
    nulls = int(table["null"].max())
    flags = itself.drop_duplicates(["graph", "node"]).groupby("graph", sort=False)["is_choke"]
    chokes = flags.agg(["sum", "size"])
    short = [_multistability(*scope) for scope in itself.groupby("scope", sort=False)]
    short += [_verdict(*scope) for scope in _of(anti, "matched").groupby("scope", sort=False)]
    short += [_kinds(*scope) for scope in _anti(apart).groupby("scope", sort=False)]
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
    open_ones = rows[rows["p_value"].isna()].assign(reason=lambda t: t["reason"].map(_why))
    untested = open_ones.groupby("reason")["graph"].unique()
    return (
        f"**Choke points ({scope}).** Anti-Hebbian, against other nodes of equal degree. "
        "More stable states at choke points: "
        f"{_cases(tested[sure & (tested['effect'] > 0)])}. "
        f"Fewer: {_cases(tested[sure & (tested['effect'] < 0)])}. "
        f"In {(~sure).sum()} no difference stands after correction for all tests (before it: "
        f"{_cases(hints)}). In {equal.sum()} all counts compared are equal. Not tested: "
        + ("; ".join(f"{', '.join(names)} ({why})" for why, names in untested.items()) or "none")
        + "."
    )


def _why(reason: str) -> str:
    """Why there is no p value, of all that a reason says."""
    return next((part for part in reason.split("; ") if "p value" in part), reason)


def _kinds(scope: Any, rows: pd.DataFrame) -> str:
    """Mean effect of each kind of choke point over networks and strengths, and its sign."""
    matched = _of(rows, "matched")
    parts = []
    for kind in KINDS:
        effects = matched[matched["choke_kind"] == kind]["effect"].dropna()
        if len(effects):
            more = (effects > 0).sum()
            parts.append(
                f"{kind}s {effects.mean():+.2f} bits (above 0 in {more} of {len(effects)})"
            )
    none = _of(rows, "no stable state")
    none = none[(none["choke_kind"] == "all")]
    shares = none[["share_without_choke", "share_without_control"]].mean()
    return (
        f"**Kinds of choke points ({scope}).** At equal degree, mean over networks and "
        f"anti-Hebbian strengths: {'; '.join(parts) or 'nothing to compare'}. No stable state: "
        f"{100 * shares.iloc[0]:.1f}% of choke points, {100 * shares.iloc[1]:.1f}% of other nodes."
    )


def _anti(found: pd.DataFrame) -> pd.DataFrame:
    return found[found["strength"] < 0]


def _beyond_degrees(rows: pd.DataFrame, nulls: int) -> str:
    known = rows[rows["effect"].notna()]
    unchanged = rows[rows["effect"].isna() & rows["reason"].str.contains("equal to the original")]
    kept = (
        f" Left out, because no rewiring changes them: {', '.join(unchanged['graph'].unique())}."
        if len(unchanged)
        else ""
    )
    text = (
        "**Does the wiring matter beyond degrees?** The effect at equal degree, against the same "
        f"nodes of rewired graphs: above their mean in {(known['effect'] > 0).sum()} of "
        f"{len(known)} anti-Hebbian cases, below it in {(known['effect'] < 0).sum()}.{kept}"
    )
    ranked = known[known["z"].notna()]
    if ranked.empty:
        return f"{text} With so few rewired graphs ({nulls} for each) there is no rank and no z."
    listed = "; ".join(
        f"{row.graph} at {row.strength:g} (rank {row.rank:g} among {row.n_nulls}, z {row.z:+.1f})"
        for row in ranked.itertuples()
    )
    return f"{text} Ranks from the lowest: {listed}."


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
