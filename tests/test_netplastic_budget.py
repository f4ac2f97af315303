"""Budgets, progress, and counts that Ctrl-C stops."""

from __future__ import annotations

import io
import math
import signal
import sys

import networkx as nx
import pytest
from conftest import anti, hub_of_pairs

import netplastic as npl
from netplastic._support import _watch
from netplastic.analyses import count_neighborhoods
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import certify_equilibria
from netplastic.equilibria.certified.hubs import count_at

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
    assert "of about" in shown[True]
    assert "found" in shown[True]
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    npl.count_equilibria(anti(nx.path_graph(15), -50.0), progress=True)
    assert sys.stderr.getvalue() == ""


def test_what_watchers_are_told():
    told = []
    with _watch.watched(told.append):
        certify_equilibria(anti(nx.path_graph(15), -50.0), False, Clock(npl.Budget()))
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
    clock = Clock(npl.Budget(), watch=_watch.Watch(_stopped=True))
    found = count_at(anti(hub_of_pairs(3), -20.0), (0,), False, clock)
    assert found.lower == 0
    assert found.upper == math.inf
    assert found.reason == "interrupted"
