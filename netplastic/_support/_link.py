"""The parent's end of a worker process: what it was sent, what it is doing, whether it lives."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from ._frames import Frame, Kind, encoded, read_frame
from ._worker import BOOT

__all__ = ["Link", "Shared"]

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Linear algebra shares the cores with nobody: results then round alike on one process or many."""

_HELD_BYTES = 64 * 2**20
"""Size of the pickles of shared objects that a worker keeps, and that the parent keeps for it."""

_LEAK = 2**30
"""Bytes by which a worker may grow from its first task on before it is renewed."""

_AT_ONCE = 0.05
"""Seconds of work that a worker may have waiting: short tasks are sent several at a time."""

_MOST_WAITING = 16


class Shared:
    """Objects that many tasks hold, pickled once."""

    def __init__(self, of: Callable[[Any], Iterable[Any]]) -> None:
        self._of = of
        self._numbers: dict[int, int] = {}
        self._objects: list[Any] = []
        self._pickles: OrderedDict[int, bytes] = OrderedDict()

    def pickled(self, task: Any) -> tuple[bytes, list[int]]:
        """Return a task with its shared objects by number, and these numbers."""
        from cloudpickle import CloudPickler

        numbers = self._numbers
        used = [self._number(value) for value in self._of(task)]

        class Pickler(CloudPickler):  # type: ignore[misc]  # it is not typed
            def persistent_id(self, value: Any) -> int | None:
                return numbers.get(id(value))

        stream = io.BytesIO()
        Pickler(stream).dump(task)
        return stream.getvalue(), used

    def data(self, number: int) -> bytes:
        """Return the pickle of a shared object; those used last are at hand."""
        import cloudpickle

        if number not in self._pickles:
            self._pickles[number] = cloudpickle.dumps(self._objects[number])
        self._pickles.move_to_end(number)
        _drop_oldest(self._pickles, lambda data: len(data))
        return self._pickles[number]

    def _number(self, value: Any) -> int:
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)  # kept alive: its address stands for it
        return self._numbers[id(value)]


def _drop_oldest(held: OrderedDict[int, Any], size: Callable[[Any], int]) -> list[int]:
    """Drop what was used longest ago while all is too large; the last stays."""
    dropped = []
    total = sum(map(size, held.values()))
    while total > _HELD_BYTES and len(held) > 1:
        number, value = held.popitem(last=False)
        total -= size(value)
        dropped.append(number)
    return dropped


class Link:
    """One worker process.

    Attributes
    ----------
    tasks : deque of int
        Numbers of the tasks that it was sent, the first under way.
    ready : bool
        Whether it has started.
    begun : bool
        Whether it has said that it began the first of them; it does so where that is timed.
    outgrown : bool
        Whether it holds so much more than at first that a new one is better.
    """

    def __init__(
        self, function: bytes, events: SimpleQueue[tuple[Link, Frame | None]], timed: bool
    ) -> None:
        self.tasks: deque[int] = deque()
        self.ready = self.begun = self.outgrown = self.recalled = False
        self.began = time.monotonic()
        self._took = float("inf")
        self._least = 0
        self._held: OrderedDict[int, int] = OrderedDict()
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-c", BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=os.environ | _ONE_THREAD,
            start_new_session=True,  # Ctrl-C is for the parent
        )
        places = [place for place in sys.path if isinstance(place, str)]
        self._outbox.put(json.dumps(places).encode() + b"\n")
        self._outbox.put(encoded(Frame(Kind.FUNCTION, int(timed), function)))
        threading.Thread(target=self._write, daemon=True).start()
        threading.Thread(target=self._read, args=(events,), daemon=True).start()

    def _write(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        with suppress(OSError, ValueError), stream:
            while (data := self._outbox.get()) is not None:
                left = memoryview(data)
                while left:
                    left = left[stream.write(left) or 0 :]

    def _read(self, events: SimpleQueue[tuple[Link, Frame | None]]) -> None:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError), io.BufferedReader(self._process.stdout) as stream:  # type: ignore[type-var]
            while (frame := read_frame(stream)) is not None:
                events.put((self, frame))
        events.put((self, None))

    @property
    def ended(self) -> bool:
        """Whether the process is gone, though something that it started may hold its pipe."""
        return self._process.poll() is not None

    @property
    def room(self) -> bool:
        """Whether it may be sent another task."""
        if not self.tasks:
            return not self.outgrown
        late = time.monotonic() - self.began > _AT_ONCE
        if self.outgrown or self.recalled or late or not self.ready:
            return False
        waiting = int(min(_MOST_WAITING, max(1.0, _AT_ONCE / self._took)))
        return len(self.tasks) < waiting

    def send(self, number: int, data: bytes, used: list[int], shared: Shared) -> None:
        """Send a task, after what it shares with others and the worker does not hold."""
        for one in used:
            if one not in self._held:
                pickled = shared.data(one)
                self._held[one] = len(pickled)
                self._put(Frame(Kind.HOLD, one, pickled))
            self._held.move_to_end(one)
        self._put(Frame(Kind.TASK, number, data))
        for one in _drop_oldest(self._held, lambda size: size):
            self._put(Frame(Kind.FORGET, one))
        if not self.tasks:
            self.began = time.monotonic()
        self.tasks.append(number)

    def recall(self) -> None:
        """Ask for the tasks back that it has not begun."""
        self.recalled = True
        self._put(Frame(Kind.RECALL))

    def note(self, frame: Frame) -> None:
        """Take note of an answer."""
        now = time.monotonic()
        if frame.kind is Kind.READY:
            self.ready = True
            self.began = now
            return
        if frame.kind is Kind.BEGUN:
            self.begun, self.began = True, now
            return
        self.tasks.remove(frame.number)
        if frame.kind is Kind.RETURNED:
            return
        self._took = now - self.began
        self.began = now
        self.begun = self.recalled = False
        self._least = self._least or frame.memory
        self.outgrown = frame.memory - self._least > _LEAK

    def end(self) -> None:
        """Let it go once it has done what it has."""
        self._outbox.put(None)

    def kill(self) -> None:
        """End it at once."""
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)  # and what it has started itself
            else:
                self._process.kill()
        self._outbox.put(None)
        self._process.wait()

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; its exit status, None if it goes on."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _put(self, frame: Frame) -> None:
        self._outbox.put(encoded(frame))
