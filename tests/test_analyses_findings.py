"""The page of findings is what the committed tables make, and the tables are sound."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from netplastic.analyses.studies import catalogue
from netplastic.analyses.studies._claims import CLAIMS, claim_row, claims_table, sentences

ANALYSES = Path(__file__).parent.parent / "analyses"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("maker", ANALYSES / "data" / "make_readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_tables_make(maker: ModuleType) -> None:
    assert (ANALYSES / "README.md").read_text(encoding="utf-8") == maker.made()


@pytest.mark.parametrize("name", catalogue())
def test_every_study_has_its_table(name: str) -> None:
    table = pd.read_csv(ANALYSES / "data" / f"{name}.csv")
    assert tuple(table.columns) == CLAIMS
    assert len(table) > 5
    known = table[table["low"].notna() & table["high"].notna()]
    assert (known["low"] <= known["high"]).all()
    assert (table["n_graphs"] >= 1).all()
    assert table["status"].notna().all()


def test_a_claim_that_fails_somewhere_says_where() -> None:
    rows = [
        claim_row("Larger is more", "here", 2.0, low=1.0, high=3.0, status="certified", holds=True),
        claim_row("Larger is more", "there", -1.0, n_graphs=4, status="lower bound", holds=False),
        claim_row("Size", "", 7.0, unit="nodes", n_graphs=2, status="certified"),
    ]
    first, second = sentences(claims_table(rows))
    assert first.splitlines() == [
        "**Larger is more** (holds in 1 of 2):",
        "  - here 2 [1, 3] (1 graph, certified)",
        "  - there -1 (not so) (4 graphs, lower bound)",
    ]
    assert second.splitlines() == ["**Size**:", "  - 7 nodes (2 graphs, certified)"]
