"""The reference has every public name once, with an example that runs, among its kin."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import netplastic as npl

PAGES = sorted((Path(__file__).parents[1] / "docs" / "reference" / "api").glob("*.rst"))


def listed() -> list[str]:
    names = []
    for page in PAGES:
        module = "netplastic"
        for line in page.read_text("utf-8").splitlines():
            if line.startswith(".. currentmodule::"):
                module = line.split()[2]
            elif page.stem != "index" and (found := re.fullmatch(r"   ([A-Za-z][\w.]*)", line)):
                names.append(f"{module}.{found[1]}")
    return names


def thing_of(name: str) -> Any:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


NAMES = listed()


def test_every_public_name_stands_on_one_page() -> None:
    things = [thing_of(name) for name in NAMES]
    often = Counter(map(id, things))
    twice = [name for name, thing in zip(NAMES, things, strict=True) if often[id(thing)] > 1]
    assert twice == []
    missing = [
        f"{door.__name__}.{name}"
        for door in (npl, npl.graphs, npl.analyses)
        for name in door.__all__
        if not inspect.ismodule(getattr(door, name)) and id(getattr(door, name)) not in often
        and callable(getattr(door, name))
    ]  # fmt: skip
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(thing_of(name)) or "")
