"""A network as a matrix, sorted by module."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from netplastic._support import FloatArray, Graph, as_numbers, brief
from netplastic.model import PlasticNetwork

from ._colours import scale
from ._figures import new_axes, style
from ._values import graph_of, modules_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_matrix"]

LARGEST = 5000


def plot_matrix(
    network: PlasticNetwork | Graph,
    values: FloatArray | None = None,
    *,
    modules: str | Mapping[Hashable, object] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a network as a matrix: nodes sorted by module, modules in boxes, connectors last.

    Parameters
    ----------
    network : PlasticNetwork, networkx.Graph or networkx.DiGraph
        Up to 5,000 nodes.
    values : ndarray (n, n) or None
        Drawn instead of the edges' `weight` (1 without), in the graph's order of nodes: row i,
        column j for the arc from i to j. 0 and NaN are white.
    modules : str, mapping or None
        As in `plot_network`.
    ax : matplotlib.axes.Axes or None
        Drawn on; None: a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        If that is no network or graph, has too many nodes, or values or modules do not fit it.

    Examples
    --------
    >>> import netplastic as npl
    >>> ax = npl.plot_matrix(npl.graphs.caveman())
    """
    from matplotlib.patches import Rectangle

    graph = graph_of(network)
    n = len(graph)
    if n > LARGEST:
        raise ValueError(f"the graph has {n:,} nodes; a matrix shows up to {LARGEST:,}.")
    said = f"give ({n}, {n}), a row for each node."
    matrix = nx.to_numpy_array(graph) if values is None else as_numbers("values", values, said)
    if matrix.shape != (n, n):
        raise ValueError(f"values is {brief(values)}, of shape {matrix.shape}; {said}")
    number = modules_of(graph, modules).number
    order = np.argsort(np.where(number < 0, n, number), kind="stable")
    shown = np.ma.masked_where((matrix == 0.0) | ~np.isfinite(matrix), matrix)[np.ix_(order, order)]
    colours, norm = scale(np.append(shown.compressed(), 0.0))
    ax = new_axes(ax)
    with style():
        image = ax.imshow(shown, cmap=colours, norm=norm, interpolation="nearest")
        for k in range(int(number.max(initial=-1)) + 1):
            (first, *_), size = np.flatnonzero(number[order] == k), int((number == k).sum())
            ax.add_patch(
                Rectangle((first - 0.5, first - 0.5), size, size, fill=False, linewidth=0.8)
            )
        figure = ax.get_figure()
        if figure is not None:
            place = ax.inset_axes((1.03, 0.15, 0.04, 0.7))
            figure.colorbar(image, cax=place, label="weight" if values is None else "value")
        ax.set_xlabel("to (nodes sorted by module)")
        ax.set_ylabel("from")
        ax.set_xticks([])
        ax.set_yticks([])
    return ax
