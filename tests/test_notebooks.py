"""Results in real notebooks: Jupyter runs and marimo exports the same cells."""

from __future__ import annotations

import base64
import html
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import netplastic as npl

MOST = 20_000
"""Bytes of one output; only a report may be larger."""

CELLS = {
    "import": "import networkx as nx, netplastic as npl",
    "PlasticNetwork": "graph = nx.cycle_graph(['<b>', 'b', 'c', 'd', 'e'])\n"
    "net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-20.0))\nnet",
    "Equilibria": "found = npl.find_equilibria(net)\nfound",
    "Equilibrium": "found[0]",
    "Count": "found.count",
    "Attractors": "attractors = npl.find_attractors(net, trials=10, rng=0, equilibria=found)\n"
    "attractors",
    "Attractor": "attractors[0]",
    "Trajectory": "npl.simulate(net, 5.0, rng=0)",
    "Onset": "npl.onset(net)",
    "MultistabilityOnset": "npl.multistability_onset(net)",
    "Convexity": "npl.convexity_bounds(net)",
    "CriticalRates": "npl.learning_rate_crossings(net, found[0].activity)",
    "BifurcationDiagram": "diagram = npl.bifurcation_diagram(net, 'strength', 0.0, -12.0)\ndiagram",
    "Branch": "diagram.branches[0]",
    "SpecialPoint": "diagram.points[0]",
    "StabilityMap": "npl.stability_map(net, ('strength', [-5.0, -20.0]), ('bias', [1.0]))",
    "onsets": "npl.onsets(net)",
    "landscape_summary": "npl.landscape_summary(net)",
    "count_neighborhoods": "npl.count_neighborhoods(net)",
    "bar": "npl.count_equilibria(net, progress=True)",
    "figure": "from matplotlib import pyplot as plt\n"
    "figure, axes = plt.subplots(figsize=(3.35, 2.5), layout='constrained')\nfound.plot(axes);",
    **({"report": "npl.report('karate')"} if hasattr(npl, "report") else {}),
}
TABLES = ("onsets", "landscape_summary", "count_neighborhoods")
"""Tables of pandas, which shows them its own way."""
RESULTS = [name for name in CELLS if name[0].isupper()]


def notebook() -> Any:
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    return nbformat.v4.new_notebook(cells=cells)


class Watched(NotebookClient):
    """A client that keeps all that the kernel says, also what is replaced later."""

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        said[list(CELLS)[cell_index]].append(msg)
        return super().process_message(msg, cell, cell_index)


said: dict[str, list[Any]] = {name: [] for name in CELLS}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Outputs of each cell as Jupyter has them in the end."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("IPYTHONDIR", str(folder))
        client = Watched(
            notebook(), timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        done = client.execute()
    return dict(zip(CELLS, (cell.outputs for cell in done.cells), strict=True))


def test_every_kind_of_result_is_shown() -> None:
    base = npl.Equilibria.__mro__[1]
    public = {name for name in npl.__all__ if isinstance(getattr(npl, name), type)}
    assert {name for name in public if issubclass(getattr(npl, name), base)} <= set(RESULTS)


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_one_line_and_a_plain_table(outputs: dict[str, Any], name: str) -> None:
    *bars, shown = outputs[name]
    assert [bar.data for bar in bars] in ([], [{}]), "what was slow had a bar, which went away"
    assert shown.output_type == "execute_result"
    line, page = shown.data["text/plain"], shown.data["text/html"]
    assert line.startswith(f"{name}(")
    assert len(line) <= 120
    assert "\n" not in line
    assert html.escape(line) in page
    assert len(re.findall("<tr", page)) <= 11
    assert not re.search("<script|<style|<b>|javascript:", page)


@pytest.mark.parametrize("name", CELLS)
def test_outputs_are_small_and_without_complaint(outputs: dict[str, Any], name: str) -> None:
    for shown in outputs[name]:
        assert shown.output_type in ("execute_result", "display_data"), shown
        if name != "report":
            assert sum(map(size, shown.data.items())) <= MOST
    assert bool(outputs[name]) == (name != "import")


def size(entry: tuple[str, str]) -> int:
    """Bytes of a text, or of the picture that it encodes."""
    kind, text = entry
    return len(base64.b64decode(text) if kind == "image/png" else text.encode())


def test_worth_is_said_by_a_sign_and_a_word(outputs: dict[str, Any]) -> None:
    assert "✓ certified" in outputs["Equilibria"][-1].data["text/html"]
    assert "● stable" in outputs["Equilibria"][-1].data["text/html"]
    for name in TABLES:
        assert "<table" in outputs[name][-1].data["text/html"]


def test_a_bar_appears_below_the_cell_and_goes(outputs: dict[str, Any]) -> None:
    shown = [m["content"].get("data", {}).get("text/plain", "") for m in said["bar"]]
    assert any("boxes" in text for text in shown)
    left = [output.get("data", {}).get("text/plain", "") for output in outputs["bar"]]
    assert [text for text in left if "boxes" in text] == []
    assert left[-1].startswith("Count(")


def test_a_figure_is_shown_once(outputs: dict[str, Any]) -> None:
    (shown,) = outputs["figure"]
    assert "image/png" in shown.data


def test_marimo_exports_the_same_cells(tmp_path: Path) -> None:
    pytest.importorskip("marimo", reason="pip install marimo, as .ci/run does")
    nbformat.write(notebook(), tmp_path / "cells.ipynb")
    marimo = [sys.executable, "-m", "marimo", "--yes", "--quiet"]
    for words in (
        ("convert", "cells.ipynb", "-o", "cells.py"),
        ("export", "html", "cells.py", "-o", "cells.html"),
    ):
        done = subprocess.run([*marimo, *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    page = (tmp_path / "cells.html").read_text(encoding="utf-8")
    for name in RESULTS:
        assert f"{name}(" in page, name
    assert "✓ certified" in page or "\\u2713 certified" in page
    assert "Traceback" not in page
