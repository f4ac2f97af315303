"""The sampled search beside the certified one: joining them, and holding one against the other."""

from __future__ import annotations

import dataclasses
import math

import networkx as nx
import numpy as np
import pytest
from conftest import sampled
from test_netplastic_sampled import RULES

import netplastic as npl
from netplastic.equilibria import Count, CountStatus
from netplastic.equilibria.sampled import merge_found

# -- joining the certified search -------------------------------------------------------


def as_proved(found, rows, radius, count, stable_count):
    return dataclasses.replace(
        found,
        activity=found.activity[rows],
        rates=found.rates[rows],
        radius=np.full(len(rows), radius),
        stable=found.stable[rows],
        undecided=found.undecided[rows],
        minimum=found.minimum[rows],
        count=count,
        stable_count=stable_count,
        method="certified",
        statistics={"boxes": 7},
    )


def open_count(lower, upper):
    return Count(lower, upper, CountStatus.LOWER_BOUND, "certified", "boxes ran out")


def test_merging_unites_and_keeps_what_was_proved():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    found = sampled(net)
    proved = as_proved(found, np.arange(4), 1e-6, open_count(4, 20), open_count(1, 7))
    merged = merge_found(net, proved, found)
    np.testing.assert_array_equal(merged.activity, found.activity)
    np.testing.assert_array_equal(merged.stable, found.stable)
    np.testing.assert_array_equal(merged.minimum, found.minimum)
    assert (merged.radius == 1e-6).sum() == 4
    assert (merged.radius < 1e-12).sum() == 7  # the samples' own proof
    assert (merged.count.lower, merged.count.upper) == (11, 20)
    assert (merged.stable_count.lower, merged.stable_count.upper) == (5, 7)
    assert merged.count.reason == "boxes ran out"
    assert merged.statistics["boxes"] == 7
    assert merged.statistics["added_by_sampling"] == 7


def test_merging_counts_a_sample_within_a_radius_as_known():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    found = sampled(net)
    proved = as_proved(found, np.arange(11), 1e-4, open_count(11, 20), open_count(5, 7))
    moved = dataclasses.replace(found, activity=found.activity + 5e-5)
    assert len(merge_found(net, proved, moved)) == 11
    far = dataclasses.replace(found, activity=found.activity + 5e-4)
    assert (
        len(merge_found(net, as_proved(found, np.arange(4), 1e-4, *[open_count(4, 99)] * 2), far))
        == 15
    )


def test_samples_that_reach_the_upper_end_are_a_proof_if_they_are_proved():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    found = sampled(net)
    proved = as_proved(found, np.arange(4), 1e-6, open_count(4, 11), open_count(1, 5))
    merged = merge_found(net, proved, found)
    assert int(merged.count) == 11
    assert int(merged.stable_count) == 5
    assert merged.count.status == merged.stable_count.status == "certified"
    # the same with rows that only a floating-point test speaks for
    number = Count(0, math.inf, CountStatus.LOWER_BOUND, "sampled")
    candidates = dataclasses.replace(
        found, radius=np.full(11, np.nan), count=number, stable_count=number
    )
    merged = merge_found(net, proved, candidates)
    assert len(merged) == 11
    assert (merged.count.lower, merged.count.upper) == (4, 11)
    assert (merged.stable_count.lower, merged.stable_count.upper) == (1, 5)


def test_a_contradiction_surfaces():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    found = sampled(net)
    proved = as_proved(found, np.arange(4), 1e-6, open_count(4, 9), open_count(1, 5))
    with pytest.raises(ArithmeticError, match="11 equilibria were verified"):
        merge_found(net, proved, found)


def test_merging_into_an_empty_list():
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    found = sampled(net)
    nothing = as_proved(found, np.arange(0), 1e-6, open_count(0, math.inf), open_count(0, math.inf))
    merged = merge_found(net, nothing, found)
    assert len(merged) == merged.count.lower == 11


# -- against the certified search, which shares nothing but the equations ------------------


def against_certified(rule, activation, seed, directed):
    """Every sample is a certified equilibrium, one to one, with the same stability."""
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(5, 0.5, seed=seed, directed=directed)
    net = npl.PlasticNetwork(
        graph,
        rule,
        activation=activation,
        bias=rng.uniform(-1, 1, 5),
        learning_rate=float(rng.choice([0.05, 1.0])),
    )
    proved = npl.find_equilibria(net, method="certified", budget=npl.Budget(boxes=20_000))
    found = sampled(net)
    assert len(found) <= proved.count.upper
    gaps = np.max(np.abs(found.activity[:, None] - proved.activity[None]), axis=2)
    match = gaps.argmin(axis=1)
    assert np.all(gaps.min(axis=1) <= proved.radius[match] + 1e-8)
    assert len(set(match.tolist())) == len(found)
    settled = ~proved.undecided[match] & ~found.undecided
    np.testing.assert_array_equal(found.stable[settled], proved.stable[match][settled])
    return len(found), len(proved)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("directed", [False, True])
def test_samples_are_certified_equilibria(rule, directed):
    found, proved = against_certified(rule, "tanh", 2, directed)
    assert found >= proved / 2


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("activation", ["tanh", npl.Logistic(gain=3.0, threshold=0.4)])
@pytest.mark.parametrize("directed", [False, True])
def test_samples_are_certified_equilibria_on_many_networks(rule, activation, directed):
    for seed in range(10):
        against_certified(rule, activation, seed, directed)


def test_auto_joins_samples_to_an_unfinished_proof():
    net = npl.PlasticNetwork(nx.path_graph(12), npl.Hebbian(-50.0))
    found = npl.find_equilibria(net, budget=npl.Budget(boxes=40, starts=400), rng=0)
    # docs/theory.md#section-6: 149 equilibria, 28 of them stable.
    assert 60 < found.count.lower == len(found) <= 149 <= found.count.upper
    assert found.stable_count.lower <= 28 <= found.stable_count.upper
    assert found.count.status is CountStatus.LOWER_BOUND
    assert found.method == "certified + sampled"
