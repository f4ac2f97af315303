"""One measured network end to end: the nervous system of C. elegans."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd

from netplastic._support import Graph
from netplastic.analyses import Study, amplification, publishable, write_csv, write_text
from netplastic.graphs import celegans

from ._connectome_claims import claims
from ._connectome_figure import draw
from ._connectome_finding import COUNTS, UNIT, Found, tell
from ._connectome_measures import AUTAPSES, births, limit_counts, neighborhoods, whole_onsets
from ._words import part_of

__all__ = ["FULL", "STUDY", "compare", "report"]

GAP, CHEMICAL = "gap junctions", "chemical synapses"


def compare(balls: pd.DataFrame, networks: dict[str, Graph], seed: int = 0) -> pd.DataFrame:
    """Choke points against other nodes of equal degree, for each network and scope.

    Parameters
    ----------
    balls : pandas.DataFrame
        Of `neighborhoods`, with columns graph, autapses, relative.
    networks : dict of str to networkx.Graph
    seed : int, default 0
        Of the places of whole blocks.

    Returns
    -------
    pandas.DataFrame
        Rows "matched" of `netplastic.amplification` for choke points of all kinds.
    """
    pieces = []
    keys = ["graph", "autapses", "scope", "relative"]
    for names, rows in balls.groupby(keys, sort=False):
        counts = rows.drop(columns=["graph", "autapses", "relative"])
        graph = networks[str(rows["graph"].iloc[0])]
        found = amplification(counts, counts[["node", "is_choke"]], rng=seed, graph=graph)
        own = found[(found["comparison"] == "matched") & (found["choke_kind"] == "all")]
        lead = pd.DataFrame([dict(zip(keys, names, strict=True))] * len(own), index=own.index)
        pieces.append(pd.concat([lead, own.drop(columns=keys, errors="ignore")], axis=1))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write the comparison, the figure, the finding and the claims, drawn from the table."""
    parts = {part.name: part_of(study, table, part.name) for part in study.parts}
    balls = _together(parts, "balls", "finite")
    if len(balls):
        balls["relative"] = balls.get("relative", pd.Series(math.inf, balls.index)).fillna(math.inf)
    graphs = {name: graph for part in study.parts for (name, _), graph in part.networks().items()}
    found = Found(
        own=_together(parts, study.name, "totals"),
        balls=balls,
        chokes=compare(balls, graphs, study.seed) if len(balls) else pd.DataFrame(),
        onsets=_together(parts, "onsets"),
        born=_together(parts, "births"),
    )
    write_csv(out / "amplification.csv", publishable(found.chokes))
    draw(found, out)
    write_text(out / "finding.md", tell(study, found))
    write_csv(out / "claims.csv", claims(found))


def _together(parts: dict[str, pd.DataFrame], *kinds: str) -> pd.DataFrame:
    """Rows of all parts whose names end so."""
    chosen = [part for name, part in parts.items() if name.endswith(kinds) and len(part)]
    return pd.concat(chosen, ignore_index=True) if chosen else pd.DataFrame()


def _networks() -> dict[str, Graph]:
    return {GAP: celegans("gap"), CHEMICAL: celegans("chemical")}


NETWORKS = _networks()
GAP_TOTALS = Study(
    name="gap-totals",
    question="How many stable states do the gap junctions have?",
    graphs={GAP: NETWORKS[GAP]},
    grid={"autapses": AUTAPSES},
    # No model counter that was tried came to an end, so little time is spent on it.
    common={"seconds": 20.0},
    measure=limit_counts,
    fixed=True,
)
GAP_BALLS = Study(
    name="gap-balls",
    question="How many stable states does each ball of the gap junctions have?",
    graphs={GAP: NETWORKS[GAP]},
    grid={"scope": ("isolated", "embedded"), "autapses": ("removed",)},
    measure=neighborhoods,
    fixed=True,
)
CHEMICAL_BALLS = replace(
    GAP_BALLS,
    name="chemical-balls",
    question="How many stable states does each ball of the chemical synapses have?",
    graphs={CHEMICAL: NETWORKS[CHEMICAL]},
    grid={"scope": ("isolated",), "autapses": AUTAPSES},
    # Balls with autapses take their whole budget, and more of it settles few of them.
    common={"boxes": 200},
)
GAP_FINITE = replace(
    GAP_BALLS,
    name="gap-finite",
    question="How many has each at finite strengths?",
    grid={"relative": (0.25, 1.0, 4.0), "scope": ("isolated",), "autapses": ("removed",)},
    common={"boxes": 1_000, "starts": 50},
)
CHEMICAL_FINITE = replace(
    GAP_FINITE,
    name="chemical-finite",
    graphs={CHEMICAL: NETWORKS[CHEMICAL]},
    grid={"relative": (1.0, 4.0), "scope": ("isolated",), "autapses": ("removed",)},
    common={"boxes": 500, "starts": 50},
)
GAP_ONSETS = replace(
    GAP_BALLS,
    name="gap-onsets",
    question="At which strengths does the network lose its base state, and gain a second one?",
    grid={"autapses": ("removed",)},
    measure=whole_onsets,
)
GAP_BIRTHS = replace(
    GAP_BALLS,
    name="gap-births",
    question="At which strengths are states of the strong limit of the gap junctions born?",
    grid={"autapses": AUTAPSES, "weights": (UNIT,)},
    # Their states are easily listed, and more than 100,000 are refused.
    common={"boxes": 2_000, "states": 12},
    measure=births,
)
CHEMICAL_BIRTHS = replace(
    GAP_BIRTHS,
    name="chemical-births",
    question="At which strengths are states of the strong limit of the chemical synapses born?",
    graphs={CHEMICAL: NETWORKS[CHEMICAL]},
    grid={"autapses": AUTAPSES, "weights": (UNIT, COUNTS)},
    common={"boxes": 50_000, "states": 12},
)
STUDY = Study(
    name="connectome",
    question="How many stable states does a measured nervous system have, and where are they made?",
    graphs={CHEMICAL: NETWORKS[CHEMICAL]},
    grid={"autapses": AUTAPSES},
    measure=limit_counts,
    report=report,
    also=(
        GAP_TOTALS,
        GAP_BALLS,
        CHEMICAL_BALLS,
        GAP_FINITE,
        CHEMICAL_FINITE,
        GAP_ONSETS,
        GAP_BIRTHS,
        CHEMICAL_BIRTHS,
    ),
)
LONG = {"boxes": 2_000_000, "seconds": 1_200.0, "megabytes": 16_000.0}
FULL = replace(
    STUDY,
    common=LONG,
    also=(
        replace(GAP_TOTALS, common=LONG),
        replace(GAP_BALLS, common={"boxes": 20_000}),
        replace(CHEMICAL_BALLS, common={"boxes": 2_000}),
        replace(GAP_FINITE, common={"boxes": 20_000}),
        replace(CHEMICAL_FINITE, common={"boxes": 5_000}),
        replace(GAP_ONSETS, common={"limit": 1_000.0}),
        replace(GAP_BIRTHS, common={"states": 200, "boxes": 2_000}),
        replace(CHEMICAL_BIRTHS, common={"states": 200, "boxes": 100_000}),
    ),
)
