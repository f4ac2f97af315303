"""Running a study: every finished task is kept, whatever becomes of the others."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, closing, suppress
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic._support import (
    Shown,
    Workers,
    bar,
    brief,
    check_flag,
    check_instance,
    check_positive,
    check_progress,
    check_workers,
    client_of,
)

from ._book import EMPTY, FAILED, Asked, Book
from ._cluster import on_dask
from ._lock import locked
from ._study import Study
from ._task import Task
from ._workers import Outcome, in_processes, in_this_process, on_executor

__all__ = ["StudyInterrupted", "run_study"]


class StudyInterrupted(KeyboardInterrupt):
    """The study was stopped before its end; finished tasks are kept.

    Examples
    --------
    >>> from netplastic import analyses
    >>> issubclass(analyses.StudyInterrupted, KeyboardInterrupt)
    True
    """


def run_study(
    study: Study,
    out: str | Path,
    *,
    workers: Workers = 1,
    executor: Executor | Any | None = None,
    resume: bool = True,
    progress: Shown = None,
    overwrite: bool = False,
    time_limit: float | None = None,
    argv: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Run a study and write its table, report and record into a folder.

    Files appear whole or not at all: table.parquet and table.csv, what the study's report
    draws, run.json (version, parameters, seed, the call, graph hashes, times, failures), graphs/
    (each graph once, by hash, as JSON that networkx reads), chokes.parquet (`graphs.choke_points`
    of them), and parts/, the finished tasks. `netplastic.analyses.read_folder` reads them.

    A finished task is known by its content: the code of the measure and what it reaches, the
    parameters, the seed, the whole graph, and the versions of netplastic, numpy, scipy, numba,
    networkx, python-flint and Python. Where `out` holds a sound one, it is taken; so the same
    call goes on after an interruption, and after a change it does what has changed. Tables and
    reports of an earlier run in `out` are replaced; other files are left alone, and one that
    stands in the way (table.csv, run.json, an edited report) is given another name.

    Parameters
    ----------
    study : Study
    out : str or Path
        Folder for the results; made when it is not there. One run at a time may write into it.
    workers : int or None, default 1
        Processes; 1 works in this one, None takes one for each core. The table does not depend
        on it.
    executor : concurrent.futures.Executor, optional
        Does the tasks instead of processes of this machine; a `distributed.Client` (or what its
        `get_executor()` gives) for a dask cluster. A cluster's workers must have the same
        versions; tasks that it loses are tried again.
    resume : bool, default True
        Take finished tasks from `out`. With False, finished tasks of this study there are an
        error, for they would be lost.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.
    overwrite : bool, default False
        Drop all finished tasks in `out` and do everything anew.
    time_limit : float, optional
        Seconds after which a task is ended and counts as failed. It then runs in a process of
        its own also where `workers` is 1; an executor cannot be told to end one.
    argv : sequence of str, optional
        Words of the command line that asked for this run, for run.json; without them it has this
        call.

    Returns
    -------
    pandas.DataFrame
        The rows of all tasks in the order of `study.tasks()`: part (of a study in parts), graph,
        seed (of a study with ensembles), the parameters of the grid, then the columns of the
        measure. A task that failed is one row with status "failed" and the reason in column error;
        one whose table has no rows is one row with status "no rows". The report gets neither.

    Raises
    ------
    TypeError, ValueError, OSError
        For graphs that cannot be loaded, graphs or measures that hold what has no content to tell,
        a wrong number of workers, a cluster with other versions, a folder in use, before any work
        starts; for a cluster's scheduler that went away and did not come back (finished tasks are
        kept).
    StudyInterrupted
        On Ctrl-C; what is finished is kept.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from tempfile import TemporaryDirectory
    >>> study = npl.Study("pairs", "Are pairs bistable?", {"pair": nx.path_graph(2)},
    ...                   grid={"strength": (-5.0, -20.0)})
    >>> with TemporaryDirectory() as out:
    ...     table = npl.run_study(study, out)
    >>> table.groupby("strength")["n_stable"].first().to_dict()
    {-20.0: 2, -5.0: 1}
    """
    check_instance("study", study, Study, "Study(name, question, graphs, grid)")
    if not isinstance(out, str | PathLike):
        raise TypeError(f"out must be the path of a folder; found {brief(out)}")
    check_progress(progress)
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise TypeError(
            f"executor is {brief(executor)}; give one of concurrent.futures, a distributed.Client, "
            "or None for processes of this machine"
        )
    processes = check_workers(workers)
    resume, overwrite = check_flag("resume", resume), check_flag("overwrite", overwrite)
    if time_limit is not None:
        check_positive("time_limit", time_limit)
        if executor is not None:
            raise ValueError(
                "time_limit needs processes of this machine; leave out the executor, or the limit."
            )
    asked = _asked(
        argv,
        out,
        {
            "workers": workers,
            "executor": None if executor is None else type(executor).__name__,
            "resume": resume,
            "overwrite": overwrite,
            "time_limit": time_limit,
        },
    )
    book = Book(study, Path(out), asked)
    doing = type(executor).__name__ if executor is not None else processes
    book.folder.mkdir(parents=True, exist_ok=True)
    with locked(book.folder):
        todo = book.open(resume, overwrite, doing)
        _do(book, todo, processes, executor, time_limit, progress)
        return _finish(book, doing)


def _asked(
    argv: Sequence[str] | None, out: str | PathLike[str], settings: Mapping[str, Any]
) -> Asked:
    """How this run was asked for: by a command line, or by a call with what is not as usual."""
    if argv is not None:
        words = [] if isinstance(argv, str) or not isinstance(argv, Sequence) else list(argv)
        if not words or not all(isinstance(word, str) for word in words):
            raise TypeError(f"argv must be a list of words, such as sys.argv; found {brief(argv)}")
        return Asked(words, shlex.join(words))
    usual = inspect.signature(run_study).parameters
    told = [f"{name}={value!r}" for name, value in settings.items() if value != usual[name].default]
    return Asked(None, f"netplastic.run_study({', '.join(['study', repr(str(out)), *told])})")


def _do(
    book: Book,
    todo: list[Task],
    workers: int,
    executor: Executor | Any | None,
    time_limit: float | None,
    progress: Shown,
) -> None:
    """Do all tasks, and keep each as it ends."""
    doing = type(executor).__name__ if executor is not None else workers
    sizes = {id(task.graph): task.graph.size() for task in todo}
    # The largest graphs first: a long task that starts last would leave the others idle.
    todo.sort(key=lambda task: -sizes[id(task.graph)])
    try:
        with ExitStack() as stack:
            stack.callback(book.close)
            outcomes = stack.enter_context(closing(_outcomes(todo, workers, executor, time_limit)))
            advance = stack.enter_context(bar(book.study.name, len(todo), progress))
            for task, outcome in outcomes:
                book.keep(task, outcome)
                advance(task.label)
    except KeyboardInterrupt:
        book.write_record("interrupted", doing)
        raise StudyInterrupted(
            f"stopped with {len(book.records)} of {len(book.tasks)} tasks finished and kept in "
            f"{book.folder}; resume to do the others only."
        ) from None
    except BaseException:
        with suppress(OSError):  # what went wrong says more: the disk may be full
            book.write_record("stopped by an error", doing)
        raise


def _outcomes(
    todo: Sequence[Task], workers: int, executor: Executor | Any | None, time_limit: float | None
) -> Generator[tuple[Task, Outcome]]:
    if executor is not None:
        client = client_of(executor)
        return on_executor(todo, executor) if client is None else on_dask(todo, client)
    if workers == 1 and time_limit is None:
        return in_this_process(todo)
    return in_processes(todo, workers, time_limit)


def _finish(book: Book, doing: int | str) -> pd.DataFrame:
    table = book.table()
    book.write_table(table)
    book.write_record("reporting", doing)
    measured = table
    if "status" in table:
        measured = table[~table["status"].isin([FAILED, EMPTY])]
    try:
        book.write_chokes()
        book.write_report(measured)
    except BaseException:
        book.write_record("report failed", doing)
        raise
    book.write_record(book.state, doing)
    return table
