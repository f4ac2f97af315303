"""What a running study keeps on disk: finished tasks, the table, the record of the run."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic import __version__

from ._files import write_csv, write_json, write_parquet
from ._folder import SCHEMA, Folder
from ._kept_graphs import choke_table, graph_file, keep_graphs
from ._parts import Kept, Parts
from ._sources import versions
from ._storage import Packed, joined, publishable, unpacked
from ._study import Study
from ._task import Task
from ._workers import Outcome

__all__ = ["EMPTY", "FAILED", "Asked", "Book"]

PACKAGES = ("networkx", "numpy", "scipy", "pandas", "numba", "pyarrow", "seaborn", "matplotlib")

FAILED = "failed"
"""Status of the row that stands for a task that failed, and its state in the record."""

EMPTY = "no rows"
"""Status of the row that stands for a task whose table has none."""

KEPT = "kept from before"

CHOKES = "chokes.parquet"


@dataclass(frozen=True)
class Asked:
    """How a run was asked for: the command line as it was typed, if it was, and as one text."""

    argv: list[str] | None
    call: str


class Book:
    """The folder of one study's results while it runs."""

    def __init__(self, study: Study, folder: Path, asked: Asked) -> None:
        self.study = study
        self.folder = folder
        self._asked = asked
        self.tasks = study.tasks()
        self.distinct = list({task.key: task for task in self.tasks}.values())
        self.graphs = {task.graph_code.whole: task.graph for task in self.tasks}
        self.records: dict[str, dict[str, Any]] = {}
        self._kept_graphs: dict[str, dict[str, Any]] = {}
        self._chokes: dict[str, Any] = {}
        self._parts = Parts(folder / "parts")
        self._files = Folder(folder)
        self._kept: dict[str, Kept] = {}
        self._started = datetime.now(UTC)
        self._clock = time.perf_counter()

    def open(self, resume: bool, overwrite: bool, doing: int | str) -> list[Task]:
        """Prepare the folder and return the tasks that are still to do.

        Finished tasks of earlier runs stay, whether this study takes them or not, unless they are
        to be overwritten. Tables and reports of earlier runs go: they would pass for this one's.
        """
        found = {} if overwrite else self._parts.find()
        mine = {task.key: found[task.key] for task in self.distinct if task.key in found}
        if mine and not resume:
            raise ValueError(
                f"{self.folder} holds {len(mine)} finished tasks of this study; resume=True takes "
                "them, overwrite=True does all anew."
            )
        if overwrite:
            self._parts.remove()
        self._files.look()
        for key, kept in mine.items():
            self._kept[key] = kept
            self.records[key] = {"state": KEPT, "seconds": round(kept.seconds, 3)}
        self.write_record("running", doing)
        self._files.clear(spared={graph_file(code) for code in self.graphs})
        self._kept_graphs = keep_graphs(self.graphs, self._files)
        self.write_record("running", doing)
        return [task for task in self.distinct if task.key not in self.records]

    def keep(self, task: Task, outcome: Outcome) -> None:
        """Store a finished task, or note why it failed."""
        record: dict[str, Any] = {"state": FAILED, "seconds": round(outcome.seconds, 3)}
        key = task.key
        if outcome.data is None:
            told = {"error": outcome.error, "trace": outcome.trace}
            record |= {name: text for name, text in told.items() if text}
        else:
            self._kept[key] = self._parts.add(key, outcome.data, outcome.seconds)
            record["state"] = "done"
        self.records[key] = record

    def close(self) -> None:
        """Bring all finished tasks to the disk."""
        self._parts.close()

    @property
    def failed(self) -> int:
        """How many tasks failed."""
        return sum(record["state"] == FAILED for record in self.records.values())

    @property
    def state(self) -> str:
        """What became of the whole."""
        if self.failed == len(self.distinct):
            return "all tasks failed"
        return "finished with failures" if self.failed else "finished"

    def table(self) -> pd.DataFrame:
        """The rows of all tasks, in the order of the tasks, whoever did them and when."""
        return joined(list(self._pieces()))

    def _pieces(self) -> Iterator[pd.DataFrame]:
        done: list[Task] = []
        for task in self.tasks:
            record = self.records[task.key]
            if record["state"] != FAILED:
                done.append(task)
                continue
            yield from self._measured(done)
            done = []
            told = {"status": FAILED, "error": record["error"]}
            yield pd.DataFrame({**task.lead, **told}, index=[0])
        yield from self._measured(done)

    def _measured(self, tasks: list[Task]) -> Iterator[pd.DataFrame]:
        nodes = {id(task.graph): list(task.graph) for task in tasks}
        pieces = (
            Packed(
                task.lead,
                self._parts.read(task.key, self._kept[task.key]),
                nodes[id(task.graph)],
            )
            for task in tasks
        )
        place = 0
        for many, rows in unpacked(pieces):
            if len(rows):
                yield rows
            else:
                cases = pd.DataFrame([task.lead for task in tasks[place : place + many]])
                yield cases.assign(status=EMPTY)
            place += many

    def write_table(self, table: pd.DataFrame) -> None:
        """Write the table as Parquet and as CSV."""
        published = publishable(table)
        with self._files.writing():
            write_parquet(self.folder / "table.parquet", published)
            write_csv(self.folder / "table.csv", published)

    def write_chokes(self) -> None:
        """Write how narrow the graphs are at each node, as far as that is no work to speak of."""
        table, left_out = choke_table(self.graphs)
        self._chokes = {"file": None, "left_out": left_out}
        if table is not None:
            with self._files.writing():
                write_parquet(self.folder / CHOKES, table)
            self._chokes["file"] = CHOKES

    def write_report(self, table: pd.DataFrame) -> None:
        """Let the study draw and tell what its table shows."""
        if self.study.report is not None and len(table):
            with self._files.writing():
                self.study.report(self.study, table, self.folder)

    def write_record(self, state: str, workers: int | str) -> None:
        """Write run.json; times stand here and not in the table, which is the same every run."""
        study = self.study
        write_json(
            self.folder / "run.json",
            {
                "schema": SCHEMA,
                "study": study.name,
                "question": study.question,
                "state": state,
                "netplastic": __version__,
                "parameters": _parameters(study),
                "parts": {part.name: _parameters(part) for part in study.also},
                "seed": study.seed,
                "argv": self._asked.argv,
                "call": self._asked.call,
                "started": self._started.isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - self._clock, 3),
                "workers": workers,
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
                "packages": {name: version(name) for name in PACKAGES},
                "sources": versions()["sources"],
                "graphs": self._graphs(),
                "kept_graphs": self._kept_graphs,
                "chokes": self._chokes,
                "files": self._files.written,
                "tasks": [
                    {
                        **task.lead,
                        "graph_hash": task.graph_code.whole,
                        "key": task.key,
                        **self.records.get(task.key, {"state": "not run"}),
                    }
                    for task in self.tasks
                ],
            },
        )

    def _graphs(self) -> dict[str, Any]:
        return {
            name: {
                "hash": task.graph_code.whole,
                "nodes": task.graph.number_of_nodes(),
                "edges": task.graph.number_of_edges(),
                "directed": task.graph.is_directed(),
                "direction": "directed" if task.graph.is_directed() else "undirected",
            }
            for name, task in {task.network: task for task in self.tasks}.items()
        }


def _parameters(study: Study) -> dict[str, Any]:
    """What a part of a study varies and shares."""
    return {
        "grid": {name: list(values) for name, values in study.grid.items()},
        "common": dict(study.common),
        "seeds": study.seeds,
    }
