"""Figures: functions that draw a table on given axes, and files that appear whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netplastic._support import axes_or_new
from netplastic.analyses import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["canvas", "new_axes", "save", "style"]

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
    """Return the given axes, or those of a new figure of pyplot, which notebooks show."""
    if ax is not None:
        return axes_or_new(ax)
    import matplotlib.pyplot as plt

    with style():
        return plt.subplots(figsize=size, layout="constrained")[1]


def save(figure: Figure, *paths: Path) -> None:
    """Write a figure in the formats that the files' endings name; equal figures, equal files."""
    for path in paths:
        kind = path.suffix.lower().removeprefix(".")
        # Without a date a file depends on nothing but what it shows.
        stamp = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        with style(), whole(path) as pending:
            figure.savefig(pending, format=kind, dpi=DOTS_PER_INCH, metadata=stamp)
