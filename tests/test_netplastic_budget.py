"""Estimates of the work, progress, and counts that Ctrl-C stops."""

from __future__ import annotations

import io
import math
import signal
import sys

import networkx as nx
import pytest
from test_netplastic_conditioned import hub_of_pairs

import netplastic as npl
from netplastic._support import _watch
from netplastic.analyses import count_neighborhoods
from netplastic.equilibria.certified import Clock
from netplastic.equilibria.certified._door import count_within
from netplastic.equilibria.certified._symmetry import Symmetry
from netplastic.equilibria.certified.hubs import count_at


def anti(graph, strength, **parameters):
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), **parameters)


# -- estimates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "strength"),
    [
        (nx.path_graph(18), -50.0),
        (nx.grid_2d_graph(3, 5), -50.0),
        (nx.random_regular_graph(3, 14, seed=4), -30.0),
        (nx.gnp_random_graph(13, 0.3, seed=5), -40.0),
    ],
)
@pytest.mark.parametrize("stable_only", [False, True])
def test_the_estimate_is_near_the_work_done(graph, strength, stable_only):
    net = anti(graph, strength)
    work = npl.estimate_work(net, stable_only, probes=20, rng=1)
    found = npl.find_equilibria(net, method="certified", stable_only=stable_only)
    done = found.statistics["boxes"]
    assert work.boxes_low <= work.boxes <= work.boxes_high
    # symmetries lead the search from its 151st box on, and its estimate from the first
    assert done / 2 - 150 <= work.boxes <= 2 * done + 150
    assert work.seconds < 60.0 * found.statistics["seconds"]


def test_estimates_without_symmetries_are_higher(monkeypatch):
    net = anti(nx.petersen_graph(), -40.0)
    led = npl.estimate_work(net, probes=20, rng=1)
    monkeypatch.setattr(Symmetry, "leaders", lambda self: list(range(10)))
    assert npl.estimate_work(net, probes=20, rng=1).boxes > 2 * led.boxes


def test_small_searches_are_done():
    work = npl.estimate_work(anti(nx.path_graph(2), -20.0))
    assert work.exact
    assert 1 <= work.boxes < 40
    assert "was done" in str(work)


def boxes_of_a_count(net, stable_only):
    clock = Clock(npl.Budget())
    assert count_within(net, stable_only, clock).exact
    return clock.boxes


@pytest.mark.parametrize("stable_only", [False, True])
def test_what_a_node_settles_is_known(stable_only):
    """Hundreds of pairs around a hub: 3^200 equilibria, and the work is that of an interval."""
    work = npl.estimate_work(anti(hub_of_pairs(200), -20.0), stable_only, rng=0)
    assert work.exact
    assert work.boxes == boxes_of_a_count(anti(hub_of_pairs(200), -20.0), stable_only)
    assert "was done" in work.method


HUB = hub_of_pairs(20)


@pytest.mark.parametrize(
    ("graph", "stable_only"),
    [(HUB, True), (nx.disjoint_union_all([nx.grid_2d_graph(3, 5), HUB, HUB]), False)],
)
def test_estimates_follow_the_ways_that_a_count_takes(graph, stable_only):
    """20 pairs: plain searches on trial that fail, then the hub; beside it a grid without one."""
    net = anti(graph, -30.0)
    work = npl.estimate_work(net, stable_only, rng=0)
    done = boxes_of_a_count(net, stable_only)
    assert 20_000 < done < 30_000  # a fifth of the budget, and what follows
    assert 0.95 * done <= work.boxes <= 1.05 * done


def test_where_a_node_may_settle_it_or_not_the_range_is_wide():
    """A binary tree of 31 nodes: whether the conditioned count ends is not known beforehand."""
    net = anti(nx.balanced_tree(2, 4), -50.0)
    work = npl.estimate_work(net, rng=0)
    assert "may end earlier" in work.method
    assert work.boxes_low < 30_000
    assert work.boxes_high > 80_000
    assert 40_000 < work.boxes < 160_000


def test_estimates_of_huge_searches_are_given():
    """A grid of 100: no few nodes hold it together, and nobody will wait for its end."""
    work = npl.estimate_work(anti(nx.grid_2d_graph(10, 10), -20.0), probes=2, rng=0)
    assert work.boxes_low > 10**9
    assert "e+" in str(work)


def test_estimates_can_be_repeated():
    net = anti(nx.grid_2d_graph(3, 5), -50.0)
    assert npl.estimate_work(net, rng=3).boxes == npl.estimate_work(net, rng=3).boxes
    assert npl.estimate_work(net, rng=3).boxes != npl.estimate_work(net, rng=4).boxes


def test_equal_parts_are_estimated_once():
    one = npl.estimate_work(anti(nx.path_graph(7), -50.0))
    many = npl.estimate_work(anti(nx.disjoint_union_all([nx.path_graph(7)] * 5), -50.0))
    assert one.boxes == many.boxes


def test_misuse_of_estimates():
    with pytest.raises(TypeError, match=r"make a netplastic\.PlasticNetwork"):
        npl.estimate_work(nx.path_graph(2))
    net = anti(nx.path_graph(2), -20.0)
    for probes in (2.5, True):
        with pytest.raises(TypeError, match="whole number"):
            npl.estimate_work(net, probes=probes)
    with pytest.raises(ValueError, match="at least 2"):
        npl.estimate_work(net, probes=1)
    with pytest.raises(ValueError, match="decay of the weight vanishes"):
        npl.estimate_work(npl.PlasticNetwork(nx.path_graph(2), npl.Oja(-1.0)))


# -- budget --------------------------------------------------------------------------------------


def test_a_budget_of_boxes_is_kept_to():
    for boxes in (50, 500, 5000):
        budget = npl.Budget(boxes=boxes)
        found = npl.find_equilibria(anti(nx.path_graph(30), -50.0), "certified", budget=budget)
        # the cost of one box of 30 unknowns is 3.4, rounded up
        assert boxes <= found.statistics["boxes"] <= boxes + 4
        assert found.count.upper == math.inf
        assert f"budget of {boxes} boxes" in found.count.reason


def test_a_budget_of_seconds_leaves_time_for_every_way():
    """Plain searches of 401 unknowns come to no end; they get a share of the time only."""
    net = anti(hub_of_pairs(200), -20.0)
    npl.count_equilibria(net)  # compiles
    assert int(npl.count_equilibria(net, budget=10.0)) == 3**200


def test_shares_of_what_is_left():
    clock = Clock(npl.Budget(boxes=1000, seconds=1000.0), boxes=200)
    part = clock.share(0.5, 10)
    assert part.budget.boxes == 600
    assert part.left == 400
    assert part.budget.seconds == pytest.approx(500.0, abs=1.0)
    assert clock.share(0.001, 100).left == 100
    assert clock.share(0.001, 10**6).budget.boxes == 1000
    assert Clock(npl.Budget()).share(0.5, 10).budget.seconds is None


# -- progress -------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_shown_on_a_terminal_on_request(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = {}
    for wanted in (False, True):
        monkeypatch.setattr(sys, "stderr", Terminal())
        npl.count_equilibria(anti(nx.path_graph(15), -50.0), progress=wanted)
        shown[wanted] = sys.stderr.getvalue()
    assert shown[False] == ""
    assert "boxes" in shown[True]
    assert "found" in shown[True]
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    npl.count_equilibria(anti(nx.path_graph(15), -50.0), progress=True)
    assert sys.stderr.getvalue() == ""


def test_what_watchers_are_told():
    told = []
    with _watch.watched(told.append):
        npl.certified.certify_equilibria(anti(nx.path_graph(15), -50.0), False, npl.Budget())
    assert [state.boxes for state in told] == sorted(state.boxes for state in told)
    assert [state.share for state in told] == sorted(state.share for state in told)
    assert 0.0 < told[0].share < 1.0
    assert told[-1].share == 1.0


# -- Ctrl-C ---------------------------------------------------------------------------------------


@pytest.fixture
def ctrl_c(monkeypatch):
    """Press Ctrl-C when a search tells how far it is for the nth time."""
    monkeypatch.setattr(_watch, "_last_stop", -math.inf)
    plain = Clock.tell
    # runs in the background of a shell ignore the signal from their start
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def press(*moments):
        count = 0

        def tell(self, share, roots):
            nonlocal count
            count += 1
            plain(self, share, roots)
            if count in moments:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(Clock, "tell", tell)

    yield press
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_count_returns_bounds(ctrl_c):
    ctrl_c(4)
    count = npl.count_equilibria(anti(nx.path_graph(20), -50.0))
    assert 0 < count.lower < 4325
    assert count.upper == math.inf
    assert count.status == "lower bound"
    assert "interrupted" in count.reason


def test_an_interrupted_search_returns_its_list(ctrl_c):
    ctrl_c(4)
    found = npl.find_equilibria(anti(nx.path_graph(20), -50.0), method="certified")
    assert 0 < len(found) == found.count.lower < 4325
    assert "interrupted" in found.count.reason
    assert found.statistics["share_searched"] < 1.0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_automatic_search_does_not_go_on_with_samples(ctrl_c):
    ctrl_c(2)
    found = npl.find_equilibria(anti(nx.path_graph(20), -50.0))
    assert found.method == "certified"


def test_a_second_one_ends_everything(ctrl_c):
    ctrl_c(2, 3)

    def counts():
        return [npl.count_equilibria(anti(nx.path_graph(20), -50.0)) for _ in range(3)]

    with pytest.raises(KeyboardInterrupt):
        counts()


def test_larger_computations_end_at_the_first(ctrl_c):
    ctrl_c(1)
    with pytest.raises(KeyboardInterrupt):
        count_neighborhoods(anti(nx.path_graph(4), -20.0), progress=False, scope="isolated")


def test_a_conditioned_count_is_interrupted_too():
    clock = Clock(npl.Budget(), watch=_watch.Watch(stopped=True))
    found = count_at(anti(hub_of_pairs(3), -20.0), (0,), False, clock)
    assert found.lower == 0
    assert found.upper == math.inf
    assert found.reason == "interrupted"
