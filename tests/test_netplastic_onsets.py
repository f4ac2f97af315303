"""Whole networks: where the base branch is lost, and where a second stable state is born."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl
from netplastic.continuation import _onsets, base_branch, coupled_of
from netplastic.model import residual

FEW = npl.Budget(starts=150)


def ring(modules, size=50, density=0.3):
    return npl.graphs.ring_of_modules(modules, size, density=density, path_length=2, rng=0)


def softest(coupled, k, x):
    """Least eigenvalue of the Hessian with unit diagonal, and each node's share of its vector."""
    values, vectors = coupled.equations(k, x).scaled.lowest(1)
    return float(values[0]), vectors[:, 0] ** 2


# -- docs/theory.md#section-5: rings of modules of 50 nodes joined by pairs of connectors ----------


@pytest.mark.parametrize(
    ("modules", "base", "second", "status"),
    [(10, 13.5915, 8.2277, "upper end proved"), (40, 11.4837, 7.6945, "found by search")],
)
def test_the_two_onsets_of_a_ring_sit_at_different_places(modules, base, second, status):
    """The base branch folds on core nodes; before that a pair of connectors has a second state."""
    graph = ring(modules)
    table = npl.onsets(anti(graph))
    lost, born = table.iloc[0], table.iloc[1]
    assert lost.strength == pytest.approx(-base, abs=1e-4)
    assert (lost.kind, lost.kernel_dimension, lost.status) == ("fold", 1, "found")
    assert 9.0 < -lost.strength < 17.0
    assert lost.mass_connectors < 0.03
    assert graph.nodes[lost.mode_node]["role"] == "core"
    assert lost.participation_ratio > 5.0
    assert born.strength == pytest.approx(-second, abs=1e-4)
    assert (born.kind, born.kernel_dimension, born.status) == ("fold", 1, status)
    assert 7.6 < -born.strength < 8.6
    assert born.mass_connectors > 0.95
    assert graph.nodes[born.mode_node]["role"] == "connector"
    assert born.participation_ratio == pytest.approx(2.0, abs=0.2)
    assert 0.0 < -born.lower < -born.strength


def test_the_base_branch_of_a_large_ring_passes_soft_connector_pairs():
    """At 7 the softest mode sits on a connector pair and is stable: a march may jump there."""
    graph = ring(40)
    coupled = coupled_of(anti(graph))
    connector = np.array([role == "connector" for _, role in graph.nodes(data="role")])
    branch = base_branch(coupled, 7.0, 2e-3)
    assert not branch.is_lost
    value, mass = softest(coupled, 7.0, branch.activity[-1])
    assert 0.003 < value < 0.15
    assert mass[connector].sum() > 0.95
    # Ten times stricter about every node's place, it ends in the same state.
    strict = base_branch(coupled, 7.0, 2e-4)
    np.testing.assert_allclose(strict.activity[-1], branch.activity[-1], atol=1e-7)


@pytest.mark.slow  # two minutes
def test_sampling_finds_a_second_state_above_the_birth_and_none_below():
    net = anti(ring(3, 14, 0.5))
    born = npl.onsets(net).iloc[1]
    for share, several in ((0.98, False), (1.02, True)):
        at = net.replace(strength=share * born.strength, learning_rate=math.inf)
        found = npl.find_equilibria(at, "sampled", stable_only=True, rng=0, budget=FEW)
        assert (len(found) >= 2) is several


@pytest.mark.parametrize(
    "graph",
    [
        nx.path_graph(5),
        npl.graphs.dumbbell(6, 2),
        npl.graphs.dumbbell(5, 3),
        pytest.param(ring(3, 8, 0.6), marks=pytest.mark.slow),
        pytest.param(npl.graphs.caveman(4, 6), marks=pytest.mark.slow),
    ],
    ids=["path", "dumbbell", "odd dumbbell", "ring", "caveman"],
)
def test_local_seeds_find_what_a_search_of_the_whole_finds(graph, monkeypatch):
    net = anti(graph)
    whole = npl.onsets(net)
    assert whole.status[1] in ("proved", "upper end proved")
    monkeypatch.setattr(_onsets, "_WHOLE", 1)
    monkeypatch.setattr(_onsets, "is_bipartite", lambda _: False)  # a path's is exact
    seeded = npl.onsets(net)
    np.testing.assert_allclose(seeded.strength, whole.strength, rtol=1e-6)
    # At a pitchfork the base state is gone above, and only one of the two winners is followed.
    at_fold = whole.kind[1] == "fold"
    assert seeded.status[1] == ("upper end proved" if at_fold else "found by search")
    assert abs(seeded.upper[1]) >= abs(seeded.strength[1])
    assert seeded.kernel_dimension.tolist() == whole.kernel_dimension.tolist()
    np.testing.assert_allclose(
        seeded.participation_ratio, whole.participation_ratio, rtol=1e-2, equal_nan=True
    )


# -- small networks -------------------------------------------------------------------------------


def test_a_pair_has_one_number():
    table = npl.onsets(anti(nx.path_graph(2)))
    np.testing.assert_allclose(table.strength, -6.537594568, atol=1e-8)
    assert table.kind.tolist() == ["pitchfork (supercritical)", "pitchfork"]
    assert table.participation_ratio.tolist() == pytest.approx([2.0, 2.0])
    assert table.status.tolist() == ["found", "proved"]
    assert np.isnan(table.mass_connectors).all()


def test_complete_graphs_have_one_of_the_two():
    table = npl.onsets(anti(nx.complete_graph(4)))
    assert table.strength.tolist() == pytest.approx([-math.inf, -36.7354499])
    assert table.mode_node.tolist()[0] is None
    none = npl.onsets(anti(nx.complete_graph(4)), limit=30.0)
    assert none.status.tolist() == ["none", "none up to limit"]
    assert none.lower[1] == -30.0
    assert npl.onsets(anti(nx.complete_graph(4)), limit=30.0, modes=True).empty


def test_modes_by_node():
    graph = npl.graphs.dumbbell(6, 2)
    table, modes = npl.onsets(anti(graph)), npl.onsets(anti(graph), modes=True)
    assert list(modes.columns) == ["event", "node", "role", "mass"]
    for _, row in table.iterrows():
        own = modes[modes.event == row.event]
        assert own.node.tolist() == list(graph)
        assert own.mass.sum() == pytest.approx(1.0)
        assert own.mass[own.role == "connector"].sum() == pytest.approx(row.mass_connectors)
        assert own.set_index("node").mass[row.mode_node] == pytest.approx(row.mass_node)


def test_the_state_born_is_an_equilibrium_of_the_whole():
    net = anti(ring(6, 10, 0.6))
    coupled = coupled_of(net)
    branch = base_branch(coupled, 1000.0, 2e-3)
    found = _onsets.far_births(net, coupled, branch, 1000.0)
    at = net.replace(strength=-found.birth.strength)
    assert np.abs(residual(at, found.birth.activity)).max() < 1e-9
    above = net.replace(strength=-found.above)
    assert len(found.pair) == 2
    assert np.abs(residual(above, found.pair)).max() < 1e-5
    assert np.abs(found.pair[0] - found.pair[1]).max() > 0.05


def test_other_networks_are_counted_all_along():
    net = anti(nx.path_graph(3), -1.0, activation="logistic", bias=3.0)
    table = npl.onsets(net, limit=300.0)
    reference = npl.multistability_onset(net, limit=300.0)
    assert table.strength[1] == pytest.approx(reference.strength)
    assert table.status[1] == str(reference.status).replace("none", "none up to limit")


def test_strengths_that_differ_are_moved_by_a_factor():
    graph = nx.path_graph(3)
    nx.set_edge_attributes(graph, {(0, 1): -4.0, (1, 2): -5.0}, "own")
    table = npl.onsets(npl.PlasticNetwork(graph, npl.Hebbian("own")))
    whole = npl.multistability_onset(npl.PlasticNetwork(graph, npl.Hebbian("own")))
    assert table.parameter.tolist() == ["factor", "factor"]
    assert table.strength[1] == pytest.approx(whole.strength, rel=1e-6)


def test_refusals():
    with pytest.raises(TypeError, match="PlasticNetwork"):
        npl.onsets(nx.path_graph(2))
    with pytest.raises(ValueError, match="all strengths are zero"):
        npl.onsets(anti(nx.path_graph(2), 0.0))
    with pytest.raises(ValueError, match="limit"):
        npl.onsets(anti(nx.path_graph(2)), limit=-1.0)


def test_second_states_that_are_not_looked_for_are_said_to_be():
    net = anti(nx.path_graph(50), activation="logistic")
    base, second = npl.onsets(net, limit=20.0).itertuples()
    assert base.strength == npl.onset(net, limit=20.0).strength
    assert second.status == "not looked for"
    assert np.isnan([second.strength, second.lower, second.upper, second.mass_node]).all()
    assert second.mode_node is None


@pytest.mark.parametrize(
    "graph", [nx.path_graph(4), nx.grid_graph([8, 8]), nx.random_regular_graph(3, 60, seed=1)]
)
def test_what_a_budget_cuts_is_said(graph):
    net = npl.PlasticNetwork(graph, npl.Hebbian(-10.0))
    table = npl.onsets(net, budget=1e-9)
    assert table["status"].tolist() == ["budget used up", "cut short"]
    assert set(table["reason"]) == {"budget of 1e-09 s used up"}
    assert table["strength"].isna().all()


def test_time_that_ends_in_the_search_leaves_what_is_proved_below(monkeypatch):
    def late(*given):
        given[-1].deadline = 0.0  # that of the call
        return real(*given)

    net = npl.PlasticNetwork(nx.random_regular_graph(3, 60, seed=1), npl.Hebbian(-10.0))
    whole = npl.onsets(net)
    assert whole["reason"].tolist() == ["", ""]
    real = _onsets.base_branch
    monkeypatch.setattr(_onsets, "base_branch", late)
    table = npl.onsets(net, budget=600.0)
    assert table["status"].tolist() == [whole["status"][0], "cut short"]
    assert table["reason"].tolist() == ["", "budget of 600 s used up"]
    assert table["lower"][1] == whole["lower"][1] < 0.0
