"""What the statistics promise, held against simulation: uniform p values, coverage, power.

Counts are those of the strong anti-Hebbian limit (docs/theory.md#section-7): 1 + the number of
maximal independent sets of the neighbors' graph, by networkx.
"""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import netplastic as npl
from netplastic.analyses._blocks import Links, blocks_of, links_of, placements
from netplastic.analyses._contrast import (
    FEWEST_CHOKES,
    Sample,
    differences,
    interval,
    p_value,
    studentised,
)
from netplastic.analyses._excess import classes_of


def real(name):
    """A network without directions and self-loops."""
    graph = nx.Graph(npl.graphs.load(name))
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


def limit_counts(graph):
    """Isolated counts of the balls of radius 1, exact in the limit."""
    rows = []
    for node in graph:
        around = graph.subgraph(graph[node])
        sets = sum(1 for _ in nx.find_cliques(nx.complement(around))) if len(around) else 0
        rows.append((node, len(around), around.number_of_edges(), 1 + sets))
    table = pd.DataFrame(rows, columns=["node", "degree", "neighbor_edges", "n_stable"])
    return table.assign(
        size=table["degree"] + 1,
        radius=1,
        scope="isolated",
        strength=-math.inf,
        learning_rate=1.0,
        log2_stable=np.log2(table["n_stable"].to_numpy(dtype=float)),
        status="certified",
    )


def test_limit_counts_are_the_counts():
    graph = nx.relabel_nodes(nx.gnp_random_graph(12, 0.4, seed=2), {0: "a"})
    net = npl.PlasticNetwork(graph, npl.Hebbian(-2000.0))
    counts = npl.count_neighborhoods(net, progress=False)
    assert set(counts["status"]) == {"certified"}
    np.testing.assert_array_equal(counts["n_stable"], limit_counts(graph)["n_stable"])


# -- p values within one network -------------------------------------------------------------------


def ball_clump(neighbors, size, rng):
    """The first nodes that a breadth-first search from a random node meets."""
    found = [int(rng.integers(len(neighbors)))]
    for node in found:
        others = [other for other in neighbors[node] if other not in found]
        found += rng.permutation(others).tolist()
        if len(found) >= size:
            break
    return found[:size]


def walk_clump(neighbors, size, rng):
    """The first nodes that a random walk visits."""
    node = int(rng.integers(len(neighbors)))
    found = [node]
    for _ in range(50 * size):
        if len(found) == size or not neighbors[node]:
            break
        node = neighbors[node][int(rng.integers(len(neighbors[node])))]
        if node not in found:
            found.append(node)
    return found


def clumped(neighbors, clump, number, size, rng):
    """Labels without meaning, in so many clumps that do not touch."""
    while True:
        marked = np.zeros(len(neighbors), dtype=bool)
        for _ in range(number):
            nodes = clump(neighbors, size, rng)
            around = {other for node in nodes for other in neighbors[node]} | set(nodes)
            if marked[list(around)].any():
                break
            marked[nodes] = True
        else:
            return marked


def hub_clump(neighbors, size, rng):
    """The first of the best joined 40% that a walk among these meets."""
    degree = np.array([len(others) for others in neighbors])
    hub = degree >= np.quantile(degree, 0.6)
    found, edge = [int(rng.choice(np.flatnonzero(hub)))], []
    while len(found) < size:
        edge += [other for other in neighbors[found[-1]] if hub[other] and other not in found]
        if not edge:
            break
        found.append(int(rng.choice(edge)))
        edge = [other for other in edge if other != found[-1]]
    return found


def null_p_values(graph, clump, number, size, repeats, seed=0):
    """p values of the blocks, and of single nodes permuted, for labels without meaning."""
    counts, links = limit_counts(graph), links_of(graph, list(graph))
    everyone = np.ones(len(graph), dtype=bool)
    classes = classes_of([counts["degree"].to_numpy(dtype=float)])
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(repeats):
        marked = clumped(links.neighbors, clump, number, size, rng)
        sample = Sample(
            values=counts["log2_stable"].to_numpy(),
            choke=marked,
            world=everyone,
            classes=classes,
            blocks=blocks_of(links, marked),
        )
        if np.isfinite(differences(sample)[marked]).sum() < FEWEST_CHOKES:
            continue
        laid = placements(links, marked, everyone, 99, rng)
        single = np.array([rng.permutation(marked) for _ in range(99)])
        found.append([p_value(sample, laid)[0], p_value(sample, single)[0]])
    return np.array(found).T


def test_p_values_of_labels_in_clumps_are_uniform():
    blocks, _ = null_p_values(real("hierarchical_modules"), ball_clump, 2, 8, 200)
    assert stats.kstest(blocks, "uniform").pvalue > 0.01
    # Two-sided 99% region of a binomial of 200 at 0.05.
    assert stats.binomtest(int((blocks <= 0.05).sum()), len(blocks), 0.05).pvalue > 0.01


@pytest.mark.parametrize(
    ("name", "number", "size"), [("celegans_gap", 6, 1), ("hierarchical_modules", 2, 4)]
)
def test_labels_at_hubs_get_no_small_p_values(name, number, size):
    """Choke points have many neighbors, and counts of such balls scatter more than others."""
    blocks, _ = null_p_values(real(name), hub_clump, number, size, 200)
    small = int((blocks <= 0.05).sum())
    assert stats.binomtest(small, len(blocks), 0.05, alternative="greater").pvalue > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("clump", [ball_clump, walk_clump, hub_clump])
@pytest.mark.parametrize(
    ("name", "number", "size"),
    [
        ("ring_of_modules", 2, 8),
        ("hierarchical_modules", 2, 5),
        ("celegans_gap", 2, 6),
        ("celegans_gap", 3, 4),
    ],
)
def test_p_values_of_labels_in_clumps_are_uniform_on_many_balls(name, number, size, clump):
    blocks, single = null_p_values(real(name), clump, number, size, 500, seed=1)
    print(
        f"{name} {clump.__name__}: below 0.05: blocks {(blocks <= 0.05).mean():.3f}, "
        f"nodes {(single <= 0.05).mean():.3f}"
    )
    # Blocks grow like balls. Where labels run along walks, which are less compact, or lie at hubs,
    # p values may be too large, never too small; the level below holds for all.
    way = "two-sided" if clump is ball_clump else "greater"
    if clump is not hub_clump:
        assert stats.kstest(blocks, "uniform", alternative=way).pvalue > 0.001
    small = int((blocks <= 0.05).sum())
    assert stats.binomtest(small, len(blocks), 0.05, alternative=way).pvalue > 0.001


@pytest.mark.slow
def test_the_level_holds_for_several_blocks_between_hubs():
    """The hardest design found: many seeds, since 500 labels of one gave 9.8%.

    Clumps are balls, blocks grow at random: of 14,000 such labels 6.1% had p <= 0.05.
    """
    blocks = [
        null_p_values(real("celegans_gap"), ball_clump, 3, 4, 500, seed)[0] for seed in range(8)
    ]
    share = float((np.concatenate(blocks) <= 0.05).mean())
    print(f"three clumps of four: below 0.05: {share:.4f}")
    # The standard error of 4,000 is a third of a point.
    assert abs(share - 0.05) < 0.02


def test_studentised_difference_by_hand():
    """Two classes: of variance 2 (1, 3, 1, 3 and the choke point 2) and of none."""
    values = np.array([1.0, 3.0, 1.0, 3.0, 2.0, 7.0, 7.0, 7.0, 7.0])
    choke = np.zeros(9, dtype=bool)
    choke[[0, 5]] = True
    sample = Sample(
        values=values,
        choke=choke,
        world=np.ones(9, dtype=bool),
        classes=np.array([0] * 5 + [1] * 4),
        blocks=np.where(choke, np.arange(9), -1),
    )
    # (1 - 9/4) / sqrt(1 + 1/4), the variance of the five being 1; nothing from the second class.
    laid = np.array([choke, values == 7.0, values == 2.0])
    expected = [-1.25 / math.sqrt(1.25), math.nan, 0.0]
    np.testing.assert_allclose(studentised(sample, laid), expected)


def test_a_planted_effect_is_found_in_one_network():
    """Counts dealt out at random, and those of a network's choke points with so many bits more."""
    graph = npl.graphs.ring_of_modules(modules=8, module_size=20, rng=0)
    chokes = npl.graphs.choke_points(graph)
    counts = limit_counts(graph)
    dealt = np.random.default_rng(1).permutation(counts["log2_stable"])
    for added, low, high in ((0.0, 0.05, 1.0), (2.0, 0.0, 0.01), (-2.0, 0.0, 0.01)):
        bits = dealt + added * chokes["is_choke"]
        table = npl.amplification(counts.assign(log2_stable=bits), chokes, graph=graph)
        is_it = (table["comparison"] == "all others") & (table["choke_kind"] == "all")
        (found,) = table[is_it].to_dict("records")
        assert low <= found["p_value"] <= high, added


def test_power_rises_with_the_effect():
    """Three clumps on real balls; half a bit is found sometimes, two bits nearly always."""
    graph = real("ring_of_modules")
    counts, links = limit_counts(graph), links_of(graph, list(graph))
    everyone = np.ones(len(graph), dtype=bool)
    rng = np.random.default_rng(0)
    power = []
    for added in (0.0, 0.5, 2.0):
        found = []
        for _ in range(40):
            marked = clumped(links.neighbors, walk_clump, 3, 4, rng)
            sample = Sample(
                values=counts["log2_stable"].to_numpy() + added * marked,
                choke=marked,
                world=everyone,
                classes=classes_of([counts["degree"].to_numpy(dtype=float)]),
                blocks=blocks_of(links, marked),
            )
            if np.isfinite(studentised(sample, marked[None, :])[0]):
                laid = placements(links, marked, everyone, 99, rng)
                found.append(p_value(sample, laid)[0] <= 0.05)
        power.append(np.mean(found))
    print(f"power at 0, 0.5, 2 bits: {power}")
    assert power[0] < 0.2
    assert power[0] <= power[1] < power[2]
    assert power[2] > 0.9


def test_blocks_keep_their_sizes_and_do_not_touch():
    graph = real("ring_of_modules")
    links = links_of(graph, list(graph))
    links = Links(links.neighbors, np.arange(len(graph)))  # two nodes are alike: not here
    marked = npl.graphs.choke_points(graph)["is_choke"].to_numpy()
    free = np.ones(len(graph), dtype=bool)
    free[:7] = marked[:7]
    sizes = np.sort(np.bincount(blocks_of(links, marked)[marked]))
    laid = placements(links, marked, free, 60, np.random.default_rng(0))
    assert len(laid) == 60
    for one in laid:
        np.testing.assert_array_equal(np.sort(np.bincount(blocks_of(links, one)[one])), sizes)
        assert not one[~free].any()


def test_nodes_that_symmetry_exchanges_move_as_one():
    graph = nx.star_graph(5)
    graph.add_edges_from((leaf, leaf + 10) for leaf in range(1, 6))
    links = links_of(graph, list(graph))
    assert len(set(links.alike.tolist())) == 3
    marked = np.array([node == 0 for node in graph])
    laid = placements(links, marked, np.ones(11, dtype=bool), 50, np.random.default_rng(0))
    assert sorted(set(laid.sum(axis=1))) == [1, 5]
    # Some leaves marked and others not: labels that no symmetry keeps move node by node.
    some = np.array([node == 11 for node in graph])
    laid = placements(links, some, np.ones(11, dtype=bool), 50, np.random.default_rng(0))
    assert 1 in laid[:, [list(graph).index(11), list(graph).index(12)]].sum(axis=1)


def test_where_blocks_find_no_place():
    graph = nx.complete_graph(4)
    graph.add_edge(0, 9)
    links = links_of(graph, list(graph))
    marked = np.array([node in (1, 9) for node in graph])
    free = marked.copy()
    laid = placements(links, marked, free, 10, np.random.default_rng(0))
    assert laid.shape == (10, 5)
    assert (laid == marked).all()


# -- intervals -------------------------------------------------------------------------------------


def covered(
    repeats, chokes, classes, controls, spread=1.0, blocks=None, within=0.0, confidence=0.95
):
    """How often the interval holds the truth 0.7: normal values around means of their class.

    `within` is the correlation of choke points of one block, `spread` their standard deviation,
    that of controls being 1.
    """
    rng = np.random.default_rng(0)
    of = np.concatenate([np.arange(chokes) % classes, np.repeat(np.arange(classes), controls)])
    is_choke = np.arange(len(of)) < chokes
    block = np.arange(chokes) if blocks is None else np.asarray(blocks)
    hits = 0
    for _ in range(repeats):
        own = rng.normal(size=chokes)
        common = rng.normal(size=block.max() + 1)[block]
        values = 1.5 * of + rng.normal(size=len(of))
        noise = spread * (math.sqrt(1 - within) * own + math.sqrt(within) * common)
        values[:chokes] = 1.5 * of[:chokes] + 0.7 + noise
        sample = Sample(
            values=values,
            choke=is_choke,
            world=np.ones(len(of), dtype=bool),
            classes=of,
            blocks=np.concatenate([block, np.full(len(of) - chokes, -1)]),
        )
        low, high = interval(sample, confidence)
        hits += low <= 0.7 <= high
    return hits / repeats


@pytest.mark.parametrize(
    ("chokes", "classes", "controls", "options"),
    [
        (4, 1, 3, {}),
        (4, 2, 5, {"spread": 2.0}),
        (12, 2, 10, {"blocks": np.repeat(np.arange(4), 3), "within": 0.6}),
    ],
)
def test_intervals_cover_from_four_choke_points_on(chokes, classes, controls, options):
    # 1,000 repeats: standard error 0.7 points; the full measurement is in the slow test.
    assert abs(covered(1000, chokes, classes, controls, **options) - 0.95) < 0.03


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chokes", "classes", "controls", "options"),
    [
        (4, 1, 3, {}),
        (4, 1, 30, {}),
        (4, 4, 3, {}),
        (4, 2, 5, {}),
        (4, 2, 5, {"confidence": 0.8}),
        (8, 2, 3, {}),
        (8, 2, 4, {"spread": 2.0}),
        (20, 4, 6, {}),
        (6, 2, 3, {"spread": 0.3}),
        (12, 2, 10, {"blocks": np.repeat(np.arange(4), 3), "within": 0.6}),
        (12, 2, 10, {"blocks": np.repeat(np.arange(6), 2), "within": 1.0}),
        (12, 2, 10, {"blocks": [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4], "within": 0.6}),
        (12, 2, 10, {"blocks": [0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4], "within": 0.6}),
    ],
)
def test_intervals_cover_within_two_points(chokes, classes, controls, options):
    share = covered(6000, chokes, classes, controls, **options)
    assert abs(share - options.get("confidence", 0.95)) < 0.02


def test_ensemble_intervals_cover_and_its_test_is_level():
    """Effects of 6 graphs with no effect on the whole, 2,000 ensembles."""
    rng = np.random.default_rng(0)
    from netplastic.analyses._ensemble import mean_over_graphs

    found = [mean_over_graphs(effects, 0.95) for effects in rng.normal(size=(2000, 6))]
    hits = np.mean([one["low"] <= 0.0 <= one["high"] for one in found])
    assert abs(hits - 0.95) < 0.02
    # Six signs: two-sided p of 1/32 at best.
    p_values = np.array([one["p_value"] for one in found])
    assert p_values.min() == 1 / 32
    assert np.mean(p_values <= 0.05) == pytest.approx(1 / 32, abs=0.012)


# -- from graphs to the finding --------------------------------------------------------------------


def ensemble(number, added=0.0, build=npl.graphs.hourglass):
    counts, chokes = [], []
    for seed in range(number):
        graph = build(rng=seed)
        measures = npl.graphs.choke_points(graph)
        table = limit_counts(graph)
        table["log2_stable"] += added * measures["is_choke"]
        counts.append(table.assign(seed=seed))
        chokes.append(measures.assign(seed=seed))
    return pd.concat(counts), pd.concat(chokes)


def total(table, comparison):
    is_it = (table["comparison"] == comparison) & (table["level"] == "ensemble")
    return table[is_it & (table["choke_kind"] == "all")].iloc[0]


def test_isolated_counts_are_smaller_at_the_waist_of_hourglasses():
    """docs/theory.md#section-6: isolated counts of choke points are smaller at equal degree."""
    counts, chokes = ensemble(20)
    table = npl.amplification(counts, chokes)
    found = total(table, "matched")
    assert found["high"] < 0.0
    assert found["p_value"] < 0.01
    assert found["share_same_sign"] > 0.8
    # The edges among neighbors are why: with these equal too nothing is left.
    mechanism = total(table, "mechanism")
    assert mechanism["low"] < 0.0 < mechanism["high"]
    explained = npl.analyses.explained_variance(counts, chokes)
    own = explained[explained["level"] == "ensemble"].set_index("term")["explained"]
    assert own["clustering"] > own["is_choke"]


def test_a_planted_effect_is_recovered_over_graphs():
    counts, chokes = ensemble(12)
    plain = total(npl.amplification(counts, chokes), "matched")["effect"]
    raised = total(npl.amplification(*ensemble(12, added=1.0)), "matched")
    assert raised["effect"] == pytest.approx(plain + 1.0)
    assert raised["low"] < plain + 1.0 < raised["high"]


def embedded_counts(graph):
    """Traces of the maximal independent sets on each ball: embedded counts in the limit."""
    sets = [sum(1 << node for node in one) for one in nx.find_cliques(nx.complement(graph))]
    masks = [sum(1 << node for node in (center, *graph[center])) for center in graph]
    traces = [len(np.unique(np.array(sets) & mask)) for mask in masks]
    return limit_counts(graph).assign(log2_stable=np.log2(traces))


def test_choke_points_are_not_compared_with_themselves():
    """Embedded counts are larger at the waist; comparing with all of equal degree hides a third."""
    counts, chokes, diluted = [], [], []
    for seed in range(8):
        graph = npl.graphs.hourglass(rng=seed)
        table = embedded_counts(graph).assign(seed=seed)
        measures = npl.graphs.choke_points(graph).assign(seed=seed)
        own = measures["is_choke"] & npl.analyses.excess(table, measures).notna()
        everyone = table.groupby("degree")["log2_stable"].transform("mean")
        diluted.append((table["log2_stable"] - everyone)[own].mean())
        counts.append(table)
        chokes.append(measures)
    found = total(npl.amplification(pd.concat(counts), pd.concat(chokes)), "matched")
    print(f"excess {found['effect']:.2f} bits, against all of equal degree {np.mean(diluted):.2f}")
    assert found["low"] > 0.0
    assert found["share_same_sign"] == 1.0
    assert found["p_value"] == pytest.approx(2 / 2**8)
    assert np.mean(diluted) < 0.8 * found["effect"]
