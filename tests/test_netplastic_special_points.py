"""At and beside special points: round parameters, zero biases, distances of 1e-9 to 2e-16."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from types import ModuleType

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.equilibria.certified import MidRad
from netplastic.equilibria.certified._half_plane import right_half_plane, slow_and_fast
from netplastic.equilibria.certified.clusters import _multiple

PAIR = nx.path_graph(2)


def test_what_is_counted_but_has_no_row_is_said(monkeypatch):
    """The pair just beyond its pitchfork: three states, told apart by signs along one curve."""
    net = npl.PlasticNetwork(PAIR, npl.Hebbian(-0.5), bias=0.0, static_weight=1.0 + 1e-9)
    listed = npl.find_equilibria(net)
    assert (int(listed.count), len(listed), listed.count.reason) == (3, 3, "")
    assert listed.orbit is not None
    monkeypatch.setattr(_multiple, "_rows", lambda *_: None)
    found = npl.find_equilibria(net)
    assert int(found.count) == int(npl.count_equilibria(net)) == 3
    assert found.count.status == "certified"
    assert len(found) < 3
    missing = 3 - len(found)
    assert found.count.reason == f"{missing} of them lie too near each other to be listed apart"
    assert found.orbit is None
    assert len(found.to_frame()) == 2 * len(found)


def test_a_cycle_of_four_with_round_parameters():
    """Covariance 10, gain 0.2, threshold 0.5: J is singular at the origin, but for rounding."""
    net = npl.PlasticNetwork(
        nx.cycle_graph(4), npl.Covariance(10.0), bias=0.0, activation=npl.Tanh(gain=0.2)
    )
    found = npl.find_equilibria(net)
    assert found.count.lower <= 27 <= found.count.upper
    assert found.stable_count.upper <= found.count.upper


# -- stability -----------------------------------------------------------------------------


def test_saddles_whose_eigenvalues_add_up_to_zero_are_unstable():
    """The pair, covariance 8, bias 0: a state with the eigenvalues 1, -1, -1, -3."""
    net = npl.PlasticNetwork(PAIR, npl.Covariance(8.0), bias=0.0)
    found = npl.find_equilibria(net)
    values = [np.linalg.eigvals(npl.model.reduced_matrix(net, x)).real for x in found.activity]
    assert any(np.allclose(sorted(v), [-3, -1, -1, 1], atol=1e-6) for v in values)
    assert not found.undecided.any()
    np.testing.assert_array_equal(found.stable, [v.max() < 0.0 for v in values])
    assert int(found.stable_count) == 4
    assert int(npl.count_equilibria(net, stable_only=True)) == 4


@pytest.mark.parametrize(
    "rule", [npl.Hebbian(-20.0), npl.Covariance(8.0), npl.Oja(8.0), npl.BCM(3.0, threshold=0.4)]
)
def test_tiny_learning_rates_are_decided(rule):
    """A rate below all critical ones changes no sign; that 1e-6 is one, eigenvalues show."""
    net = npl.PlasticNetwork(nx.cycle_graph(3), rule, learning_rate=1e-6)
    known = npl.find_equilibria(net)
    computed = [npl.stability.spectral_abscissa(net, x) < 0.0 for x in known.activity]
    np.testing.assert_array_equal(known.stable, computed)
    for rate in (1e-9, 1e-12, 1e-20, 1e-100):
        found = npl.find_equilibria(net.replace(learning_rate=rate))
        assert not found.undecided.any()
        np.testing.assert_array_equal(found.stable, known.stable)


def verdicts(matrix, fast=None, rate=1.0):
    enclosed = MidRad.exact(matrix)
    return right_half_plane(enclosed) if fast is None else slow_and_fast(enclosed, fast, rate)


def test_half_planes_of_random_matrices_are_right():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        n = int(rng.integers(1, 9))
        matrix = rng.normal(size=(n, n)) - rng.uniform(0.0, 3.0) * np.eye(n)
        values = np.linalg.eigvals(matrix).real
        found = verdicts(matrix)
        if np.abs(values).min() > 1e-3:
            assert (found > 0) == (values.max() > 0.0)
            assert found >= 0
        seen.add(np.sign(found))
    assert seen >= {0, 1}


@pytest.mark.parametrize("rate", [1e-2, 1e-5, 1e-8])
def test_slow_and_fast_parts_are_right(rate):
    """Against eigenvalues computed in floats, which at these rates still have some digits."""
    rng = np.random.default_rng(1)
    settled = 0
    for _ in range(60):
        n = int(rng.integers(1, 5))
        matrix = rng.normal(size=(2 * n, 2 * n)) - np.diag([3.0] * n + [1.0] * n)
        matrix[n:] *= rate
        values = np.linalg.eigvals(matrix).real
        found = verdicts(matrix, n, rate)
        if found >= 0:
            settled += 1
            assert (found > 0) == (values.max() > 0.0)
    assert settled > 30


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((2, 2)),
        np.array([[0.0, 1.0], [-1.0, 0.0]]),
        np.array([[-1.0, 0.0], [0.0, 0.0]]),
        np.full((2, 2), np.inf),
    ],
)
def test_eigenvalues_on_the_axis_are_left_open(matrix):
    assert verdicts(matrix) == -1
    assert verdicts(matrix, 1, 1e-3) == -1


# -- many networks -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trials() -> ModuleType:
    """benchmarks/special_points.py, which says what is drawn and what must hold."""
    path = Path(__file__).parents[1] / "benchmarks" / "special_points.py"
    spec = importlib.util.spec_from_file_location("special_points", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def settled(trials: ModuleType, first: int, number: int) -> int:
    """How many are settled; nothing may raise, warn or contradict."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return sum(trials.outcome(net) == "settled" for _, net in trials.networks(first, number))


def test_networks_at_special_points_do_not_contradict(trials):
    assert settled(trials, 9, 9) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 5000, 250))
def test_thousands_of_networks_at_special_points_do_not_contradict(trials, first):
    # 4,037 of 5,000 others were settled within the trials' budget, 202 of 250: four deviations less
    assert settled(trials, first, 250) >= 177


def test_the_trials_really_reach_special_points(trials):
    """Among those drawn, some have a singular Jacobian at rest to 1e-14, some have no bias."""
    nets = [net for _, net in trials.networks(0, 60)]
    rest = [np.linalg.svd(npl.model.jacobian(net, np.zeros(net.n)))[1][-1] for net in nets]
    assert sum(value < 1e-14 for value in rest) >= 5
    assert sum(not net.bias.any() for net in nets) >= 20
