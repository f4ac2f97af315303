"""The full dynamics against twins, against scipy, and against its own theory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pytest
from compiled_steps import stepped
from naive_dynamics import drift
from odd_networks import Softplus, odd_network, start_of
from scipy.integrate import solve_ivp
from test_netplastic_kernels import ACTIVATIONS, RULES

import netplastic as npl
from netplastic.dynamics._equations import FullEquations
from netplastic.dynamics._layout import can_compile, keeps_symmetry, layout_of
from netplastic.dynamics._rosenbrock import Rosenbrock


@dataclass(frozen=True)
class HebbByFunctions(npl.FunctionRule):
    """Hebb's rule, in a form that the kernels do not know."""

    def post_factor(self, rate: Any, threshold: Any) -> Any:
        return rate

    def post_slope(self, rate: Any, threshold: Any) -> Any:
        return np.ones_like(rate)

    pre_factor, pre_slope = post_factor, post_slope


def reference(net: Any, x: Any, w: Any, duration: float, method: str = "DOP853") -> Any:
    """Both ends by scipy, from a right-hand side of its own."""
    solution = solve_ivp(
        lambda _, y: drift(net, y),
        (0.0, duration),
        np.concatenate([x, w]),
        method=method,
        rtol=1e-12,
        atol=1e-14,
    )
    assert solution.success
    return solution.y[: net.n, -1], solution.y[net.n :, -1]


# -- twins -----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_drift_is_the_naive_one(rule: str, activation: str, directed: bool) -> None:
    """For a batch of two."""
    net = odd_network(RULES[rule], ACTIVATIONS[activation], directed)
    x, w = (np.array(part) for part in zip(start_of(net), start_of(net, 1), strict=True))
    dx, dw = FullEquations(net).drift(x, w)
    for trial in range(2):
        expected = drift(net, np.concatenate([x[trial], w[trial]]))
        found = np.concatenate([dx[trial], dw[trial]])
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


# -- against scipy -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["explicit", "stiff"])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_rule_and_activation_agrees_with_scipy(
    rule: str, activation: str, method: str
) -> None:
    for directed in (False, True):
        net = odd_network(RULES[rule], ACTIVATIONS[activation], directed)
        x, w = start_of(net)
        run = npl.simulate(
            net, 4.0, initial=(x, w), solver=npl.Solver(rtol=1e-8, atol=1e-10, method=method)
        )
        true_x, true_w = reference(net, x, w, 4.0)
        np.testing.assert_allclose(run.final_activity, true_x, rtol=0, atol=3e-7)
        np.testing.assert_allclose(run.final_weights, true_w, rtol=0, atol=3e-7)


@pytest.mark.parametrize("method", ["explicit", "stiff"])
def test_what_the_kernels_do_not_know_is_integrated_in_numpy(method: Any) -> None:
    soft = odd_network(npl.Hebbian(-2.0), Softplus())
    strengths = np.linspace(0.5, 2.0, soft.m)
    mixed = odd_network(npl.Oja(2.0), "tanh").replace(strength=strengths)
    free = odd_network(HebbByFunctions(-4.0), "tanh")
    hebb = odd_network(npl.Hebbian(-4.0), "tanh")
    for net, known in ((soft, soft), (mixed, mixed), (free, hebb)):
        assert not can_compile(net)
        x, w = start_of(net)
        times = [0.0, 0.37, 2.9, 4.0]
        solver = npl.Solver(rtol=1e-8, atol=1e-10, method=method)
        run = npl.simulate(net, 4.0, initial=(x, w), times=times, solver=solver)
        true_x, true_w = reference(known, x, w, 4.0)
        np.testing.assert_allclose(run.final_activity, true_x, rtol=0, atol=3e-7)
        np.testing.assert_allclose(run.final_weights, true_w, rtol=0, atol=3e-7)
        assert run.weights is not None
        for k, time in enumerate(times[1:], start=1):
            true_x, true_w = reference(known, x, w, time)
            np.testing.assert_allclose(run.activity[k], true_x, rtol=0, atol=5e-7)
            np.testing.assert_allclose(run.weights[k], true_w, rtol=0, atol=5e-7)


def test_a_user_s_own_activation_changes_to_the_stiff_method_too() -> None:
    net = npl.PlasticNetwork(
        nx.path_graph(3), npl.Hebbian(-2.0), activation=Softplus(), learning_rate=1e4
    )
    run = npl.simulate(net, 100.0, rng=0)
    assert run.status == "finished"
    assert run.statistics["stiff"] == 1
    assert run.statistics["accepted"][0] < 2000
    assert np.abs(npl.reduced.residual(net, run.final_activity)).max() < 1e-6


def errors_of_a_step(method: str, net: Any, h: float) -> tuple[float, float]:
    """At the end of a step, and within it, at two fifths."""
    x, w = start_of(net)
    if method == "explicit":
        *end, (within,), _ = stepped(net, (x, w), False, h, 1, [0.4 * h])
    else:
        taken = Rosenbrock(FullEquations(net), npl.Solver()).step(x[None], w[None], np.array([h]))
        end, within = list(taken.at(0, 1.0)), np.concatenate(taken.at(0, 0.4))
    errors = []
    for got, theta in ((np.concatenate(end), 1.0), (within, 0.4)):
        true = np.concatenate(reference(net, x, w, theta * h))
        errors.append(float(np.abs(got - true).max()))
    return errors[0], errors[1]


@pytest.mark.parametrize(("method", "order", "dense_order"), [("explicit", 5, 4), ("stiff", 4, 3)])
@pytest.mark.parametrize("rule", ["hebbian", "oja"])
def test_order_of_convergence(method: str, order: int, dense_order: int, rule: str) -> None:
    """A method of order p errs by O(h^(p+1)) in a step: half of h divides the error by 2^(p+1)."""
    net = odd_network(RULES[rule], "tanh")
    coarse, fine = errors_of_a_step(method, net, 0.1), errors_of_a_step(method, net, 0.05)
    assert np.log2(coarse[0] / fine[0]) > order + 1 - 0.5
    assert np.log2(coarse[1] / fine[1]) > dense_order + 1 - 0.5


@pytest.mark.parametrize("rate", [1e-4, 1e-2, 1.0, 1e2, 1e4])
def test_error_against_a_tight_reference_at_every_learning_rate(rate: float) -> None:
    """The same call at all rates, with a number of steps that stays moderate at all of them."""
    net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(-6.0), learning_rate=rate)
    x, w = np.array([0.4, -0.3, 0.8, 0.1]), np.zeros(net.m)
    duration = max(20.0, 2.0 / rate)
    run = npl.simulate(net, duration, initial=(x, w), times=[duration / 50.0, duration])
    early = reference(net, x, w, duration / 50.0, "Radau")
    late = reference(net, x, w, duration, "Radau")
    for k, (true_x, true_w) in enumerate((early, late)):
        np.testing.assert_allclose(run.activity[k], true_x, rtol=0, atol=2e-5)
        assert run.weights is not None
        np.testing.assert_allclose(run.weights[k], true_w, rtol=0, atol=2e-5)
    assert run.statistics["accepted"][0] + run.statistics["rejected"][0] < 8000


@pytest.mark.parametrize("rate", [1e-4, 1e4])
def test_steps_of_the_stiff_method_do_not_collapse(rate: float) -> None:
    """A thousand slow time scales in few steps; explicit ones would need millions."""
    net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(-6.0), learning_rate=rate)
    run = npl.simulate(net, 1000.0 * max(1.0, 1.0 / rate), rng=0, solver=npl.Solver(method="stiff"))
    assert run.statistics["accepted"][0] < 1000
    assert np.abs(npl.reduced.residual(net, run.final_activity)).max() < 1e-6


STIFF = npl.PlasticNetwork(
    nx.random_regular_graph(3, 650, seed=0), npl.Hebbian(-6.0), learning_rate=100.0
)


def test_stiff_method_on_a_large_network_solves_by_iteration() -> None:
    """Against the explicit method, which is held against scipy above, with tight tolerances."""
    x, w = start_of(STIFF, 3)
    kept = {"times": [0.5, 5.0]}
    run = npl.simulate(
        STIFF, 5.0, initial=(x, w), **kept, solver=npl.Solver(rtol=1e-7, atol=1e-9, method="stiff")
    )
    true = npl.simulate(
        STIFF,
        5.0,
        initial=(x, w),
        **kept,
        solver=npl.Solver(rtol=1e-11, atol=1e-13, method="explicit"),
    )
    np.testing.assert_allclose(run.activity, true.activity, rtol=0, atol=3e-6)
    np.testing.assert_allclose(run.weights, true.weights, rtol=0, atol=3e-6)


def test_large_networks_change_to_the_stiff_method_where_stability_limits_steps() -> None:
    """Weights decay at rate 100: stable explicit steps are shorter than 3.51 / 100."""
    auto = npl.simulate(STIFF, 3000.0, rng=0, times=[200.0, 3000.0])
    assert auto.statistics["stiff"] == 1
    assert auto.statistics["accepted"][0] < 0.3 * 3000.0 * 100.0 / 3.51
    explicit = npl.simulate(
        STIFF, 200.0, rng=0, times=[200.0], solver=npl.Solver(method="explicit")
    )
    np.testing.assert_allclose(auto.activity[0], explicit.final_activity, rtol=0, atol=2e-5)
    assert np.abs(npl.reduced.residual(STIFF, auto.final_activity)).max() < 1e-5


def test_explicit_steps_stay_at_the_limit_of_stability() -> None:
    """Slopes that follow the weights must not pass for a mode that is ever faster.

    From t = 50 to 100 nothing limits steps but the weights' own decay: 50 * 100 / 3.4 of them.
    """
    steps = [
        npl.simulate(
            STIFF, end, rng=0, times=[end], solver=npl.Solver(method="explicit")
        ).statistics["accepted"][0]
        for end in (50.0, 100.0)
    ]
    assert 50.0 * 100.0 / 3.51 < steps[1] - steps[0] < 1.05 * 50.0 * 100.0 / 3.4


# -- layouts, batches, output ----------------------------------------------------------------


@pytest.mark.interpreted
def test_one_weight_per_edge_where_the_rule_keeps_weights_symmetric() -> None:
    undirected = odd_network(npl.Hebbian(-4.0), "tanh")
    assert keeps_symmetry(undirected)
    assert keeps_symmetry(odd_network(npl.Covariance(-4.0), "tanh"))
    assert len(layout_of(undirected, True).arc) == undirected.graph.number_of_edges()
    for rule in (npl.Oja(2.0), npl.BCM(-2.0), npl.PresynapticallyGated(-2.0)):
        assert not keeps_symmetry(odd_network(rule, "tanh"))
    assert not keeps_symmetry(odd_network(npl.Hebbian(-4.0), "tanh", directed=True))
    assert not keeps_symmetry(undirected.replace(decay=np.linspace(1.0, 2.0, 7)))
    x, w = start_of(undirected)
    once = npl.simulate(undirected, 3.0, initial=(x, w), solver=npl.Solver(rtol=1e-9, atol=1e-11))
    w[0] += 1e-9  # now the two directions differ, and every arc needs a weight of its own
    twice = npl.simulate(undirected, 3.0, initial=(x, w), solver=npl.Solver(rtol=1e-9, atol=1e-11))
    assert once.statistics["mirrored"]
    assert not twice.statistics["mirrored"]
    np.testing.assert_allclose(once.final_weights, twice.final_weights, rtol=0, atol=1e-7)


@pytest.mark.interpreted
@pytest.mark.parametrize("method", ["explicit", "stiff"])
def test_times_between_steps_are_as_accurate_as_steps(method: Any) -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    x, w = start_of(net)
    times = [0.0, 0.37, 1.1, 2.9]
    run = npl.simulate(
        net,
        3.0,
        initial=(x, w),
        times=times,
        solver=npl.Solver(rtol=1e-8, atol=1e-10, method=method),
    )
    np.testing.assert_allclose(run.activity[0], x, rtol=0, atol=1e-15)
    for k, time in enumerate(times[1:], start=1):
        true_x, true_w = reference(net, x, w, time)
        np.testing.assert_allclose(run.activity[k], true_x, rtol=0, atol=5e-7)
        assert run.weights is not None
        np.testing.assert_allclose(run.weights[k], true_w, rtol=0, atol=5e-7)


def test_a_trajectory_goes_on_where_another_ended() -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    whole = npl.simulate(net, 4.0, rng=2, solver=npl.Solver(rtol=1e-9, atol=1e-11))
    half = npl.simulate(net, 2.0, rng=2, solver=npl.Solver(rtol=1e-9, atol=1e-11))
    rest = npl.simulate(net, 2.0, initial=half, solver=npl.Solver(rtol=1e-9, atol=1e-11))
    np.testing.assert_allclose(rest.final_activity, whole.final_activity, rtol=0, atol=1e-7)


@pytest.mark.interpreted
def test_observers_report_only_what_was_asked() -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    arc = (net.nodes[net.wiring.source[3]], net.nodes[net.wiring.target[3]])
    full = npl.simulate(net, 2.0, rng=0, times=[1.0, 2.0])
    some = npl.simulate(net, 2.0, rng=0, times=[1.0, 2.0], observe=npl.Observe(["alone", 2], [arc]))
    assert some.nodes == (2, "alone") or some.nodes == ("alone", 2)
    columns = [net.nodes.index(node) for node in some.nodes]
    np.testing.assert_array_equal(some.activity, full.activity[:, columns])
    assert some.weights is not None
    assert full.weights is not None
    np.testing.assert_array_equal(some.weights[:, 0], full.weights[:, 3])
    assert some.arcs == (arc,)
    none = npl.simulate(net, 2.0, rng=0, observe=npl.Observe(weights=False))
    assert none.weights is None
    with pytest.raises(ValueError, match="weights=True"):
        none.weights_frame()


@pytest.mark.interpreted
def test_settling_stops_early_and_holds() -> None:
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0), learning_rate=0.3)
    methods: list[Any] = ["explicit", "stiff"]
    for method in methods:
        run = npl.simulate(net, 5000.0, rng=0, solver=npl.Solver(settle=1e-6, method=method))
        assert run.status == "settled"
        assert float(run.end_time) < 1000.0
        np.testing.assert_array_equal(run.activity[-1], run.final_activity)
        assert np.abs(npl.reduced.residual(net, run.final_activity)).max() < 1e-4
        np.testing.assert_allclose(
            run.final_weights,
            npl.reduced.equilibrium_weights(net, run.final_activity),
            rtol=0,
            atol=1e-4,
        )


@pytest.mark.parametrize(
    ("graph", "strength"), [(nx.karate_club_graph(), -5.0), (nx.wheel_graph(9), -20.0)]
)
def test_default_tolerances_are_no_obstacle_to_settling(graph: Any, strength: float) -> None:
    """At rest, where stability limits explicit steps, their errors are as large as tolerances."""
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength), weight=None)
    run = npl.simulate(net, 2000.0, rng=0, solver=npl.Solver(settle=1e-6))
    assert run.status == "settled"
    assert float(run.end_time) < 200.0
    assert npl.Solver(settle=1e-6).rtol == 1e-7
    assert npl.Solver(settle=1e-6, rtol=1e-9).rtol == 1e-9


def test_tables_and_figure() -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    net = odd_network(npl.Hebbian(-4.0), "tanh")
    run = npl.simulate(net, 2.0, rng=0, times=[0.0, 2.0], trials=2)
    frame = run.to_frame()
    assert list(frame.columns) == ["trial", "time", "node", "activity", "rate"]
    assert len(frame) == 2 * 2 * 7
    assert set(frame["node"]) == set(net.nodes)
    arcs = run.weights_frame()
    assert list(arcs.columns) == ["trial", "time", "source", "target", "weight"]
    assert len(arcs) == 2 * 2 * net.m
    figure, ax = plt.subplots()
    assert run.plot(ax=ax, trial=1) is ax
    assert len(ax.lines) == 7
    with pytest.raises(ValueError, match="there are 2"):
        run.plot(ax=ax, trial=2)
    plt.close(figure)


def test_xarray_or_a_clear_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    run = npl.simulate(odd_network(npl.Hebbian(-4.0), "tanh"), 1.0, rng=0, times=[1.0])
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match="pip install xarray"):
        run.to_xarray()


# -- random starts ------------------------------------------------------------------------------


def test_seeds_decide_and_global_randomness_is_left_alone() -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    a, b, c = (npl.simulate(net, 1.0, rng=seed).activity for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 1e-3
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_stated_distributions() -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    rng = np.random.default_rng(0)
    x, w = npl.RandomStart(scale=2.0, center=1.0).draw(net, 4000, rng)
    assert x.min() >= -1.0
    assert x.max() <= 3.0
    # Mean and variance of a uniform law on [-1, 3], within five standard errors.
    assert abs(x.mean() - 1.0) < 5 * np.sqrt(16 / 12 / x.size)
    assert abs(x.var() - 16 / 12) < 0.05
    np.testing.assert_allclose(w, w[:, net.wiring.reverse])
    x, w = npl.RandomStart("normal", scale=0.5, weights="zero").draw(net, 4000, rng)
    assert abs(x.std() - 0.5) < 0.02
    assert not w.any()
    _, w = npl.RandomStart(weights="normal", weight_scale=2.0).draw(net, 4000, rng)
    assert abs(w.std() - 2.0) < 0.05
    near, w = npl.PerturbedStart(np.zeros(7), size=0.1).draw(net, 4000, rng)
    assert abs(near.std() - 0.1) < 0.005
    np.testing.assert_array_equal(w, 0.0)


# -- compiling ------------------------------------------------------------------------------------


_CASES = """
import networkx as nx, netplastic as npl
from netplastic.dynamics._kernels import integrate
for graph in (nx.cycle_graph(5), nx.DiGraph(nx.cycle_graph(5).edges)):
    net = npl.PlasticNetwork(graph, npl.Hebbian(-4.0))
    npl.simulate(net, 1.0, rng=0, trials=2)
    npl.simulate(net, 1.0, rng=0, times=[0.5], observe=npl.Observe(nodes=[0], weights=False))
    npl.simulate(net.replace(learning_rate=2), 1, rng=0, solver=npl.Solver(settle=1e-3))
    npl.simulate(net.replace(decay=[1.0, 2.0, 3.0, 4.0, 5.0]), 1, rng=0)
print(len(integrate.signatures))
"""


def test_one_compiled_kernel_serves_all_cases() -> None:
    """Edges and arcs, one decay and many: else a process would compile it several times."""
    found = subprocess.run(
        [sys.executable, "-c", _CASES], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "1"
