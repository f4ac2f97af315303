"""What a worker process does: tasks from its standard input, results to its standard output.

A thread of its own reads, so that a worker notices the end of whoever started it within any task:
however that ends, its pipe closes. What a task prints goes to standard error.
"""

from __future__ import annotations

import ctypes
import gc
import io
import os
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import IO, Any

from ._frames import Frame, Kind, encoded, read_frame
from ._watch import undivided

__all__ = ["BOOT", "main"]

BOOT = (
    "import json, sys; line = sys.stdin.buffer.readline(); line or sys.exit(1); "
    "sys.path[:] = json.loads(line); "
    "from netplastic._support._worker import main; main()"
)
"""What Python runs in a worker: it finds modules where its parent does."""

_LEAK = 2**30
"""Bytes of growth after which garbage is collected before the growth is believed."""

_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def main() -> None:
    """Work until there is nothing to read any more."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers itself
    _end_with(parent)
    answers = _Answers(os.fdopen(os.dup(1), "wb", buffering=0))
    os.dup2(2, 1)
    try:
        _serve(_Inbox(sys.stdin.buffer, answers), answers)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # an ordinary end would wait for the thread that reads, and complain of it


def _serve(inbox: _Inbox, answers: _Answers) -> None:
    shared: dict[int, Any] = {}
    function: Any = None
    timed, least = False, 0
    # What is under way here has the bars of the parent, and is a part of something larger.
    with undivided():
        while True:
            frame = inbox.next()
            if frame.kind is Kind.FUNCTION:
                function = pickle.loads(frame.data)
                timed = bool(frame.number)
                answers.send(Frame(Kind.READY, os.getpid()))
            elif frame.kind is Kind.HOLD:
                shared[frame.number] = pickle.loads(frame.data)
            elif frame.kind is Kind.FORGET:
                shared.pop(frame.number, None)
            else:
                begun = partial(answers.send, Frame(Kind.BEGUN, frame.number))
                kind, data = _outcome(function, frame.data, shared, begun if timed else _nothing)
                memory = _resident()
                if least and memory - least > _LEAK:
                    gc.collect()
                    memory = _resident()
                least = least or memory
                answers.send(Frame(kind, frame.number, data, memory))
                del data


def _nothing() -> None:
    """Nobody wants to know when a task begins."""


def _end_with(parent: int) -> None:
    """Ask Linux to end this process with its parent, even while compiled code keeps threads out."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _outcome(
    function: Any, data: bytes, shared: dict[int, Any], begun: Callable[[], None]
) -> tuple[Kind, bytes]:
    import cloudpickle

    try:
        task = _Unpickler(data, shared).load()
        begun()
        return Kind.DONE, cloudpickle.dumps(function(task))
    except BaseException as error:
        try:
            data = cloudpickle.dumps(error)
            pickle.loads(data)
        except Exception:
            data = pickle.dumps(RuntimeError(f"{type(error).__name__} in a worker process"))
        return Kind.RAISED, data


class _Unpickler(pickle.Unpickler):
    """Reads a task; objects that all tasks share stand in it by number."""

    def __init__(self, data: bytes, shared: dict[int, Any]) -> None:
        super().__init__(io.BytesIO(data))
        self._shared = shared

    def persistent_load(self, number: Any) -> Any:
        return self._shared[number]


class _Answers:
    """The way back, for both threads."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, frame: Frame) -> None:
        left = memoryview(encoded(frame))
        with self._lock:
            while left:
                try:
                    left = left[self._stream.write(left) :]
                except OSError:  # nobody listens any more
                    os._exit(1)


class _Inbox:
    """What the parent sent and is not begun."""

    def __init__(self, stream: IO[bytes], answers: _Answers) -> None:
        self._stream, self._answers = stream, answers
        self._frames: deque[Frame] = deque()
        self._some = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def next(self) -> Frame:
        with self._some:
            self._some.wait_for(lambda: bool(self._frames))
            return self._frames.popleft()

    def _listen(self) -> None:
        while (frame := read_frame(self._stream)) is not None:
            if frame.kind is Kind.RECALL:
                self._give_back()
            else:
                with self._some:
                    self._frames.append(frame)
                    self._some.notify()
        os._exit(0)

    def _give_back(self) -> None:
        """Return the tasks that are not begun: another worker has nothing to do."""
        with self._some:
            waiting = [frame for frame in self._frames if frame.kind is Kind.TASK]
            rest = [frame for frame in self._frames if frame.kind is not Kind.TASK]
            self._frames = deque(rest)
        for frame in waiting:
            self._answers.send(Frame(Kind.RETURNED, frame.number))


def _resident() -> int:
    """Bytes in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
