"""`netplastic cite`: one source, said the same wherever it is said."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import netplastic as npl
from netplastic._support import citation
from netplastic.cli import app

ROOT = Path(__file__).parents[1]


def source() -> dict:
    return tomllib.loads((ROOT / "netplastic/_support/citation.toml").read_text("utf-8"))


def of_cff(name: str, indent: str = r"[ -]*") -> list[str]:
    """All values of a field of CITATION.cff that is written in one line."""
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    return re.findall(rf"^{indent}{name}: (.+)$", text, flags=re.MULTILINE)


def test_the_file_that_programs_read_says_the_same() -> None:
    paper, software = source()["paper"], source()["software"]
    assert of_cff("title") == [software["title"], paper["title"]]
    assert of_cff("name") == software["authors"]
    assert of_cff("license") == [software["license"]]
    assert of_cff("version", indent="") == [npl.__version__]
    assert of_cff("family-names") == [last for _, last in paper["authors"]]
    assert of_cff("given-names") == [given for given, _ in paper["authors"]]
    assert of_cff("journal") == [paper["journal"]]
    assert of_cff("year") == [str(paper["year"])]
    assert of_cff("doi") == [paper["doi"]]
    assert of_cff("value") == [f"arXiv:{paper['arxiv']}"]


def test_the_license_and_the_authors_are_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == source()["software"]["license"]
    assert [one["name"] for one in project["authors"]] == source()["software"]["authors"]


@pytest.mark.parametrize("words", [["cite"], ["cite", "--bibtex"]])
def test_the_command_names_all_of_it(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    paper = source()["paper"]
    said = done.stdout.replace("{", "").replace("}", "")
    names = [name for both in paper["authors"] for name in both]
    rest = [paper["title"], paper["journal"], str(paper["year"]), paper["doi"], paper["arxiv"]]
    for part in [*names, *rest, f"version {npl.__version__}", "The netplastic developers"]:
        assert part in said, part


def fields(entry: str) -> dict[str, str]:
    """Fields of an entry, by a reader that counts braces."""
    found = {}
    for match in re.finditer(r"(\w+) = ", entry):
        depth, start = 0, match.end()
        for place in range(start, len(entry)):
            depth += {"{": 1, "}": -1}.get(entry[place], 0)
            if depth == 0:
                found[match[1]] = entry[start + 1 : place]
                break
    return found


def test_the_entries_are_bibtex() -> None:
    paper, software = citation("bibtex").split("\n\n")
    assert paper.startswith("@article{gong2025strong,\n")
    assert software.startswith("@misc{netplastic,\n")
    assert fields(paper) == {
        "author": "Gong, Lulu and Chen, Xudong and Ching, ShiNung",
        "title": "Strong anti-{Hebbian} plasticity alters the convexity of network attractor "
        "landscapes",
        "journal": "IEEE Transactions on Neural Networks and Learning Systems",
        "year": "2025",
        "doi": "10.1109/TNNLS.2025.3561217",
        "eprint": "2312.14896",
        "archiveprefix": "arXiv",
    }
    assert fields(software)["author"] == "{The netplastic developers}", "one name, not three"
    for entry in (paper, software):
        assert entry.count("{") == entry.count("}")
        assert entry.endswith("\n}")


def test_another_style_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown citation style 'bibtx'; did you mean 'bibtex'"):
        citation("bibtx")
