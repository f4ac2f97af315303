"""Balls on executors: the same tables, lost tasks, errors."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic._support import Crew


def double(number):
    return 2 * number


def refuse(number):
    raise ZeroDivisionError(f"not {number}")


class Losing(Executor):
    """Runs at once, and loses every task so many times."""

    def __init__(self, times):
        self._times, self._tried = times, {}

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        (number, _), *_ = args
        tries = self._tried[number] = self._tried.get(number, 0) + 1
        if tries <= self._times:
            future.set_exception(OSError("worker gone"))
        else:
            future.set_result(function(*args, **kwargs))
        return future


@pytest.fixture(scope="module")
def net():
    graph = npl.graphs.ring_of_modules(modules=3, module_size=6, density=0.6, path_length=2, rng=0)
    return npl.PlasticNetwork(graph, npl.Hebbian(-30.0))


def tables(net, **crew):
    crew["progress"] = False
    return [
        npl.count_neighborhoods(net, **crew),
        npl.count_neighborhoods(net, method="limit sets", **crew),
        npl.count_neighborhoods(net, 0, scope="clamped", nodes=list(net.nodes)[:4], **crew),
        npl.onset_neighborhoods(net, nodes=list(net.nodes)[:6], **crew),
    ]


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_an_executor_gives_the_same_tables(net, kind):
    with kind(2) as executor:
        there = tables(net, executor=executor)
    for one, other in zip(tables(net), there, strict=True):
        drop = ["seconds"]
        pd.testing.assert_frame_equal(
            one.drop(columns=drop), other.drop(columns=drop), check_exact=True
        )


def test_what_is_lost_once_is_done_again():
    assert dict(Crew(executor=Losing(1)).do(double, range(600))) == {i: 2 * i for i in range(600)}


def test_what_is_lost_twice_is_said():
    with pytest.raises(RuntimeError, match=r"part \d of 3: lost by the executor twice: OSError"):
        dict(Crew(executor=Losing(2)).do(double, range(3)))


@pytest.mark.parametrize("crew", [Crew(), Crew(2), Crew(executor=Losing(0))])
def test_an_error_of_the_work_itself_is_raised(crew):
    with pytest.raises(ZeroDivisionError, match="not 0"):
        dict(crew.do(refuse, [0, 0]))


def sampled(net, **more):
    return npl.find_equilibria(
        net, "sampled", stable_only=True, budget=npl.Budget(starts=60), rng=4, **more
    )


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor, Losing])
def test_sampled_minima_are_the_same_on_an_executor(net, kind):
    whole = sampled(net)
    with kind(0 if kind is Losing else 2) as executor:
        there = sampled(net, executor=executor)
        count = npl.count_equilibria(
            net, stable_only=True, method="sampled", budget=npl.Budget(starts=60), rng=4,
            executor=executor,
        )  # fmt: skip
    assert len(whole) > 10
    for name in ("activity", "radius", "stable", "hits"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(there, name))
    assert str(count) == str(whole.stable_count) == str(there.stable_count)


def test_what_an_executor_has_done_when_time_is_up_is_kept(net):
    budget = npl.Budget(starts=4000, seconds=1e-9)
    found = npl.find_equilibria(
        net, "sampled", stable_only=True, budget=budget, rng=4, executor=Losing(0)
    )
    assert 0 < found.statistics["starts"] < 4000
    assert "then time was up" in found.stable_count.reason


@pytest.mark.parametrize(
    "ask",
    [
        *[npl.count_neighborhoods, npl.onset_neighborhoods],
        *[npl.find_equilibria, npl.count_equilibria],
    ],
)
def test_what_is_no_executor_is_refused(ask):
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-5.0))
    with pytest.raises(TypeError, match=r"executor is a int; give a concurrent\.futures"):
        ask(net, executor=3)
