"""Simulations that fail, and wrong wishes: each is named, with what to do."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import networkx as nx
import numpy as np
import pytest
from odd_networks import Softplus, odd_network

import netplastic as npl
from netplastic.dynamics._layout import can_compile


def test_runaway_names_time_and_node() -> None:
    net = npl.PlasticNetwork(
        nx.path_graph(["a", "b", "c"]), npl.Hebbian(3.0), activation=Softplus()
    )
    with pytest.raises(npl.RunawayError, match=r"node '[abc]' ran away.* at time") as caught:
        npl.simulate(net, 100.0, initial=np.full(3, 2.0))
    assert caught.value.node in ("a", "b", "c")
    assert 0.0 < caught.value.time < 100.0


@pytest.mark.interpreted
def test_runaway_of_compiled_rules_is_seen_too() -> None:
    """Oja with negative strength: near V = 1, dw/dt = -5 V V - (1 - 5 V^2) w is about 4 w - 5."""
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Oja(-5.0), bias=3.0)
    assert can_compile(net)
    with pytest.raises(npl.RunawayError):
        npl.simulate(net, 1000.0, initial=(np.full(2, 3.0), np.full(2, 3.0)))


def test_a_batch_keeps_its_good_trajectories() -> None:
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(0.3), bias=-2.0, activation=Softplus())
    starts = np.array([[-2.0, -2.0], [30.0, 30.0], [-1.0, -2.0]])
    run = npl.simulate(net, 20.0, initial=starts)
    assert [str(s) for s in run.statuses] == ["finished", "runaway", "finished"]
    assert run.status == "runaway"
    alone = npl.simulate(net, 20.0, initial=starts[0])
    np.testing.assert_allclose(run.activity[0], alone.activity, rtol=0, atol=1e-8)
    assert run.to_frame().notna().all(axis=None)
    assert set(run.to_frame()["trial"]) >= {0, 2}
    (failure,) = run.failures.to_dict("records")
    assert failure["trial"] == 1
    assert failure["node"] in (0, 1)
    assert 0.0 < failure["time"] < 20.0


@pytest.mark.interpreted
def test_every_other_status_can_be_met() -> None:
    net = odd_network(npl.Hebbian(-4.0), "tanh")
    methods: list[Any] = ["explicit", "stiff"]
    for method in methods:
        run = npl.simulate(net, 50.0, rng=0, solver=npl.Solver(max_steps=5, method=method))
        assert run.status == "too many steps"
        assert not run.status.good
        assert run.to_frame().notna().all(axis=None)
    hopeless = npl.simulate(net, 50.0, rng=0, solver=npl.Solver(rtol=1e-300, atol=1e-300))
    assert hopeless.status == "step too small"
    assert "rtol" in hopeless.status.remedy


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({"duration": -1.0}, ValueError, "duration must be a finite number above 0"),
        ({"duration": "long"}, TypeError, "number"),
        ({"times": [0.0, 2.0, 1.0]}, ValueError, "increasing"),
        ({"times": [0.0, 1e9]}, ValueError, "between 0 and duration"),
        ({"rtol": 1e-8}, TypeError, "rtol"),
        ({"solver": {"rtol": 1e-8}}, TypeError, "netplastic.Solver"),
        ({"initial": np.zeros(3)}, ValueError, "shape"),
        ({"initial": np.full(7, np.nan)}, ValueError, "finite"),
        ({"initial": (np.zeros(7), np.zeros(2))}, ValueError, "weights"),
        ({"trials": 0}, ValueError, "at least 1"),
        ({"observe": npl.Observe(nodes=["nobody"])}, ValueError, "nobody"),
        ({"observe": npl.Observe(weights=[(0, "alone")])}, ValueError, "no arc"),
        ({"observe": npl.Observe(weights=[0])}, TypeError, "pairs"),
        ({"observe": npl.Observe(weights=3)}, TypeError, "list of arcs"),
        ({"observe": npl.Observe(nodes=3)}, TypeError, "nodes must be a list of nodes"),
        ({"observe": "energy"}, TypeError, "netplastic.Observe"),
        ({"times": ["soon"]}, TypeError, "increasing numbers"),
        ({"rng": "seed"}, TypeError, "Generator"),
        ({"rng": -1}, ValueError, "rng must be a seed of at least 0; found -1"),
        ({"trials": 2.5}, TypeError, "whole"),
        ({"initial": "random"}, TypeError, "RandomStart"),
        (
            {"initial": npl.PerturbedStart(np.zeros((2, 7)))},
            ValueError,
            r"activity of the equilibrium has shape \(2, 7\)",
        ),
    ],
)
def test_wrong_input_is_named(wrong: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        npl.simulate(odd_network(npl.Hebbian(-4.0), "tanh"), **wrong)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: npl.RandomStart("gauss"), ValueError, "unknown distribution"),
        (
            lambda: npl.RandomStart(scale=-1.0),
            ValueError,
            "scale must be .* at least 0; found -1.0",
        ),
        (lambda: npl.RandomStart(scale="wide"), TypeError, "number"),
        (lambda: npl.RandomStart(center=np.inf), ValueError, "finite"),
        (
            lambda: npl.PerturbedStart(np.zeros(7), size=np.nan),
            ValueError,
            "size must be .* found nan",
        ),
        (lambda: npl.PerturbedStart(np.zeros(7), weight_size=-1.0), ValueError, "at least 0"),
        (lambda: npl.Solver(method="explict"), ValueError, "did you mean 'explicit'"),  # type: ignore[arg-type]
        (lambda: npl.Solver(rtoll=1.0), TypeError, "rtol"),  # type: ignore[call-arg]
        (lambda: npl.Solver(rtol=-1.0), ValueError, "rtol must lie above 0 and below 1"),
        (lambda: npl.Solver(rtol=1.0), ValueError, "rtol must lie above 0 and below 1"),
        (lambda: npl.Solver(atol=0.0), ValueError, "atol must be a finite number above 0"),
        (lambda: npl.Solver(settle="soon"), TypeError, "number"),  # type: ignore[arg-type]
        (lambda: npl.Solver(workers=1.5), TypeError, "whole"),  # type: ignore[arg-type]
        (lambda: npl.Solver(max_steps=10.5), TypeError, "whole"),  # type: ignore[arg-type]
        (lambda: npl.Solver(workers=0), ValueError, "at least 1"),
    ],
)
def test_wrong_starts_and_solvers_are_named(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


@pytest.mark.parametrize("seed", [1, 2])
def test_auto_finds_stiffness_that_the_last_stages_do_not_show(seed: int) -> None:
    """Oja's rule at 1e5: 160 stiff steps are enough, explicit ones would be 1.6 million."""
    net = npl.PlasticNetwork(nx.complete_graph(4), npl.Oja(5.0), learning_rate=1e5)
    auto, stiff = (
        npl.simulate(net, 10.0, rng=seed, solver=npl.Solver(method=method))
        for method in ("auto", "stiff")
    )
    assert auto.status == "finished"
    assert auto.statistics["accepted"][0] < 50_000
    assert auto.statistics["stiff"] == 1
    np.testing.assert_allclose(auto.final_activity, stiff.final_activity, atol=1e-4)


def test_a_limit_on_time_keeps_what_was_reported() -> None:
    net = npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(-20.0), learning_rate=0.01)
    run = npl.simulate(net, 1e9, rng=0, solver=npl.Solver(seconds=0.3, max_steps=10**9))
    assert run.status == "interrupted"
    assert 0.0 < run.end_time < 1e9
    kept = run.times <= run.end_time
    assert np.isfinite(run.activity[kept]).all()
    assert np.isnan(run.activity[~kept]).all()


@pytest.mark.parametrize("method", ["explicit", "stiff"])
def test_ctrl_c_ends_a_run_and_keeps_what_it_has(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from netplastic._support import _watch

    monkeypatch.setattr(_watch, "_last_stop", -np.inf)  # a second one soon after ends everything
    net = npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(-20.0), learning_rate=0.01)
    solver = npl.Solver(method=method, max_steps=10**9, workers=2)
    npl.simulate(net, 1.0, rng=0, trials=2, solver=solver)  # compiled by now
    pressed: list[float] = []

    def press() -> None:
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, press)
    timer.start()
    run = npl.simulate(net, 1e9, rng=0, trials=3, solver=solver)
    assert time.monotonic() - pressed[0] < 2.0
    assert [str(status) for status in run.statuses] == ["interrupted"] * 3
    assert np.isfinite(run.final_activity).all()
