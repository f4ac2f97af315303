"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from netplastic._support import brief, check_table

__all__ = [
    "PENDING",
    "digest_of",
    "sync_folder",
    "whole",
    "write_csv",
    "write_json",
    "write_parquet",
    "write_text",
]

PENDING = ".part"
"""Ending of files that are being written; left behind only where a process was killed."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path`; it takes the path's place when the block ends well.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole(Path(folder) / "a.txt") as pending:
    ...         _ = pending.write_text("all of it")
    ...     print([file.name for file in Path(folder).iterdir()])
    ['a.txt']
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the path of a file; found {brief(path)}")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    pending = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PENDING}")
    try:
        yield pending
        _sync(pending)
        os.replace(pending, path)
        sync_folder(path.parent)
    finally:
        pending.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Bring a file to the disk before it takes a name: else a crash may leave the name empty."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring names in a folder to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8."""
    if not isinstance(text, str):
        raise TypeError(f"text must be a str; found {brief(text)}")
    with whole(path) as pending:
        pending.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, indented; infinite numbers, which JSON does not know, as "inf" and "-inf"."""
    text = json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return str(content) if isinstance(content, float) and math.isinf(content) else content


def write_csv(path: Path, table: pd.DataFrame, *, separator: str = ",") -> None:
    """Write a table with a header and without row numbers; floats read back exactly."""
    check_table("table", table)
    if not isinstance(separator, str) or len(separator) != 1:
        raise ValueError(f"separator must be one character; found {brief(separator)}")
    with whole(path) as pending:
        table.to_csv(pending, index=False, sep=separator, lineterminator="\n", encoding="utf-8")


def write_parquet(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    check_table("table", table)
    with whole(path) as pending:
        table.to_parquet(pending, index=False, engine="pyarrow")
