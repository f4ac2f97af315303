"""The measure of studies: counts per neighborhood, with weights and null graphs of choice."""

from __future__ import annotations

import networkx as nx

from netplastic.analyses import _measures as measures


def test_the_measure_says_whether_a_null_graph_is_one() -> None:
    star = measures.stable_neighborhoods(nx.star_graph(4), null=1)
    assert set(star["null_note"]) == {"equal to the original: no swap is possible"}
    assert set(measures.stable_neighborhoods(nx.path_graph(6), null=1)["null_note"]) == {"rewired"}
    assert set(measures.stable_neighborhoods(nx.path_graph(3))["null_note"]) == {""}
