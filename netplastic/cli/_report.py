"""``netplastic report SOURCE``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from ._names import networks
from ._network import Directed, Orientation, Unweighted, WeightOption, reading


def report(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            help="Folder of a study, name from the catalogue, or a file.",
            show_default=False,
            autocompletion=networks,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="File; default report.html in the folder, NAME.html of a network."),
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            help="Of the Hebb rule on a network; default -inf where that limit applies, else -10."
        ),
    ] = None,
    radius: Annotated[int, typer.Option(help="Radius of the neighborhoods, in steps.")] = 1,
    budget: Annotated[
        float | None, typer.Option(help="Seconds for each count; default: limited by work.")
    ] = None,
    directed: Directed = None,
    orientation: Orientation = None,
    weight: WeightOption = None,
    unweighted: Unweighted = False,
    drawn: Annotated[
        int, typer.Option(help="Most nodes of a network that is drawn, up to 5000.")
    ] = 2000,
) -> None:
    """Write one HTML page of a study's folder or of a network; it needs no other file.

    Of a network the neighborhoods are counted first.

    Example: netplastic report karate --out karate.html
    """
    from netplastic import report as make
    from netplastic.analyses import load_network

    said = reading(context)
    folder = Path(source) if Path(source).is_dir() else None
    if folder is not None and (said or strength is not None):
        raise ValueError(f"{source} is a folder: options for networks do not apply to it.")
    name = Path(source).stem if Path(source).suffix else Path(source).name
    target = out or (folder / "report.html" if folder is not None else Path(f"{name}.html"))
    made = make(
        source if folder is not None else load_network(source, **said),
        target,
        name=None if folder is not None else name,
        strength=strength,
        radius=radius,
        budget=budget,
        drawn=drawn,
        command=None if folder is not None else shlex.join(context.obj or sys.argv),
    )
    typer.echo(f"Written to {made.path}")
