"""A network as a page shows it, and what had to be left out of it."""

from __future__ import annotations

import pandas as pd

from netplastic._support import Graph

from ._drawing import dots_of, drawing_of
from ._nodes import cases_of, node_table
from ._text import plain
from ._view import NetworkView

__all__ = ["network_view"]

PLOTTED = 2
"""Cases of which counts are drawn over degree."""

TABLED = 5000
"""Nodes of a network beyond which its table would make the page too large."""


def network_view(
    number: int,
    name: str,
    graph: Graph,
    chokes: pd.DataFrame | None,
    counts: pd.DataFrame,
    *,
    drawn: int,
) -> NetworkView:
    """Lay out one network.

    Parameters
    ----------
    number : int
        Of the network on its page, from 1.
    name : str
    graph : networkx.Graph or networkx.DiGraph
    chokes : pandas.DataFrame or None
        Of `graphs.choke_points`.
    counts : pandas.DataFrame
        Of `count_neighborhoods`; any number of scopes and strengths.
    drawn : int
        Most nodes that are drawn.
    """
    notes = []
    if len(graph) > TABLED:
        notes.append(
            f"{plain(name)}: the table and the dots have the first {TABLED:,} of {len(graph):,} "
            "nodes; the tables of Python and of the command line have all."
        )
    cases = cases_of(counts, list(graph)) if len(counts) else []
    table = node_table(graph, chokes, cases, most=TABLED)
    drawing = None
    if len(graph) <= drawn:
        drawing = drawing_of(graph, chokes)
    else:
        notes.append(
            f"{plain(name)}: not drawn, for {len(graph):,} nodes would be dots on dots (at most "
            f"{drawn:,} are drawn)."
        )
    degrees = next(column.values for column in table.columns if column.key == "degree")
    roles = next((column.values for column in table.columns if column.key == "role"), None)
    names = [told.partition("\n")[0] for told in table.told]
    dots = [dots_of(case, degrees, roles or [""] * len(names), names) for case in cases[:PLOTTED]]
    kind = "directed" if graph.is_directed() else "undirected"
    return NetworkView(
        number=number,
        name=plain(name),
        about=f"{len(graph):,} nodes, {graph.number_of_edges():,} edges, {kind}",
        columns=table.columns,
        scales=table.scales,
        told=table.told,
        drawing=drawing,
        dots=[one for one in dots if one is not None],
        notes=notes,
    )
