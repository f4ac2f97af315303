"""``netplastic cite``: what to cite, and how."""

from __future__ import annotations

from typing import Annotated

import typer


def cite(
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As entries for BibTeX.")] = False,
) -> None:
    """Say how to cite the paper that asked the question, and netplastic in this version.

    Example: netplastic cite --bibtex
    """
    from netplastic._support import citation

    typer.echo(citation("bibtex" if bibtex else "text"))
