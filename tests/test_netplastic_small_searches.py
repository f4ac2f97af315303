"""Shortcuts that small searches take say what the general routes say."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic._support import _components, components
from netplastic.equilibria import _orbits
from netplastic.equilibria.certified import (
    Rates,
    _forms,
    _meeting,
    _search,
    _stability,
    _symmetry,
    equal_valued_classes,
    judge,
    meeting,
    quotient,
    system_of,
)
from netplastic.model import hessian, spectral_abscissa

ANTI = npl.Hebbian(-20.0)


# -- components -----------------------------------------------------------------------------------


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("seed", range(8))
def test_components_are_those_of_networkx_as_they_first_appear(seed, few, monkeypatch):
    monkeypatch.setattr(_components, "_FEW", few)
    graph = nx.gnp_random_graph(40, 0.02 * (seed + 1) / 2, seed=seed)
    ends = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2)
    if seed % 2:
        ends = ends[::-1, ::-1]
    number, label = components(40, ends[:, 0], ends[:, 1])
    expected = np.empty(40, dtype=np.int64)
    for k, members in enumerate(sorted(nx.connected_components(graph), key=min)):
        expected[list(members)] = k
    assert number == nx.number_connected_components(graph)
    np.testing.assert_array_equal(label, expected)


# -- stability ------------------------------------------------------------------------------------


def networks():
    rng = np.random.default_rng(5)
    loops = nx.path_graph(4)
    loops.add_edges_from([(0, 0), (2, 2)])
    yield npl.PlasticNetwork(nx.cycle_graph(5), ANTI)
    yield npl.PlasticNetwork(loops, npl.Hebbian(-6.0), static_weight=0.3, learning_rate=0.2)
    yield npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(5.0), bias=0.1, tau=[1, 2, 3, 4])
    weighted = nx.gnp_random_graph(7, 0.5, seed=2)
    for _, _, data in weighted.edges(data=True):
        data["weight"] = float(rng.uniform(0.2, 2.0))
    yield npl.PlasticNetwork(weighted, npl.Hebbian(-9.0), bias=rng.uniform(-1, 1, 7))
    yield npl.PlasticNetwork(nx.star_graph(4), ANTI, activation="logistic", learning_rate=3.0)


@pytest.mark.parametrize("net", list(networks()))
@pytest.mark.parametrize("width", [0.0, 1e-9, 1e-3, 0.5])
def test_elimination_in_one_go_agrees_with_the_forms(net, width):
    """Where both prove something they prove the same, and next to points both prove it."""
    rng = np.random.default_rng(3)
    low = rng.uniform(-1.5, 1.5, (60, net.n))
    high = low + width
    full, frozen = _forms.hessians(net, Rates.of(net, low, high))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_stability, "inertia", lambda matrix: np.full(len(matrix.mid), -1))
        whole, held = _stability._inertias(net, low, high, True)
    expected = _forms.inertia(full)
    both = (whole >= 0) & (expected >= 0)
    np.testing.assert_array_equal(whole[both], expected[both])
    if width < 1e-6:
        assert both.sum() > 50
    later = _forms.inertia(_forms.delayed(net, frozen))
    both = (held >= 0) & (later >= 0)
    np.testing.assert_array_equal(held[both], later[both])
    assert np.all(held[whole != 0] < 0)


@pytest.mark.parametrize("net", list(networks()))
def test_what_elimination_proves_holds_at_points_of_the_box(net):
    """Against eigenvalues of H in floating point, at random points of random boxes."""
    rng = np.random.default_rng(4)
    low = rng.uniform(-1.5, 1.5, (200, net.n))
    high = low + 10.0 ** rng.uniform(-6, 0, (200, net.n))
    whole, _ = _stability._inertias(net, low, high, False)
    proved = np.flatnonzero(whole >= 0)
    assert len(proved) > 20
    points = low[proved] + rng.random((len(proved), net.n)) * (high - low)[proved]
    matrices = np.array([hessian(net, point) for point in points])
    negative = (np.linalg.eigvalsh(matrices) < 0.0).sum(axis=1)
    np.testing.assert_array_equal(negative, whole[proved])


def test_verdicts_agree_with_the_spectrum():
    for rate in (0.05, 0.3, 1.0, 10.0):
        net = npl.PlasticNetwork(nx.cycle_graph(5), ANTI, learning_rate=rate)
        found = npl.find_equilibria(net, method="certified")
        verdict = judge(net, found.activity - 1e-12, found.activity + 1e-12)
        abscissa = np.array([spectral_abscissa(net, x) for x in found.activity])
        np.testing.assert_array_equal(verdict.stable, abscissa < 0.0)
        np.testing.assert_array_equal(verdict.unstable, abscissa > 0.0)


def test_boxes_that_are_not_finite_prove_nothing(monkeypatch):
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-1e308, decay=1e-8))
    monkeypatch.setattr(_stability, "inertia", lambda matrix: np.full(len(matrix.mid), -1))
    with np.errstate(all="ignore"):
        whole, held = _stability._inertias(net, np.full((1, 2), 0.1), np.full((1, 2), 0.2), True)
    assert whole.tolist() == held.tolist() == [-1]


# -- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 2, 5, 12])
def test_boxes_that_meet_are_the_same_by_both_routes(number, monkeypatch):
    rng = np.random.default_rng(number)
    low = rng.random((number, 3))
    high = low + 0.5 * rng.random((number, 3))
    few = meeting(low, high)
    monkeypatch.setattr(_meeting, "_FEW", -1)
    many = meeting(low, high)
    for one, other in zip(few, many, strict=True):
        np.testing.assert_array_equal(one, other)
    if number == 12:
        assert 0 < len(few[0]) < 66


@pytest.mark.parametrize("graph", [nx.path_graph(2), nx.cycle_graph(5), nx.complete_graph(4)])
def test_orbits_are_the_same_by_both_routes(graph, monkeypatch):
    net = npl.PlasticNetwork(graph, npl.Hebbian(-50.0))
    few = npl.find_equilibria(net, method="certified")
    monkeypatch.setattr(_orbits, "_FEW", 0)
    many = npl.find_equilibria(net, method="certified")
    np.testing.assert_array_equal(few.orbit, many.orbit)
    np.testing.assert_array_equal(few.orbit_size, many.orbit_size)


def test_lists_led_by_symmetry_are_the_same_by_both_routes(monkeypatch):
    net = npl.PlasticNetwork(nx.cycle_graph(5), ANTI)
    monkeypatch.setattr(_search, "_SHORT", 1)
    few = npl.find_equilibria(net, method="certified")
    monkeypatch.setattr(_symmetry, "_FEW_PAIRS", 0)
    many = npl.find_equilibria(net, method="certified")
    assert len(few) == len(many) == 11
    np.testing.assert_array_equal(few.activity, many.activity)


def test_nothing_merged_is_the_system_itself():
    system = system_of(npl.PlasticNetwork(nx.cycle_graph(5), ANTI))
    assert quotient(system, equal_valued_classes(system)) is system
    star = system_of(npl.PlasticNetwork(nx.star_graph(3), ANTI))
    assert quotient(star, equal_valued_classes(star)).n == 2
