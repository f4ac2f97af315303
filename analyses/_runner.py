"""Running a study: every finished task is kept, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path

import pandas as pd

from netplastic._support import Shown, Workers, bar, check_workers

from ._book import FAILED, Book
from ._study import Study, Task
from ._workers import Outcome, in_processes, in_this_process, on_executor

__all__ = ["StudyInterrupted", "run_study"]


class StudyInterrupted(KeyboardInterrupt):
    """The study was stopped before its end; finished tasks are kept."""


def run_study(
    study: Study,
    out: str | Path,
    *,
    workers: Workers = 1,
    executor: Executor | None = None,
    resume: bool = False,
    progress: Shown = None,
) -> pd.DataFrame:
    """Run a study and write its table, report and record into a folder.

    Files appear whole or not at all: table.parquet and table.csv, what the study's report
    draws, run.json (version, parameters, seed, graph hashes, times, failures), and parts/, one
    file for each finished task.

    Parameters
    ----------
    study : Study
    out : str or Path
        Folder for the results; made when it is not there.
    workers : int or None, default 1
        Processes; 1 works in this one, None takes one for each core. The table does not depend
        on it.
    executor : concurrent.futures.Executor, optional
        Does the tasks instead of processes of this machine; `distributed.Client.get_executor()`
        gives one for a dask cluster.
    resume : bool, default False
        Take finished tasks from `out` where graph, parameters, seed and version are the same.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        The rows of all tasks in the order of `study.tasks()`: part (of a study in parts), graph,
        seed (of a study with ensembles), the parameters of the grid, then the columns of the
        measure. A task that failed is one row with status "failed" and the reason in column error.

    Raises
    ------
    TypeError, ValueError, OSError
        For graphs that cannot be loaded and a wrong number of workers, before any work starts.
    StudyInterrupted
        On Ctrl-C; what is finished is kept for `resume`.

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
    workers = check_workers(workers)
    book = Book(study, Path(out))
    doing = type(executor).__name__ if executor is not None else workers
    todo = book.open(resume)
    # The largest graphs first: a long task that starts last would leave the others idle.
    todo.sort(key=lambda task: -task.graph.size())
    try:
        with (
            closing(_outcomes(todo, workers, executor)) as outcomes,
            bar(study.name, len(todo), progress) as advance,
        ):
            for outcome in outcomes:
                book.keep(outcome)
                advance(outcome.task.label)
    except KeyboardInterrupt:
        book.write_record("interrupted", doing)
        raise StudyInterrupted(
            f"stopped with {len(book.records)} of {len(book.tasks)} tasks finished and kept in "
            f"{book.folder}; resume to do the others only."
        ) from None
    return _finish(book, doing)


def _outcomes(todo: Iterable[Task], workers: int, executor: Executor | None) -> Generator[Outcome]:
    if executor is not None:
        return on_executor(todo, executor)
    if workers == 1:
        return in_this_process(todo)
    return in_processes(todo, workers)


def _finish(book: Book, doing: int | str) -> pd.DataFrame:
    table = book.table()
    book.write_table(table)
    failed = any(record["state"] == FAILED for record in book.records.values())
    measured = table[table["status"] != FAILED] if failed else table
    if book.study.report is not None and len(measured):
        book.study.report(book.study, measured, book.folder)
    book.write_record("finished with failures" if failed else "finished", doing)
    return table
