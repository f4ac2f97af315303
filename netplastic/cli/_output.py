"""What a command says: tables and notes, printed, as one JSON document, or in files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ._errors import as_options
from ._print import say, show

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from netplastic.model import PlasticNetwork

__all__ = ["FIGURES", "FORMAT", "Drawn", "Json", "Out", "Report", "reported"]

FORMAT = 1
"""Version of the JSON document; a change that breaks readers raises it."""

TABLES = (".csv", ".tsv", ".parquet", ".json")
FIGURES = (".png", ".svg", ".pdf")

Json: TypeAlias = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document instead of tables, and nothing else."),
]
Out: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="Write to this .csv, .tsv, .parquet or .json, too; further tables are written beside "
        "it, as FILE-NAME, or into the .json.",
        show_default=False,
    ),
]
Drawn: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="Draw a figure (.png, .svg, .pdf), or write to this .csv, .tsv, .parquet or .json; "
        "further tables are written beside it, as FILE-NAME, or into the .json.",
        show_default=False,
    ),
]


@dataclass(kw_only=True)
class Report:
    """What one call of a command has found so far.

    Attributes
    ----------
    command : str
    parameters : dict
        All arguments and options, also those that were not given.
    json : bool
        Whether a document is printed at the end, and nothing before.
    out : Path or None
        A file for `main`, checked before any work.
    pictures : tuple of str
        Endings that the command draws itself.
    main : str
        Name of the table that `out` names; the others are written beside it.
    about : dict
        Further entries of the document, such as the network.
    """

    command: str
    parameters: dict[str, Any]
    json: bool = False
    out: Path | None = None
    pictures: tuple[str, ...] = ()
    main: str = ""
    about: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def on(self, net: PlasticNetwork) -> None:
        """Say which network this is about."""
        self.about["network"] = {
            "source": self.parameters["network"],
            "nodes": net.n,
            "arcs": net.m,
            "directed": net.directed,
            "description": repr(net),
        }

    def add(
        self,
        name: str,
        table: pd.DataFrame,
        title: str = "",
        *,
        rows: int | None = None,
        least: Sequence[str] = (),
        shown: pd.DataFrame | None = None,
    ) -> None:
        """Add a table and print it, or `shown` in its place, as `show` does."""
        if not self.json:
            if self.tables:
                typer.echo()
            show(table if shown is None else shown, title, rows=rows, least=least)
        self.keep(name, table)

    def keep(self, name: str, table: pd.DataFrame) -> None:
        """Add a table that is not printed."""
        self.tables[name] = table
        self.main = self.main or name

    def note(self, text: str) -> None:
        """Add a sentence."""
        text = as_options(text)
        self.notes.append(text)
        if not self.json:
            say(f"note: {text}")

    @property
    def draws(self) -> bool:
        """Whether --out names a figure."""
        return self.out is not None and self.out.suffix.lower() in FIGURES

    def draw(self, what: str, plot: Callable[[Axes], object]) -> None:
        """Draw on new axes, if --out names a figure, and write that."""
        if self.out is None or not self.draws:
            return
        from netplastic.analyses import pictures

        figure, (axes,) = pictures.canvas(1)
        plot(axes)
        pictures.save(figure, self.out)
        self.wrote(what, self.out)

    def finish(self, interrupted: bool = False) -> None:
        """Write the files and print the document."""
        from netplastic import __version__, analyses

        document = {
            "netplastic": __version__,
            "format": FORMAT,
            "command": self.command,
            "parameters": self.parameters,
            **self.about,
            "interrupted": interrupted,
            "tables": self.tables,
            "notes": self.notes,
        }
        if self.out is not None and self.out.suffix.lower() == ".json":
            analyses.write_json(self.out, document)
            self.wrote("all", self.out)
        elif self.out is not None and self.out.suffix.lower() in TABLES:
            self._write(self.out)
        if self.json:
            typer.echo(analyses.json_text(document))

    def _write(self, out: Path) -> None:
        from netplastic import analyses

        for name, table in self.tables.items():
            path = out if name == self.main else out.with_stem(f"{out.stem}-{name}")
            published = analyses.publishable(table)
            if out.suffix.lower() == ".parquet":
                analyses.write_parquet(path, published)
            else:
                separator = "\t" if out.suffix.lower() == ".tsv" else ","
                analyses.write_csv(path, published, separator=separator)
            self.wrote(name, path)

    def wrote(self, what: str, path: Path) -> None:
        """Say what is in a file, where it does not mix with the output."""
        typer.echo(f"netplastic: wrote {what} to {path}", err=True)


@contextmanager
def reported(
    context: typer.Context, *, pictures: tuple[str, ...] = (), main: str = ""
) -> Iterator[Report]:
    """Give the report of a command that has the options --json and --out, and finish it.

    Raises
    ------
    ValueError
        For a file that could not be written in the end.
    """
    parameters = dict(context.params)
    out = parameters.pop("out")
    report = Report(
        command=str(context.info_name),
        json=parameters.pop("json"),
        out=None if out is None else Path(out),  # before typer 0.27 still a text here
        parameters=parameters,
        pictures=pictures,
        main=main,
    )
    if report.out is not None:
        _check_path(report.out, (*TABLES, *pictures))
    try:
        yield report
    except KeyboardInterrupt:
        if report.tables:
            report.finish(interrupted=True)
        raise
    report.finish()


def _check_path(out: Path, allowed: tuple[str, ...]) -> None:
    if out.suffix.lower() not in allowed:
        raise ValueError(f"--out {out}: give a file that ends in {', '.join(allowed)}.")
    if out.is_dir() or not out.parent.is_dir():
        raise ValueError(f"--out {out}: its folder must be there, and it must be no folder.")
    if not os.access(out.parent, os.W_OK):
        raise ValueError(f"--out {out}: you may not write into its folder.")
