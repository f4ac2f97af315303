"""``netplastic run STUDY``."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._errors import INTERRUPTED, complain
from ._network import Directed, Orientation, Reading, Unweighted, WeightOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

    from netplastic._support import Graph

FAILED_CASES = 1
_SHOWN = 10


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
        bool, typer.Option("--resume", help="Take finished tasks from the folder (the default).")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Drop finished tasks in the folder; do all anew.")
    ] = False,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds after which a task is ended and counts as failed.")
    ] = None,
) -> None:
    """Run a study and write its tables, figures and findings into a folder.

    The same command goes on where it was stopped: finished tasks in the folder are taken where
    code, versions, graphs and parameters are the same; none is dropped without --overwrite.
    """
    if resume and overwrite:
        raise ValueError("--resume takes finished tasks and --overwrite drops them; choose one.")
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
            run_study(
                chosen,
                folder,
                workers=workers,
                executor=executor,
                overwrite=overwrite,
                time_limit=time_limit,
            )
    except StudyInterrupted as stop:
        # The parser would turn it into a status without a word.
        complain(f"{stop} (--resume)", INTERRUPTED)
    _tell(folder)


def _read(names: list[str], reading: dict[str, Any]) -> dict[str, Graph]:
    """Networks of files that are read in one way, by name."""
    from netplastic.analyses import load_networks

    return {name: graph for (name, _), graph in load_networks(names, **reading).items()}


@contextmanager
def _executor(scheduler: str | None) -> Iterator[Client | None]:
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
    before = warnings.showwarning
    warnings.showwarning = _one_line
    try:
        with client:
            yield client
    finally:
        warnings.showwarning = before


def _one_line(message: Warning | str, *about: object, **more: object) -> None:
    """Show a warning as the other messages are shown."""
    sys.stderr.write(f"netplastic: {message}\n")


def _tell(folder: Path) -> None:
    """Say what this run wrote and what failed; failures give the exit status 1."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if "finding.md" in record["files"]:
        typer.echo((folder / "finding.md").read_text(encoding="utf-8"))
    typer.echo(f"Written to {folder}: {', '.join(sorted([*record['files'], 'run.json']))}")
    states = Counter(task["state"] for task in record["tasks"])
    kept, total = states["kept from before"], states.total()
    if kept:
        which = f"All {total} tasks were" if kept == total else f"{kept} of {total} tasks were"
        typer.echo(
            f"{which} finished before, by the same code and versions on the same graphs, and were "
            "taken from the folder; --overwrite does them anew."
        )
    failed = [task for task in record["tasks"] if task["state"] == "failed"]
    if not failed:
        return
    for task in failed[:_SHOWN]:
        sys.stderr.write(f"netplastic: failed: {task['graph']}: {task['error']}\n")
    count = f"all {total}" if len(failed) == total else f"{len(failed)} of {total}"
    sys.stderr.write(
        f"netplastic: {count} tasks failed; run.json says which and why; "
        "--resume does them again.\n"
    )
    raise typer.Exit(FAILED_CASES)
