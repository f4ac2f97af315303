"""What a running study keeps on disk: finished tasks, the table, the record of the run."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic import __version__

from ._files import PENDING, write_csv, write_json, write_parquet
from ._networks import network_label
from ._storage import joined, publishable, read_task, write_task
from ._study import Study, Task
from ._workers import Outcome

__all__ = ["Book"]

PACKAGES = ("networkx", "numpy", "scipy", "pandas", "numba", "pyarrow", "seaborn", "matplotlib")
FAILED = "failed"


class Book:
    """The folder of one study's results while it runs."""

    def __init__(self, study: Study, folder: Path) -> None:
        self.study = study
        self.folder = folder
        self.tasks = study.tasks()
        self.records: dict[str, dict[str, Any]] = {}
        self._started = datetime.now(UTC)
        self._clock = time.perf_counter()

    def open(self, resume: bool) -> list[Task]:
        """Prepare the folder and return the tasks that are still to do.

        Without `resume`, finished tasks of earlier runs are removed.
        """
        parts = self.folder / "parts"
        parts.mkdir(parents=True, exist_ok=True)
        for leftover in (*self.folder.glob(f".*{PENDING}"), *parts.glob(f".*{PENDING}")):
            leftover.unlink()
        if not resume:
            for part in parts.glob("*.parquet"):
                part.unlink()
        for task in self.tasks:
            if task.key not in self.records and self._path(task).is_file():
                self._note(task, "kept from before")
        return [task for task in self._distinct() if task.key not in self.records]

    def keep(self, outcome: Outcome) -> None:
        """Store a finished task, or note why it failed."""
        task = outcome.task
        if outcome.table is None:
            self._note(task, FAILED, outcome.seconds, outcome.error, outcome.trace)
            return
        try:
            write_task(self._path(task), outcome.table, list(task.graph))
        except (TypeError, ValueError, KeyError) as error:
            # A table that no file can hold; a full disk is an OSError and ends the study.
            line = " ".join(f"{type(error).__name__}: {error}".split())
            self._note(task, FAILED, outcome.seconds, f"its table cannot be stored: {line}")
            return
        self._note(task, "done", outcome.seconds)

    def table(self) -> pd.DataFrame:
        """The rows of all tasks, in the order of the tasks, whoever did them and when."""
        return joined([self._rows(task) for task in self.tasks])

    def write_table(self, table: pd.DataFrame) -> None:
        """Write the table as Parquet and as CSV."""
        published = publishable(table)
        write_parquet(self.folder / "table.parquet", published)
        write_csv(self.folder / "table.csv", published)

    def write_record(self, state: str, workers: int | str) -> None:
        """Write run.json; times stand here and not in the table, which is the same every run."""
        study = self.study
        write_json(
            self.folder / "run.json",
            {
                "study": study.name,
                "question": study.question,
                "state": state,
                "netplastic": __version__,
                "parameters": _parameters(study),
                "parts": {part.name: _parameters(part) for part in study.also},
                "seed": study.seed,
                "started": self._started.isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - self._clock, 3),
                "workers": workers,
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
                "packages": {name: version(name) for name in PACKAGES},
                "graphs": self._graphs(),
                "tasks": [
                    {
                        **task.lead,
                        "key": task.key,
                        **self.records.get(task.key, {"state": "not run"}),
                    }
                    for task in self.tasks
                ],
            },
        )

    def _graphs(self) -> dict[str, Any]:
        return {
            network_label((task.graph_name, task.graph_seed or 0)): {
                "hash": task.graph_hash,
                "nodes": task.graph.number_of_nodes(),
                "edges": task.graph.number_of_edges(),
                "directed": task.graph.is_directed(),
                "direction": "directed" if task.graph.is_directed() else "undirected",
            }
            for task in self.tasks
        }

    def _distinct(self) -> Sequence[Task]:
        return list({task.key: task for task in self.tasks}.values())

    def _path(self, task: Task) -> Path:
        return self.folder / "parts" / f"{task.key}.parquet"

    def _note(
        self, task: Task, state: str, seconds: float | None = None, error: str = "", trace: str = ""
    ) -> None:
        record: dict[str, Any] = {"state": state}
        if seconds is not None:
            record["seconds"] = round(seconds, 3)
        if error:
            record["error"] = error
        if trace:
            record["trace"] = trace
        self.records[task.key] = record

    def _rows(self, task: Task) -> pd.DataFrame:
        record = self.records[task.key]
        lead: dict[str, Any] = task.lead
        if record["state"] == FAILED:
            return pd.DataFrame({**lead, "status": FAILED, "error": record["error"]}, index=[0])
        measured = read_task(self._path(task), list(task.graph))
        own = {name: measured[name] for name in measured.columns if name not in lead}
        return pd.DataFrame({**lead, **own}, index=measured.index)


def _parameters(study: Study) -> dict[str, Any]:
    """What a part of a study varies and shares."""
    return {
        "grid": {name: list(values) for name, values in study.grid.items()},
        "common": dict(study.common),
        "seeds": study.seeds,
    }
