"""Onset, multistability onset and the bounds around them."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from scipy import optimize

import netplastic as npl
from netplastic._support import Halt
from netplastic.continuation import MultistabilityStatus, OnsetStatus, _onset
from netplastic.continuation._onset_sparse import sparse_onset
from netplastic.landscape import (
    ConvexityStatus,
    _edge_bounds,
    contraction_bound,
    convexity_bounds,
    definiteness_bound,
    prior_box,
)
from netplastic.landscape._scaled_hessian import ScaledHessian
from netplastic.model import family_of, full_jacobian, hessian, residual


def network(graph, strength=-20.0, **more):
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), **more)


def regular_onset(degree, lam):
    """|k| where the uniform state of a d-regular graph loses stability to the mode lambda.

    docs/theory.md#section-5: x + |k| d V^3 = 1 and 1/phi' + |k| V^2 (d + 2 lambda) = 0.
    """

    def curvature(x):
        v = np.tanh(x)
        k = (1.0 - x) / (degree * v**3)
        return np.cosh(x) ** 2 + k * v**2 * (degree + 2.0 * lam)

    x = optimize.brentq(curvature, 0.01, 0.99, xtol=1e-15)
    return (1.0 - x) / (degree * np.tanh(x) ** 3)


@pytest.mark.parametrize(
    ("graph", "degree", "lam", "dimension"),
    [
        (nx.path_graph(2), 1, -1.0, 1),
        (nx.cycle_graph(6), 2, -2.0, 1),
        (nx.cycle_graph(5), 2, 2.0 * math.cos(4.0 * math.pi / 5.0), 2),
        (nx.hypercube_graph(3), 3, -3.0, 1),
        (nx.petersen_graph(), 3, -2.0, 4),
        (nx.complete_bipartite_graph(3, 3), 3, -3.0, 1),
    ],
)
def test_regular_graphs_have_the_analytic_onset(graph, degree, lam, dimension):
    found = npl.onset(network(graph))
    assert found.status is OnsetStatus.FOUND
    assert found.strength == pytest.approx(-regular_onset(degree, lam), abs=1e-8)
    assert found.kernel_dimension == dimension
    # The critical mode is an eigenvector of the adjacency matrix.
    adjacency = nx.to_numpy_array(graph)
    np.testing.assert_allclose(adjacency @ found.modes, lam * found.modes, atol=1e-6)
    assert found.participation_ratio == pytest.approx(len(graph), rel=1e-6)
    assert list(found.mode.index) == list(graph.nodes)


def test_complete_graphs_never_lose_their_uniform_state():
    found = npl.onset(network(nx.complete_graph(4)), limit=200.0)
    assert found.status is OnsetStatus.NONE
    assert found.strength == -math.inf
    assert found.kernel_dimension == 0
    assert math.isnan(found.participation_ratio)


def test_the_mode_is_in_the_kernel_of_the_hessian():
    found = npl.onset(network(npl.graphs.dumbbell(module_size=6, path_length=2)))
    net = network(npl.graphs.dumbbell(module_size=6, path_length=2), found.strength)
    rates = found.rates.to_numpy()
    assert np.abs(residual(net, np.arctanh(rates))).max() < 1e-9
    assert np.abs(npl.energy_hessian(net, rates) @ found.mode.to_numpy()).max() < 1e-6
    # It sits on the two connectors between the modules, not on the modules.
    role = dict(net.graph.nodes(data="role"))
    table = found.to_frame()
    share = table.mass[[role[node] == "connector" for node in table.node]].sum()
    assert share > 0.9
    assert table.mass.sum() == pytest.approx(1.0)
    assert found.summary().kernel_dimension.tolist() == [1]


def test_sparse_and_dense_onsets_agree():
    graphs = [
        nx.cycle_graph(6),
        nx.cycle_graph(5),
        npl.graphs.dumbbell(module_size=6, path_length=2),
        npl.graphs.ring_of_modules(modules=5, module_size=8, density=0.5, path_length=2, rng=0),
    ]
    for graph in graphs:
        net = network(graph)
        dense = npl.onset(net, limit=60.0)
        sparse = sparse_onset(family_of(net, "strength"), -1.0, 60.0)
        if dense.status is OnsetStatus.NONE:
            assert sparse.modes is None
            assert sparse.finished
        else:
            assert sparse.value == pytest.approx(dense.strength, abs=1e-8)
            assert sparse.modes.shape[1] == dense.kernel_dimension


def test_the_sparse_march_finds_folds_too():
    graph = npl.graphs.ring_of_modules(
        modules=20, module_size=12, density=0.4, path_length=2, rng=0
    )
    net = network(graph)  # 280 nodes: its base branch ends in a fold
    found = npl.onset(net)
    assert found.kind == "fold"
    at = net.replace(strength=found.strength)
    x = np.arctanh(found.rates.to_numpy())
    assert np.abs(residual(at, x)).max() < 1e-9
    assert abs(np.linalg.eigvalsh(hessian(at, x))[0]) < 1e-7


def test_hopf_on_the_base_branch_is_reported():
    net = network(nx.cycle_graph(5), learning_rate=0.02)
    found = npl.onset(net)
    assert abs(found.hopf_strength) < abs(found.strength)
    at = net.replace(strength=found.hopf_strength)
    x = np.full(5, optimize.brentq(lambda x: residual(at, np.full(5, x))[0], 0.0, 1.0, xtol=1e-15))
    values = np.linalg.eigvals(full_jacobian(at, x).toarray())
    critical = values[np.abs(values.real).argmin()]
    assert abs(critical.real) < 1e-8
    assert abs(critical.imag) == pytest.approx(found.hopf_frequency, rel=1e-6)
    assert math.isnan(npl.onset(network(nx.cycle_graph(5), learning_rate=10.0)).hopf_strength)


def test_mixed_strengths_are_followed_by_a_factor():
    graph = nx.path_graph(3)
    net = npl.PlasticNetwork(graph, npl.Hebbian([-2.0, -3.0]))
    found = npl.onset(net, limit=50.0)
    assert found.parameter == "factor"
    uniform = npl.onset(network(nx.path_graph(2), -4.0))
    doubled = npl.onset(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian([-8.0])))
    assert uniform.strength == pytest.approx(doubled.strength, abs=1e-9)


@pytest.mark.parametrize(
    "graph", [nx.path_graph(2), nx.cycle_graph(6), nx.path_graph(3), nx.star_graph(4)]
)
def test_thresholds_come_in_order(graph):
    net = network(graph)
    summary = npl.landscape_summary(net).set_index("quantity")
    strength = summary.strength.abs()
    assert strength["contraction bound"] <= strength["convexity threshold"]
    assert strength["definiteness bound"] <= strength["convexity threshold"] * (1.0 + 1e-6)
    assert strength["convexity threshold"] <= strength["multistability onset"]
    assert strength["multistability onset"] <= strength["onset"] + 1e-7
    second = npl.multistability_onset(net)
    assert second.status is MultistabilityStatus.PROVED
    assert abs(second.lower) < abs(second.strength) < abs(second.upper)
    for value, least, most in ((second.lower, 1, 1), (second.upper, 2, math.inf)):
        fast = net.replace(strength=value, learning_rate=1000.0)
        count = npl.find_equilibria(fast, "certified", stable_only=True).stable_count
        assert least <= count.lower
        assert count.lower <= most


def test_unfolded_pair_keeps_its_base_and_gains_a_state_by_a_fold():
    net = network(nx.path_graph(2), bias=[1.0, 1.001])
    assert npl.onset(net, limit=100.0).status is OnsetStatus.NONE
    second = npl.multistability_onset(net)
    assert second.kind == "fold"
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, -10.0)
    assert second.strength == pytest.approx(diagram.points[0].value, abs=1e-8)
    assert float(second) == pytest.approx(-second.strength)


def test_no_second_state_below_the_limit_is_said():
    found = npl.multistability_onset(network(nx.complete_graph(4)), limit=20.0)
    assert found.status is MultistabilityStatus.NONE
    assert math.isinf(found.strength)
    assert (found.scanned.lower == 1).all()
    for status in (*MultistabilityStatus, *OnsetStatus, *ConvexityStatus):
        assert status.meaning.endswith(".")
        assert status.remedy.endswith(".")


# -- convexity and contraction ---------------------------------------------------------------


def least_eigenvalue_in_box(net, samples, rng):
    low, high = prior_box(net)
    states = rng.uniform(low, high, size=(samples, net.n))
    states = np.clip(states, -1 + 1e-9, 1 - 1e-9)
    return min(float(np.linalg.eigvalsh(npl.energy_hessian(net, v))[0]) for v in states)


@pytest.mark.parametrize("strength", [-5.0, 5.0])
@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_the_objective_is_convex_below_the_lower_bound_and_singular_at_the_upper(
    strength, activation
):
    rng = np.random.default_rng(0)
    for seed in range(4):
        graph = nx.gnp_random_graph(5, 0.6, seed=seed)
        if not graph.number_of_edges():
            continue
        net = network(graph, strength, bias=rng.uniform(0.5, 1.5, 5), activation=activation)
        bounds = convexity_bounds(net)
        assert 0.0 < bounds.lower <= bounds.upper
        sign = math.copysign(1.0, strength)
        below = net.replace(strength=sign * bounds.lower * 0.999)
        low, high = prior_box(below)
        inside = np.clip(
            rng.uniform(low, high, size=(400, 5)),
            net.activation.bounds[0] + 1e-9,
            net.activation.bounds[1] - 1e-9,
        )
        least = min(np.linalg.eigvalsh(npl.energy_hessian(below, v))[0] for v in inside)
        assert least > 0.0
        if bounds.state is not None and math.isfinite(bounds.upper):
            at = np.clip(
                bounds.state, net.activation.bounds[0] + 1e-9, net.activation.bounds[1] - 1e-9
            )
            above = net.replace(strength=sign * bounds.upper * 1.001)
            x = net.activation.inverse(at)
            assert np.linalg.eigvalsh(hessian(above, x))[0] < 1e-6


@pytest.mark.parametrize(
    ("graph", "value"),
    [(nx.path_graph(2), 4.0), (nx.cycle_graph(6), 2.0), (nx.hypercube_graph(3), 4.0 / 3.0)],
)
def test_regular_bipartite_graphs_lose_convexity_at_four_over_the_degree(graph, value):
    # At V^2 = 1/2 on both sides: lambda_max(-Q) = D V^2 (2 d - d) = d / 4, and the edge bound with
    # equal shares gives the same from above: per edge and share 1/d, d * max D V^2 = d / 4.
    bounds = convexity_bounds(network(graph))
    assert bounds.status is ConvexityStatus.TIGHT
    assert bounds.lower <= value <= bounds.upper * (1.0 + 1e-9)
    assert bounds.upper / bounds.lower < 1.001
    assert npl.convexity_threshold(network(graph)) == bounds.lower


VERTEX_TRANSITIVE = {
    **{f"cycle {n}": nx.cycle_graph(n) for n in (3, 5)},
    **{f"complete {n}": nx.complete_graph(n) for n in (4, 6, 8)},
    "hypercube 3": nx.hypercube_graph(3),
    "Petersen": nx.petersen_graph(),
    "circulant 9": nx.circulant_graph(9, [1, 2]),
}


@pytest.mark.parametrize("name", VERTEX_TRANSITIVE)
@pytest.mark.parametrize("strength", [-20.0, 20.0])
def test_multiple_eigenvalues_do_no_harm(name, strength):
    """Symmetric states have eigenvalues as multiple as the graph's.

    Equal shares 1 / d of the unit matrix give 4 / d anti-Hebbian and 1 / d Hebbian; on complete
    graphs the least eigenvalue of the wiring, -1, proves more.
    """
    graph = VERTEX_TRANSITIVE[name]
    degree = max(dict(graph.degree).values())
    net = network(graph, strength)
    bounds = convexity_bounds(net)
    expected = max(4.0 / degree, definiteness_bound(net)) if strength < 0.0 else 1.0 / degree
    assert bounds.lower == pytest.approx(expected, rel=1e-3)
    assert bounds.lower <= bounds.upper
    assert npl.convexity_threshold(net) == bounds.lower


@pytest.mark.parametrize("name", ["cycle 5", "complete 8"])
def test_summaries_of_vertex_transitive_graphs(name):
    net = network(VERTEX_TRANSITIVE[name])
    summary = npl.landscape_summary(net, limit=10.0).set_index("quantity")["strength"]
    second = npl.multistability_onset(net, limit=10.0)
    assert summary["multistability onset"] == second.strength
    assert summary["convexity threshold"] >= second.strength
    assert second.strength == pytest.approx(
        {"cycle 5": -7.6425, "complete 8": -math.inf}[name], abs=1e-4
    )


def test_mixed_strengths_keep_a_useful_bound():
    """Some edges need no share of the unit matrix; bounds of their own were once useless then."""
    rng = np.random.default_rng(0)
    for seed in range(4):
        n = int(rng.integers(8, 24))
        graph = nx.gnp_random_graph(n, 4.0 / n, seed=seed)
        strength = rng.normal(scale=5.0, size=graph.number_of_edges())
        bounds = convexity_bounds(network(graph, strength, bias=rng.uniform(-1.5, 1.5, n)))
        assert bounds.parameter == "factor"
        assert 0.7 * bounds.upper < bounds.lower <= bounds.upper


def test_the_value_of_an_edge_is_an_eigenvalue_that_grows_with_both_ends():
    """The formula of `_edge_bounds` against numpy, and its monotony, on which the bound rests."""
    rng = np.random.default_rng(0)
    a, b = rng.exponential(size=(2, 500)) * 10.0 ** rng.uniform(-3, 3, (2, 500))
    for coupling in (2.0, -0.7):
        row = np.array([coupling, 1.0, 1.0])
        values = _edge_bounds._value(row, a, b)
        for x, y, value in zip(a, b, values, strict=True):
            off = 2.0 * math.sqrt(x * y)
            largest = np.linalg.eigvalsh(coupling * np.array([[x, off], [off, y]]))[-1]
            assert value == pytest.approx(largest, rel=1e-9, abs=1e-11 * (x + y))
        assert (_edge_bounds._value(row, 1.01 * a, b) >= values).all()
        assert (_edge_bounds._value(row, a, 1.01 * b) >= values).all()


def test_edge_bounds_hold_on_random_states():
    rng = np.random.default_rng(1)
    for seed in range(4):
        graph = nx.gnp_random_graph(7, 0.6, seed=seed)
        strength = rng.normal(scale=5.0, size=graph.number_of_edges())
        net = network(graph, strength, bias=rng.uniform(-1.5, 1.5, 7))
        form = ScaledHessian.of(net)
        low, high = prior_box(net)
        edges = _edge_bounds.EdgeSet.of(net, form.slope, low, high)
        bound = _edge_bounds.edge_bound(edges, net.n, 1e-4, Halt())
        states = [*rng.uniform(low, high, size=(300, 7)), form.steepest_state(low, high, Halt())]
        assert max(np.linalg.eigvalsh(form.matrix(v).toarray())[-1] for v in states) <= bound


def test_convexity_means_one_equilibrium():
    rng = np.random.default_rng(4)
    for seed in range(5):
        graph = nx.gnp_random_graph(6, 0.5, seed=seed)
        net = network(graph, -1.0, bias=rng.uniform(0.5, 1.5, 6))
        lower = npl.convexity_threshold(net)
        assert int(npl.count_equilibria(net.replace(strength=-0.999 * lower))) == 1


def test_convexity_needs_an_objective():
    with pytest.raises(ValueError, match="objective"):
        npl.convexity_threshold(npl.PlasticNetwork(nx.path_graph(2), npl.BCM(1.0)))


def test_positive_semidefinite_wiring_is_convex_at_every_anti_hebbian_strength():
    # All-to-all with self-loops: A is the matrix of ones, eigenvalues n and 0.
    graph = nx.complete_graph(4)
    graph.add_edges_from((i, i) for i in range(4))
    net = network(graph, -50.0)
    assert definiteness_bound(net) == math.inf
    rng = np.random.default_rng(0)
    assert least_eigenvalue_in_box(net, 300, rng) > 0.0
    assert int(npl.count_equilibria(net)) == 1


def test_below_the_contraction_bound_distances_shrink():
    """Largest singular growth in the weighted maximum norm, from its definition, at random
    states."""
    rng = np.random.default_rng(3)
    for seed in range(6):
        graph = nx.gnp_random_graph(5, 0.6, seed=seed, directed=seed % 2 == 1)
        if not graph.number_of_edges():
            continue
        own = network(graph, -1.0, bias=rng.normal(size=5))
        net = own.replace(strength=-0.999 * contraction_bound(own))
        k = 0.999 * contraction_bound(own)
        r = 2.0 * k
        for _ in range(50):
            x = rng.normal(0.0, 1.5, 5)
            w = rng.uniform(-k, k, net.m)
            assert log_norm(net, x, w, r) < 0.0
        # At the bound the worst state (slopes and rates at their largest) is marginal.


def log_norm(net, x, w, r):
    """Row test of the Jacobian of (x, w) at any state, arc by arc, tau = gamma = epsilon = 1."""
    v, slope = np.tanh(x), 1.0 / np.cosh(x) ** 2
    rows = -np.ones(net.n)
    worst = -math.inf
    for arc, (j, i) in enumerate(
        zip(net.wiring.source.tolist(), net.wiring.target.tolist(), strict=True)
    ):
        gain = abs(w[arc]) * slope[j]
        rows[i] += gain + r * abs(v[j])
        eta = abs(net.strength[arc])
        worst = max(worst, -1.0 + eta * (slope[i] * abs(v[j]) + abs(v[i]) * slope[j]) / r)
    return max(float(rows.max()), worst)


def test_contraction_bound_in_closed_form_for_regular_graphs():
    # 3 k d L R^2 < 1 with L = R = 1.
    for graph, degree in ((nx.path_graph(2), 1), (nx.cycle_graph(6), 2), (nx.complete_graph(5), 4)):
        assert contraction_bound(network(graph)) == pytest.approx(1.0 / (3.0 * degree))
    with pytest.raises(ValueError, match="Hebb rule"):
        contraction_bound(npl.PlasticNetwork(nx.path_graph(2), npl.Oja(1.0)))


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="zero"):
        npl.onset(network(nx.path_graph(2), 0.0))
    with pytest.raises(ValueError, match="limit must be a finite number above 0"):
        npl.onset(network(nx.path_graph(2)), limit=-1.0)
    with pytest.raises(TypeError, match="PlasticNetwork"):
        npl.onset(3)
    with pytest.raises(TypeError, match="PlasticNetwork"):
        npl.multistability_onset(3)


@pytest.mark.parametrize("value", [4.0, 16.0, 64.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_onset_at_a_round_number_is_found(value: float, sign: float) -> None:
    """Tanh(gain=g) at bias 0, covariance rule with threshold 1/2: dF/dx at the origin is

    1 - s V'(0) (V_i - 1/2)(V_j - 1/2) around V = 0: singular at |s| g / 4 = 1, so s = 4 / g.
    """
    rule = npl.Covariance(sign * 5.0)
    net = npl.PlasticNetwork(
        nx.path_graph(2), rule, bias=0.0, activation=npl.Tanh(gain=4.0 / value)
    )
    for limit in (value, 1.5 * value):
        assert npl.onset(net, limit=limit).strength == pytest.approx(sign * value, rel=1e-8)
    below = npl.onset(net, limit=0.99 * value)
    assert below.status == "none"
    assert below.reached == sign * 0.99 * value


def test_ctrl_c_keeps_the_thresholds_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from netplastic.analyses import _thresholds

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_thresholds, "multistability_onset", interrupted)
    table = npl.landscape_summary(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0)))
    certainty = table.set_index("quantity")["certainty"]
    assert certainty["multistability onset"] == "interrupted"
    assert certainty["onset"] == "located"
    strength = table.set_index("quantity")["strength"]
    assert strength["onset"] == pytest.approx(-6.5376, abs=1e-4)
    assert math.isnan(strength["multistability onset"])
    monkeypatch.setattr(_thresholds, "contraction_bound", interrupted)
    with pytest.raises(KeyboardInterrupt):  # nothing is there yet
        npl.landscape_summary(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0)))


@pytest.mark.parametrize("n", [6, 200])
@pytest.mark.parametrize("strength", [-20.0, 20.0])
def test_what_a_budget_cuts_of_an_onset_is_said(n, strength):
    net = network(nx.cycle_graph(n), strength)
    found = npl.onset(net, budget=1e-9)
    assert found.status is OnsetStatus.BUDGET
    assert found.reason == "budget of 1e-09 s used up"
    assert math.isnan(found.strength)
    assert abs(found.reached) < 1e-6
    assert found.reason in repr(found)
    rest = npl.onset(net, budget=600.0)
    assert (rest.strength, rest.reason) == (npl.onset(net).strength, "")


def test_a_proof_that_is_cut_short_keeps_the_onset(monkeypatch):
    net = network(nx.path_graph(2))
    whole = npl.onset(net, certify=True)
    monkeypatch.setattr(_onset, "proved_to", lambda coupled, most, halt: _stopped(halt))
    found = npl.onset(net, certify=True, budget=600.0)
    assert (found.status, found.strength) == (OnsetStatus.FOUND, whole.strength)
    assert (found.proved, found.reason) == (-3.0, "budget of 600 s used up")
    assert "proof up to -3: budget of 600 s used up" in repr(found)


def _stopped(halt):
    halt.deadline = 0.0
    return 3.0
