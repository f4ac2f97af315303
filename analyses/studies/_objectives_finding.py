"""What the study objectives found, in words that its numbers write."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplastic.analyses import Study

from ._objective_tests import ZERO
from ._words import counted, each, listed, markdown, number, span

__all__ = ["tell"]

AGREE = 1e-3
"""Relative difference up to which two critical rates are one: derivatives are differences."""
FINDING = """\
# Rules and objectives

*{question}*

Undirected networks (decay 1, bias 1, tanh, thresholds 0.5). A flow follows an objective if and \
only if its derivatives are symmetric; they were compared at sampled states, where a relative \
asymmetry below {zero} is rounding.

## In short

{joint}

{reduced}

{separation}

## Side by side

{rules}

## Read with care

- "joint": activity and weights descend one function of both. "adversarial": activity descends \
what weights ascend, a zero-sum game. "none": no function of the rates and weights does either, in \
these coordinates and with one constant between them.
- The factor of a node depends on its own rate alone. It multiplies the node's equation and moves \
no equilibrium; where it is positive fast learning descends the objective, where some are negative \
it is a saddle game between nodes.
- "convex" is the share of the sampled states where fast learning descends at which the Hessian of \
that objective is positive definite. Convexity depends on the coordinates and says nothing about \
states that were not sampled.
"""


def tell(study: Study, own: pd.DataFrame, separations: pd.DataFrame) -> str:
    """Return the finding as Markdown.

    Parameters
    ----------
    study : Study
    own, separations : pandas.DataFrame
        The parts of the study's table; the second may be empty.
    """
    return FINDING.format(
        question=study.question,
        zero=f"{ZERO:g}",
        joint=_joint(own),
        reduced=_reduced(own),
        separation=_separation(separations),
        rules=_table(own),
    )


def _joint(own: pd.DataFrame) -> str:
    """Kinds of rules, where all networks agree."""
    kinds: dict[str, list[str]] = {"joint": [], "adversarial": [], "none": [], "differs": []}
    for (rule, strength), rows in own.groupby(["rule", "strength"], sort=False):
        kind = rows["joint"].iloc[0] if rows["joint"].nunique() == 1 else "differs"
        kinds[kind].append(f"{rule} at {strength:g}")
    text = (
        "**Activity and weights together.** One objective that both descend: "
        f"{listed(kinds['joint'])}. One that activity descends and weights ascend: "
        f"{listed(kinds['adversarial'])}. Neither: {listed(kinds['none'])}."
    )
    if kinds["differs"]:
        text += f" It differs between networks for {listed(kinds['differs'])}."
    gaps = own["gradient_gap"].dropna()
    if len(gaps):
        text += (
            f" Flow and gradient of the energy were computed apart in {counted(len(gaps), 'case')} "
            f"and differ by at most {number(gaps.max(), 2)}."
        )
    return text


def _reduced(own: pd.DataFrame) -> str:
    by_rule = own.groupby("rule", sort=False)[["reduced_error", "factor_error"]].max()
    plain = by_rule[by_rule["reduced_error"] < ZERO].index
    scaled = by_rule[(by_rule["reduced_error"] >= ZERO) & (by_rule["factor_error"] < ZERO)].index
    never = by_rule.index.difference([*plain, *scaled], sort=False)
    cases = own[own["factor_error"] < ZERO]
    shares = "; ".join(
        f"{rule} at {strength:g} {span(100 * rows['factor_positive'])}%"
        for (rule, strength), rows in cases.groupby(["rule", "strength"], sort=False)
    )
    text = (
        "**Activity alone, with fast learning.** The equations of the rates are a gradient for "
        f"{listed(plain)}; they become one when each node's equation is multiplied by a factor of "
        f"its own rate for {listed(scaled)}"
    )
    if len(never):
        text += f"; neither for {listed(never)}"
    return (
        f"{text}. All factors are positive, so that fast learning descends, at these shares of "
        f"the sampled states: {shares or 'none'}."
    )


def _separation(rows: pd.DataFrame) -> str:
    if "separation" not in rows or rows["separation"].notna().sum() == 0:
        return "**Learning rate as timescale separation.** It was not computed."
    rows = rows[rows["separation"].notna()]
    rates, found = rows["critical_rate"], rows["separation"]
    both = (rates == found) | (np.abs(rates - found) <= AGREE * rates)
    minimax = rows["minimax"].astype(bool)
    text = (
        "**Learning rate as timescale separation.** For anti-Hebbian networks the critical "
        "learning rate of a state, computed from the dynamics, equals the timescale separation "
        "below which gradient descent-ascent on the energy leaves it, in "
        f"{both.sum()} of {counted(len(rows), 'state')}; the rates are {span(rates)}. "
        f"{minimax.sum()} of them are strict local minimax points of the energy."
    )
    if (~both).any():
        worst = "; ".join(
            f"{row.graph} at {row.strength:g}, state {row.state:g}: {number(row.critical_rate)} "
            f"against {number(row.separation)}"
            for row in each(rows[~both].head(5))
        )
        text += f" They differ for {worst}."
    return text


def _table(own: pd.DataFrame) -> str:
    names = {
        "graph": "network", "rule": "rule", "strength": "strength", "joint": "of V and w",
        "reduced_error": "asymmetry", "factor_error": "with factor",
        "factor_positive": "descends at", "convex": "convex there", "n_equilibria": "equilibria",
        "n_stable": "stable, fast", "n_stable_slow": "stable at 0.01",
        "critical_rate": "critical rate", "status": "status",
    }  # fmt: skip
    shown = own[list(names)].copy()
    for column in ("reduced_error", "factor_error"):
        shown[column] = [f"{value:.0e}" for value in shown[column]]
    return markdown(shown.rename(columns=names))
