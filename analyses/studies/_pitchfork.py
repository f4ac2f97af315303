"""Does anti-Hebbian learning end convexity in a pitchfork?"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import FloatArray, Graph
from netplastic.analyses import Study, landscape_summary, write_csv, write_text
from netplastic.continuation import (
    BifurcationDiagram,
    Search,
    Steps,
    bifurcation_diagram,
    multistability_onset,
)
from netplastic.equilibria import Budget
from netplastic.model import Hebbian, PlasticNetwork

from ._joined import joined_modules
from ._pitchfork_claims import claims
from ._pitchfork_figure import draw
from ._pitchfork_finding import HEBBIAN, tell
from ._soft_modes import soft_modes
from ._topology import TOPOLOGY, TOPOLOGY_FULL
from ._words import part_of

__all__ = ["FULL", "STUDY", "diagram", "report", "thresholds"]

PARTS = ("pitchfork", "diagrams", "topology")
LARGEST = 24
"""Nodes of the largest network whose diagram is drawn: branches multiply like equilibria."""


def thresholds(
    graph: Graph, rng: int = 0, *, limit: float = 100.0, boxes: int = 5_000
) -> pd.DataFrame:
    """All thresholds of a network between contraction and multistability.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Not used: nothing here is random.
    limit : float, default 100.0
        Largest |strength| that is looked at.
    boxes : int, default 5000
        Budget of each search.

    Returns
    -------
    pandas.DataFrame
        Rows and columns of `netplastic.landscape_summary`; what it calls certainty is status.

    Examples
    --------
    >>> thresholds(nx.path_graph(2))[["quantity", "strength"]].round(2).to_numpy().tolist()[2:4]
    [['convexity threshold', -4.0], ['uniqueness threshold', -6.26]]
    """
    net = PlasticNetwork(graph, Hebbian(-1.0))
    found = landscape_summary(net, limit=limit, budget=Budget(boxes=boxes))
    return found.rename(columns={"certainty": "status"}).drop(columns="meaning")


def diagram(
    graph: Graph,
    rng: int = 0,
    *,
    hebbian: float = HEBBIAN,
    stop: float = -30.0,
    searches: int = 4,
    boxes: int = 20_000,
    largest_step: float = 0.3,
) -> pd.DataFrame:
    """Follow all equilibria from Hebbian to anti-Hebbian learning.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Seed of sampled searches.
    hebbian : float, default 2.0
        Where the range starts, divided by the largest degree: positive, Hebbian.
    stop : float, default -30.0
        Where it ends.
    searches : int, default 4
        Strengths at which all equilibria are searched for.
    boxes : int, default 20000
        Budget of each search.
    largest_step : float, default 0.3
        Of the continuation.

    Returns
    -------
    pandas.DataFrame
        Long; the column row says what a row is:

        - "state": a point of a branch. branch, strength, across (rates projected on the mode that
          turns soft where the second stable state is born; their mean where none is born), stable
          (for fast learning).
        - "point": a special point: kind, strength, across, kernel_dimension.
        - "count": number of equilibria (n_found, n_stable) at a strength where all were searched
          for, and the status of that search.

        The status of the other rows is that of the diagram.

    Raises
    ------
    ValueError
        For a network of more than 24 nodes.

    Examples
    --------
    >>> rows = diagram(nx.path_graph(2), stop=-10.0)
    >>> rows[rows["row"] == "point"][["kind", "strength"]].round(3).to_numpy().tolist()
    [['pitchfork (supercritical)', -6.538]]
    """
    if len(graph) > LARGEST:
        raise ValueError(
            f"a diagram of {len(graph)} nodes has too many branches to draw; the study draws "
            f"networks of at most {LARGEST}."
        )
    net = PlasticNetwork(graph, Hebbian(-1.0), learning_rate=math.inf)
    most = max(dict(graph.degree).values(), default=0)
    followed = bifurcation_diagram(
        net,
        "strength",
        hebbian / max(most, 1),
        stop,
        search=Search(values=searches, budget=Budget(boxes=boxes), rng=rng),
        steps=Steps(largest=largest_step),
    )
    second = multistability_onset(net, limit=-stop, budget=Budget(boxes=boxes))
    return pd.concat(_rows(followed, soft_modes(net, second), net), ignore_index=True)


def _rows(found: BifurcationDiagram, modes: FloatArray, net: PlasticNetwork) -> list[pd.DataFrame]:
    n = len(found.nodes)
    weights = modes[:, 0] if modes.size else np.full(n, 1.0 / n)
    tables = [
        pd.DataFrame(
            {
                "row": "state",
                "branch": branch.number,
                "strength": branch.parameter,
                "across": branch.rates @ weights,
                "stable": pd.array(branch.stable, dtype="boolean"),
                "status": str(found.status),
            }
        )
        for branch in found.branches
    ]
    tables.append(
        pd.DataFrame(
            {
                "row": "point",
                "kind": point.kind,
                "strength": point.value,
                "across": float(net.activation.rate(point.activity) @ weights),
                "kernel_dimension": float(point.kernel_dimension),
                "status": str(found.status),
            }
            for point in found.points
        )
    )
    counts = found.seeds[["strength", "found", "status"]].rename(columns={"found": "n_found"})
    counts.insert(0, "row", "count")
    counts["n_stable"] = [found.count_at(value, stable_only=True) for value in counts["strength"]]
    return [
        *(table for table in tables if len(table)),
        counts.astype({"n_stable": "Int64", "n_found": "Int64"}),
    ]


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write the figure, the finding and the claims, drawn from the table."""
    own, diagrams, sweep = (part_of(study, table, name) for name in PARTS)
    draw(own, diagrams, sweep, out)
    write_csv(out / "claims.csv", claims(own, sweep))
    write_text(out / "finding.md", tell(study, own, diagrams, sweep))


NETWORKS: dict[str, Graph] = {
    "pair": nx.path_graph(2),
    "6-cycle": nx.cycle_graph(6),
    "dumbbell": joined_modules(4, 1.0, 2),
    "connector pair between unequal modules": joined_modules(6, 0.6, 2, rng=0),
}
DIAGRAMS = Study(
    name="diagrams",
    question="Which branches of equilibria are there between Hebbian and anti-Hebbian learning?",
    graphs=NETWORKS,
    grid={"stop": (-30.0,)},
    measure=diagram,
)
STUDY = Study(
    name="pitchfork",
    question=(
        "Does passing from Hebbian to anti-Hebbian learning end the convexity of the landscape in "
        "a pitchfork bifurcation?"
    ),
    graphs=NETWORKS,
    grid={"limit": (100.0,)},
    measure=thresholds,
    report=report,
    also=(DIAGRAMS, TOPOLOGY),
)
FULL = dataclasses.replace(
    STUDY,
    graphs={
        **NETWORKS,
        "4-cycle": nx.cycle_graph(4),
        "8-cycle": nx.cycle_graph(8),
        "dumbbell of 6": joined_modules(6, 1.0, 2),
        **{f"unequal modules, seed {seed}": joined_modules(6, 0.6, 2, rng=seed) for seed in (1, 2)},
    },
    also=(dataclasses.replace(DIAGRAMS, common={"largest_step": 0.1}), TOPOLOGY_FULL),
)
