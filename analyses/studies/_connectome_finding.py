"""What the study connectome found, in words that its numbers write."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from netplastic.analyses import Study

from ._words import counted, each, groups, markdown, number, span

__all__ = ["BALLS", "BORN", "COUNTS", "RATES", "UNIT", "Found", "coexistence", "tell", "where"]

RATES = (0.1, 1.0, 100.0)
"""Learning rates at which followed states are judged."""
UNIT, COUNTS = "one each", "counts"
"""What a parameter `weights` says: 1 for every arc, or the graph's own numbers."""
NAMED = (119.0, 154.0), (261.0, 339.0)
"""Where the theory's state is born, and stable at learning rate 0.1: between these strengths, on a
grid of factor 1.3 (docs/theory.md#section-7, part d)."""
BALLS, BORN = ["graph", "autapses", "scope", "relative"], ["graph", "autapses", "weights"]
"""Columns that name a case of balls, of followed states."""
FINDING = """\
# A measured nervous system

*{question}*

The nervous system of C. elegans (Cook et al. 2019), every connection with weight 1 where nothing \
else is said, anti-Hebbian rule (decay 1, bias 1, tanh). In the strong limit stable states are \
maximal independent sets (gap junctions, undirected) or kernels (chemical synapses, directed), and \
what autapses (self-loops) make of them, at any learning rate.

## In short

{totals}

{autapses}

{chokes}

{rip}

{onsets}

{births}

{named}

## Totals

{table}

## Choke points at equal degree

{effects}

## Counts of balls

{balls}

## States followed down

{followed}

## Read with care

- This is one network: p values are among places of whole blocks of choke points in it, and say \
nothing about other worms.
- A lower bound is what the budget of the search reached. `pip install "netplastic[exact]"` adds \
the model counters that make counts without autapses exact.
- At finite strengths 15 d is where a node of mean degree d begins to be high or low; balls are \
counted on their own (isolated), at learning rate 1.
- Onsets are those of the largest component without autapses: an isolated pair of nodes turns \
bistable at 6.54 whatever the rest does. The chemical network has none: where arcs differ in the \
two directions there is no objective whose minimum could be lost, and a second state may arise \
from nothing that is followed. What its limit states say is an upper end.
- Followed states are drawn uniformly ("all") where all could be compiled; else they are maximal \
independent sets in random order of the nodes ("greedy"), or come at even steps from the list \
that the budget allows ("list"), which may lie in one corner of the space of states.
- Weights (numbers of sections) move where the limit begins, not what it is, as long as autapses \
lie on nodes of their own.
"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """The parts of the study's table; all but the first may be empty.

    Attributes
    ----------
    own : pandas.DataFrame
        Of `limit_counts`.
    balls : pandas.DataFrame
        Of `neighborhoods`; relative is inf in the limit.
    chokes : pandas.DataFrame
        Choke points against other nodes.
    onsets : pandas.DataFrame
        Of `whole_onsets`.
    born : pandas.DataFrame
        Of `births`.
    """

    own: pd.DataFrame
    balls: pd.DataFrame
    chokes: pd.DataFrame
    onsets: pd.DataFrame
    born: pd.DataFrame


def tell(study: Study, found: Found) -> str:
    """Return the finding as Markdown."""
    names = ["graph", "autapses", "nodes", "edges", "n_stable", "log2_stable", "status", "reason"]
    return FINDING.format(
        question=study.question,
        totals=_totals(found.own),
        autapses=_autapses(found.own),
        chokes=_chokes(found.chokes),
        rip=_rip(found.balls),
        onsets=_onsets(found.onsets),
        births=_births(found.born),
        named=_named(found.born),
        table=markdown(found.own[names]),
        effects=_effects(found.chokes),
        balls=_balls(found.balls),
        followed=_followed(found.born),
    )


def where(row: Any) -> str:
    """Name a case of balls: network, self-loops, scope, strength."""
    at = "" if math.isinf(row.relative) else f", at {number(row.relative)} times 15 d"
    return f"{row.graph}, autapses {row.autapses}, {row.scope}{at}"


def _totals(own: pd.DataFrame) -> str:
    parts = [
        f"{row.graph} with autapses {row.autapses}: "
        f"{'exactly' if row.status == 'certified' else 'at least'} {int(row.n_stable):,}"
        for row in each(own)
    ]
    return f"**Stable states of the whole network.** {'; '.join(parts)}."


def _autapses(own: pd.DataFrame) -> str:
    """What self-loops change, where both counts are exact; else what is known."""
    parts = []
    for name, rows in own.groupby("graph", sort=False):
        by_case = {row.autapses: row for row in each(rows)}
        kept, removed = by_case.get("kept"), by_case.get("removed")
        if kept is None or removed is None or not kept.autapses_found:
            continue
        loops = counted(int(kept.autapses_found), "autapsis", "autapses")
        if kept.status == removed.status == "certified":
            if int(kept.n_stable) == int(removed.n_stable):
                parts.append(f"{name}: {loops} change nothing")
            elif int(kept.n_stable) == 0:
                parts.append(f"{name}: with its {loops} no stable state is left")
            else:
                ratio = int(removed.n_stable) / int(kept.n_stable)
                parts.append(f"{name}: {loops} divide the count by {number(ratio)}")
        else:
            parts.append(f"{name}: {loops}, and not both counts are exact, so their effect is open")
    text = "; ".join(parts) or "no network has any"
    return f"**Autapses.** {text[0].upper()}{text[1:]}."


def _chokes(found: pd.DataFrame) -> str:
    known = found[found["effect"].notna()] if len(found) else found
    if not len(known):
        return "**Choke points.** There is nothing to compare at equal degree."
    parts = [f"{where(row)}: {_effect(row)}" for row in each(known)]
    return (
        "**Choke points.** More (+) or fewer (-) bits than at other nodes of equal degree: "
        f"{'; '.join(parts)}."
    )


def _effect(row: Any) -> str:
    interval = ""
    if pd.notna(row.low):
        interval += f" [{row.low:+.2f}, {row.high:+.2f}]"
    if pd.notna(row.p_value):
        interval += f", p = {number(row.p_value, 2)}"
    return f"{row.effect:+.2f}{interval}"


def _effects(found: pd.DataFrame) -> str:
    if not len(found):
        return "Nothing was compared."
    names = [*BALLS, "n_choke", "n_control", "effect", "low", "high", "p_value", "status",
             "reason"]  # fmt: skip
    return markdown(found[[name for name in names if name in found]])


def _rip(balls: pd.DataFrame) -> str:
    """The pair of neurons that joins the pharyngeal to the somatic nervous system."""
    rows = balls[balls["node"].isin(("RIPL", "RIPR"))] if len(balls) else balls
    if len(rows):  # other strengths stand in the table of the study
        rows = rows[rows["relative"].isin((1.0, math.inf))]
    if not len(rows):
        return "**RIP neurons.** They are not among the nodes."
    parts, places = [], dict[str, str]()
    for _, group in groups(rows, BALLS):
        first = next(each(group))
        n = int((balls[BALLS] == group[BALLS].iloc[0]).all(axis=1).sum())
        cells = ", ".join(
            f"{row.node} {'at least ' * (row.status != 'certified')}{int(row.n_stable)} "
            f"(excess {_bits(row.excess)})"
            for row in each(group)
        )
        parts.append(f"{where(first)}: {cells}")
        ranks = ", ".join(
            f"{row.node} has degree {row.degree}, rank {row.betweenness_rank} by betweenness and "
            f"{row.bridging_centrality_rank} by bridging of {n}, and is "
            f"{'a' if row.is_choke else 'no'} choke point"
            for row in each(group)
        )
        places.setdefault(str(first.graph), ranks)
    text = "; ".join(f"{name}: {ranks}" for name, ranks in places.items())
    return f"**RIP neurons.** {text}. States of their balls: {'; '.join(parts)}."


def _bits(value: float) -> str:
    return f"{value:+.2f} bits" if np.isfinite(value) else "unknown"


def _onsets(onsets: pd.DataFrame) -> str:
    if not len(onsets):
        return "**Onset of the whole network.** Not looked for."
    parts = []
    for row in each(onsets):
        place = "not found"
        if math.isfinite(row.strength):
            bracket = (
                ""
                if pd.isna(row.lower)
                else (f" (one stable state up to {number(abs(row.lower))} at least; {row.status})")
            )
            place = (
                f"at |strength| {number(abs(row.strength))}{bracket}, a {row.kind} whose mode lies "
                f"on {number(row.participation_ratio, 2)} nodes, most on {row.mode_node} "
                f"({row.mass_node:.0%})"
            )
        parts.append(f"{row.graph} ({row.nodes} nodes): {row.event} {place}")
    return f"**Onset of the whole network.** {'; '.join(parts)}."


def _births(born: pd.DataFrame) -> str:
    if "born" not in born or not (born["status"] == "followed").any():
        return "**Where limit states are born.** None was followed."
    parts = []
    for _, rows in groups(born, BORN):
        followed = rows[rows["status"] == "followed"]
        first = next(each(rows))
        text = (
            f"{first.graph}, autapses {first.autapses}, weights {first.weights}: {len(followed)} "
            f"followed ({_source(first)})"
        )
        if len(followed):
            alive = int((followed["born"] == 0.0).sum())
            text += f", born at |strength| {span(followed.loc[followed['born'] > 0, 'born'])}"
            text += f" ({alive} live on below the weakest strength)" if alive else ""
            text += "".join(
                f", stable at learning rate {rate:g} from {_from(followed[f'stable_{rate:g}'])} on"
                for rate in RATES
            )
            two = coexistence(followed)
            text += f"; two of them are there from {number(two, 3)} on" if two > 0.0 else ""
        parts.append(text)
    return f"**Where limit states are born.** {'. '.join(parts)}."


def coexistence(followed: pd.DataFrame) -> float:
    """|strength| from which on two of the followed states exist and are stable for fast learning.

    NaN where fewer than two were followed, 0 where two live on below the weakest strength.
    """
    stable = followed[f"stable_{max(RATES):g}"].where(followed["born"] > 0.0, 0.0)
    return float(stable.nsmallest(2).iloc[1]) if len(stable) > 1 else math.nan


def _source(row: Any) -> str:
    if row.drawn == "list":
        return f"from a list of {int(row.listed)}"
    return {"all": "drawn uniformly", "greedy": "greedy in random order"}[row.drawn]


def _named(born: pd.DataFrame) -> str:
    """Whether states like the one that the theory followed are among them."""
    if "born" not in born or "weights" not in born:
        return "**The theory's state.** Nothing was followed."
    rows = born[(born["autapses"] == "kept") & (born["graph"] == "chemical synapses")]
    (low, high), (slow, slowest) = NAMED
    born_so = rows["born"].between(low, high)
    like = born_so & rows["stable_0.1"].between(slow, slowest)
    parts = [
        f"with weights {weights} {int(born_so[part.index].sum())} of {len(part)} are born there, "
        f"{int(like[part.index].sum())} of them with that stability"
        for weights, part in groups(rows, "weights")
    ]
    return (
        f"**The theory's state.** docs/theory.md#section-7 follows a state that is born between "
        f"{low:g} and {high:g} and stable at learning rate 0.1 from {slow:g} to {slowest:g} on. In "
        f"the chemical network with autapses, {'; '.join(parts) or 'none was followed'}."
    )


def _balls(balls: pd.DataFrame) -> str:
    """Counts of all balls in one row for each case."""
    if not len(balls):
        return "None."
    rows = []
    for _, part in groups(balls, BALLS):
        first = next(each(part))
        rows.append(
            {
                "graph": first.graph,
                "autapses": first.autapses,
                "scope": first.scope,
                "relative": first.relative,
                "strength": first.strength,
                "balls": len(part),
                "certified": int((part["status"] == "certified").sum()),
                "without a stable state": int((part["n_stable"] == 0).sum()),
                "mean log2 count": float(part.loc[part["n_stable"] > 0, "log2_stable"].mean()),
                "most": int(part["n_stable"].max()),
            }
        )
    return markdown(pd.DataFrame(rows))


def _from(values: pd.Series[float]) -> str:
    never = int(np.isinf(values).sum())
    return span(values) + (f" ({never} not even at the largest)" if never else "")


def _followed(born: pd.DataFrame) -> str:
    if not len(born):
        return "None."
    names = ["graph", "autapses", "weights", "drawn", "state", "n_high", "born",
             *(f"stable_{rate:g}" for rate in RATES), "status"]  # fmt: skip
    return markdown(born[[name for name in names if name in born]])
