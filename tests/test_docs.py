"""The documents: links that lead somewhere, paths that exist, sections that the code may cite."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import netplastic as npl

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = [
    path
    for folder in ("netplastic", "graphs", "analyses", "tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path != Path(__file__).resolve()
]
SECTIONS = [
    "Model",
    "n equations instead of n + m",
    "2n eigenvalues instead of n + m",
    "Objective functions",
    "Where convexity is lost",
    "Counting",
    "The strong anti-Hebbian limit is combinatorial",
]
LETTERS = {1: "", 2: "abcde", 3: "abcdefg", 4: "abcde", 5: "abc", 6: "abcd", 7: "abcdefgh"}
FOLDERS = ("netplastic/", "graphs/", "analyses/", "tests/", "docs/", "benchmarks/", ".ci/")


def prose(path: Path) -> str:
    """Text of a document without its code blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(text: str) -> list[str]:
    """Targets of inline links, pictures and link definitions within the repository."""
    inline = re.findall(r"\]\(([^)\s]+)\)", text)
    defined = re.findall(r"^\[[^\]]+\]:\s+(\S+)$", text, flags=re.MULTILINE)
    return [target for target in (*inline, *defined) if "://" not in target]


def anchors(path: Path) -> set[str]:
    """Anchors of a document: explicit ones, and those that code hosts make of headings."""
    text = prose(path)
    found = set(re.findall(r'<a id="([^"]+)"></a>', text))
    seen: Counter[str] = Counter()
    for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def paths(path: Path) -> list[str]:
    """Paths named in backticks."""
    named = re.findall(r"`([^`\s]+)`", prose(path))
    return [name for name in named if name.startswith(FOLDERS) and "*" not in name]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files_and_headings(document: Path) -> None:
    for target in links(prose(document)):
        name, _, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_link_definitions_are_used_and_there(document: Path) -> None:
    text = prose(document)
    defined = re.findall(r"^\[([^\]]+)\]:", text, flags=re.MULTILINE)
    rest = re.sub(r"^\[[^\]]+\]:.*$", "", text, flags=re.MULTILINE)
    for name in defined:
        assert f"[{name}]" in rest, name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_paths_exist(document: Path) -> None:
    for name in paths(document):
        assert (ROOT / name).exists(), name


def test_the_reader_of_documents_sees_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        '<a id="there"></a>\n## 2. n + m, *once* more\n## Twice\n## Twice\n'
        "See [one](other.md#x), ![two](a.png) and [three].\n\n[three]: more.md\n"
        "`graphs/_no.py` and `tests/test_*.py`\n```text\n[no](nowhere.md)\n```\n",
        "utf-8",
    )
    assert links(prose(page)) == ["other.md#x", "a.png", "more.md"]
    assert anchors(page) == {"there", "2-n--m-once-more", "twice", "twice-1"}
    assert paths(page) == ["graphs/_no.py"]


def test_the_architecture_names_every_folder_and_says_how_to_add() -> None:
    page = ROOT / "docs" / "architecture.md"
    folders = {
        f"netplastic/{path.name}/"
        for path in (ROOT / "netplastic").iterdir()
        if path.is_dir() and not path.is_symlink() and (path / "__init__.py").exists()
    }
    named = set(paths(page))
    assert folders <= named, folders - named
    assert {"a-rule", "an-activation", "a-topology", "a-scope", "a-study"} <= anchors(page)


def test_the_theory_has_its_seven_sections() -> None:
    text = (ROOT / "docs" / "theory.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    wanted = [f"{number}. {title}" for number, title in enumerate(SECTIONS, start=1)]
    assert headings == [*wanted, "References"]
    for number, letters in LETTERS.items():
        assert f'<a id="section-{number}"></a>\n## {number}. ' in text
        found = re.findall(rf"^### {number}\(([a-z])\) ", text, flags=re.MULTILINE)
        assert "".join(found) == letters


def test_the_theory_counts_its_references() -> None:
    """Each reference is cited, none is missing."""
    text, _, listed = (ROOT / "docs" / "theory.md").read_text("utf-8").partition("## References")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", listed, flags=re.MULTILINE)]
    cited = {int(number) for number in re.findall(r"\[\[(\d+)\]\]\(#references\)", text)}
    assert numbers == list(range(1, len(numbers) + 1))
    assert cited == set(numbers)


def test_the_theory_closes_what_it_opens() -> None:
    text = (ROOT / "docs" / "theory.md").read_text("utf-8")
    assert text.count("\n$$\n") % 2 == 0
    inline = re.sub(r"^\$\$\n.*?^\$\$$", "", text, flags=re.MULTILINE | re.DOTALL)
    for paragraph in inline.split("\n\n"):
        assert paragraph.count("$") % 2 == 0, paragraph
    tags = re.findall(r"\\tag\{(\d\.\d+)\}", text)
    assert len(tags) == len(set(tags))
    for number in re.findall(r"\((\d\.(?:\d|1\d))\)", inline):  # (6.54) is no equation
        assert number in tags, number


def test_sections_that_the_code_cites_exist() -> None:
    theory, cited = anchors(ROOT / "docs" / "theory.md"), 0
    for path in CODE:
        text = path.read_text("utf-8")
        assert not re.search(r"THEORY,\s+section", text), f"{path}: cite docs/theory.md#section-N"
        for anchor in re.findall(r"theory\.md#([\w-]+)", text):
            cited += 1
            assert anchor in theory, f"{path}: {anchor}"
    assert cited > 20


def test_the_citation_is_of_this_version_and_of_the_paper() -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    (version,) = re.findall(r"^version: (.+)$", citation, flags=re.MULTILINE)
    assert version == npl.__version__
    (preprint,) = re.findall(r"arXiv:[\d.]+", citation)
    readme = (ROOT / "README.md").read_text("utf-8")
    assert preprint in readme
    assert preprint in (ROOT / "docs" / "theory.md").read_text("utf-8")


def test_the_question_is_the_papers_and_the_model_is_not() -> None:
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert "The question comes from" in readme
    assert "The model is the standard rate network with pairwise plasticity" in readme


def test_hooks_are_quick_checks_of_the_environment_at_hand() -> None:
    """The local hooks are the quick steps of .ci/run."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    entries = re.findall(r"entry: (\w+(?: \w+)?)", hooks)
    assert entries == ["ruff check", "ruff format", "mypy"]
    assert all(f".venv/bin/{entry}" in script for entry in entries)
    assert re.findall(r"repo: (\S+)", hooks) == ["local"], "no network is needed"
