"""How a process and its workers talk: frames of bytes on pipes."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import IO, NamedTuple

__all__ = ["Frame", "Kind", "encoded", "read_frame"]

_HEAD = struct.Struct(">BQQQ")


class Kind(IntEnum):
    """What a frame says; to a worker those up to RECALL, from it the others."""

    FUNCTION = 0
    HOLD = 1
    FORGET = 2
    TASK = 3
    RECALL = 4
    READY = 5
    DONE = 6
    RAISED = 7
    RETURNED = 8
    BEGUN = 9


class Frame(NamedTuple):
    """One message.

    Attributes
    ----------
    kind : Kind
    number : int
        Of the task or the shared object that it is about.
    data : bytes
        A pickle.
    memory : int
        Bytes that the worker holds; 0 where that is not known.
    """

    kind: Kind
    number: int = 0
    data: bytes = b""
    memory: int = 0


def encoded(frame: Frame) -> bytes:
    """Return the frame as bytes."""
    return _HEAD.pack(frame.kind, frame.number, frame.memory, len(frame.data)) + frame.data


def read_frame(stream: IO[bytes]) -> Frame | None:
    """Read one frame; None where the other side has ended, also within a frame."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, number, memory, size = _HEAD.unpack(head)
    data = stream.read(size) if size else b""
    return Frame(Kind(kind), number, data, memory) if len(data) == size else None
