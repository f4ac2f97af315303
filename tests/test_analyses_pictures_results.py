"""Results as pictures: they show what their tables say, legibly in a column of 85 mm."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import netplastic as npl
from netplastic.analyses import pictures

COLUMN, PAGE = 85.0 / 25.4, 175.0 / 25.4
"""Widths of a figure in a journal, in inches."""
SMALLEST = 6.0  # points


@pytest.fixture(autouse=True)
def no_windows() -> Iterator[None]:
    import matplotlib.pyplot as plt

    mpl.use("agg")
    yield
    plt.close("all")


@cache
def ring() -> npl.Equilibria:
    return npl.find_equilibria(npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0)))


@cache
def modular() -> npl.PlasticNetwork:
    """Three modules whose nodes alternate, and odd labels."""
    graph = nx.disjoint_union_all([nx.complete_graph(3)] * 3)
    graph.add_edges_from([(0, 3), (3, 6)])
    nx.set_node_attributes(graph, {v: f"area_{v // 3}" for v in graph}, "module")
    mixed = nx.Graph()
    mixed.add_nodes_from((v, graph.nodes[v]) for v in (0, 3, 6, 1, 4, 7, 2, 5, 8))
    mixed.add_edges_from(graph.edges)
    names: dict[int, Any] = {0: "_first", 3: "$x_3$", 6: ("a", 6)}
    return npl.PlasticNetwork(nx.relabel_nodes(mixed, names), npl.Hebbian(-20.0))


@cache
def cycling() -> npl.Attractors:
    slow = npl.PlasticNetwork(nx.complete_graph(4), npl.Hebbian(-50.0), learning_rate=0.02)
    return npl.find_attractors(slow, trials=6, rng=0)


@cache
def diagram() -> npl.BifurcationDiagram:
    net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0), learning_rate=0.05)
    return npl.bifurcation_diagram(net, "strength", 0.0, -20.0)


@cache
def counts() -> pd.DataFrame:
    graph = npl.graphs.ring_of_modules(modules=20, module_size=10, rng=0)
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
    return npl.count_neighborhoods(net, scope="embedded")


@cache
def mapped() -> npl.StabilityMap:
    axes = ("strength", [-20.0, -8.0, -4.0]), ("learning_rate", [0.01, 0.1, math.inf])
    return npl.stability_map(ring().net, *axes)


def excess_of(name: str) -> pd.DataFrame:
    graph = npl.graphs.load(name)
    return pd.DataFrame({"node": list(graph), "excess": np.sin(np.arange(len(graph)))})


def drawn_network(name: str) -> Callable[[Any], Any]:
    return lambda ax: npl.plot_network(npl.graphs.load(name), excess_of(name), ax=ax)


def landscape(ax: Any) -> Any:
    found = ring()
    states = np.vstack([found.rates[found.stable][:2], found.rates[~found.stable][:1]])
    return npl.plot_landscape(found.net, states, ax=ax, resolution=31)


def large(ax: Any) -> Any:
    graph = npl.graphs.ring_of_modules(modules=100, module_size=20, rng=0)
    values = {v: math.sin(v) if v else math.nan for v in graph}
    return npl.plot_network(graph, values, ax=ax)


PICTURES: dict[str, Callable[[Any], Any]] = {
    **{
        name: drawn_network(name)
        for name in (
            *("hourglass", "karate", "star_of_modules", "ring_of_modules", "dumbbell"),
            *("celegans", "hierarchical_modules", "caveman"),
        )
    },
    "long names": lambda ax: npl.plot_network(
        nx.relabel_nodes(nx.cycle_graph(6), {k: f"a long name, number {k}" for k in range(6)}),
        ax=ax,
    ),
    "large": large,
    "counts": lambda ax: npl.plot_counts(counts(), ax=ax),
    "matrix": lambda ax: npl.plot_matrix(npl.graphs.load("karate"), ax=ax),
    "landscape": landscape,
    "list": lambda ax: ring().plot(ax),
    "list of modules": lambda ax: npl.find_equilibria(modular(), stable_only=True).plot(ax),
    "limit": lambda ax: npl.find_equilibria(
        npl.PlasticNetwork(nx.cycle_graph(25), npl.Hebbian(-math.inf)), stable_only=True
    ).plot(ax),
    "one": lambda ax: ring()[0].plot(ax),
    "fixed points": lambda ax: npl.find_attractors(
        ring().net, trials=20, rng=0, equilibria=ring()
    ).plot(ax),
    "cycles": lambda ax: cycling().plot(ax),
    "cycle": lambda ax: cycling()[0].plot(ax),
    "onset": lambda ax: npl.onset(modular()).plot(ax),
    "no onset": lambda ax: npl.onset(ring().net, limit=2.0).plot(ax),
    "second": lambda ax: npl.multistability_onset(ring().net).plot(ax),
    "diagram": lambda ax: diagram().plot(ax),
    "trajectory": lambda ax: npl.simulate(ring().net, 50.0, rng=0).plot(ax),
    "map": lambda ax: mapped().plot(ax),
}


@cache
def made(name: str, width: float) -> tuple[Figure, Any, list[Text]]:
    """The picture on axes of a figure of that width, as somebody would make them; its texts."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(width, 0.75 * width), layout="constrained")
    assert PICTURES[name](ax) is ax
    return figure, ax, texts_of(figure)


def texts_of(figure: Figure) -> list[Text]:
    """All that is written when a figure is drawn."""
    written: list[Text] = []
    draw = Text.draw

    def watched(text: Text, renderer: Any) -> None:
        if text.get_visible() and text.get_text():
            written.append(text)
        draw(text, renderer)

    figure.canvas.draw()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", watched)
        figure.canvas.draw()
    return written


@pytest.mark.parametrize("width", [COLUMN, PAGE], ids=["85 mm", "175 mm"])
@pytest.mark.parametrize("name", PICTURES)
def test_texts_are_inside_legible_and_apart(name: str, width: float) -> None:
    figure, _, texts = made(name, width)
    assert texts
    inside = figure.bbox.padded(1.0)
    boxes = [text.get_window_extent() for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        assert inside.contains(box.x0, box.y0), text
        assert inside.contains(box.x1, box.y1), text
        assert text.get_fontsize() >= SMALLEST, text
        assert "_" not in text.get_text() or text.get_text() in ("_first", "$x_3$"), text
    for (a, one), (b, two) in itertools.combinations(zip(texts, boxes, strict=True), 2):
        assert not one.padded(-0.5).overlaps(two.padded(-0.5)), (a, b)


@pytest.mark.parametrize("name", ["hourglass", "karate", "celegans", "ring_of_modules"])
def test_choke_points_are_told_apart_without_colour(name: str) -> None:
    """In a column of 85 mm: by four corners and a thicker rim, and they are darker than paper."""
    figure, ax, _ = made(name, COLUMN)
    nodes = next(c for c in ax.collections if c.get_gid() == "nodes")
    chokes = npl.graphs.choke_points(npl.graphs.load(name))["is_choke"].to_numpy()
    corners = np.array([len(path.vertices) - 1 for path in nodes.get_paths()])
    np.testing.assert_array_equal(corners == 4, chokes)
    rims = np.broadcast_to(nodes.get_linewidths(), len(corners))
    assert rims[chokes].min() >= 2.0 * rims[~chokes].max()
    assert max(grey(colour) for colour in nodes.get_edgecolors()) < 0.5
    size = np.ptp(nodes.get_transform().transform_path(nodes.get_paths()[0]).vertices[:, 0])
    assert size * 72.0 / figure.dpi > 1.5, "points across"


def grey(colour: Any) -> float:
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_kinds_of_dots_and_lines_differ_without_colour() -> None:
    dots = made("counts", COLUMN)[1].collections
    shapes = {str(c.get_label()): len(c.get_paths()[0].vertices) for c in dots}
    assert len(set(shapes.values())) == len(shapes) == 3
    lines = made("trajectory", COLUMN)[1].lines
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == len(lines) == 5


def test_states_are_columns_over_nodes_by_module_stable_ones_first() -> None:
    found = npl.find_equilibria(modular())
    figure, ax = made_on(found)
    table = found.to_frame().pivot(index="equilibrium", columns="node", values="rate")
    modules = nx.get_node_attributes(modular().graph, "module")
    nodes = sorted(found.nodes, key=lambda node: modules[node])
    order = [*np.flatnonzero(found.stable), *np.flatnonzero(~found.stable)]
    wanted = np.array([[table.loc[k, [node]].iloc[0] for k in order] for node in nodes])
    np.testing.assert_array_equal(np.asarray(ax.images[0].get_array()), wanted)
    assert str(found.count.status) in ax.get_title(loc="left")
    assert str(int(found.count)) in ax.get_title(loc="left")
    words = {text.get_text() for text in ax.texts}
    assert words == {"stable", "unstable"}
    figure.canvas.draw()
    assert [label.get_text() for label in ax.get_yticklabels()] == list(map(str, nodes))


def made_on(result: Any) -> tuple[Figure, Any]:
    ax = result.plot()
    return ax.get_figure(), ax


@pytest.mark.parametrize("which", ["none", "one", "selected"])
def test_short_lists_can_be_drawn(which: str) -> None:
    found = {"none": ring()[:0], "one": ring()[:1], "selected": ring()[ring().stable]}[which]
    figure, ax = made_on(found)
    figure.canvas.draw()
    assert len(ax.images) == (which != "none")
    assert f"{len(found)} picked" in ax.get_title(loc="left")


def test_of_a_long_list_the_beginning_is_drawn_and_said() -> None:
    limit = npl.PlasticNetwork(nx.cycle_graph(25), npl.Hebbian(-math.inf))
    found = npl.find_equilibria(limit, stable_only=True)
    perrin = [3, 0, 2]  # which count the maximal independent sets of cycles (Fueredi 1987)
    for _ in range(23):
        perrin.append(perrin[-3] + perrin[-2])
    assert len(found) == perrin[25] == 1130
    _, ax = made_on(found)
    assert ax.images[0].get_array().shape == (25, 1000)
    assert "1,000 of 1,130 drawn" in ax.get_title(loc="left")


def test_shares_have_the_intervals_of_the_table() -> None:
    found = npl.find_attractors(ring().net, trials=20, rng=0, equilibria=ring())
    _, ax = made_on(found)
    table = found.to_frame()
    bars = ax.containers[0]
    np.testing.assert_allclose(bars.lines[0].get_ydata(), table["share"])
    ends = np.array([segment[:, 1] for segment in bars.lines[2][0].get_segments()])
    np.testing.assert_allclose(ends, table[["share_low", "share_high"]], atol=1e-12)


def test_cycles_are_traces_over_a_whole_period() -> None:
    found = cycling()
    _, ax = made_on(found)
    shares, *panels = ax.child_axes
    assert len(panels) == min(3, len(found))
    assert len(shares.containers) == found.to_frame()["kind"].nunique()
    for panel, one in zip(panels, found, strict=False):
        assert len(panel.lines) == 4
        times, heights = panel.lines[0].get_data()
        assert times[-1] == pytest.approx(one.period)
        np.testing.assert_array_equal(heights[[0, -1]], one.activity[[0, 0], 0])


def test_a_critical_mode_is_drawn_on_its_network() -> None:
    found = npl.onset(modular())
    figure, ax = made_on(found)
    figure.canvas.draw()
    nodes = next(c for c in ax.collections if c.get_gid() == "nodes")
    np.testing.assert_array_equal(nodes.get_array(), found.mode.to_numpy())
    assert nodes.get_cmap().name == ("RdBu_r" if found.mode.min() < 0 else "viridis")
    assert found.kind in ax.get_title(loc="left")
    _, empty, _ = made("no onset", PAGE)
    assert "stable up to strength -2" in empty.get_title(loc="left")


def test_the_second_state_is_drawn_over_its_counts() -> None:
    found = npl.multistability_onset(ring().net)
    _, ax = made_on(found)
    lines = {str(line.get_label()): line for line in ax.lines}
    sure = found.scanned["status"] == "certified"
    np.testing.assert_array_equal(lines["counted"].get_ydata(), found.scanned["lower"][sure])
    assert lines[found.kind].get_xdata()[0] == found.strength
    assert str(found.status) in ax.get_title(loc="left")


def test_branches_are_solid_where_stable_and_dashed_elsewhere() -> None:
    _, ax, _ = made("diagram", PAGE)
    whole = {
        look: [line for line in ax.lines if line.get_linestyle() == look] for look in ("-", "--")
    }
    assert {line.get_color() for line in whole["-"]} == {"#0072B2"}
    assert {line.get_color() for line in whole["--"]} == {"#D55E00"}
    table = diagram().to_frame()
    drawn = np.concatenate([line.get_xdata() for line in whole["-"]])
    assert set(table["strength"][table["stable"]]) <= set(drawn)


def test_python_and_command_line_have_one_style(tmp_path: Path) -> None:
    """Fonts, spines, colours; whatever the settings around are."""
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.spines.top": True}):
        _, own = made_on(diagram())
    figure, (theirs,) = pictures.canvas(1)
    diagram().plot(theirs)
    for ax in (own, theirs):
        assert ax.xaxis.label.get_fontsize() == 9
        assert not ax.spines["top"].get_visible()
    assert [line.get_color() for line in own.lines] == [line.get_color() for line in theirs.lines]
    pictures.save(figure, tmp_path / "a.svg", tmp_path / "a.pdf")
    assert ">strength</text>" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert (
        b"/Type42" in (tmp_path / "a.pdf").read_bytes()
        or b"/CIDFontType2" in (tmp_path / "a.pdf").read_bytes()
    )
    assert b"/Type3" not in (tmp_path / "a.pdf").read_bytes()


def test_a_result_of_one_value_has_a_scale() -> None:
    """Equal but for rounding: no scale of 1e-10 + 0.447."""
    _, ax = made_on(npl.onset(ring().net))
    nodes = next(c for c in ax.collections if c.get_gid() == "nodes")
    assert (nodes.norm.vmin, nodes.norm.vmax) == (0.0, pytest.approx(0.4472, abs=1e-4))
