"""The page of a network: what stands on it is what the tables say, whatever the labels are."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import time
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from page_reader import Element, cells, columns, read, without_date

import netplastic as npl
from netplastic.analyses import amplification

ROOT = Path(__file__).parents[1]
NASTY = [
    "<script>alert(1)</script>", "</script>", "</title></svg>", "\"quoted\" and 'so'", "a,b",
    "two\nlines", "שלום עולם", "x" * 200, "&amp;", "{{ 7 * 7 }}", "\x00\x1b", "-inf",
]  # fmt: skip


@pytest.fixture(scope="module")
def ring() -> npl.Report:
    return npl.report("ring_of_modules")


@pytest.fixture(scope="module")
def page(ring: npl.Report) -> Element:
    return read(ring.html)


def open_counts() -> npl.PlasticNetwork:
    """A network at a strength and with a budget that leave counts open."""
    graph = nx.connected_caveman_graph(3, 4)
    return npl.PlasticNetwork(graph, npl.Hebbian(strength=-30.0))


def test_numbers_are_those_of_the_tables(page: Element) -> None:
    graph = npl.graphs.load("ring_of_modules")
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
    found = columns(page)
    chokes = npl.graphs.choke_points(graph)
    assert found["betweenness"]["values"] == chokes["betweenness"].tolist()
    assert [v == "yes" for v in found["is_choke"]["values"]] == chokes["is_choke"].tolist()
    for k, scope in enumerate(("isolated", "embedded")):
        counts = npl.count_neighborhoods(net, scope=scope)
        assert found["degree"]["values"] == counts["degree"].tolist()
        assert found[f"count_{k}"]["label"] == f"stable states, {scope}"
        assert found[f"count_{k}"]["values"] == counts["n_stable"].tolist()
        assert found[f"count_{k}"]["shown"] == [str(n) for n in counts["n_stable"]]
        assert found[f"status_{k}"]["values"] == counts["status"].tolist()
        excess = [None if math.isnan(value) else value for value in counts["excess"]]
        assert found[f"excess_{k}"]["values"] == excess
        shown = ["" if value is None else f"{value:+.2f}" for value in excess]
        assert found[f"excess_{k}"]["shown"] == shown


def test_the_first_fifty_rows_stand_without_a_script(page: Element) -> None:
    table = page.find("div", class_="table")[0]
    shown = cells(table)
    assert len(shown) == 50
    kept = list(columns(page).values())
    assert shown == [[column["shown"][i] for column in kept] for i in range(50)]
    assert "The first 50 of 96 nodes." in table.text


def test_effects_are_those_of_amplification(page: Element) -> None:
    graph = npl.graphs.load("ring_of_modules")
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
    counts = pd.concat(
        [npl.count_neighborhoods(net, scope=s) for s in ("isolated", "embedded")],
        ignore_index=True,
    )
    effects = amplification(counts, npl.graphs.choke_points(graph), graph=graph)
    effects = effects[effects["comparison"].isin(["matched", "mechanism"])]
    (section,) = page.find("section", aria_labelledby="effects")
    rows = cells(section.find("table")[0])
    assert len(rows) == len(effects)
    for row, (_, effect) in zip(rows, effects.iterrows(), strict=True):
        assert row[0] == effect["scope"]
        assert row[3] == f"{effect['effect']:+.2f}"
        low = "" if math.isnan(effect["low"]) else f"{effect['low']:+.2f} to {effect['high']:+.2f}"
        assert row[4] == low
        assert row[5] == ("" if math.isnan(effect["p_value"]) else f"{effect['p_value']:.2g}")
        assert row[8:] == [effect["status"], effect["reason"]]
    assert "Choke points have 0.29 bits more stable states" in page.find("main")[0].text


def test_colours_are_those_of_plot_network(page: Element, ring: npl.Report) -> None:
    from matplotlib.colors import to_hex
    from matplotlib.figure import Figure

    graph = npl.graphs.load("ring_of_modules")
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
    counts = npl.count_neighborhoods(net, scope="embedded")
    axes = Figure().subplots()
    npl.plot_network(net, counts, column="excess", ax=axes)
    (drawn,) = [one for one in axes.collections if one.get_gid() == "nodes"]
    drawn.update_scalarmappable()
    colours = iter([to_hex(colour) for colour in drawn.get_facecolor()])
    wanted = ["url(#no-value)" if math.isnan(x) else next(colours) for x in counts["excess"]]
    (svg,) = page.find("svg", class_="net")
    marks = sorted(
        [*svg.find("circle", class_="node"), *svg.find("path", class_="node")],
        key=lambda mark: int(mark.attributes["data-i"]),
    )
    assert [mark.attributes["fill"] for mark in marks] == wanted
    chokes = npl.graphs.choke_points(graph)["is_choke"]
    assert ["choke" in mark.attributes["class"] for mark in marks] == chokes.tolist()


def test_categories_share_the_colours_of_plot_network() -> None:
    from netplastic.analyses.pictures import category_colours, scale_of

    values = pd.Series([*"aabbbcdefghij", None], dtype=object)
    scale, colours = scale_of(values), category_colours(values.tolist())
    assert scale.shade[-1] is None
    assert scale.names is not None
    assert len(scale.names) == 7
    assert scale.names[-1] == "others"
    from matplotlib.colors import to_hex

    for value, place in zip(values[:-1], scale.shade, strict=False):
        assert place is not None
        assert scale.colours[place] == to_hex(colours[value])


def test_open_counts_never_stand_without_their_mark() -> None:
    net = open_counts()
    html = npl.report(net, budget=1e-9).html
    page = read(html)
    found = columns(page)
    assert "lower bound" in found["status_1"]["values"]
    for k in range(2):
        for shown, status in zip(found[f"count_{k}"]["shown"], found[f"status_{k}"]["values"],
                                 strict=True):  # fmt: skip
            assert shown.startswith("≥ ") == (status == "lower bound")
        if "lower bound" in found[f"status_{k}"]["values"]:
            assert all(text.startswith("≈ ") for text in found[f"excess_{k}"]["shown"] if text)
            assert "not certified" in html
    (badges,) = page.find("p", class_="badges")
    assert "lower bound" in badges.text
    for mark in page.find("svg", class_="net")[0].find("title"):
        assert ("at least" in mark.text) == ("lower bound" in mark.text)
    (plot,) = page.find("section", aria_labelledby="degrees")
    for dot in plot.find("circle"):
        if "data-i" in dot.attributes:
            assert (dot.attributes["fill"] == "none") == ("lower bound" in dot.text)
    (section,) = page.find("section", aria_labelledby="effects")
    for row in cells(section.find("table")[0]):
        assert row[8] == "certified" or not row[3] or row[3].startswith("≈ ")


def test_labels_do_no_harm() -> None:
    graph: nx.Graph[Any] = nx.Graph()
    nx.add_path(graph, NASTY)
    nx.set_node_attributes(graph, {node: node for node in NASTY}, "module")
    nx.set_node_attributes(graph, {node: node for node in NASTY}, "role")
    page = npl.report(graph, name="</script><script>alert(2)</script>")
    read(page.html)
    assert page.html.count("<script") == 2  # the data and the program
    assert page.html.count("</script>") == 2
    shown = read(page.html)
    names = columns(shown)["node"]["values"]
    assert names[0] == "<script>alert(1)</script>"
    assert names[5] == "two lines"
    assert names[7] == "x" * 200
    assert names[9] == "{{ 7 * 7 }}"
    page.html.encode()


def test_nothing_but_the_page_s_own_program_may_run(ring: npl.Report, page: Element) -> None:
    (policy,) = page.find("meta", http_equiv="Content-Security-Policy")
    said = policy.attributes["content"]
    assert "default-src 'none'" in said
    assert "unsafe" not in said
    programs = [one.text for one in page.find("script") if "type" not in one.attributes]
    for kind, texts in (("script", programs), ("style", [page.find("style")[0].text])):
        (text,) = texts
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in said
    assert not re.search(r'(src|href)="(?!#|data:)', ring.html)
    assert " style=" not in ring.html
    assert not re.search(r"\son\w+=", ring.html)


def test_a_page_made_twice_is_the_same(ring: npl.Report) -> None:
    again = npl.report("ring_of_modules")
    assert without_date(again.html) == without_date(ring.html)


def test_pages_are_small(ring: npl.Report) -> None:
    assert len(ring.html.encode()) < 250_000


@pytest.mark.slow
def test_pages_are_made_fast() -> None:
    npl.report("ring_of_modules")
    for graph, most in (
        (npl.graphs.ring_of_modules(modules=6, module_size=14, rng=0), 2.0),
        (npl.graphs.ring_of_modules(modules=100, module_size=18, rng=0), 10.0),
    ):
        began = time.process_time()
        page = npl.report(graph)
        seconds = time.process_time() - began
        print(f"{len(graph)} nodes: {seconds:.2f} s, {len(page.html) / 1e6:.2f} MB")
        assert seconds < most
        assert len(page.html.encode()) < 5_000_000


def test_large_networks_are_not_drawn_and_the_page_says_so() -> None:
    page = read(npl.report(nx.path_graph(12), drawn=11).html)
    assert not page.find("svg", class_="net")
    assert "not drawn, for 12 nodes" in page.find("section", aria_labelledby="finding")[0].text
    assert read(npl.report(nx.path_graph(12), drawn=12).html).find("svg", class_="net")
    with pytest.raises(ValueError, match="at most 5000"):
        npl.report(nx.path_graph(3), drawn=5001)


def test_what_makes_a_page_too_large_is_left_out_and_named(monkeypatch: Any) -> None:
    from netplastic.analyses.page import _report

    whole = len(npl.report("ring_of_modules").html.encode())
    monkeypatch.setattr(_report, "LARGEST", whole - 10_000)
    page = npl.report("ring_of_modules")
    assert len(page.html.encode()) <= whole - 10_000
    assert "only the first 48 nodes are in the table" in page.html
    assert len(columns(read(page.html))["node"]["values"]) == 48


@pytest.mark.parametrize(
    ("graph", "strength"),
    [(nx.DiGraph([(0, 1), (1, 2), (2, 0)]), "-10"), (nx.Graph([(0, 1)]), "-inf"),
     (nx.Graph([(0, 1), (1, 1)]), "-10")],
)  # fmt: skip
def test_the_strength_that_is_taken_is_said(graph: nx.Graph[int], strength: str) -> None:
    page = read(npl.report(graph).html)
    said = page.find("section", aria_labelledby="made")[0].text
    assert f"{strength}: " in said
    assert "by default" in said
    assert f"strength {strength}" in page.find("p", id="paragraph")[0].text
    assert "as given" in npl.report(graph, strength=-5.0).html


@pytest.mark.parametrize(
    "graph",
    [nx.empty_graph(1), nx.empty_graph(3), nx.path_graph(2), nx.complete_graph(5),
     nx.DiGraph([(0, 1), (1, 1)]), nx.grid_2d_graph(3, 3)],
)  # fmt: skip
def test_small_networks_have_pages(graph: nx.Graph[Any]) -> None:
    page = read(npl.report(graph).html)
    (svg,) = page.find("svg", class_="net")
    assert len(svg.find("title")) == len(graph)


def test_the_report_is_an_object(ring: npl.Report, tmp_path: Path, monkeypatch: Any) -> None:
    assert repr(ring).startswith("Report(Stable states of ring_of_modules, ")
    assert len(repr(ring)) <= 120
    frame = read(ring._repr_html_()).find("iframe")[0]
    assert frame.attributes["srcdoc"] == ring.html
    assert "width: 100%" in frame.attributes["style"]
    path = ring.save(tmp_path / "page.html")
    assert path.read_text("utf-8") == ring.html
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert ring.open() == path
    assert opened == [path.resolve().as_uri()]
    with pytest.raises(ValueError, match="folder that is there"):
        ring.save(tmp_path / "no such" / "page.html")


def test_the_script_stays_readable() -> None:
    script = (ROOT / "analyses/page/templates/page.js").read_text("utf-8").splitlines()
    assert len(script) <= 200
    assert max(map(len, script)) <= 130
    assert np.mean([len(line) for line in script]) < 60


def test_names_of_nodes_lie_on_nothing() -> None:
    """Long ones that find no place are left to the hover."""
    graph = nx.relabel_nodes(nx.cycle_graph(30), {0: "x" * 200, 1: "a name of some length"})
    drawn = npl.report(graph).html.split('class="net"')[1].split("</svg>")[0]
    found = re.findall(r'<text x="([^"]+)" y="([^"]+)" aria-hidden="true">([^<]+)', drawn)
    names = [(float(x), float(y), 7.0 * len(name)) for x, y, name in found]
    boxes = [(x, y - 9.0, x + wide, y + 2.0) for x, y, wide in names]
    assert 20 <= len(boxes) <= 30
    for k, (left, top, right, bottom) in enumerate(boxes):
        for box in boxes[k + 1 :]:
            assert right <= box[0] or box[2] <= left or bottom <= box[1] or box[3] <= top
