"""The equations over every kind of numbers, the kernels' copies of them, and rules of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flint
import networkx as nx
import numba
import numpy as np
import pytest

import netplastic as npl
from netplastic.equilibria.certified import (
    MidRad,
    Rates,
    enclosed_equations,
    system_of,
)
from netplastic.equilibria.certified._kernels import System, make_buffers
from netplastic.equilibria.certified._kernels._enclose import contract, refresh, row_at
from netplastic.equilibria.certified._kernels._newton import UNIQUE, newton_step
from netplastic.equilibria.certified._kernels._table import XH, XL
from netplastic.equilibria.certified.clusters._exact import exact_residual
from netplastic.equilibria.certified.clusters._taylor import SystemEquations
from netplastic.equilibria.sampled._descent import system_of as kernel_system
from netplastic.equilibria.sampled._kernels import descend_rows
from netplastic.model import (
    equilibrium_weights,
    full_jacobian,
    hessian,
    jacobian,
    reduced_matrix,
    residual,
    sparse_jacobian,
)

pytestmark = pytest.mark.interpreted

RULES = [
    npl.Hebbian(-3.0, decay=0.8),
    npl.Oja(0.7, decay=1.5),
    npl.Covariance(-2.0, threshold=0.3),
    npl.BCM(1.5, threshold=0.2),
    npl.PresynapticallyGated(-1.5),
    npl.PostsynapticallyGated(2.0),
]
ACTIVATIONS = [npl.Tanh(gain=1.3, threshold=0.1), npl.Logistic(gain=3.0, threshold=0.2)]
CASES = [
    (rule, activation, seed) for rule in RULES for activation in ACTIVATIONS for seed in (1, 2)
]


def network(rule: Any, activation: Any, seed: int) -> npl.PlasticNetwork:
    """A random network with weights, static weights and a self-loop; Oja's decays differ by arc."""
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(7, 0.5, seed=seed, directed=seed % 2 == 0)
    graph.add_edge(3, 3)
    nx.set_edge_attributes(graph, {e: rng.uniform(0.3, 1.5) for e in graph.edges}, "weight")
    net = npl.PlasticNetwork(
        graph,
        rule,
        activation=activation,
        bias=rng.normal(size=7),
        tau=rng.uniform(0.5, 2.0, 7),
        static_weight=0.2,
    )
    if isinstance(rule, npl.Oja) and seed == 2:
        net = net.replace(strength=rng.uniform(0.3, 1.0, net.m))
    return net


@pytest.mark.parametrize(("rule", "activation", "seed"), CASES)
def test_intervals_hold_what_floats_give(rule: Any, activation: Any, seed: int) -> None:
    """F, J and both matrices over boxes hold the values at random points of the boxes."""
    net = network(rule, activation, seed)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(5, net.n))
    equations = enclosed_equations(net)
    for width in (0.0, 1e-3, 0.3):
        rates = Rates.of(net, x - width, x + width)
        state = equations.at(rates.rate)
        force = state.residual(MidRad(x, np.full_like(x, width)))
        own, arcs = state.jacobian(rates.slope)
        for _ in range(4):
            inside = x + width * rng.uniform(-1.0, 1.0, x.shape)
            off = np.abs(residual(net, inside) - force.mid)
            assert np.all(off <= force.rad + 1e-12)
            exact_own, exact_arcs = net.equations.at(net.activation.rate(inside)).jacobian(
                net.activation.slope(inside)
            )
            assert np.all(np.abs(exact_own - MidRad.of(own).mid) <= MidRad.of(own).rad + 1e-12)
            assert np.all(np.abs(exact_arcs - arcs.mid) <= arcs.rad + 1e-12)
        if width == 0.0:
            assert np.all(force.rad < 1e-12)


@pytest.mark.parametrize(("rule", "activation", "seed"), CASES)
def test_balls_and_series_agree_with_floats(rule: Any, activation: Any, seed: int) -> None:
    net = network(rule, activation, seed)
    system = system_of(net)
    x = np.random.default_rng(4).normal(size=net.n)
    expected = residual(net, x)
    balls = exact_residual(system, x)
    assert balls is not None
    np.testing.assert_allclose(balls.mid, expected, atol=1e-12)
    assert np.all(balls.rad < 1e-12)
    series = SystemEquations(system)
    direction = np.random.default_rng(5).normal(size=net.n)
    zero = np.zeros(net.n)
    terms = series.taylor([MidRad.exact(a) for a in (x, direction, zero, zero)])
    np.testing.assert_allclose(terms[0].mid, expected, atol=1e-12)
    np.testing.assert_allclose(terms[1].mid, jacobian(net, x) @ direction, atol=1e-11)
    h = 1e-3
    values = [residual(net, x + s * h * direction) for s in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    second = (-values[0] + 16 * values[1] - 30 * values[2] + 16 * values[3] - values[4]) / 12
    third = (values[4] - 2 * values[3] + 2 * values[1] - values[0]) / 2
    np.testing.assert_allclose(terms[2].mid, second / h**2 / 2.0, atol=1e-6)
    np.testing.assert_allclose(terms[3].mid, third / h**3 / 6.0, atol=1e-2)


def test_balls_are_taken_with_the_digits_that_are_asked_for() -> None:
    """The precision of whoever calls is left alone."""
    before = flint.ctx.prec
    net = network(RULES[0], ACTIVATIONS[0], 1)
    found = exact_residual(system_of(net), np.full(net.n, 0.3))
    assert found is not None
    assert flint.ctx.prec == before


# -- kernels are copies: they are held to the model ------------------------------------------------


@numba.njit
def _rows(t: Any, system: System, x: Any, out: Any) -> None:
    for i in range(len(t)):
        t[i, XL] = t[i, XH] = x[i]
        refresh(t, i, False)
    for i in range(len(t)):
        out[i, 0], out[i, 1] = row_at(t, system, i, x[i])


@numba.njit
def _contracted(t: Any, system: System, buffers: Any, low: Any, high: Any) -> bool:
    for i in range(len(t)):
        t[i, XL], t[i, XH] = low[i], high[i]
        refresh(t, i, False)
        buffers.dirty[i, 0] = 1.0
    return contract(t, system, buffers.pattern, buffers.dirty)


@numba.njit
def _newton(t: Any, system: System, buffers: Any, low: Any, high: Any) -> int:
    for i in range(len(t)):
        t[i, XL], t[i, XH] = low[i], high[i]
        refresh(t, i, False)
    return newton_step(t, system, buffers)


@pytest.mark.parametrize(("rule", "activation", "seed"), CASES)
def test_rows_of_the_certified_search(rule: Any, activation: Any, seed: int) -> None:
    """The kernel's enclosure of F_i at a point holds the model's value, and is tight."""
    net = network(rule, activation, seed)
    system = system_of(net)
    out = np.empty((net.n, 2))
    for x in np.random.default_rng(6).normal(size=(10, net.n)):
        _rows(system.table.copy(), system.kernel, x, out)
        expected = residual(net, x)
        assert np.all(out[:, 0] <= expected + 1e-13)
        assert np.all(out[:, 1] >= expected - 1e-13)
        assert np.all(out[:, 1] - out[:, 0] < 1e-12)


@pytest.mark.parametrize(("rule", "activation", "seed"), CASES)
def test_contraction_and_newton_keep_roots(rule: Any, activation: Any, seed: int) -> None:
    """The bias is moved so that a random state is a root; no step may lose it."""
    net = network(rule, activation, seed)
    rng = np.random.default_rng(7)
    for width in (1e-6, 1e-2, 0.5):
        x = rng.normal(size=net.n)
        held = net.replace(bias=net.bias + residual(net, x))
        system = system_of(held)
        buffers = make_buffers(system.table, system.kernel)
        low, high = (
            x - width * rng.uniform(0.2, 1.0, net.n),
            x + width * rng.uniform(0.2, 1.0, net.n),
        )
        table = system.table.copy()
        assert _contracted(table, system.kernel, buffers, low, high)
        assert np.all(table[:, XL] <= x + 1e-12)
        assert np.all(table[:, XH] >= x - 1e-12)
        state = _newton(table, system.kernel, buffers, low, high)
        assert np.all(table[:, XL] <= x + 1e-12)
        assert np.all(table[:, XH] >= x - 1e-12)
        if width == 1e-6:
            assert state == UNIQUE


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("directed", [False, True])
def test_descent_of_the_sampled_search_ends_at_roots(activation: Any, directed: bool) -> None:
    rng = np.random.default_rng(8)
    graph = nx.gnp_random_graph(12, 0.3, seed=5, directed=directed)
    net = npl.PlasticNetwork(
        graph, npl.Hebbian(-4.0), activation=activation, bias=rng.uniform(0.3, 1.5, 12)
    )
    states = rng.normal(size=(20, 12))
    threshold = net.activation.parameter("threshold")
    sweeps = descend_rows(states, kernel_system(net), 1e-10, 3000)
    states += threshold
    settled = states[sweeps < 3000]
    assert len(settled) >= 10
    np.testing.assert_allclose(residual(net, settled), 0.0, atol=1e-8)


# -- rules of one's own ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Supralinear(npl.Rule):
    """drive = eta V_i^2 V_j: one small class, and everything works."""

    def post(self, threshold: Any) -> Any:
        return 0.0 * threshold, 0.0 * threshold, 1.0 + 0.0 * threshold

    def pre(self, threshold: Any) -> Any:
        return 0.0 * threshold, 1.0 + 0.0 * threshold


@dataclass(frozen=True)
class Saturating(npl.FunctionRule):
    """drive = eta tanh(s V_i) (exp(V_j) - 1): no polynomial."""

    steepness: float = 3.0

    def post_factor(self, rate: Any, threshold: Any) -> Any:
        return np.tanh(self.steepness * rate)

    def post_slope(self, rate: Any, threshold: Any) -> Any:
        return self.steepness / np.cosh(self.steepness * rate) ** 2

    def pre_factor(self, rate: Any, threshold: Any) -> Any:
        return np.expm1(rate)

    def pre_slope(self, rate: Any, threshold: Any) -> Any:
        return np.exp(rate)


OWN = [Supralinear(-30.0), Saturating(-8.0)]


@pytest.mark.parametrize("rule", OWN)
@pytest.mark.parametrize("directed", [False, True])
def test_a_rule_of_ones_own_is_the_full_system_at_rest(rule: Any, directed: bool) -> None:
    """Jacobians against differences of the full equations, written out arc by arc."""
    graph = nx.gnp_random_graph(5, 0.6, seed=2, directed=directed)
    net = npl.PlasticNetwork(graph, rule, learning_rate=0.7)
    x = np.random.default_rng(9).normal(size=5) * 0.5
    net = net.replace(bias=net.bias + residual(net, x))

    def field(state: Any) -> Any:
        activity, w = state[:5], state[5:]
        v = net.activation.rate(activity)
        dx, dw = -activity + net.bias, np.zeros(net.m)
        for a, (i, j) in enumerate(zip(net.wiring.target, net.wiring.source, strict=True)):
            dx[i] += w[a] * v[j]
            if isinstance(rule, Supralinear):
                drive = -30.0 * v[i] ** 2 * v[j]
            else:
                drive = -8.0 * np.tanh(3.0 * v[i]) * np.expm1(v[j])
            dw[a] = 0.7 * (drive - w[a])
        return np.concatenate([dx, dw])

    rest = np.concatenate([x, equilibrium_weights(net, x)])
    np.testing.assert_allclose(field(rest), 0.0, atol=1e-12)
    h = 1e-6
    numeric = np.stack(
        [(field(rest + h * e) - field(rest - h * e)) / (2 * h) for e in np.eye(len(rest))], axis=1
    )
    np.testing.assert_allclose(full_jacobian(net, x).toarray(), numeric, atol=1e-7)
    np.testing.assert_allclose(jacobian(net, x), sparse_jacobian(net, x).toarray(), atol=1e-14)
    reduced = np.sort_complex(np.linalg.eigvals(reduced_matrix(net, x)))
    full = np.linalg.eigvals(numeric)
    for value in reduced:
        assert np.min(np.abs(full - value)) < 1e-5


# Supralinear: both inputs of a pair are eta V_1^2 V_2^2, so that x_1 = x_2 and a fold is all.
KINDS_OF_POINTS = [["fold"], ["pitchfork (supercritical)"]]


@pytest.mark.parametrize(("rule", "kinds"), list(zip(OWN, KINDS_OF_POINTS, strict=True)))
def test_a_rule_of_ones_own_is_sampled_and_continued(rule: Any, kinds: list[str]) -> None:
    net = npl.PlasticNetwork(nx.path_graph(2), rule)
    found = npl.find_equilibria(net, "sampled", rng=0)
    assert len(found) == 3
    np.testing.assert_allclose(residual(net, found.activity), 0.0, atol=1e-9)
    assert found.stable.tolist().count(True) == 2
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, float(rule.strength), hopf=False)
    assert diagram.special_points()["kind"].tolist() == kinds
    assert diagram.count_at(float(rule.strength)) == 3


def test_the_smallest_searches() -> None:
    """Every kind of system, small enough to be searched by the interpreter too."""
    pair = nx.path_graph(2)
    assert int(npl.count_equilibria(npl.PlasticNetwork(pair, npl.Hebbian(-20.0)))) == 3
    stable = npl.count_equilibria(npl.PlasticNetwork(pair, npl.Hebbian(-20.0)), stable_only=True)
    assert int(stable) == 2
    held = npl.PlasticNetwork(pair, npl.Hebbian(-20.0), static_weight=0.1)
    assert int(npl.count_equilibria(held)) == 3
    two_decays = npl.PlasticNetwork(nx.path_graph(3), npl.Oja([0.5, 0.5, 0.9, 0.9]))
    found = npl.find_equilibria(two_decays, "certified")
    assert found.count.exact
    np.testing.assert_allclose(residual(two_decays, found.activity), 0.0, atol=1e-9)


def test_a_polynomial_of_ones_own_is_certified() -> None:
    assert str(npl.count_equilibria(npl.PlasticNetwork(nx.path_graph(2), OWN[0]))) == (
        "3 (certified)"
    )


def test_what_is_no_polynomial_is_refused_by_the_certified_search() -> None:
    net = npl.PlasticNetwork(nx.path_graph(2), OWN[1])
    with pytest.raises(ValueError, match=r"rule Saturating is no polynomial.*method='sampled'"):
        npl.find_equilibria(net, "certified")
    with pytest.raises(ValueError, match="rule Saturating is no polynomial"):
        npl.count_equilibria(net, method="certified")
    assert npl.count_equilibria(net, rng=0).status == "estimate"
    with pytest.raises(ValueError, match="no polynomial"):
        _ = net.post
    assert not net.has_objective
    with pytest.raises(ValueError, match="no gradient"):
        hessian(net, np.zeros(2))


def test_rules_of_ones_own_that_differ_have_different_forms() -> None:
    """Equal neighborhoods are solved once: what tells rules apart must be in their form."""
    from netplastic.model import canonical_key

    graph = nx.path_graph(3)
    one, other = (
        canonical_key(npl.PlasticNetwork(graph, Saturating(-8.0, steepness=s))) for s in (3.0, 4.0)
    )
    assert one != other
    assert one == canonical_key(npl.PlasticNetwork(graph, Saturating(-8.0)))
