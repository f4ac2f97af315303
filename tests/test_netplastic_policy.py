"""One policy for all counts: the answers to one question agree, however it is put."""

from __future__ import annotations

import math
import re

import networkx as nx
import pytest

import netplastic as npl
from netplastic.equilibria import Clock, Count, CountStatus, Unfinished, joined, ordered
from netplastic.equilibria._joined import with_prospect

LOWER = CountStatus.LOWER_BOUND
SMALL = npl.Budget(boxes=1500, starts=12)


def fields(count):
    """What a count says: unsettled counts refuse to be compared as numbers."""
    return count.lower, count.upper, count.status, count.reason


NETWORKS = {
    "grid": nx.grid_2d_graph(5, 6),
    "path": nx.path_graph(26),  # its nodes divide it
    "parts": nx.disjoint_union(nx.grid_2d_graph(4, 5), nx.cycle_graph(5)),
    "ring of modules": npl.graphs.ring_of_modules(
        modules=4, module_size=16, density=0.2, path_length=2, rng=0
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("stable_only", [False, True])
def test_a_list_and_a_count_give_the_same_bounds(name, stable_only):
    net = npl.PlasticNetwork(NETWORKS[name], npl.Hebbian(-30.0))
    count = npl.count_equilibria(net, stable_only=stable_only, budget=SMALL, rng=0)
    found = npl.find_equilibria(net, stable_only=stable_only, budget=SMALL, rng=0)
    asked = found.stable_count if stable_only else found.count
    assert (asked.lower, asked.upper) == (count.lower, count.upper)
    assert asked.status == count.status
    assert found.stable_count.lower <= found.count.lower
    assert found.stable_count.upper <= found.count.upper


@pytest.mark.parametrize("name", NETWORKS)
def test_there_are_at_least_as_many_as_stable_ones(name):
    net = npl.PlasticNetwork(NETWORKS[name], npl.Hebbian(-30.0))
    for method in ("auto", "sampled"):
        every, stable = (
            npl.count_equilibria(net, stable_only=only, method=method, budget=SMALL, rng=0)
            for only in (False, True)
        )
        assert every.lower >= stable.lower or method == "auto"
        whole, part = ordered(every, stable)
        assert whole.lower >= part.lower
        assert part.upper <= whole.upper


def test_more_than_a_list_holds_is_counted_all_the_same():
    """Twins of a complete graph of 12 nodes, proved without writing them down."""
    net = npl.PlasticNetwork(nx.complete_graph(12), npl.Hebbian(3.0), bias=0.0)
    count = npl.count_equilibria(net)
    assert count.exact
    assert count.lower > 100_000


def test_a_budget_that_is_too_short_says_which_one_may_do():
    net = npl.PlasticNetwork(nx.path_graph(14), npl.Hebbian(-50.0))
    exact = npl.find_equilibria(net)
    needed = exact.statistics["boxes"]
    budget = npl.Budget(boxes=needed // 3, starts=10)
    for open_ in (
        npl.count_equilibria(net, budget=budget, rng=0),
        npl.find_equilibria(net, budget=budget, rng=0).count,
        npl.count_equilibria(net, budget=budget, rng=0, method="certified"),
    ):
        assert not open_.exact
        told = re.search(r"(\d+)% of the proof is done, budget=Budget\(boxes=(\S+)\)", open_.reason)
        assert told, open_.reason
        # a forecast: symmetries are only used once a search is not short
        assert needed / 8 < float(told[2]) < 8 * needed


def test_prospects_are_told_only_where_they_can_be():
    clock = Clock(npl.Budget(boxes=100))
    count = Count(3, math.inf, LOWER, reason="budget of 100 boxes used up")
    assert with_prospect(count, clock) is count  # nothing is unfinished
    clock.unfinished[0] = Unfinished(0.25, 100, 2.0)
    assert with_prospect(count, clock).reason == (
        "budget of 100 boxes used up; 25% of the proof is done, "
        "budget=Budget(boxes=4e+02) may finish it"
    )
    clock = Clock(npl.Budget(seconds=4.0), unfinished=clock.unfinished)
    assert with_prospect(count, clock).reason.endswith("done, budget=19 may finish it")
    clock.unfinished[1] = Unfinished(0.001, 100, 2.0)
    assert with_prospect(count, clock) is count
    settled = Count(3, 3, CountStatus.CERTIFIED)
    assert with_prospect(settled, clock) is settled


def test_counts_are_joined():
    one, other = Count(3, 9, LOWER, reason="a"), Count(4, math.inf, LOWER, reason="b")
    assert fields(joined(one, other)) == fields(joined(other, one)) == (4, 9, LOWER, "a")
    assert joined(one, Count(9, math.inf, LOWER)).status == "certified"
    estimate = Count(20, math.inf, CountStatus.ESTIMATE)
    assert joined(one, estimate) is joined(estimate, one) is one
    with pytest.raises(ArithmeticError, match="one is wrong"):
        joined(one, Count(10, 12, LOWER))


def test_estimates_bound_nothing():
    estimate = Count(93, math.inf, CountStatus.ESTIMATE)
    whole = Count(79, 85, LOWER)
    unchanged = ordered(whole, estimate)
    assert unchanged[0] is whole
    assert unchanged[1] is estimate
    raised, _ = ordered(Count(79, math.inf, CountStatus.ESTIMATE), estimate)
    assert (raised.lower, raised.status) == (93, "estimate")


def test_a_search_without_hope_leaves_its_time_to_samples():
    clock = Clock(npl.Budget(seconds=100.0), gives_up=True)
    clock.started -= 50.0
    assert clock.hopeless(0.001, 0.0) == "budget of 100 s too short for the proof (0.1% of it done)"
    assert clock.hopeless(0.2, 0.0) == ""
    assert clock.hopeless(0.001, 40.0) == ""  # it has only begun
    clock.gives_up = False
    assert clock.hopeless(0.001, 0.0) == ""


def test_seconds_are_told_as_they_were_given():
    share = Clock(npl.Budget(seconds=1e-6)).share_of_time(0.5)
    assert share.spent() == "budget of 1e-06 s used up"


def test_a_little_time_gives_a_little():
    net = npl.PlasticNetwork(nx.grid_2d_graph(12, 12), npl.Hebbian(-20.0))
    found = npl.find_equilibria(net, budget=1.0, rng=0)
    assert found.count.lower > 1
    assert found.count.lower >= found.stable_count.lower
