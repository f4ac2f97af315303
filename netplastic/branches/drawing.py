"""Drawing a bifurcation diagram."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from netplastic._support import BoolArray, FloatArray, Node

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .diagram import BifurcationDiagram

__all__ = ["draw"]

_STABLE, _UNSTABLE = "#0072b2", "#d55e00"  # Okabe & Ito 2008: told apart by the colour-blind
_MARKS = {
    "fold": ("s", "#000000"),
    "pitchfork (supercritical)": ("o", "#009e73"),
    "pitchfork (subcritical)": ("o", "#cc79a7"),
    "pitchfork (mixed)": ("P", "#cc79a7"),
    "transcritical": ("X", "#e69f00"),
    "hopf": ("D", "#56b4e9"),
}


def draw(
    diagram: BifurcationDiagram,
    ax: Axes | None,
    observable: Node | Callable[[FloatArray], float] | None,
) -> Axes:
    """Draw branches and special points; see `BifurcationDiagram.plot`."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots()
    value, label = _reader(diagram, observable)
    for branch in diagram.branches:
        heights = np.array([value(row) for row in branch.rates])
        for part, stable in _pieces(branch.stable):
            ax.plot(
                branch.parameter[part],
                heights[part],
                color=_STABLE if stable else _UNSTABLE,
                linestyle="-" if stable else "--",
                linewidth=1.6 if stable else 1.0,
                zorder=2 if stable else 1,
            )
    _mark(diagram, ax, value)
    for stable in (True, False):
        ax.plot(
            [],
            [],
            color=_STABLE if stable else _UNSTABLE,
            linestyle="-" if stable else "--",
            label="stable" if stable else "unstable",
        )
    ax.set_xlabel(diagram.parameter)
    ax.set_ylabel(label)
    ax.set_xlim(*sorted((diagram.start, diagram.stop)))
    if diagram.start > diagram.stop:
        ax.invert_xaxis()
    ax.legend(fontsize="small", frameon=False)
    return ax


def _mark(diagram: BifurcationDiagram, ax: Axes, value: Callable[[FloatArray], float]) -> None:
    activation = diagram._explorer.problem.net(diagram.start).activation
    labelled: set[str] = set()
    for point in diagram.points:
        marker, colour = _MARKS[point.kind]
        height = value(activation.rate(point.activity))
        ax.plot(
            [point.value],
            [height],
            linestyle="",
            marker=marker,
            color=colour,
            markeredgecolor="white",
            markersize=7,
            zorder=3,
            label=None if point.kind in labelled else point.kind,
        )
        labelled.add(point.kind)


def _pieces(stable: BoolArray) -> list[tuple[slice, bool]]:
    """Runs of equal stability; each reaches the first point of the next, so lines join up."""
    cuts = [0, *(np.flatnonzero(stable[1:] != stable[:-1]) + 1).tolist(), len(stable)]
    return [
        (slice(a, min(b + 1, len(stable))), bool(stable[a])) for a, b in itertools.pairwise(cuts)
    ]


def _reader(
    diagram: BifurcationDiagram, observable: Node | Callable[[FloatArray], float] | None
) -> tuple[Callable[[FloatArray], float], str]:
    if observable is None:
        return (lambda rates: float(rates.mean())), "mean rate"
    if callable(observable):
        function = observable
        return (lambda rates: float(function(rates))), getattr(function, "__name__", "observable")
    if observable not in diagram.nodes:
        raise ValueError(
            f"observable {observable!r} is no node of the network; give a node, a function of "
            "the rates, or None for the mean rate."
        )
    number = diagram.nodes.index(observable)
    return (lambda rates: float(rates[number])), f"rate of {observable!r}"
