"""Amplification: every column by hand, over graphs, inside one and among nulls."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import netplastic as npl
from netplastic.analyses import excess, explained_variance
from netplastic.analyses._amplification import COLUMNS
from netplastic.analyses._null_ranks import _placed
from netplastic.analyses._nulls import null_network

COMPARISONS = {
    *("all others", "matched", "mechanism", "no stable state"),
    *("null graphs", "null contrast"),
}


def counts_of(log2, degree=2, edges=0, **columns):
    """A table such as count_neighborhoods gives."""
    number = len(log2)
    table = pd.DataFrame(
        {
            "node": range(number),
            "degree": degree,
            "neighbor_edges": edges,
            "radius": 1,
            "scope": "isolated",
            "strength": -20.0,
            "learning_rate": 1.0,
            "log2_stable": np.asarray(log2, dtype=float),
            "status": "certified",
        }
    )
    table["size"] = table["degree"] + 1
    return table.assign(**columns)


def chokes_of(flags, **columns):
    flags = np.asarray(flags, dtype=bool)
    return pd.DataFrame({"node": range(len(flags)), "is_choke": flags}).assign(**columns)


def row(table, comparison, kind="all", level="graph"):
    is_it = (table["comparison"] == comparison) & (table["choke_kind"] == kind)
    (one,) = table[is_it & (table["level"] == level)].to_dict("records")
    return one


def stacked(tables, name="null"):
    return pd.concat([t.assign(**{name: i}) for i, t in enumerate(tables)], ignore_index=True)


# -- excess ---------------------------------------------------------------------------------


def test_excess_by_hand():
    # Degree 2: controls 1, 2, 3 (nodes 1, 2, 3), choke point 0; degree 3: only two controls.
    counts = counts_of([5, 1, 2, 3, 9, 1, 2], degree=[2, 2, 2, 2, 3, 3, 3])
    chokes = chokes_of([1, 0, 0, 0, 1, 0, 0])
    found = excess(counts, chokes)
    assert found.name == "excess"
    assert found[0] == 5 - 2
    # A control is compared with the two others, which are too few.
    assert found[1:].isna().all()
    more = excess(
        pd.concat([counts, counts_of([4]).assign(node=7)]), chokes_of([1, *[0] * 3, 1, *[0] * 3])
    )
    assert more.tolist()[:4] == [5 - 2.5, 1 - 3, 2 - 8 / 3, 3 - 7 / 3]


def test_excess_compares_with_no_choke_point():
    """Two of five nodes are choke points: among all of equal degree the excess would be 1.8."""
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    assert excess(counts, chokes)[:2].tolist() == [3.0, 3.0]
    assert counts["log2_stable"][0] - counts["log2_stable"].mean() == pytest.approx(1.8)


def test_excess_against_a_loop():
    rng = np.random.default_rng(0)
    tables = [
        counts_of(rng.normal(size=40), degree=rng.integers(2, 5, 40), edges=rng.integers(0, 3, 40))
        for _ in range(4)
    ]
    counts = pd.concat(
        [t.assign(seed=i // 2, strength=-20.0 - i % 2) for i, t in enumerate(tables)]
    ).reset_index(drop=True)
    counts.loc[rng.random(160) < 0.1, "log2_stable"] = -math.inf
    chokes = pd.concat([chokes_of(rng.random(40) < 0.3, seed=s) for s in (0, 1)])
    flag = {(r.seed, r.node): r.is_choke for r in chokes.itertuples()}
    for by in (["degree"], ["degree", "neighbor_edges"]):
        found = excess(counts, chokes, by=by)
        for one in counts.itertuples():
            peers = [
                other.log2_stable
                for other in counts.itertuples()
                if other.Index != one.Index
                and (other.seed, other.strength) == (one.seed, one.strength)
                and all(getattr(other, name) == getattr(one, name) for name in by)
                and not flag[other.seed, other.node]
                and math.isfinite(other.log2_stable)
            ]
            if len(peers) < 3 or not math.isfinite(one.log2_stable):
                assert math.isnan(found[one.Index])
            else:
                assert found[one.Index] == pytest.approx(one.log2_stable - np.mean(peers))


def test_excess_in_classes():
    # Powers of 1.3: 10 and 11 share one, 2 and 3 do not.
    counts = counts_of([7, 1, 1, 1, 7, 1, 1, 1], degree=[10, 11, 11, 11, 2, 3, 3, 3])
    chokes = chokes_of([1, 0, 0, 0, 1, 0, 0, 0])
    assert excess(counts, chokes)[[0, 4]].isna().all()
    coarse = excess(counts, chokes, coarseness=0.3)
    assert coarse[0] == 6.0
    assert math.isnan(coarse[4])


def test_excess_of_wrong_tables():
    with pytest.raises(ValueError, match="counts lacks the column 'size_of_ball'"):
        excess(counts_of([1, 2]), chokes_of([1, 0]), by=["size_of_ball"])
    with pytest.raises(ValueError, match="node 1 of counts is not in chokes"):
        excess(counts_of([1, 2]), chokes_of([1]))
    with pytest.raises(ValueError, match="coarseness must be a finite number of at least 0"):
        excess(counts_of([1, 2]), chokes_of([1, 0]), coarseness=-1.0)
    with pytest.raises(TypeError, match="chokes is a dict"):
        excess(counts_of([1, 2]), {})
    empty = excess(counts_of([]), chokes_of([]))
    assert empty.empty


def test_counts_have_their_excess():
    graph = npl.graphs.ring_of_modules(modules=3, module_size=8, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-100.0))
    options = {"method": "sampled", "budget": npl.Budget(starts=10), "progress": False}
    counts = npl.count_neighborhoods(net, **options)
    expected = excess(counts, npl.graphs.choke_points(graph))
    np.testing.assert_array_equal(counts["excess"], expected)
    assert counts["excess"].notna().any()
    assert counts["neighbor_edges"].tolist() == list(nx.triangles(graph).values())
    assert npl.count_neighborhoods(net, nodes=[0, 1, 2], **options)["excess"].isna().all()


# -- one network ------------------------------------------------------------------------------


def test_columns_by_hand():
    """Six nodes of degree 2, two of degree 3; choke points 0, 1, 6; node 5 has no stable state."""
    counts = counts_of(
        [3, 1, 1, 2, 3, -math.inf, 9, 1],
        degree=[2] * 6 + [3] * 2,
        edges=[0, 1, 0, 0, 0, 0, 1, 1],
        status=["certified"] * 2 + ["lower bound"] + ["certified"] * 5,
    )
    chokes = chokes_of([1, 1, 0, 0, 0, 0, 1, 0], role=["connector", "core", *["core"] * 6])
    table = npl.amplification(counts, chokes)
    assert tuple(table.columns) == COLUMNS
    found = row(table, "matched")
    # Controls of degree 2: 1, 2, 3 (mean 2); that of degree 3 has one other node only.
    assert found["effect"] == ((3 - 2) + (1 - 2)) / 2
    assert (found["n_choke"], found["n_control"], found["n_unmatched"]) == (2, 3, 1)
    assert (found["n_blocks"], found["n_balls_choke"], found["n_balls_control"]) == (2, 2, 3)
    assert found["n_without_stable"] == 1
    assert found["share_without_choke"] == 0.0
    assert found["share_without_control"] == 1 / 5
    assert (found["n_lower_bound"], found["status"]) == (1, "lower bound")
    assert found["reason"] == "2 choke points: no interval; no p value without graph="
    assert (found["n_graphs"], found["n_nulls"], found["null_model"]) == (1, 0, "")
    for name in ("low", "high", "p_value", "rank", "z", "share_same_sign"):
        assert math.isnan(found[name]), name
    raw = row(table, "all others")
    assert raw["effect"] == pytest.approx((3 + 1 + 9) / 3 - (1 + 2 + 3 + 1) / 4)
    # At equal degree and edges: node 0 has three like it, node 1 (an edge) none.
    mechanism = row(table, "mechanism")
    assert (mechanism["effect"], mechanism["n_choke"], mechanism["n_unmatched"]) == (1.0, 1, 2)
    assert row(table, "matched", "connector")["effect"] == 1.0
    assert row(table, "matched", "bridge end")["effect"] == -1.0
    # Share without a stable state among controls of degree 2: 1 of 4; at choke points none.
    none = row(table, "no stable state")
    assert none["effect"] == 0.0 - 1 / 4
    assert (none["n_choke"], none["n_control"]) == (2, 4)
    assert row(table, "no stable state")["share_without_control"] == 1 / 5


def test_kinds_of_choke_points():
    counts = counts_of([1] * 8, degree=[2, 2, 2, 2, 2, 3, 4, 3])
    roles = ["core"] * 5 + ["boundary", "boundary", "connector"]
    chokes = chokes_of([0] * 5 + [1, 1, 1], role=roles)
    table = npl.amplification(counts, chokes)
    kinds = {"connector": 1, "bridge end": 1, "hub": 1, "all": 3}
    for kind, number in kinds.items():
        assert row(table, "all others", kind)["n_choke"] == number
    # Roles of the counts do where the choke points' table has none.
    plain = npl.amplification(counts.assign(role=roles), chokes.drop(columns="role"))
    assert row(plain, "all others", "connector")["n_choke"] == 1


def test_without_edges_there_is_no_mechanism():
    counts = counts_of([1, 2, 3, 4]).drop(columns=["neighbor_edges", "size"])
    table = npl.amplification(counts, chokes_of([1, 0, 0, 0]))
    assert row(table, "mechanism")["reason"].startswith("counts has no column neighbor_edges")
    assert row(table, "matched")["effect"] == -2.0


def test_interval_of_equal_classes_is_that_of_welch():
    """One class, every choke point its own block: a difference of means, variances not alike."""
    rng = np.random.default_rng(0)
    one, two = rng.normal(1.0, 2.0, 6), rng.normal(0.0, 1.0, 9)
    counts = counts_of([*one, *two])
    found = row(npl.amplification(counts, chokes_of([1] * 6 + [0] * 9)), "matched")
    welch = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    assert found["effect"] == pytest.approx(one.mean() - two.mean())
    assert (found["low"], found["high"]) == pytest.approx((welch.low, welch.high))
    wide = row(npl.amplification(counts, chokes_of([1] * 6 + [0] * 9), confidence=0.99), "matched")
    assert wide["low"] < found["low"]


def test_interval_of_one_choke_point_a_class_is_that_of_students_t():
    """Then differences are independent, and what they are compared with adds nothing."""
    rng = np.random.default_rng(1)
    degree = np.concatenate([np.arange(5), np.repeat(np.arange(5), 4)])
    log2 = rng.normal(size=25) + degree
    found = row(
        npl.amplification(counts_of(log2, degree=degree), chokes_of(np.arange(25) < 5)), "matched"
    )
    apart = log2[:5] - log2[5:].reshape(5, 4).mean(axis=1)
    expected = stats.ttest_1samp(apart, 0.0).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))


def test_blocks_are_the_units_of_the_interval():
    """Four pairs of adjacent choke points with equal counts inside a pair: four observations."""
    graph = nx.Graph([(0, 1), (2, 3), (4, 5), (6, 7)])
    graph.add_nodes_from(range(8, 40))
    bits = np.repeat([3.0, 4.0, 5.0, 7.0], 2)
    counts = counts_of([*bits, *np.full(32, 1.0)], degree=1)
    chokes = chokes_of(np.arange(40) < 8)
    found = row(npl.amplification(counts, chokes, graph=graph), "matched")
    expected = stats.ttest_1samp(bits[::2] - 1.0, 0.0).confidence_interval(0.95)
    assert found["n_blocks"] == 4
    assert (found["low"], found["high"]) == pytest.approx((expected.low, expected.high))
    plain = row(npl.amplification(counts, chokes), "matched")
    assert plain["n_blocks"] == 8
    assert plain["high"] - plain["low"] < found["high"] - found["low"]


def test_p_value_by_hand():
    """Four choke points in a row on a path whose nodes are all different: they fit in 26 ways."""
    graph = nx.path_graph(29)
    graph.add_edge(0, 2)
    bits = np.arange(29.0)
    chokes = (np.arange(29) >= 7) & (np.arange(29) < 11)
    bits[chokes] = 100.0
    counts = counts_of(bits, degree=2)
    table = npl.amplification(counts, chokes_of(chokes), graph=graph, resamples=1999)
    # Nowhere else is the difference as large: 1 / 26 of the random places are the nodes themselves.
    assert row(table, "matched")["p_value"] == pytest.approx(1 / 26, abs=0.02)
    assert row(table, "matched")["reason"] == "1 block: no interval"


def test_few_choke_points_have_no_p_value():
    """Random places find more nodes to compare with: means of few scatter more than theirs."""
    graph = nx.gnp_random_graph(40, 0.1, seed=0)
    bits = np.random.default_rng(0).normal(size=40)
    few, enough = (
        row(
            npl.amplification(counts_of(bits), chokes_of(np.arange(40) < n), graph=graph), "matched"
        )
        for n in (3, 4)
    )
    assert math.isnan(few["p_value"])
    assert "no p value: 3 choke points with others to compare with" in few["reason"]
    assert 0.0 < enough["p_value"] <= 1.0


def test_copies_are_one():
    """Seven copies of one ball against three other balls: no p value, no interval."""
    counts = counts_of([5.0] * 7 + [1.0, 2.0, 3.0])
    graph = nx.gnp_random_graph(10, 0.4, seed=1)
    table = npl.amplification(counts, chokes_of([1] * 7 + [0] * 3), graph=graph)
    found = row(table, "matched")
    assert found["effect"] == 3.0
    assert math.isnan(found["p_value"])
    assert math.isnan(found["low"])
    assert "no p value: 1 different ball against 3" in found["reason"]
    four = npl.amplification(counts, chokes_of([1] * 7 + [0] * 3))
    assert "all choke points have the same ball: no interval" in row(four, "matched")["reason"]


def test_symmetric_graphs_have_no_p_value():
    """A ring of equal modules has few places that differ, however many nodes it has."""
    graph = nx.Graph()
    for i in range(6):
        nodes = [(i, j) for j in range(8)]
        graph.add_edges_from(nx.relabel_nodes(nx.path_graph(8), dict(enumerate(nodes))).edges)
        graph.add_edges_from([(nodes[0], nodes[3]), (nodes[0], ((i + 1) % 6, 7))])
    nodes = list(graph)
    rng = np.random.default_rng(0)
    own = dict(enumerate(rng.normal(size=8)))
    counts = counts_of([own[j] for _, j in nodes]).assign(node=pd.Series(nodes, dtype=object))
    chokes = chokes_of([j == 0 for _, j in nodes]).assign(node=pd.Series(nodes, dtype=object))
    found = row(npl.amplification(counts, chokes, graph=graph), "matched")
    assert math.isnan(found["p_value"])
    assert "no p value" in found["reason"]


def test_few_arrangements_and_counts_of_some():
    graph = npl.graphs.dumbbell(6, 2)
    chokes = npl.graphs.choke_points(graph)
    counts = counts_of(np.arange(14.0), degree=3)
    found = row(npl.amplification(counts, chokes, graph=graph), "matched")
    assert "no p value: only " in found["reason"]
    some = row(npl.amplification(counts.iloc[:13], chokes, graph=graph), "matched")
    assert "no p value: 13 of 14 nodes were counted" in some["reason"]


def test_every_case_has_its_rows():
    tables = [
        counts_of([1, 2, 3, 4], radius=1),
        counts_of([1, 2, 3, 4], radius=2),
        counts_of([1, 2, 3, 4], strength=math.nan),
    ]
    table = npl.amplification(pd.concat(tables), chokes_of([1, 0, 0, 0]))
    table = table[table["choke_kind"] == "all"]
    assert table["radius"].tolist() == [1] * 4 + [2] * 4 + [1] * 4
    assert table["strength"].isna().tolist() == [False] * 8 + [True] * 4


@pytest.mark.parametrize(
    ("log2", "flags", "reason"),
    [
        ([1, 2, 3, 4], [0, 0, 0, 0], "no choke point with a stable state"),
        ([1, 2, 3, 4], [1, 1, 1, 1], "no other node with a stable state"),
        ([-math.inf, 2, 3, 4], [1, 0, 0, 0], "no choke point with a stable state"),
        ([1], [1], "no other node with a stable state"),
        (
            [1, 2, 3],
            [1, 0, 0],
            "fewer than three other nodes of equal degree for every choke point",
        ),
    ],
)
def test_nothing_to_compare(log2, flags, reason):
    table = npl.amplification(counts_of(log2), chokes_of(flags))
    assert math.isnan(row(table, "matched")["effect"])
    assert row(table, "matched")["reason"] == reason


def test_seeds():
    graph = nx.gnp_random_graph(40, 0.1, seed=0)
    counts = counts_of(np.random.default_rng(0).normal(size=40))
    chokes = chokes_of(np.arange(40) % 13 == 0)
    first = npl.amplification(counts, chokes, graph=graph, rng=3)
    pd.testing.assert_frame_equal(first, npl.amplification(counts, chokes, graph=graph, rng=3))
    assert not first.equals(npl.amplification(counts, chokes, graph=graph, rng=4))


# -- an ensemble ------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["graph", "seed"])
def test_ensemble_by_hand(unit):
    effects = [1.0, 2.0, 3.0, -1.0, 0.0]
    tables = [counts_of([1.0 + effect, 1.0, 1.0, 1.0]) for effect in effects]
    chokes = stacked([chokes_of([1, 0, 0, 0])] * 5, unit)
    table = npl.amplification(stacked(tables, unit), chokes)
    assert tuple(table.columns) == (unit, *COLUMNS)
    single = table[(table["comparison"] == "matched") & (table["level"] == "graph")]
    single = single[single["choke_kind"] == "all"]
    assert single["effect"].tolist() == effects
    assert single[unit].tolist() == [0, 1, 2, 3, 4]
    assert single["low"].isna().all()
    found = row(table, "matched", level="ensemble")
    assert found["effect"] == 1.0
    assert found["share_same_sign"] == 3 / 5
    # Signs +, +, +, - (0 has none): two-sided, (1 + 4) 2 / 16.
    assert found["p_value"] == pytest.approx(10 / 16)
    interval = stats.ttest_1samp(effects, 0.0).confidence_interval(0.95)
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))
    assert (found["n_graphs"], found["n_choke"], found["n_control"]) == (5, 5, 15)
    assert found["reason"] == ""
    assert found[unit] is None


def test_ensembles_that_say_little():
    def of(effects):
        tables = [counts_of([1.0 + effect, 1.0, 1.0, 1.0]) for effect in effects]
        chokes = stacked([chokes_of([1, 0, 0, 0])] * len(effects), "seed")
        table = npl.amplification(stacked(tables, "seed"), chokes)
        return row(table, "matched", level="ensemble")

    assert of([1.0])["reason"] == "one graph: no interval"
    same = of([1.0] * 7)
    assert same["reason"] == "the same effect in every graph: no interval"
    assert math.isnan(same["low"])
    nothing = of([-math.inf, -math.inf])
    assert nothing["reason"] == "no graph has an effect"
    assert nothing["share_without_choke"] == 1.0
    partly = of([1.0, -math.inf, 3.0])
    assert (partly["n_graphs"], partly["effect"]) == (2, 2.0)
    assert partly["share_without_choke"] == pytest.approx(1 / 3)


def test_graph_and_seed_together():
    tables = [counts_of([2.0 + i, 1, 1, 1], graph="ab"[i // 2], seed=i % 2) for i in range(4)]
    flags = [chokes_of([1, 0, 0, 0], graph="ab"[i // 2], seed=i % 2) for i in range(4)]
    table = npl.amplification(pd.concat(tables), pd.concat(flags))
    assert row(table, "matched", level="ensemble")["n_graphs"] == 4


# -- null graphs --------------------------------------------------------------------------------


def nulls_with(means, **columns):
    return stacked([counts_of([m, m, 1, 1, 1], **columns) for m in means])


def test_rank_and_z_by_hand():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    means = np.concatenate([np.linspace(0.0, 3.0, 97), [4.0, 5.0]])
    table = npl.amplification(counts, chokes, nulls=nulls_with(means).assign(null_model="any"))
    for name, shift in (("null graphs", 0.0), ("null contrast", -1.0)):
        found = row(table, name)
        values = means + shift
        assert found["null_model"] == "any"
        assert found["effect"] == pytest.approx(4 + shift - values.mean())
        assert found["z"] == pytest.approx(found["effect"] / values.std(ddof=1))
        # 97 are lower, one is equal, one higher: rank 98.5 of 100; 2 (101 - 98.5) / 100.
        assert found["rank"] == 98.5
        assert found["p_value"] == pytest.approx(2 * (101 - 98.5) / 100)
        assert (found["n_nulls"], found["n_not_rewired"], found["n_choke"]) == (99, 0, 2)
        assert math.isnan(found["low"])
        assert found["reason"] == ""


def test_a_graph_like_its_nulls_has_a_uniform_rank():
    rng = np.random.default_rng(0)
    p_values = []
    for values in rng.normal(size=(500, 100)):
        found = _placed(values[0], values[1:], None, "", True)
        p_values.append(found["p_value"])
    assert stats.kstest(p_values, "uniform").pvalue > 0.001


def test_few_nulls_give_no_rank():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    found = row(npl.amplification(counts, chokes, nulls=nulls_with([2, 3, 1])), "null contrast")
    assert found["effect"] == 2.0
    assert math.isnan(found["rank"])
    assert found["reason"] == "3 null graphs: rank and z need 99"
    alike = row(npl.amplification(counts, chokes, nulls=nulls_with([2.0] * 99)), "null graphs")
    assert (alike["rank"], alike["reason"]) == (100.0, "all null graphs are alike: no z")


def test_nulls_that_could_not_be_rewired_are_said_to_be_so():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    note = "equal to the original: no swap is possible"
    nulls = nulls_with([4, 4, 2]).assign(null_note=[note] * 10 + ["rewired"] * 5)
    found = row(npl.amplification(counts, chokes, nulls=nulls), "null graphs")
    assert (found["n_nulls"], found["n_not_rewired"], found["effect"]) == (1, 2, 2.0)
    assert found["reason"].startswith(f"2 null graphs are left out, {note}")
    none = row(npl.amplification(counts, chokes, nulls=nulls.assign(null_note=note)), "null graphs")
    assert math.isnan(none["effect"])
    assert none["reason"] == f"3 null graphs are left out, {note}"


def test_nulls_of_which_something_is_missing():
    counts, chokes = counts_of([4, 4, 1, 1, 1]), chokes_of([1, 1, 0, 0, 0])
    one = counts_of([2, -math.inf, 1, 1, 1], status=["lower bound"] + ["certified"] * 4)
    found = row(
        npl.amplification(counts, chokes, nulls=stacked([one, one.iloc[:4]])), "null graphs"
    )
    assert found["effect"] == 2.0
    assert (found["status"], found["n_lower_bound"]) == ("lower bound", 2)
    other = npl.amplification(counts, chokes, nulls=stacked([counts_of([1] * 5, radius=9)]))
    assert row(other, "null graphs")["reason"] == "no null graph has counts for this case"
    nobody = npl.amplification(counts, chokes_of([0] * 5), nulls=stacked([counts]))
    assert row(nobody, "null graphs")["reason"].startswith("no choke point")
    everybody = npl.amplification(counts, chokes_of([1] * 5), nulls=stacked([counts, counts]))
    assert row(everybody, "null graphs")["effect"] == 0.0
    assert row(everybody, "null contrast")["reason"].startswith("no other node")
    empty = stacked([counts_of([-math.inf] * 5)])
    assert (
        "nothing to compare"
        in row(npl.amplification(counts, chokes, nulls=empty), "null graphs")["reason"]
    )


def test_ensembles_have_nulls():
    counts = stacked([counts_of([2.0 + s, 1, 1, 1]) for s in range(3)], "seed")
    chokes = stacked([chokes_of([1, 0, 0, 0])] * 3, "seed")
    nulls = stacked([stacked([counts_of([1.0, 1, 1, 1])] * 2)] * 3, "seed")
    table = npl.amplification(counts, chokes, nulls=nulls)
    found = row(table, "null graphs", level="ensemble")
    assert (found["effect"], found["n_graphs"], found["n_nulls"]) == (2.0, 3, 6)
    assert math.isnan(found["rank"])


# -- regression -----------------------------------------------------------------------------------


def test_explained_variance_by_hand():
    """Counts that are degree plus twice the clustering, both independent: shares are variances."""
    degree = np.tile([4.0, 6.0], 20)
    edges = np.where(np.arange(40) % 4 < 2, 0.0, degree * (degree - 1) / 2)
    clustering = edges / (degree * (degree - 1) / 2)
    counts = counts_of(degree + 4.0 * clustering, degree=degree, edges=edges)
    chokes = chokes_of(np.arange(40) < 8, articulation=False, betweenness=degree * 0.5)
    table = explained_variance(counts, chokes.drop(columns="betweenness")).set_index("term")
    assert table["r_squared"].to_numpy() == pytest.approx([1.0] * 4)
    # Variances 1 and 4 of 5.
    assert table["explained"][["degree", "clustering"]].tolist() == pytest.approx([0.2, 0.8])
    assert table["explained_alone"][["degree", "clustering"]].tolist() == pytest.approx([0.2, 0.8])
    assert table["coefficient"][["degree", "clustering"]].tolist() == pytest.approx([1.0, 2.0])
    assert table["explained"]["is_choke"] == pytest.approx(0.0, abs=1e-12)
    assert table["reason"]["articulation"] == "does not vary on its own"
    twins = explained_variance(counts, chokes).set_index("term")
    assert twins["explained"]["degree"] == pytest.approx(0.0, abs=1e-12)
    assert twins["explained_alone"]["betweenness"] == pytest.approx(0.2)
    assert math.isnan(twins["coefficient"]["degree"])
    assert table["n_nodes"].eq(40).all()


def test_explained_variance_over_graphs_and_without_numbers():
    rng = np.random.default_rng(0)
    tables, flags = [], []
    for seed in range(5):
        degree = rng.integers(2, 8, 60)
        bits = degree * 0.5 + rng.normal(size=60)
        tables.append(counts_of(bits, degree=degree, seed=seed))
        flags.append(chokes_of(rng.random(60) < 0.2, seed=seed))
    table = explained_variance(pd.concat(tables), pd.concat(flags))
    single = table[(table["level"] == "graph") & (table["term"] == "degree")]["explained"]
    (found,) = table[(table["level"] == "ensemble") & (table["term"] == "degree")].to_dict(
        "records"
    )
    interval = stats.ttest_1samp(single, 0.0).confidence_interval(0.95)
    assert found["explained"] == pytest.approx(single.mean())
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))
    assert (found["n_graphs"], found["n_nodes"]) == (5, 300)
    few = explained_variance(counts_of([1, 2, 3]), chokes_of([1, 0, 0]))
    assert set(few["reason"]) == {"3 nodes are too few for 3 terms"}
    equal = explained_variance(counts_of([1] * 9), chokes_of([1] + [0] * 8))
    assert set(equal["reason"]) == {"all counts are equal"}


# -- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [["a", "b", "c", "d", "e"], [(0, i) for i in range(5)]])
def test_any_node_labels(labels):
    column = pd.Series(labels, dtype=object)
    counts = counts_of([4, 4, 1, 1, 1]).assign(node=column)
    chokes = chokes_of([1, 1, 0, 0, 0]).assign(node=column)
    nulls = stacked([counts.assign(log2_stable=1.0), counts.assign(log2_stable=2.0)])
    graph = nx.path_graph(5)
    graph = nx.relabel_nodes(graph, dict(enumerate(labels)))
    table = npl.amplification(counts, chokes, nulls=nulls, graph=graph)
    found = [row(table, name)["effect"] for name in ("all others", "matched", "null graphs")]
    assert found == [3.0, 3.0, 2.5]


FIVE = nx.path_graph(5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": counts_of([1, 2]).drop(columns="degree")}, "counts lacks the column 'degree'"),
        ({"chokes": pd.DataFrame({"node": [0, 1]})}, "chokes lacks the column 'is_choke'"),
        ({"nulls": counts_of([1, 2])}, "nulls lacks the column 'null'"),
        ({"counts": pd.concat([counts_of([1, 2])] * 2)}, "node 0 occurs twice"),
        ({"nulls": stacked([counts_of([1, 2])] * 2).assign(null=0)}, "occurs twice in null"),
        ({"chokes": chokes_of([1])}, "node 1 of counts is not in chokes"),
        ({"graph": nx.path_graph(1)}, "node 1 of counts is not in graph"),
        ({"counts": counts_of([1, 2], seed=0)}, "chokes lacks the column 'seed'"),
        ({"counts": counts_of([1, 2], seed=0), "graph": FIVE}, "graph= is for one network"),
        ({"coarseness": -1.0}, "coarseness must be a finite number of at least 0; found -1.0"),
        ({"coarseness": math.nan}, "coarseness must be a finite number of at least 0; found nan"),
        ({"confidence": 1.0}, "confidence must lie above 0 and below 1; found 1.0"),
        ({"resamples": 0}, "resamples must be at least 1; found 0"),
        ({"rng": -1}, "rng must be a seed of at least 0; found -1"),
    ],
)
def test_wrong_values(change, message):
    arguments = {"counts": counts_of([1, 2]), "chokes": chokes_of([1, 0]), **change}
    with pytest.raises(ValueError, match=message):
        npl.amplification(**arguments)


def test_wrong_types():
    with pytest.raises(TypeError, match="counts is a list"):
        npl.amplification([1], chokes_of([1]))
    for change, message in (
        ({"coarseness": "x"}, "coarseness must be a finite number of at least 0; found 'x'"),
        ({"confidence": "x"}, "confidence must be a number between 0 and 1; found 'x'"),
        ({"resamples": 1.5}, "resamples must be a whole number of at least 1; found 1.5"),
        ({"rng": 1.5}, "rng must be an int"),
        ({"graph": "karate"}, "graph is a str"),
    ):
        with pytest.raises(TypeError, match=message):
            npl.amplification(counts_of([1, 2]), chokes_of([1, 0]), **change)


# -- counts on null graphs ------------------------------------------------------------------


@pytest.mark.parametrize("directed", [False, True])
def test_a_null_network_keeps_nodes_degrees_and_parameters(directed):
    graph = nx.gnp_random_graph(14, 0.3, seed=1, directed=directed)
    graph = nx.relabel_nodes(graph, {i: f"n{i}" for i in graph})
    graph.add_edge("n0", "n0")
    rng = np.random.default_rng(0)
    for number, edge in enumerate(graph.edges):
        graph.edges[edge].update(weight=1.0 + number, eta=-float(number), u=0.1 * number)
    nx.set_node_attributes(graph, {v: rng.random() for v in graph}, "th")
    net = npl.PlasticNetwork(
        graph,
        npl.BCM("eta", threshold="th"),
        bias=rng.random(14),
        tau=rng.random(14) + 0.5,
        activation=npl.Logistic(gain=rng.random(14) + 0.5),
        static_weight="u",
        learning_rate=0.3,
    )
    null, note = null_network(net, 0)
    assert note == "rewired"
    assert null.nodes == net.nodes
    assert set(null.graph.edges) != set(graph.edges)
    for node in graph:
        assert null.graph.degree(node) == graph.degree(node)
    for name in ("bias", "tau", "decay", "post"):
        np.testing.assert_array_equal(getattr(null, name), getattr(net, name))
    np.testing.assert_array_equal(null.activation.gain, net.activation.gain)
    assert null.learning_rate == 0.3
    triples = [
        sorted(zip(n.arc_weight, n.strength, n.static_weight, strict=True)) for n in (net, null)
    ]
    assert triples[0] == triples[1]  # the three travel together


def test_null_counts():
    net = npl.PlasticNetwork(npl.graphs.caveman(3, 4), npl.Hebbian(-50.0))
    options = {"nulls": 2, "method": "sampled", "budget": npl.Budget(starts=20), "progress": False}
    table = npl.null_counts(net, radius=1, nodes=iter([0, 5]), **options)
    assert table.columns[:4].tolist() == ["null_model", "null", "null_note", "node"]
    assert set(table["null_model"]) == {"degree_preserving"}
    assert table["node"].tolist() == [0, 5, 0, 5]
    assert table["null"].tolist() == [0, 0, 1, 1]
    assert table["module"].tolist() == [0, 1, 0, 1]
    assert table["degree"].tolist() == [net.graph.degree(v) for v in (0, 5, 0, 5)]
    again = npl.null_counts(net, radius=1, nodes=[0, 5], **options)
    pd.testing.assert_frame_equal(table.drop(columns="seconds"), again.drop(columns="seconds"))
    complete = npl.PlasticNetwork(nx.complete_graph(3), npl.Hebbian(-5.0))
    assert (npl.null_counts(complete, **options)["null_note"] != "rewired").all()


def test_a_network_without_arcs_or_graph_has_nulls():
    options = {"nulls": 1, "method": "sampled", "progress": False}
    empty = npl.PlasticNetwork(nx.empty_graph(2), npl.Hebbian(-5.0))
    assert npl.null_counts(empty, **options)["n_stable"].tolist() == [1, 1]
    part = npl.PlasticNetwork(nx.cycle_graph(8), npl.Hebbian(-5.0)).part(range(6))
    assert len(npl.null_counts(part, **options)) == 6


def test_wrong_nulls():
    net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian([-1.0, -2.0, -3.0, -4.0]))
    with pytest.raises(ValueError, match="strength differs between the two directions"):
        npl.null_counts(net, nulls=1)
    with pytest.raises(ValueError, match="nulls must be at least 1; found 0"):
        npl.null_counts(net, nulls=0)
    with pytest.raises(ValueError, match="did you mean 'module_preserving'"):
        npl.null_counts(net, nulls=1, model="modul_preserving")


@pytest.mark.parametrize("model", ["module_preserving", "triangle_preserving"])
def test_other_null_models(model):
    graph = npl.graphs.ring_of_modules(3, 6, density=0.6, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-50.0))
    null, note = null_network(net, 0, model)
    assert note == "rewired"
    assert dict(null.graph.degree()) == dict(graph.degree())
    before, after = (sum(nx.triangles(g).values()) for g in (graph, null.graph))
    assert (before == after) or model == "module_preserving"
    options = {"method": "sampled", "budget": npl.Budget(starts=5), "progress": False}
    table = npl.null_counts(net, 1, radius=0, model=model, **options)
    assert set(table["null_model"]) == {model}


def test_from_graph_to_amplification():
    graph = npl.graphs.ring_of_modules(modules=4, module_size=6, density=0.6, path_length=2, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(-50.0))
    options = {"method": "sampled", "budget": npl.Budget(starts=40), "progress": False}
    counts = npl.count_neighborhoods(net, 1, rng=0, **options)
    chokes = npl.graphs.choke_points(graph)
    nulls = npl.null_counts(net, 3, radius=1, **options)
    table = npl.amplification(counts, chokes, nulls=nulls, graph=graph)
    assert set(table["comparison"]) == COMPARISONS
    assert {"all", "connector"} <= set(table["choke_kind"])
    raw = row(table, "all others")
    bits = counts["log2_stable"].groupby(chokes["is_choke"]).mean()
    assert raw["effect"] == pytest.approx(bits[True] - bits[False])
    # All connectors have the same ball, a path of three: one observation.
    assert "no p value: 1 different ball against 15" in raw["reason"]
    assert set(table[table["n_lower_bound"] > 0]["status"]) == {"lower bound"}
    # The column of the counts is the one that the effect is the mean of.
    own = counts["excess"][chokes["is_choke"]]
    matched = row(table, "matched")
    assert matched["n_choke"] == own.notna().sum() > 0
    assert matched["effect"] == pytest.approx(own.mean())
