"""What the study connectome found, in words that its numbers write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from netplastic.analyses import Study

from ._words import counted, each, markdown, number, span

__all__ = ["RATES", "tell"]

RATES = (0.1, 1.0, 100.0)
"""Learning rates at which followed states are judged."""
FINDING = """\
# A measured nervous system

*{question}*

The nervous system of C. elegans (Cook et al. 2019), every connection with weight 1, anti-Hebbian \
rule (decay 1, bias 1, tanh). In the strong limit stable states are maximal independent sets (gap \
junctions, undirected) or kernels (chemical synapses, directed), and what autapses (self-loops) \
make of them, at any learning rate.

## In short

{totals}

{autapses}

{chokes}

{rip}

{births}

## Totals

{table}

## Choke points at equal degree

{effects}

## States followed down

{followed}

## Read with care

- This is one network: p values are among places of whole blocks of choke points in it, and say \
nothing about other worms.
- A lower bound is what the budget of the search reached. `pip install "netplastic[exact]"` adds \
the model counters that make counts without autapses exact.
- States that are followed come at even steps from the list that the budget allows; the list \
begins in one corner of the space of states, so they are no random sample.
- Weights (numbers of sections) are left out: they move where the limit begins, not what it is, as \
long as autapses lie on nodes of their own.
"""


def tell(
    study: Study,
    own: pd.DataFrame,
    balls: pd.DataFrame,
    found: pd.DataFrame,
    born: pd.DataFrame,
) -> str:
    """Return the finding as Markdown.

    Parameters
    ----------
    study : Study
    own, balls, born : pandas.DataFrame
        The parts of the study's table; the last two may be empty.
    found : pandas.DataFrame
        Choke points against other nodes.
    """
    names = ["graph", "autapses", "nodes", "edges", "n_stable", "log2_stable", "status", "reason"]
    return FINDING.format(
        question=study.question,
        totals=_totals(own),
        autapses=_autapses(own),
        chokes=_chokes(found),
        rip=_rip(balls),
        births=_births(born),
        table=markdown(own[names]),
        effects=_effects(found),
        followed=_followed(born),
    )


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
    parts = [
        f"{row.graph}, autapses {row.autapses}, {row.scope}: {_effect(row)}" for row in each(known)
    ]
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
    names = ["graph", "autapses", "scope", "n_choke", "n_control", "effect", "low", "high",
             "p_value", "status", "reason"]  # fmt: skip
    return markdown(found[[name for name in names if name in found]])


def _rip(balls: pd.DataFrame) -> str:
    """The pair of neurons that joins the pharyngeal to the somatic nervous system."""
    rows = balls[balls["node"].isin(("RIPL", "RIPR"))] if len(balls) else balls
    if not len(rows):
        return "**RIP neurons.** They are not among the nodes."
    parts = []
    for (graph, autapses, scope), group in rows.groupby(["graph", "autapses", "scope"], sort=False):
        n = len(balls[(balls["graph"] == graph) & (balls["scope"] == scope)
                      & (balls["autapses"] == autapses)])  # fmt: skip
        cells = ", ".join(
            f"{row.node} {'at least ' * (row.status != 'certified')}{int(row.n_stable)} "
            f"(degree {row.degree}, rank by betweenness {row.betweenness_rank} and by bridging "
            f"{row.bridging_centrality_rank} of {n}, {'a' if row.is_choke else 'no'} choke point, "
            f"excess {_bits(row.excess)})"
            for row in each(group)
        )
        parts.append(f"{graph}, autapses {autapses}, {scope}: {cells}")
    return f"**RIP neurons.** States of their balls. {'. '.join(parts)}."


def _bits(value: float) -> str:
    return f"{value:+.2f} bits" if np.isfinite(value) else "unknown"


def _births(born: pd.DataFrame) -> str:
    if "born" not in born or not (born["status"] == "followed").any():
        return "**Where limit states are born.** None was followed."
    parts = []
    for (graph, autapses), rows in born.groupby(["graph", "autapses"], sort=False):
        followed = rows[rows["status"] == "followed"]
        text = (
            f"{graph}, autapses {autapses}: {len(followed)} of {int(rows['listed'].max())} listed"
        )
        if len(followed):
            alive = int((followed["born"] == 0.0).sum())
            text += f", born at |strength| {span(followed.loc[followed['born'] > 0, 'born'])}"
            text += f" ({alive} live on below the weakest strength)" if alive else ""
            text += "".join(
                f", stable at learning rate {rate:g} from {_from(followed[f'stable_{rate:g}'])} on"
                for rate in RATES
            )
        parts.append(text)
    return f"**Where limit states are born.** {'; '.join(parts)}."


def _from(values: pd.Series[float]) -> str:
    never = int(np.isinf(values).sum())
    return span(values) + (f" ({never} not even at the largest)" if never else "")


def _followed(born: pd.DataFrame) -> str:
    if not len(born):
        return "None."
    names = ["graph", "autapses", "listed", "state", "n_high", "born",
             *(f"stable_{rate:g}" for rate in RATES), "status"]  # fmt: skip
    return markdown(born[[name for name in names if name in born]])
