"""The page in a real browser: offline, by mouse and keyboard, on paper, by axe's rules."""

from __future__ import annotations

import csv
import io
import math
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pytest
from page_reader import columns, read

import netplastic as npl

pytestmark = pytest.mark.browser
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> npl.Report:
    path = tmp_path_factory.mktemp("page") / "page.html"
    return npl.report("ring_of_modules", path)


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> npl.Report:
    """The page of a study with two networks, a figure, and tasks that failed."""
    from test_analyses_page_folder import GRAPHS, study

    out = tmp_path_factory.mktemp("study")
    npl.run_study(study({**GRAPHS, "one way": nx.DiGraph([(0, 1)])}), out)
    return npl.report(out, out / "report.html")


class Opened:
    """A page with all that it asked for and said."""

    def __init__(self, browser: Any, path: Path, **settings: Any) -> None:
        self.context = browser.new_context(
            offline=True, viewport={"width": 1180, "height": 900}, **settings
        )
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.answered: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda one: self.requests.append(one.url))
        self.page.on("requestfinished", lambda one: self.answered.append(one.url))
        self.page.on("console", lambda one: self.said.append(one.text))
        self.page.on("pageerror", lambda one: self.said.append(str(one)))
        self.page.goto(path.as_uri())


@pytest.fixture
def opened(browser: Any, made: npl.Report) -> Iterator[Opened]:
    assert made.path is not None
    one = Opened(browser, made.path)
    yield one
    one.context.close()


def texts(page: Any, column: int) -> list[str]:
    return list(page.locator(f".table tbody tr td:nth-child({column + 1})").all_inner_texts())


def head(found: dict[str, Any], key: str) -> int:
    return list(found).index(key)


def test_it_asks_for_nothing_and_says_nothing(opened: Opened) -> None:
    page = opened.page
    for value in page.locator("[data-by] option").evaluate_all("all => all.map(o => o.value)"):
        page.select_option("[data-by]", value)
    page.locator(".node").first.click()
    page.fill("[data-find]", "core")
    assert [url for url in opened.requests if not url.startswith("file:")] == []
    assert len(opened.requests) == 1
    assert opened.said == []
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy.startswith("default-src 'none'")


def test_the_policy_is_obeyed(opened: Opened) -> None:
    """What would run or ask if it could does neither."""
    page = opened.page
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"x\" onerror=\"window.bad=1\">')"
    )
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.bad = 2';"
        "document.body.append(s); }"
    )
    assert page.evaluate("window.bad") is None
    assert any("Content Security Policy" in text for text in opened.said)
    assert len(opened.answered) == 1  # the browser tells of what it then blocks


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_hover_and_focus_say_the_node_and_both_statuses(
    opened: Opened, made: npl.Report, way: str
) -> None:
    found = columns(read(made.html))
    tip = opened.page.locator("#tip")
    assert tip.is_hidden()
    for i in (0, 2, 40):
        mark = opened.page.locator(f".node[data-i='{i}']")
        getattr(mark, way)()
        text = tip.inner_text()
        assert text.split("\n")[0].split(" (")[0] == found["node"]["values"][i]
        for k, scope in enumerate(("isolated", "embedded")):
            number, status = (found[f"{what}_{k}"]["values"][i] for what in ("count", "status"))
            assert f"{scope}: {number} stable states, {status}" in text
        assert mark.get_attribute("aria-label") == text
    opened.page.mouse.move(2, 2)
    opened.page.locator("h1").click()
    if way == "focus":
        opened.page.locator(".node[data-i='40']").blur()
    assert tip.is_hidden()


def test_arrows_reach_every_node(opened: Opened, made: npl.Report) -> None:
    page = opened.page
    count = len(columns(read(made.html))["node"]["values"])
    page.locator(".node").first.focus()
    reached = set()
    for _ in range(count):
        reached.add(page.evaluate("document.activeElement.dataset.i"))
        page.keyboard.press("ArrowRight")
    assert reached == {str(i) for i in range(count)}
    assert page.evaluate("document.activeElement.dataset.i") == "0"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.i") == str(count - 1)
    assert page.locator(".node[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    assert page.locator("tr.on").get_attribute("data-i") == str(count - 1)


def test_a_click_marks_the_row(opened: Opened) -> None:
    page = opened.page
    page.locator(".node[data-i='90']").click()
    row = page.locator("tr.on")
    assert row.count() == 1
    assert row.get_attribute("data-i") == "90"
    inside = page.evaluate(
        "() => { const r = document.querySelector('tr.on').getBoundingClientRect(),"
        "w = document.querySelector('.table .wrap').getBoundingClientRect();"
        "return r.top >= w.top && r.bottom <= w.bottom; }"
    )
    assert inside
    page.locator(".table tbody tr").nth(3).click()
    assert page.locator(".node.on").get_attribute("data-i") == "3"
    assert page.locator("[data-said]").inner_text().startswith("3")


def test_a_chosen_column_colours_the_nodes(opened: Opened, made: npl.Report) -> None:
    from netplastic.analyses.pictures import scale_of

    found = columns(read(made.html))
    for key in ("excess_0", "excess_1", "betweenness", "degree", "role"):
        opened.page.select_option("[data-by]", key)
        scale = scale_of(pd.Series(found[key]["values"], dtype=object))
        wanted = ["url(#no-value)" if s is None else scale.colours[s] for s in scale.shade]
        fills = opened.page.locator(".node").evaluate_all(
            "all => all.map(n => [n.dataset.i, n.getAttribute('fill')])"
        )
        assert [fill for _, fill in sorted(fills, key=lambda pair: int(pair[0]))] == wanted
        label = opened.page.locator("[data-by] option:checked").inner_text()
        assert opened.page.locator("[data-name]").inner_text() == label


@pytest.mark.parametrize("key", ["excess_1", "count_1", "betweenness", "node", "role", "is_choke"])
def test_rows_are_sorted_up_and_down_with_missing_ones_last(
    opened: Opened, made: npl.Report, key: str
) -> None:
    found = columns(read(made.html))
    column = found[key]
    place = head(found, key)

    def order(i: int) -> Any:
        value = column["values"][i]
        return (int(value) if key == "node" else value), 0

    there = [i for i, value in enumerate(column["values"]) if value not in (None, "")]
    gone = [i for i, value in enumerate(column["values"]) if value in (None, "")]
    button = opened.page.locator(".table thead button").nth(place)
    for falling, said in ((False, "ascending"), (True, "descending")):
        button.click()
        assert opened.page.locator(".table thead th").nth(place).get_attribute("aria-sort") == said
        wanted = sorted(there, key=order, reverse=falling)
        if falling:  # equal ones stay in the order of the nodes
            wanted = sorted(there)
            wanted.sort(key=order, reverse=True)
        rows = opened.page.locator(".table tbody tr").evaluate_all(
            "all => all.map(r => Number(r.dataset.i))"
        )
        assert rows == wanted + gone
        assert texts(opened.page, place) == [column["shown"][i] for i in wanted + gone]


def test_the_filter_counts(opened: Opened, made: npl.Report) -> None:
    found = columns(read(made.html))
    page, said = opened.page, opened.page.locator("[data-shown]")
    assert said.inner_text() == "96 of 96 nodes"
    for words, number in (
        ("connector", found["role"]["values"].count("connector")),
        ("choke", found["is_choke"]["values"].count("yes")),
        ("no such thing", 0),
    ):
        page.fill("[data-find]", words)
        assert said.inner_text() == f"{number} of 96 nodes"
        assert page.locator(".table tbody tr").count() == number
    page.fill("[data-find]", "")
    assert page.locator(".table tbody tr").count() == 96


def test_the_saved_table_is_the_table(opened: Opened, made: npl.Report) -> None:
    found = list(columns(read(made.html)).values())
    with opened.page.expect_download() as waiting:
        opened.page.locator("[data-csv]").click()
    text = Path(waiting.value.path()).read_text("utf-8")
    top, *rows = list(csv.reader(io.StringIO(text)))
    assert top == [column["label"] for column in found]
    assert len(rows) == 96
    for i, row in enumerate(rows):
        for cell, column in zip(row, found, strict=True):
            value = column["values"][i]
            if value is None:
                assert cell == ""
            else:
                assert (float(cell) if column["number"] else cell) == value


def pdf_colours(data: bytes) -> set[str]:
    """All colours that shapes of a PDF are filled with."""
    found = set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.S):
        try:
            text = zlib.decompress(stream)
        except zlib.error:
            continue
        for parts in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg", text):
            found.add("#" + "".join(f"{round(255 * float(part)):02x}" for part in parts))
    return found


def test_paper_has_the_bar_its_name_and_every_finding(opened: Opened, made: npl.Report) -> None:
    page = opened.page
    page.emulate_media(media="print")
    for one in ("[data-name]", ".bar", ".ends", "#finding", "h1", ".net", ".dots", ".forest"):
        assert page.locator(one).first.is_visible(), one
    for one in ("nav", ".tools", "footer"):
        assert page.locator(one).first.is_hidden(), one
    for text in read(made.html).find("section", aria_labelledby="finding")[0].find("p"):
        assert page.get_by_text(text.text.strip(), exact=True).is_visible()
    assert page.locator(".table tbody tr:visible").count() == 50
    assert page.locator(".few").is_visible()
    colours = pdf_colours(page.pdf(format="A4"))
    bar = page.locator(".bar rect").evaluate_all("all => all.map(r => r.getAttribute('fill'))")
    assert set(bar) <= colours


@pytest.mark.parametrize("source", ["made", "studied"])
def test_nothing_is_wider_than_paper(browser: Any, request: Any, source: str) -> None:
    opened = Opened(browser, request.getfixturevalue(source).path)
    opened.page.set_viewport_size({"width": 720, "height": 1000})  # A4 without its margins
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 720
    broken = opened.page.locator("td:not(.t)").evaluate_all(
        "all => all.filter(e => e.getClientRects().length"
        " && getComputedStyle(e).whiteSpace !== 'nowrap').length"
    )
    assert broken == 0, "a number is broken into lines"
    opened.context.close()


@pytest.mark.parametrize("source", ["made", "studied"])
def test_nothing_is_wider_than_a_telephone(browser: Any, request: Any, source: str) -> None:
    opened = Opened(browser, request.getfixturevalue(source).path)
    page = opened.page
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = page.evaluate(
        "() => [...document.querySelectorAll('body *')]"
        ".filter(e => !e.closest('.wrap, .away, .skip') && e.getBoundingClientRect().right > 390.5)"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert wide == []
    assert page.evaluate(
        "[...document.querySelectorAll('.wrap')].every(e => e.getBoundingClientRect().right <= 390)"
    )
    opened.context.close()


@pytest.mark.parametrize("source", ["made", "studied"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, request: Any, scheme: str, source: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    one = Opened(browser, request.getfixturevalue(source).path, color_scheme=scheme)
    one.page.locator(".node[data-i='1']").first.click()
    found = Axe().run(one.page, options={"runOnly": RULES}).response
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
    assert len(found["passes"]) > 20
    background = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    one.context.close()


def test_it_stands_without_its_script(browser: Any, made: npl.Report) -> None:
    assert made.path is not None
    one = Opened(browser, made.path, java_script_enabled=False)
    page = one.page
    assert page.get_by_text("Choke points have 0.29 bits more").is_visible()
    assert page.locator(".net .node").count() == 96
    assert page.locator(".net .node title").count() == 96
    assert page.locator(".table tbody tr").count() == 50
    assert page.locator(".forest, .dots svg").first.is_visible()
    assert page.locator(".tools:visible").count() == 0
    one.context.close()


def test_networks_of_a_study_are_apart(browser: Any, studied: npl.Report) -> None:
    assert studied.path is not None
    one = Opened(browser, studied.path)
    page = one.page
    alarm = page.locator(".alarm")
    assert "4 of 12 tasks failed" in alarm.inner_text()
    assert alarm.bounding_box()["y"] < 900
    page.locator("#net-2").evaluate("e => e.closest('details').setAttribute('open', '')")
    page.locator("#net-2 .node[data-i='4']").click()
    marked = page.locator("tr.on")
    assert marked.count() == 1
    assert marked.is_visible()  # its table was folded up
    assert marked.evaluate("e => e.closest('.table').dataset.net") == "2"
    page.select_option("#net-2 [data-by]", "degree")
    assert page.locator("#net-2 [data-name]").inner_text() == "degree"
    assert "above other nodes" in page.locator("#net-1 [data-name]").inner_text()
    assert one.said == []
    one.context.close()


def test_labels_do_no_harm(browser: Any, tmp_path: Path) -> None:
    from test_analyses_page import NASTY

    graph: nx.Graph[Any] = nx.path_graph(len(NASTY))
    nx.relabel_nodes(graph, dict(enumerate(NASTY)), copy=False)
    nx.set_node_attributes(graph, {node: node for node in NASTY}, "module")
    path = npl.report(graph, tmp_path / "page.html", name="</title><script>x()</script>").path
    assert path is not None
    one = Opened(browser, path)
    page = one.page
    assert one.said == []
    assert page.locator(".node").count() == len(NASTY)
    shown = texts(page, 0)
    assert shown[0] == "<script>alert(1)</script>"
    assert shown[6] == NASTY[6]
    page.locator(".node[data-i='1']").hover()
    assert page.locator("#tip").inner_text().startswith("</script>")
    with page.expect_download() as waiting:
        page.locator("[data-csv]").click()
    rows = list(csv.reader(Path(waiting.value.path()).read_text("utf-8").splitlines()))
    assert [row[0] for row in rows[1:6]] == [*NASTY[:5]]
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    one.context.close()


def test_more_than_a_thousand_rows_are_shown_in_pages(browser: Any, tmp_path: Path) -> None:
    graph = nx.path_graph(2100)
    path = npl.report(graph, tmp_path / "page.html").path
    assert path is not None
    one = Opened(browser, path)
    page, said = one.page, one.page.locator("[data-shown]")
    assert page.locator(".table tbody tr").count() == 1000
    assert said.inner_text() == "rows 1 to 1000 of 2100 of 2100 nodes"
    after, before = page.locator("[data-page='1']"), page.locator("[data-page='-1']")
    assert before.is_hidden()
    after.click()
    after.click()
    assert said.inner_text() == "rows 2001 to 2100 of 2100 of 2100 nodes"
    assert page.locator(".table tbody tr").count() == 100
    assert after.is_hidden()
    before.click()
    assert said.inner_text() == "rows 1001 to 2000 of 2100 of 2100 nodes"
    assert one.said == []
    one.context.close()


def test_a_notebook_shows_it_in_a_frame_of_its_own(
    browser: Any, made: npl.Report, tmp_path: Path
) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><title>n</title><body>{made._repr_html_()}", "utf-8")
    one = Opened(browser, path)
    frame = one.page.frame_locator("iframe")
    assert frame.locator(".table tbody tr").count() == 96
    box = one.page.locator("iframe").bounding_box()
    assert math.isclose(
        box["width"], one.page.evaluate("document.body.getBoundingClientRect().width"), abs_tol=1
    )
    assert one.said == []
    one.context.close()
