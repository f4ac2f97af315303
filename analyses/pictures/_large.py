"""Networks of which no drawing shows all nodes: values over degree, and the modules around one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import BoolArray, FloatArray, Graph, Node

from ._counts import plot_counts
from ._figures import new_axes, style, words
from ._network import draw
from ._values import Modules, Values, chokes_of, known, modules_of, numbers, values_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_large"]

_DRAWN = 300
_STEPS = 3


def plot_large(
    graph: Graph,
    values: Values,
    *,
    column: str | None,
    ax: Axes | None,
    modules: str | Mapping[Hashable, Any] | None,
    focus: Node | None,
) -> Axes:
    """Draw values over degree beside the modules around `focus`, on parts of the given axes."""
    shown = None if values is None else values_of("values", values, graph, column=column)
    if focus is not None and focus not in graph:
        raise ValueError(f"focus is {focus!r}, which is no node of the graph.")
    bits = None if shown is None or not known(shown).any() else numbers(shown)
    modules_found = modules_of(graph, modules)
    part = _around(graph, modules_found, _focus(graph, bits) if focus is None else focus)
    inside = [i for i, node in enumerate(graph) if node in part]
    chokes = chokes_of(graph, modules_found)
    ax = new_axes(ax, (9.0, 4.0))
    ax.set_axis_off()
    notes = [f"{len(graph):,} nodes, too many to draw:", f"{len(part):,} of them around one"]
    with style():
        detail = ax if bits is None else ax.inset_axes((0.52, 0.0, 0.4, 0.85))
        draw(
            part, _numbered(modules_found, inside), detail, chokes=chokes[inside],
            values=None if shown is None else shown.iloc[inside],
        )  # fmt: skip
        if shown is not None and bits is not None:
            _plane(ax, graph, shown, bits, chokes)
            detail.set_autoscale_on(True)
            detail.set_aspect("equal", adjustable="datalim")  # a scale as high as it may be
            hidden = int((~np.isfinite(bits)).sum())
            notes += [f"{hidden:,} without a value (hatched)"] if hidden else []
        elif shown is not None and not known(shown).any():
            notes += [f"none has a value of {words(shown.name)} (hatched)"]
        detail.set_title("")
        ax.set_title("\n".join(notes), fontsize=8, color="0.35")
    return ax


def _plane(
    ax: Axes, graph: Graph, shown: pd.Series[Any], bits: FloatArray, chokes: BoolArray
) -> None:
    """Values over degree on the left part of the axes."""
    plain: Graph = nx.Graph(graph)
    plain.remove_edges_from(list(nx.selfloop_edges(plain)))
    degrees = [degree for _, degree in plain.degree()]
    kinds = np.where(chokes, "choke point", "other")
    table = pd.DataFrame({"degree": degrees, shown.name: bits, "node": kinds})
    plane = ax.inset_axes((0.0, 0.0, 0.4, 0.85))
    plot_counts(table, y=str(shown.name), hue="node", ax=plane)
    plane.set_title("")
    legend = plane.get_legend()
    if legend is not None:  # where there is room for it
        legend.remove()
        ax.legend(*plane.get_legend_handles_labels(), loc="upper left", ncols=2)


def _focus(graph: Graph, bits: FloatArray | None) -> Node:
    """The node of greatest value, else of greatest degree."""
    nodes: list[Node] = list(graph)
    if bits is not None and np.isfinite(bits).any():
        return nodes[int(np.nanargmax(np.where(np.isfinite(bits), bits, np.nan)))]
    return max(nodes, key=dict(graph.degree()).__getitem__)


def _around(graph: Graph, modules: Modules, focus: Node) -> Graph:
    """The graph on the modules nearest to a node and what joins them, in the graph's order."""
    number = dict(zip(graph, modules.number.tolist(), strict=True))
    members: dict[int, list[Node]] = {}
    for node, k in number.items():
        members.setdefault(k, []).append(node)
    near = nx.single_source_shortest_path_length(graph.to_undirected(as_view=True), focus, _STEPS)
    kept: set[Node] = {node for node in near if number[node] < 0 or near[node] == 0}
    for node in sorted(near, key=lambda node: near[node]):
        if number[node] >= 0 and len(kept) + len(members[number[node]]) <= _DRAWN:
            kept.update(members[number[node]])
    part = graph.__class__()
    part.add_nodes_from(node for node in graph if node in kept)
    part.add_edges_from(graph.subgraph(kept).edges())
    return part


def _numbered(modules: Modules, inside: list[int]) -> Modules:
    """The modules of some of the nodes, numbered anew."""
    number = modules.number[inside]
    kept, own = np.unique(number[number >= 0], return_inverse=True)
    found = np.full(len(inside), -1, dtype=np.int64)
    found[number >= 0] = own
    labels = [modules.labels[k] for k in kept]
    return Modules(number=found, labels=labels, source=modules.source)
