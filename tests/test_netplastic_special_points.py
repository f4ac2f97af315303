"""At and beside special points: round parameters, zero biases, distances of 1e-9 to 2e-16."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import netplastic as npl
from netplastic.equilibria.certified.clusters import _multiple

PAIR = nx.path_graph(2)


def test_what_is_counted_but_has_no_row_is_said(monkeypatch):
    """The pair just beyond its pitchfork: three states, told apart by signs along one curve."""
    net = npl.PlasticNetwork(PAIR, npl.Hebbian(-0.5), bias=0.0, static_weight=1.0 + 1e-9)
    listed = npl.find_equilibria(net)
    assert (int(listed.count), len(listed), listed.count.reason) == (3, 3, "")
    assert listed.orbit is not None
    monkeypatch.setattr(_multiple, "_rows", lambda *_: None)
    found = npl.find_equilibria(net)
    assert int(found.count) == int(npl.count_equilibria(net)) == 3
    assert found.count.status == "certified"
    assert len(found) < 3
    missing = 3 - len(found)
    assert found.count.reason == f"{missing} of them lie too near each other to be listed apart"
    assert found.orbit is None
    assert len(found.to_frame()) == 2 * len(found)


def test_a_cycle_of_four_with_round_parameters():
    """Covariance 10, gain 0.2, threshold 0.5: J is singular at the origin, but for rounding."""
    net = npl.PlasticNetwork(
        nx.cycle_graph(4), npl.Covariance(10.0), bias=0.0, activation=npl.Tanh(gain=0.2)
    )
    found = npl.find_equilibria(net)
    assert found.count.lower <= 27 <= found.count.upper
    assert found.stable_count.upper <= found.count.upper
