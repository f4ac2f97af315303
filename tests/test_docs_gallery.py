"""The code of gallery and tutorials compiles, and all that it names is there.

It runs when the site is built; running it here as well would double that work.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import netplastic as npl

DOCS = Path(__file__).parents[1] / "docs"
SCRIPTS = sorted((DOCS / "gallery").glob("*.py"))
TUTORIALS = sorted(page for page in (DOCS / "tutorials").glob("*.md") if page.name != "index.md")


def code_of(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".py":
        return text
    cells = re.findall(r"^```\{code-cell\}.*\n((?:.*\n)*?)```$", text, flags=re.MULTILINE)
    lines = "".join(cells).splitlines()
    return "\n".join(line for line in lines if not line.startswith(":")) + "\n"


def names_of(tree: ast.AST) -> set[str]:
    """All chains of attributes that begin with npl."""
    return {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and re.fullmatch(r"npl(\.\w+)+", ast.unparse(node))
    }


@pytest.mark.parametrize("page", SCRIPTS + TUTORIALS, ids=lambda page: page.name)
def test_all_names_are_there(page: Path) -> None:
    names = names_of(ast.parse(code_of(page), filename=page.name))
    assert names, "a page of netplastic uses netplastic"
    for name in names:
        found: object = npl
        for part in name.split(".")[1:]:
            found = getattr(found, part)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda page: page.name)
def test_a_script_of_the_gallery_has_a_title_and_shows_a_figure(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert script.name.startswith("plot_"), "others are not run by sphinx-gallery"
    title, line, empty, sentence = (ast.get_docstring(ast.parse(text)) or "").splitlines()[:4]
    assert line == "=" * len(title)
    assert not empty
    assert sentence.endswith("."), "the sentence of the thumbnail"
    assert text.rstrip().endswith("plt.show()")


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.name)
def test_a_tutorial_ends_in_a_figure_and_a_sentence_with_a_status(page: Path) -> None:
    tree = ast.parse(code_of(page))
    assert "print(" in ast.unparse(tree.body[-1]) or "print(" in ast.unparse(tree.body[-2])
    assert "status" in code_of(page)
    assert f"\n{page.stem}\n" in (DOCS / "tutorials" / "index.md").read_text(encoding="utf-8")


def test_both_are_found() -> None:
    assert SCRIPTS
    assert TUTORIALS
