"""Learning rate inf: weights follow at once. Held against large finite rates and against H."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from conftest import RULES, Softsign, anti, conditioned, glued, hub_of_pairs, plain, sampled
from odd_networks import odd_network
from typer.testing import CliRunner

import netplastic as npl
from netplastic.cli import app
from netplastic.dynamics._following import FollowingEquations
from netplastic.equilibria.sampled import _stability, judge, newton
from netplastic.model import (
    equilibrium_weights,
    family_of,
    flow_matrix,
    full_jacobian,
    hessian,
    is_minimum,
    jacobian,
    reduced_matrix,
    residual,
    sparse_jacobian,
    spectral_abscissa,
)

mpl.use("Agg")

FAST = math.inf
FEW = npl.Budget(boxes=5_000, starts=20)


def at_once(net: npl.PlasticNetwork) -> npl.PlasticNetwork:
    return net.replace(learning_rate=FAST)


# -- the value -------------------------------------------------------------------------------


def test_it_is_one_more_learning_rate():
    net = anti(nx.path_graph(3), learning_rate=FAST)
    assert net.learning_rate == FAST
    assert net.weights_follow
    assert repr(net).endswith("learning rate inf)")
    assert not net.replace(learning_rate=2.0).weights_follow
    assert net.replace(strength=-3.0).weights_follow
    assert net.part([0, 1]).weights_follow
    assert npl.model.canonical_key(net) != npl.model.canonical_key(net.replace(learning_rate=1.0))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (math.nan, "learning_rate is nan; it must be finite"),
        (-math.inf, "learning_rate is -inf; it must be finite"),
        (0.0, "learning_rate is 0.0; it must be positive"),
        (-1.0, "learning_rate is -1.0; it must be positive"),
    ],
)
def test_what_is_no_rate_is_refused(value, words):
    with pytest.raises(ValueError, match=words):
        anti(nx.path_graph(2), learning_rate=value)
    with pytest.raises(ValueError, match=words):
        anti(nx.path_graph(2)).replace(learning_rate=value)


@pytest.mark.parametrize("name", ["bias", "tau", "decay", "static_weight"])
def test_no_other_parameter_may_be_infinite(name):
    with pytest.raises(ValueError, match=f"{name} is inf; it must be finite|{name} is inf at"):
        anti(nx.path_graph(2)).replace(**{name: FAST})


# -- the matrix ------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("directed", [False, True])
def test_the_matrix_is_the_derivative_of_the_reduced_flow(rule, directed):
    net = odd_network(rule(1.3), npl.Logistic(gain=2.0), directed, learning_rate=FAST)
    x, h = np.random.default_rng(1).normal(size=net.n), 1e-6

    def flow(at):
        return -residual(net, at) / net.tau

    columns = [(flow(x + h * e) - flow(x - h * e)) / (2.0 * h) for e in np.eye(net.n)]
    np.testing.assert_allclose(flow_matrix(net, x), np.stack(columns, axis=1), atol=1e-8)
    drift = FollowingEquations(net).drift(x[None], np.empty((1, 0)))[0][0]
    np.testing.assert_allclose(drift, flow(x), atol=1e-14)
    shift, right = np.array([[3.0]]), np.arange(1.0, net.n + 1.0)[None]
    systems = FollowingEquations(net).linear(x[None], np.empty((1, 0)), shift, np.zeros(1))
    solved = systems.solve(right, np.empty((1, 0)))[0][0]
    np.testing.assert_allclose((3.0 * np.eye(net.n) - flow_matrix(net, x)) @ solved, right[0])


def test_the_flow_is_what_large_rates_come_to():
    # of the n + m eigenvalues n stay, and the others run off as -rate * decay
    net = odd_network(npl.Hebbian(-2.0), "tanh")
    x = sampled(net, budget=npl.Budget(starts=20)).activity[0]
    left = np.sort(np.linalg.eigvals(flow_matrix(net, x)).real)
    there = np.linalg.eigvals(full_jacobian(net.replace(learning_rate=1e7), x).toarray())
    near = np.sort(there[np.abs(there) < 1e3].real)
    assert len(near) == net.n
    np.testing.assert_allclose(near, left, atol=1e-5)


def test_matrices_of_the_weights_need_a_finite_rate():
    net = anti(nx.path_graph(2), learning_rate=FAST)
    for matrix in (reduced_matrix, full_jacobian):
        with pytest.raises(ValueError, match="have no equations of their own; use flow_matrix"):
            matrix(net, np.zeros(2))


def test_a_weight_that_does_not_decay_cannot_follow():
    # Oja's rule with strength -4: the decay 1 - 4 V^2 is negative at V = 0.8
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Oja(-4.0), learning_rate=FAST)
    assert spectral_abscissa(net, np.arctanh([0.8, 0.1])) == math.inf
    assert spectral_abscissa(net, np.arctanh([0.1, 0.1])) < math.inf


# -- stable states ---------------------------------------------------------------------------


def agree(net: npl.PlasticNetwork, method: str) -> int:
    """Stable sets at inf and at 1e6 are equal; returns the number of equilibria compared."""
    fast = npl.find_equilibria(at_once(net), method, rng=0, budget=FEW)
    late = npl.find_equilibria(net.replace(learning_rate=1e6), method, rng=0, budget=FEW)
    np.testing.assert_array_equal(fast.activity, late.activity)
    sure = ~fast.undecided & ~late.undecided
    assert sure.mean() >= 0.8
    np.testing.assert_array_equal(fast.stable[sure], late.stable[sure])
    if net.has_objective:
        np.testing.assert_array_equal(fast.stable, fast.minimum)
    return int(sure.sum())


@pytest.mark.parametrize("method", ["sampled", "certified"])
def test_stable_sets_are_those_of_a_large_rate(method):
    compared = kinds = 0
    for seed in range(12):
        net = glued(seed)
        kinds |= 1 << (2 * net.has_objective + net.directed)
        compared += agree(net, method)
    assert compared >= 25
    assert kinds == 0b111  # undirected with an objective and without, and directed


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("directed", [False, True])
def test_stable_sets_are_those_of_a_large_rate_for_every_rule(rule, directed):
    rng = np.random.default_rng(5)
    graph = nx.gnp_random_graph(4, 0.7, seed=1, directed=directed)
    for strength in (-8.0, 3.0):
        net = npl.PlasticNetwork(
            graph, rule(strength), bias=rng.uniform(0.2, 1.2, 4), tau=rng.uniform(0.5, 2.0, 4)
        )
        for method in ("sampled", "certified"):
            agree(net, method)


@pytest.mark.slow
def test_stable_sets_are_those_of_a_large_rate_on_many_networks():
    for method in ("sampled", "certified"):
        assert sum(agree(glued(seed), method) for seed in range(100, 300)) >= 600


def test_own_functions_and_mixed_decays_too():
    ordinary = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-9.0), activation=Softsign())
    agree(ordinary, "sampled")
    mixed = npl.PlasticNetwork(  # Oja with a strength per arc: no 2n reduction
        nx.DiGraph([(0, 1), (2, 1), (1, 0), (1, 2)]), npl.Oja([3.0, -0.5, 2.0, 1.0])
    )
    assert not mixed.decay_is_nodal
    agree(mixed, "sampled")
    agree(mixed, "certified")


@pytest.mark.parametrize("method", ["sampled", "certified"])
def test_decays_that_differ_do_not_matter_to_minima(method):
    # arcs whose strength grows with the decay of their target: k is -30 on all of them
    graph, decay = nx.cycle_graph(5), np.array([0.2, 5.0, 1.0, 0.5, 3.0])
    unit = npl.PlasticNetwork(graph, npl.Hebbian(-30.0))
    strength = -30.0 * decay[unit.wiring.target]
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength, decay=decay), learning_rate=FAST)
    assert net.has_objective
    assert net.only_minima_stable
    assert not net.replace(learning_rate=1.0).only_minima_stable
    found = npl.find_equilibria(net, method, rng=0)
    assert int(found.stable.sum()) == 5
    np.testing.assert_array_equal(found.stable, is_minimum(net, found.activity))
    for x, stable in zip(found.activity, found.stable, strict=True):
        assert (np.linalg.eigvals(flow_matrix(net, x)).real.max() < 0.0) == stable
    only = npl.count_equilibria(net, stable_only=True, method=method, rng=0)
    assert only.lower == 5


def test_complete_graphs_have_a_stalemate_more():
    # docs/theory.md#section-7: with fast learning K_n has n + 1 stable states, n >= 4
    net = anti(nx.complete_graph(4), -200.0)
    assert int(npl.count_equilibria(at_once(net), stable_only=True)) == 5
    assert int(npl.count_equilibria(net.replace(learning_rate=0.1), stable_only=True)) == 4
    assert int(npl.count_equilibria(net.replace(learning_rate=10.0), stable_only=True)) == 5


def test_the_stalemate_of_the_triangle_is_marginal_in_the_limit():
    # d + 2 lambda_min = 0: the curvature |k| V^2 (d + 2 lambda) is gone, what is left is 1 / phi',
    # that is 1 in the coordinates of `hessian`, at any strength
    net = anti(nx.complete_graph(3), -200.0, learning_rate=FAST)
    found = npl.find_equilibria(net, "certified")
    even = found.activity[np.ptp(found.activity, axis=1) < 1e-9]
    assert len(even) == 1
    assert np.linalg.eigvalsh(hessian(net, even[0]))[0] == pytest.approx(1.0, abs=1e-9)
    assert int(found.stable_count) == 4 == int(is_minimum(net, found.activity).sum())
    # it dies where biases spread by more than 0.25 |k|^(-2/3) = 0.007
    uneven = net.replace(bias=[0.95, 1.0, 1.05])
    assert int(npl.count_equilibria(uneven, stable_only=True)) == 3


def test_a_barbell_has_two_stalemates_and_their_combinations_more():
    # docs/theory.md#section-7: 9 sets at any fixed rate, 11 with fast learning
    net = anti(nx.barbell_graph(3, 1), -3000.0)
    assert int(npl.count_equilibria(at_once(net), stable_only=True)) == 11
    assert int(npl.count_equilibria(net.replace(learning_rate=0.1), stable_only=True)) == 9


def test_counts_conditioned_on_a_node_agree():
    pairs = anti(hub_of_pairs(3), -30.0, learning_rate=FAST)
    found, known = conditioned(pairs, 0, True), plain(pairs, True)
    assert found.exact
    assert (found.lower, found.upper) == (known.lower, known.upper)
    decay = np.linspace(0.5, 2.0, pairs.n)
    uneven = pairs.replace(decay=decay, strength=-30.0 * decay[pairs.wiring.target])
    assert uneven.only_minima_stable
    again = conditioned(uneven, 0, True)
    assert (again.lower, again.upper) == (known.lower, known.upper)


def test_large_networks_are_judged_by_iteration(monkeypatch):
    monkeypatch.setattr(_stability, "_DENSE_ABSCISSA", 50)
    graph = nx.gnp_random_graph(90, 0.05, seed=3, directed=True)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-1.5), learning_rate=FAST)
    x = newton(net, np.full((1, net.n), 0.3), 1.0).states[0]
    assert np.abs(residual(net, x)).max() < 1e-8
    stable, undecided, _ = judge(net, x)
    largest = np.linalg.eigvals(flow_matrix(net, x)).real.max()
    assert not undecided[0]
    assert stable[0] == (largest < 0.0)


def test_critical_rates_do_not_depend_on_the_rate_and_reach_to_inf():
    for seed in range(4):
        net = glued(seed)
        found = npl.find_equilibria(at_once(net), "sampled", rng=0, budget=FEW)
        for x, stable, open_ in zip(found.activity, found.stable, found.undecided, strict=True):
            if open_:
                continue
            crossings = npl.learning_rate_crossings(at_once(net), x)
            assert crossings.stable_at(FAST) == stable
            assert crossings.critical == npl.critical_learning_rate(net, x)
            if net.has_objective and np.all(net.strength <= 0.0):
                assert stable == (crossings.critical < FAST)


# -- along parameters ------------------------------------------------------------------------


def test_branches_carry_the_stability_of_fast_learning():
    net = anti(nx.cycle_graph(5), -20.0)
    fast = npl.bifurcation_diagram(at_once(net), "strength", 0.0, -30.0)
    slow = npl.bifurcation_diagram(net.replace(learning_rate=0.01), "strength", 0.0, -30.0)
    assert "hopf" not in set(fast.special_points()["kind"])  # symmetric: no oscillation
    assert "hopf" in set(slow.special_points()["kind"])
    for value in (-5.0, -20.0, -29.0):
        member = at_once(net).replace(strength=value)
        assert fast.count_at(value) == slow.count_at(value)
        assert fast.count_at(value, stable_only=True) == int(
            npl.count_equilibria(member, stable_only=True)
        )
    assert slow.count_at(-20.0, stable_only=True) == 0


def test_diagrams_do_not_reach_to_inf():
    net = anti(nx.path_graph(2), -10.0)
    with pytest.raises(ValueError, match="stop must be a finite number; found inf"):
        npl.bifurcation_diagram(net, "learning_rate", 0.1, FAST)
    assert family_of(at_once(net), "learning_rate").own == FAST
    found = npl.bifurcation_diagram(at_once(net), "learning_rate", 0.01, 1.0)
    assert found.count_at(0.5, stable_only=True) == 2


def test_onsets_are_those_of_fast_learning_anyway():
    net = anti(nx.path_graph(2), -10.0)
    for function in (npl.onset, npl.multistability_onset):
        assert function(at_once(net)).strength == pytest.approx(function(net).strength, abs=1e-8)
    assert math.isnan(npl.onset(at_once(net)).hopf_strength)
    pd.testing.assert_frame_equal(npl.landscape_summary(at_once(net)), npl.landscape_summary(net))


@pytest.mark.parametrize("upright", [False, True])
def test_maps_have_a_place_for_inf(upright):
    net = anti(nx.cycle_graph(5), -10.0)
    axes = [("strength", [-20.0, -4.0]), ("learning_rate", [0.01, 0.1, FAST])]
    found = npl.stability_map(net, *(axes if upright else axes[::-1]))
    counts = found.table.set_index(["strength", "learning_rate"])["n_stable"]
    assert counts[-20.0, FAST] == 5
    assert counts[-20.0, 0.01] == 0
    assert counts[-4.0, FAST] == 1
    ax = found.plot()
    ax.figure.canvas.draw()
    axis = ax.yaxis if upright else ax.xaxis
    assert [label.get_text() for label in axis.get_ticklabels()] == ["0.01", "0.1", "\u221e"]
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()


def test_a_map_of_inf_alone_can_be_drawn():
    net = anti(nx.path_graph(2), -10.0)
    found = npl.stability_map(net, ("strength", [-20.0, -4.0]), ("learning_rate", [FAST]))
    found.plot().figure.canvas.draw()
    with pytest.raises(ValueError, match="must be a finite number above 0"):
        npl.stability_map(net, ("strength", [-20.0]), ("learning_rate", [-1.0]))


# -- tables, files, command line --------------------------------------------------------------


def strict(text: str) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_studies_take_inf_and_resume(tmp_path: Path) -> None:
    study = npl.Study(
        "rates",
        "Does the rate matter?",
        {"k4": nx.complete_graph(4)},
        grid={"learning_rate": (0.1, 10.0, FAST)},
        common={"strength": -200.0, "radius": 1},
    )
    table = npl.run_study(study, tmp_path)
    assert table.groupby("learning_rate")["n_stable"].first().to_dict() == {
        0.1: 4,
        10.0: 5,
        FAST: 5,
    }
    record = strict((tmp_path / "run.json").read_text())
    assert record["parameters"]["grid"]["learning_rate"] == [0.1, 10.0, "inf"]
    assert record["tasks"][2]["learning_rate"] == "inf"
    assert len({task.key for task in study.tasks()}) == 3
    for kind, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        assert read(tmp_path / f"table.{kind}")["learning_rate"].max() == FAST
    again = npl.run_study(study, tmp_path, resume=True)
    pd.testing.assert_frame_equal(again, table, check_exact=True)


def test_the_command_line_takes_inf() -> None:
    words = ["count", "dumbbell", "--strength", "-200", "--learning-rate", "inf", "--stable-only"]
    result = CliRunner().invoke(app, [*words, "--no-neighborhoods"])
    assert result.exit_code == 0, result.output
    assert "learning rate inf" in " ".join(result.stdout.split())
    wrong = CliRunner().invoke(app, [*words[:4], "--learning-rate", "nan"])
    assert wrong.exit_code == 2
    assert "learning_rate is nan" in wrong.stderr


# -- everything that takes a network -----------------------------------------------------------

Call = Callable[[npl.PlasticNetwork, np.ndarray], Any]

WORKS: dict[str, Call] = {
    "attractors_by_learning_rate": lambda net, x: npl.attractors_by_learning_rate(
        net, [1.0, FAST], trials=2, rng=0
    ),
    "automorphism_generators": lambda net, x: npl.model.automorphism_generators(net),
    "bifurcation_diagram": lambda net, x: npl.bifurcation_diagram(net, "strength", -1.0, -8.0),
    "canonical_key": lambda net, x: npl.model.canonical_key(net),
    "canonical_labelling": lambda net, x: npl.model.canonical_labelling(net),
    "contraction_applies": lambda net, x: npl.landscape.contraction_applies(net),
    "contraction_bound": lambda net, x: npl.contraction_bound(net),
    "convexity_bounds": lambda net, x: npl.convexity_bounds(net),
    "convexity_threshold": lambda net, x: npl.convexity_threshold(net),
    "count_equilibria": lambda net, x: npl.count_equilibria(net),
    "count_neighborhoods": lambda net, x: npl.count_neighborhoods(net),
    "count_targeted": lambda net, x: npl.count_targeted(net, [], npl.Background(strength=1.0)),
    "anti_hebbian_unit": lambda net, x: npl.model.anti_hebbian_unit(net),
    "coupled_of": lambda net, x: npl.continuation.coupled_of(net),
    "critical_learning_rate": npl.critical_learning_rate,
    "critical_learning_rate_bound": npl.critical_learning_rate_bound,
    "critical_learning_rates": npl.critical_learning_rates,
    "definiteness_bound": lambda net, x: npl.definiteness_bound(net),
    "dense_matrix": lambda net, x: npl.model.dense_matrix(net, x, net.strength),
    "energy": lambda net, x: npl.energy(net, np.tanh(x)),
    "energy_gradient": lambda net, x: npl.energy_gradient(net, np.tanh(x)),
    "energy_hessian": lambda net, x: npl.energy_hessian(net, np.tanh(x)),
    "equilibrium_weights": equilibrium_weights,
    "family_of": lambda net, x: family_of(net, "learning_rate").at(1.0),
    "find_attractors": lambda net, x: npl.find_attractors(net, trials=2, rng=0),
    "find_equilibria": lambda net, x: npl.find_equilibria(net),
    "flow_entries": lambda net, x: npl.model.flow_entries(net, *pieces(net, x)),
    "flow_matrix": flow_matrix,
    "has_one_equilibrium": lambda net, x: npl.landscape.has_one_equilibrium(net),
    "hessian": hessian,
    "is_minimum": is_minimum,
    "jacobian": jacobian,
    "landscape_plane": lambda net, x: npl.landscape_plane(net, three(net)),
    "is_of_sets": lambda net, x: npl.analyses.is_of_sets(net),
    "landscape_summary": lambda net, x: npl.landscape_summary(net),
    "learning_rate_crossings": npl.learning_rate_crossings,
    "multistability_onset": lambda net, x: npl.multistability_onset(net),
    "null_counts": lambda net, x: npl.null_counts(net, nulls=1),
    "onset": lambda net, x: npl.onset(net),
    "onset_neighborhoods": lambda net, x: npl.onset_neighborhoods(net),
    "onsets": lambda net, x: npl.onsets(net),
    "plot_landscape": lambda net, x: npl.plot_landscape(net, three(net)),
    "prior_box": lambda net, x: npl.landscape.prior_box(net),
    "residual": residual,
    "rows_of": lambda net, x: npl.model.rows_of(net),
    "simulate": lambda net, x: npl.simulate(net, 2.0, rng=0),
    "sparse_jacobian": sparse_jacobian,
    "spectral_abscissa": spectral_abscissa,
    "stability_map": lambda net, x: npl.stability_map(
        net, ("strength", [-2.0, -8.0]), ("bias", [0.5, 1.0])
    ),
    "twin_classes": lambda net, x: npl.model.twin_classes(net),
    "uniqueness_threshold": lambda net, x: npl.uniqueness_threshold(net),
}
IN_THE_STRONG_LIMIT = {"ball_patterns", "lesion_effects", "pattern_counts", "sample_stable_states"}
"""Strength -inf and learning rate inf exclude each other."""

REFUSES: dict[str, Call] = {
    "full_entries": lambda net, x: npl.model.full_entries(net, *pieces(net, x)),
    "full_jacobian": full_jacobian,
    "reduced_entries": lambda net, x: npl.model.reduced_entries(net, *pieces(net, x)),
    "reduced_matrix": reduced_matrix,
}


def pieces(net: npl.PlasticNetwork, x: np.ndarray) -> tuple[Any, np.ndarray]:
    return net.equations.at(net.activation.rate(x)), net.activation.slope(x)


def three(net: npl.PlasticNetwork) -> np.ndarray:
    return npl.find_equilibria(net).rates[:3]


def test_no_public_function_is_left_out() -> None:
    doors = (npl, npl.model, npl.equilibria, npl.landscape, npl.stability, npl.dynamics,
             npl.continuation, npl.analyses, npl.analyses.pictures)  # fmt: skip
    taking = set()
    for door in doors:
        for name in dir(door):
            function = getattr(door, name)
            if inspect.isfunction(function) and "net" in inspect.signature(function).parameters:
                taking.add(name)
    checks = {
        "needs_finite_strength",
        "needs_strong_limit",
        "check_arcs",
        "check_equilibria",
        "check_network",
    }  # of networks, not something asked of one
    assert taking - checks == {*WORKS, *REFUSES, *IN_THE_STRONG_LIMIT}


@pytest.mark.parametrize("name", WORKS)
def test_every_public_function_works_at_inf(name: str) -> None:
    net = anti(nx.path_graph(2), -8.0, learning_rate=FAST)
    x = npl.find_equilibria(net, stable_only=True).activity[0]
    assert WORKS[name](net, x) is not None


@pytest.mark.parametrize("name", REFUSES)
def test_or_says_why_not(name: str) -> None:
    net = anti(nx.path_graph(2), -8.0, learning_rate=FAST)
    with pytest.raises(ValueError, match=r"use flow_matrix .*, or a finite learning rate"):
        REFUSES[name](net, np.zeros(2))
