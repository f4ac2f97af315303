"""Sentences of the finding of choke-points: each says what its rows say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ._choke_compare import LIMIT, mean_interval
from ._words import each, groups

__all__ = [
    *("AS_READ", "both_ends", "direction", "effect", "families", "kinds", "matched"),
    *("mechanism_sentence", "parity_sentences", "single", "targeted_sentence"),
]

AS_READ = {
    "isolated": "where the ball is cut out,",
    "embedded": "where it is read inside the network,",
    "given the rest": "given the rest,",
}


def families(found: pd.DataFrame) -> list[str]:
    """Names of the graphs of which there are several."""
    return list(dict.fromkeys(found[found["level"] == "ensemble"]["graph"]))


def matched(
    found: pd.DataFrame, part: str, level: str, comparison: str = "matched"
) -> pd.DataFrame:
    """Rows of one comparison for choke points of all kinds, where there is an effect."""
    return found[
        (found["part"] == part)
        & (found["level"] == level)
        & (found["comparison"] == comparison)
        & (found["choke_kind"] == "all")
        & found["effect"].notna()
    ]


def both_ends(values: Any) -> str:
    """The least and the greatest, or the one value."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return "no"
    low, high = f"{known.min():+.2f}", f"{known.max():+.2f}"
    return low if low == high else f"{low} to {high}"


def effect(row: Any, unit: str = "") -> str:
    """Effect, interval, share of graphs with its sign or p value, as far as there are any."""
    if pd.isna(row.effect):
        return "–"
    interval = "" if pd.isna(row.low) else f" [{row.low:+.2f}, {row.high:+.2f}]"
    if row.level == "ensemble":
        share = "" if pd.isna(row.share_same_sign) else f", {100 * row.share_same_sign:.0f}%"
        return f"{row.effect:+.2f}{unit}{interval}{share}"
    p_value = "" if pd.isna(row.p_value) else f", p = {row.p_value:.2g}"
    return f"{row.effect:+.2f}{unit}{interval}{p_value}"


def direction(rows: pd.DataFrame) -> str:
    """Say of how many families the interval lies on which side of zero, and how large it is."""
    number = len(rows)
    fewer, more = int((rows["high"] < 0).sum()), int((rows["low"] > 0).sum())
    size = f"{both_ends(rows['effect'])} bits, mean over each family's graphs"
    if number and number in (fewer, more):
        word = "fewer" if fewer else "more"
        side = "below" if fewer else "above"
        share = rows["share_same_sign"]
        span = sorted({f"{100 * share.min():.0f}", f"{100 * share.max():.0f}"}, key=float)
        graphs = f"the same sign in {' to '.join(span)}% of each family's graphs"
        every = f"every 95% interval {side} zero" if number > 1 else f"95% interval {side} zero"
        return f"{word} stable states in all {number} ({size}; {every}, {graphs})"
    return (
        f"fewer stable states in {fewer} families, more in {more}, and neither for certain in "
        f"{number - fewer - more} ({size}; certain is a 95% interval clear of zero)"
    )


def single(name: str, rows: pd.DataFrame) -> str:
    """One measured network: what was found in each scope, or why nothing was."""
    of = rows[(rows["comparison"] == "matched") & (rows["choke_kind"] == "all")]
    parts = []
    for row in each(of[of["effect"].notna()]):
        who = f"{row.n_choke} choke points, {row.n_control} other nodes"
        counts = row.n_choke + row.n_control
        if row.n_lower_bound > counts / 2:
            parts.append(
                f"{row.scope} open, since {row.n_lower_bound} of the {counts} counts are lower "
                f"bounds ({effect(row)} in what was found)"
            )
            continue
        few = f", {row.n_lower_bound} counts lower bounds" if row.n_lower_bound else ""
        parts.append(f"{row.scope} {effect(row, ' bits')} ({who}{few})")
    lacking = of[of["effect"].isna()].copy()
    lacking.loc[lacking["share_without_choke"].isna(), "reason"] = "no node is a choke point"
    for reason, alike in groups(lacking, "reason"):
        parts.append(f"{' and '.join(alike['scope'])} not compared ({reason})")
    return f"{name}: {'; '.join(parts)}."


def mechanism_sentence(found: pd.DataFrame, explained: pd.DataFrame) -> str:
    """What is left of the effect at equal edges among neighbors, and what explains the variance."""
    level = "ensemble" if families(found) else "graph"
    plain = matched(found, LIMIT, level).set_index(["graph", "scope"])
    equal = matched(found, LIMIT, level, "mechanism").set_index(["graph", "scope"])
    both = [key for key in plain.index if key in equal.index]
    parts = []
    for scope in dict.fromkeys(scope for _, scope in both):
        keys = [key for key in both if key[1] == scope]
        before, after = plain.loc[keys, "effect"].mean(), equal.loc[keys, "effect"].mean()
        clear = int(((equal.loc[keys, "low"] > 0) | (equal.loc[keys, "high"] < 0)).sum())
        if len(keys) == 1:
            parts.append(f"{scope} {before:+.2f} bits become {after:+.2f}")
            continue
        where = f"mean over {len(keys)} networks, intervals clear of zero in {clear}"
        parts.append(f"{scope} {before:+.2f} bits become {after:+.2f} ({where})")
    text = "; ".join(parts) or "no choke point has enough nodes to compare with"
    return (
        "**Mechanism.** At equal number of edges among the neighbors too (cliques have all, trees "
        f"none): {text}. {_explained(explained, families(found))}"
    ).strip()


def _explained(explained: pd.DataFrame, names: list[str]) -> str:
    """Shares of the variance at equal degree."""
    rows = explained[explained["graph"].isin(names)] if names else explained
    parts = []
    for scope, part in groups(rows, "scope"):
        means = {str(by): mean_interval(of["share"]) for by, of in groups(part, "by")}
        told = [
            f"{by} {100 * mean:.0f}%"
            + ("" if math.isnan(low) else f" [{100 * low:.0f}, {100 * high:.0f}]")
            for by, (mean, low, high, _) in means.items()
            if not math.isnan(mean)
        ]
        if told:
            parts.append(f"{scope}: {', '.join(told)}")
    if not parts:
        return ""
    text = "; ".join(parts)
    return f"Of the variance of log2 counts at equal degree each explains alone: {text}."


def kinds(found: pd.DataFrame) -> list[str]:
    """Connectors, bridge ends and hubs apart."""
    rows = found[
        (found["part"] == LIMIT)
        & (found["comparison"] == "matched")
        & (found["choke_kind"] != "all")
        & (found["level"] == ("ensemble" if families(found) else "graph"))
        & found["effect"].notna()
    ]
    parts = [
        f"{kind}s, {scope}, {both_ends(part['effect'])} (networks: {len(part)})"
        for (kind, scope), part in groups(rows, ["choke_kind", "scope"])
    ]
    return [f"**Kinds of choke points**, in bits: {'; '.join(parts)}."] if parts else []


def parity_sentences(rows: pd.DataFrame) -> list[str]:
    """Onset over chain length, and over module degree."""
    if rows.empty:
        return []
    dense = rows["density"] == rows["density"].max()
    chain, alone = rows["what"] == "chain", rows["what"] == "module"
    degree = rows[dense & chain]["module_degree"].mean()
    lengths = "; ".join(
        f"{length:g}: {_onsets(part)}{_on_connectors(part)}"
        for length, part in groups(rows[dense & chain].sort_values("path_length"), "path_length")
    )
    pairs = rows[chain & (rows["path_length"] == 2)].sort_values("density")
    modules = dict(groups(rows[alone], "density"))
    degrees = "; ".join(
        f"{part['module_degree'].mean():.0f}: {_onsets(modules[density])} alone, "
        f"{_onsets(part)} with the pair{_on_connectors(part)}"
        for density, part in groups(pairs, "density")
        if density in modules
    )
    draws = rows["draw"].nunique()
    return [
        f"**Onset over chain length.** Least |k| at which a second stable state was found (upper "
        f"ends, {draws} draws) in two modules of mean degree {degree:.0f} joined by so many "
        f"connectors: {lengths}.",
        f"**Onset over module degree**, of a module alone and of two joined by a pair of "
        f"connectors: {degrees}.",
    ]


def _onsets(rows: pd.DataFrame) -> str:
    known = rows["onset"][np.isfinite(rows["onset"].astype(float))]
    none = len(rows) - len(known)
    if known.empty:
        return "none found"
    low, high = f"{known.min():.3g}", f"{known.max():.3g}"
    text = low if low == high else f"{low} to {high}"
    return text + (f" (none found in {none})" if none else "")


def _on_connectors(rows: pd.DataFrame) -> str:
    share = rows["share_connectors"].mean()
    return "" if math.isnan(share) else f" ({100 * share:.0f}% of the differing nodes connectors)"


def targeted_sentence(rows: pd.DataFrame) -> list[str]:
    """States with plasticity on edges between modules against as many inside."""
    if rows.empty:
        return []
    parts = []
    for density, part in groups(rows.sort_values("density"), "density"):
        table = part.pivot_table(index="draw", columns="edges", values="n_stable")
        ahead = int((table["between"] > table["inside"]).sum())
        parts.append(
            f"density {density:g}: {table['between'].mean():.1f} against "
            f"{table['inside'].mean():.1f} (more between in {ahead} of {len(table)})"
        )
    return [
        "**Which edges.** Mean number of stable states found with anti-Hebbian plasticity on the "
        "edges between three modules of ten nodes only, against as many random edges inside, all "
        f"others static: {'; '.join(parts)}. (Lower bounds from random starts.)"
    ]
