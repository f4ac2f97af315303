"""Progress bars on a terminal, and nothing elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from ._checks import check_flag
from ._types import Shown
from ._watch import Progress, is_undivided, undivided

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["bar", "search_bar", "share_bar"]

_REFRESH = 0.1  # seconds
_PATIENCE = 1.0  # seconds that a call may take before it shows a bar that nobody asked for


@contextmanager
def bar(title: str, total: int, wanted: Shown = None) -> Iterator[Callable[[str], None]]:
    """Give a function that moves the bar by one and shows what was done last.

    The steps are parts of one computation: Ctrl-C ends the whole, not just the count under way.
    What is a step of something larger itself shows nothing unless asked: that has its own bar.
    """
    console = _terminal(False if wanted is None and is_undivided() else wanted)
    with undivided(), ExitStack() as stack:
        if console is None:
            yield lambda done: None
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[last]}", style="dim"),
        )
        drawn = _Drawn(stack, console, columns, wait=wanted is None)
        drawn.add(title, total=total, last="")

        def advance(done: str) -> None:
            drawn.update(advance=1, last=done)

        yield advance


@contextmanager
def search_bar(title: str, wanted: Shown) -> Iterator[Callable[[Progress], None] | None]:
    """Give a function that shows how far a search is; None where nothing is to be shown.

    A search that is a step of something larger shows nothing: that has its own bar.
    """
    console = _terminal(False if wanted is None and is_undivided() else wanted)
    if console is None:
        yield None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[boxes]}, {task.fields[roots]:,} found"),
        TimeElapsedColumn(),
    )
    with ExitStack() as stack:
        # Drawn between chunks of the search: a thread of its own would get no turn within them.
        drawn = _Drawn(stack, console, columns, wait=wanted is None, by_hand=True)
        drawn.add(title, total=1.0, boxes="0 boxes", roots=0)

        def show(state: Progress) -> None:
            name = title if state.search == 1 else f"{title}, part {state.search}"
            drawn.update(
                completed=state.share, boxes=_of_about(state), roots=state.roots, description=name
            )

        yield show


@contextmanager
def share_bar(title: str, wanted: Shown) -> Iterator[Callable[[float], None] | None]:
    """Give a function that shows which share of the way is done; None where nothing is to be shown.

    Ctrl-C is the caller's: it returns what it has. A step of something larger shows nothing.
    """
    console = _terminal(False if wanted is None and is_undivided() else wanted)
    if console is None:
        yield None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("Ctrl-C keeps what is there", style="dim"),
    )
    with ExitStack() as stack:
        drawn = _Drawn(stack, console, columns, wait=wanted is None, by_hand=True)
        drawn.add(title, total=1.0)

        turns = threading.Lock()

        def show(share: float) -> None:
            with turns:  # threads of one computation call this
                drawn.update(completed=share)

        yield show


class _Drawn:
    """One bar of rich, which appears once it is worth while."""

    def __init__(
        self, stack: ExitStack, console: Console, columns: Any, wait: bool, by_hand: bool = False
    ) -> None:
        from rich.progress import Progress as Bar

        self._bar = Bar(*columns, console=console, transient=True, auto_refresh=not by_hand)
        self._stack, self._by_hand = stack, by_hand
        self._from = time.monotonic() + (_PATIENCE if wait else 0.0)
        self._shown = False
        self._drawn_at = -_REFRESH

    def add(self, title: str, **fields: Any) -> None:
        self._task = self._bar.add_task(title, **fields)
        self._appear()

    def update(self, **fields: Any) -> None:
        self._bar.update(self._task, **fields)
        self._appear()
        if self._by_hand and self._shown and time.monotonic() - self._drawn_at >= _REFRESH:
            self._bar.refresh()
            self._drawn_at = time.monotonic()

    def _appear(self) -> None:
        if not self._shown and time.monotonic() >= self._from:
            self._stack.enter_context(self._bar)
            self._shown = True


def _of_about(state: Progress) -> str:
    """Boxes so far, and how many there will be if the rest of the tree is like what is done."""
    if state.share <= 0.0:
        return f"{state.boxes:,} boxes"
    return f"{state.boxes:,} of about {state.boxes / state.share:,.0f} boxes"


def _terminal(wanted: Shown) -> Console | None:
    """Errors' console if it is a terminal and a bar is wanted; rich is loaded only there."""
    shown = wanted is None or check_flag("progress", wanted)
    if not (shown and sys.stderr.isatty()):
        return None
    from rich.console import Console

    console = Console(stderr=True)
    return console if console.is_terminal else None
