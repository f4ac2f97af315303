"""The study of choke points: what it says must be what its numbers are."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses import _measures as measures
from netplastic.analyses import _null_ranks as null_ranks
from netplastic.analyses import _within as within
from netplastic.analyses.pictures import _figures as figures
from netplastic.analyses.studies import _choke_points as choke_points

# A cycle with three long chords, on which places differ; nodes 0, 4, 8, ... are choke points.
GRAPH = nx.cycle_graph(48)
GRAPH.add_edges_from([(0, 17), (3, 29), (11, 40)])
NETWORKS = {"steered": GRAPH, "level": GRAPH}
STUDY = dataclasses.replace(choke_points.STUDY, graphs=NETWORKS)


def compare(table: pd.DataFrame) -> pd.DataFrame:
    return choke_points.compare(table, NETWORKS)


def tell(table: pd.DataFrame) -> str:
    return choke_points.tell(STUDY, table, compare(table))


def made_up(excess: float, chokes: int = 12, nulls: int = 3) -> pd.DataFrame:
    """Counts of two networks in which choke points have so many bits more, by construction.

    In "steered" they do at strength -20; in "level" no two counts differ. All nodes match in
    degree, so that every comparison is possible; edges among neighbors and sizes tell balls apart.
    """
    rng = np.random.default_rng(0)
    rows = []
    for graph in ("steered", "level"):
        for scope in ("isolated", "embedded"):
            for strength in (0.2, -20.0):
                for null in range(nulls + 1):
                    for node in range(len(GRAPH)):
                        bits = 2.0 + rng.integers(0, 2) if graph == "steered" else 2.0
                        choke = node % 4 == 0 and node < 4 * chokes
                        if choke and (graph, strength, null) == ("steered", -20.0, 0):
                            bits += excess
                        rows.append((graph, strength, scope, null, node, bits, choke))
    table = pd.DataFrame(
        rows, columns=["graph", "strength", "scope", "null", "node", "log2_stable", "is_choke"]
    )
    return table.assign(
        n_stable=(2.0 ** table["log2_stable"]).astype(int),
        n_stable_upper=2.0 ** table["log2_stable"],
        degree=3,
        neighbor_edges=1,
        role="core",
        size=4 + table["node"] % 5,
        radius=1,
        learning_rate=1.0,
        status=np.where(table["scope"] == "isolated", "certified", "lower bound"),
    )


@pytest.mark.parametrize("excess", [2.0, -2.0])
def test_an_effect_that_is_there_is_found(excess: float) -> None:
    table = made_up(excess)
    found = compare(table)
    case = found[(found["graph"] == "steered") & (found["strength"] == -20.0)]
    every = (case["comparison"] == "matched") & (case["choke_kind"] == "all")
    effect = case[every]["effect"]
    assert effect.to_numpy() == pytest.approx([excess, excess], abs=0.5)
    text = choke_points.tell(STUDY, table, found)
    word = "More stable states at choke points" if excess > 0 else "Fewer"
    other = "Fewer" if excess > 0 else "More stable states at choke points"
    for scope in ("isolated", "embedded"):
        verdict = next(line for line in text.splitlines() if f"Choke points ({scope})" in line)
        assert f"{word}: steered at -20 ({'+' if excess > 0 else '-'}" in verdict
        assert f"{other}: none." in verdict
        assert "In 1 all counts compared are equal." in verdict


def test_no_effect_is_called_none() -> None:
    table = made_up(0.0)
    text = tell(table)
    verdicts = [line for line in text.splitlines() if line.startswith("**Choke points")]
    assert len(verdicts) == 2
    for verdict in verdicts:
        assert "More stable states at choke points: none." in verdict
        assert "Fewer: none." in verdict
        assert "In 1 no difference stands" in verdict


def test_finding_says_what_counts_are_worth() -> None:
    table = made_up(1.0)
    text = tell(table)
    number = len(table) // 2
    assert f"Of {number} isolated counts {number} (100%) are certified" in text
    assert f"Of {number} embedded counts 0 (0%) are certified" in text
    assert "With so few rewired graphs (3 for each) there is no rank and no z." in text
    assert f"0 (0%) are certified (proved exact), {number} lower bounds" in text


def test_finding_lists_networks_and_what_cannot_be_compared() -> None:
    table = made_up(2.0, chokes=3)
    apart = table.assign(degree=np.where(table["is_choke"], 9, 4))
    apart.loc[apart["node"] == 5, ["n_stable", "log2_stable"]] = [0, -np.inf]
    text = tell(apart)
    assert "strengths 0.2, -20 (decay 1, bias 1, tanh) and learning rate 1, on 2 networks" in text
    assert "steered (3 of 48); level (3 of 48)" in text
    assert "Mean log2 counts at -20: steered " in text
    reason = "fewer than three other nodes of equal degree for every choke point"
    assert f"Not tested: steered, level ({reason})." in text
    zeros = 2 * 2 * 4  # networks, strengths, the graph and its nulls
    assert text.count(f"; {zeros} are 0 (no stable state found") == 2
    assert text.count("No stable state: 0.0% of choke points, 2.2% of other nodes.") == 2  # 1 of 45
    assert text.count("strengths: nothing to compare") == 2


def test_finding_tells_kinds_and_null_graphs() -> None:
    text = tell(made_up(2.0))
    kinds = [line for line in text.splitlines() if line.startswith("**Kinds of choke points")]
    assert len(kinds) == 2
    for line in kinds:
        assert "bridge ends +" in line
        assert "of 2)" in line
        assert "connectors" not in line
    wiring = next(line for line in text.splitlines() if line.startswith("**Does the wiring"))
    assert "above their mean in 2 of 4 anti-Hebbian cases, below it in 0." in wiring
    ranked = made_up(2.0, nulls=99).query("scope == 'isolated'")
    text = tell(ranked)
    assert "steered at -20 (rank 100 among 99, z +" in text


def test_correction_leaves_out_what_is_no_test() -> None:
    """Benjamini and Hochberg by hand: q = min over larger p of p * m / rank."""
    found = compare(made_up(2.0))
    for _, family in found[found["choke_kind"] == "all"].groupby("comparison"):
        family = family[family["p_value"].notna() & family["effect"].ne(0.0)]
        alike = family["graph"] == "level"
        assert family[alike]["q_value"].isna().all()
        p = family[~alike]["p_value"].to_numpy()
        order = np.argsort(p)
        raw = p[order] * len(p) / np.arange(1, len(p) + 1)
        expected = np.minimum.accumulate(raw[::-1])[::-1].clip(max=1.0)
        assert family[~alike]["q_value"].to_numpy()[order] == pytest.approx(expected)


def test_report_writes_the_same_files_twice(tmp_path: Path) -> None:
    table = made_up(2.0)
    names = ["amplification.csv", "amplification.parquet", "figure.png", "figure.svg", "finding.md"]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        choke_points.report(STUDY, table, tmp_path / folder)
    for name in names:
        first = (tmp_path / "a" / name).read_bytes()
        assert first == (tmp_path / "b" / name).read_bytes(), name
        assert len(first) > 100
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names


def test_figures_return_the_axes_they_are_given_and_open_no_window() -> None:
    table = made_up(1.0)
    found = compare(table)
    itself = table[(table["null"] == 0) & (table["scope"] == "isolated")]
    _, (left, right) = figures.canvas(2)
    assert figures.counts_by_group(itself, ax=left) is left
    found = found[found["scope"] == "isolated"]
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
    table = made_up(1.0)
    figures.counts_by_group(table[table["null"] == 0])
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert dict(mpl.rcParams) == settings


def test_counts_of_zero_have_their_place() -> None:
    table = made_up(0.0).query("null == 0 and scope == 'isolated' and strength < 0")
    none = table.assign(log2_stable=np.where(table["node"] == 0, -np.inf, table["log2_stable"]))
    ax = figures.counts_by_group(none)
    assert "none" in [text.get_text() for text in ax.get_xticklabels()]


def test_effects_drawn_are_those_at_equal_degree_of_all_kinds() -> None:
    found = compare(made_up(1.0))
    found = found[(found["scope"] == "isolated") & (found["strength"] < 0)]
    drawn = figures._matched(found)
    assert drawn["graph"].tolist() == ["steered", "level"]
    assert set(drawn["comparison"]) == {"matched"}
    assert set(drawn["choke_kind"]) == {"all"}
    without = found.assign(effect=found["effect"].where(found["comparison"] != "matched"))
    assert figures._matched(without).empty


# -- the measure -----------------------------------------------------------------------------------


def test_catalogue_covers_what_the_question_needs() -> None:
    names = set(choke_points.STUDY.graphs)
    assert names <= set(npl.graphs.catalogue())
    needed = {"dumbbell", "ring_of_modules", "star_of_modules", "hourglass", "planted_partition"}
    assert needed | {"caveman", "karate"} <= names
    assert any(name.endswith("_null") for name in names)
    assert any(name.startswith("celegans") for name in names)
    strengths = choke_points.STUDY.grid["strength"]
    assert max(strengths) > 0 > min(strengths)


def test_relative_weights_have_mean_one() -> None:
    """One strength then means the same, whatever unit the weights have."""
    graph = npl.graphs.load("karate")
    small = graph.copy()
    for _, _, data in small.edges(data=True):
        data["weight"] *= 0.125
    case: dict[str, Any] = {"strength": -10.0, "weights": "relative", "others": 5}
    one = measures.stable_neighborhoods(graph, 0, **case)
    two = measures.stable_neighborhoods(small, 0, **case)
    pd.testing.assert_frame_equal(one, two)
    with pytest.raises(ValueError, match="did you mean 'relative'"):
        measures.stable_neighborhoods(graph, 0, weights="relativ")


def test_some_others_are_the_same_in_every_case() -> None:
    graph = npl.graphs.load("karate")
    chokes = set(npl.graphs.choke_points(graph).query("is_choke")["node"])
    tables = [
        measures.stable_neighborhoods(graph, 3, strength=strength, others=6, null=null)
        for strength in (-2.0, -4.0)
        for null in (0, 1)
    ]
    for table in tables:
        assert table["node"].tolist() == tables[0]["node"].tolist()
        assert chokes <= set(table["node"])
        assert len(table) == len(chokes) + 6
        assert set(table[table["is_choke"]]["node"]) == chokes


def test_unequal_counts_are_never_called_equal() -> None:
    """Counts of 2 at choke points, of 1, 4 and 2 bits' worth elsewhere: an effect of exactly 0."""
    table = made_up(2.0)
    level = table["graph"] == "level"
    bits = 2.0 + table["node"] % 4 % 3 % 2 - (table["node"] % 4 == 2)
    table.loc[level, "log2_stable"] = bits[level].astype(float)
    found = compare(table)
    row = found[(found["graph"] == "level") & (found["comparison"] == "matched")].iloc[0]
    assert abs(row["effect"]) < 1e-12
    assert row["p_value"] > 0.5
    assert choke_points.EQUAL not in row["reason"]
    verdicts = [line for line in tell(table).splitlines() if line.startswith("**Choke points")]
    assert all("In 0 all counts compared are equal" in line for line in verdicts)
    assert all(
        "In 1 all counts" in line
        for line in tell(made_up(2.0)).splitlines()
        if "all counts compared" in line
    )


def test_both_say_equal_in_the_same_words() -> None:
    assert choke_points.EQUAL == within.EQUAL
    assert choke_points.EQUAL_MEANS == null_ranks.EQUAL_MEANS


def test_networks_that_no_rewiring_changes_are_named() -> None:
    table = made_up(2.0)
    same = (table["graph"] == "level") & (table["null"] > 0)
    table["null_note"] = np.where(table["null"] > 0, "rewired", "")
    table.loc[same, "null_note"] = "equal to the original: no swap is possible"
    found = compare(table)
    rows = found[(found["graph"] == "level") & found["comparison"].str.startswith("null")]
    assert rows["effect"].isna().all()
    assert rows["reason"].str.contains("no swap is possible").all()
    wiring = next(line for line in tell(table).splitlines() if line.startswith("**Does the wiring"))
    assert "of 2 anti-Hebbian cases" in wiring
    assert "Left out, because no rewiring changes them: level." in wiring


def test_the_measure_says_whether_a_null_graph_is_one() -> None:
    star = measures.stable_neighborhoods(nx.star_graph(4), null=1)
    assert set(star["null_note"]) == {"equal to the original: no swap is possible"}
    assert set(measures.stable_neighborhoods(nx.path_graph(6), null=1)["null_note"]) == {"rewired"}
    assert set(measures.stable_neighborhoods(nx.path_graph(3))["null_note"]) == {""}
