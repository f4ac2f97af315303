"""The study of choke points: what it says must be what its numbers are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses.studies import _choke_compare as comparing
from netplastic.analyses.studies import _choke_finding as finding
from netplastic.analyses.studies import _choke_graphs as networks_of
from netplastic.analyses.studies import _choke_measures as measures
from netplastic.analyses.studies import _choke_own as own
from netplastic.analyses.studies import _choke_points as choke_points
from netplastic.analyses.studies import _choke_report as reporting
from netplastic.analyses.studies import _choke_theory as theory_of
from netplastic.analyses.studies import _choke_words as words

SEEDS = 3
NODES = 24
NETWORKS = {(name, seed): nx.cycle_graph(NODES) for name in ("one", "two") for seed in range(SEEDS)}


class Named(npl.Study):
    """A study whose networks are made up, by name and seed."""

    def networks(self) -> dict[tuple[str, int], Any]:
        return NETWORKS


STUDY = Named("choke-points", "?", {"one": nx.path_graph(2)}, {"scope": ("isolated",)})


def counts(isolated: dict[str, float], embedded: dict[str, float]) -> pd.DataFrame:
    """Counts in the limit of two families, with so many bits more at choke points.

    Nodes 0, 4, 8, ... are choke points, and every node has degree 3 and one edge among neighbors.
    Others have 2 or 3 bits, 2.5 in the mean; each graph adds its own bit of noise at choke points.
    """
    rows = []
    for scope, excess in (("isolated", isolated), ("embedded", embedded)):
        for graph, bits in excess.items():
            for seed in range(SEEDS):
                for node in range(NODES):
                    choke = node % 4 == 0
                    value = 2.5 + bits + 0.05 * (seed - 1) if choke else 2.0 + node // 4 % 2
                    rows.append((graph, seed, scope, node, value, choke))
    names = ["graph", "seed", "scope", "node", "log2_stable", "is_choke"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(
        part="choke-points",
        n_stable=4,
        degree=3,
        neighbor_edges=np.where(table["is_choke"], 1, 1 + table["node"] // 4 % 2),
        role="core",
        size=4,
        radius=1,
        strength=-math.inf,
        learning_rate=1.0,
        excess=0.0,
        status="certified",
    )


def onsets(even: float, odd: float, module: float = 30.0) -> pd.DataFrame:
    """Onsets of chains between dense modules, and of a dense module alone."""
    rows = [
        ("chain", length, even if length % 2 == 0 else odd, 1.0 if length % 2 == 0 else 0.0)
        for length in range(1, 5)
    ]
    rows.append(("module", -1, module, 0.0))
    table = pd.DataFrame(rows, columns=["what", "path_length", "onset", "share_connectors"])
    return table.assign(
        part="onset", graph=table["what"], status="upper end", density=0.6, draw=0,
        module_degree=24.0, below=table["onset"] / 1.08,
    )  # fmt: skip


def edges(between: float, inside: float) -> pd.DataFrame:
    table = pd.DataFrame({"edges": ["between", "inside"], "n_stable": [between, inside]})
    return table.assign(part="targeted", graph="t", status="lower bound", density=0.5, draw=0)


def told(table: pd.DataFrame) -> str:
    found = comparing.compare(table, NETWORKS)
    return finding.tell(table, found, comparing.shares(table))


# -- what the finding says ------------------------------------------------------------------------


def test_an_effect_in_every_family_is_said_with_its_size() -> None:
    text = told(counts({"one": -0.5, "two": -0.25}, {"one": 1.0, "two": 0.5}))
    answer = text.split("\n\n")[1]
    assert "on 6 graphs of 2 modular and bottleneck families" in answer
    assert "cut out, fewer stable states in all 2 (-0.50 to -0.25 bits" in answer
    assert "inside the network, more stable states in all 2 (+0.50 to +1.00 bits" in answer
    assert "every 95% interval below zero, the same sign in 100% of each family's graphs" in answer
    assert "100% of these counts are certified" in answer


def test_families_that_do_not_agree_are_not_said_to() -> None:
    text = told(counts({"one": -0.5, "two": 0.5}, {"one": 0.0, "two": 0.5}))
    answer = text.split("\n\n")[1]
    assert (
        "cut out, fewer stable states in 1 families, more in 1, and neither for certain" in answer
    )
    assert "fewer stable states in 0 families, more in 1, and neither for certain in 1" in answer
    assert "in all" not in answer
    assert "| no |" in text
    assert "| isolated: fewer in every family (-0.32 to -0.08 bits) | -0.50 to +0.50; interval" in (
        text
    )


def test_lower_bounds_are_not_called_certified() -> None:
    table = counts({"one": -0.5, "two": -0.5}, {"one": 1.0, "two": 1.0})
    table.loc[table.index[:1], "status"] = "lower bound"
    text = told(table)
    assert "99.7% of these counts are certified" in text.split("\n\n")[1]
    assert "Of 144 isolated counts in the limit 143 (99.3%) are certified" in text
    assert "1 lower bounds" in text


def test_zero_counts_have_their_sentence() -> None:
    table = counts({"one": -0.5, "two": -0.5}, {"one": 1.0, "two": 1.0})
    assert "none was found" not in told(table)
    table.loc[table["node"] == 1, ["n_stable", "log2_stable"]] = [0, -np.inf]
    assert told(table).count("6 are 0 (none was found)") == 2


@pytest.mark.parametrize(
    ("even", "odd", "verdicts"),
    [(9.0, 30.0, ["yes", "yes"]), (14.0, 12.0, ["no", "no"])],
)
def test_parity_is_claimed_only_where_it_holds(even: float, odd: float, verdicts: Any) -> None:
    rows = list(theory_of._parity(onsets(even, odd)))
    assert ["yes" if holds else "no" for *_, holds in rows] == verdicts
    assert f"{even:g}" in rows[0][1]
    assert ("with 1" in rows[1][1]) == (odd < 24.0)


def test_onsets_are_listed_by_length_and_by_degree() -> None:
    length, degree = words.parity_sentences(onsets(9.0, math.inf))
    assert "mean degree 24 joined by so many connectors: 1: none found" in length
    assert "2: 9 (100% of the differing nodes connectors); 3: none found" in length
    assert "24: 30 alone, 9 with the pair (100% of the differing nodes connectors)" in degree
    assert words.parity_sentences(onsets(9.0, 30.0).iloc[:0]) == []


@pytest.mark.parametrize(("between", "inside", "holds"), [(6.8, 2.0, True), (2.0, 6.8, False)])
def test_targeted_edges(between: float, inside: float, holds: bool) -> None:
    (text,) = words.targeted_sentence(edges(between, inside))
    means = f"density 0.5: {between:.1f} against {inside:.1f}"
    assert f"{means} (more between in {int(holds)} of 1)" in text
    ((_, seen, verdict),) = theory_of._states(edges(between, inside))
    assert verdict is holds
    assert seen == f"in {int(holds)} of 1 densities of modules"


def test_one_network_is_reported_by_itself() -> None:
    table = counts({"one": -0.5}, {"one": 1.0}).query("seed == 0")
    text = told(table.drop(columns="seed"))
    answer = text.split("\n\n")[1]
    assert answer.startswith(
        "In the strong limit neighborhoods have 4 to 4 isolated and 4 to 4 embedded stable states."
    )
    assert "one: isolated -0.55 bits" in answer
    assert "(6 choke points, 18 other nodes)" in answer
    assert "famil" not in answer
    assert "| one | 0 | 3 | isolated | 4 | +0.00 |" in text
    assert "the theory says" not in text


def test_a_network_without_a_comparison_says_why() -> None:
    table = counts({"one": -0.5}, {"one": 1.0}).query("seed == 0")
    table = table.assign(degree=np.where(table["is_choke"], 9, 3))
    text = told(table)
    reason = "fewer than three other nodes of equal degree for every choke point"
    assert f"one: isolated and embedded not compared ({reason})." in text


def test_a_network_without_choke_points_says_so() -> None:
    table = counts({"one": -0.5}, {"one": 1.0}).query("seed == 0").assign(is_choke=False)
    answer = told(table).split("\n\n")[1]
    assert "one: isolated and embedded not compared (no node is a choke point)." in answer


def test_an_effect_of_lower_bounds_is_left_open() -> None:
    table = counts({"one": -0.5}, {"one": 1.0}).query("seed == 0").assign(status="lower bound")
    text = told(table)
    assert "isolated open, since 24 of the 24 counts are lower bounds (-0.55" in text
    assert "at least 4" in text


def test_what_was_left_out_is_said() -> None:
    table = counts({"one": -0.5}, {"one": 1.0}).query("seed == 0")
    left = pd.DataFrame(
        {"part": ["finite"], "graph": ["one"], "status": ["left out"], "reason": ["900 nodes"]}
    )
    text = told(pd.concat([table, left], ignore_index=True))
    assert "**Finite strengths.** Not counted: one (900 nodes)." in text


def test_finite_strengths_are_multiples_of_the_same() -> None:
    limit = counts({"one": -0.5, "two": -0.5}, {"one": 1.0, "two": 1.0})
    finite = limit[limit["scope"] == "isolated"].assign(
        part="finite", relative_strength=0.25, strength=-7.0 - limit["seed"]
    )
    table = pd.concat([limit, finite], ignore_index=True)
    found = comparing.compare(table, NETWORKS)
    of = words.matched(found, "finite", "ensemble")
    assert set(of["strength"]) == {-0.25}
    assert of["n_graphs"].tolist() == [SEEDS, SEEDS]
    text = told(table)
    assert "isolated at 0.25, -0.50 (interval clear of zero in 2 of 2)" in text
    assert "lower bounds are 0% of the isolated" in text


def test_given_the_rest_is_held_against_the_embedded_counts() -> None:
    limit = counts({"one": -0.5, "two": -0.5}, {"one": 1.0, "two": 1.0})
    given = limit[limit["scope"] == "isolated"].assign(part="own", scope="given the rest")
    text = told(pd.concat([limit, given], ignore_index=True))
    own_text = next(line for line in text.splitlines() if line.startswith("**Own or inherited"))
    assert "fewer stable states in all 2 (-0.50 bits" in own_text
    assert "+1.50 bits, is inherited" in own_text
    assert "interval above zero in 0 of 2 | yes |" in text


# -- what is computed -----------------------------------------------------------------------------


def test_explained_at_equal_degree_by_hand() -> None:
    """Degree 2: bits 0, 2 with edges 0, 1; degree 3: bits 5, 5, 8 with edges 0, 1, 2.

    Apart from the means of their degree bits are -1, 1, -1, -1, 2 and edges -1/2, 1/2, -1, 0, 1, so
    the squared correlation is (1/2 + 1/2 + 1 + 0 + 2)^2 / (8 * 5/2) = 16 / 20.
    """
    nodes = pd.DataFrame(
        {"degree": [2, 2, 3, 3, 3], "edges": [0, 1, 0, 1, 2], "log2_stable": [0.0, 2, 5, 5, 8]}
    )
    assert comparing.within_degrees(nodes, "edges") == pytest.approx(0.8)
    none = pd.DataFrame({"degree": [2], "edges": [0], "log2_stable": [-np.inf]})
    assert math.isnan(comparing.within_degrees(pd.concat([nodes.iloc[:1], none]), "edges"))
    assert comparing.within_degrees(pd.concat([nodes, none]), "edges") == pytest.approx(0.8)


def test_mean_interval_by_hand() -> None:
    """1, 2, 3: mean 2, standard error 1 / sqrt(3), t(0.975, 2) = 4.3027."""
    mean, low, high, number = comparing.mean_interval([1.0, 2.0, 3.0, math.nan])
    assert (mean, number) == (2.0, 3)
    assert (low, high) == pytest.approx((2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-3)
    assert math.isnan(comparing.mean_interval([1.0, 1.0])[1])
    assert comparing.mean_interval([])[3] == 0


def naive_own(graph: Any, high: set[int], v: int) -> int:
    """Maximal independent sets of the ball's nodes that no high node outside the ball drives."""
    ball = {v, *graph[v]}
    free = [u for u in ball if not any(w in high and w not in ball for w in graph[u])]
    return len(list(nx.find_cliques(nx.complement(graph.subgraph(free)))))


@pytest.mark.parametrize("seed", [0, 1])
def test_own_counts_are_those_of_the_ball_between_held_nodes(seed: int) -> None:
    graph = nx.gnp_random_graph(14, 0.3, seed=seed)
    around = [set(graph[node]) for node in graph]
    generator = np.random.default_rng(5)
    states = [own.random_stable_state(around, generator) for _ in range(4)]
    for high in states:
        assert nx.is_dominating_set(graph, high)
        assert graph.subgraph(high).size() == 0
    expected = [
        np.mean([np.log2(naive_own(graph, high, v)) for high in states]) for v in range(len(graph))
    ]
    assert own.own_counts(graph, 5, 4) == pytest.approx(expected)


def test_own_counts_leave_out_what_they_are_not_defined_on() -> None:
    loops = nx.path_graph(3)
    loops.add_edge(1, 1)
    cut = nx.path_graph(3)
    cut.edges[0, 1]["weight"] = 0.0
    for graph, reason in (
        (cut, "not above 0"),
        (nx.DiGraph([(0, 1)]), "directed"),
        (loops, "self-loops"),
        (nx.path_graph(6), "6 nodes, more than 5"),
    ):
        table = measures.own_neighborhoods(graph, states=2, largest=5)
        assert table["status"].tolist() == ["left out"]
        assert reason in table["reason"][0]


def test_first_onset_of_a_pair_is_the_pitchfork_s() -> None:
    """Two coupled nodes turn bistable at |k| = 6.54 (theory.md, section 5): 6.86 on the ladder."""
    pair = nx.path_graph(2)
    nx.set_node_attributes(pair, {0: "connector", 1: "core"}, "role")
    pair.graph.update(what="chain", path_length=1, density=0.5, draw=3)
    row = measures.first_onset(pair, starts=20).iloc[0]
    assert row["below"] < 6.5375946 < row["onset"]
    assert row["onset"] == next(k for k in measures.LADDER if k > 6.5375946)
    assert (row["nodes_differing"], row["share_connectors"], row["draw"]) == (2, 0.5, 3)


def test_an_onset_that_is_not_there_is_none() -> None:
    """K5 has no second state up to the end of the ladder (theory.md, section 5: dense modules)."""
    clique = nx.complete_graph(5)
    nx.set_node_attributes(clique, "core", "role")
    clique.graph.update(what="module", path_length=-1, density=1.0, draw=0)
    row = measures.first_onset(clique, starts=20).iloc[0]
    assert math.isinf(row["onset"])
    assert row["status"] == "none found"
    assert math.isnan(row["share_connectors"])
    assert row["module_degree"] == 4.0


def test_targeted_edges_of_two_triangles() -> None:
    """Held together by a static edge they have 2 states, by an anti-Hebbian one 4."""
    graph = nx.barbell_graph(3, 0)
    nx.set_node_attributes(graph, {node: node // 3 for node in graph}, "module")
    graph.graph.update(density=1.0, draw=7)
    gain = 0.6 * float(np.linalg.eigvalsh(nx.to_numpy_array(graph))[-1])
    case = {"strength": -10.0, "gain": gain, "starts": 60}
    row = measures.targeted(graph, edges="between", **case).iloc[0]
    assert (row["n_stable"], row["plastic_edges"], row["draw"]) == (4, 1, 7)
    inside = measures.targeted(graph, edges="inside", **case).iloc[0]
    assert inside["plastic_edges"] == 1
    with pytest.raises(ValueError, match="inside"):
        measures.targeted(graph, edges="insid", **case)


def test_relative_strength_is_a_multiple_of_where_the_limit_begins() -> None:
    graph = nx.path_graph(4)  # mean degree 1.5
    relative = npl.analyses.stable_neighborhoods(graph, relative_strength=2.0)
    given = npl.analyses.stable_neighborhoods(graph, strength=-2.0 * 15.0 * 1.5)
    pd.testing.assert_frame_equal(relative, given)
    assert set(relative["strength"]) == {-45.0}
    with pytest.raises(ValueError, match="relative_strength"):
        npl.analyses.stable_neighborhoods(graph, relative_strength=-1.0)
    small = {"relative_strength": 2.0, "scope": "isolated", "boxes": 100, "starts": 10}
    kept = measures.finite_neighborhoods(graph, largest=4, **small)
    assert kept["n_stable"].tolist() == relative["n_stable"].tolist()
    left = measures.finite_neighborhoods(graph, largest=3, **small)
    assert left["status"].tolist() == ["left out"]


def test_relative_weights_have_mean_one() -> None:
    """One strength then means the same, whatever unit the weights have."""
    graph = npl.graphs.load("karate")
    small = graph.copy()
    for _, _, data in small.edges(data=True):
        data["weight"] *= 0.125
    case: dict[str, Any] = {"strength": -10.0, "weights": "relative", "others": 5}
    one = npl.analyses.stable_neighborhoods(graph, 0, **case)
    two = npl.analyses.stable_neighborhoods(small, 0, **case)
    pd.testing.assert_frame_equal(one, two)
    with pytest.raises(ValueError, match="did you mean 'relative'"):
        npl.analyses.stable_neighborhoods(graph, 0, weights="relativ")


def test_some_others_are_the_same_in_every_case() -> None:
    graph = npl.graphs.load("karate")
    chokes = set(npl.graphs.choke_points(graph).query("is_choke")["node"])
    tables = [
        npl.analyses.stable_neighborhoods(graph, 3, strength=strength, others=6, null=null)
        for strength in (-2.0, -4.0)
        for null in (0, 1)
    ]
    for table in tables:
        assert table["node"].tolist() == tables[0]["node"].tolist()
        assert chokes <= set(table["node"])
        assert len(table) == len(chokes) + 6
        assert set(table[table["is_choke"]]["node"]) == chokes


# -- the study as a whole -------------------------------------------------------------------------


def test_the_families_are_drawn_at_random_and_there_are_nine() -> None:
    assert len(set(networks_of.FAMILIES)) == 9
    assert set(networks_of.MEASURED) | set(networks_of.FAMILIES) <= set(npl.graphs.catalogue())
    for name in networks_of.FAMILIES:
        one, two = (npl.graphs.load(name, rng=seed) for seed in (0, 1))
        assert not nx.utils.graphs_equal(one, two)
    assert choke_points.STUDY.seeds >= 20
    assert choke_points.FULL.seeds >= 100
    nulls = next(part for part in choke_points.FULL.parts if part.name == "nulls")
    assert len(nulls.grid["null"]) == 99


def test_chains_have_their_lengths_and_modules_their_degrees() -> None:
    graphs = networks_of.chains(1)
    dense = [g for g in graphs.values() if g.graph["what"] == "chain"]
    lengths = sorted(
        g.graph["path_length"] for g in dense if g.graph["density"] == max(
            one.graph["density"] for one in dense
        )
    )  # fmt: skip
    assert lengths == list(range(7))
    for graph in dense:
        roles = [role for _, role in graph.nodes(data="role")]
        assert roles.count("connector") == graph.graph["path_length"]
    alone = [g for g in graphs.values() if g.graph["what"] == "module"]
    assert len(alone) == 5
    assert all(len(g) == networks_of.MODULE_SIZE and nx.is_connected(g) for g in alone)


@pytest.fixture(scope="module")
def everything() -> pd.DataFrame:
    limit = counts({"one": -0.5, "two": -0.25}, {"one": 1.0, "two": 0.5})
    given = limit[limit["scope"] == "isolated"].assign(part="own", scope="given the rest")
    finite = limit.assign(part="finite", relative_strength=1.0, strength=-20.0)
    return pd.concat([limit, given, finite, onsets(9.0, 30.0), edges(7.0, 2.0)], ignore_index=True)


NAMES = [
    "amplification.csv", "amplification.parquet", "claims.csv", "explained.csv",
    "explained.parquet",
    "figure.png", "figure.svg", "finding.md", "strengths.png", "strengths.svg",
]  # fmt: skip


def test_report_writes_its_files(everything: pd.DataFrame, tmp_path: Path) -> None:
    reporting.report(STUDY, everything, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    assert all(path.stat().st_size > 100 for path in tmp_path.iterdir())


@pytest.mark.slow
def test_report_writes_the_same_files_twice(everything: pd.DataFrame, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        reporting.report(STUDY, everything, tmp_path / folder)
    for name in NAMES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize("directed", [False, True])
def test_a_file_of_ones_own(directed: bool, tmp_path: Path) -> None:
    graph = nx.connected_caveman_graph(2, 4)
    graph = nx.DiGraph(sorted(graph.edges)) if directed else graph
    nx.write_graphml(nx.relabel_nodes(graph, str), tmp_path / "mine.graphml")
    study = choke_points.STUDY.on([str(tmp_path / "mine.graphml")])
    assert [part.name for part in study.parts] == ["choke-points", "own", "finite"]
    table = npl.run_study(study, tmp_path / "out")
    assert "error" not in table
    text = (tmp_path / "out" / "finding.md").read_text()
    assert "mine: isolated" in text
    assert ("given the rest" in set(table["scope"])) is not directed
    assert (tmp_path / "out" / "figure.png").exists()
