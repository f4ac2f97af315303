"""Progress bars; who wants one is said by `Shown`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ._checks import check_flag
from ._types import Shown
from ._watch import Progress, undivided

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["bar", "search_bar"]

_REFRESH = 0.1  # seconds


@contextmanager
def bar(title: str, total: int, wanted: Shown = None) -> Iterator[Callable[[str], None]]:
    """Give a function that moves the bar by one and shows what was done last.

    The steps are parts of one computation: Ctrl-C ends the whole, not just the count under way.
    """
    with undivided():
        console = _console(wanted)
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
        from rich.progress import Progress as Bar

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[last]}", style="dim"),
        )
        with Bar(*columns, console=console, transient=True) as drawn:
            number = drawn.add_task(title, total=total, last="")
            yield lambda done: drawn.update(number, advance=1, last=done)


@contextmanager
def search_bar(title: str, wanted: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Give a function that shows how far a search is; None where nothing is to be shown."""
    console = _console(None if wanted else False)
    if console is None:
        yield None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[boxes]:,} boxes, {task.fields[roots]:,} found"),
        TimeElapsedColumn(),
    )
    # Drawn between chunks of the search: a thread of its own would get no turn within them.
    with Bar(*columns, console=console, transient=True, auto_refresh=False) as drawn:
        number = drawn.add_task(title, total=1.0, boxes=0, roots=0)
        drawn_at = -_REFRESH

        def show(state: Progress) -> None:
            nonlocal drawn_at
            name = title if state.search == 1 else f"{title}, part {state.search}"
            drawn.update(
                number,
                completed=state.share,
                boxes=state.boxes,
                roots=state.roots,
                description=name,
            )
            if time.monotonic() - drawn_at >= _REFRESH:
                drawn.refresh()
                drawn_at = time.monotonic()

        yield show


def _console(wanted: Shown) -> Console | None:
    """Return what to draw on, if anything; rich is loaded only there."""
    wanted = None if wanted is None else check_flag("progress", wanted)
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        return None
    from rich.console import Console

    console = Console(stderr=True, force_terminal=wanted or None)
    return console if console.is_terminal else None
