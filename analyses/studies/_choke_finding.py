"""What the study choke-points found, in words that its numbers write."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from netplastic.analyses import Study

__all__ = ["LEVEL", "tell"]

FEW = 5
LEVEL = 0.05
"""A difference is called found where its corrected p value (q) is below."""
GROUPS = {
    "matched": "nodes with neighborhoods of the same size and degree",
    "all others": "all other nodes",
    "null graphs": "the same nodes of rewired graphs with the same degrees",
    "null contrast": "the difference to other nodes, here against rewired graphs",
}


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
    scopes = list(itself["scope"].unique())
    parts = [
        "# Choke points and stable states",
        f"*{study.question}*",
        _what_was_counted(table),
        "## In short",
        *[_multistability(itself, scope) for scope in scopes],
        *[_verdict(found, scope) for scope in scopes],
        _nulls(table, found),
        "## Numbers",
        *[text for scope in scopes for text in _numbers(found, scope)],
        "## What the counts are worth",
        _worth(table),
        "## Read with care",
        *_cautions(table, found),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _what_was_counted(table: pd.DataFrame) -> str:
    strengths = ", ".join(f"{value:g}" for value in table["strength"].unique())
    chokes = table[table["null"] == 0].drop_duplicates(["graph", "node"])
    per_graph = chokes.groupby("graph", sort=False)["is_choke"].agg(["sum", "size"])
    listed = "; ".join(f"{row.Index} ({row.sum} of {row.size})" for row in per_graph.itertuples())
    return (
        f"Stable equilibria of the ball of radius {_only(table['radius'])} around every node, at "
        f"strengths {strengths} (decay 1, bias 1, tanh) and learning rate "
        f"{_only(table['learning_rate'])}, on {_count(len(per_graph), 'network')}, with "
        f"{_count(table['null'].max(), 'rewired graph')} for each. "
        f"Choke points among the nodes counted: {listed}. "
        "Effects are differences of mean log2 counts: 1 bit is a factor of 2."
    )


def _multistability(itself: pd.DataFrame, scope: str) -> str:
    rows = itself[itself["scope"] == scope]
    share = (rows["n_stable"] > 1).groupby(rows["strength"], sort=False).mean()
    listed = ", ".join(f"{100 * value:.0f}% at {strength:g}" for strength, value in share.items())
    text = (
        f"**Where stable states are ({scope}).** Neighborhoods with more than one stable state: "
        f"{listed}."
    )
    strength = rows["strength"].min()
    some = rows[(rows["strength"] == strength) & (rows["n_stable"] > 0)]
    mean = some.groupby("graph", sort=False)["log2_stable"].mean()
    if len(mean) > 1:
        text += (
            f" At {strength:g} {mean.idxmax()} has the most ({mean.max():.2f} bits in the mean), "
            f"{mean.idxmin()} the fewest ({mean.min():.2f})."
        )
    return text


def _verdict(found: pd.DataFrame, scope: str) -> str:
    rows = found[(found["scope"] == scope) & (found["strength"] < 0)]
    matched = rows[rows["comparison"] == "matched"]
    tested = matched[matched["p_value"].notna()]
    alike = tested[_all_alike(tested)]
    sure = tested[tested["q_value"] < LEVEL]
    more, fewer = sure[sure["effect"] > 0], sure[sure["effect"] < 0]
    hints = tested[(tested["p_value"] < LEVEL) & ~(tested["q_value"] < LEVEL)]
    untested = matched[matched["effect"].isna()].groupby("reason", sort=True)["graph"].unique()
    text = [
        f"**Choke points ({scope}).** Anti-Hebbian, against {GROUPS['matched']}: "
        f"{_count(len(tested), 'comparison')}."
    ]
    text.append(f"More stable states at choke points: {_cases(more)}.")
    text.append(f"Fewer: {_cases(fewer)}.")
    undecided = len(tested) - len(sure) - len(alike)
    if undecided:
        text.append(
            f"In {undecided} no difference stands after correction for all tests"
            + (f", though some are noted before it: {_cases(hints)}." if len(hints) else ".")
        )
    if len(alike):
        text.append(f"In {len(alike)} all counts compared are equal.")
    for reason, graphs in untested.items():
        text.append(f"Not comparable: {', '.join(graphs)} ({reason}).")
    return " ".join(text)


def _nulls(table: pd.DataFrame, found: pd.DataFrame) -> str:
    rows = found[(found["comparison"] == "null contrast") & found["low"].notna()]
    rows = rows[rows["strength"] < 0]
    if not len(rows):
        return ""
    number = int(table["null"].max())
    above, below = rows[rows["low"] > 0], rows[rows["high"] < 0]
    return (
        "**Does the wiring matter beyond degrees?** The excess of choke points over all other "
        f"nodes, compared with the same nodes of {_count(number, 'rewired graph')}: of "
        f"{_count(len(rows), 'anti-Hebbian comparison')} the interval lies above 0 in "
        f"{len(above)} ({_by_graph(above)}) and below in {len(below)} ({_by_graph(below)}). "
        f"With {_count(number, 'rewired graph')} no p value can be below {1 / (1 + number):.2g}."
    )


def _numbers(found: pd.DataFrame, scope: str) -> Iterable[str]:
    rows = found[found["scope"] == scope]
    yield f"### {scope}: excess at choke points, in bits [95% interval], p"
    order = [name for name in GROUPS if name in set(rows["comparison"])]
    lines = [
        "| network | strength | " + " | ".join(f"{name}" for name in order) + " |",
        "|---|---|" + "---|" * len(order),
    ]
    for (graph, strength), case in rows.groupby(["graph", "strength"], sort=False):
        by_name = {row["comparison"]: row for _, row in case.iterrows()}
        cells = [_cell(by_name[name]) for name in order]
        lines.append(f"| {graph} | {strength:g} | " + " | ".join(cells) + " |")
    yield "\n".join(lines)


def _worth(table: pd.DataFrame) -> str:
    text = []
    for scope, rows in table.groupby("scope", sort=False):
        certified = int((rows["status"] == "certified").sum())
        text.append(
            f"Of {len(rows)} {scope} counts {certified} ({100 * certified / len(rows):.0f}%) are "
            "certified: proved exact."
        )
        if certified < len(rows):
            text.append(
                f"The other {len(rows) - certified} are lower bounds: so many were found, there "
                "may be more."
            )
    nothing = int((table["n_stable"] == 0).sum())
    if nothing:
        text.append(
            f"{nothing} counts are 0 (no stable state found at this learning rate) and enter no "
            "mean of logarithms."
        )
    return " ".join(text)


def _cautions(table: pd.DataFrame, found: pd.DataFrame) -> Iterable[str]:
    tests = int(found["q_value"].notna().sum())
    yield (
        f"- {tests} tests were made. q values control the false discovery rate within each kind "
        "of comparison (Benjamini and Hochberg 1995); comparisons in which all counts are equal "
        "are left out."
    )
    yield (
        "- Neighborhoods of neighboring nodes overlap, so that nodes of one network are not "
        "independent: p values against other nodes of the same network are too small rather than "
        "too large. The comparison with rewired graphs does not suffer from this."
    )
    if (table["status"] != "certified").any():
        yield (
            "- Lower bounds grow with the effort of the search. Where they are compared, the "
            "effect is one of what was found: take it as certain only where counts are certified."
        )
    nodes = table.drop_duplicates(["graph", "node"])
    number = nodes.groupby("graph", sort=False)["is_choke"].sum()
    few = [str(graph) for graph in number.index[number < FEW]]
    if few:
        yield (
            f"- Fewer than {FEW} choke points, where bootstrap intervals are too narrow: "
            f"{', '.join(few)}."
        )
    if (table["strength"] > 0).any():
        yield (
            "- Hebbian learning of one strength is shown for contrast. Where strength / decay "
            "times the weighted degree exceeds about 3.3, each node is bistable in its sign under "
            "Hebbian learning, and counts grow as 2 to the number of nodes."
        )


def _all_alike(rows: pd.DataFrame) -> pd.Series:
    return rows["q_value"].isna()


def _cases(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "none"
    return "; ".join(
        f"{row.graph} at {row.strength:g} ({row.effect:+.2f} bits{_interval(row)}, "
        f"p = {row.p_value:.2g}, q = {row.q_value:.2g}; {row.status}"
        f"{'' if row.status == 'certified' else 's'})"
        for row in rows.itertuples()
    )


def _by_graph(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "none"
    return "; ".join(
        f"{graph}: {', '.join(f'{r.scope} {r.strength:g}' for r in case.itertuples())}"
        for graph, case in rows.groupby("graph", sort=False)
    )


def _interval(row: object) -> str:
    low, high = row.low, row.high  # type: ignore[attr-defined]  # of itertuples
    return "" if pd.isna(low) else f" [{low:.2f}, {high:.2f}]"


def _cell(row: pd.Series) -> str:
    if pd.isna(row["effect"]):
        return "–"
    interval = "" if pd.isna(row["low"]) else f" [{row['low']:.2f}, {row['high']:.2f}]"
    p_value = "" if pd.isna(row["p_value"]) else f", {row['p_value']:.2g}"
    return f"{row['effect']:+.2f}{interval}{p_value}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _only(column: pd.Series) -> str:
    return ", ".join(f"{value:g}" for value in column.unique())
