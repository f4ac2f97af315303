"""What the study learning-rate found, in words that its numbers write."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplastic.analyses import Study

from ._words import counted, each, listed, markdown, number, span

__all__ = ["TRIALS", "tell"]

MIDDLE = 1.0
"""The learning rate at which weights change as fast as activity; slower is below."""
TRIALS = 40
"""Default of the measure."""
FINDING = """\
# The learning rate

*{question}*

The Hebb rule with negative strength (decay 1, bias 1, tanh) in the full system of activity and \
weights. Faster and slower are meant against activity, whose rate is 1.

## In short

{timescale}

{basins}

{decay}

## Where states lose stability

{critical}

## Numbers

{numbers}

## Read with care

- "Landscape" and "slow" have three readings, one paragraph each: the rate of the weights at one \
strength (which states are stable), the same rate and random initial states (which states are \
found), and the decay of the weights (where states lie; it changes strength / decay as well).
- Equilibria do not move with the learning rate; only their stability and their basins do.
- Shares are those of {trials} trials with uniform random activities and no weights at first. \
Trials that neither rest nor repeat within the time are unsettled, which is an answer and no \
error; they enter no effective number.
- That no state regains stability as learning slows was seen, not proved.
"""


def tell(study: Study, own: pd.DataFrame, critical: pd.DataFrame, decays: pd.DataFrame) -> str:
    """Return the finding as Markdown.

    Parameters
    ----------
    study : Study
    own, critical, decays : pandas.DataFrame
        The parts of the study's table; the last two may be empty.
    """
    columns = [
        "graph", "strength", "learning_rate", "n_stable", "status", "attractors", "effective",
        "share_cycles", "share_unsettled",
    ]  # fmt: skip
    return FINDING.format(
        question=study.question,
        timescale=_changes(own, "n_stable", "**Timescale.** The number of stable states"),
        basins=_changes(own, "effective", "**Basins.** The effective number of attractors")
        + _hidden(own),
        decay=_decay(decays),
        critical=_critical(critical),
        numbers=markdown(own[columns]),
        trials=study.common.get("trials", TRIALS),
    )


def _changes(own: pd.DataFrame, column: str, subject: str) -> str:
    """How much a number changes below and above learning rate 1, case by case."""
    rows = []
    for (name, strength), group in own.groupby(["graph", "strength"], sort=False):
        group = group.sort_values("learning_rate")
        values = group[column].astype(float)
        below = values[group["learning_rate"] <= MIDDLE].diff().abs().sum()
        above = values[group["learning_rate"] >= MIDDLE].diff().abs().sum()
        rows.append((f"{name} at {strength:g}", below, above, values.iloc[0], values.iloc[-1]))
    table = pd.DataFrame(rows, columns=["case", "below", "above", "slowest", "fastest"])
    more = table[table["below"] > table["above"]]
    less = table[table["below"] < table["above"]]
    same = table[table["below"] == table["above"]]
    ends = "; ".join(
        f"{row.case} {number(row.slowest, 2)} to {number(row.fastest, 2)}" for row in each(table)
    )
    return (
        f"{subject}, from the slowest to the fastest rate: {ends}. Its changes, added up, are "
        f"larger below learning rate {MIDDLE:g} than above in {len(more)} of "
        f"{counted(len(table), 'case')}, smaller in {len(less)}"
        + (f" ({listed(less['case'])})" if len(less) else "")
        + f", equal in {len(same)}."
    )


def _hidden(own: pd.DataFrame) -> str:
    """Where slow learning hides states before it destroys them."""
    hidden = own[(own["n_stable"] > 1) & (own["effective"] < 0.75 * own["n_stable"])]
    slow = hidden[hidden["learning_rate"] < MIDDLE]
    cases = "; ".join(
        f"{row.graph} at {row.strength:g}, rate {row.learning_rate:g}: {number(row.effective, 2)} "
        f"of {row.n_stable}"
        for row in each(slow)
    )
    restless = own[(own["share_cycles"] > 0) | (own["share_unsettled"] > 0)]
    return (
        " Fewer than three quarters of the stable states are found in effect in "
        f"{counted(len(slow), 'case')} below rate {MIDDLE:g} ({cases or 'none'}) and in "
        f"{len(hidden) - len(slow)} from there on. Trials oscillate or stay unsettled in "
        f"{counted(len(restless), 'case')}"
        + (f", at rates {span(restless['learning_rate'])}." if len(restless) else ".")
    )


def _decay(decays: pd.DataFrame) -> str:
    if not len(decays):
        return "**Decay.** It was not varied."
    parts = []
    for name, group in decays.groupby("graph", sort=False):
        group = group.sort_values("decay")
        top = next(each(group.sort_values("sensitivity", ascending=False)))
        slow = next(each(group))
        parts.append(
            f"{name} most at {number(top.decay)} ({number(top.sensitivity, 3)}), at the slowest "
            f"decay {number(slow.decay)} {number(slow.sensitivity, 3)}"
        )
    frozen = decays.sort_values("decay").groupby("graph")["sensitivity"]
    still = int((frozen.first() < frozen.max()).sum())
    return (
        "**Decay.** Rates of stable states move, per unit of log decay: "
        f"{'; '.join(parts)}. In {still} of {counted(len(frozen), 'network')} the slowest decay is "
        "not where they move most"
        + (
            ": the landscape changes near its bifurcations and freezes as weights stop decaying."
            if still == len(frozen)
            else "."
        )
    )


def _critical(critical: pd.DataFrame) -> str:
    if "critical_rate" not in critical:
        return "No critical rates were computed."
    rows = critical[critical["critical_rate"].notna()]
    parts = []
    for (name, strength), group in rows.groupby(["graph", "strength"], sort=False):
        swing = group[(group["critical_rate"] > 0) & np.isfinite(group["critical_rate"])]
        worth = f"{counted(len(group), 'state')}, {group['status'].iloc[0]}"
        text = f"**{name} at {strength:g}** ({worth}): "
        never = int((group["critical_rate"] == 0).sum())
        if never:
            text += f"{never} stable at every rate. "
        if len(swing):
            top = next(each(swing.sort_values("critical_rate", ascending=False)))
            text += (
                f"{len(swing)} with a Hopf point, at rates {span(swing['critical_rate'])} and "
                f"angular frequencies {span(swing['frequency'])}; the largest rate is that of a "
                f"state whose swinging mode lies most on node {top.top_node} "
                f"({100 * top.top_mass:.0f}% of its mass, degree {top.top_degree:g}, "
                f"rate {number(top.top_rate, 2)})."
            )
        parts.append(text.strip())
    return "\n\n".join([_strengths(rows), *parts])


def _strengths(rows: pd.DataFrame) -> str:
    """Whether states become robust to slow learning as the strength grows."""
    tops = rows.groupby(["graph", "strength"])["critical_rate"].max().unstack()
    if tops.shape[1] < 2:
        return ""
    weakest, strongest = tops[tops.columns.max()], tops[tops.columns.min()]
    both = weakest.notna() & strongest.notna()
    falls = int((strongest[both] < weakest[both]).sum())
    rises = list(tops.index[both & (strongest > weakest)])
    return (
        f"From strength {tops.columns.max():g} to {tops.columns.min():g} the largest critical rate "
        f"falls in {falls} of {counted(int(both.sum()), 'network')} and rises in {len(rises)}"
        + (f" ({listed(rises)})." if rises else ".")
    )
