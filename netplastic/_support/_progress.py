"""Progress bars on a terminal and below a notebook's cell, and nothing elsewhere."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._checks import check_flag
from ._types import Shown
from ._watch import Progress, is_undivided, undivided

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["bar", "search_bar", "share_bar"]

_REFRESH = 0.1  # seconds
_NOTEBOOK = 100  # characters of a bar below a cell
_PATIENCE = 1.0  # seconds that a call may take before it shows a bar that nobody asked for


@contextmanager
def bar(title: str, total: int, wanted: Shown = None) -> Iterator[Callable[[str], None]]:
    """Give a function that moves the bar by one and shows what was done last.

    The steps are parts of one computation: Ctrl-C ends the whole, not just the count under way.
    What is a step of something larger itself shows nothing unless asked: that has its own bar.
    """
    place = _place(False if wanted is None and is_undivided() else wanted)
    with undivided(), ExitStack() as stack:
        if place is None:
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
        drawn = _Drawn(stack, place, columns, wait=wanted is None)
        drawn.add(title, total=total, last="")

        def advance(done: str) -> None:
            drawn.update(advance=1, last=done)

        yield advance


@contextmanager
def search_bar(title: str, wanted: Shown) -> Iterator[Callable[[Progress], None] | None]:
    """Give a function that shows how far a search is; None where nothing is to be shown.

    A search that is a step of something larger shows nothing: that has its own bar.
    """
    place = _place(False if wanted is None and is_undivided() else wanted)
    if place is None:
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
        drawn = _Drawn(stack, place, columns, wait=wanted is None, by_hand=True)
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
    place = _place(False if wanted is None and is_undivided() else wanted)
    if place is None:
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
        drawn = _Drawn(stack, place, columns, wait=wanted is None, by_hand=True)
        drawn.add(title, total=1.0)

        turns = threading.Lock()

        def show(share: float) -> None:
            with turns:  # threads of one computation call this
                drawn.update(completed=share)

        yield show


class _Drawn:
    """One bar of rich, which appears once it is worth while."""

    def __init__(
        self, stack: ExitStack, place: _Place, columns: Any, wait: bool, by_hand: bool = False
    ) -> None:
        from rich.progress import Progress as Bar

        self._by_hand = by_hand or place.replace is not None
        self._bar = Bar(
            *columns, console=place.console, transient=True, auto_refresh=not self._by_hand
        )
        self._stack, self._place = stack, place
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
            self._refresh()
            self._drawn_at = time.monotonic()

    def _appear(self) -> None:
        if self._shown or time.monotonic() < self._from:
            return
        if self._place.replace is None:
            self._stack.enter_context(self._bar)
        else:
            self._stack.callback(self._place.replace, "")
            self._refresh()
        self._shown = True

    def _refresh(self) -> None:
        if self._place.replace is None:
            self._bar.refresh()
            return
        with self._place.console.capture() as drawn:
            self._place.console.print(self._bar.get_renderable())
        self._place.replace(drawn.get().rstrip())


def _of_about(state: Progress) -> str:
    """Boxes so far, and how many there will be if the rest of the tree is like what is done."""
    if state.share <= 0.0:
        return f"{state.boxes:,} boxes"
    return f"{state.boxes:,} of about {state.boxes / state.share:,.0f} boxes"


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a bar is drawn: on a terminal, or as text that `replace` puts below a cell."""

    console: Console
    replace: Callable[[str], None] | None = None


def _place(wanted: Shown) -> _Place | None:
    """Where to draw a bar; None if it is not wanted or nobody would see it."""
    if not (wanted is None or check_flag("progress", wanted)):
        return None
    if sys.stderr.isatty():
        from rich.console import Console

        console = Console(stderr=True)
        return _Place(console=console) if console.is_terminal else None
    replace = _below_marimo_cell() or _below_jupyter_cell()
    if replace is None:
        return None
    from rich.console import Console

    # rich's own display in notebooks needs ipywidgets, and warns at every step without it.
    console = Console(file=io.StringIO(), width=_NOTEBOOK, force_jupyter=False, color_system=None)
    return _Place(console=console, replace=replace)


def _below_jupyter_cell() -> Callable[[str], None] | None:
    """Give what replaces a text below the running cell of Jupyter (and its kin: Colab, VS Code)."""
    ipython = sys.modules.get("IPython")
    if ipython is None or getattr(ipython.get_ipython(), "kernel", None) is None:
        return None
    from IPython import display as shown

    display: Any = shown.display  # has no types
    handles: list[Any] = []

    def replace(text: str) -> None:
        bundle = {"text/plain": text} if text else {}
        if handles:
            handles[0].update(bundle, raw=True)
        else:
            handles.append(display(bundle, raw=True, display_id=True))

    return replace


def _below_marimo_cell() -> Callable[[str], None] | None:
    """Give what replaces a text below the running cell of marimo."""
    marimo = sys.modules.get("marimo")
    if marimo is None or not marimo.running_in_notebook():
        return None

    def replace(text: str) -> None:
        marimo.output.replace(marimo.plain_text(text) if text else None)

    return replace
