"""One run at a time in a folder of results."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["FolderInUse", "locked"]

_NAME = ".lock"
_UNSUPPORTED = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_OPENINGS = 50
_held: set[str] = set()


class FolderInUse(OSError):
    """Another run is writing into the folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one run.

    The operating system holds the lock and lets go of it when the process ends, however it ends;
    on network drives, too. Where it cannot, the process named in the file decides, if it is one of
    this machine. The file is there to say who holds it.

    Raises
    ------
    FolderInUse
        An OSError that names the process and the machine.
    """
    path = folder / _NAME
    name = os.path.realpath(path)
    if name in _held:
        raise _in_use(folder, {"process": os.getpid(), "machine": socket.gethostname()})
    handle = _acquire(folder, path)
    _held.add(name)
    try:
        yield
    finally:
        _held.discard(name)
        with suppress(OSError):
            path.unlink()  # while it is held: nobody else takes a file that is about to go
        os.close(handle)


def _acquire(folder: Path, path: Path) -> int:
    for _ in range(_OPENINGS):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            free = _try_lock(handle)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                os.close(handle)
                raise
            free = not _is_running(_holder(handle))
        if not free:
            holder = _holder(handle)
            os.close(handle)
            raise _in_use(folder, holder)
        if _is_same(handle, path):
            _sign(handle)
            return handle
        os.close(handle)  # its former holder removed it in between
        time.sleep(0.01)
    raise FolderInUse(errno.EAGAIN, "runs that start and end hold the folder in turn", str(folder))


def _try_lock(handle: int) -> bool:
    """Lock the file for this process, not for its children; False where another has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        lock: Any = vars(msvcrt)
        os.lseek(handle, 1_000, os.SEEK_SET)
        try:
            lock["locking"](handle, lock["LK_NBLCK"], 1)
        except OSError:
            return False
        return True
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _sign(handle: int) -> None:
    holder = {
        "process": os.getpid(),
        "machine": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(holder).encode())


def _holder(handle: int) -> dict[str, Any]:
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        found = json.loads(os.read(handle, 1_000))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_running(holder: dict[str, Any]) -> bool:
    """Whether the process that signed may still be there, as far as can be told."""
    if not holder:
        return False
    if holder.get("machine") != socket.gethostname():
        return True
    if holder.get("process") == os.getpid():
        return False  # a former process of the same number: this one holds nothing here
    try:
        os.kill(int(holder["process"]), 0)
    except (OSError, KeyError, ValueError):
        return False
    return True


def _in_use(folder: Path, holder: dict[str, Any]) -> FolderInUse:
    who = f"process {holder.get('process', '?')} on {holder.get('machine', 'another machine')}"
    since = f" since {holder['since']}" if "since" in holder else ""
    return FolderInUse(
        f"{folder} is in use: {who} has been writing a study into it{since}; wait for it, or give "
        "another folder."
    )
