"""Do choke points have an outsized part in the stable states that anti-Hebbian plasticity makes?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
from scipy.stats import false_discovery_control

from netplastic._support import Graph
from netplastic.analyses import (
    Study,
    amplification,
    publishable,
    write_csv,
    write_parquet,
    write_text,
)

from ._choke_figure import draw
from ._choke_finding import tell

__all__ = ["FULL", "STUDY", "compare", "report"]

RESAMPLES = 999
NOTHING = 1e-9
"""Bits below which an effect is rounding."""


def compare(table: pd.DataFrame, networks: Mapping[str, Graph], seed: int = 0) -> pd.DataFrame:
    """Compare choke points with other nodes, graph by graph.

    The graphs of the study are of different topologies, each measured once: no ensemble.

    Parameters
    ----------
    table : pandas.DataFrame
        Of the study: graph, null, is_choke and the columns of `count_neighborhoods`.
    networks : mapping of str to networkx.Graph
        The graphs by name.
    seed : int, default 0
        Of the resampling.

    Returns
    -------
    pandas.DataFrame
        The rows of `netplastic.amplification` with the column graph before them and the column
        q_value behind p_value: the p value corrected for all tests of the same comparison with
        choke points of all kinds (Benjamini and Hochberg 1995); NaN where all counts compared are
        equal, which is no test.
    """
    pieces = []
    for name, rows in table.groupby("graph", sort=False):
        rows = rows.drop(columns="graph")
        itself = rows[rows["null"] == 0].drop(columns="null")
        chokes = itself.drop_duplicates("node")[["node", "is_choke"]]
        nulls = rows[rows["null"] > 0] if (rows["null"] > 0).any() else None
        found = amplification(
            itself, chokes, nulls=nulls, resamples=RESAMPLES, rng=seed, graph=networks[str(name)]
        )
        found.insert(0, "graph", name)
        pieces.append(found)
    return _corrected(pd.concat(pieces, ignore_index=True))


def _corrected(found: pd.DataFrame) -> pd.DataFrame:
    # Rounding leaves 1e-16 where equal means are subtracted; real differences are far larger.
    alike = (found[["effect", "low", "high"]].fillna(0.0).abs() < NOTHING).all(axis=1)
    tests = found[found["p_value"].notna() & ~alike & (found["choke_kind"] == "all")]
    q_value = pd.Series(float("nan"), index=found.index)
    for _, family in tests.groupby("comparison"):
        q_value[family.index] = false_discovery_control(family["p_value"], method="bh")
    found.insert(list(found.columns).index("p_value") + 1, "q_value", q_value)
    return found


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write the comparisons, the figure and the finding, all drawn from the table."""
    networks = {name: graph for (name, _), graph in study.networks().items()}
    found = compare(table, networks, study.seed)
    published = publishable(found)
    write_parquet(out / "amplification.parquet", published)
    write_csv(out / "amplification.csv", published)
    draw(table, found, out)
    write_text(out / "finding.md", tell(study, table, found))


STUDY = Study(
    name="choke-points",
    question=(
        "Where in a network does anti-Hebbian plasticity create stable equilibria, and do choke "
        "points have an outsized part in it?"
    ),
    graphs=(
        "dumbbell",
        "ring_of_modules",
        "star_of_modules",
        "hourglass",
        "planted_partition",
        "caveman",
        "hierarchical_modules",
        "ring_of_modules_null",
        "karate",
        "celegans",
    ),
    grid={
        "strength": (0.05, -5.0, -20.0, -50.0),
        "scope": ("isolated", "embedded"),
        "null": tuple(range(3)),
    },
    common={"radius": 1, "weights": "relative", "others": 60, "boxes": 1_000, "starts": 100},
    report=report,
)

FULL = replace(
    STUDY,
    grid={**STUDY.grid, "null": tuple(range(100))},
    common={**STUDY.common, "others": 0, "boxes": 20_000, "starts": 1_000},
)
