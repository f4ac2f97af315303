"""``netplastic run STUDY``."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._errors import INTERRUPTED, complain
from ._network import Directed, Orientation, Reading, Unweighted, WeightOption

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    import pandas as pd

    from netplastic._support import Graph

FAILED_CASES = 1


def run(
    study: Annotated[str, typer.Argument(help="Name of a study (netplastic studies).")],
    graphs: Annotated[
        list[str] | None,
        typer.Option(
            help="Networks instead of the study's own: name, file or pattern; repeatable."
        ),
    ] = None,
    directed: Directed = None,
    orientation: Orientation = None,
    weight: WeightOption = None,
    unweighted: Unweighted = False,
    out: Annotated[Path | None, typer.Option(help="Folder; default results/STUDY.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; default one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a dask scheduler, tcp://HOST:PORT.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="As for publication: hours instead of minutes.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep finished tasks of an interrupted run.")
    ] = False,
) -> None:
    """Run a study and write its tables, figures and findings into a folder."""
    # Before numpy is loaded: one process or many, linear algebra then rounds alike.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from netplastic._support import unknown_name
    from netplastic.analyses import StudyInterrupted, run_study
    from netplastic.analyses.studies import catalogue

    known = catalogue(full)
    if study not in known:
        raise unknown_name("study", study, known)
    chosen = known[study]
    reading = Reading(
        directed=directed, orientation=orientation, weight=weight, unweighted=unweighted
    ).options()
    if reading and not graphs:
        raise ValueError(
            f"--{next(iter(reading))} says how files are read; name them with --graphs, or leave "
            "it out."
        )
    if graphs:
        chosen = chosen.on(_read(graphs, reading) if reading else tuple(graphs))
    folder = out if out is not None else Path("results") / study
    try:
        with _executor(scheduler) as executor:
            table = run_study(chosen, folder, workers=workers, executor=executor, resume=resume)
    except StudyInterrupted as stop:
        # The parser would turn it into a status without a word.
        complain(f"{stop} (--resume)", INTERRUPTED)
    _tell(table, folder)


def _read(names: list[str], reading: dict[str, Any]) -> dict[str, Graph]:
    """Networks of files that are read in one way, by name."""
    from netplastic.analyses import load_networks

    return {name: graph for (name, _), graph in load_networks(names, **reading).items()}


@contextmanager
def _executor(scheduler: str | None) -> Iterator[Executor | None]:
    if scheduler is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise RuntimeError(
            "--scheduler needs the package distributed; install it with "
            "pip install 'netplastic[distributed]', or leave the option out."
        ) from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise ValueError(f"no dask scheduler answers at {scheduler}: {error}") from error
    with client:
        yield client.get_executor()


def _tell(table: pd.DataFrame, folder: Path) -> None:
    """Say what was written and what failed; failures give the exit status 1."""
    finding = folder / "finding.md"
    if finding.is_file():
        typer.echo(finding.read_text(encoding="utf-8"))
    written = sorted(path.name for path in folder.iterdir() if path.is_file())
    typer.echo(f"Written to {folder}: {', '.join(written)}")
    if "error" not in table:
        return
    failed = table[table["error"].notna()]
    for row in failed.head(10).itertuples():
        sys.stderr.write(f"netplastic: failed: {row.graph}: {row.error}\n")
    sys.stderr.write(
        f"netplastic: {len(failed)} tasks failed; run.json says which and why; "
        "--resume does them again.\n"
    )
    raise typer.Exit(FAILED_CASES)
