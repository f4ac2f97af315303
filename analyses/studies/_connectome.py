"""One measured network end to end: the nervous system of C. elegans."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from netplastic._support import Graph
from netplastic.analyses import Study, amplification, publishable, write_csv, write_text
from netplastic.graphs import celegans

from ._connectome_claims import claims
from ._connectome_figure import draw
from ._connectome_finding import tell
from ._connectome_measures import AUTAPSES, births, limit_counts, neighborhoods
from ._words import part_of

__all__ = ["FULL", "STUDY", "compare", "report"]

PARTS = ("connectome", "gap-balls", "chemical-balls", "gap-births", "chemical-births")
GAP, CHEMICAL = "gap junctions", "chemical synapses"


def compare(balls: pd.DataFrame, networks: dict[str, Graph], seed: int = 0) -> pd.DataFrame:
    """Choke points against other nodes of equal degree, for each network and scope.

    Parameters
    ----------
    balls : pandas.DataFrame
        Of `neighborhoods`, with columns graph, autapses.
    networks : dict of str to networkx.Graph
    seed : int, default 0
        Of the places of whole blocks.

    Returns
    -------
    pandas.DataFrame
        Rows "matched" of `netplastic.amplification` for choke points of all kinds.
    """
    pieces = []
    keys = ["graph", "autapses", "scope"]
    for names, rows in balls.groupby(keys, sort=False):
        counts = rows.drop(columns=["graph", "autapses"])
        graph = networks[str(rows["graph"].iloc[0])]
        found = amplification(counts, counts[["node", "is_choke"]], rng=seed, graph=graph)
        own = found[(found["comparison"] == "matched") & (found["choke_kind"] == "all")]
        lead = pd.DataFrame([dict(zip(keys, names, strict=True))] * len(own), index=own.index)
        pieces.append(pd.concat([lead, own.drop(columns=keys, errors="ignore")], axis=1))
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write the comparison, the figure, the finding and the claims, drawn from the table."""
    own, *others = (part_of(study, table, name) for name in PARTS)
    balls, born = _together(others[:2]), _together(others[2:])
    graphs = {name: graph for part in study.parts for (name, _), graph in part.networks().items()}
    found = compare(balls, graphs, study.seed) if len(balls) else pd.DataFrame()
    write_csv(out / "amplification.csv", publishable(found))
    draw(own, balls, born, out)
    write_text(out / "finding.md", tell(study, own, balls, found, born))
    write_csv(out / "claims.csv", claims(own, found, born))


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _networks() -> dict[str, Graph]:
    return {GAP: celegans("gap"), CHEMICAL: celegans("chemical")}


NETWORKS = _networks()
GAP_BALLS = Study(
    name="gap-balls",
    question="How many stable states does each ball of the gap junctions have?",
    graphs={GAP: NETWORKS[GAP]},
    grid={"scope": ("isolated", "embedded"), "autapses": ("removed",)},
    measure=neighborhoods,
    fixed=True,
)
CHEMICAL_BALLS = dataclasses.replace(
    GAP_BALLS,
    name="chemical-balls",
    question="How many stable states does each ball of the chemical synapses have?",
    graphs={CHEMICAL: NETWORKS[CHEMICAL]},
    grid={"scope": ("isolated",), "autapses": AUTAPSES},
    # Balls with autapses take their whole budget, and more of it settles few of them.
    common={"boxes": 200},
)
GAP_BIRTHS = Study(
    name="gap-births",
    question="At which strengths are states of the strong limit of the gap junctions born?",
    graphs={GAP: NETWORKS[GAP]},
    grid={"autapses": AUTAPSES},
    # Their states are easily listed, and more than 100,000 are refused.
    common={"boxes": 2_000},
    measure=births,
    fixed=True,
)
CHEMICAL_BIRTHS = dataclasses.replace(
    GAP_BIRTHS,
    name="chemical-births",
    question="At which strengths are states of the strong limit of the chemical synapses born?",
    graphs={CHEMICAL: NETWORKS[CHEMICAL]},
    common={"boxes": 50_000},
)
STUDY = Study(
    name="connectome",
    question="How many stable states does a measured nervous system have, and where are they made?",
    graphs=NETWORKS,
    grid={"autapses": AUTAPSES},
    measure=limit_counts,
    report=report,
    also=(GAP_BALLS, CHEMICAL_BALLS, GAP_BIRTHS, CHEMICAL_BIRTHS),
)
FULL = dataclasses.replace(
    STUDY,
    common={"boxes": 20_000_000, "seconds": 7_200.0, "megabytes": 16_000.0},
    also=(
        dataclasses.replace(GAP_BALLS, common={"boxes": 1_000_000}),
        dataclasses.replace(CHEMICAL_BALLS, common={"boxes": 1_000_000}),
        dataclasses.replace(GAP_BIRTHS, common={"states": 50, "boxes": 10_000}),
        dataclasses.replace(CHEMICAL_BIRTHS, common={"states": 50, "boxes": 100_000}),
    ),
)
