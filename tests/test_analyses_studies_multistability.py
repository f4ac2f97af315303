"""The study multistability: counts against formulas and enumeration, and words that follow."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses.studies import _few_states as few
from netplastic.analyses.studies import _multistability as study
from netplastic.analyses.studies import _multistability_finding
from netplastic.analyses.studies._multistability_finding import tell


def sets(graph: nx.Graph[Any]) -> int:
    """Maximal independent sets, one by one: the maximal cliques of the complement."""
    return sum(1 for _ in nx.find_cliques(nx.complement(graph)))


def small_graphs() -> list[nx.Graph[Any]]:
    return [graph for graph in nx.graph_atlas_g() if len(graph) and len(graph) < 7]


def test_bounds_hold_on_all_graphs_of_up_to_six_nodes_and_are_reached() -> None:
    """1,252 graphs less the largest: the bounds are right, and the best possible."""
    most, least = dict.fromkeys(range(1, 7), 0), dict.fromkeys(range(1, 7), 99)
    for graph in small_graphs():
        count, classes = sets(graph), few.twin_classes(graph)
        assert few.least_sets(classes) <= count <= few.most_sets(classes)
        most[len(graph)] = max(most[len(graph)], count)
        if classes == len(graph):
            least[len(graph)] = min(least[len(graph)], count)
    assert most == {n: few.most_sets(n) for n in most}
    assert least == {n: few.least_sets(n) for n in least}


@pytest.mark.parametrize("n", range(1, 14))
def test_sequences(n: int) -> None:
    assert few.padovan(n) == sets(nx.path_graph(n))
    if n > 2:
        assert few.perrin(n) == sets(nx.cycle_graph(n))


@pytest.mark.parametrize("leaves", [2, 3, 4])
def test_graphs_with_the_fewest_sets(leaves: int) -> None:
    graph = few.fewest(leaves)
    assert len(graph) == 2**leaves + leaves - 1
    assert nx.is_connected(graph)
    assert few.twin_classes(graph) == len(graph)
    assert sets(graph) == leaves + 1 == few.least_sets(len(graph))


@pytest.mark.parametrize("m", [2, 3, 5, 8])
def test_complete_bipartite_graphs_have_two_states_at_every_strength(m: int) -> None:
    graph = nx.complete_bipartite_graph(m, m)
    for relative in (1.0, 4.0, math.inf):
        row = study.stable_states(graph, relative=relative).iloc[0]
        assert row["n_stable"] == row["n_stable_upper"] == 2
        assert row["status"] == "certified"
        assert row["twin_classes"] == 2


def test_stable_states_in_the_limit_and_near_it() -> None:
    for graph in (nx.path_graph(6), nx.cycle_graph(7), nx.complete_graph(4)):
        for relative in (4.0, math.inf):
            assert study.stable_states(graph, relative=relative)["n_stable"][0] == sets(graph)
    # A stalemate of K4 joins its four winners at smaller strengths.
    assert study.stable_states(nx.complete_graph(4), relative=1.0)["n_stable"][0] == 5


def test_strength_is_relative_to_the_mean_degree() -> None:
    row = study.stable_states(nx.cycle_graph(5), relative=2.0).iloc[0]
    assert row["strength"] == -2.0 * 15.0 * 2.0
    arcs = nx.DiGraph([(0, 1), (1, 2), (2, 0)])
    row = study.stable_states(arcs, relative=2.0).iloc[0]
    assert row["strength"] == -2.0 * 15.0
    assert row["most"] is None


def test_one_relative_strength_means_the_same_in_every_study() -> None:
    """What drives a node: both directions of an edge, one of an arc, no self-loop."""
    arcs = nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 2), (1, 1)])
    for graph, degree in ((nx.path_graph(4), 1.5), (arcs, 4 / 3)):
        whole = study.stable_states(graph, relative=2.0)["strength"][0]
        balls = npl.analyses.stable_neighborhoods(graph, relative_strength=2.0)["strength"]
        assert set(balls) == {whole} == {-2.0 * 15.0 * degree}


def test_wrong_input() -> None:
    with pytest.raises(ValueError, match="no edges"):
        study.stable_states(nx.empty_graph(3))
    with pytest.raises(ValueError, match="relative"):
        study.stable_states(nx.path_graph(3), relative=-1.0)


# -- words -------------------------------------------------------------------------------------


def made_up(counts: dict[str, dict[int, int]], relative: float = math.inf) -> pd.DataFrame:
    """Counts by family and size."""
    rows = [
        {
            "graph": f"{family}, n = {n}",
            "relative": relative,
            "nodes": n,
            "n_stable": count,
            "log2_stable": float(np.log2(count)),
            "fewest": few.least_sets(n),
            "most": few.most_sets(n),
            "status": "certified",
        }
        for family, sizes in counts.items()
        for n, count in sizes.items()
    ]
    return pd.DataFrame(rows)


def say(table: pd.DataFrame) -> str:
    return tell(study.STUDY, table, table.iloc[:0])


def test_finding_tells_growth_from_its_absence() -> None:
    text = say(made_up({"a": {4: 3, 8: 2, 9: 9}, "b": {4: 3, 8: 3}, "c": {4: 4, 8: 2}}))
    assert "grows in 1 family: a 1.58 to 3.17 bits for 4 to 9 nodes." in text
    assert "does not change at all in 1: b have 3 at every size from 4 to 8 nodes." in text
    assert "falls in 1: c 2 to 1 bits for 4 to 8 nodes." in text
    assert "larger networks with fewer states in a and c." in text
    assert "the wiring decides" in text


def test_finding_where_all_families_grow() -> None:
    text = say(made_up({"a": {4: 3, 8: 5}}))
    assert "the wiring decides" not in text
    assert "None was counted." in text


def test_finding_checks_sequences_and_bounds() -> None:
    text = say(made_up({"paths": {3: 2, 4: 3, 5: 5}, "x": {4: 2, 5: 6, 6: 9}}))
    assert "2 of 3 counts are the Padovan numbers, up to n = 5" in text  # the third is 4
    assert "Cycles." not in text
    # Fewest of 4 is 3: two are outside, x of 4 having 2; 9 is the most of 6, 6 of 5, 5 is inside.
    assert "5 of 6 certified counts in the limit lie" in text
    assert "reached by graphs of the families x" in text


def test_finding_compares_finite_strengths_with_the_limit() -> None:
    limit = made_up({"a": {4: 3, 5: 4, 6: 4}})
    finite = made_up({"a": {4: 3, 5: 6, 6: 2}}, relative=1.0)
    text = say(pd.concat([finite, limit], ignore_index=True))
    assert "= 1, of 3 certified counts 1 equal the limit's; larger: 1 (a); smaller: 1 (a)." in text
    assert "Of 3 counts at finite strengths 3 are certified" in text


def test_report_of_a_small_study(tmp_path: Path) -> None:
    graphs = study._family("paths", [nx.path_graph(n) for n in (3, 5, 7)])
    small = dataclasses.replace(
        study.STUDY, graphs=graphs, also=(dataclasses.replace(study.LIMIT, graphs=graphs),)
    )
    npl.run_study(small, tmp_path)
    text = (tmp_path / "finding.md").read_text()
    assert "3 of 3 counts are the Padovan numbers" in text
    assert "3 certified counts 3 equal the limit's" in text
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_report_of_a_users_own_graph(tmp_path: Path) -> None:
    npl.run_study(study.STUDY.on({"mine": nx.path_graph(4)}), tmp_path)
    text = (tmp_path / "finding.md").read_text()
    assert "| mine | 1 | 4 | 1.585 | – | 1 of 1 |" in text


@pytest.mark.slow
def test_the_study(tmp_path: Path) -> None:
    table = npl.run_study(study.STUDY, tmp_path, workers=2)
    exact = table[np.isinf(table["relative"])]
    assert (exact["status"] == "certified").all()


def test_a_strength_at_which_nothing_is_certified_is_told() -> None:
    own = pd.DataFrame(
        {
            "graph": ["m", "m"],
            "relative": [4.0, np.inf],
            "status": ["lower bound", "certified"],
            "log2_stable": [7.8, 7.83],
        }
    )
    assert "= 4, of 0 certified counts 0 equal" in _multistability_finding._finite(own)
