"""Bars below the cells of notebooks, by stand-ins for what Jupyter and marimo offer."""

from __future__ import annotations

import io
import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import networkx as nx
import pytest

import netplastic as npl
from netplastic._support import _progress, bar, share_bar


@pytest.fixture(autouse=True)
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr(_progress, "_REFRESH", 0.0)
    for name in ("IPython", "IPython.display", "marimo"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def jupyter(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a cell has shown; its shell has a kernel, as Jupyter's, Colab's and VS Code's have."""
    told: list[str] = []

    def show(bundle: dict[str, str], *, raw: bool, display_id: bool = False) -> Any:
        assert raw
        told.append(bundle.get("text/plain", ""))
        return SimpleNamespace(update=show)

    modules: Any = (ModuleType("IPython"), ModuleType("IPython.display"))
    shell, display = modules
    shell.get_ipython = lambda: SimpleNamespace(kernel=object())
    display.display = show
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return told


@pytest.fixture
def marimo(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    module: Any = ModuleType("marimo")
    module.running_in_notebook = lambda: True
    module.plain_text = str
    module.output = SimpleNamespace(replace=lambda text: told.append(text or ""))
    monkeypatch.setitem(sys.modules, "marimo", module)
    return told


def steps(wanted: bool | None) -> None:
    with bar("walk", 3, wanted) as step:
        for name in "abc":
            step(name)


@pytest.mark.parametrize("where", ["jupyter", "marimo"])
def test_a_bar_below_a_cell(where: str, request: pytest.FixtureRequest) -> None:
    told = request.getfixturevalue(where)
    steps(True)
    assert "0/3" in told[0]
    assert [text.split()[-1] for text in told[-4:-1]] == ["a", "b", "c"]
    assert all(text.startswith("walk ") for text in told[:-1])
    assert not any("\x1b" in text for text in told), "plain text, without colors"
    assert told[-1] == "", "it goes away when it is done"


def test_who_sees_a_bar_in_a_notebook(jupyter: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    steps(None)
    steps(False)
    assert jupyter == [], "a quick call shows none, and nobody sees one that is not wanted"
    monkeypatch.setattr(_progress, "_PATIENCE", 0.0)
    steps(None)
    assert jupyter


def test_searches_and_threads_show_theirs(jupyter: list[str]) -> None:
    net = npl.PlasticNetwork(nx.path_graph(12), npl.Hebbian(strength=-50.0))
    npl.count_equilibria(net, progress=True)
    assert any("boxes" in text for text in jupyter)
    with share_bar("shares", True) as show:
        assert show is not None
        thread = threading.Thread(target=show, args=(0.5,))
        thread.start()
        thread.join()
    assert " 50% " in jupyter[-2]


@pytest.mark.parametrize("kernel", [None, object()])
def test_nothing_is_shown_elsewhere(
    jupyter: list[str], monkeypatch: pytest.MonkeyPatch, kernel: object
) -> None:
    """In IPython without a kernel and in a script, also where marimo is only imported."""
    shell: Any = sys.modules["IPython"]
    shell.get_ipython = lambda: None if kernel is None else SimpleNamespace(kernel=None)
    module: Any = ModuleType("marimo")
    module.running_in_notebook = lambda: False
    monkeypatch.setitem(sys.modules, "marimo", module)
    steps(True)
    assert jupyter == []
