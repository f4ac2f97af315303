"""A network as a picture: modules as discs, connectors between them, nodes coloured by a value."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from netplastic._support import BoolArray, FloatArray, Graph, Node, brief
from netplastic.model import PlasticNetwork

from ._colours import paint
from ._figures import new_axes, style
from ._labels import add_labels
from ._layout import LEAST, lay_out
from ._values import Modules, Values, chokes_of, graph_of, known, modules_of, numbers, values_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw", "layout_and_discs", "network_layout", "plot_network"]

LARGEST = 2000
"""More nodes than this would be dots on dots."""
_ARROWS, _NAMED, _MANY, _EDGES = 60, 40, 200, 500
_DISC, _EDGE = "0.94", "0.55"


def network_layout(
    network: PlasticNetwork | Graph, *, modules: str | Mapping[Hashable, Any] | None = None
) -> pd.DataFrame:
    """Where `plot_network` draws the nodes.

    Parameters
    ----------
    network : PlasticNetwork, networkx.Graph or networkx.DiGraph
    modules : str, mapping or None
        As in `plot_network`.

    Returns
    -------
    pandas.DataFrame
        One row per node in graph order: node, x, y (nodes are at least 0.8 apart) and module
        (missing for connectors). The same graph has the same places everywhere, whatever the
        order of its edges.

    Raises
    ------
    TypeError, ValueError
        If that is no network or graph, has no nodes, or `modules` does not fit it.

    Examples
    --------
    >>> import netplastic as npl
    >>> places = npl.network_layout(npl.graphs.dumbbell(module_size=4, path_length=2))
    >>> bool(places["x"].max() - places["x"].min() > places["y"].max() - places["y"].min())
    True
    """
    return layout_and_discs(network, modules=modules)[0]


def layout_and_discs(
    network: PlasticNetwork | Graph, *, modules: str | Mapping[Hashable, Any] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of `network_layout`, and one row per module's disc: x, y, radius and module."""
    graph = graph_of(network)
    found = modules_of(graph, modules)
    places, centers, radii = lay_out(_edges(graph), found.number)
    labels = [found.labels[k] if k >= 0 else None for k in found.number]
    columns = {"x": places.real, "y": places.imag, "module": pd.Series(labels, dtype=object)}
    nodes = pd.Series(list(graph), dtype=object).infer_objects()
    own = len(found.labels)
    discs = {"x": centers.real[:own], "y": centers.imag[:own], "radius": radii[:own]}
    return (
        pd.DataFrame({"node": nodes, **columns}),
        pd.DataFrame({**discs, "module": pd.Series(found.labels, dtype=object)}),
    )


def plot_network(
    network: PlasticNetwork | Graph,
    values: Values = None,
    *,
    size: Values = None,
    column: str | None = None,
    ax: Axes | None = None,
    modules: str | Mapping[Hashable, Any] | None = None,
    labels: Literal["auto", "all", "none"] | Sequence[Node] = "auto",
    focus: Node | None = None,
) -> Axes:
    """Draw a network: its modules as discs, connectors between them, choke points as diamonds.

    Parameters
    ----------
    network : PlasticNetwork, networkx.Graph or networkx.DiGraph
        Above 2,000 nodes dots would lie on dots: then the table `values` is drawn as
        `plot_counts` does, beside the modules around `focus`.
    values : DataFrame, Series, mapping or None
        Colours the nodes, by label: a table of netplastic (column `node`), of which `column` is
        taken, a Series or a dict by node. Numbers that change sign are drawn on a diverging scale
        about 0, others on viridis, everything else as categories; nodes without a value are
        hatched.
    size : DataFrame, Series, mapping or None
        Numbers of at least 0 that make the areas of the nodes, given like `values`.
    column : str or None
        The column of `values` (and `size`), by default excess, else log2_stable.
    ax : matplotlib.axes.Axes or None
        Drawn on; None: a new figure.
    modules : str, mapping or None
        Name of a node attribute, "louvain", or node: module. None: the attribute `module`, and
        where no node has one the communities of `graphs.choke_points`, which the caption says.
        Nodes with the role "connector" and those without a module are drawn between the modules.
    labels : {"auto", "all", "none"} or sequence of nodes
        "auto": all up to 40 nodes, else the choke points if there are at most 200; what could not
        be read, or would lie on another text, is left out.
    focus : node, optional
        Above 2,000 nodes the modules around it are drawn; None: around the greatest value.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        If that is no network or graph, has no nodes, or values, sizes, modules or labels do not
        fit it.

    See Also
    --------
    network_layout : the places alone
    plot_counts : counts of networks of any size

    Examples
    --------
    >>> import netplastic as npl
    >>> net = npl.PlasticNetwork(npl.graphs.hourglass(rng=0), npl.Hebbian(strength=-np.inf))
    >>> counts = npl.count_neighborhoods(net, scope="embedded")
    >>> ax = npl.plot_network(net, counts, column="excess")
    """
    graph = graph_of(network)
    if len(graph) > LARGEST:
        from ._large import plot_large

        return plot_large(graph, values, column=column, ax=ax, modules=modules, focus=focus)
    found = modules_of(graph, modules)
    shown = None if values is None else values_of("values", values, graph, column=column)
    weight = None if size is None else values_of("size", size, graph, column=column)
    chokes = chokes_of(graph, found)
    named, radius = _named(graph, labels, chokes), _radii(weight, len(graph))
    ax = new_axes(ax)
    with style():
        at = draw(graph, found, ax, chokes=chokes, values=shown, radius=radius)
        add_labels(ax, at, radius, named, always=labels != "auto")
    return ax


def draw(
    graph: Graph,
    modules: Modules,
    ax: Axes,
    *,
    chokes: BoolArray,
    values: pd.Series[Any] | None,
    radius: FloatArray | None = None,
) -> FloatArray:
    """Draw discs, edges and nodes, in units of the layout, so that nothing overlaps; the places."""
    from matplotlib.collections import EllipseCollection, LineCollection, PolyCollection

    edges = _edges(graph)
    places, centers, radii = lay_out(edges, modules.number)
    own, radius = len(modules.labels), _radii(None, len(graph)) if radius is None else radius
    at, middle = (np.column_stack([z.real, z.imag]) for z in (places, centers[:own]))
    data: dict[str, Any] = {"units": "xy", "transOffset": ax.transData}
    wide = 2.0 * radii[:own]
    ax.add_collection(
        EllipseCollection(wide, wide, np.zeros(own), offsets=middle, color=_DISC, zorder=0, **data)
    )
    apart = edges[edges[:, 0] != edges[:, 1]]
    pale = 0.5 * min(1.0, np.sqrt(_EDGES / max(len(apart), 1)))  # many are no grey wash
    ax.add_collection(LineCollection(at[apart], colors=_EDGE, linewidths=0.5, alpha=pale, zorder=1))
    loops = at[edges[edges[:, 0] == edges[:, 1], 0]] + [0.0, 0.35]
    around = np.full(len(loops), 0.5)
    ax.add_collection(
        EllipseCollection(
            around, around, 0.0 * around, offsets=loops, facecolor="none", edgecolor=_EDGE,
            linewidth=0.5, zorder=1, **data,
        )
    )  # fmt: skip
    if graph.is_directed() and len(graph) < _ARROWS:
        heads = _heads(places[apart], radius[apart[:, 1]])
        ax.add_collection(PolyCollection(heads, facecolors=_EDGE, edgecolors="none", zorder=1.5))
    outlines = [_outline(*point) for point in zip(places, radius, chokes, strict=True)]
    paint(ax, outlines, values, thick=chokes)
    ax.set_aspect("equal")
    rim = np.repeat(radii[:own], 2).reshape(-1, 2)
    corners = np.vstack([at - LEAST, at + LEAST, middle - rim, middle + rim])
    ax.set_xlim(corners[:, 0].min(), corners[:, 0].max())
    ax.set_ylim(corners[:, 1].min(), corners[:, 1].max())
    ax.set_axis_off()
    notes = [modules.source] if modules.source else []
    if values is not None and not known(values).all():
        notes.append("hatched: no value")
    if chokes.any():
        notes.append("diamonds: choke points")
    ax.set_title("; ".join(notes), fontsize="small", color="0.35")
    return at


def _edges(graph: Graph) -> Any:
    number = {node: i for i, node in enumerate(graph)}
    pairs = [(number[a], number[b]) for a, b in graph.edges()]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _radii(weight: pd.Series[Any] | None, n: int) -> FloatArray:
    """Radii of the nodes, so that equal weights have equal areas and neighbors never touch."""
    if weight is None:
        return np.full(n, 0.42 * LEAST)
    values = numbers(weight)
    if values is None or np.any(values < 0.0) or np.any(np.isinf(values)):
        raise ValueError("size must be finite numbers of at least 0, or missing.")
    share = np.sqrt(np.nan_to_num(values) / max(float(np.nanmax(values, initial=0.0)), 1e-300))
    return np.asarray(LEAST * (0.1 + 0.34 * share))


def _outline(place: complex, radius: float, choke: bool) -> FloatArray:
    turns = np.arange(4) / 4.0 if choke else np.arange(24) / 24.0
    points = place + radius * (1.12 if choke else 1.0) * np.exp(2j * np.pi * turns)
    return np.column_stack([points.real, points.imag])


def _heads(ends: Any, radius: FloatArray) -> list[FloatArray]:
    """Triangles that point at the targets of edges, outside their outlines."""
    way = ends[:, 1] - ends[:, 0]
    unit = way / abs(way)
    tip = ends[:, 1] - unit * (radius + 0.05)
    corners = [tip, tip - unit * (0.3 + 0.11j), tip - unit * (0.3 - 0.11j)]
    return [np.column_stack([z.real, z.imag]) for z in np.stack(corners, axis=1)]


def _named(graph: Graph, labels: str | Sequence[Node], chokes: BoolArray) -> list[tuple[int, str]]:
    """Positions and texts of the nodes that get a label."""
    nodes = list(graph)
    if isinstance(labels, str):
        if labels not in ("auto", "all", "none"):
            raise ValueError(
                f"labels is {labels!r}; give 'auto', 'all', 'none' or a list of nodes."
            )
        every = labels == "all" or (labels == "auto" and len(nodes) <= _NAMED)
        some = chokes & (labels == "auto" and int(chokes.sum()) <= _MANY)
        wanted = np.flatnonzero(some | every).tolist()
    else:
        if not isinstance(labels, Iterable):
            raise TypeError(f"labels is {brief(labels)}; give 'auto', 'all', 'none' or nodes.")
        number = {node: i for i, node in enumerate(nodes)}
        unknown = [node for node in labels if node not in number]
        if unknown:
            raise ValueError(f"labels has the node {unknown[0]!r}, which the graph has not.")
        wanted = [number[node] for node in labels]
    wanted.sort(key=lambda i: not chokes[i])  # which find a place first
    return [(i, str(nodes[i])) for i in wanted]
