"""Minima that compiled loops sample and prove: what is proved is true, and nothing is lost."""

from __future__ import annotations

import threading

import flint
import networkx as nx
import numpy as np
import pytest
from conftest import Softsign, anti, sampled

import netplastic as npl
from netplastic.equilibria.sampled import activity_box
from netplastic.equilibria.sampled._minima import MinimumSampler, not_covered
from netplastic.equilibria.sampled._starts import random_states, set_starts
from netplastic.model import residual


def never():
    return False


def root_near(net, x, digits=50):
    """Newton's method with 50 digits from x; the root and the largest of its last step."""
    flint.ctx.dps = digits
    n, arb = net.n, flint.arb
    gain, theta = (
        np.broadcast_to(net.activation.parameter(name), n) for name in ("gain", "threshold")
    )
    logistic = net.activation.kind == "logistic"
    exact = [arb(float(v)) for v in x]
    wiring = net.wiring
    coupling = [arb(float(c)) for c in net.coupling]
    static = [
        arb(float(a)) * arb(float(u))
        for a, u in zip(net.arc_weight, net.static_weight, strict=True)
    ]
    last = arb(1)
    for _ in range(60):
        rate, slope = [], []
        for i in range(n):
            z = arb(float(gain[i])) * (exact[i] - arb(float(theta[i])))
            if logistic:
                v = 1 / (1 + (-z).exp())
                slope.append(arb(float(gain[i])) * v * (1 - v))
            else:
                v = z.tanh()
                slope.append(arb(float(gain[i])) * (1 - v * v))
            rate.append(v)
        force = [exact[i] - arb(float(net.bias[i])) for i in range(n)]
        jacobian = [[arb(int(i == j)) for j in range(n)] for i in range(n)]
        for a in range(net.m):
            i, j = int(wiring.target[a]), int(wiring.source[a])
            force[i] -= (static[a] + coupling[a] * rate[i] * rate[j]) * rate[j]
            jacobian[i][i] -= coupling[a] * rate[j] ** 2 * slope[i]
            jacobian[i][j] -= (static[a] + 2 * coupling[a] * rate[i] * rate[j]) * slope[j]
        step = flint.arb_mat(jacobian).solve(flint.arb_mat([[f] for f in force]))
        exact = [(exact[i] - step[i, 0]).mid() for i in range(n)]
        last = max((abs(step[i, 0]).mid() for i in range(n)), key=float)
        if float(last) < 1e-40:
            break
    return exact, float(last)


def distance(exact, x):
    return max(float(abs(e - flint.arb(float(v))).mid()) for e, v in zip(exact, x, strict=True))


def random_network(rng):
    """A small network of a random kind: both activations, thresholds, static weights, loops."""
    n = int(rng.integers(3, 10))
    graph = nx.gnp_random_graph(n, rng.uniform(0.2, 0.8), seed=int(rng.integers(2**31)))
    for _ in range(int(rng.integers(3))):
        node = int(rng.integers(n))
        graph.add_edge(node, node)
    static = 0.0 if rng.random() < 0.5 else rng.normal(0.0, 0.5)
    for u, v in graph.edges:
        graph.edges[u, v]["weight"] = float(rng.uniform(0.1, 5.0))
        graph.edges[u, v]["u"] = 0.0 if u == v else static
    gain = float(rng.choice([0.5, 1.0, 2.0, 5.0]))
    threshold = float(rng.choice([0.0, 0.0, 0.3]))
    kind = npl.Tanh if rng.random() < 0.6 else npl.Logistic
    return npl.PlasticNetwork(
        graph,
        npl.Hebbian(-float(np.exp(rng.uniform(0.0, np.log(500.0))))),
        static_weight="u",
        bias=rng.uniform(0.2, 3.0, n) * (rng.choice([-1.0, 1.0], n) if rng.random() < 0.3 else 1.0),
        activation=kind(gain=gain, threshold=threshold),
        learning_rate=float(rng.choice([0.3, 1.0, 100.0, np.inf])),
    )


def attacked(seeds, starts):
    """Proved states, and points near them, of random networks against 50 digits."""
    proved = points = wrong = 0
    worst = 0.0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        net = random_network(rng)
        assert not not_covered(net)
        sampler, box = MinimumSampler(net), activity_box(net)
        found = sampler.run(
            np.concatenate(
                [set_starts(net, box, starts, rng), random_states(net, box, starts, rng)]
            ),
            never,
        )
        rows = np.flatnonzero(np.isfinite(found.radius))
        _, first = np.unique(np.round(found.states[rows], 5), axis=0, return_index=True)
        for row in rows[first]:
            x, radius = found.states[row], found.radius[row]
            exact, last = root_near(net, x)
            off = distance(exact, x)
            wrong += not (off <= radius and last < 1e-40)
            proved, worst = proved + 1, max(worst, off / radius)
            for size in (0.5, 3.0, 1e3):
                moved = x + size * radius * rng.choice([-1.0, 1.0], net.n)
                again = sampler.run(moved[None], never, descend=False).radius[0]
                if np.isfinite(again):
                    points += 1
                    wrong += not distance(exact, moved) <= again
    return proved, points, wrong, worst


def test_proved_states_hold_the_root_of_fifty_digits():
    proved, points, wrong, worst = attacked(range(8), 6)
    assert proved > 15
    assert points > 15
    assert wrong == 0
    assert worst < 1.0


@pytest.mark.slow
def test_two_thousand_proved_states_hold_the_root_of_fifty_digits():
    proved, points, wrong, worst = attacked(range(1200), 25)
    print(f"{proved} proved states, {points} proved points, {wrong} wrong, {worst:.3f} of radius")
    assert proved > 2000
    assert points > 4000
    assert wrong == 0


def test_near_a_pitchfork_what_is_proved_is_right():
    """The pair; its symmetric state is a minimum up to 6.53759456807 (docs/theory.md#section-5)."""
    onset, proofs, rng = 6.53759456807, 0, np.random.default_rng(0)
    for gap in 10.0 ** -np.arange(1, 11):
        for side in (-1.0, 1.0):
            net = anti(nx.path_graph(2), -onset * (1.0 + side * gap))
            sampler = MinimumSampler(net)
            starts = np.tile(rng.uniform(0.1, 1.0, (20, 1)), 2) + rng.normal(0.0, gap, (20, 2))
            found = sampler.run(starts, never)
            rows = np.flatnonzero(np.isfinite(found.radius))
            proofs += len(rows)
            for row in rows[:4]:
                exact, _ = root_near(net, found.states[row])
                assert distance(exact, found.states[row]) <= found.radius[row]
                equal = abs(float(exact[0] - exact[1])) < 1e-30
                assert equal == (side < 0.0)  # beyond, the symmetric state is a saddle
    assert proofs > 20


def test_matrices_singular_but_for_rounding_are_not_proved():
    """A triangle at its pitchfork: only the origin is a root, and singular."""
    for gain in (0.5, 0.5 * (1.0 - 1e-13)):
        net = npl.PlasticNetwork(
            nx.complete_graph(3),
            npl.Hebbian(0.0),
            static_weight=1.0,
            bias=0.0,
            activation=npl.Tanh(gain=gain),
        )
        along = np.outer(np.linspace(-1e-6, 1e-6, 3001), np.ones(3))
        found = MinimumSampler(net).run(along, never, descend=False)
        assert found.done.all()
        assert np.isnan(found.radius).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_what_is_no_number_is_not_proved(value):
    net = anti(nx.path_graph(4), -20.0)
    states = np.tile(sampled(net).activity[0], (2, 1))
    states[1, 2] = value
    for descend in (True, False):
        found = MinimumSampler(net).run(states, never, descend=descend)
        assert np.isfinite(found.radius[0])
        assert (descend and abs(value) == 1e300) or np.isnan(found.radius[1])


def test_saturated_nodes_are_proved():
    """Gain 5 and bias 10: slopes of 1e-43."""
    graph = nx.gnp_random_graph(100, 0.05, seed=1)
    net = anti(graph, -30.0, activation=npl.Tanh(gain=5.0), bias=10.0)
    rng = np.random.default_rng(0)
    found = MinimumSampler(net).run(set_starts(net, activity_box(net), 40, rng), never)
    assert np.isfinite(found.radius).mean() > 0.9
    assert np.abs(residual(net, found.states)).max() < 1e-8


def test_self_loops_are_proved_and_match_the_certified_list():
    graph = nx.cycle_graph(6)
    graph.add_edge(2, 2)
    graph.add_edge(5, 5)
    net = anti(graph, -30.0, learning_rate=np.inf)
    proved = npl.find_equilibria(net, "certified", stable_only=True)
    found = npl.find_equilibria(net, "sampled", stable_only=True, rng=0)
    assert proved.stable_count.exact
    assert len(found) == len(proved)
    np.testing.assert_allclose(found.activity, proved.activity, atol=1e-8)
    assert np.isfinite(found.radius).all()


@pytest.mark.parametrize(
    ("net", "reason"),
    [
        (anti(nx.DiGraph([(0, 1), (1, 2), (2, 0)]), -5.0), "objective"),
        (npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(2.0)), "anti-Hebbian"),
        (npl.PlasticNetwork(nx.path_graph(3), npl.Covariance(0.4, threshold=0.1)), "objective"),
        (anti(nx.path_graph(3), -5.0, activation=Softsign()), "tanh"),
    ],
)
def test_what_is_not_covered_goes_the_old_way(net, reason):
    assert reason in not_covered(net)
    assert len(sampled(net, budget=npl.Budget(starts=20))) >= 1


def test_results_do_not_depend_on_the_number_of_threads():
    net = anti(nx.random_regular_graph(4, 400, seed=3), -30.0)
    starts = set_starts(net, activity_box(net), 1500, np.random.default_rng(0))
    names, lock = set(), threading.Lock()

    def seen():
        with lock:
            names.add(threading.get_ident())
        return False

    one, four = (MinimumSampler(net, cores).run(starts, seen) for cores in (1, 4))
    assert len(names) > 1
    for name in ("states", "radius", "stable", "polished", "done"):
        np.testing.assert_array_equal(getattr(one, name), getattr(four, name))


def test_a_halt_keeps_what_is_done():
    net = anti(nx.random_regular_graph(4, 400, seed=3), -30.0)
    starts = set_starts(net, activity_box(net), 600, np.random.default_rng(0))
    calls = []

    def third():
        calls.append(0)
        return len(calls) > 2

    found = MinimumSampler(net, 1).run(starts, third)
    assert 0 < found.done.sum() < 600
    assert np.isfinite(found.radius[found.done]).any()
    assert np.isnan(found.radius[~found.done]).all()


def test_a_list_takes_no_more_memory_than_the_budget_allows():
    net = anti(nx.cycle_graph(60), -50.0)
    budget = npl.Budget(megabytes=32 * 60 * 20 / 1e6)
    found = npl.find_equilibria(net, "sampled", stable_only=True, rng=0, budget=budget)
    assert len(found) == 20
    assert "then the memory of the budget was full" in found.stable_count.reason


@pytest.mark.interpreted
def test_stability_at_a_finite_rate_is_proved_where_it_holds():
    for rate, stable in ((0.01, False), (1.0, True), (100.0, True)):
        net = anti(nx.cycle_graph(5), -20.0, learning_rate=rate)
        starts = set_starts(net, activity_box(net), 20, np.random.default_rng(0))
        found = MinimumSampler(net).run(starts, never)
        assert np.isfinite(found.radius).all()
        assert found.stable.all() == stable
