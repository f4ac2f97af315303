"""How netplastic is cited: one source for the command line and for reports."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

from ._checks import check_choice
from ._public import public

__all__ = ["citation"]

_STYLES = ("text", "bibtex")


def citation(style: str = "text") -> str:
    """Return what to cite: the paper that asked the question, and netplastic with its version.

    Parameters
    ----------
    style : {"text", "bibtex"}, default "text"
        A paragraph each, or an entry each.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For another style.

    Examples
    --------
    >>> print(citation("text").splitlines()[0][:45])
    Lulu Gong, Xudong Chen, ShiNung Ching (2025):
    >>> print(citation("bibtex").splitlines()[0])
    @article{gong2025strong,
    """
    check_choice("citation style", style, _STYLES)
    source = tomllib.loads(files(__package__).joinpath("citation.toml").read_text("utf-8"))
    made = _text if style == "text" else _bibtex
    return made(source["paper"], source["software"])


def _text(paper: dict[str, Any], software: dict[str, Any]) -> str:
    authors = ", ".join(" ".join(name) for name in paper["authors"])
    return (
        f"{authors} ({paper['year']}): {paper['title']}. {paper['journal']}. "
        f"https://doi.org/{paper['doi']}, arXiv:{paper['arxiv']}.\n\n"
        f"{', '.join(software['authors'])}: {software['title']}, version {public('__version__')} "
        f"(software, {software['license']} license)."
    )


def _bibtex(paper: dict[str, Any], software: dict[str, Any]) -> str:
    first, title = paper["authors"][0][1], paper["title"].partition(" ")[0]
    article = {
        "author": " and ".join(f"{last}, {given}" for given, last in paper["authors"]),
        # Styles write titles small but for what stands in braces.
        "title": re.sub(r"(?<!^)\b[A-Z]\w*", r"{\g<0>}", paper["title"]),
        "journal": paper["journal"],
        "year": paper["year"],
        "doi": paper["doi"],
        "eprint": paper["arxiv"],
        "archiveprefix": "arXiv",
    }
    program = {
        "author": " and ".join(f"{{{name}}}" for name in software["authors"]),
        "title": f"{{{software['title']}}}",
        "note": f"Software, version {public('__version__')}, {software['license']} license",
    }
    return "\n\n".join(
        [
            _entry("article", f"{first}{paper['year']}{title}".lower(), article),
            _entry("misc", software["title"], program),
        ]
    )


def _entry(kind: str, key: str, fields: dict[str, Any]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])
