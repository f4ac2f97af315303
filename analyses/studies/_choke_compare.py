"""What the study choke-points compares: one effect per graph, and means over families."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from netplastic._support import Graph
from netplastic.analyses import amplification, of_part

from ._choke_measures import LEFT_OUT
from ._words import groups

__all__ = ["compare", "counted", "mean_interval", "shares", "within_degrees"]

RESAMPLES = 999
LEVEL = 0.95
COUNTED_PARTS = ("choke-points", "own", "finite")
LIMIT = "choke-points"


def counted(table: pd.DataFrame, part: str) -> pd.DataFrame:
    """Rows of one part that are nodes with a count; `seed` is there in any case.

    Finite strengths stand as multiples: strength is -|k| / (15 times the mean degree), so that one
    case is one value on all graphs.
    """
    if "part" not in table and part != LIMIT:
        return table.iloc[:0].assign(seed=0)
    rows = of_part(table, part)
    rows = rows[rows["status"] != LEFT_OUT].copy()
    if "seed" not in rows:
        rows["seed"] = 0
    if part == "finite" and len(rows):
        rows["strength"] = -rows["relative_strength"].astype(float)
    if part in COUNTED_PARTS and len(rows):
        rows = rows.astype({"is_choke": bool, "degree": "int64", "neighbor_edges": "int64"})
    return rows.reset_index(drop=True)


def compare(
    table: pd.DataFrame, networks: Mapping[tuple[str, int], Graph], seed: int = 0
) -> pd.DataFrame:
    """Compare choke points with other nodes of equal degree.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the study.
    networks : mapping of (name, seed) to networkx.Graph
    seed : int, default 0
        Of the resampling within single networks.

    Returns
    -------
    pandas.DataFrame
        The rows of `netplastic.amplification`, before them the columns part and graph. A family
        with several seeds has rows of level "graph" and "ensemble"; a single network rows of level
        "graph", with intervals and p values within it.
    """
    pieces = []
    for part in COUNTED_PARTS:
        for name, rows in groups(counted(table, part), "graph"):
            rows = rows.drop(columns="graph")
            chokes = rows.drop_duplicates(["seed", "node"])[["seed", "node", "is_choke", "role"]]
            if rows["seed"].nunique() > 1:
                found = amplification(rows, chokes)
            else:
                found = amplification(
                    rows.drop(columns="seed"),
                    chokes.drop(columns="seed"),
                    nulls=_nulls(table, str(name)) if part == LIMIT else None,
                    resamples=RESAMPLES,
                    rng=seed,
                    graph=networks.get((str(name), 0)),
                )
                found.insert(0, "seed", 0)
            found.insert(0, "graph", name)
            found.insert(0, "part", part)
            pieces.append(found)
    return pd.concat(pieces, ignore_index=True)


def _nulls(table: pd.DataFrame, name: str) -> pd.DataFrame | None:
    """Counts on the null graphs of a network, if the study has them."""
    nulls = counted(table, "nulls")
    nulls = nulls[nulls["graph"] == name]
    return nulls.drop(columns=["graph", "seed"]) if len(nulls) else None


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """How much of the variance of log2 counts at equal degree is explained by one quantity alone.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the study.

    Returns
    -------
    pandas.DataFrame
        One row for each graph, seed and scope in the limit, and each of "edges among neighbors"
        and "choke point": graph, seed, scope, by, share (`within_degrees`).
    """
    return pd.DataFrame(_shares(counted(table, LIMIT)), columns=[*_UNIT, "by", "share"])


_UNIT = ["graph", "seed", "scope"]
_BY = {"edges among neighbors": "neighbor_edges", "choke point": "is_choke"}


def _shares(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for key, nodes in groups(rows, _UNIT):
        unit = dict(zip(_UNIT, key, strict=True))
        for by, column in _BY.items():
            yield {**unit, "by": by, "share": within_degrees(nodes, column)}


def within_degrees(nodes: pd.DataFrame, column: str) -> float:
    """Share of the variance of log2_stable among nodes of equal degree that a column explains.

    Both are taken relative to their means over the nodes of that degree (the graph's classes of
    one node fall out so); the share is the squared correlation. Nodes without a stable state are
    left out; NaN where nothing varies.
    """
    nodes = nodes[np.isfinite(nodes["log2_stable"].astype(float))]
    apart = [
        (values - values.groupby(nodes["degree"]).transform("mean")).to_numpy()
        for values in (nodes["log2_stable"].astype(float), nodes[column].astype(float))
    ]
    bits, cause = apart
    scale = float(bits @ bits) * float(cause @ cause)
    return float(bits @ cause) ** 2 / scale if scale > 1e-12 else math.nan


def mean_interval(values: Any) -> tuple[float, float, float, int]:
    """Mean, ends of its t interval, and number of the values that are there."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return math.nan, math.nan, math.nan, 0
    mean, error = float(known.mean()), float(stats.sem(known)) if len(known) > 1 else math.nan
    if not error > 1e-12:
        return mean, math.nan, math.nan, len(known)
    low, high = stats.t.interval(LEVEL, len(known) - 1, mean, error)
    return mean, float(low), float(high), len(known)
