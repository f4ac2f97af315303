"""Names of nodes, placed when a figure is drawn: only then is its size known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netplastic._support import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

__all__ = ["add_labels"]

_POINTS = (6.0, 8.0)
_READABLE = 5.0
"""Points of a unit of the layout below which labels hide more than they tell."""
_LONGEST = 24
_SIDES = np.array([[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, 1], [1, -1], [-1, -1]])
_REACH = np.where(np.all(_SIDES, axis=1), 0.6, 1.0)[:, None]


def add_labels(
    ax: Axes, at: FloatArray, radius: FloatArray, named: list[tuple[int, str]], *, always: bool
) -> None:
    """Write names beside nodes, over as few nodes as can be and never over another text.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    at, radius : float arrays (n, 2) and (n,)
        Places and sizes of all nodes.
    named : list of (int, str)
        Which nodes get a name; the first ones choose first.
    always : bool
        Also those that find no free place, or could not be read.
    """
    from matplotlib.artist import Artist
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=1.5, foreground="white", alpha=0.8)]
    texts = [
        ax.text(
            at[number, 0], at[number, 1], _short(name), ha="center", va="center", zorder=4,
            path_effects=halo, parse_math=False,
        )
        for number, name in named
    ]  # fmt: skip
    first = (
        Artist()
    )  # draws nothing: it comes before the texts, so that they stand where they should
    first.draw = _Placing(ax, at, radius, named, texts, always)  # type: ignore[method-assign]
    first.set_zorder(-1.0)
    for artist in (first, *texts):
        artist.set_in_layout(False)
    ax.add_artist(first)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}\u2026"


@dataclass(frozen=True, eq=False)
class _Placing:
    """Places texts each time their figure is drawn."""

    ax: Axes
    at: FloatArray
    radius: FloatArray
    named: list[tuple[int, str]]
    texts: list[Text]
    always: bool

    def __call__(self, renderer: Any) -> None:
        """Place all; see `add_labels`."""
        to_pixels = self.ax.transData
        places = to_pixels.transform(self.at)
        unit = float(np.ptp(to_pixels.transform([[0.0, 0.0], [1.0, 0.0]])[:, 0]))
        radius, point = self.radius * unit, renderer.points_to_pixels(1.0)
        taken = _furniture(self.ax, renderer)
        for (number, _), text in zip(self.named, self.texts, strict=True):
            text.set_visible(self.always or unit >= _READABLE * point)
            if not text.get_visible():
                continue
            text.set_fontsize(float(np.clip(0.8 * unit / point, *_POINTS)))
            extent = text.get_window_extent(renderer)
            half = np.array([extent.width, extent.height]) / 2.0
            centers = places[number] + _SIDES * (half + (radius[number] + 2.5 * point) * _REACH)
            boxes = np.hstack([centers - half, centers + half])
            free = _free(boxes, _room(self.ax, renderer), taken)
            beyond = np.maximum(abs(places - centers[:, None]) - half, 0.0)
            covered = (np.hypot(beyond[..., 0], beyond[..., 1]) < radius).sum(axis=1)
            best = int(np.argmin(covered + len(places) * ~free))
            text.set_visible(bool(free[best]) or self.always)
            x, y = to_pixels.inverted().transform(centers[best]).tolist()
            text.set_position((x, y))
            taken += [boxes[best]] if text.get_visible() else []


def _free(boxes: FloatArray, room: FloatArray, taken: list[FloatArray]) -> Any:
    """Which boxes (k, 4) lie in the room and on nothing that is there."""
    free = np.all((boxes[:, :2] >= room[:2]) & (boxes[:, 2:] <= room[2:]), axis=1)
    for one in taken:
        free &= np.any((boxes[:, :2] >= one[2:]) | (boxes[:, 2:] <= one[:2]), axis=1)
    return free


def _room(ax: Axes, renderer: Any) -> FloatArray:
    """The figure where these axes are alone in it, else the axes."""
    figure = ax.get_figure(root=True)
    alone = figure is not None and figure.axes == [ax]
    return np.asarray((figure if alone else ax).get_window_extent(renderer).extents)  # type: ignore[union-attr]


def _furniture(ax: Axes, renderer: Any) -> list[FloatArray]:
    """Where there is a scale, a legend or a title."""
    there: list[Any] = [child.get_tightbbox(renderer) for child in ax.child_axes]
    legend = ax.get_legend()
    there += [] if legend is None else [legend.get_window_extent(renderer)]
    titles = (ax.title, ax._left_title, ax._right_title)  # type: ignore[attr-defined]
    there += [title.get_window_extent(renderer) for title in titles if title.get_text()]
    return [np.asarray(box.extents) for box in there if box is not None]
