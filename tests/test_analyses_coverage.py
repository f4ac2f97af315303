"""Coverage of a ball's patterns by samples: the formulas, their intervals, and what tables say."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic.analyses._embedded import groups_of
from netplastic.equilibria import ENOUGH, Coverage, coverage_of
from netplastic.equilibria.sampled._known import Known


def test_by_hand():
    """100 hits, three patterns hit once, one twice: 1 - 0.03, and Esty's variance."""
    found = coverage_of(np.array([60, 35, 1, 1, 1, 2, 0]))
    error = math.sqrt((0.03 + 2 * 0.01 - 0.03**2) / 100)
    assert found.share == pytest.approx(0.97)
    assert found.low == pytest.approx(0.97 - 1.6449 * error)


def test_many_hits_of_one_pattern_leave_what_chance_may_have_missed():
    """(1 - u)^n = 0.05 at n = 58 for u = 0.0503: one in twenty would miss so much 58 times."""
    assert coverage_of(np.array([58])).low == pytest.approx(0.05 ** (1 / 58))
    assert coverage_of(np.array([58])).low < ENOUGH < coverage_of(np.array([59])).low
    assert coverage_of(np.array([58])).share == 1.0


def test_nothing_known():
    assert math.isnan(coverage_of(np.array([0, 0])).share)
    assert coverage_of(np.ones(7, dtype=int)) == Coverage(0.0, 0.0)


@pytest.mark.parametrize("kind", ["few", "even", "long tail"])
def test_the_interval_covers(kind):
    """The true covered share is above the lower end in at least 93 of 100 cases (nominal 95)."""
    rng = np.random.default_rng(3)
    weight = {
        "few": np.array([0.5, 0.3, 0.15, 0.04, 0.01]),
        "even": np.full(100, 0.01),
        "long tail": 1.0 / np.arange(1, 2001) ** 1.2,
    }[kind]
    share = weight / weight.sum()
    hits = rng.multinomial(250, share, size=2000)
    low = np.array([coverage_of(row).low for row in hits])
    truth = np.where(hits > 0, share, 0.0).sum(axis=1)
    assert np.mean(truth >= low) >= 0.93
    estimate = np.array([coverage_of(row).share for row in hits])
    assert abs(np.mean(estimate - truth)) < 0.005  # without bias but for 1 / n


# -- hits of the sampled search -------------------------------------------------------------------


def test_hits_are_of_independent_starts_only():
    """A digraph: 400 starts in 4 rounds; in 3 of these up to half are made from what was found."""
    graph = nx.DiGraph(nx.cycle_graph(7))
    graph.add_edge(0, 3)
    found = npl.find_equilibria(anti(graph, -100.0), method="sampled", stable_only=True, rng=0)
    assert found.hits.max() > 5
    assert 250 <= found.hits.sum() < 400 + 400 // 8
    proved = npl.find_equilibria(anti(nx.cycle_graph(7), -100.0), stable_only=True)
    assert proved.hits is None


def test_hits_add_up_to_the_starts():
    """Minima are sought from independent starts only."""
    net = anti(nx.path_graph(2), -30.0)
    found = npl.find_equilibria(
        net, method="sampled", stable_only=True, rng=1, budget=npl.Budget(starts=2000)
    )
    assert found.hits.sum() == 2000
    assert found.hits.min() > 600


def test_hits_survive_a_proof_that_is_cut_short():
    """Proved rows take over the hits of the samples that they are."""
    net = anti(nx.cycle_graph(12), -60.0)
    found = npl.find_equilibria(
        net, stable_only=True, rng=0, budget=npl.Budget(boxes=60, starts=400)
    )
    assert found.method == "certified + sampled"
    alone = npl.find_equilibria(net, method="sampled", stable_only=True, rng=0)
    assert found.hits.sum() == alone.hits.sum()


def test_several_components_have_no_hits():
    net = anti(nx.disjoint_union(nx.path_graph(2), nx.path_graph(3)), -20.0)
    assert npl.find_equilibria(net, method="sampled", stable_only=True, rng=0).hits is None


def test_known_states_are_found_again_and_others_are_not():
    rng = np.random.default_rng(0)
    for size in (1.0, 1e9):  # of large ones more cells than states lie within reach
        known, states = Known(4), size * rng.random((30, 4))
        assert all(known.add(x, math.nan, False, False) for x in states)
        again = states[::-1] + size * 1e-9 * rng.random((30, 4))
        assert [known.row_of(x) for x in again] == [*range(29, -1, -1)]
        assert not any(known.add(x, math.nan, False, False, hits=2) for x in again)
        assert known.hits.tolist() == [2] * 30
        assert [known.row_of(x) for x in states[:5] + 2e-8 * size] == [-1] * 5
    assert Known(4).row_of(states[0]) == -1


def test_two_proofs_of_one_state_are_one():
    """Wider than the tolerance, which holds where nothing is proved."""
    known, x = Known(3), np.array([0.2, 0.5, 0.7])
    assert known.add(x, 3e-8, True, True)
    assert not known.add(x + 5e-8, 3e-8, True, True)
    assert known.add(x + 7e-8, 3e-8, True, True)
    assert known.add(x - 2e-8 * np.array([1.0, 0.0, 0.0]), math.nan, False, False) is False
    assert len(known) == 2


# -- tables ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ring():
    """20 nodes at k = -200, from samples: 276 stable states (Perrin), few of them met twice."""
    return anti(nx.cycle_graph(20), -200.0)


def embedded(net, radius, **options):
    return npl.count_neighborhoods(net, radius, scope="embedded", method="sampled", **options)


def test_small_balls_are_estimates_though_the_list_is_open(ring):
    found = npl.find_equilibria(ring, method="sampled", stable_only=True, rng=0)
    assert not found.stable_count.exact
    limit = anti(nx.cycle_graph(20), -math.inf)
    table = embedded(ring, 1, nodes=[0, 7])
    assert table.status.tolist() == ["estimate"] * 2
    assert table.n_stable.tolist() == [4, 4]
    exact = npl.count_neighborhoods(limit, 1, scope="embedded", nodes=[0, 7])
    assert exact.n_stable.tolist() == [4, 4]
    assert np.all(table.coverage_low >= 0.95)
    assert np.all(table.coverage >= table.coverage_low)
    assert np.isinf(table.n_stable_upper).all()  # a proof is another matter


def test_large_balls_stay_lower_bounds(ring):
    table = embedded(ring, 9, nodes=[0])
    assert table.status[0] == "lower bound"
    assert table.coverage_low[0] < 0.95
    assert 0.0 < table.coverage[0] < 1.0


def test_coverage_is_of_what_is_open():
    net = anti(nx.cycle_graph(6), -100.0)
    for scope in ("isolated", "embedded", "clamped"):
        table = npl.count_neighborhoods(net, 1, scope=scope)
        assert set(table.status) == {"certified"}
        assert table.coverage.isna().all()
        assert table.coverage_low.isna().all()


def test_groups_are_those_of_the_bounds():
    patterns = np.array([[0.7, 0.0], [0.0, 0.7], [0.69, 0.01], [0.7, 0.7]])
    assert groups_of(patterns, np.array([0.1, 0.1])).tolist() == [1, 0, 1, 2]
    assert groups_of(patterns[:0], np.array([0.1, 0.1])).tolist() == []
