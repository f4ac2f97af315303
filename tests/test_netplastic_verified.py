"""What of the sampled search is proved, and that the proofs hold nothing for true that is not."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from conftest import Softsign, sampled

import netplastic as npl
from netplastic._support import SymmetricPattern
from netplastic.equilibria import Clock, as_budget
from netplastic.equilibria.sampled import _verify
from netplastic.equilibria.sampled._krawczyk import proved_radius
from netplastic.equilibria.sampled._monotone import MonotoneProof
from netplastic.equilibria.sampled._verify import Verifier

TRIANGLE = nx.complete_graph(3)


def triangle_at_its_pitchfork(gain=0.5):
    """x = 2 tanh(gain x) along the diagonal: one root for gain <= 1/2, the origin."""
    return npl.PlasticNetwork(
        TRIANGLE, npl.Hebbian(0.0), static_weight=1.0, bias=0.0, activation=npl.Tanh(gain=gain)
    )


def test_no_equilibrium_is_made_up_where_the_jacobian_vanishes():
    """The residual is below rounding for |x| < 1e-6 on the diagonal, and only x = 0 is a root."""
    net = triangle_at_its_pitchfork()
    prover = MonotoneProof(net)
    along = np.outer(np.linspace(-1e-6, 1e-6, 301), np.ones(3))
    assert not any(prover.at(x).exists for x in along)
    radius = proved_radius(net, along)
    assert np.isnan(radius).all()
    for method in ("auto", "sampled"):
        found = npl.find_equilibria(net, method, rng=0)
        assert found.count.lower == 1
        assert len(found) <= 1
        assert npl.count_equilibria(net, method=method, rng=0).lower == 1


@pytest.mark.parametrize("gain", [0.5 * (1.0 - 1e-6), 0.5 * (1.0 + 1e-6), 0.6])
def test_beside_the_pitchfork_the_number_is_right(gain):
    expected = 1 if gain < 0.5 else 3
    found = npl.find_equilibria(triangle_at_its_pitchfork(gain), rng=0)
    assert found.count.lower <= expected <= found.count.upper
    assert sampled(triangle_at_its_pitchfork(gain)).count.lower <= expected


NETWORKS = {
    "path": npl.PlasticNetwork(nx.path_graph(8), npl.Hebbian(-50.0)),
    "fast": npl.PlasticNetwork(nx.cycle_graph(7), npl.Hebbian(-30.0), learning_rate=np.inf),
    "slow": npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.01),
    "logistic": npl.PlasticNetwork(
        nx.cycle_graph(6), npl.Hebbian(-90.0), activation=npl.Logistic(gain=4.0, threshold=0.2)
    ),
    "static": npl.PlasticNetwork(
        nx.complete_graph(4), npl.Hebbian(-9.0), static_weight=0.7, bias=0.1
    ),
    "hebbian": npl.PlasticNetwork(nx.cycle_graph(4), npl.Hebbian(3.0), bias=0.0),
    "self-loop": npl.PlasticNetwork(
        nx.Graph([(0, 0), (0, 1), (1, 2), (2, 2)]), npl.Hebbian(-20.0), tau=2.0
    ),
    "saturated": npl.PlasticNetwork(nx.cycle_graph(4), npl.Hebbian(-9.0), bias=40.0),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_monotonicity_proves_the_minima_of_certified_lists(name):
    """Existence, minimum, stability and radius, against an interval search that shares no step."""
    net = NETWORKS[name]
    known = npl.find_equilibria(net, method="certified")
    assert known.count.exact
    prover = MonotoneProof(net)
    proofs = [prover.at(x) for x in known.activity]
    minimum = [proof.minimum for proof in proofs]
    np.testing.assert_array_equal(minimum, known.minimum)
    assert any(minimum)
    assert all(known.stable[row] for row, proof in enumerate(proofs) if proof.stable)
    rng = np.random.default_rng(0)
    for x, own in zip(known.activity, known.radius, strict=True):
        for scale in (1e-12, 1e-9, 1e-6, 1e-4):
            moved = x + scale * rng.normal(size=net.n)
            proof = prover.at(moved)
            if proof.exists:  # the only equilibrium so near is x
                gap = np.abs(known.activity - moved).max(axis=1)
                assert gap.min() <= proof.radius + own


@pytest.mark.parametrize("n", [4, 30])
def test_singular_matrices_are_never_found_positive(n):
    """Scaled so that the least eigenvalue is 0 but for rounding; shifts go down to 2^-16."""
    rng = np.random.default_rng(n)
    graph = nx.gnp_random_graph(n, 0.4, seed=n)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-1.0))
    pattern = SymmetricPattern(net.n, net.wiring.target, net.wiring.source)
    for _ in range(40):
        pairs = rng.normal(size=len(pattern.first))
        matrix = np.zeros((n, n))
        matrix[pattern.first, pattern.second] = pairs
        matrix += matrix.T
        pairs /= -np.linalg.eigvalsh(matrix)[0]
        for shift in (2.0**-6, 2.0**-16, 1e-10):
            bound = pattern.least_eigenvalue(np.ones(n), pairs, shift)
            assert not bound > 1e-13
            looser = pattern.least_eigenvalue(np.ones(n), pairs * (1.0 - 4.0 * shift), shift)
            least = 4.0 * shift
            assert 0.0 < shift - looser < 1e-10 if np.isfinite(looser) else least < shift


def test_an_infinite_or_singular_matrix_is_not_definite():
    pattern = SymmetricPattern(2, np.array([0, 1]), np.array([1, 0]))
    one = np.ones(2)
    assert pattern.least_eigenvalue(one, np.array([0.5]), 0.25) == pytest.approx(0.25)
    for pair in (1.0, -1.0, 0.8, np.nan, np.inf):
        assert pattern.least_eigenvalue(one, np.array([pair]), 0.25) == -np.inf


def test_large_networks_are_proved_too():
    """A cycle of 90: dense algebra ends at 80 nodes. Odd gaps between high nodes are saddles."""
    net = npl.PlasticNetwork(nx.cycle_graph(90), npl.Hebbian(-20.0))
    found = sampled(net, budget=npl.Budget(starts=6))
    assert np.isfinite(found.radius).all()
    assert found.count.lower == len(found) > 2
    assert found.stable_count.lower == int(found.stable.sum())
    assert "floating" not in found.count.reason


def test_what_is_not_proved_is_listed_and_not_counted(monkeypatch):
    monkeypatch.setattr(_verify, "_KRAWCZYK_NODES", 0)
    monkeypatch.setattr(_verify, "_STABILITY_NODES", 0)
    graph = nx.cycle_graph(90)
    net = npl.PlasticNetwork(graph, npl.Covariance(0.4, threshold=0.1), bias=0.3)
    found = sampled(net, budget=npl.Budget(starts=6))
    candidates = int(np.isnan(found.radius).sum())
    assert found.count.lower == max(1, len(found) - candidates)
    certain = found.stable_count.lower
    assert certain <= int(found.stable.sum())
    if candidates:
        assert f"{candidates} more passed a test in floating point only" in found.count.reason


def test_counts_of_functions_of_the_users_own_are_estimates():
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-200.0), activation=Softsign())
    found = sampled(net)
    assert len(found) > 1
    assert np.isnan(found.radius).all()
    for count, number in ((found.count, len(found)), (found.stable_count, found.stable.sum())):
        assert count.status == "estimate"
        assert count.lower == number
        assert "tested in floating point, not proved: activation Softsign" in count.reason


def test_time_that_is_up_leaves_all_but_a_few_large_states_unproved():
    net = npl.PlasticNetwork(nx.cycle_graph(90), npl.Hebbian(-2.0))
    state = sampled(net, budget=npl.Budget(starts=2)).activity
    late = Clock(as_budget(1e-9))
    assert len(Verifier(net, late).verify(np.repeat(state, 10, axis=0)).states) == _verify._ALWAYS


@pytest.mark.parametrize("strength", [-1e8, -1e12, -1e20, 1e9])
def test_strong_networks_are_sampled(strength):
    """Small rates shrink like 1 / |strength|; 3 states for a path of three however strong."""
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(strength))
    found = sampled(net)
    assert found.count.lower == len(found)
    if strength < 0.0:
        assert found.count.lower == 3
        # beyond, activities are smaller than the rounding of others, and so is their accuracy
        assert found.stable_count.lower == 2 or strength < -1e15
    else:
        assert 9 < found.count.lower <= 19  # certified
