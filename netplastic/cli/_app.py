"""The command line: ``netplastic COMMAND``."""

from __future__ import annotations

from typing import Annotated

import typer

from netplastic import __version__

from ._cite import cite
from ._count import count
from ._doctor import doctor
from ._errors import CommandGroup
from ._landscape import diagram, onset
from ._lists import graphs, studies
from ._report import report
from ._run import run

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def netplastic(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """How pairwise plasticity shapes the stable states of a network.

    NETWORK is a name of the catalogue (netplastic graphs) or a file: TOML recipe, GraphML, GML,
    GEXF, Pajek, JSON, CSV or TSV edge list or matrix, NPY, NPZ or MTX matrix, each also as .gz.

    Example: netplastic count edges.csv --undirected --strength -20
    """
    if version:
        typer.echo(f"netplastic {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


for command in (run, report, count, onset, diagram, graphs, studies, doctor, cite):
    app.command()(command)
