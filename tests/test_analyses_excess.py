"""What a node has above those like it, and how much each of its measures explains."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from amplification_tables import chokes_of, counts_of
from scipy import stats

import netplastic as npl
from netplastic.analyses import excess, explained_variance

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
