"""What the study multistability found, in words that its numbers write."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import pandas as pd

from netplastic.analyses import Study

from ._few_states import most_sets, padovan, perrin
from ._words import counted, each, listed, markdown, number, span

__all__ = ["SIZE", "family", "most_bits", "tell"]

SIZE = ", n = "
"""Stands between the family and the size in the name of a graph."""
Families: TypeAlias = "list[tuple[object, pd.Series[float]]]"
RULES = {"paths": ("Padovan numbers", padovan), "cycles": ("Perrin numbers", perrin)}
FINDING = """\
# Stable states and the size of the network

*{question}*

Stable states of whole networks with the anti-Hebbian rule (decay 1, bias 1, tanh, learning rate \
1), at strengths relative to 15 times the mean degree. In the strong limit they are the maximal \
independent sets, and their number is an exact integer.

## In short

{short}

## Growth by family

{families}

## What the counts are worth

{worth}

## Read with care

- The most sets are those of Moon and Moser (1965), 3^(n/3) where three divides n. The fewest are \
for graphs without twins (nodes with the same neighbors): N sets can tell at most 2^N - 1 nodes \
apart. With twins there may be two sets at any size.
- Neither is a bound at finite strengths, where stalemates (neighbors that stay at middle rates) \
may be stable too.
- The mean degree sets the unit of strength; hubs of larger degree need more (a node of degree d \
about 15 d).
"""


def family(name: str) -> str:
    """Name of the family in the name of a graph.

    Examples
    --------
    >>> family("paths, n = 12"), family("mine")
    ('paths', 'mine')
    """
    return name.split(SIZE)[0]


def most_bits(n: int) -> float:
    """Most maximal independent sets of n nodes, as log2.

    Examples
    --------
    >>> round(most_bits(3), 3)
    1.585
    """
    return math.log2(most_sets(int(n)))


def tell(study: Study, own: pd.DataFrame, limit: pd.DataFrame) -> str:
    """Return the finding as Markdown.

    Parameters
    ----------
    study : Study
    own, limit : pandas.DataFrame
        The parts of the study's table; the second may be empty.
    """
    infinite = pd.concat([own[np.isinf(own["relative"])], limit], ignore_index=True)
    infinite = infinite.drop_duplicates("graph").assign(family=infinite["graph"].map(family))
    short = [_verdict(infinite), *_sequences(infinite), _bounds(infinite), _finite(own)]
    return FINDING.format(
        question=study.question,
        short="\n\n".join(short),
        families=markdown(_families(infinite)),
        worth=_worth(own, limit),
    )


def _means(rows: pd.DataFrame) -> pd.Series[float]:
    """Mean log2 count over the size of the network, for one family."""
    return rows.groupby("nodes")["log2_stable"].mean()


def _verdict(infinite: pd.DataFrame) -> str:
    grows: Families = []
    constant: Families = []
    falls: Families = []
    dips = []
    for name, rows in infinite.groupby("family", sort=False):
        bits = _means(rows)
        if len(bits) < 2:
            continue
        change = bits.iloc[-1] - bits.iloc[0]
        (grows if change > 0 else falls if change < 0 else constant).append((name, bits))
        dips += [name] * bool((np.diff(bits) < 0).any())
    text = (
        "**Do larger networks have more stable states?** From the smallest network to the largest "
        f"their number grows in {counted(len(grows), 'family', 'families')}: {_ends(grows)}."
    )
    if constant:
        text += f" It does not change at all in {len(constant)}: {_same(constant)}."
    if falls:
        text += f" It falls in {len(falls)}: {_ends(falls)}."
    if dips:
        text += f" On the way there are larger networks with fewer states in {listed(dips)}."
    if constant or falls:
        text += " So size alone brings no multistability: the wiring decides."
    return text


def _ends(families: Families) -> str:
    return (
        "; ".join(
            f"{name} {number(bits.iloc[0], 3)} to {number(bits.iloc[-1])} bits for "
            f"{bits.index[0]} to {bits.index[-1]} nodes"
            for name, bits in families
        )
        or "none"
    )


def _same(families: Families) -> str:
    return "; ".join(
        f"{name} have {number(2.0 ** bits.iloc[0])} at every size from {bits.index[0]} to "
        f"{bits.index[-1]} nodes"
        for name, bits in families
    )


def _sequences(infinite: pd.DataFrame) -> list[str]:
    """Whether paths and cycles have the counts that recurrences give."""
    found = []
    for name, (what, rule) in RULES.items():
        rows = infinite[infinite["family"] == name]
        if rows.empty:
            continue
        alike = [int(row.n_stable) == rule(int(row.nodes)) for row in each(rows)]
        largest = next(each(rows.sort_values("nodes", ascending=False)))
        rate = number(largest.log2_stable / largest.nodes)
        found.append(
            f"**{name.capitalize()}.** In the limit {sum(alike)} of {len(alike)} counts are the "
            f"{what}, up to n = {largest.nodes} (an integer of "
            f"{len(str(largest.n_stable))} digits, {rate} bits per node)."
        )
    return found


def _bounds(infinite: pd.DataFrame) -> str:
    rows = infinite[infinite["most"].notna()]
    sure = rows[rows["status"] == "certified"]
    values = [(int(r.n_stable), int(r.fewest), int(r.most), r.family) for r in each(sure)]
    at_most = dict.fromkeys(name for count, _, most, name in values if count == most)
    at_least = dict.fromkeys(name for count, least, _, name in values if count == least)
    outside = sum(not least <= count <= most for count, least, most, _ in values)
    return (
        f"**Bounds.** {len(values) - outside} of {len(values)} certified counts in the limit lie "
        "between the fewest and the most maximal independent sets that a graph with as many "
        f"classes of twins can have. The most is reached by graphs of the families "
        f"{listed(at_most)}; the fewest by {listed(at_least)}."
    )


def _finite(own: pd.DataFrame) -> str:
    in_limit = own[np.isinf(own["relative"])].set_index("graph")
    finite = own[np.isfinite(own["relative"]) & own["graph"].isin(in_limit.index)]
    if finite.empty:
        return "**Finite strengths.** None was counted."
    parts = []
    for relative, rows in finite.groupby("relative"):
        both = rows[
            (rows["status"] == "certified") & (rows["graph"].map(in_limit["status"]) == "certified")
        ]
        there = both["graph"].map(in_limit["log2_stable"]).astype(float)  # of no rows, too
        gap = both["log2_stable"] - there
        many, fewer = int((gap > 0).sum()), int((gap < 0).sum())
        more = list(dict.fromkeys(both.loc[gap > 0, "graph"].map(family)))
        less = list(dict.fromkeys(both.loc[gap < 0, "graph"].map(family)))
        parts.append(
            f"At strength / (15 mean degree) = {relative:g}, of {len(both)} certified counts "
            f"{len(both) - many - fewer} equal the limit's; larger: {many}"
            + (f" ({listed(more)})" if many else "")
            + f"; smaller: {fewer}"
            + (f" ({listed(less)})" if fewer else "")
        )
    return f"**Finite strengths.** {'. '.join(parts)}."


def _families(infinite: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, group in infinite.groupby("family", sort=False):
        bits = _means(group)
        sizes, values = bits.index.to_numpy(dtype=float), bits.to_numpy()
        slope = np.polyfit(sizes, values, 1)[0] if len(bits) > 1 else math.nan
        rows.append(
            {
                "family": name,
                "graphs": len(group),
                "nodes": span(sizes, 6),
                "bits, least to most": span(group["log2_stable"], 4),
                "bits per further node": round(float(slope), 4) + 0.0,
                "certified": f"{(group['status'] == 'certified').sum()} of {len(group)}",
            }
        )
    return pd.DataFrame(rows)


def _worth(own: pd.DataFrame, limit: pd.DataFrame) -> str:
    finite = own[np.isfinite(own["relative"])]
    infinite = pd.concat([own[np.isinf(own["relative"])], limit])
    return " ".join(
        f"Of {counted(len(rows), 'count')} {where} {(rows['status'] == 'certified').sum()} are "
        f"certified (proved exact), {(rows['status'] != 'certified').sum()} are not (at least so "
        "many, or an estimate)."
        for where, rows in (("at finite strengths", finite), ("in the limit", infinite))
        if len(rows)
    )
