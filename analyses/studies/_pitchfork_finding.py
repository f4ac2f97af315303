"""What the study pitchfork found, in words that its numbers write."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplastic.analyses import Study

from ._words import counted, each, listed, markdown, number, span

__all__ = ["tell"]

HEBBIAN = 2.0
"""Hebbian end of the diagrams, divided by the largest degree."""
SAME = 1e-6
"""Relative difference up to which two thresholds are one."""
FINDING = """\
# From Hebbian to anti-Hebbian learning

*{question}*

Equilibria of networks with the Hebb rule (decay 1, bias 1, tanh) over its strength, negative \
being anti-Hebbian. "Stable" is stable for fast learning, a strict minimum of the reduced objective.

## In short

{short}

## Thresholds

All strengths are magnitudes on the anti-Hebbian side. Contraction, definiteness and convexity are \
proved lower bounds; at and below each there is one equilibrium.

{thresholds}

## Diagrams

{diagrams}

## Topology

{topology}

## Read with care

- Two numbers are kept apart: where the base state (followed from strength 0) loses stability, and \
where a second stable state first exists. Without a symmetry that exchanges the two winners the \
pitchfork is unfolded, and the base state need never lose stability.
- "proved" brackets rest on complete counts at both ends; that no second state comes and goes at \
weaker strengths between the values searched is not proved. "upper end proved": two stable states \
are proved, that there is only one below is not.
- Hebbian strengths are shown up to {hebbian} divided by the largest degree. Where strength times \
degree exceeds about 3.3 each node is bistable in its sign, on the Hebbian side too.
- The convexity threshold is one of rates as coordinates, on the box that holds all equilibria; \
convexity depends on the choice of coordinates.
"""


def tell(
    study: Study, thresholds: pd.DataFrame, diagrams: pd.DataFrame, topology: pd.DataFrame
) -> str:
    """Return the finding as Markdown.

    Parameters
    ----------
    study : Study
    thresholds, diagrams, topology : pandas.DataFrame
        The parts of the study's table; the last two may be empty.
    """
    wide = _wide(thresholds)
    short = [_verdict(wide, _kinds(diagrams)), _bounds(wide)]
    if len(topology):
        short.append(_parity(topology))
    return FINDING.format(
        question=study.question,
        short="\n\n".join(short),
        thresholds=markdown(wide.reset_index()),
        diagrams=_diagrams(diagrams),
        topology=_topology(topology),
        hebbian=number(HEBBIAN),
    )


def _wide(thresholds: pd.DataFrame) -> pd.DataFrame:
    """One row for a network, one column for a threshold, as magnitudes."""
    wide = thresholds.pivot(index="graph", columns="quantity", values="strength").abs()
    order = list(thresholds["quantity"].unique())
    wide = wide.loc[list(thresholds["graph"].unique()), order]
    second = thresholds[thresholds["quantity"] == "multistability onset"].set_index("graph")
    wide["bracket"] = [
        f"{number(abs(row.lower))} to {number(abs(row.upper))} ({row.status})"
        for row in each(second.loc[wide.index])
    ]
    return wide


def _verdict(wide: pd.DataFrame, kinds: dict[str, str]) -> str:
    base, second = wide["onset"], wide["multistability onset"]
    lost = wide[np.isfinite(base) & (np.abs(base - second) <= SAME * second)].index
    unfolded = wide[np.isfinite(second) & ~np.isfinite(base)].index
    apart = wide.index.difference([*lost, *unfolded]).intersection(wide[np.isfinite(second)].index)
    none = wide[~np.isfinite(second)].index
    text = (
        f"**Where one landscape becomes two.** In {len(lost)} of {counted(len(wide), 'network')} "
        "the base state loses stability exactly where the second stable state is born "
        f"({_at(second, lost, kinds)})."
    )
    if len(unfolded):
        text += (
            f" In {len(unfolded)} a second stable state is born ({_at(second, unfolded, kinds)}) "
            "while the base state stays stable over the whole range: there is no symmetric state "
            "that could split, the pitchfork is unfolded."
        )
    if len(apart):
        text += (
            f" In {len(apart)} both happen, at different strengths: "
            + "; ".join(
                f"{name} second state {number(second[name])}, base state {number(base[name])}"
                for name in apart
            )
            + "."
        )
    if len(none):
        text += f" No second stable state was found in {listed(none)}."
    return text


def _kinds(diagrams: pd.DataFrame) -> dict[str, str]:
    """Kind of the first special point of each diagram on the anti-Hebbian side."""
    if not len(diagrams):
        return {}
    points = diagrams[(diagrams["row"] == "point") & (diagrams["strength"] < 0)]
    first = points.sort_values("strength", ascending=False).drop_duplicates("graph")
    return dict(zip(first["graph"], first["kind"], strict=True))


def _at(values: pd.Series[float], names: pd.Index[str], kinds: dict[str, str]) -> str:
    return (
        "; ".join(
            f"{name} at {number(values[name])}" + (f", a {kinds[name]}" if name in kinds else "")
            for name in names
        )
        or "none"
    )


def _bounds(wide: pd.DataFrame) -> str:
    second = wide["multistability onset"]
    known = second[np.isfinite(second)].index
    if not len(known):
        return "**How early the bounds warn.** There is no onset to hold them against."
    parts = []
    for name in ("contraction bound", "definiteness bound", "convexity threshold"):
        if name in wide:
            share = (wide.loc[known, name] / second[known]).dropna()
            if len(share):
                parts.append(f"{name} {span(100 * share, 2)}%")
    return (
        "**How early the bounds warn.** As a share of the strength at which the second stable "
        f"state is born: {'; '.join(parts)}. Beyond the convexity threshold convexity is "
        "not proved any more; up to the onset no second minimum was found."
    )


def _diagrams(rows: pd.DataFrame) -> str:
    if not len(rows):
        return "No diagram was drawn."
    parts = []
    for name, own in rows.groupby("graph", sort=False):
        counts = own[own["row"] == "count"].sort_values("strength", ascending=False)
        seen = ", ".join(
            f"{row.n_found} at {number(row.strength, 3)} ({row.n_stable} stable; {row.status})"
            for row in each(counts)
        )
        points = own[own["row"] == "point"].sort_values("strength", ascending=False)
        kinds = points["kind"].value_counts()
        first = points[points["strength"] < 0].head(1)
        begins = "".join(
            f" The first on the anti-Hebbian side is a {row.kind} at {number(row.strength)}."
            for row in each(first)
        )
        special = listed(f"{many} {kind}" for kind, many in sorted(kinds.items()))
        states = own[own["row"] == "state"]
        parts.append(
            f"**{name}**: {counted(states['branch'].nunique(), 'branch', 'branches')} "
            f"({states['status'].iloc[0]}). Equilibria: {seen}. Special points: {special}.{begins}"
        )
    return "\n\n".join(parts)


def _chains(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["density"] == 1.0) & (table["links"] == 1.0)]


def _parity(table: pd.DataFrame) -> str:
    rows = _chains(table)
    rows = rows[rows["path_length"] > 0]
    even = rows.loc[rows["path_length"] % 2 == 0, "second"]
    odd = rows.loc[rows["path_length"] % 2 == 1, "second"]
    if even.empty or odd.empty:
        return "**Chains.** There are not both even and odd chains to compare."
    text = (
        "**Chains of connectors between two cliques.** A second stable state is born at |strength| "
        f"{span(even)} with an even number of connectors, {span(odd)} with an odd one"
    )
    missing = int((~np.isfinite(odd)).sum())
    if missing:
        text += f" (in {missing} of {len(odd)} none up to {number(rows['limit'].max())})"
    if even.max() < odd.min():
        return f"{text}: every even chain comes before every odd one."
    ahead = []
    for length in sorted(rows.loc[rows["path_length"] % 2 == 1, "path_length"].unique()):
        here = rows[rows["path_length"] == length].set_index("module_size")["second"]
        before = rows[rows["path_length"] == length - 1].set_index("module_size")["second"]
        after = rows[rows["path_length"] == length + 1].set_index("module_size")["second"]
        both = here.index.intersection(before.index.union(after.index))
        ahead += [
            bool(here[size] > max(before.get(size, 0.0), after.get(size, 0.0))) for size in both
        ]
    return (
        f"{text}. A chain of odd length comes after both of its even neighbors in {sum(ahead)} of "
        f"{len(ahead)} cases."
    )


def _topology(table: pd.DataFrame) -> str:
    if not len(table):
        return "The sweep belongs to the study's own graphs and was not made."
    names = {
        "graph": "network",
        "nodes": "nodes",
        "mean_degree": "mean degree",
        "convexity": "convex up to",
        "second": "second state",
        "second_kind": "by",
        "base": "base state lost",
        "on_connectors": "mode on connectors",
        "limit_states": "states in the limit",
        "status": "status",
    }
    shown = table[list(names)].rename(columns=names)
    return f"{_density(table)}\n\n{markdown(shown)}"


def _density(table: pd.DataFrame) -> str:
    rows = table[(table["links"] == 1.0) & (table["path_length"] == 2.0)]
    rows = rows[np.isfinite(rows["second"])]
    on = rows[rows["on_connectors"] > 0.5]
    off = rows[rows["on_connectors"] <= 0.5]
    return (
        f"Of {len(rows)} pairs of modules joined by two connectors, the second stable state is "
        f"born mostly on the connectors (more than half of the mode) in {len(on)}, mean degree "
        f"{span(on['mean_degree'])}, at |strength| {span(on['second'])}; elsewhere in {len(off)}, "
        f"mean degree {span(off['mean_degree'])}, at {span(off['second'])}."
    )
