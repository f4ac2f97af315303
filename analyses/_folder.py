"""Whose the files in a folder of results are: a run replaces its own kind's and no others."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netplastic._support import brief

from ._files import PENDING, digest_of, write_json, write_text

__all__ = ["SCHEMA", "Folder", "add_file", "is_unchanged", "read_record"]

SCHEMA = 1
"""Version of run.json and of what lies beside it; those before it had none."""

_RECORD = "run.json"
_ALWAYS = (_RECORD, "table.parquet", "table.csv")
_LEFTOVER = re.compile(rf"\..+\.[0-9a-f]{{32}}{re.escape(PENDING)}")


def read_record(folder: Path) -> dict[str, Any]:
    """Read the record of the run whose results a folder holds; empty where there is none."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and "study" in record and "tasks" in record else {}


def is_unchanged(folder: Path, name: str, digest: object) -> bool:
    """Whether a file inside a folder is there and as a record has it."""
    path = folder / name
    inside = ".." not in Path(name).parts and not Path(name).is_absolute()
    return inside and path.is_file() and digest_of(path) == digest


def add_file(folder: str | Path, name: str, text: str) -> Path:
    """Write one more file into the folder of a run, and note in its record that it is the run's.

    A file of that name that is no run's goes aside.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import networkx as nx, netplastic as npl
    >>> study = npl.Study("pairs", "Are pairs bistable?", {"pair": nx.path_graph(2)},
    ...                   grid={"strength": (-20.0,)})
    >>> with TemporaryDirectory() as out:
    ...     _ = npl.run_study(study, out)
    ...     npl.analyses.add_file(out, "notes.md", "Pairs only.").name
    'notes.md'
    """
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder must be the path of one; found {brief(folder)}")
    for said, value in (("name", name), ("text", text)):
        if not isinstance(value, str):
            raise TypeError(f"{said} must be text; found {brief(value)}")
    folder = Path(folder)
    record, path = read_record(folder), folder / name
    files = record.get("files")
    noted = files if isinstance(files, dict) else {}
    if path.exists() and not is_unchanged(folder, name, noted.get(name)):
        path.rename(_free_name(path))
    write_text(path, text)
    if isinstance(files, dict):
        write_json(folder / _RECORD, {**record, "files": {**files, name: digest_of(path)}})
    return path


class Folder:
    """Files of a run in its folder.

    Attributes
    ----------
    written : dict of str to str
        What this run wrote, by name, with its SHA-256.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._earlier: dict[str, str] = {}
        self.written: dict[str, str] = {}

    def look(self) -> None:
        """See what an earlier run left; move what is in the way and no run's to another name."""
        record = read_record(self._folder)
        files = record.get("files")
        self._earlier = dict(files) if isinstance(files, dict) else {}
        for name in {*_ALWAYS, *self._earlier}:
            path = self._folder / name
            ours = bool(record) if name == _RECORD else self._is_earlier(name)
            if path.is_file() and not ours:
                path.rename(_free_name(path))

    def clear(self, spared: Collection[str] = ()) -> None:
        """Remove what the earlier run wrote, and what killed ones left half written.

        Those in `spared` are about to be put again.
        """
        for name in self._earlier:
            if name not in spared and self._is_earlier(name):
                (self._folder / name).unlink()
        for path in self._folder.iterdir():
            if _LEFTOVER.fullmatch(path.name) and path.is_file():
                path.unlink()

    def _is_earlier(self, name: str) -> bool:
        return is_unchanged(self._folder, name, self._earlier.get(name))

    def put(self, name: str, text: str) -> None:
        """Write a file of this run, unless it is there already; another one goes aside."""
        path = self._folder / name
        if not path.is_file() or path.read_bytes() != text.encode():
            if path.exists():
                path.rename(_free_name(path))
            if path.parent.is_file():
                path.parent.rename(_free_name(path.parent))
            write_text(path, text)
        self.written[name] = digest_of(path)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Note all files that are written within this."""
        before = self._stamps()
        try:
            yield
        finally:
            for name, stamp in self._stamps().items():
                if before.get(name) != stamp:
                    self.written[name] = digest_of(self._folder / name)

    def _stamps(self) -> dict[str, tuple[int, int, int]]:
        found = {}
        for root, folders, names in os.walk(self._folder):
            if Path(root) == self._folder:
                folders[:] = [name for name in folders if name != "parts"]
            for name in names:
                path = Path(root, name)
                inside = path.relative_to(self._folder).as_posix()
                if path.is_file() and inside not in (_RECORD, ".lock"):
                    state = path.stat()
                    found[inside] = (state.st_mtime_ns, state.st_size, state.st_ino)
        return found


def _free_name(path: Path) -> Path:
    number = 1
    while (free := path.with_name(f"{path.stem}.kept-{number}{path.suffix}")).exists():
        number += 1
    return free
