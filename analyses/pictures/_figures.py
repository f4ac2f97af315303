"""Figures: functions that draw a table on given axes, and files that appear whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netplastic._support import brief
from netplastic.analyses import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["beside", "canvas", "few", "new_axes", "save", "style", "words"]

DOTS_PER_INCH = 160
STYLE: dict[Any, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "font.size": 9,
    "svg.hashsalt": "netplastic",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of these figures inside the block, whatever the user's settings."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield
        # A notebook's first figure may be drawn here: it switches this on, for all that follow.
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)


def canvas(columns: int = 1, rows: int = 1, *, size: tuple[float, float] = (6.0, 4.0)) -> Any:
    """Make a figure of its own, apart from pyplot and its windows, with a list of axes.

    Parameters
    ----------
    columns, rows : int
    size : tuple of float
        Width and height of the whole, in inches.

    Examples
    --------
    >>> figure, axes = canvas(2)
    >>> len(axes)
    2
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.ravel())


def new_axes(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the given axes, or those of a new figure of pyplot, which notebooks show.

    Raises
    ------
    TypeError
        For what is neither axes of matplotlib nor None.
    """
    from matplotlib.axes import Axes

    if ax is None:
        import matplotlib.pyplot as plt

        with style():
            return plt.subplots(figsize=size, layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise TypeError(f"ax is {brief(ax)}; give matplotlib axes, as of plt.subplots(), or None")
    ax.tick_params(labelsize=STYLE["xtick.labelsize"])
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set_fontsize(STYLE["axes.labelsize"])
    for side in ("top", "right"):
        if side in ax.spines:
            ax.spines[side].set_visible(False)
    return ax


def words(name: object) -> str:
    """Write the name of a column as a reader would."""
    return str(name).replace("_", " ")


def few(count: int, room: int = 30) -> list[int]:
    """Which of the numbers 0, 1, ... are named where there is room for so many characters."""
    digits = len(str(max(count - 1, 0))) + 1
    return list(range(0, count, max(1, -(-count * digits // room))))


def beside(ax: Axes, *, title: str | None = None, **more: Any) -> None:
    """Put the legend to the right of the data."""
    ax.legend(title=title, loc="center left", bbox_to_anchor=(1.0, 0.5), **more)


def save(figure: Figure, *paths: Path) -> None:
    """Write a figure in the formats that the files' endings name; equal figures, equal files."""
    for path in paths:
        kind = path.suffix.lower().removeprefix(".")
        # Without a date a file depends on nothing but what it shows.
        stamp = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        with style(), whole(path) as pending:
            figure.savefig(pending, format=kind, dpi=DOTS_PER_INCH, metadata=stamp)
