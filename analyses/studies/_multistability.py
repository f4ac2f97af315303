"""How does the number of stable states grow with the size of a network?"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from netplastic._support import Graph, check_positive
from netplastic.analyses import Study, limit_scale, mean_degree, write_csv, write_text
from netplastic.equilibria import Budget, count_equilibria
from netplastic.graphs import planted_partition
from netplastic.model import Hebbian, PlasticNetwork

from ._few_states import fewest, least_sets, most_sets, twin_classes
from ._multistability_claims import claims
from ._multistability_figure import draw
from ._multistability_finding import SIZE, tell
from ._words import part_of

__all__ = ["FULL", "STUDY", "report", "stable_states"]

PARTS = ("multistability", "limit")


def stable_states(
    graph: Graph,
    rng: int = 0,
    *,
    relative: float = 1.0,
    learning_rate: float = 1.0,
    boxes: int = 20_000,
    starts: int = 200,
) -> pd.DataFrame:
    """Count the stable states of a whole network, beside what combinatorics allows.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Seed of sampled searches.
    relative : float, default 1.0
        Strength of the anti-Hebbian rule (decay 1) in units of `analyses.limit_scale`, so
        that networks of different degrees are compared alike; inf is the strong limit.
    learning_rate : float, default 1.0
    boxes, starts : int
        Budget of the count.

    Returns
    -------
    pandas.DataFrame
        One row: nodes, edges, mean_degree, twin_classes, strength, n_stable (at least),
        n_stable_upper (at most), log2_stable, fewest and most (maximal independent sets that a
        graph with so many classes of twins can have: `least_sets`, `most_sets`; missing for
        digraphs and networks with self-loops), status.

    Raises
    ------
    ValueError
        For a `relative` that is not positive, or a graph without edges between nodes.

    Examples
    --------
    >>> stable_states(nx.path_graph(8), relative=math.inf)[["n_stable", "fewest", "most"]]
      n_stable fewest most
    0        9      4   18
    """
    if not math.isinf(relative):
        check_positive("relative", relative)
    degree = mean_degree(graph)
    if degree == 0.0:
        raise ValueError("the graph has no edges, so nothing is plastic; give one that has.")
    strength = -limit_scale(graph) * relative
    net = PlasticNetwork(graph, Hebbian(strength), learning_rate=learning_rate)
    count = count_equilibria(
        net, stable_only=True, budget=Budget(boxes=boxes, starts=starts), rng=rng, progress=False
    )
    plain = not graph.is_directed() and not nx.number_of_selfloops(graph)
    classes = twin_classes(graph)
    return pd.DataFrame(
        {
            "nodes": graph.number_of_nodes(),
            "edges": graph.number_of_edges(),
            "mean_degree": degree,
            "twin_classes": classes,
            "strength": strength,
            "n_stable": _object(count.lower),
            "n_stable_upper": _object(count.upper),
            "log2_stable": math.log2(count.lower) if count.lower else -math.inf,
            "fewest": _object(least_sets(classes) if plain else None),
            "most": _object(most_sets(classes) if plain else None),
            "status": str(count.status),
        }
    )


def _object(value: float | None) -> pd.Series[Any]:
    """One value whose type pandas leaves alone: counts have hundreds of digits."""
    return pd.Series([value], dtype=object)


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write the figure, the finding and the claims, drawn from the table."""
    own, limit = (part_of(study, table, name) for name in PARTS)
    draw(own, limit, out)
    write_csv(out / "claims.csv", claims(own, limit))
    write_text(out / "finding.md", tell(study, own, limit))


def _family(name: str, graphs: list[Graph]) -> dict[str, Graph]:
    """Graphs of one family, named by it, their size and, where sizes repeat, a seed."""
    found: dict[str, Graph] = {}
    for graph in graphs:
        label = f"{name}{SIZE}{len(graph)}"
        seed = sum(1 for known in found if known.split(", seed")[0] == label)
        found[f"{label}, seed {seed}" if seed else label] = graph
    return found


def _triangles(many: int) -> Graph:
    return nx.disjoint_union_all([nx.complete_graph(3)] * many)


def _planted(size: int, seed: int) -> Graph:
    return planted_partition(2, size, density_inside=0.6, density_between=0.1, rng=seed)


def _small(largest: int, seeds: int) -> dict[str, Graph]:
    """Networks small enough for certified counts at finite strengths."""
    sizes = [n for n in (4, 6, 8, 10, 12, 14, 16, 18, 20) if n <= largest]
    regular = [nx.random_regular_graph(3, n, seed=s) for n in sizes for s in range(seeds)]
    planted = [_planted(n // 2, s) for n in sizes if n > 6 for s in range(seeds)]
    return {
        **_family("paths", [nx.path_graph(n) for n in sizes]),
        **_family("cycles", [nx.cycle_graph(n) for n in sizes]),
        **_family("random 3-regular", regular),
        **_family("two planted modules", planted),
        **_family("complete", [nx.complete_graph(n) for n in (3, 4, 6, 8)]),
        **_family("complete bipartite", [nx.complete_bipartite_graph(m, m) for m in (2, 3, 5, 8)]),
        **_family("disjoint triangles", [_triangles(m) for m in (1, 2, 3, 4)]),
        **_family("fewest without twins", [fewest(m) for m in (2, 3)]),
    }


def _large(longest: int, seeds: int) -> dict[str, Graph]:
    """Networks of the strong limit, where counts are exact at any size that can be divided."""
    sizes = [n for n in (3, 5, 10, 20, 50, 100, 1_000, 10_000) if n <= longest]
    regular = [
        nx.random_regular_graph(3, n, seed=s) for n in (10, 20, 30, 40) for s in range(seeds)
    ]
    planted = [_planted(n // 2, s) for n in (10, 20, 30, 40) for s in range(seeds)]
    trees = [nx.random_labeled_tree(n, seed=s) for n in (10, 50, 200) for s in range(seeds)]
    bipartite = [nx.complete_bipartite_graph(m, m) for m in (2, 5, 10, 50)]
    return {
        **_family("paths", [nx.path_graph(n) for n in sizes]),
        **_family("cycles", [nx.cycle_graph(n) for n in sizes if n <= 1_000]),
        **_family("random trees", trees),
        **_family("random 3-regular", regular),
        **_family("two planted modules", planted),
        **_family("complete", [nx.complete_graph(n) for n in (3, 10, 40)]),
        **_family("complete bipartite", bipartite),
        **_family("disjoint triangles", [_triangles(m) for m in (1, 4, 16, 33)]),
        **_family("fewest without twins", [fewest(m) for m in (2, 3, 4, 5, 6)]),
    }


LIMIT = Study(
    name="limit",
    question="How many stable states are there in the strong limit?",
    graphs=_large(10_000, 3),
    grid={"relative": (math.inf,)},
    measure=stable_states,
    fixed=True,
)
STUDY = Study(
    name="multistability",
    question="How does the number of stable states that anti-Hebbian learning makes grow with n?",
    graphs=_small(14, 3),
    grid={"relative": (1.0, 4.0, math.inf)},
    measure=stable_states,
    report=report,
    also=(LIMIT,),
)
FULL = dataclasses.replace(
    STUDY,
    graphs=_small(20, 20),
    common={"boxes": 1_000_000},
    also=(dataclasses.replace(LIMIT, graphs=_large(10_000, 20)),),
)
