"""The study connectome: limit states that are followed down, and words that follow the numbers."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses.studies import _born as born
from netplastic.analyses.studies import _connectome as study
from netplastic.analyses.studies import _connectome_measures as measures
from netplastic.analyses.studies._connectome_claims import claims
from netplastic.analyses.studies._connectome_finding import RATES, Found, coexistence, tell
from netplastic.model import residual


def large(graph: nx.Graph, strength: float = -1e6) -> npl.PlasticNetwork:
    return npl.PlasticNetwork(graph, npl.Hebbian(strength))


LOOPED = nx.path_graph(4)
LOOPED.add_edges_from([(0, 0), (1, 1)])


@pytest.mark.parametrize(
    ("graph", "high"),
    [
        (nx.path_graph(4), [1, 0, 0, 1]),
        (nx.cycle_graph(5), [1, 0, 1, 0, 0]),
        (nx.DiGraph([(0, 1), (1, 2)]), [1, 0, 1]),
        # docs/theory.md#section-7: loops at 0 and 1, one of the two states (0 and 1 middle).
        (LOOPED, [0, 0, 0, 1]),
    ],
)
def test_limit_states_are_taken_up(graph: nx.Graph, high: list[int]) -> None:
    net = large(graph)
    found = born.start_of(net, np.array(high, dtype=bool))
    assert found is not None
    assert np.abs(residual(net, found)).max() < 1e-9
    assert (np.tanh(found)[np.array(high) > 0] > 0.7).all()
    assert (np.tanh(found)[np.array(high) == 0] < 0.1).all()


def test_what_is_no_limit_state_is_not_taken_up() -> None:
    """Two neighbors cannot both be high."""
    assert born.start_of(large(nx.path_graph(2)), np.array([True, True])) is None


def test_a_winner_is_born_in_the_pitchfork() -> None:
    net = large(nx.path_graph(2))
    start = born.start_of(net, np.array([True, False]))
    assert start is not None
    path = born.follow(net, start, 1.0)
    assert path.born == pytest.approx(6.5376, rel=2e-3)
    for strength, activity in zip(path.strengths, path.activity, strict=True):
        assert np.abs(residual(net.replace(strength=-strength), activity)).max() < 1e-9
    assert (np.diff(path.strengths) < 0).all()
    # The pair is stable at every learning rate.
    assert born.stable_from(net, path, 0.01) == pytest.approx(path.born, rel=2e-3)


def test_a_state_is_born_in_a_fold() -> None:
    """The hub of a star of 4 is high from |k| = 54.5 on (docs/theory.md#section-7)."""
    net = large(nx.star_graph(4))
    start = born.start_of(net, np.array([True, False, False, False, False]))
    assert start is not None
    assert born.follow(net, start, 10.0).born == pytest.approx(54.5, abs=0.2)
    other = born.start_of(net, np.array([False, True, True, True, True]))
    assert other is not None
    assert born.follow(net, other, 10.0).born == 0.0, "the leaves are high at every strength"


def test_stability_begins_where_the_critical_rate_is_met() -> None:
    """The 5-cycle's critical rate at -20 is 0.0188: at that rate it is stable from 20 on."""
    net = large(nx.cycle_graph(5))
    start = born.start_of(net, np.array([1, 0, 1, 0, 0], dtype=bool))
    assert start is not None
    path = born.follow(net, start, 1.0)
    least = born.stable_from(net, path, 0.0188)
    assert least == pytest.approx(20.0, rel=0.02), "its critical rate at 20 (section 3)"


def test_limit_counts_with_and_without_self_loops() -> None:
    kept = measures.limit_counts(LOOPED, autapses="kept").iloc[0]
    removed = measures.limit_counts(LOOPED, autapses="removed").iloc[0]
    assert (kept["n_stable"], removed["n_stable"]) == (2, 3)  # section 7; Padovan
    assert kept["autapses_found"] == removed["autapses_found"] == 2
    with pytest.raises(ValueError, match="did you mean 'removed'"):
        measures.limit_counts(LOOPED, autapses="removd")


def test_neighborhoods_rank_choke_points() -> None:
    table = measures.neighborhoods(nx.barbell_graph(4, 2))
    assert table["is_choke"].sum() == 4
    assert table.loc[4, "betweenness_rank"] == 1
    assert table["n_stable"].tolist()[0] == 4, "a clique of 4 has one state for each node"


def test_a_relative_strength_is_a_multiple_of_where_the_limit_begins() -> None:
    """A 4-cycle with loops: d = 2; loops neither drive others nor count."""
    graph = nx.cycle_graph(4)
    graph.add_edge(0, 0)
    for autapses in ("kept", "removed"):
        table = measures.neighborhoods(graph, relative=2.0, autapses=autapses)
        assert set(table["strength"]) == {-60.0}
    with pytest.raises(ValueError, match="relative"):
        measures.neighborhoods(graph, relative=-1.0)


@pytest.mark.parametrize(
    ("graph", "drawn"),
    [
        (nx.cycle_graph(6), "greedy"),
        (nx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 1)]), "all"),
        (LOOPED, "list"),
    ],
)
def test_followed_states_are_stable_states_of_the_limit(graph: nx.Graph, drawn: str) -> None:
    found = measures.births(graph, states=4, least=100.0)
    assert set(found["drawn"]) == {drawn}
    assert set(found["status"]) == {"followed"}
    assert len(found) > 1


def test_drawn_states_do_not_depend_on_labels() -> None:
    """Sets of text have another order in each process."""
    graph = nx.gnp_random_graph(30, 0.15, seed=1)
    named = nx.relabel_nodes(graph, {node: f"neuron {node}" for node in graph})
    case: dict[str, int] = {"states": 5, "boxes": 10}
    high, _, _ = measures._limit_states(graph, 7, **case)
    np.testing.assert_array_equal(high, measures._limit_states(named, 7, **case)[0])
    assert len(high) > 1


def test_weights_of_the_graph_move_births() -> None:
    """With weight 2 a pair's winner is born at half the strength."""
    graph = nx.Graph([(0, 1, {"weight": 2.0})])
    one = measures.births(graph, states=1, least=1.0)
    own = measures.births(graph, states=1, least=1.0, weights="counts")
    assert own["born"][0] == pytest.approx(one["born"][0] / 2, rel=3e-3)
    with pytest.raises(ValueError, match="weights"):
        measures.births(graph, weights="count")


def test_births_without_a_state() -> None:
    """An odd directed cycle has no kernel."""
    found = measures.births(nx.DiGraph([(0, 1), (1, 2), (2, 0)]))
    assert found["status"].tolist() == ["none listed"]


# -- words -------------------------------------------------------------------------------------


def totals(kept: int, removed: int, status: str = "certified") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "graph": "net",
            "autapses": autapses,
            "nodes": 9,
            "edges": 20,
            "autapses_found": 3,
            "n_stable": count,
            "log2_stable": math.log2(count) if count else -math.inf,
            "status": status,
            "reason": "",
        }
        for autapses, count in (("kept", kept), ("removed", removed))
    )


def followed(*births: float, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "graph": "net",
            "autapses": "kept",
            "weights": "one each",
            "drawn": "list",
            "listed": 10,
            "state": number,
            "n_high": 4,
            "born": value,
            **{f"stable_{rate:g}": math.inf if rate < 1 else 2 * value for rate in RATES},
            "status": "followed",
            **columns,
        }
        for number, value in enumerate(births)
    )


NOTHING = pd.DataFrame()


def found(own: pd.DataFrame, **parts: pd.DataFrame) -> Found:
    empty = dict.fromkeys(("balls", "chokes", "onsets", "born"), NOTHING)
    return Found(own=own, **{**empty, **parts})


def say(own: pd.DataFrame, **parts: pd.DataFrame) -> str:
    return tell(study.STUDY, found(own, **parts))


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (totals(4, 20), "Net: 3 autapses divide the count by 5."),
        (totals(4, 4), "Net: 3 autapses change nothing."),
        (totals(0, 4), "Net: with its 3 autapses no stable state is left."),
        (totals(4, 20, "lower bound"), "so their effect is open."),
        (totals(4, 20).assign(autapses_found=0), "No network has any."),
    ],
)
def test_finding_says_what_autapses_do(own: pd.DataFrame, words: str) -> None:
    assert words in say(own)


def test_finding_tells_exact_counts_from_bounds() -> None:
    assert "net with autapses kept: exactly 4,000" in say(totals(4000, 20))
    assert "net with autapses kept: at least 4,000" in say(totals(4000, 20, "lower bound"))


def test_finding_tells_births() -> None:
    text = say(totals(4, 20), born=followed(100.0, 150.0, 0.0))
    assert (
        "net, autapses kept, weights one each: 3 followed (from a list of 10), "
        "born at |strength| 100 to 150" in text
    )
    assert "(1 live on below the weakest strength)" in text
    assert "stable at learning rate 0.1 from none (3 not even at the largest) on" in text
    assert "two of them are there from 200 on" in text
    assert "None was followed." in say(totals(4, 20))


@pytest.mark.parametrize(("born", "slow", "there"), [(150, 300, 1), (150, 400, 0), (160, 300, 0)])
def test_finding_looks_for_the_states_of_the_theory(born: float, slow: float, there: int) -> None:
    rows = followed(born, 60.0, graph="chemical synapses", weights="counts", **{"stable_0.1": slow})
    assert f"{there} of them with that stability." in say(totals(4, 20), born=rows)


def test_finding_says_where_states_come_from() -> None:
    rows = followed(100.0, 150.0, drawn="all", listed=None)
    assert "2 followed (drawn uniformly), born" in say(totals(4, 20), born=rows)


def test_two_states_are_there_where_the_second_is_stable() -> None:
    assert coexistence(followed(100.0, 150.0, 300.0)) == 300.0
    assert coexistence(followed(0.0, 0.0)) == 0.0
    assert math.isnan(coexistence(followed(100.0)))


def test_finding_and_claims_tell_onsets() -> None:
    whole = measures.whole_onsets(nx.disjoint_union(nx.path_graph(2), nx.path_graph(4)))
    rows = whole.assign(graph="net", autapses="removed")
    text = say(totals(4, 20), onsets=rows)
    assert "net (4 nodes): base branch loses stability not found" in text
    assert "net (4 nodes): second state is born at |strength| 10.74" in text
    table = claims(found(totals(4, 20), onsets=rows))
    onset = table[table["claim"].str.contains("change at")]
    # docs/theory.md#section-2 (e): the fold of a path of four; its base state is not lost up to it.
    assert onset["value"].tolist() == pytest.approx([math.inf, 10.7445], abs=1e-3)


def test_claims_keep_the_status_of_their_numbers() -> None:
    born = followed(100.0, 150.0, 0.0)
    table = claims(found(totals(4, 20, "lower bound"), born=born))
    many = table[table["claim"].str.contains("stable states")]
    assert many["value"].tolist() == pytest.approx([2.0, math.log2(20)])
    assert many["status"].tolist() == ["lower bound", "lower bound"]
    assert many["holds"].tolist() == [True, True]
    first = table[table["claim"].str.contains("born")].iloc[0]
    assert (first["value"], first["low"], first["high"]) == (100.0, 0.0, 150.0)
    assert claims(found(totals(0, 1)))["holds"].tolist() == [False, False]


def test_report_of_a_small_study(tmp_path: Path) -> None:
    graph = npl.graphs.dumbbell(4, 2)
    small = study.STUDY.on({"net": graph})
    removed = {"autapses": ("removed",)}
    parts = (
        study.GAP_BALLS,
        dataclasses.replace(study.GAP_FINITE, grid={**study.GAP_FINITE.grid, "relative": (1.0,)}),
        study.GAP_ONSETS,
        dataclasses.replace(
            study.GAP_BIRTHS,
            grid={**study.GAP_BIRTHS.grid, **removed},
            common={"states": 3},
        ),
    )
    also = tuple(dataclasses.replace(part, graphs={"net": graph}) for part in parts)
    npl.run_study(dataclasses.replace(small, also=also), tmp_path)
    text = (tmp_path / "finding.md").read_text()
    assert "net with autapses kept: exactly 25" in text
    assert "No network has any." in text
    assert (
        "net, autapses removed, weights one each: 2 followed (greedy in random order), born" in text
    )
    assert "second state is born at |strength| 7.416" in text
    assert "| net | removed | isolated | 1 |" in text
    assert "They are not among the nodes." in text
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_report_of_a_users_own_graph(tmp_path: Path) -> None:
    npl.run_study(study.STUDY.on({"mine": nx.path_graph(4)}), tmp_path)
    assert "mine with autapses kept: exactly 3" in (tmp_path / "finding.md").read_text()


@pytest.mark.slow
def test_the_study(tmp_path: Path) -> None:
    table = npl.run_study(study.STUDY, tmp_path, workers=2)
    assert not (table["status"] == "failed").any()
    text = (tmp_path / "finding.md").read_text()
    assert "RIPL" in text
