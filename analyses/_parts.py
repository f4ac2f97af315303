"""Finished tasks on disk: each is written when it ends, with a checksum, many to a file.

A file is a line that says what it is, then records: a line of JSON (key, seconds, size, checksum)
and the bytes. A record goes to the operating system at once, so that a killed process loses none,
and to the disk every few seconds and before the file gets its final name, so that a machine without
power loses little. What is truncated, changed or not a record is passed over: those tasks are done
again.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from ._files import PENDING, sync_folder

__all__ = ["Kept", "Parts"]

_FIRST = b"netplastic: finished tasks, format 1\n"
_RECORD = re.compile(
    rb'\{"key": "([0-9a-f]{32})", "seconds": ([0-9.e+-]{1,24}), "size": ([0-9]{1,15}), '
    rb'"sha256": "([0-9a-f]{64})"\}\n'
)
_NAME = re.compile(r"\.?tasks-[0-9a-f]{32}\.(tasks|tasks\.part)")

_MOST_TASKS, _MOST_BYTES = 512, 32 * 2**20
"""After which a file is closed and the next begun."""

_SYNC_SECONDS = 2.0


@dataclass(frozen=True)
class Kept:
    """Where a finished task's table is, and how long it took."""

    path: Path
    start: int
    size: int
    checksum: bytes
    seconds: float


class Parts:
    """The finished tasks in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: FileIO | None = None
        self._pending = self._final = folder
        self._tasks = 0
        self._synced = 0.0

    def files(self) -> list[Path]:
        """The files that are ours, whoever's else lie there."""
        if not self._folder.is_dir():
            return []
        named = sorted(path for path in self._folder.iterdir() if _NAME.fullmatch(path.name))
        return [path for path in named if path.is_file() and _is_ours(path)]

    def find(self) -> dict[str, Kept]:
        """Find all finished tasks by key; what a killed run left pending is taken over."""
        found: dict[str, Kept] = {}
        for path in self.files():
            if path.name.endswith(PENDING):
                final = path.with_name(path.name.removeprefix(".").removesuffix(PENDING))
                os.replace(path, final)
                path = final
            found.update(_records(path))
        return found

    def remove(self) -> None:
        """Remove all finished tasks, and nothing else."""
        for path in self.files():
            path.unlink()

    def add(self, key: str, data: bytes, seconds: float) -> Kept:
        """Keep a finished task."""
        file = self._file or self._begin()
        took = f"{seconds:.6g}".encode()
        checksum = _checksum(key.encode(), took, data)
        head = b'{"key": "%s", "seconds": %s, "size": %d, "sha256": "%s"}\n' % (
            key.encode(), took, len(data), checksum.hex().encode(),
        )  # fmt: skip
        start = file.tell()
        try:
            _write(file, head + data + b"\n")
        except OSError:
            file.truncate(start)
            raise
        kept = Kept(self._pending, start + len(head), len(data), checksum, seconds)
        self._tasks += 1
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            os.fsync(file.fileno())
            self._synced = time.monotonic()
        if self._tasks >= _MOST_TASKS or file.tell() >= _MOST_BYTES:
            self.close()
        return kept

    def read(self, key: str, kept: Kept) -> bytes:
        """Read a task's table again.

        Raises
        ------
        OSError
            If it has changed since it was written or found.
        """
        path = kept.path
        if not path.exists():  # it has its final name by now
            path = path.with_name(path.name.removeprefix(".").removesuffix(PENDING))
        with path.open("rb") as file:
            file.seek(kept.start)
            data = file.read(kept.size)
        if _checksum(key.encode(), f"{kept.seconds:.6g}".encode(), data) != kept.checksum:
            raise OSError(f"{path} has changed since a finished task was written; run it again.")
        return data

    def close(self) -> None:
        """End the file under way and give it its final name."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with file:
            os.fsync(file.fileno())
        os.replace(self._pending, self._final)
        sync_folder(self._folder)

    def _begin(self) -> FileIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"tasks-{uuid.uuid4().hex}.tasks"
        self._final = self._folder / name
        self._pending = self._folder / f".{name}{PENDING}"
        # Unbuffered: what is written is the operating system's.
        self._file = FileIO(self._pending, "x+")
        _write(self._file, _FIRST)
        self._tasks, self._synced = 0, time.monotonic()
        return self._file


def _write(file: FileIO, data: bytes) -> None:
    """Write all of it: the system may take less at a time."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) or 0 :]


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_FIRST)) == _FIRST


def _checksum(key: bytes, seconds: bytes, data: bytes) -> bytes:
    return hashlib.sha256(b"%s %s\n" % (key, seconds) + data).digest()


def _records(path: Path) -> Iterator[tuple[str, Kept]]:
    """The sound records of a file."""
    whole = path.read_bytes()
    place = 0
    while match := _RECORD.search(whole, place):
        key, seconds, size, checksum = match.groups()
        start, end = match.end(), match.end() + int(size)
        place = start
        data = whole[start:end]
        if len(data) == int(size) and _checksum(key, seconds, data).hex().encode() == checksum:
            place = end
            kept = Kept(path, start, int(size), bytes.fromhex(checksum.decode()), float(seconds))
            yield key.decode(), kept
