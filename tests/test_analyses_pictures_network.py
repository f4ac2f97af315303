"""Pictures of networks: every node once, at its value's colour, in a place that stays the same."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import EllipseCollection, PolyCollection
from matplotlib.colors import to_rgba

import netplastic as npl

LEAST = 0.8  # distance of two nodes, in units of the layout


@pytest.fixture(autouse=True)
def no_windows() -> Iterator[None]:
    import matplotlib.pyplot as plt

    mpl.use("agg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    plt.close("all")


def several_parts() -> nx.Graph[Any]:
    return nx.disjoint_union_all(
        [nx.path_graph(5), nx.complete_graph(4), nx.empty_graph(3), nx.cycle_graph(6)]
    )


def odd_labels() -> nx.Graph[Any]:
    graph = nx.Graph([("a", ("b", 1)), (("b", 1), 2.5), (2.5, "<script>"), ("<script>", "a$x_1$")])
    graph.add_edge("a", "a")
    return graph


def connectors_of_all_kinds() -> nx.Graph[Any]:
    """Two modules, ten parallel connectors, one that hangs on one module, one on nothing."""
    graph = nx.disjoint_union(nx.complete_graph(5), nx.complete_graph(7))
    nx.set_node_attributes(graph, {v: int(v > 4) for v in graph}, "module")
    for k in range(10):
        graph.add_edges_from([(0, ("c", k)), (("c", k), 5)])
    graph.add_edges_from([(1, "leaf"), ("alone", "alone")])
    return graph


OTHERS = {
    "barabasi": nx.barabasi_albert_graph(100, 2, seed=1),
    "small world": nx.watts_strogatz_graph(100, 4, 0.1, seed=1),
    "grid": nx.grid_2d_graph(8, 8),
    "path": nx.path_graph(20),
    "star": nx.star_graph(30),
    "complete": nx.complete_graph(8),
    "one": nx.empty_graph(1),
    "isolated": nx.empty_graph(40),
    "parts": several_parts(),
    "directed": nx.gnp_random_graph(30, 0.1, seed=2, directed=True),
    "labels": odd_labels(),
    "connectors": connectors_of_all_kinds(),
}
NAMES = [*npl.graphs.catalogue(), *OTHERS]


def graph_named(name: str) -> nx.Graph[Any]:
    return OTHERS[name] if name in OTHERS else npl.graphs.load(name)


def nodes_of(ax: Any) -> dict[str | None, PolyCollection]:
    ax.figure.canvas.draw()  # which is when numbers become colours
    found = [c for c in ax.collections if isinstance(c, PolyCollection)]
    return {c.get_gid(): c for c in found if c.get_gid() is not None}


def middles(collection: PolyCollection) -> np.ndarray[Any, Any]:
    """Centers of outlines, whose last corner repeats the first."""
    return np.array([path.vertices[:-1].mean(axis=0) for path in collection.get_paths()])


@pytest.mark.parametrize("name", NAMES)
def test_every_node_is_drawn_once_at_the_colour_of_its_value(name: str) -> None:
    graph = graph_named(name)
    n = len(graph)
    values = np.linspace(-1.0, 2.0, n)
    values[::7] = np.nan
    table = pd.DataFrame({"node": list(graph), "excess": values})
    ax = npl.plot_network(graph, table.sample(frac=1.0, random_state=1))
    places = npl.network_layout(graph)[["x", "y"]].to_numpy()
    groups = nodes_of(ax)
    drawn = np.vstack([middles(group) for group in groups.values()])
    assert len(drawn) == n
    np.testing.assert_allclose(
        np.sort(drawn @ [1.0, 1e-3]), np.sort(places @ [1.0, 1e-3]), atol=1e-9
    )
    if n == 1:  # only a missing value
        return
    known = np.isfinite(values)
    np.testing.assert_allclose(middles(groups["nodes"]), places[known], atol=1e-9)
    np.testing.assert_allclose(middles(groups["without a value"]), places[~known], atol=1e-9)
    assert groups["without a value"].get_hatch()
    far = np.nanmax(abs(values))
    wanted = mpl.colormaps["RdBu_r" if np.nanmin(values) < 0 else "viridis"](
        (values[known] + far) / (2 * far)
    )
    np.testing.assert_allclose(groups["nodes"].get_facecolor(), wanted, atol=0.005)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_lies_on_anything_else(name: str) -> None:
    graph = graph_named(name)
    layout = npl.network_layout(graph)
    places = layout[["x", "y"]].to_numpy()
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1)) + 9.0 * np.eye(len(places))
    assert apart.min() >= LEAST * (1 - 1e-9)
    ax = npl.plot_network(graph)
    discs = next(c for c in ax.collections if isinstance(c, EllipseCollection))
    centers, radii = np.asarray(discs.get_offsets()), discs.get_widths() / 2.0
    between = np.hypot(*(centers[:, None] - centers).transpose(2, 0, 1))
    gap = between - radii[:, None] - radii + 1e9 * np.eye(len(radii))
    assert gap.min(initial=1.0) > 0.0
    away = np.hypot(*(places[:, None] - centers).transpose(2, 0, 1)) - radii
    connector = layout["module"].isna().to_numpy()
    if connector.any() and len(radii):
        assert away[connector].min() > 0.0
    assert np.all(away[~connector].min(axis=1, initial=1.0) < 0.0)
    if connector.any() or not len(radii):
        return
    assert np.all((away < 0.0).sum(axis=1) == 1)


SAME = """
import sys, networkx as nx, netplastic as npl
def again(graph):
    edges = list(graph.edges(data=True))
    copy = graph.__class__()
    copy.add_nodes_from(graph.nodes(data=True))
    copy.add_edges_from(edges[::-1] if sys.argv[1] == "1" else edges)
    return copy
texts = nx.relabel_nodes(nx.barabasi_albert_graph(100, 2, seed=1), lambda v: f"node {v}")
parts = nx.disjoint_union_all([nx.path_graph(5), nx.complete_graph(4), nx.empty_graph(3)])
directed = nx.gnp_random_graph(30, 0.1, seed=2, directed=True)
odd = nx.Graph([("a", ("b", 1)), (("b", 1), 2.5), (2.5, "c"), ("c", "a"), ("a", "a")])
given = [npl.graphs.load("celegans"), npl.graphs.load("star_of_modules")]
for graph in [*given, texts, nx.grid_2d_graph(8, 8), parts, directed, odd]:
    for modules in (None, "louvain"):
        places = npl.network_layout(again(graph), modules=modules)[["x", "y"]]
        print(places.to_numpy().tobytes().hex())
"""


def test_a_picture_is_the_same_in_every_process_and_for_every_order_of_edges() -> None:
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SAME, seed], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.splitlines()
        for seed in ("0", "1")
    ]  # fmt: skip
    assert len(outputs[0]) == 14
    for one, two in zip(*outputs, strict=True):
        assert one == two


QUICK = """
import time, networkx as nx, numpy as np, netplastic as npl
npl.plot_network(nx.path_graph(30))  # loads what is compiled
ring = npl.graphs.ring_of_modules
for graph in (
    ring(modules=9, module_size=10, rng=0),
    nx.barabasi_albert_graph(100, 2, seed=1),
    nx.watts_strogatz_graph(100, 4, 0.1, seed=1),
    ring(modules=45, module_size=20, rng=0),
    nx.barabasi_albert_graph(1000, 2, seed=1),
    ring(modules=455, module_size=20, rng=0),
):
    values, took = {node: float(np.sin(k)) for k, node in enumerate(graph)}, []
    for _ in range(2):
        began = time.process_time()
        npl.plot_network(graph, values)
        took.append(time.process_time() - began)
    print(min(took))
"""


def test_pictures_are_quick() -> None:
    """CPU seconds of 100, 1,000 and 10,000 nodes; threads that wait for others count as work."""
    alone = {**os.environ, "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", QUICK], capture_output=True, text=True, check=True, env=alone
    )
    took = [float(line) for line in done.stdout.split()]
    assert np.all(np.array(took) < [0.2, 0.2, 0.2, 1.0, 1.0, 5.0]), took


def test_labels_lie_on_no_other_and_choke_points_choose_first() -> None:
    graph = nx.relabel_nodes(npl.graphs.load("karate"), lambda v: f"member {v}")
    for labels in ("auto", "all"):
        ax = npl.plot_network(graph, labels=labels)
        ax.figure.canvas.draw()
        shown = [text for text in ax.texts if text.get_visible()]
        assert len(shown) == len(graph) if labels == "all" else 10 <= len(shown) <= len(graph)
    chokes = npl.graphs.choke_points(graph).set_index("node")["is_choke"]
    assert chokes[[text.get_text() for text in ax.texts]].is_monotonic_decreasing
    many = npl.plot_network(nx.path_graph(300))
    assert not many.texts, "nearly all are choke points, and nobody could read that"


@pytest.mark.parametrize(
    ("name", "bits"), [("hourglass", 0.51), ("star_of_modules", 0.27), ("ring_of_modules", 0.29)]
)
def test_choke_points_are_red_diamonds_in_the_strong_limit(name: str, bits: float) -> None:
    """The means are those of the prototype behind the definition of excess, to two digits."""
    graph = npl.graphs.load(name)
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-np.inf))
    counts = npl.count_neighborhoods(net, scope="embedded")
    chokes = npl.graphs.choke_points(graph)["is_choke"].to_numpy()
    compared = chokes & counts["excess"].notna().to_numpy()
    assert counts["excess"][compared].mean() == pytest.approx(bits, abs=0.005)
    nodes = nodes_of(npl.plot_network(net, counts))["nodes"]
    corners = np.array([len(path.vertices) - 1 for path in nodes.get_paths()])
    known = counts["excess"].notna().to_numpy()
    np.testing.assert_array_equal(corners == 4, chokes[known])
    colours = nodes.get_facecolor()[(counts["excess"] > 0.1).to_numpy()[known]]
    assert len(colours)
    assert np.all(colours[:, 0] > colours[:, 2])  # more red than blue


def test_choke_points_without_comparison_are_hatched() -> None:
    net = npl.PlasticNetwork(npl.graphs.load("dumbbell"), npl.Hebbian(strength=-np.inf))
    counts = npl.count_neighborhoods(net, scope="embedded")
    groups = nodes_of(npl.plot_network(net, counts))
    assert len(groups["without a value"].get_paths()) == 4
    # All others have excess 0: the middle of the diverging scale, not the end of another one.
    np.testing.assert_allclose(groups["nodes"].get_facecolor()[:, :3].min(), 0.966, atol=0.01)


def test_a_column_without_any_value_gives_way_to_the_counts() -> None:
    """As for large networks, whose excess is not computed."""
    table = pd.DataFrame({"node": range(3), "excess": np.nan, "log2_stable": [0.0, 1.0, 2.0]})
    ax = npl.plot_network(nx.path_graph(3), table)
    assert "without a value" not in nodes_of(ax)
    assert (
        len(npl.plot_counts(table.assign(degree=1, log2_stable=np.nan, role="a")).collections) == 0
    )


def test_categories_have_the_colours_of_their_legend() -> None:
    graph = nx.path_graph(5)
    kinds = {0: "b", 1: "a", 2: "b", 3: None, 4: "c"}
    ax = npl.plot_network(graph, kinds)
    legend = ax.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    patches = [patch.get_facecolor() for patch in legend.get_patches()]
    colour = dict(zip(texts, patches, strict=True))
    assert list(colour) == ["b", "a", "c"]
    drawn = nodes_of(ax)["nodes"].get_facecolor()
    np.testing.assert_allclose(drawn, [colour[k] for k in ("b", "a", "b", "c")])
    assert colour["b"] == to_rgba("#0072B2")


def test_sizes_are_areas_and_never_touch() -> None:
    graph = nx.complete_graph(6)
    ax = npl.plot_network(graph, {v: float(v) for v in graph}, size={v: v for v in graph})
    paths = nodes_of(ax)["nodes"].get_paths()
    widths = [np.ptp(path.vertices[:, 0]) for path in paths]
    assert widths == sorted(widths)
    assert widths[-1] < LEAST


def test_a_large_network_is_drawn_over_degree_beside_a_detail() -> None:
    graph = npl.graphs.ring_of_modules(modules=120, module_size=20, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-np.inf))
    counts = npl.count_neighborhoods(net, scope="embedded")
    ax = npl.plot_network(net, counts)
    detail, plane = ax.child_axes
    ax.figure.canvas.draw()
    dots = sum(len(c.get_offsets()) for c in plane.collections)
    assert dots == counts["excess"].notna().sum()
    assert 20 <= sum(len(g.get_paths()) for g in nodes_of(detail).values()) <= 300
    assert "2,640 nodes" in ax.get_title(loc="left") + ax.get_title()


def test_isolated_nodes_and_self_loops_of_a_large_network_keep_their_degrees() -> None:
    graph = nx.path_graph(2100)
    nx.set_node_attributes(graph, 0, "module")
    graph.add_node("alone", module=0)
    graph.add_edge(5, 5)
    ax = npl.plot_network(graph, dict.fromkeys(graph, 1.0))
    _, plane = ax.child_axes
    across = np.concatenate([c.get_offsets()[:, 0] for c in plane.collections])
    ends, inner = 2, 2098
    np.testing.assert_array_equal(np.bincount(np.rint(across).astype(int)), [1, ends, inner])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (5, "int"),
        ({9: 1.0}, "node 9"),
        (pd.DataFrame({"a": [1.0]}), "'node'"),
        (pd.DataFrame({"node": [0, 0], "excess": [1.0, 2.0]}), "twice"),
        (pd.DataFrame({"node": [0], "a": [1.0], "b": [2.0]}), "column="),
    ],
)
def test_values_that_do_not_fit_are_refused(values: Any, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        npl.plot_network(nx.path_graph(3), values)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(TypeError, match="PlasticNetwork, a networkx Graph or DiGraph"):
        npl.plot_network([[0, 1], [1, 0]])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="network is empty"):
        npl.network_layout(nx.Graph())
    with pytest.raises(ValueError, match="labels"):
        npl.plot_network(nx.path_graph(3), labels="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="modules"):
        npl.plot_network(nx.path_graph(3), modules="area")


def test_a_matrix_is_sorted_by_module_with_boxes() -> None:
    graph = npl.graphs.caveman(modules=3, module_size=4)
    shuffled = nx.Graph()
    shuffled.add_nodes_from((v, graph.nodes[v]) for v in [5, 0, 9, 1, 6, 10, 2, 7, 11, 3, 4, 8])
    shuffled.add_edges_from(graph.edges(data=True))
    ax = npl.plot_matrix(shuffled)
    image = np.ma.filled(ax.images[0].get_array(), 0.0)
    assert image[:4, :4].sum() == pytest.approx(image[4:8, 4:8].sum())
    boxes = [(p.get_x(), p.get_width()) for p in ax.patches]  # type: ignore[attr-defined]
    assert boxes == [(-0.5, 4), (3.5, 4), (7.5, 4)]
    assert image.sum() == 2 * graph.number_of_edges()


def test_counts_are_one_dot_a_node_and_lower_bounds_are_hollow() -> None:
    counts = pd.DataFrame(
        {
            "degree": [2, 2, 3, 3, 4],
            "log2_stable": [1.0, 2.0, 3.0, np.nan, 2.0],
            "role": ["core", "core", "connector", "core", "core"],
            "status": ["certified", "lower bound", "certified", "certified", "certified"],
        }
    )
    ax = npl.plot_counts(counts)
    dots = {c.get_label(): c for c in ax.collections}
    assert {k: len(c.get_offsets()) for k, c in dots.items()} == {
        "core": 2, "core (not proved)": 1, "connector": 1,
    }  # fmt: skip
    assert len(dots["core (not proved)"].get_facecolor()) == 0
    assert "1 of 5" in ax.get_title(loc="left") + ax.get_title()
    heights = sorted(y for c in ax.collections for _, y in c.get_offsets())
    assert heights == [1.0, 2.0, 2.0, 3.0]
    with pytest.raises(ValueError, match="no column 'size'"):
        npl.plot_counts(counts, x="size")
    with pytest.raises(TypeError, match="DataFrame"):
        npl.plot_counts([1, 2])  # type: ignore[arg-type]


def test_a_first_picture_leaves_a_notebook_showing_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A notebook's backend is set up by the first figure, and switches interactive mode on."""
    import matplotlib.pyplot as plt

    subplots = plt.subplots

    def first_figure(*args: Any, **kwargs: Any) -> Any:
        mpl.interactive(True)
        return subplots(*args, **kwargs)

    monkeypatch.setattr(plt, "subplots", first_figure)
    assert not mpl.is_interactive()
    npl.plot_network(nx.path_graph(3))
    assert mpl.is_interactive()
    mpl.interactive(False)


@pytest.mark.parametrize("lost", [np.inf, -np.inf, np.nan])
def test_numbers_that_are_none_are_hatched_and_said(lost: float) -> None:
    ax = npl.plot_network(nx.path_graph(3), {0: lost, 1: 1.0, 2: 2.0})
    assert len(nodes_of(ax)["without a value"].get_paths()) == 1
    assert "hatched: no value" in ax.get_title(loc="left")


def test_zeros_have_a_scale_without_numbers_that_there_are_not() -> None:
    figure = npl.plot_network(nx.path_graph(3), dict.fromkeys(range(3), 0.0)).get_figure()
    figure.draw_without_rendering()
    (bar,) = (ax for ax in figure.axes[0].child_axes if ax.get_ylabel())
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["0"]


def test_a_large_network_without_values_draws_no_empty_plane() -> None:
    graph = nx.path_graph(2001)
    nx.set_node_attributes(graph, {node: node // 100 for node in graph}, "module")
    ax = npl.plot_network(graph, pd.Series(np.nan, index=range(2001), name="excess"))
    assert "none has a value of excess (hatched)" in ax.get_title(loc="left")
    assert ax.child_axes == []
