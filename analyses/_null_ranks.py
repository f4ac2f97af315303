"""A graph among its null graphs: its place in their order, and how far from their mean."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from netplastic._support import BoolArray, FloatArray

from ._contrast import Sample, differences
from ._excess import classes_of, rounded
from ._nodes import Nodes
from ._within import ALL, Setting, lack_of, row_of

__all__ = ["ENOUGH", "EQUAL_MEANS", "against_nulls"]

ENOUGH = 99
"""With fewer null graphs there is no rank and no z."""

REWIRED = "rewired"

EQUAL_MEANS = "the graph and all null graphs have the same mean"
"""Reason of a row in which nothing differs, so that there is nothing to test."""


def against_nulls(nodes: Nodes, nulls: pd.DataFrame, setting: Setting) -> Iterator[dict[str, Any]]:
    """Rows for each null model: choke points, and their contrast with others of equal degree."""
    models = nulls["null_model"] if "null_model" in nulls else pd.Series("", index=nulls.index)
    if nulls.empty:
        for name in ("null graphs", "null contrast"):
            why = "no null graph has counts for this case"
            yield row_of(nodes, name, ALL, n_nulls=0, n_not_rewired=0, reason=why)
        return
    for model, table in nulls.groupby(models, sort=False):
        yield from _one_model(nodes, table, str(model), setting)


def _one_model(
    nodes: Nodes, table: pd.DataFrame, model: str, setting: Setting
) -> Iterator[dict[str, Any]]:
    """Compare on the nodes that are counted in every null graph."""
    graphs = list(table.groupby("null", sort=False))
    rewired = [part for _, part in graphs if _is_rewired(part)]
    place = {label: number for number, label in enumerate(nodes.labels)}
    columns = [_columns(number, part, place) for number, part in graphs if _is_rewired(part)]
    facts: dict[str, Any] = {
        "null_model": model,
        "n_nulls": len(rewired),
        "n_not_rewired": len(graphs) - len(rewired),
    }
    note = _note(table, facts["n_not_rewired"])
    if not rewired:
        for name in ("null graphs", "null contrast"):
            yield row_of(nodes, name, ALL, reason=note, **facts)
        return
    common = np.all([there for _, _, there, _ in columns], axis=0)
    for name in ("null graphs", "null contrast"):
        contrast = name == "null contrast"
        own = _sample(nodes.log2, nodes.degree, nodes, common, setting)
        observed = _statistic(own, contrast)
        others = np.array(
            [
                _statistic(_sample(log2, degree, nodes, common, setting), contrast)
                for log2, degree, _, _ in columns
            ]
        )
        uncertain = nodes.uncertain[common].sum() + sum(u[common].sum() for *_, u in columns)
        used = own.choke & common & np.isfinite(own.values)
        known = {**facts, "n_choke": int(used.sum()), "n_lower_bound": int(uncertain)}
        yield row_of(nodes, name, ALL, **known, **_placed(observed, others, own, note, contrast))


def _placed(
    observed: float, others: FloatArray, own: Sample, note: str, contrast: bool
) -> dict[str, Any]:
    """Effect, rank among the null graphs from 1 (least), z, and p from the rank, two-sided."""
    reasons = [note] if note else []
    if not math.isfinite(observed):
        return {"reason": "; ".join([lack_of(own, "matched" if contrast else ""), *reasons])}
    missing = int((~np.isfinite(others)).sum())
    others = others[np.isfinite(others)]
    if missing:
        reasons.append(f"{missing} null graphs have nothing to compare")
    if not len(others):
        return {"reason": "; ".join(reasons)}
    found: dict[str, Any] = {"effect": observed - float(others.mean())}
    number = len(others)
    if number < ENOUGH:
        graphs = f"{number} null graph{'' if number == 1 else 's'}"
        reasons.append(f"{graphs}: rank and z need {ENOUGH}")
    else:
        both = np.round(np.concatenate([[observed], others]), 12)
        rank = float(stats.rankdata(both)[0])
        found["rank"] = rank
        deviation = float(others.std(ddof=1))
        # Means of equal counts differ by rounding.
        found["z"] = found["effect"] / deviation if deviation > 1e-12 else math.nan
        found["p_value"] = min(1.0, 2.0 * min(rank, number + 2.0 - rank) / (number + 1.0))
        if deviation <= 1e-12:
            alike = "all null graphs are alike"
            reasons.append(f"{EQUAL_MEANS if abs(found['effect']) < 1e-9 else alike}: no z")
    return {**found, "reason": "; ".join(reasons)}


def _sample(
    log2: FloatArray, degree: FloatArray, nodes: Nodes, common: BoolArray, setting: Setting
) -> Sample:
    return Sample(
        values=np.where(np.isfinite(log2), log2, math.nan),
        choke=nodes.choke,
        world=common,
        classes=classes_of([rounded(degree, setting.coarseness)]),
        blocks=np.where(nodes.choke, np.arange(len(log2)), -1),
    )


def _statistic(sample: Sample, contrast: bool) -> float:
    values = differences(sample) if contrast else np.where(sample.world, sample.values, math.nan)
    used = values[sample.choke & np.isfinite(values)]
    return float(used.mean()) if len(used) else math.nan


def _is_rewired(part: pd.DataFrame) -> bool:
    return "null_note" not in part or bool((part["null_note"] == REWIRED).all())


def _note(table: pd.DataFrame, kept: int) -> str:
    if not kept:
        return ""
    notes = table.loc[table["null_note"] != REWIRED, "null_note"].unique()
    graphs = f"{kept} null graph{' is' if kept == 1 else 's are'}"
    return f"{graphs} left out, {'; '.join(map(str, notes))}"


def _columns(
    graph: Any, part: pd.DataFrame, place: dict[Any, int]
) -> tuple[FloatArray, FloatArray, BoolArray, BoolArray]:
    """log2 counts, degrees, presence and uncertainty of one null graph, in the nodes' order."""
    log2, degree = np.full((2, len(place)), math.nan)
    there, uncertain = np.zeros((2, len(place)), dtype=bool)
    fields = (part[name] for name in ("node", "log2_stable", "degree", "status"))
    for node, value, number, status in zip(*fields, strict=True):
        if node not in place:
            continue
        here = place[node]
        if there[here]:
            raise ValueError(
                f"node {node!r} occurs twice in null graph {graph!r} with the same radius, "
                "scope, strength and learning rate."
            )
        log2[here], degree[here], there[here] = value, number, True
        uncertain[here] = status != "certified"
    return log2, np.where(there, degree, -1.0), there, uncertain
