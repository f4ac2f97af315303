"""Bifurcation diagrams against analytic values, complete counts and an independent method."""

from __future__ import annotations

import os
import signal
import threading
import time

import networkx as nx
import numpy as np
import pytest
from conftest import anti
from scipy import optimize

import netplastic as npl
from netplastic.continuation import DiagramStatus, End, Search, Steps, symmetry_of
from netplastic.model import (
    family_of,
    hessian,
    jacobian,
    reduced_matrix,
    residual,
    spectral_abscissa,
)


def pair_pitchfork():
    """|k| and x where x + |k| V^3 = 1 and |k| V^2 phi' = 1 (docs/theory.md#section-5).

    The symmetric state of the pair solves the first; its antisymmetric mode has the curvature
    1/phi' + |k| V^2 - 2 |k| V^2, which vanishes in the second. Eliminating |k|: x + V / phi' = 1.
    """
    x = optimize.brentq(lambda x: x + np.tanh(x) * np.cosh(x) ** 2 - 1.0, 0.1, 0.9, xtol=1e-15)
    v = np.tanh(x)
    return 1.0 / (v**2 * (1.0 - v**2)), x


@pytest.fixture(scope="module")
def pair():
    return npl.bifurcation_diagram(anti(nx.path_graph(2)), "strength", 0.0, -20.0)


def test_pair_has_one_supercritical_pitchfork_at_the_analytic_strength(pair):
    points = pair.special_points()
    assert points.kind.tolist() == ["pitchfork (supercritical)"]
    assert points.kernel_dimension.tolist() == [1]
    strength, x = pair_pitchfork()
    assert points.strength[0] == pytest.approx(-strength, abs=1e-8)
    np.testing.assert_allclose(pair.points[0].activity, x, atol=1e-8)


def test_pair_has_a_base_and_two_stable_outer_branches(pair):
    assert len(pair.branches) == 3
    base, *outer = pair.branches
    strength, _ = pair_pitchfork()
    assert (base.start, base.end) == (End.RANGE, End.RANGE)
    inside = np.abs(base.parameter + strength) > 1e-6
    np.testing.assert_array_equal(base.stable[inside], (base.parameter > -strength)[inside])
    for branch in outer:
        assert branch.start is End.JUNCTION
        assert branch.stable[1:].all()
        assert branch.parameter[0] == pytest.approx(-strength, abs=1e-7)
    # Winner and loser exchanged.
    np.testing.assert_allclose(outer[0].activity, outer[1].activity[:, ::-1], atol=1e-9)


def test_every_point_of_a_diagram_solves_the_equations(pair):
    for branch in pair.branches:
        for value, x, index in zip(branch.parameter, branch.activity, branch.index, strict=True):
            net = anti(nx.path_graph(2), value)
            assert np.abs(residual(net, x)).max() < 1e-10
            least = np.linalg.eigvalsh(hessian(net, x))
            if np.abs(least).min() > 1e-6:
                assert index == np.count_nonzero(least < 0.0)
                assert (spectral_abscissa(net, x) < 0.0) == (index == 0)


def test_unequal_bias_unfolds_the_pitchfork_into_a_fold():
    net = anti(nx.path_graph(2), bias=[1.0, 1.001])
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, -20.0)
    points = diagram.special_points()
    assert points.kind.tolist() == ["fold"]
    fold = float(points.strength[0])
    assert fold < -pair_pitchfork()[0]
    # The certified count jumps from 1 to 3 there.
    counts = [
        int(npl.count_equilibria(net.replace(strength=fold + shift))) for shift in (1e-3, -1e-3)
    ]
    assert counts == [1, 3]
    assert [diagram.count_at(fold + shift) for shift in (1e-3, -1e-3)] == [1, 3]

    # Independent location: F = 0 and det F_x = 0 by scipy.
    def system(z):
        at = net.replace(strength=z[2])
        return [*residual(at, z[:2]), np.linalg.det(jacobian(at, z[:2]))]

    solved = optimize.fsolve(system, [*diagram.points[0].activity, fold], xtol=1e-14)
    assert fold == pytest.approx(solved[2], abs=1e-8)


@pytest.mark.parametrize(
    ("graph", "stop", "grid"),
    [
        (nx.cycle_graph(6), -40.0, [-2.0, -10.0, -21.6, -21.8, -22.3, -40.0]),
        (nx.hypercube_graph(3), -50.0, [-1.0, -20.0, -36.9, -38.0, -50.0]),
        (npl.graphs.dumbbell(module_size=6, path_length=2), -50.0, [-5.0, -20.0, -50.0]),
        (
            npl.graphs.ring_of_modules(modules=3, module_size=3, density=1.0, path_length=1),
            -20.0,
            [-8.0, -13.0, -20.0],
        ),
    ],
    ids=["cycle_graph(6)", "hypercube_graph(3)", "dumbbell(6, 2)", "ring_of_modules"],
)
def test_diagram_has_every_equilibrium_that_the_certified_search_proves(graph, stop, grid):
    diagram = npl.bifurcation_diagram(anti(graph), "strength", 0.0, stop)
    assert diagram.status is DiagramStatus.FINISHED
    check = diagram.check(grid)
    assert (check.status == "certified").all()
    assert check.on_diagram.tolist() == check.lower.tolist()
    assert check.missing.tolist() == [0] * len(grid)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("graph", "stop"),
    [
        (nx.cycle_graph(6), -120.0),
        (nx.cycle_graph(8), -60.0),
        (nx.hypercube_graph(3), -100.0),
        (npl.graphs.dumbbell(module_size=6, path_length=2), -100.0),
        (npl.graphs.ring_of_modules(modules=3, module_size=4, density=1.0, path_length=1), -40.0),
        (npl.graphs.ring_of_modules(modules=4, module_size=3, density=1.0, path_length=2), -25.0),
    ],
)
def test_diagram_is_complete_on_a_fine_grid(graph, stop):
    diagram = npl.bifurcation_diagram(anti(graph), "strength", 0.0, stop)
    grid = np.linspace(0.0, stop, 18)[1:] * 0.997
    check = diagram.check(grid)
    settled = check[check.status == "certified"]
    assert len(settled) >= 12
    assert (settled.missing == 0).all()
    assert (settled.on_diagram == settled.lower).all()
    # Where a search is not settled the diagram must lie within its bounds.
    assert (check.on_diagram >= check.lower).all()
    assert (check.on_diagram <= check.upper).all()


def test_a_kernel_of_two_dimensions_is_found_by_inertia():
    # A determinant has no sign change there: two eigenvalues cross together.
    diagram = npl.bifurcation_diagram(anti(nx.cycle_graph(5)), "strength", 0.0, -20.0)
    points = diagram.special_points()
    assert points.kind.tolist() == ["pitchfork (supercritical)"]
    assert points.kernel_dimension.tolist() == [2]
    # d-regular, uniform state (docs/theory.md#section-5): 1/phi' + |k| V^2 (d + 2 lambda) = 0 with
    # lambda = 2 cos(4 pi / 5) and x + |k| d V^3 = 1.
    lam = 2.0 * np.cos(4.0 * np.pi / 5.0)

    def curvature(x):
        v = np.tanh(x)
        k = (1.0 - x) / (2.0 * v**3)
        return np.cosh(x) ** 2 + k * v**2 * (2.0 + 2.0 * lam)

    x = optimize.brentq(curvature, 0.05, 0.9, xtol=1e-15)
    assert points.strength[0] == pytest.approx(-(1.0 - x) / (2.0 * np.tanh(x) ** 3), abs=1e-8)
    assert len(diagram.branches) == 11  # the base and ten arms: two orbits of five


def test_four_equal_modules_give_a_kernel_of_four_dimensions():
    graph = npl.graphs.ring_of_modules(modules=4, module_size=4, density=1.0, path_length=1)
    diagram = npl.bifurcation_diagram(anti(graph), "strength", 0.0, -13.0, search=Search(values=2))
    points = diagram.special_points()
    assert points.kernel_dimension.max() >= 2
    check = diagram.check([-12.0])
    assert check.on_diagram.tolist() == check.lower.tolist() == [81]  # three states per module


def test_a_subcritical_pitchfork_is_told_from_a_supercritical_one():
    diagram = npl.bifurcation_diagram(anti(nx.cycle_graph(6)), "strength", -15.0, -30.0)
    points = diagram.special_points()
    kinds = points.kind.value_counts().to_dict()
    assert kinds == {"fold": 3, "pitchfork (subcritical)": 3}
    (at,) = points[points.kind.str.startswith("pitchfork")].strength.round(8).unique()
    # Subcritical: the branches that leave it exist on the side where there were more states.
    assert diagram.count_at(at - 0.05) > diagram.count_at(at + 0.05)
    (fold,) = points[points.kind == "fold"].strength.round(8).unique()
    assert diagram.count_at(fold + 1e-3) == 3
    assert diagram.count_at(fold - 1e-3) == 9


def test_a_transcritical_point_is_named():
    # One node with a self-loop and b = 0: x = V (u + k V^2), the origin crossing another state at
    # u = 1; the logistic with threshold has a quadratic part, tanh would give a pitchfork.
    graph = nx.DiGraph([(0, 0)])
    shifted = npl.Tanh(threshold=0.3)
    v0 = np.tanh(-0.3)
    # At x = 0 the state solves 0 = b + u v0 for every u if b = -u v0: move b along with u.
    net = npl.PlasticNetwork(graph, npl.Hebbian(0.0), activation=shifted, bias=0.0)

    def system(u):
        return net.replace(static_weight=u, bias=-u * v0)

    # Not a one-parameter family of the library, so the classifier is called directly.
    from netplastic.continuation._normal_forms import branch_point_kind
    from netplastic.continuation._problem import Problem

    u = 1.0 / (1.0 - v0**2)
    problem = Problem(family_of(system(u), "static_weight"), 1.0)
    assert branch_point_kind(problem, np.zeros(1), u, 1) == "transcritical"
    plain = npl.PlasticNetwork(graph, npl.Hebbian(0.0), bias=0.0, static_weight=1.0)
    problem = Problem(family_of(plain, "static_weight"), 1.0)
    assert branch_point_kind(problem, np.zeros(1), 1.0, 1) == "pitchfork (supercritical)"
    up = npl.PlasticNetwork(graph, npl.Hebbian(1.0), bias=0.0, static_weight=1.0)
    problem = Problem(family_of(up, "static_weight"), 1.0)
    # x = V u + V^3: the cubic -1/3 + 1 > 0 in V lifts the curve: subcritical.
    assert branch_point_kind(problem, np.zeros(1), 1.0, 1) == "pitchfork (subcritical)"


def test_hopf_points_along_strength_agree_with_the_spectrum():
    net = anti(nx.cycle_graph(5), learning_rate=0.02)
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, -30.0)
    hopf = [point for point in diagram.points if point.kind == "hopf"]
    assert len(hopf) >= 6
    for point in hopf:
        at = net.replace(strength=point.value)
        real_parts = np.linalg.eigvals(reduced_matrix(at, point.activity)).real
        assert np.sort(np.abs(real_parts))[point.kernel_dimension - 1] < 1e-7
        crossing = npl.learning_rate_crossings(at, point.activity)
        nearest = np.abs(crossing.rates - 0.02).min()
        assert nearest < 1e-8
        at_rate = int(np.abs(crossing.rates - 0.02).argmin())
        assert point.frequency == pytest.approx(crossing.frequencies[at_rate], rel=1e-6)


def test_learning_rate_moves_no_state():
    net = anti(nx.cycle_graph(5), -20.0)
    diagram = npl.bifurcation_diagram(net, "learning_rate", 0.001, 1.0)
    assert set(diagram.special_points().kind) == {"hopf"}
    assert diagram.count_at(0.3, stable_only=True) == 5
    assert diagram.count_at(0.01, stable_only=True) == 0
    assert diagram.count_at(0.3) == diagram.count_at(0.01) == 11


@pytest.mark.parametrize(
    ("parameter", "start", "stop"),
    [("bias", 0.2, 2.0), ("gain", 0.3, 3.0), ("decay", 0.2, 5.0)],
)
def test_other_parameters_agree_with_complete_counts(parameter, start, stop):
    net = anti(nx.cycle_graph(5), -20.0)
    diagram = npl.bifurcation_diagram(net, parameter, start, stop, search=Search(values=3))
    check = diagram.check(np.linspace(start, stop, 5)[1:4] * 1.01)
    assert check.on_diagram.tolist() == check.lower.tolist()
    assert (check.missing == 0).all()
    assert parameter in diagram.special_points().columns


def test_slow_forgetting_is_strong_learning():
    """P4's second reading (docs/theory.md#section-3): the landscape depends on k = eta / gamma
    only.

    dk/dgamma = -eta / gamma^2, so the bifurcation found at strength k0 for gamma = 1 is found at
    gamma = eta / k0, and the landscape changes most where gamma is small.
    """
    graph = nx.path_graph(2)
    by_strength = npl.bifurcation_diagram(anti(graph), "strength", 0.0, -20.0)
    by_decay = npl.bifurcation_diagram(anti(graph, -10.0), "decay", 4.0, 0.5)
    k0 = by_strength.points[0].value
    assert by_decay.points[0].kind == by_strength.points[0].kind
    assert by_decay.points[0].value == pytest.approx(-10.0 / k0, abs=1e-8)
    base = by_decay.branches[0]
    moved = np.abs(np.diff(base.activity[:, 0]) / np.diff(base.parameter))
    assert moved[base.parameter[1:] < 0.8].min() > moved[base.parameter[1:] > 3.0].max()


def test_one_arc_can_be_varied_alone():
    net = anti(nx.cycle_graph(6), -5.0)
    arc = npl.ArcStrength([(0, 1)])
    diagram = npl.bifurcation_diagram(net, arc, 0.0, -20.0, search=Search(values=3))
    check = diagram.check([-0.5, -3.0, -15.0])
    assert check.on_diagram.tolist() == check.lower.tolist()
    assert diagram.parameter == "strength"
    with pytest.raises(ValueError, match="no arc"):
        npl.bifurcation_diagram(net, npl.ArcStrength([(0, 3)]), 0.0, -1.0)


def test_directed_networks_have_no_objective_and_are_followed_all_the_same():
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 0), (1, 0)])
    net = npl.PlasticNetwork(graph, npl.Hebbian(2.0), bias=0.1)
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, 6.0)
    check = diagram.check([1.0, 3.0, 5.5])
    assert check.on_diagram.tolist() == check.lower.tolist()
    for point in diagram.points:
        if point.kind == "fold":
            at = net.replace(strength=point.value)
            assert np.linalg.svd(jacobian(at, point.activity))[1][-1] < 1e-8


def test_identities_survive_another_run(pair):
    again = npl.bifurcation_diagram(anti(nx.path_graph(2)), "strength", 0.0, -20.0)
    assert again.to_frame().equals(pair.to_frame())
    # Another step control and other seeds: other points, the same branches in the same order.
    other = npl.bifurcation_diagram(
        anti(nx.path_graph(2)),
        "strength",
        0.0,
        -20.0,
        search=Search(values=[-20.0, -11.0, 0.0]),
        steps=Steps(largest=0.05),
    )
    assert len(other.branches) == len(pair.branches)
    for one, two in zip(pair.branches, other.branches, strict=True):
        np.testing.assert_allclose(one.activity[-1], two.activity[-1], atol=1e-7)
        np.testing.assert_allclose(one.activity[0], two.activity[0], atol=1e-5)


def test_each_branch_is_listed_once():
    diagram = npl.bifurcation_diagram(anti(nx.cycle_graph(6)), "strength", 0.0, -30.0)
    ends = np.array(
        [np.append(b.activity[len(b) // 2], b.parameter[len(b) // 2]) for b in diagram.branches]
    )
    gaps = np.abs(ends[:, None] - ends[None]).max(axis=2) + np.eye(len(ends))
    assert gaps.min() > 1e-4


def test_missing_branches_are_named():
    # Without searches along the way the disconnected branches beyond the fold are not found.
    net = anti(nx.cycle_graph(6))
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, -30.0, search=Search(values=0))
    assert diagram.count_at(-30.0) == 3
    missing = diagram.missing(-30.0)
    assert len(missing) == 12
    assert missing.stable.sum() == 3
    assert list(missing.columns) == ["stable", *range(6)]
    seeds = np.arctanh(missing[list(range(6))].to_numpy())
    whole = npl.bifurcation_diagram(
        net, "strength", 0.0, -30.0, search=Search(values=0), seeds=seeds
    )
    assert whole.count_at(-30.0) == 15
    assert len(whole.missing(-30.0)) == 0


def test_a_continuation_that_cannot_go_on_says_where_and_returns_what_it_has():
    diagram = npl.bifurcation_diagram(
        anti(nx.path_graph(2)),
        "strength",
        0.0,
        -20.0,
        steps=Steps(points=5),
        search=Search(values=0),
    )
    assert diagram.status is DiagramStatus.INTERRUPTED
    assert len(diagram.branches[0]) >= 5
    assert any("strength = " in note and "points" in note for note in diagram.notes)
    limited = npl.bifurcation_diagram(
        anti(nx.path_graph(2)), "strength", 0.0, -20.0, search=Search(most_curves=1)
    )
    assert limited.status is DiagramStatus.TRUNCATED
    for status in (*DiagramStatus, *End):
        assert status.meaning.endswith(".")
        assert status.remedy.endswith(".")


def test_a_pole_of_the_rule_stops_a_curve_with_a_reason():
    # Oja with negative strength: the decay vanishes at V^2 = gamma / |eta| and weights run away.
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Oja(-0.5), bias=0.5)
    diagram = npl.bifurcation_diagram(
        net, "strength", -0.5, -30.0, search=Search(values=0, method="sampled")
    )
    assert len(diagram.branches) >= 1
    if diagram.status is not DiagramStatus.FINISHED:
        assert all("strength = " in note for note in diagram.notes)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("strenght", 0.0, -1.0), ValueError, "did you mean 'strength'"),
        (("strength", 0.0, 0.0), ValueError, "empty"),
        (("strength", 0.0, float("nan")), ValueError, "finite"),
        (("decay", 1.0, -1.0), ValueError, "positive"),
        (("strength", "0", -1.0), TypeError, "number"),
        ((3, 0.0, -1.0), TypeError, "parameter"),
    ],
)
def test_wrong_input_is_refused(arguments, error, text):
    with pytest.raises(error, match=text):
        npl.bifurcation_diagram(anti(nx.path_graph(2)), *arguments)


def test_symmetries_of_known_graphs():
    orders = {
        "cycle": (nx.cycle_graph(6), 12),
        "cube": (nx.hypercube_graph(3), 48),
        "star": (nx.star_graph(4), 24),
        "complete": (nx.complete_graph(5), 120),
        "petersen": (nx.petersen_graph(), 120),
        "dumbbell": (npl.graphs.dumbbell(module_size=6, path_length=2), 2 * 120 * 120),
    }
    for graph, order in orders.values():
        family = family_of(anti(graph), "strength")
        assert symmetry_of(family).order == order
    unequal = anti(nx.cycle_graph(6), bias=[1.0, 1.1, 1.0, 1.0, 1.0, 1.0])
    assert symmetry_of(family_of(unequal, "strength")).order == 2
    one_arc = family_of(anti(nx.cycle_graph(6)), npl.ArcStrength([(0, 1)]))
    assert symmetry_of(one_arc).order == 2


def test_orbits_are_images_of_equilibria():
    net = anti(nx.cycle_graph(6), -30.0)
    symmetry = symmetry_of(family_of(net, "strength"))
    state = next(x for x in npl.find_equilibria(net).activity if np.ptp(x) > 0.1)
    images = np.array([state[p] for p in symmetry.copies(state[None, :])])
    assert len(images) == symmetry.count(state)
    assert np.abs(residual(net, images)).max() < 1e-9
    gaps = np.abs(images[:, None] - images[None]).max(axis=2) + np.eye(len(images))
    assert gaps.min() > 1e-3


def test_plot_draws_solid_dashed_and_marks(pair):
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert pair.plot(ax=ax) is ax
    styles = {line.get_linestyle() for line in ax.lines}
    assert {"-", "--"} <= styles
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["pitchfork\n(supercritical)", "stable", "unstable"]
    pair.plot(ax=ax, observable=0)
    with pytest.raises(ValueError, match=r"observable: node .* is not in the network"):
        pair.plot(ax=ax, observable="nobody")
    plt.close("all")


def test_real_eigenvalues_that_meet_and_turn_complex_are_followed():
    """There the count of negative real eigenvalues drops by two without a zero.

    The two nodes of the pair start with a saddle on either side; the counts at five values are
    those that the certified search proves.
    """
    net = npl.PlasticNetwork(nx.path_graph(2), npl.PresynapticallyGated(8.0), bias=0.0)
    diagram = npl.bifurcation_diagram(net, "bias", -2.0, 2.0)
    assert diagram.status is DiagramStatus.FINISHED
    table = diagram.check([-1.5, -0.3, 0.0, 0.7, 1.5])
    assert set(table["status"]) == {"certified"}
    assert table["on_diagram"].tolist() == table["lower"].tolist() == [5, 7, 9, 11, 7]
    for point in diagram.points:
        values = np.linalg.eigvals(jacobian(net.replace(bias=point.value), point.activity))
        if point.kind != "hopf":
            assert np.abs(values).min() < 1e-5


def test_a_budget_stops_a_diagram_and_says_what_is_complete():
    net = anti(nx.random_regular_graph(3, 16, seed=1), -10.0)
    at_once, soon = (
        npl.bifurcation_diagram(net, "strength", 0.0, -50.0, search=Search(seconds=seconds))
        for seconds in (1e-3, 2.0)
    )
    for diagram, text in ((at_once, "0.001 s. Complete: nothing"), (soon, "2 s. Complete: ")):
        assert diagram.status is DiagramStatus.STOPPED
        assert diagram.notes[0].startswith(f"stopped by the budget of {text}")
        assert "Search(seconds=...)" in diagram.notes[0]
    assert len(soon.branches) > len(at_once.branches)


def test_ctrl_c_keeps_what_a_diagram_has(monkeypatch):
    """The signal comes half a second in; the answer is there within two."""
    from netplastic._support import _watch

    monkeypatch.setattr(_watch, "_last_stop", -np.inf)  # a second one soon after ends everything
    net = anti(nx.random_regular_graph(3, 16, seed=1), -10.0)
    pressed = []

    def press():
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.5, press)
    timer.start()
    diagram = npl.bifurcation_diagram(net, "strength", 0.0, -50.0)
    assert time.monotonic() - pressed[0] < 2.0
    assert diagram.status is DiagramStatus.STOPPED
    assert diagram.notes[0].startswith("stopped by Ctrl-C. Complete: ")


@pytest.mark.parametrize("seconds", [0.0, -1.0, "long"])
def test_a_budget_is_a_positive_number_of_seconds(seconds):
    with pytest.raises((TypeError, ValueError), match="seconds"):
        Search(seconds=seconds)
