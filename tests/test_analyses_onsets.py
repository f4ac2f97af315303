"""The least strength at which a neighborhood has two stable states."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from conftest import anti
from scipy import optimize

import netplastic as npl
from netplastic.analyses import _ball_onsets
from netplastic.analyses._clamped import clamped_network
from netplastic.continuation import _local_proof, base_branch, coupled_of
from netplastic.continuation._kernels import Small, evaluate
from netplastic.model import residual


def onsets(net, radius=1, scope="isolated", **options):
    return npl.onset_neighborhoods(net, radius, scope=scope, **options)


def onset_of(graph, **options):
    """Onset of a whole graph: the ball around a node, so large that it holds all of it."""
    table = onsets(anti(graph, -1.0), radius=len(graph), nodes=[next(iter(graph))], **options)
    return table.iloc[0]


def pair_onset():
    """docs/theory.md#section-5: x + k V^3 = 1 and k V^2 phi' = 1 at the symmetric state."""

    def balance(x):
        v = np.tanh(x)
        return (1.0 - x) / v**3 * v**2 * (1.0 - v**2) - 1.0

    x = optimize.brentq(balance, 0.1, 0.9, xtol=1e-15)
    return (1.0 - x) / np.tanh(x) ** 3


def star_onset(leaves):
    """Fold of a star with equal leaves, by its two equations.

    With u = V_hub^2: a leaf has y + k u tanh(y) = 1, the hub x + k d V tanh(y)^2 = 1. At a given x
    the load k tanh(y)^2 rises with k and falls again (as 1 / k); on the falling side the hub is
    high, and the least k there is the fold.
    """

    def load(k, u):
        y = optimize.brentq(lambda y: y + k * u * np.tanh(y) - 1.0, 0.0, 1.0, xtol=1e-15)
        return k * np.tanh(y) ** 2

    def strength(x):
        v = np.tanh(x)
        need = (1.0 - x) / (leaves * v)
        peak = optimize.minimize_scalar(lambda t: -load(np.exp(t), v * v), bounds=(-1.0, 9.0)).x
        return optimize.brentq(lambda k: load(k, v * v) - need, np.exp(peak), 1e7, xtol=1e-12)

    return optimize.minimize_scalar(strength, bounds=(0.6, 0.95), options={"xatol": 1e-9}).fun


@pytest.mark.parametrize("leaves", [2, 3, 4, 6, 8])
def test_stars_fold_where_their_two_equations_do(leaves):
    row = onset_of(nx.star_graph(leaves))
    assert row.onset == pytest.approx(star_onset(leaves), rel=1e-7)
    assert row.onset == pytest.approx(15.1 * leaves - 6.0, rel=0.02)  # docs/theory.md#section-7
    assert (row.kind, row.status, row.mode_node) == ("fold", "proved", 0)
    assert row.onset * (1.0 - 2e-4) < row.lower < row.onset < row.upper < row.onset * (1.0 + 1e-5)


def test_a_pair_splits_in_a_pitchfork():
    row = onset_of(nx.path_graph(2))
    assert row.onset == pytest.approx(pair_onset(), rel=1e-9)
    assert (row.kind, row.kernel_dimension, row.status) == ("pitchfork", 1, "proved")
    assert row.mass_center == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("graph", "onset", "kind"),
    [
        # docs/theory.md#section-2 (e) and section 4: found there by other methods.
        (nx.path_graph(4), 10.7445, "fold"),
        (nx.complete_graph(4), 36.735, "fold"),
        (nx.cycle_graph(7), 4.7429, "branch point"),
        (nx.petersen_graph(), 7.0368, "fold"),
    ],
)
def test_known_graphs(graph, onset, kind):
    row = onset_of(graph)
    assert row.onset == pytest.approx(onset, abs=1e-3)
    assert (row.kind, row.status) == (kind, "proved")


def test_an_odd_cycle_branches_where_the_uniform_state_does():
    """Two modes at once; followed states are blurred there, the base branch is not.

    docs/theory.md#section-5: 1/phi' + k V^2 (2 + 2 lambda) = 0 with lambda = 2 cos(6 pi / 7).
    """
    lam = 2.0 * math.cos(6.0 * math.pi / 7.0)

    def curvature(x):
        v = np.tanh(x)
        return np.cosh(x) ** 2 + (1.0 - x) / (2.0 * v**3) * v**2 * (2.0 + 2.0 * lam)

    x = optimize.brentq(curvature, 0.01, 0.99, xtol=1e-15)
    row = onset_of(nx.cycle_graph(7))
    assert row.onset == pytest.approx((1.0 - x) / (2.0 * np.tanh(x) ** 3), rel=1e-7)
    assert row.kernel_dimension == 2


def random_ball(seed):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(7, 0.5, seed=seed)
    graph.add_edges_from((0, node) for node in range(1, 7))
    for _, _, data in graph.edges(data=True):
        data["weight"] = rng.uniform(0.7, 1.4)
    return anti(graph, -1.0, bias=rng.uniform(0.8, 1.3, 7))


@pytest.mark.parametrize("seed", range(3))
def test_random_balls_agree_with_certified_counts_all_along(seed):
    net = random_ball(seed)
    row = onsets(net, nodes=[0]).iloc[0]
    reference = npl.multistability_onset(net, limit=1.2 * row.onset)
    assert row.onset == pytest.approx(abs(reference.strength), rel=1e-6)
    assert row.status == "proved"
    assert reference.status == "proved"
    assert abs(reference.lower) < row.upper


def test_brackets_hold_on_every_ball_of_a_modular_network():
    graph = npl.graphs.ring_of_modules(3, 8, density=0.6, path_length=2, rng=1)
    table = onsets(anti(graph, -1.0))
    assert set(table.status) == {"proved"}
    assert ((table.lower < table.onset) & (table.onset < table.upper)).all()
    assert (table.upper / table.lower - 1.0).max() < 0.06


def test_labels_do_not_matter_and_equal_balls_are_solved_once():
    graph = npl.graphs.caveman(3, 5)
    table = onsets(anti(graph, -1.0))
    assert (table.seconds > 0.0).sum() == table.onset.round(6).nunique()
    names = dict(zip(graph, reversed([f"n{i}" for i in range(15)]), strict=True))
    other = nx.relabel_nodes(graph, names)
    mixed = nx.Graph()
    mixed.add_nodes_from(sorted(other))
    mixed.add_edges_from(other.edges)
    again = onsets(anti(mixed, -1.0)).set_index("node").loc[[names[v] for v in table.node]]
    np.testing.assert_allclose(again.onset, table.onset, rtol=1e-9)
    np.testing.assert_allclose(again.mass_center, table.mass_center, rtol=1e-5)


def test_processes_change_nothing():
    net = anti(nx.path_graph(5), -1.0)
    drop = ["seconds"]
    pd.testing.assert_frame_equal(
        onsets(net).drop(columns=drop), onsets(net, workers=2).drop(columns=drop)
    )


def test_a_node_alone_never_has_two_states():
    graph = nx.path_graph(2)
    graph.add_node(2)
    row = onsets(anti(graph, -1.0), nodes=[2]).iloc[0]
    assert (row.onset, row.upper, row.lower) == (math.inf, math.inf, 1000.0)
    assert (row.kind, row.kernel_dimension, row.mode_node) == ("", 0, None)
    assert row.status == "none up to limit"
    assert (onsets(anti(graph, -1.0), radius=0).onset == math.inf).all()


def test_every_status(monkeypatch):
    below = onset_of(nx.path_graph(2), limit=5.0)
    assert (below.status, below.onset, below.lower) == ("none up to limit", math.inf, 5.0)
    poor = onset_of(nx.complete_graph(5), budget=npl.Budget(boxes=1))
    assert (poor.status, poor.lower) == ("upper end proved", 0.0)
    assert onset_of(nx.path_graph(2)).status == "proved"
    monkeypatch.setattr(_local_proof, "proved_stable", lambda net, states: 0)
    unproved = onset_of(nx.path_graph(2))
    assert (unproved.status, unproved.upper) == ("found by search", unproved.onset)


def test_strengths_that_differ_are_moved_by_a_factor():
    graph = nx.path_graph(3)
    nx.set_edge_attributes(graph, {(0, 1): -2.0, (1, 2): -3.0}, "own")
    table = onsets(npl.PlasticNetwork(graph, npl.Hebbian("own")))
    assert set(table.parameter) == {"factor"}
    assert table.onset[0] == pytest.approx(pair_onset() / 2.0)
    assert table.onset[2] == pytest.approx(pair_onset() / 3.0)
    whole = npl.multistability_onset(npl.PlasticNetwork(graph, npl.Hebbian("own")))
    assert table.onset[1] == pytest.approx(abs(whole.strength), rel=1e-6)


def test_other_networks_go_through_certified_counts():
    """A self-loop; and tanh moved by a threshold, beside the same network without one."""
    graph = nx.path_graph(3)
    looped = nx.path_graph(3)
    looped.add_edge(0, 0)
    row = onsets(anti(looped, -1.0), nodes=[1], limit=30.0).iloc[0]
    whole = npl.multistability_onset(anti(looped, -1.0), limit=30.0)
    assert row.onset == pytest.approx(abs(whole.strength))
    moved = anti(graph, -1.0, bias=1.5, activation=npl.Tanh(threshold=0.5))
    plain = onsets(anti(graph, -1.0)).onset
    np.testing.assert_allclose(onsets(moved, limit=30.0).onset, plain, rtol=1e-6)
    modes = onsets(moved, limit=30.0, modes=True)
    np.testing.assert_allclose(modes.groupby("node").mass.sum(), 1.0)


def test_a_gain_is_a_change_of_units():
    """y = gain x turns gain g, bias b, strength k into gain 1, bias g b, strength g k."""
    sharp = onsets(anti(nx.path_graph(4), -1.0, activation=npl.Tanh(2.0), bias=0.5)).onset
    np.testing.assert_allclose(sharp * 2.0, onsets(anti(nx.path_graph(4), -1.0)).onset, rtol=1e-8)


def test_signs_of_biases_do_not_matter():
    mixed = anti(nx.path_graph(4), -1.0, bias=[1.0, -1.0, 1.0, -1.0])
    np.testing.assert_allclose(
        onsets(mixed).onset, onsets(anti(nx.path_graph(4), -1.0)).onset, rtol=1e-9
    )


def test_modes_say_where():
    net = anti(nx.star_graph(4), -1.0)
    table, modes = onsets(net), onsets(net, modes=True)
    assert list(modes.columns) == [
        "node", "member", "mass", "onset", "radius", "scope", "parameter"
    ]  # fmt: skip
    np.testing.assert_allclose(modes.groupby("node").mass.sum(), 1.0)
    own = modes[modes.node == modes.member].set_index("node").mass
    np.testing.assert_allclose(own[table.node], table.mass_center)
    assert table.mode_node.tolist() == [0] * 5


# -- clamped --------------------------------------------------------------------------------------


def base_state(net, strength):
    """The base state by plain steps of the strength and Newton's method."""
    x = np.array(net.bias)
    for k in np.linspace(0.0, strength, 100)[1:]:
        at = net.replace(strength=-k)
        for _ in range(5):
            x = x - np.linalg.solve(npl.model.jacobian(at, x), residual(at, x))
    return x


def clamped_count(net, inside, strength):
    at = net.replace(strength=-strength, learning_rate=math.inf)
    held = clamped_network(at, inside, base_state(net, strength))
    return int(npl.count_equilibria(held, stable_only=True))


@pytest.mark.parametrize(
    ("graph", "center"),
    [(nx.path_graph(4), 0), (nx.path_graph(4), 1), (npl.graphs.caveman(4, 5), 4)],
)
def test_clamped_onsets_equal_a_bisection_of_certified_counts(graph, center):
    net = anti(graph, -1.0)
    row = onsets(net, scope="clamped", nodes=[center]).iloc[0]
    inside = np.sort(net.positions([center, *graph.neighbors(center)]))
    low, high = 0.97 * row.onset, 1.03 * row.onset
    assert clamped_count(net, inside, low) == 1
    assert clamped_count(net, inside, high) >= 2
    for _ in range(4):
        middle = low + 0.4 * (high - low)
        if clamped_count(net, inside, middle) >= 2:
            high = middle
        else:
            low = middle
    assert low <= row.onset <= high
    assert row.status == "proved"


def test_a_clamped_ball_that_is_the_network_is_the_isolated_one():
    net = anti(nx.barbell_graph(4, 0), -1.0)
    options = {"radius": 3, "nodes": [0]}
    drop = ["scope", "seconds"]
    clamped = onsets(net, scope="clamped", **options).drop(columns=drop)
    isolated = onsets(net, **options).drop(columns=drop)
    numbers = ["onset", "lower", "upper", "mass_center"]
    np.testing.assert_allclose(clamped[numbers], isolated[numbers], rtol=1e-6)
    assert clamped.drop(columns=numbers).equals(isolated.drop(columns=numbers))


def test_clamped_balls_end_where_the_base_state_does():
    """The uniform state of a 6-cycle is lost first: nothing is left to hold the rest at."""
    net = anti(nx.cycle_graph(6), -1.0)
    row = onsets(net, scope="clamped", nodes=[0]).iloc[0]
    assert row.status == "none up to limit"
    assert row.lower == pytest.approx(abs(npl.onset(net).strength), rel=2e-4)


def test_what_is_held_follows_the_base_branch():
    net = anti(npl.graphs.dumbbell(4, 2), -1.0)
    coupled = coupled_of(net)
    branch = base_branch(coupled, 7.0)
    for k in (0.0, 1.234, 5.678, 7.0):
        at = net.replace(strength=-k)
        assert np.abs(residual(at, branch.at(k))).max() < 1e-6
    assert not branch.is_lost
    lost = base_branch(coupled, 100.0)
    assert lost.is_lost
    assert lost.end == pytest.approx(abs(npl.onset(net).strength), rel=1e-6)


# -- kernels --------------------------------------------------------------------------------------


def test_kernels_have_the_equations_of_the_model():
    net = random_ball(3)
    coupled = coupled_of(net)
    n, k = net.n, 7.0
    nothing = np.zeros((2, n))
    small = Small(
        coupled.matrix.toarray(),
        coupled.bias,
        coupled.gain,
        np.array([0.0, 10.0]),
        nothing,
        nothing,
    )
    x = np.random.default_rng(0).uniform(0.1, 0.9, n)
    force, tug, slope, hessian = np.empty(n), np.empty(n), np.empty(n), np.empty((n, n))
    evaluate(small, k, x, force, hessian, tug, slope)
    at = net.replace(strength=-k)
    np.testing.assert_allclose(force, residual(at, x), atol=1e-13)
    np.testing.assert_allclose(hessian, npl.energy_hessian(at, np.tanh(x)), rtol=1e-12)
    h = 1e-6
    near = [residual(net.replace(strength=-k - side * h), x) for side in (1.0, -1.0)]
    np.testing.assert_allclose(tug, (near[0] - near[1]) / (2.0 * h), rtol=1e-7)


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"scope": "embedded"}, "scope"),
        ({"radius": -1}, "radius"),
        ({"limit": 0.0}, "limit"),
        ({"nodes": [17]}, "17"),
    ],
)
def test_wrong_wishes_are_refused(options, text):
    with pytest.raises(ValueError, match=text):
        onsets(anti(nx.path_graph(3), -1.0), **options)


def test_networks_without_a_direction_or_a_base_are_refused():
    with pytest.raises(ValueError, match="all strengths are zero"):
        onsets(anti(nx.path_graph(3), 0.0))
    with pytest.raises(ValueError, match='use scope="isolated"'):
        onsets(anti(nx.path_graph(3), -1.0, activation="logistic"), scope="clamped")
    with pytest.raises(ValueError, match="finite strength"):
        onsets(anti(nx.path_graph(3), -math.inf))
    with pytest.raises(TypeError, match="PlasticNetwork"):
        onsets(nx.path_graph(3))


def test_of_very_many_balls_some_are_proved(monkeypatch):
    monkeypatch.setattr(_ball_onsets, "_ALL", 3)
    monkeypatch.setattr(_ball_onsets, "_SOME", 2)
    net = npl.PlasticNetwork(
        nx.path_graph(6), npl.Hebbian(-10.0), bias=[1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    )
    table, proved = onsets(net), onsets(net, nodes=[0, 1, 2])
    assert table["status"].value_counts().to_dict() == {"search only": 4, "proved": 2}
    assert table.attrs == {"balls different": 6, "balls tried": 2, "balls proved": 2}
    searched = table["status"] == "search only"
    assert (table["lower"][searched] == 0.0).all()
    assert (table["upper"][searched] == table["onset"][searched]).all()
    assert set(proved["status"]) == {"proved"}
    np.testing.assert_allclose(table["onset"][:3], proved["onset"], rtol=1e-9)


def test_what_few_boxes_leave_open_more_may_settle(monkeypatch):
    net, node = anti(nx.gnp_random_graph(9, 0.6, seed=1), -20.0), [4]
    assert onsets(net, nodes=node, budget=npl.Budget(boxes=1))["status"].item() != "proved"
    monkeypatch.setattr(_local_proof, "BOXES", 1)
    row = onsets(net, nodes=node).iloc[0]
    assert row["status"] == "proved"
    assert row["lower"] == pytest.approx(0.99 * row["onset"], rel=1e-9)
