"""Amplification's inputs: verdicts of any source, nodes that stand twice, nulls that are none."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from amplification_tables import chokes_of, counts_of, row, stacked

import netplastic as npl
from netplastic.analyses import _measures as measures
from netplastic.analyses._within import EQUAL
from netplastic.analyses.studies import _choke_finding as finding

NOT_REWIRED = "equal to the original: no swap is possible"


@pytest.mark.parametrize(
    "flags",
    [
        [True, True, False, False, False],
        [np.True_, np.True_, np.False_, np.False_, np.False_],
        ["True", "true", "False", " false ", "FALSE"],
        [1, 1.0, 0, 0.0, 0],
        ["1", "1", "0", "0", "0"],
    ],
)
def test_verdicts_in_any_form_mean_the_same(flags):
    counts = counts_of([4, 4, 1, 1, 1])
    chokes = pd.DataFrame({"node": counts["node"], "is_choke": pd.Series(flags, dtype=object)})
    assert row(npl.amplification(counts, chokes), "matched")["effect"] == 3.0


@pytest.mark.parametrize("value", [np.nan, None, "perhaps", "", 2, -1, pd.NA, [True]])
def test_what_is_no_verdict_is_refused(value):
    counts = counts_of([4, 4, 1, 1, 1])
    chokes = chokes_of([1, 1, 0, 0, 0]).astype({"is_choke": object})
    chokes.at[2, "is_choke"] = value
    for compare in (npl.amplification, npl.analyses.excess):
        with pytest.raises(ValueError, match=r"is_choke of node 2 is .*must be True or False"):
            compare(counts, chokes)


def test_a_node_twice_among_choke_points_is_refused():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    twice = pd.concat([chokes, chokes.assign(is_choke=False).iloc[:1]], ignore_index=True)
    for compare in (npl.amplification, npl.analyses.excess, npl.analyses.explained_variance):
        with pytest.raises(ValueError, match="node 0 occurs twice in chokes"):
            compare(counts, twice)


def found_of(log2, flags, nulls=None):
    """The matched row of a ring whose chords make places differ."""
    graph = nx.cycle_graph(len(log2))
    return npl.amplification(counts_of(log2), chokes_of(flags), nulls=nulls, graph=graph)


def test_unequal_counts_are_never_called_equal():
    """Counts 2 at choke points, 1 and 4 elsewhere: an effect of exactly 0, and yet not equal."""
    flags = [1, 0, 0] * 8
    unequal = row(found_of([1, 0, 2] * 8, flags), "matched")
    assert unequal["effect"] == 0.0
    assert EQUAL not in unequal["reason"]
    equal = row(found_of([1, 1, 1] * 8, flags), "matched")
    assert equal["effect"] == 0.0
    assert EQUAL in equal["reason"]


def test_null_graphs_that_no_rewiring_changes_are_no_effect_and_named():
    counts, flags = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    same = stacked([counts] * 3).assign(null_model="degree_preserving", null_note=NOT_REWIRED)
    table = npl.amplification(counts, flags, nulls=same)
    for name in ("null graphs", "null contrast"):
        found = row(table, name)
        assert math.isnan(found["effect"])
        assert NOT_REWIRED in found["reason"]
        assert (found["n_nulls"], found["n_not_rewired"]) == (0, 3)
    other = table.assign(graph="star").assign(scope="isolated")
    (sentence,) = finding._null_sentence(other)
    assert "Left out, because no rewiring changes them: star." in sentence


def test_the_measure_says_whether_a_null_graph_is_one():
    star = measures.stable_neighborhoods(nx.star_graph(4), null=1)
    assert set(star["null_note"]) == {NOT_REWIRED}
    assert set(measures.stable_neighborhoods(nx.path_graph(6), null=1)["null_note"]) == {"rewired"}
    assert set(measures.stable_neighborhoods(nx.path_graph(3))["null_note"]) == {""}
