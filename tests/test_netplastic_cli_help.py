"""Every command's help ends in an example, which is a command."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from netplastic.analyses.studies import catalogue as studies
from netplastic.cli import app
from netplastic.graphs import catalogue as graphs

RUNNER = CliRunner()
GROUP: Any = typer.main.get_command(app)
QUICK = ("graphs", "studies", "cite", "count")
"""Whose examples end within seconds."""


def example(*command: str) -> list[str]:
    """Words of the one example in a command's help, which stands on a line of its own."""
    said = RUNNER.invoke(app, [*command, "--help"], env={"COLUMNS": "80"})
    assert said.exit_code == 0
    (line,) = re.findall(r"^  Example: (netplastic .+)$", said.stdout, flags=re.MULTILINE)
    assert said.stdout.count("Example") == 1
    return shlex.split(line)[1:]


def parsed(words: list[str]) -> dict[str, Any]:
    """Arguments and options as the command would get them."""
    command = GROUP.commands[words[0]]
    found: dict[str, Any] = command.make_context(words[0], words[1:]).params
    return found


@pytest.mark.parametrize("name", sorted(GROUP.commands))
def test_help_has_an_example_that_can_be_typed(name: str) -> None:
    words = example(name)
    assert words[0] == name
    found = parsed(words)
    if network := found.get("network"):
        assert network in graphs(), "an example needs no file of one's own"
    if "study" in found:
        assert found["study"] in studies()


def test_the_whole_has_an_example_too() -> None:
    assert float(parsed(example())["strength"]) == -20.0


def test_a_wrong_example_would_be_seen() -> None:
    for wrong in ("count karate --strenght -20", "count", "graphs karate", "onset karate --out"):
        with pytest.raises(Exception, match=r"strenght|network|unexpected|requires"):
            parsed(wrong.split())


@pytest.mark.parametrize("name", QUICK)
def test_quick_examples_run(name: str) -> None:
    done = RUNNER.invoke(app, example(name))
    assert done.exit_code == 0, done.stderr
    assert done.stdout
