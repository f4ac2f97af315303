"""Attractors of the full dynamics against the list of equilibria and against symmetry."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import networkx as nx
import numpy as np
import pytest
from odd_networks import Softplus

import netplastic as npl
from netplastic.dynamics import _learning_rates
from netplastic.dynamics._attractors_cycles import Cycle, same_cycle
from netplastic.dynamics._attractors_flow import Flow, State
from netplastic.dynamics._attractors_result import FIXED_POINT, Attractor, share_interval
from netplastic.equilibria import CountStatus


def anti_hebbian(graph: nx.Graph, strength: float, rate: float) -> Any:
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), learning_rate=rate)


# -- the landmarks of docs/theory.md#section-3 -----------------------------------------------------


def test_five_cycle_rests_when_learning_is_fast() -> None:
    """Its stable states are the 5 maximal independent sets of the 5-cycle
    (docs/theory.md#section-7)."""
    net = anti_hebbian(nx.cycle_graph(5), -20.0, 0.3)
    found = npl.find_attractors(net, trials=100, rng=0)
    frame = found.to_frame()
    assert frame["kind"].tolist() == ["fixed point"] * 5
    assert frame["share"].sum() == pytest.approx(1.0)
    assert found.unsettled == 0
    assert set(frame["equilibrium"]) == set(np.flatnonzero(found.equilibria.stable))
    for attractor in found.attractors:
        high = np.flatnonzero(attractor.activity[0] > 0.5)
        assert len(high) == 2
        assert (high[1] - high[0]) % 5 in (2, 3)
        # By symmetry each attracts a fifth of the starts, all five within 5 standard errors.
        assert abs(attractor.hits / 100 - 0.2) < 5 * math.sqrt(0.2 * 0.8 / 100)


def test_five_cycle_turns_when_learning_is_slow() -> None:
    """Rotating waves, one for each sense of rotation: mirror images with one period."""
    net = anti_hebbian(nx.cycle_graph(5), -20.0, 0.01)
    found = npl.find_attractors(net, trials=12, rng=0)
    frame = found.to_frame()
    assert set(frame["kind"]) == {"limit cycle"}
    assert frame["equilibrium"].isna().all()
    assert np.ptp(frame["period"]) < 1e-3 * frame["period"].max()
    assert (frame["amplitude"] > 0.1).all()
    for attractor in found.attractors:
        run = npl.simulate(
            net,
            attractor.period,
            initial=(attractor.activity[0], attractor.weights),
            solver=npl.Solver(rtol=1e-9),
        )
        np.testing.assert_allclose(run.final_activity, attractor.activity[0], rtol=0, atol=2e-3)


def test_complete_graph_rests_and_turns() -> None:
    fast = npl.find_attractors(anti_hebbian(nx.complete_graph(5), -50.0, 0.3), trials=10, rng=0)
    assert set(fast.to_frame()["kind"]) == {"fixed point"}
    slow = npl.find_attractors(anti_hebbian(nx.complete_graph(5), -50.0, 0.1), trials=6, rng=0)
    assert set(slow.to_frame()["kind"]) == {"limit cycle"}


def test_equilibria_are_lost_as_learning_slows() -> None:
    net = anti_hebbian(nx.cycle_graph(5), -20.0, 1.0)
    table = npl.attractors_by_learning_rate(net, [0.015, 1.0, 0.02], trials=8, rng=0)
    assert table["learning_rate"].drop_duplicates().tolist() == [0.015, 1.0, 0.02]
    by_rate = dict(iter(table.groupby("learning_rate")))
    assert set(by_rate[1.0]["kind"]) == {"fixed point"}
    assert all(by_rate[1.0]["attractor"] == [f"E{e}" for e in by_rate[1.0]["equilibrium"]])
    # Seeding carries each sense of rotation on to the slower rate under its name.
    for name, cycle in by_rate[0.02].set_index("attractor").iterrows():
        after = by_rate[0.015].set_index("attractor").loc[name]
        assert after["kind"] == cycle["kind"] == "limit cycle"
        assert after["period"] > cycle["period"]
    assert table.groupby("learning_rate")["share"].sum().to_numpy() == pytest.approx(1.0)


# -- simulation against the equilibria ----------------------------------------------------------


def random_network(seed: int) -> Any:
    """Small random networks: directed or not, self-loops, Hebbian or anti-Hebbian, any rate."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 8))
    graph = nx.gnp_random_graph(n, 0.5, seed=seed, directed=bool(rng.integers(2)))
    if rng.integers(2):
        graph.add_edge(0, 0)
    strength = float(rng.choice([-30.0, -12.0, -5.0, -1.0, 1.5]))
    rate = float(rng.choice([0.3, 1.0, 3.0, 10.0]))
    bias = rng.uniform(0.5, 1.5, n)
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), bias=bias, learning_rate=rate)


def compare(seed: int, trials: int) -> None:
    """Every fixed point is listed, and every stable equilibrium attracts nearby starts."""
    net = random_network(seed)
    known = npl.find_equilibria(net, method="certified")
    assert known.count.status is CountStatus.CERTIFIED
    found = npl.find_attractors(net, trials=trials, rng=seed, equilibria=known)
    assert len(found.equilibria) == len(known)
    for attractor in found.attractors:
        if attractor.kind == FIXED_POINT:
            gap = np.abs(known.activity[attractor.equilibrium] - attractor.activity[0])
            assert gap.max() < 1e-6
            assert known.stable[attractor.equilibrium]
    for row in np.flatnonzero(known.stable):
        near = npl.simulate(
            net,
            20_000.0,
            initial=npl.PerturbedStart(known.activity[row], size=1e-5),
            rng=seed,
            trials=3,
            solver=npl.Solver(settle=1e-7, rtol=1e-9, atol=1e-11),
        )
        assert np.abs(near.final_activity - known.activity[row]).max() < 1e-4


@pytest.mark.parametrize("seed", range(8))
def test_simulation_and_certified_list_agree(seed: int) -> None:
    compare(seed, trials=12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
def test_simulation_and_certified_list_agree_on_fifty_networks(seed: int) -> None:
    compare(seed, trials=40)


def pair() -> tuple[Any, Any]:
    net = anti_hebbian(nx.path_graph(2), -20.0, 1.0)
    return net, npl.find_equilibria(net, rng=0)


def test_a_list_that_lacks_an_equilibrium_is_an_error_that_names_it() -> None:
    net, known = pair()
    lost = int(np.flatnonzero(known.stable)[0])
    keep = np.arange(len(known)) != lost
    short = dataclasses.replace(
        known,
        activity=known.activity[keep],
        rates=known.rates[keep],
        radius=known.radius[keep],
        stable=known.stable[keep],
        undecided=known.undecided[keep],
        minimum=None,
        count=npl.Count(2, 2, npl.CountStatus.CERTIFIED),
        stable_count=npl.Count(1, 1, npl.CountStatus.CERTIFIED),
    )
    with pytest.raises(npl.AttractorMismatchError, match="missing in the list"):
        npl.find_attractors(net, trials=20, rng=0, equilibria=short)
    # A list that does not claim to be complete is completed instead.
    open_list = dataclasses.replace(
        short,
        count=npl.Count(2, math.inf, npl.CountStatus.LOWER_BOUND),
        stable_count=npl.Count(1, math.inf, npl.CountStatus.LOWER_BOUND),
    )
    found = npl.find_attractors(net, trials=20, rng=0, equilibria=open_list)
    assert len(found.equilibria) == 3
    assert found.equilibria.stable_count.lower == 2
    assert sorted(a.equilibrium for a in found.attractors) == [
        int(np.flatnonzero(short.stable)[0]),
        2,
    ]


def test_a_list_that_calls_an_attractor_unstable_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from netplastic.dynamics import _attractors as attractors

    net, known = pair()
    wrong = dataclasses.replace(known, stable=np.zeros(len(known), dtype=bool))
    monkeypatch.setattr(attractors, "find_equilibria", lambda *_, **__: wrong)
    with pytest.raises(npl.AttractorMismatchError, match="calls unstable"):
        npl.find_attractors(net, trials=5, rng=0)


def test_a_start_on_a_saddle_is_nudged_off_it() -> None:
    net, known = pair()
    (saddle,) = known.activity[~known.stable]
    np.testing.assert_allclose(saddle[0], saddle[1])
    saddle = np.full(2, saddle[0])  # a last digit of difference would be a side of its own
    found = npl.find_attractors(net, trials=6, rng=0, initial=saddle, equilibria=known)
    assert found.statistics["nudged"] >= 6
    assert all(known.stable[a.equilibrium] for a in found.attractors)
    assert found.unsettled == 0


# -- classification -----------------------------------------------------------------------------


def test_too_short_a_time_is_called_unsettled() -> None:
    net = anti_hebbian(nx.cycle_graph(5), -20.0, 0.01)
    known = npl.find_equilibria(net, rng=0)
    found = npl.find_attractors(net, trials=4, rng=0, duration=3.0, equilibria=known)
    frame = found.to_frame()
    assert frame["kind"].tolist() == ["unsettled"]
    assert frame["share"].tolist() == [1.0]
    assert found.unsettled == 4
    assert len(found) == 0
    # Nothing has been seen, so nothing can be said about what was not.
    assert (found.count.lower, found.count.upper) == (0, math.inf)
    assert math.isnan(found.unseen)


def test_a_cycle_is_the_same_at_any_phase_and_not_its_mirror_image() -> None:
    angle = 2.0 * np.pi * np.arange(256) / 256
    # Three harmonics, no symmetry in time.
    wave = np.stack([np.sin(angle) + 0.3 * np.cos(2 * angle), np.cos(angle), np.sin(3 * angle)], 1)
    cycle = Cycle(10.0, wave, 1.0, np.zeros(0))
    for turn in (1, 77, 200):
        shifted = Cycle(10.001, np.roll(wave, turn, axis=0), 1.001, np.zeros(0))
        assert same_cycle(cycle, shifted)
    finer = angle + 0.4 * (angle[1] - angle[0])  # between samples
    between = np.stack(
        [np.sin(finer) + 0.3 * np.cos(2 * finer), np.cos(finer), np.sin(3 * finer)], 1
    )
    assert same_cycle(cycle, Cycle(10.0, between, 1.0, np.zeros(0)))
    assert not same_cycle(cycle, Cycle(10.0, wave[::-1], 1.0, np.zeros(0)))
    assert not same_cycle(cycle, Cycle(10.0, wave[:, [1, 0, 2]], 1.0, np.zeros(0)))
    assert not same_cycle(cycle, Cycle(11.0, wave, 1.0, np.zeros(0)))


def test_a_decaying_oscillation_is_no_cycle() -> None:
    """Just on the stable side of the Hopf point the state spirals in slowly."""
    from netplastic.dynamics._attractors_cycles import find_cycle
    from netplastic.dynamics._attractors_returns import look_at

    net = anti_hebbian(nx.cycle_graph(5), -20.0, 1.0)
    known = npl.find_equilibria(net, rng=0)
    row = int(np.flatnonzero(known.stable)[0])
    critical = npl.critical_learning_rate(net, known.activity[row])
    slow = net.replace(learning_rate=1.02 * critical)
    x = known.activity[row] + 1e-2
    w = npl.reduced.equilibrium_weights(net, known.activity[row])
    flow = Flow(slow)
    look = look_at(flow, State(x[None], w[None]), 200.0)
    assert look is not None
    assert find_cycle(flow, look).cycle is None


# -- statistics ---------------------------------------------------------------------------------


def with_hits(*hits: int) -> npl.Attractors:
    net, known = pair()
    attractors = tuple(
        Attractor(
            net=net,
            kind=FIXED_POINT,
            activity=known.activity[:1],
            weights=np.zeros(net.m),
            hits=h,
            equilibrium=k,
        )
        for k, h in enumerate(hits)
    )
    labels = np.repeat(np.arange(len(hits)), hits)
    return npl.Attractors(
        nodes=net.nodes,
        attractors=attractors,
        labels=labels,
        equilibria=known,
        learning_rate=1.0,
    )


def test_chao1_by_hand() -> None:
    """S + (N-1)/N f1 (f1-1) / (2 (f2+1)): 5 kinds, 3 once, 1 twice, 15 trials."""
    found = with_hits(1, 1, 1, 2, 10)
    assert found.unseen == pytest.approx(14 / 15 * 3 * 2 / (2 * 2))
    assert found.count.status == "estimate"
    assert found.count.lower == 5
    assert found.count.upper >= 5 + found.unseen
    assert with_hits(10, 20).unseen == 0.0
    assert with_hits(10, 20).count.upper == 2
    assert with_hits(1, 1, 1, 5).unseen > 0.0  # none seen twice


def test_shares_carry_wilson_intervals() -> None:
    """Wilson 1927: centre (p + z^2/2n) / (1 + z^2/n)."""
    low, high = share_interval(30, 100)
    z, n, p = 1.959963984540054, 100, 0.3
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert (low, high) == pytest.approx((centre - half, centre + half))
    frame = with_hits(30, 70).to_frame()
    assert frame.loc[0, "share_low"] == pytest.approx(low)
    assert (frame["share_low"] < frame["share"]).all()
    assert (frame["share"] < frame["share_high"]).all()


def test_seeds_decide_and_workers_do_not() -> None:
    net, known = pair()
    a = npl.find_attractors(net, trials=10, rng=3, workers=1, equilibria=known)
    b = npl.find_attractors(net, trials=10, rng=3, workers=2, equilibria=known)
    np.testing.assert_array_equal(a.labels, b.labels)


def test_runaway_trials_do_not_spoil_the_others() -> None:
    """Positive feedback without saturation: strong starts run away, weak ones come to rest."""
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(0.3), bias=-2.0, activation=Softplus())
    known = npl.find_equilibria(net, method="sampled", rng=0)
    starts = np.array([[-2.0, -2.0], [30.0, 30.0], [-1.0, -2.0]])
    found = npl.find_attractors(net, trials=3, initial=starts, equilibria=known)
    assert found.statistics["failed"] == {"runaway": 1}
    assert found.labels.tolist() == [0, -1, 0]
    assert found.to_frame()["kind"].tolist() == ["fixed point", "unsettled"]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda net: npl.find_attractors(net, trials=0), ValueError, "trials must be at least 1"),
        (lambda net: npl.find_attractors(net, trials=2.5), TypeError, "whole"),
        (lambda net: npl.find_attractors(net, duration=-1.0), ValueError, "duration must be"),
        (lambda net: npl.find_attractors("net"), TypeError, "PlasticNetwork"),
        (lambda net: npl.attractors_by_learning_rate(net, []), ValueError, "empty"),
        (lambda net: npl.attractors_by_learning_rate(net, [1.0, 1.0]), ValueError, "twice"),
        (lambda net: npl.attractors_by_learning_rate(net, [-1.0]), ValueError, "above 0"),
        (lambda net: npl.attractors_by_learning_rate(net, "fast"), TypeError, "list"),
        (lambda net: npl.attractors_by_learning_rate(net, ["fast"]), TypeError, "number"),
        (lambda net: npl.attractors_by_learning_rate("net", [1.0]), TypeError, "PlasticNetwork"),
        (lambda net: npl.find_attractors(net, duration="long"), TypeError, "number"),
        (lambda net: npl.find_attractors(net, rng="seed"), TypeError, "Generator"),
        (lambda net: npl.find_attractors(net, equilibria=[0]), TypeError, "find_equilibria"),
        (
            lambda net: npl.find_attractors(
                net, equilibria=npl.find_equilibria(anti_hebbian(nx.path_graph(3), -5.0, 1.0))
            ),
            ValueError,
            "3 nodes that are not the 2 nodes",
        ),
    ],
)
def test_wrong_input_is_named(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call(pair_net())


def pair_net() -> Any:
    return anti_hebbian(nx.path_graph(2), -20.0, 1.0)


def test_ctrl_c_keeps_the_learning_rates_that_are_done(monkeypatch):
    real, done = _learning_rates.find_attractors, []

    def interrupted(net, **settings):
        if done:
            raise KeyboardInterrupt
        done.append(net.learning_rate)
        return real(net, **settings)

    monkeypatch.setattr(_learning_rates, "find_attractors", interrupted)
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0))
    table = npl.attractors_by_learning_rate(net, [0.5, 2.0, 1.0], trials=4, rng=0)
    assert table["learning_rate"].tolist() == [0.5, 2.0, 2.0, 1.0]
    assert table["kind"].tolist() == ["interrupted", "fixed point", "fixed point", "interrupted"]
    assert table["hits"].tolist()[::3] == [0, 0]
    monkeypatch.setattr(_learning_rates, "find_attractors", interrupted)
    with pytest.raises(KeyboardInterrupt):
        npl.attractors_by_learning_rate(net, [0.5], trials=4, rng=0)
