"""Choices that are too many to be told apart one by one are put together, without losing any."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from conftest import anti, conditioned, hub_of_pairs, plain
from test_netplastic_conditioned import compare

import netplastic as npl
from netplastic.equilibria.certified import MidRad
from netplastic.equilibria.certified.hubs import _choices
from netplastic.equilibria.certified.hubs._choices import _Bundles, _power


def unequal_pairs(number, seed=0, **parameters):
    rng = np.random.default_rng(seed)
    bias = rng.uniform(0.9, 1.1, 2 * number + 1)
    return anti(hub_of_pairs(number), -20.0, bias=bias, **parameters)


@pytest.fixture
def few(monkeypatch):
    """Put together what is more than a few."""
    monkeypatch.setattr(_choices, "_MOST", 100)
    monkeypatch.setattr(_choices, "_BUNDLES", 100)


def test_a_hub_with_different_pairs_has_an_exact_count_without_a_list():
    """Each pair is bistable whatever the others do, as in a hub of equal pairs: 3^n, 2^n stable.

    Its sums of squares differ by a third between its states, those of the hub's rate by no more.
    """
    net = unequal_pairs(60)
    assert int(npl.count_equilibria(net)) == 3**60
    assert int(npl.count_equilibria(net, stable_only=True)) == 2**60


@pytest.mark.usefixtures("few")
def test_bundles_agree_with_the_plain_search():
    """12 pairs: 4,096 stable equilibria can be listed, all 531,441 are too many."""
    net = unequal_pairs(12, seed=12)
    assert conditioned(net, 0, False).lower == conditioned(net, 0, False).upper == 3**12
    found, expected = conditioned(net, 0, True), plain(net, True)
    assert found.exact
    assert expected.exact
    assert found.lower == expected.lower == 2**12


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("seed", range(500, 506))
def test_bundles_never_contradict_the_plain_search(seed):
    compare(seed)


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_bundles_never_contradict_the_plain_search_in_hundreds_of_draws():
    assert sum(compare(seed) for seed in range(600, 800)) >= 100


@pytest.mark.usefixtures("few")
def test_equal_pairs_in_bundles():
    """Copies choose for themselves: the binomial numbers of the exact way come out."""
    for number in (5, 8, 13):
        net = anti(hub_of_pairs(number), -20.0)
        assert conditioned(net, 0, False).lower == 3**number
        assert conditioned(net, 0, True).lower == 2**number


def bundles(rng, rows):
    """Sums of one hub: at two points, over, slope, relief."""
    widths = (4, 2, 2, 1)
    parts = [MidRad(rng.normal(size=(rows, w)), rng.uniform(size=(rows, w))) for w in widths]
    marks = np.column_stack([np.ones(rows, dtype=bool), rng.random((rows, 2)) < 0.5])
    return _Bundles(parts, marks, rng.integers(1, 5, rows).tolist())


@pytest.mark.usefixtures("few")
def test_thinning_loses_nothing():
    """Every row lies in a bundle of its kind; the ways of each kind add up to what they were."""
    rng = np.random.default_rng(0)
    for rows in (3, 99, 140, 1000):
        before = bundles(rng, rows)
        after = before.thinned(1, 100)
        assert len(after) <= 100 + 4
        kinds = [tuple(m) for m in before.marks.tolist()]
        for kind in set(kinds):
            of_kind = [k for k, m in enumerate(after.marks.tolist()) if tuple(m) == kind]
            total = sum(w for w, m in zip(before.ways, kinds, strict=True) if m == kind)
            assert sum(after.ways[k] for k in of_kind) == total
            for r in (r for r, m in enumerate(kinds) if m == kind):
                held = [
                    all(
                        np.all(new.low[k] <= old.low[r]) and np.all(new.high[k] >= old.high[r])
                        for new, old in zip(after.sums, before.sums, strict=True)
                    )
                    for k in of_kind
                ]
                assert any(held)


def _without_first(bundle):
    return bundle.rows(np.arange(1, len(bundle)))


@pytest.mark.usefixtures("few")
def test_a_lost_bundle_shows(monkeypatch):
    net = unequal_pairs(12, seed=12)
    plain_thinning = _Bundles.thinned

    def losing_one(self, *limits):
        return _without_first(plain_thinning(self, *limits))

    monkeypatch.setattr(_Bundles, "thinned", losing_one)
    assert conditioned(net, 0, False, boxes=5000).lower != 3**12


def test_without_a_hub_nothing_is_bundled():
    assert plain(anti(nx.cycle_graph(5), -20.0), False).lower == 11


def test_no_product_of_bundles_takes_more_than_its_share_of_memory(monkeypatch):
    """Two pieces of some thousand sheets each: their product is never formed in full."""
    largest = 0
    product = _Bundles.with_all_of

    def watched(self, other):
        nonlocal largest
        largest = max(largest, len(self) * len(other))
        return product(self, other)

    monkeypatch.setattr(_Bundles, "with_all_of", watched)
    rng = np.random.default_rng(1)
    single = bundles(rng, 5000)
    for copies in (1, 2, 3, 7):
        power = _power(single, copies, 1)
        assert len(power) <= 304
        assert sum(power.ways) == sum(single.ways) ** copies
    assert 0 < largest <= 304**2
