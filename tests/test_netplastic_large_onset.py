"""Onsets of large networks: long steps and patches; the second state of bipartite ones."""

from __future__ import annotations

import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from conftest import anti
from scipy.optimize import brentq

import netplastic as npl
from netplastic.continuation import (
    MultistabilityStatus,
    OnsetStatus,
    _march,
    _scaled,
    _tubes,
    coupled_of,
)
from netplastic.continuation._base_branch import corrected
from netplastic.continuation._bipartite import bipartite_birth, is_bipartite
from netplastic.continuation._march import base_onset
from netplastic.continuation._singular import crossing, fold
from netplastic.landscape import has_one_equilibrium
from netplastic.model import hessian, residual


def ring(modules, size=50, density=0.3):
    return npl.graphs.ring_of_modules(modules, size, density=density, path_length=2, rng=0)


def spread(graph, width, seed=0):
    n = graph.number_of_nodes()
    return anti(graph, bias=np.random.default_rng(seed).uniform(1.0 - width, 1.0 + width, n))


def iterated(coupled):
    """The same network, solved with by products only."""
    other = replace(coupled)
    other.__dict__["solver"] = _scaled._Iteration(coupled.matrix)
    return other


# -- K ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["elimination", "iteration"])
def test_solutions_inertia_and_lowest_eigenvalues_are_those_of_the_dense_matrix(by):
    graph = nx.random_regular_graph(3, 80, seed=0)
    coupled = coupled_of(anti(graph))
    solver = _scaled.solver_of(coupled.matrix)
    assert isinstance(solver, _scaled._Elimination)
    solver = solver if by == "elimination" else _scaled._Iteration(coupled.matrix)
    rng = np.random.default_rng(0)
    g, right = rng.uniform(0.2, 0.6, 80), rng.normal(size=80)
    for s, definite in ((0.8, True), (4.0, False)):
        dense = np.eye(80) + s * g[:, None] * coupled.matrix.toarray() * g
        values = np.linalg.eigvalsh(dense)
        assert bool(values[0] > 0.0) is definite
        found = solver.at(g, s)
        assert (found.negative == 0) is definite
        least, vectors = found.lowest(3)
        np.testing.assert_allclose(dense @ vectors, vectors * least, atol=1e-5)
        if definite:
            np.testing.assert_allclose(least, values[:3], atol=1e-8)
        solution = found.inverse(right)
        if by == "elimination":
            assert found.negative == np.count_nonzero(values < 0.0)
        if by == "elimination" or definite:
            np.testing.assert_allclose(dense @ solution, right, atol=1e-8)
        else:
            assert solution is None


def test_a_kernel_of_several_dimensions_is_counted():
    coupled = coupled_of(anti(nx.cycle_graph(9)))  # eigenvalue 2 cos(8 pi / 9) twice
    s = -1.0 / (2.0 * math.cos(8.0 * math.pi / 9.0))
    for solver in (_scaled.solver_of(coupled.matrix), _scaled._Iteration(coupled.matrix)):
        assert solver.at(np.ones(9), s).nullity() == 2
        assert solver.at(np.ones(9), 0.9 * s).nullity() == 0


# -- the base branch -------------------------------------------------------------------------------

RINGS = [
    (20, 10.19951424491836),
    pytest.param(200, 9.11285212375776, marks=pytest.mark.slow),
    pytest.param(2000, 7.23396179359572, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("modules", "strength"), RINGS)
def test_rings_of_modules(modules, strength):
    """docs/theory.md#section-5; the first against dense arclength, the others by two marches."""
    net = anti(ring(modules))
    found = npl.onset(net)
    assert found.strength == pytest.approx(-strength, abs=1e-8)
    assert (found.kind, found.kernel_dimension) == ("fold", 1)
    assert found.followed.marches == (2 if net.n > 10_000 else 1)
    assert found.followed.agree
    assert found.followed.patches > modules
    at, x = net.replace(strength=found.strength), np.arctanh(found.rates.to_numpy())
    assert np.abs(residual(at, x)).max() < 1e-12
    if net.n < 2000:
        values = np.linalg.eigvalsh(hessian(at, x))
        assert abs(values[0]) < 1e-7 < values[1]


@pytest.mark.parametrize(
    ("graph", "degree", "lam", "dimension"),
    [
        (nx.cycle_graph(130), 2, -2.0, 1),
        (nx.cycle_graph(131), 2, -2.0 * math.cos(math.pi / 131), 2),
        (nx.hypercube_graph(7), 7, -7.0, 1),
    ],
)
def test_regular_graphs_have_the_analytic_onset(graph, degree, lam, dimension):
    found = npl.onset(anti(graph))
    assert found.kernel_dimension == dimension
    v = float(found.rates.mean())  # rounding moves it along the mode, which is antisymmetric
    k, slope = -found.strength, 1.0 - v**2
    assert math.atanh(v) + k * degree * v**3 == pytest.approx(1.0, abs=1e-9)
    assert 1.0 / slope + k * v**2 * (degree + 2.0 * lam) == pytest.approx(0.0, abs=1e-8)
    assert found.kind == "pitchfork (supercritical)"


def test_solving_by_iteration_finds_the_same():
    for graph, width in ((nx.random_regular_graph(4, 150, seed=1), 0.0), (ring(20, 12, 0.4), 0.0)):
        coupled = coupled_of(spread(graph, width))
        one, _ = base_onset(coupled, 100.0)
        other, _ = base_onset(iterated(coupled), 100.0)
        assert one.strength == pytest.approx(other.strength, abs=1e-8)
        assert one.modes.shape == other.modes.shape
        assert one.is_fold is other.is_fold


@pytest.mark.parametrize("seed", range(6))
def test_a_base_branch_that_never_loses_stability_is_followed_to_the_limit(seed):
    n = 130 + 26 * seed
    found = npl.onset(spread(nx.random_regular_graph(4, n, seed=seed), 0.5, seed), limit=150.0)
    assert found.status is OnsetStatus.NONE
    assert found.reached == -150.0


def test_large_networks_are_followed_until_two_marches_agree(monkeypatch):
    net = anti(ring(20, 12, 0.4))
    once = npl.onset(net)
    monkeypatch.setattr(_march, "_ONCE", 100)
    twice = npl.onset(net)
    assert (once.followed.marches, twice.followed.marches) == (1, 2)
    assert twice.followed.agree
    assert twice.followed.patches > once.followed.patches
    assert twice.strength == pytest.approx(once.strength, abs=1e-9)
    monkeypatch.setattr(_march.Marched, "is_as", lambda self, other: False)
    never = npl.onset(net)
    assert never.status is OnsetStatus.STOPPED
    assert (never.followed.marches, never.followed.agree) == (3, False)
    assert math.isnan(never.strength)


def test_a_march_that_is_interrupted_says_how_far_it_came(monkeypatch):
    def press(self, *given):
        self.halt.watch.stopped = self.said.steps == 5
        return real(self, *given)

    real = _march._March._step
    monkeypatch.setattr(_march._March, "_step", press)
    found = npl.onset(anti(ring(20, 12, 0.4)))
    assert found.status is OnsetStatus.INTERRUPTED
    assert 0.0 < -found.reached < 10.0


def test_no_singular_point_is_made_up():
    coupled = coupled_of(spread(nx.path_graph(4), 0.2))
    x = coupled.bias.copy()
    for _ in range(20):
        at = coupled.equations(1.0, x)
        x = x - at.solve(at.force)
    assert fold(coupled, 1.0, x, 1) is None
    assert crossing(coupled, 1.0, x, 2.0) is None


# -- bipartite networks ----------------------------------------------------------------------------


def weighted_tree(n, seed):
    rng = np.random.default_rng(seed)
    graph = nx.random_labeled_tree(n, seed=seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = rng.uniform(0.5, 2.0)
    return anti(graph, bias=rng.uniform(0.5, 1.5, n) * rng.choice([-1.0, 1.0], n))


@pytest.mark.parametrize(
    ("graph", "strength", "kind"),
    [
        (nx.path_graph(2), 6.537594568, "pitchfork"),
        (nx.path_graph(4), 10.744512, "fold"),
        (nx.path_graph(3), 24.026649, "fold"),
        (nx.star_graph(8), 114.987060, "fold"),
        (nx.cycle_graph(6), 3.268797284, "pitchfork"),
    ],
)
def test_known_births_on_bipartite_graphs(graph, strength, kind):
    found = bipartite_birth(coupled_of(anti(graph)), 1000.0)
    assert found.birth.strength == pytest.approx(strength, abs=1e-6)
    assert found.birth.kind == kind
    assert found.lower <= found.birth.strength <= found.upper
    assert found.birth.masses.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(3))
def test_births_on_trees_are_those_of_certified_counts(seed):
    net = weighted_tree(6, seed)
    counted = npl.multistability_onset(net, limit=300.0, budget=npl.Budget(boxes=20_000))
    found = bipartite_birth(coupled_of(net), 300.0)
    assert found.birth.strength == pytest.approx(abs(counted.strength), rel=1e-7)


def test_graphs_that_are_not_bipartite_have_no_extreme_equilibria():
    assert not is_bipartite(coupled_of(anti(nx.cycle_graph(5))))
    assert is_bipartite(coupled_of(anti(nx.cycle_graph(6))))


def test_a_tree_of_hundreds_has_a_proved_bracket():
    net = weighted_tree(300, 0)
    found = npl.multistability_onset(net, limit=1000.0)
    assert found.status is MultistabilityStatus.PROVED
    assert abs(found.upper) < (1.0 + 1e-5) * abs(found.lower)
    # By sweeps alone, which reach the lower end less closely.
    low, high = (
        net.replace(strength=s, learning_rate=math.inf) for s in (0.9999 * found.lower, found.upper)
    )
    assert has_one_equilibrium(low)
    assert not has_one_equilibrium(high)
    assert abs(found.lower) <= abs(found.strength) <= abs(found.upper)
    at = net.replace(strength=found.strength)
    assert np.abs(residual(at, found.activity)).max() < 1e-2 * abs(found.upper - found.lower)
    assert (np.sign(found.activity) == np.sign(net.bias)).all()
    table = npl.onsets(net)
    assert table.strength[1] == pytest.approx(found.strength)
    assert table.status[1] == "proved"
    assert table.participation_ratio[1] < 10.0


def test_no_birth_up_to_the_limit():
    found = npl.multistability_onset(anti(nx.path_graph(50)), limit=1.0)
    assert found.status is MultistabilityStatus.NONE
    assert (found.strength, found.lower) == (-math.inf, -1.0)


# -- the proof -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "share"),
    [(nx.path_graph(2), 1e-4), (nx.petersen_graph(), 1e-3), (ring(5, 8, 0.5), 0)],
)
def test_the_base_branch_is_proved_nearly_to_its_onset(graph, share):
    found = npl.onset(anti(graph), limit=20.0, certify=True)
    end = found.strength if share else -20.0
    assert abs(found.proved) <= abs(end)
    assert found.proved == pytest.approx(end, rel=share)
    assert math.isnan(npl.onset(anti(nx.path_graph(2))).proved)


def test_a_tube_holds_the_equilibrium_and_none_is_proved_off_it():
    coupled = coupled_of(spread(nx.path_graph(6), 0.2))
    on = _tubes._Enclosures(coupled)

    def state(k):
        x = coupled.bias.copy()
        for strength in np.linspace(0.0, k, 20):
            x = corrected(coupled, strength, x)[0]
        return x

    a, b = 3.0, 3.02
    x, y = state(a), state(b)
    tube = _tubes._tube(on, a, x, b, y)
    for u in (0.0, 0.3, 0.5, 1.0):
        off = (state(a + u * (b - a)) - (x + u * (y - x))) / tube.p
        assert np.linalg.norm(off) <= tube.radius
    assert np.linalg.norm((state(b) - y) / tube.p) <= tube.end <= tube.radius
    for wrong in (y + 0.05, y - 0.05, y * math.nan, y + math.inf):
        assert _tubes._tube(on, a, x, b, wrong) is None
    assert _tubes._tube(on, a, x, 6.0, y) is None


def test_no_tube_passes_a_point_where_stability_is_lost():
    """On the symmetric state of a pair, from before the pitchfork to beyond it."""
    coupled = coupled_of(anti(nx.path_graph(2)))
    on = _tubes._Enclosures(coupled)

    def state(k):
        return np.full(2, brentq(lambda x: x - 1.0 + k * math.tanh(x) ** 3, 0.0, 1.0, xtol=1e-15))

    # docs/theory.md#section-5 (a): lost at 6.537594568; these lie a little beside it.
    below, above = state(6.5370), state(6.5380)
    assert _tubes._tube(on, 6.5370, below, 6.5380, above) is None
    assert _tubes._tube(on, 6.5380, above, 6.5381, above) is None


def test_what_is_not_proved_is_refused():
    with pytest.raises(ValueError, match="certify is for"):
        npl.onset(anti(nx.path_graph(3), activation="logistic"), certify=True)
    with pytest.raises(ValueError, match="at most 1000"):
        npl.onset(anti(nx.path_graph(1001)), certify=True)
