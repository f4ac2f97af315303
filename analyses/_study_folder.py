"""What lies in the folder of a study, read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic._support import Graph, brief

from ._folder import SCHEMA, is_unchanged, read_record
from ._kept_graphs import Graphs
from ._networks import network_label
from ._storage import read_table

__all__ = ["StudyFolder", "StudyFolderError", "read_folder"]

_PICTURES = (".svg", ".png", ".pdf")
_TABLES = (".csv", ".parquet")
_NAMED = 5
_OWN = ("table", "chokes", "claims")
"""Tables that have a place of their own."""


class StudyFolderError(ValueError):
    """A folder holds no results of a study, or such as this version cannot read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from netplastic import analyses
    >>> with TemporaryDirectory() as empty:
    ...     try:
    ...         analyses.read_folder(empty)
    ...     except analyses.StudyFolderError:
    ...         print("no results of a study")
    no results of a study
    """


@dataclass(frozen=True, eq=False, repr=False)
class StudyFolder:
    """Results of a study, as `read_folder` found them.

    Attributes
    ----------
    path : pathlib.Path
    record : dict
        What run.json says. `record["call"]` is how the run was asked for; a task of
        `record["tasks"]` has state, seconds, key, graph_hash, and error where it failed.
    table : DataFrame or None
        table.parquet, integers exact; failed tasks are rows with status "failed" and an error.
    finding : str or None
        finding.md.
    figures : list of Path
        The SVG files first.
    graphs : mapping of hash to graph
        Read when they are asked for, and checked: a file that does not hold the graph that it is
        named after raises `KeptGraphError`.
    chokes : DataFrame or None
        `graphs.choke_points` of them, behind graph_hash and position (of the node in its graph,
        from 0). `node` is the label, or its text where labels are of several kinds.
    claims : DataFrame or None
        claims.csv.
    other_tables : dict of str to DataFrame
        Other tables that the study's report wrote, by file name without its ending.
    missing : tuple of str
        Sentences: what the folder lacks, or what was changed after the run.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import networkx as nx, netplastic as npl
    >>> study = npl.Study("pairs", "Are pairs bistable?", {"pair": nx.path_graph(2)},
    ...                   grid={"strength": (-20.0,)})
    >>> with TemporaryDirectory() as out:
    ...     _ = npl.run_study(study, out)
    ...     found = npl.analyses.read_folder(out)
    >>> len(found.table), found.finding, len(found.graphs)
    (2, None, 1)
    """

    path: Path
    record: dict[str, Any]
    table: pd.DataFrame | None
    finding: str | None
    figures: list[Path]
    graphs: Mapping[str, Graph]
    chokes: pd.DataFrame | None
    claims: pd.DataFrame | None
    other_tables: dict[str, pd.DataFrame]
    missing: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"StudyFolder({self.record['study']!r}, {self.record.get('state')}, "
            f"{len(self.graphs)} graphs, {str(self.path)!r})"
        )

    @property
    def networks(self) -> pd.DataFrame:
        """Which graph a row of the table is about.

        Returns
        -------
        DataFrame
            One row per network: part and seed (as far as the table has them), graph, graph_hash,
            nodes, edges, directed, left_out (why no file holds it; empty where one does). Merged
            with the table on the columns that both have, it gives each row its graph_hash. An
            older folder without hashes gives no rows.
        """
        about = self.record.get("kept_graphs", {})
        lead = [name for name in ("part", "graph", "seed") if self._names(name)]
        rows = {
            tuple(task.get(name) for name in lead): task["graph_hash"]
            for task in self.record["tasks"]
            if task.get("graph_hash") in about
        }
        columns = [*lead, "graph_hash", "nodes", "edges", "directed", "left_out"]
        return pd.DataFrame(
            [
                (*key, code, *(about[code][name] for name in columns[-4:-1]), _why(about[code]))
                for key, code in rows.items()
            ],
            columns=columns,
        )

    def _names(self, name: str) -> bool:
        return any(name in task for task in self.record["tasks"])


def _why(about: Mapping[str, Any]) -> str:
    return str(about.get("left_out", ""))


def read_folder(path: str | Path) -> StudyFolder:
    """Read what a run of a study wrote into its folder.

    Only files of the run are read, whatever else lies there.

    Parameters
    ----------
    path : str or Path
        The folder that `netplastic.run_study` wrote, of this version or an older one.

    Returns
    -------
    StudyFolder

    Raises
    ------
    StudyFolderError
        A ValueError, for a folder without a record of a study, or of a later version.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from tempfile import TemporaryDirectory
    >>> study = npl.Study("pairs", "Are pairs bistable?", {"pair": nx.path_graph(2)},
    ...                   grid={"strength": (-5.0, -20.0)})
    >>> with TemporaryDirectory() as out:
    ...     _ = npl.run_study(study, out)
    ...     found = npl.analyses.read_folder(out)
    ...     (graph,) = found.graphs.values()
    >>> list(graph.edges), len(found.table), found.missing
    ([(0, 1)], 4, ())
    """
    if not isinstance(path, str | PathLike):
        raise TypeError(f"path must be the path of a folder; found {brief(path)}")
    path = Path(path)
    record = _record(path)
    names, changed = _files(path, record)
    tables = _tables(path, names)
    finding = path / "finding.md" if "finding.md" in names else None
    codes = {
        code: about["file"]
        for code, about in record.get("kept_graphs", {}).items()
        if about.get("file") in names
    }
    return StudyFolder(
        path=path,
        record=record,
        table=tables.get("table"),
        finding=None if finding is None else finding.read_text(encoding="utf-8"),
        figures=[path / name for name in _pictures(names)],
        graphs=Graphs(path, codes),
        chokes=tables.get("chokes"),
        claims=tables.get("claims"),
        other_tables={name: table for name, table in tables.items() if name not in _OWN},
        missing=(*_lacking(record, "table" in tables), *changed),
    )


def _record(path: Path) -> dict[str, Any]:
    record = read_record(path)
    if not record:
        why = "holds no run.json of a study" if path.is_dir() else "is no folder"
        raise StudyFolderError(f"path: {path} {why}; give the folder that netplastic run wrote.")
    schema = record.get("schema", 0)
    if not isinstance(schema, int) or schema > SCHEMA:
        raise StudyFolderError(
            f"{path} was written by netplastic {record.get('netplastic')}, in version {schema} of "
            f"its format; this one reads up to {SCHEMA}. Update netplastic."
        )
    return record


def _files(path: Path, record: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Files of the run that are as it wrote them, and what is to be said of the others."""
    listed = record.get("files")
    if not isinstance(listed, dict):
        found = sorted(one.name for one in path.iterdir() if one.is_file())
        return found, ["run.json does not say which files are the run's: all were taken."]
    names = [name for name, digest in listed.items() if is_unchanged(path, name, digest)]
    changed = [
        f"{name} {'was changed' if (path / name).exists() else 'was removed'} after the run; it is "
        "left out."
        for name in listed
        if name not in names
    ]
    return names, changed


def _tables(path: Path, names: list[str]) -> dict[str, pd.DataFrame]:
    """Tables of the folder itself by name; Parquet keeps more than CSV."""
    files = {
        Path(name).stem: name
        for ending in _TABLES
        for name in names
        if "/" not in name and name.endswith(ending)
    }
    return {stem: read_table(path / name) for stem, name in files.items()}


def _pictures(names: list[str]) -> list[str]:
    """Figures of the folder itself, in the order of their kinds."""
    return [
        name
        for ending in _PICTURES
        for name in sorted(names)
        if "/" not in name and name.endswith(ending)
    ]


def _lacking(record: Mapping[str, Any], has_table: bool) -> list[str]:
    said = []
    if "schema" not in record:
        said.append(
            f"The folder was written by netplastic {record.get('netplastic', '(unknown)')}, which "
            "kept neither the graphs, nor choke measures of their nodes, nor the command; the same "
            "call of netplastic run writes them and takes all finished tasks that still hold."
        )
    if not has_table:
        said.append(f"There is no table: the state of the run is {record.get('state')!r}.")
    kept = record.get("kept_graphs", {})
    without = {code: about["left_out"] for code, about in kept.items() if "left_out" in about}
    said += _of_graphs(record, "kept", without)
    said += _of_graphs(
        record, "measured for choke points", record.get("chokes", {}).get("left_out", {})
    )
    return said


def _of_graphs(record: Mapping[str, Any], what: str, reasons: Mapping[str, str]) -> list[str]:
    """One sentence a reason why graphs are not kept or measured, which names some of them."""
    names = {
        task["graph_hash"]: network_label((task["graph"], task.get("seed") or 0))
        for task in record["tasks"]
        if "graph_hash" in task
    }
    by_reason: dict[str, list[str]] = {}
    for code, why in reasons.items():
        by_reason.setdefault(why.rstrip("."), []).append(names.get(code, code))
    return [
        f"Not {what}: {', '.join(found[:_NAMED])}"
        f"{f' and {len(found) - _NAMED} more' if len(found) > _NAMED else ''} ({why})."
        for why, found in by_reason.items()
    ]
