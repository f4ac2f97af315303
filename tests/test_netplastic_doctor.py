"""`netplastic doctor`, and the names that shells complete."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import netplastic as npl
from netplastic.cli import app


def doctor() -> tuple[int, dict]:
    done = CliRunner().invoke(app, ["doctor", "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_known_counts_are_right_here():
    code, said = doctor()
    assert code == 0
    assert all(row["right"] for row in said["tables"]["checks"])
    here = {row["what"]: row["found"] for row in said["tables"]["here"]}
    assert here["netplastic"] == npl.__version__
    assert {"numpy", "networkx", "pandas", "python-sat"} <= set(here)
    assert "pytest" not in here
    assert "ruff" not in here


def test_a_wrong_count_is_said_and_is_a_failure(monkeypatch):
    monkeypatch.setattr(npl, "count_equilibria", lambda net, **_: 7)
    code, said = doctor()
    assert code == 1
    assert "counts wrongly: equilibria of a pair at -20, stable" in said["notes"][0]


def test_without_a_folder_to_write_to_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr("netplastic._support.cache_root", lambda: None)
    _, said = doctor()
    (found,) = [row["found"] for row in said["tables"]["here"] if row["what"] == "compiled code"]
    assert "NUMBA_CACHE_DIR" in found


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("count kar", {"karate"}),
        ("run mul", {"multistability"}),
        ("count karate --rule o", {"oja"}),
        ("count nothing-begins-so", set()),
    ],
)
def test_names_are_completed(typed, wanted):
    words = f"netplastic {typed}".split()
    asked = {
        "_NETPLASTIC_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = CliRunner().invoke(app, [], env=asked, prog_name="netplastic")
    assert set(done.stdout.split()) == wanted
