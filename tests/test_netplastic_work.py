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
from netplastic import _watch
from netplastic.analyses.neighborhoods import count_neighborhoods
from netplastic.certified._conditioned import count_at
from netplastic.certified._search import Clock
from netplastic.certified._symmetry import Symmetry


def anti(graph, strength, **parameters):
    return npl.PlasticNetwork(graph, npl.Hebbian(strength), **parameters)


# -- estimates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "strength"),
    [
        (nx.path_graph(15), -50.0),
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


def test_estimates_can_be_repeated():
    net = anti(nx.path_graph(16), -50.0)
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

    def press(*moments):
        count = 0

        def tell(self, share, roots):
            nonlocal count
            count += 1
            plain(self, share, roots)
            if count in moments:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(Clock, "tell", tell)

    return press


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
    found = count_at(anti(hub_of_pairs(3), -20.0), 0, False, clock)
    assert found.lower == 0
    assert found.upper == math.inf
    assert found.reason == "interrupted"
