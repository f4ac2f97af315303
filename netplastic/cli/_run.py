"""``netplastic run STUDY``."""

from __future__ import annotations

import json as _json
import os
import sys
import warnings
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._errors import DEBUG, INTERRUPTED, complain
from ._names import studies
from ._network import Directed, Orientation, Unweighted, WeightOption, reading
from ._output import Json, Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

    from netplastic._support import Graph

FAILED_CASES = 1
_SHOWN = 10


def run(
    context: typer.Context,
    study: Annotated[
        str,
        typer.Argument(help="Name of a study (netplastic studies).", autocompletion=studies),
    ],
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
    json: Json = False,
) -> None:
    """Run a study and write its tables, figures, findings and a page into a folder.

    The same command goes on where it was stopped: finished tasks in the folder are taken where
    code, versions, graphs and parameters are the same; none is dropped without --overwrite.

    Example: netplastic run choke-points --graphs mine.graphml --out results
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
    said = reading(context)
    if said and not graphs:
        raise ValueError(
            f"--{next(iter(said))} says how files are read; name them with --graphs, or leave "
            "it out."
        )
    if graphs:
        chosen = chosen.on(_read(graphs, said) if said else tuple(graphs))
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
                argv=context.obj,
            )
    except StudyInterrupted as stop:
        # The parser would turn it into a status without a word.
        complain(f"{stop} (--resume)", INTERRUPTED)
    page = _page(folder)
    record = _json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if json:
        _document(context, folder, record)
    else:
        _tell(folder, record)
        if page is not None:
            typer.echo(f"To read or to send: {page}")
    _tell_failures(record)


def _page(folder: Path) -> Path | None:
    """Write the page; what goes wrong there is said, and the run is as good without it."""
    from netplastic.analyses.page import write_page

    try:
        return write_page(folder)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        said = f"{type(error).__name__}: {error}"
        sys.stderr.write(f"netplastic: the results are whole; no page was made of them: {said}\n")
        return None


def _document(context: typer.Context, folder: Path, record: dict[str, Any]) -> None:
    """Print the record of the run and its finding; the tables are in the folder."""
    finding = folder / "finding.md" if "finding.md" in record["files"] else None
    Report(
        command="run",
        parameters={name: value for name, value in context.params.items() if name != "json"},
        json=True,
        about={
            "folder": str(folder),
            "finding": None if finding is None else finding.read_text(encoding="utf-8"),
            "run": record,
        },
    ).finish()


def _read(names: list[str], said: dict[str, Any]) -> dict[str, Graph]:
    """Networks of files that are read in one way, by name."""
    from netplastic.analyses import load_networks

    return {name: graph for (name, _), graph in load_networks(names, **said).items()}


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


def _tell(folder: Path, record: dict[str, Any]) -> None:
    """Say what was found, what this run wrote, and what it took from before."""
    if "finding.md" in record["files"]:
        typer.echo((folder / "finding.md").read_text(encoding="utf-8"))
    typer.echo(f"Written to {folder}: {', '.join(_named([*record['files'], 'run.json']))}")
    states = Counter(task["state"] for task in record["tasks"])
    kept, total = states["kept from before"], states.total()
    if kept:
        which = f"All {total} tasks were" if kept == total else f"{kept} of {total} tasks were"
        typer.echo(
            f"{which} finished before, by the same code and versions on the same graphs, and were "
            "taken from the folder; --overwrite does them anew."
        )


def _named(files: list[str]) -> list[str]:
    """Names of files; those in a folder inside are counted."""
    inside = Counter(name.partition("/")[0] for name in files if "/" in name)
    counted = [f"{place}/ ({many} file{'s' * (many > 1)})" for place, many in inside.items()]
    return sorted([*(name for name in files if "/" not in name), *counted])


def _tell_failures(record: dict[str, Any]) -> None:
    """Say what failed, which gives the exit status 1."""
    total = len(record["tasks"])
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
