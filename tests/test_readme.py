"""What the README and the guide show runs as it stands there."""

from __future__ import annotations

import doctest
import re
import subprocess
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

import netplastic as npl

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_ten_lines_from_a_graph_to_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(README, "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    table = names["table"]
    assert set(table["comparison"]) == {
        *("all others", "matched", "mechanism", "no stable state"),
        *("null graphs", "null contrast"),
    }
    assert table["effect"].notna().any()
    assert "effect" in capsys.readouterr().out


def test_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(GUIDE, "python")
    names: dict[str, Any] = {}
    exec(compile(code, "guide.md", "exec"), names)
    assert set(names["table"]["graph"]) == {"length 1", "length 2", "length 3"}
    assert "error" not in names["table"], "no task failed"
    assert (tmp_path / "results" / "rings" / "table.csv").exists()


def test_what_the_guide_shows_is_what_one_sees() -> None:
    sessions = [block for block in blocks(GUIDE, "text") if block.startswith(">>> ")]
    assert len(sessions) == 4
    names = {"nx": nx, "npl": npl}
    example = doctest.DocTestParser().get_doctest("".join(sessions), names, "guide", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(example).failed == 0


def test_two_commands_install_run_and_test() -> None:
    """The README has two commands, and the checks take just these two out of it."""
    commands = blocks(README, "sh")
    assert len(commands) == 2
    main_job, tests = commands
    assert "pip install -e ." in main_job
    assert "netplastic run choke-points" in main_job
    assert "pip install -e '.[test]'" in tests
    assert tests.strip().endswith("pytest -n auto")
    script = (ROOT / ".ci" / "run").read_text()
    taken = re.search(r"readme_command\(\) \{\n(.*?)\n\}", script, flags=re.DOTALL)
    assert taken
    for number, command in enumerate(commands, start=1):
        shell = f"set -- {number}\n{taken[1]}"
        done = subprocess.run(
            ["bash", "-c", shell], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert done.stdout == command


def test_what_the_readme_points_at_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README + GUIDE):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_every_status_is_explained() -> None:
    for status in npl.CountStatus:
        assert f"**{status}**" in README
        assert f"| {status} |" in GUIDE


def test_changelog_knows_the_version() -> None:
    assert f"## {npl.__version__}" in (ROOT / "CHANGELOG.md").read_text()
