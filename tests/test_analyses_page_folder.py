"""The page of a study: numbers of its tables, what failed before all else, what is missing."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from page_reader import Element, cells, columns, read, without_date
from typer.testing import CliRunner

import netplastic as npl
from netplastic.analyses import read_folder, stable_neighborhoods
from netplastic.analyses.page import write_page
from netplastic.analyses.page._markdown import markdown_html, sections_of
from netplastic.cli import app

FINDING = """# Small studies

*Is it so?*

## In short

**It is so** in 2 of 2 (`dumbbell`, *text*), [see](https://example.org/a); <b>not</b> bold.

## Numbers

| network | effect | status |
|---|---|---|
| dumbbell | +0.25 | lower bound |
| text | -1e-3 | certified |

## Read with care

- First.
  - Within the first.
- Second.
"""


def labelled() -> Any:
    graph = nx.relabel_nodes(nx.path_graph(5), dict(enumerate(["<i>", "b", "c,d", "é", "1"])))
    nx.set_node_attributes(graph, "all", "module")
    return graph


def measure(graph: Any, rng: Any, *, strength: float, scope: str) -> pd.DataFrame:
    if graph.is_directed():
        raise ArithmeticError("no <b>directed</b> ones")
    return stable_neighborhoods(graph, rng, strength=strength, scope=scope, boxes=3, starts=5)


def tell(study: npl.Study, table: pd.DataFrame, out: Path) -> None:
    (out / "finding.md").write_text(FINDING, encoding="utf-8")
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><metadata>x</metadata><path d="M0 0"/></svg>'
    (out / "figure.svg").write_text(svg)
    claims = pd.DataFrame({"claim": ["It is so"], "value": [0.123456], "status": ["certified"]})
    npl.analyses.write_csv(out / "claims.csv", claims)


GRAPHS = {"dumbbell": npl.graphs.dumbbell(module_size=5, path_length=3), "text": labelled()}


def study(graphs: dict[str, Any]) -> npl.Study:
    grid = {"strength": (-math.inf, -30.0), "scope": ("isolated", "embedded")}
    return npl.Study("small", "Is it so?", graphs, grid, measure=measure, report=tell)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small")
    npl.run_study(study(GRAPHS), out)
    return out


@pytest.fixture(scope="module")
def page(made: Path) -> Element:
    return read(npl.report(made).html)


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be damaged."""
    return Path(shutil.copytree(made, tmp_path / "out"))


def section(page: Element, name: str) -> Element:
    (found,) = page.find("section", aria_labelledby=name)
    return found


def test_every_count_is_that_of_the_table(made: Path, page: Element) -> None:
    table = read_folder(made).table
    assert table is not None
    assert set(table["status"]) >= {"certified", "lower bound"}
    for place, (name, graph) in enumerate(GRAPHS.items()):
        found = columns(page, place)
        assert found["node"]["values"] == [str(node) for node in graph]
        cases = 0
        for k in range(4):
            scope, strength = re.fullmatch(
                r"stable states, (\w+), strength (\S+)", found[f"count_{k}"]["label"]
            ).groups()  # type: ignore[union-attr]
            own = table[(table["graph"] == name) & (table["scope"] == scope)]
            own = own[own["strength"] == float(strength)]
            assert found[f"count_{k}"]["values"] == own["n_stable"].tolist()
            assert found[f"status_{k}"]["values"] == own["status"].tolist()
            marks = {"certified": "", "lower bound": "≥ ", "estimate": "≈ "}
            counts = zip(own["n_stable"], own["status"], strict=True)
            assert found[f"count_{k}"]["shown"] == [f"{marks[status]}{n}" for n, status in counts]
            excess = own["excess"].to_numpy(dtype=float)
            shown = [np.nan if v is None else v for v in found[f"excess_{k}"]["values"]]
            assert np.array_equal(shown, excess, equal_nan=True)
            cases += 1
        assert cases == 4
        chokes = npl.graphs.choke_points(graph)
        assert [v == "yes" for v in found["is_choke"]["values"]] == chokes["is_choke"].tolist()
        assert found["betweenness"]["values"] == chokes["betweenness"].tolist()


def test_statuses_are_counted_in_the_badges(made: Path, page: Element) -> None:
    table = read_folder(made).table
    assert table is not None
    badges = page.find("p", class_="badges")[0].text
    for status, number in table["status"].value_counts().items():
        assert f"{status} {number} rows" in badges


def test_the_finding_is_whole_and_in_its_place(page: Element) -> None:
    assert page.find("h1")[0].text == "Small studies"
    finding = section(page, "finding")
    assert "It is so in 2 of 2 (dumbbell, text), see; <b>not</b> bold." in finding.text
    assert finding.find("a", href="https://example.org/a")
    assert "Within the first." in finding.text
    assert "Is it so?" not in finding.text  # it stands below the title
    effects = section(page, "effects")
    tables = effects.find("table")
    assert cells(tables[0]) == [["It is so", "0.1235", "certified"]]
    assert cells(tables[1]) == [
        ["dumbbell", "+0.25", "lower bound"], ["text", "-1e-3", "certified"],
    ]  # fmt: skip
    (figure,) = effects.find("img")
    assert figure.attributes["src"].startswith("data:image/svg+xml;base64,")
    assert "It is so in 2 of 2" in figure.attributes["alt"]


def test_how_it_was_made_is_the_record(made: Path, page: Element) -> None:
    record = json.loads((made / "run.json").read_text())
    said = section(page, "made").text
    assert page.find("pre", id="command")[0].text == record["call"]
    for value in (
        record["started"], record["python"], record["sources"], record["system"], "8 done",
        *(about["hash"] for about in record["graphs"].values()),
        *record["packages"].values(),
    ):  # fmt: skip
        assert str(value) in said
    methods = page.find("p", id="paragraph")[0].text
    assert "around each node of 2 networks" in methods
    assert "strengths -inf and -30" in methods
    from netplastic._support import citation

    assert page.find("p", id="citation")[0].text == citation("text")


def test_what_failed_stands_on_the_first_screen(tmp_path: Path) -> None:
    graphs = {**GRAPHS, "one way": nx.DiGraph([(0, 1), (1, 2)])}
    npl.run_study(study(graphs), tmp_path)
    page = read(npl.report(tmp_path).html)
    (header,) = page.find("header")
    assert "4 of 12 tasks failed" in header.text
    assert "no <b>directed</b> ones" in header.text
    failures = section(page, "made").find("ul")[0]
    assert len(failures.find("li")) == 4
    assert "one way" in failures.text
    assert "4 failed" in section(page, "made").text


def test_an_interrupted_run_says_so(out: Path) -> None:
    record = json.loads((out / "run.json").read_text())
    record["state"] = "interrupted"
    (out / "run.json").write_text(json.dumps(record))
    assert "The run did not come to its end: interrupted." in read(npl.report(out).html).text


def test_an_old_folder_gives_a_page_that_says_what_is_missing(out: Path) -> None:
    record = json.loads((out / "run.json").read_text())
    for name in ("schema", "argv", "call", "kept_graphs", "chokes"):
        record.pop(name)
    for task in record["tasks"]:
        task.pop("graph_hash")
    (out / "run.json").write_text(json.dumps(record))
    shutil.rmtree(out / "graphs")
    page = read(npl.report(out).html)
    assert not page.find("svg", class_="net")
    finding = section(page, "finding").text
    assert "Not on this page" in finding
    assert "kept neither the graphs" in finding
    assert "It is so" in finding
    assert page.find("pre", id="command")[0].text == "not kept"


def test_a_graph_that_was_changed_is_named(out: Path) -> None:
    for path in (out / "graphs").iterdir():
        path.write_text("{}")
    page = read(npl.report(out).html)
    assert "was changed after the run" in section(page, "finding").text
    assert not page.find("svg", class_="net")


def test_ten_networks_are_shown_and_the_others_named(tmp_path: Path) -> None:
    graphs = {f"path {n}": nx.path_graph(n) for n in range(2, 14)}
    npl.run_study(npl.Study("paths", "How?", graphs, {"strength": (-5.0,)}), tmp_path)
    page = read(npl.report(tmp_path).html)
    assert len(page.find("svg", class_="net")) == 10
    said = section(page, "finding").text
    assert "2 more networks of the study have no picture here: path 12 (1), path 13 (1)" in said


def test_pages_are_the_same_and_small(made: Path) -> None:
    html = npl.report(made).html
    assert without_date(npl.report(made).html) == without_date(html)
    assert len(html.encode()) < 250_000


def test_the_page_belongs_to_the_run(out: Path) -> None:
    (out / "report.html").write_text("mine")
    path = write_page(out)
    assert path == out / "report.html"
    assert (out / "report.kept-1.html").read_text() == "mine"
    assert "Small studies" in path.read_text("utf-8")
    assert "report.html" in json.loads((out / "run.json").read_text())["files"]
    write_page(out)
    assert not (out / "report.kept-2.html").exists()
    assert read_folder(out).missing == ()
    npl.run_study(study(GRAPHS), out)
    assert not path.exists(), "the page of an earlier run would pass for this one's"


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no run\.json"):
        npl.report(tmp_path)


# -- the command line ------------------------------------------------------------------------


def test_the_command_writes_pages(out: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["report", str(out)])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"Written to {out / 'report.html'}\n"
    done = CliRunner().invoke(app, ["report", "hourglass", "--strength", "-5", "--out", "a.html"])
    assert done.exit_code == 0, done.output
    page = read((tmp_path / "a.html").read_text("utf-8"))
    assert page.find("h1")[0].text == "Stable states of hourglass"
    assert "--strength -5 --out a.html" in page.find("pre", id="command")[0].text
    (tmp_path / "mine.csv").write_text("source,target\n0,1\n1,2\n2,3\n")
    done = CliRunner().invoke(app, ["report", "mine.csv", "--undirected"])
    assert done.exit_code == 0, done.output
    assert "4 nodes, 3 edges" in read((tmp_path / "mine.html").read_text("utf-8")).text
    done = CliRunner().invoke(app, ["report", str(out), "--directed"])
    assert done.exit_code != 0


def test_a_fault_in_the_page_loses_no_run(tmp_path: Path, monkeypatch: Any) -> None:
    import netplastic.analyses.page as door
    from netplastic.analyses import studies

    def broken(folder: Path) -> Path:
        raise ArithmeticError("the page")

    monkeypatch.setattr(door, "write_page", broken)
    monkeypatch.setattr(studies, "catalogue", lambda full=False: {"small": study(GRAPHS)})
    done = CliRunner().invoke(app, ["run", "small", "--out", str(tmp_path), "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "no page was made of them: ArithmeticError: the page" in done.stderr
    assert json.loads((tmp_path / "run.json").read_text())["state"] == "finished"
    monkeypatch.undo()
    monkeypatch.setattr(studies, "catalogue", lambda full=False: {"small": study(GRAPHS)})
    done = CliRunner().invoke(app, ["run", "small", "--out", str(tmp_path), "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"To read or to send: {tmp_path / 'report.html'}\n")


# -- findings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a b</p>\n<p>c</p>"),
        ("### Why *so*", "<h3>Why <em>so</em></h3>"),
        ("- a\n  - b\n  - c\n- d", "<ul><li>a<ul><li>b</li><li>c</li></ul></li><li>d</li></ul>"),
        ("2 * 3 * 4 and a*b*c", "<p>2 * 3 * 4 and a*b*c</p>"),
        ("`**x** <i>`", "<p><code>**x** &lt;i&gt;</code></p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        (
            '[x](https://a.b/"onclick="y)',
            '<p><a href="https://a.b/&quot;onclick=&quot;y">x</a></p>',
        ),
        ("</script><script>", "<p>&lt;/script&gt;&lt;script&gt;</p>"),
        ("", ""),
    ],
)
def test_markdown_becomes_html_and_nothing_else_does(text: str, html: str) -> None:
    assert markdown_html(text) == html


def test_findings_of_all_studies_are_read_without_rest() -> None:
    """Nothing of the markup that studies write is left over in the page of what they found."""
    text = (Path(__file__).parents[1] / "analyses/README.md").read_text("utf-8")
    html = markdown_html(text)
    read(html)
    assert "**" not in html
    assert html.count("<table>") == len(re.findall(r"^\|[ :|-]+\|$", text, re.MULTILINE))
    assert [heading for heading, _ in sections_of(text)][1:] == re.findall(
        r"^## (.+)$", text, re.MULTILINE
    )
