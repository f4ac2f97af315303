"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ._checks import brief

__all__ = ["PENDING", "sync_folder", "whole"]

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
