"""Figures that draw a table on given axes."""

from __future__ import annotations

import sys

import networkx as nx
import numpy as np
import pandas as pd

import netplastic as npl
from netplastic.analyses.pictures import _figures as figures

# A cycle with three long chords, on which places differ; nodes 0, 4, 8, ... are choke points.
GRAPH = nx.cycle_graph(48)
GRAPH.add_edges_from([(0, 17), (3, 29), (11, 40)])


def made_up(excess: float) -> pd.DataFrame:
    """Counts of two networks: in "steered" choke points have so many bits more at strength -20."""
    rng = np.random.default_rng(0)
    rows = []
    for graph in ("steered", "level"):
        for strength in (0.2, -20.0):
            for node in range(len(GRAPH)):
                bits = 2.0 + rng.integers(0, 2) if graph == "steered" else 2.0
                bits += excess * (node % 4 == 0 and graph == "steered" and strength < 0)
                rows.append((graph, strength, node, bits, node % 4 == 0))
    table = pd.DataFrame(rows, columns=["graph", "strength", "node", "log2_stable", "is_choke"])
    return table.assign(
        n_stable=(2.0 ** table["log2_stable"]).astype(int),
        degree=3,
        neighbor_edges=1,
        role="core",
        size=4 + table["node"] % 5,
        scope="isolated",
        radius=1,
        learning_rate=1.0,
        status="certified",
    )


def compare(table: pd.DataFrame) -> pd.DataFrame:
    pieces = []
    for name, rows in table.groupby("graph", sort=False):
        rows = rows.drop(columns="graph")
        chokes = rows.drop_duplicates("node")[["node", "is_choke"]]
        pieces.append(npl.amplification(rows, chokes, graph=GRAPH).assign(graph=name))
    return pd.concat(pieces, ignore_index=True)


def test_figures_return_the_axes_they_are_given_and_open_no_window() -> None:
    table = made_up(1.0)
    found = compare(table)
    _, (left, right) = figures.canvas(2)
    assert figures.counts_by_group(table[table["strength"] < 0], ax=left) is left
    assert figures.effects(found, ["steered", "level"], ax=right) is right
    assert "log2" in left.get_xlabel()
    assert "bits" in right.get_xlabel()
    assert [text.get_text() for text in left.get_yticklabels()] == ["steered", "level"]
    assert {text.get_text() for text in left.get_legend().get_texts()} >= {
        "choke points",
        "other nodes",
    }
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def test_figures_touch_no_global_randomness_and_no_settings() -> None:
    import matplotlib as mpl

    np.random.seed(0)  # noqa: NPY002  # the state that must not change
    before, settings = np.random.get_state()[1].copy(), dict(mpl.rcParams)  # noqa: NPY002
    figures.counts_by_group(made_up(1.0))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert dict(mpl.rcParams) == settings


def test_counts_of_zero_have_their_place() -> None:
    table = made_up(0.0).query("strength < 0")
    none = table.assign(log2_stable=np.where(table["node"] == 0, -np.inf, table["log2_stable"]))
    ax = figures.counts_by_group(none)
    assert "none" in [text.get_text() for text in ax.get_xticklabels()]


def test_effects_drawn_are_those_at_equal_degree_of_all_kinds() -> None:
    found = compare(made_up(1.0))
    found = found[found["strength"] < 0]
    drawn = figures._matched(found)
    assert drawn["graph"].tolist() == ["steered", "level"]
    assert set(drawn["comparison"]) == {"matched"}
    assert set(drawn["choke_kind"]) == {"all"}
    without = found.assign(effect=found["effect"].where(found["comparison"] != "matched"))
    assert figures._matched(without).empty
