"""Where a figure is drawn: on given axes, or on new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._checks import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axes_or_new"]


def axes_or_new(ax: Axes | None) -> Axes:
    """Return the axes to draw on; matplotlib is loaded only here.

    Raises
    ------
    TypeError
        For what is neither axes of matplotlib nor None.
    """
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    if ax is None:
        return plt.subplots()[1]
    if not isinstance(ax, Axes):
        raise TypeError(f"ax is {brief(ax)}; give matplotlib axes, as of plt.subplots(), or None")
    return ax
