"""What the study choke-points found, in words that its numbers write."""

from __future__ import annotations

import pandas as pd

from netplastic.analyses import of_part

from ._choke_compare import LIMIT, counted
from ._choke_measures import LEFT_OUT
from ._choke_theory import beside_theory
from ._choke_words import (
    AS_READ,
    both_ends,
    direction,
    effect,
    families,
    kinds,
    matched,
    mechanism_sentence,
    parity_sentences,
    single,
    targeted_sentence,
)
from ._words import each, groups

__all__ = ["tell"]

FINDING = """\
# Choke points and stable states

{answer}

{short}

## Numbers

{numbers}

## What the counts are worth

{worth}

## Read with care

- An effect is a difference of mean log2 counts between choke points and *other* nodes of the same \
degree in the same graph: 1 bit is a factor of 2. A choke point with fewer than three such nodes \
has no place in it.
- {unit}
- "In the limit" is anti-Hebbian plasticity of strength -inf (decay 1, bias 1, tanh), at any fixed \
learning rate; finite strengths are given as |k| / (15 d), d the mean degree of the graph, at \
learning rate 1.
- Whether edges among neighbors, or what else sets choke points apart, make the difference is a \
comparison of nodes as they are, not an experiment on them.
"""

MOST_LISTED = 40
"""Rows of the list of choke points."""

ONE_UNIT = (
    "The unit of a family is a graph. Within one measured network the p value is among random "
    "places of whole blocks of choke points, and the interval over blocks: they speak of this "
    "network only."
)


def tell(table: pd.DataFrame, found: pd.DataFrame, explained: pd.DataFrame) -> str:
    """Return the finding as Markdown.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the study.
    found : pandas.DataFrame
        Of `compare`.
    explained : pandas.DataFrame
        Of `shares`.
    """
    single_graphs = _singles(table, found)
    short = [
        mechanism_sentence(found, explained),
        *kinds(found),
        *_own(found),
        *([f"**Measured networks, in the limit.** {single_graphs}"] if families(found) else []),
        *_finite(table, found),
        *parity_sentences(counted(table, "onset")),
        *targeted_sentence(counted(table, "targeted")),
        *_null_sentence(found),
    ]
    return FINDING.format(
        answer=_answer(table, found, single_graphs),
        short="\n\n".join(text for text in short if text),
        numbers="\n\n".join(
            [_numbers(found), *_listed(table, found), *beside_theory(table, found)]
        ),
        worth=" ".join(_worth(table)),
        unit=ONE_UNIT,
    )


def _answer(table: pd.DataFrame, found: pd.DataFrame, singles: str) -> str:
    names = families(found)
    if not names:
        ranges = " and ".join(
            f"{int(part['n_stable'].min())} to {int(part['n_stable'].max())} {scope}"
            for scope, part in groups(counted(table, LIMIT), "scope")
        )
        return (
            f"In the strong limit neighborhoods have {ranges} stable states. Choke points against "
            f"other nodes of equal degree: {singles}"
        )
    rows = counted(table, LIMIT)
    graphs = rows[rows["graph"].isin(names)].drop_duplicates(["graph", "seed"])
    proved = (rows[rows["graph"].isin(names)]["status"] == "certified").mean()
    ensemble = matched(found, LIMIT, "ensemble")
    parts = [f"{AS_READ[scope]} {direction(part)}" for scope, part in groups(ensemble, "scope")]
    return (
        f"In the strong limit, on {len(graphs)} graphs of {len(names)} modular and "
        f"bottleneck families, compared with other nodes of equal degree, choke points have, "
        f"{'; '.join(parts)}. {_percent(proved)} of these counts are certified."
    )


def _singles(table: pd.DataFrame, found: pd.DataFrame) -> str:
    rows = found[(found["part"] == LIMIT) & ~found["graph"].isin(families(found))]
    texts = [single(str(name), part) for name, part in groups(rows, "graph")]
    return " ".join(texts) or "There are none."


def _own(found: pd.DataFrame) -> list[str]:
    rows = matched(found, "own", "ensemble")
    alone = matched(found, "own", "graph")
    alone = alone[~alone["graph"].isin(rows["graph"])]
    texts = []
    if len(rows):
        limit = matched(found, LIMIT, "ensemble")
        embedded = limit[limit["scope"] == "embedded"].set_index("graph")["effect"]
        inherited = embedded.reindex(rows["graph"]).to_numpy() - rows["effect"].to_numpy()
        texts.append(
            f"{direction(rows)}. What embedded counts have above that, "
            f"{both_ends(inherited)} bits, is inherited from the rest of the network"
        )
    if len(alone):
        listed = "; ".join(f"{row.graph} {effect(row, ' bits')}" for row in each(alone))
        texts.append(f"an excess of: {listed}")
    if not texts:
        return []
    return [
        "**Own or inherited.** With the rest held at random stable states, choke points have "
        f"{'; measured networks: '.join(texts)}. (Estimates from random states.)"
    ]


def _finite(table: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    several = len(matched(found, "finite", "ensemble")) > 0
    rows = matched(found, "finite", "ensemble" if several else "graph")
    left = of_part(table, "finite") if "part" in table else table.iloc[:0]
    left = left[left["status"] == LEFT_OUT]
    listed = [f"{row.graph} ({row.reason})" for row in each(left.drop_duplicates("graph"))]
    why = f" Not counted: {', '.join(listed)}." if listed else ""
    texts = [
        f"{scope} at {-strength:g}, {_over_networks(part)}"
        for (scope, strength), part in groups(rows, ["scope", "strength"])
    ]
    if not texts:
        return [f"**Finite strengths.**{why}"] if why else []
    named = f"{rows['graph'].nunique()} families" if several else "each network"
    worth = ", ".join(
        f"{_percent((part['status'] != 'certified').mean())} of the {scope}"
        for scope, part in groups(counted(table, "finite"), "scope")
    )
    return [
        f"**Finite strengths** (|k| / (15 d), {named}). Excess of choke points at equal degree, in "
        f"bits: {'; '.join(texts)}. Of the counts, lower bounds are {worth}.{why}"
    ]


def _over_networks(rows: pd.DataFrame) -> str:
    """Families: the range, and how many intervals lie on one side of zero; else each network."""
    if (rows["level"] == "ensemble").all():
        clear = int(((rows["low"] > 0) | (rows["high"] < 0)).sum())
        return f"{both_ends(rows['effect'])} (interval clear of zero in {clear} of {len(rows)})"
    return ", ".join(f"{row.graph} {effect(row)}" for row in each(rows))


def _listed(table: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """The choke points of networks that are no family, node by node."""
    rows = counted(table, LIMIT)
    rows = rows[~rows["graph"].isin(families(found)) & rows["is_choke"]]
    if families(found) or rows.empty:
        return []
    lines = ["| network | choke point | degree | scope | states | excess, bits |", "|---" * 6 + "|"]
    for row in each(rows.head(MOST_LISTED)):
        states = f"{row.n_stable}" if row.status == "certified" else f"at least {row.n_stable}"
        excess = "–" if pd.isna(row.excess) else f"{row.excess:+.2f}"
        lines.append(
            f"| {row.graph} | {row.node} | {row.degree} | {row.scope} | {states} | {excess} |"
        )
    if len(rows) > MOST_LISTED:
        lines.append(f"\nThe first {MOST_LISTED} of {len(rows)} rows; table.csv has all.")
    return ["\n".join(lines)]


def _null_sentence(found: pd.DataFrame) -> list[str]:
    rows = found[found["comparison"] == "null contrast"]
    unchanged = rows[rows["effect"].isna() & rows["reason"].str.contains("equal to the original")]
    names = ", ".join(dict.fromkeys(unchanged["graph"]))
    left_out = f" Left out, because no rewiring changes them: {names}." if names else ""
    rows = rows[rows["effect"].notna()]
    if rows.empty:
        return [f"**Against rewired graphs of the same degrees.**{left_out}"] if names else []
    listed = "; ".join(
        f"{row.graph} ({row.scope}) {row.effect:+.2f} bits, rank {row.rank:g} among {row.n_nulls}"
        for row in each(rows)
    )
    return [f"**Against rewired graphs of the same degrees.** {listed}.{left_out}"]


def _numbers(found: pd.DataFrame) -> str:
    names = list(dict.fromkeys(found[found["part"] == LIMIT]["graph"]))
    columns = [
        ("isolated", LIMIT, "matched"),
        ("embedded", LIMIT, "matched"),
        ("isolated", LIMIT, "mechanism"),
        ("embedded", LIMIT, "mechanism"),
        ("given the rest", "own", "matched"),
    ]
    lines = [
        "Excess of choke points in the limit, in bits [95% interval], share of graphs with the "
        "sign of the mean; the last two columns at equal edges among neighbors too.",
        "",
        "| network | graphs | isolated | embedded | given the rest | isolated, mechanism "
        "| embedded, mechanism |",
        "|---|---|---|---|---|---|---|",
    ]
    order = [columns[0], columns[1], columns[4], columns[2], columns[3]]
    for name in names:
        cells = []
        for scope, part, comparison in order:
            level = "ensemble" if name in families(found) else "graph"
            rows = found[
                (found["part"] == part)
                & (found["graph"] == name)
                & (found["scope"] == scope)
                & (found["comparison"] == comparison)
                & (found["choke_kind"] == "all")
                & (found["level"] == level)
            ]
            cells.append(effect(next(each(rows))) if len(rows) else "–")
        graphs = found[(found["graph"] == name) & (found["part"] == LIMIT)]["seed"].nunique()
        lines.append(f"| {name} | {graphs} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _worth(table: pd.DataFrame) -> list[str]:
    texts = []
    for part, name in ((LIMIT, "in the limit"), ("finite", "at finite strengths")):
        rows = counted(table, part)
        for scope, counts in groups(rows, "scope"):
            number, proved = len(counts), int((counts["status"] == "certified").sum())
            none = int((counts["n_stable"] == 0).sum())
            texts.append(
                f"Of {number} {scope} counts {name} {proved} ({_percent(proved / number)}) are "
                f"certified (proved exact), {number - proved} lower bounds (so many were found, "
                f"there may be more)"
                + (
                    f"; {none} are 0 (none was found), and enter no mean of logarithms."
                    if none
                    else "."
                )
            )
    return texts


def _percent(share: float) -> str:
    # Rounding must not turn "nearly all" into "all".
    if 0.0 < share < 1.0:
        return f"{min(max(100 * share, 0.1), 99.9):.1f}%"
    return f"{100 * share:.0f}%"
