"""What a picture shows of each node: values joined by label, modules as numbers, choke points."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import (
    BoolArray,
    FloatArray,
    Graph,
    IntArray,
    brief,
    check_graph,
    node_index,
)
from netplastic.graphs import choke_points
from netplastic.model import PlasticNetwork

__all__ = [
    *("Modules", "Values", "chokes_of", "graph_of", "known", "modules_of", "numbers", "values_of"),
]

Values: TypeAlias = "pd.DataFrame | pd.Series[Any] | Mapping[Hashable, Any] | None"

_FIRST = ("excess", "log2_stable")
_DESCRIPTIVE = ("node", "module", "role", "degree", "neighbor_edges", "size", "radius", "strength")


@dataclass(frozen=True, kw_only=True)
class Modules:
    """Modules of n nodes: `number` (n,), -1 for connectors; their labels; where they come from.

    `chokes` are the choke points, where the look for modules has found them as well.
    """

    number: IntArray
    labels: list[Any]
    source: str
    chokes: BoolArray | None = None


def graph_of(network: PlasticNetwork | Graph) -> Graph:
    """The graph of a network or graph that may be drawn."""
    if isinstance(network, PlasticNetwork):
        if network.graph is not None:
            return network.graph
        wired: Graph = nx.DiGraph() if network.directed else nx.Graph()
        wired.add_nodes_from(network.nodes)
        arcs = zip(network.wiring.source.tolist(), network.wiring.target.tolist(), strict=True)
        wired.add_edges_from((network.nodes[a], network.nodes[b]) for a, b in arcs)
        return wired
    return check_graph(network, "network", kinds="a PlasticNetwork, a networkx Graph or DiGraph")


def modules_of(graph: Graph, modules: str | Mapping[Hashable, Any] | None) -> Modules:
    """Number the modules in the order of the nodes.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    modules : str, mapping or None
        Name of a node attribute, "louvain", or node: module. None: `module`, where no node has
        one the communities of `graphs.choke_points`. Nodes with the role "connector" and nodes
        without a module (None, NaN) are connectors.
    """
    if not (modules is None or isinstance(modules, str | Mapping | pd.Series)):
        raise TypeError(
            f"modules is {brief(modules)}; give an attribute's name, 'louvain' or a dict by node."
        )
    roles, chokes = nx.get_node_attributes(graph, "role"), None
    if isinstance(modules, Mapping | pd.Series):
        given, source = dict(modules.items()), "modules as given"
    elif modules is not None and modules != "louvain":
        given, source = nx.get_node_attributes(graph, modules), f"modules: attribute {modules}"
        if not given:
            raise ValueError(f"no node has the attribute {modules!r} that modules names.")
    elif modules is None and nx.get_node_attributes(graph, "module"):
        given, source = nx.get_node_attributes(graph, "module"), ""
    else:
        table = choke_points(_bare(graph, {}), progress=False)
        given, source = dict(zip(table["node"], table["module"], strict=True)), "modules: Louvain"
        roles, chokes = {}, table["is_choke"].to_numpy(dtype=bool)
    strangers = [node for node in given if node not in graph]
    if strangers:
        raise ValueError(f"modules has the node {strangers[0]!r}, which the graph has not.")
    numbers: dict[Any, int] = {}
    number = np.full(len(graph), -1, dtype=np.int64)
    for i, node in enumerate(graph):
        label = given.get(node)
        if label is not None and label == label and roles.get(node) != "connector":
            number[i] = numbers.setdefault(label, len(numbers))
    return Modules(number=number, labels=list(numbers), source=source, chokes=chokes)


def chokes_of(graph: Graph, modules: Modules) -> BoolArray:
    """Which nodes are choke points; modules play no part in it, and one for all is soon found."""
    if modules.chokes is not None:
        return modules.chokes
    table = choke_points(_bare(graph, {"module": 0}), progress=False)
    return table["is_choke"].to_numpy(dtype=bool)


def _bare(graph: Graph, attributes: dict[str, int]) -> Graph:
    """The graph without its modules; edges by their nodes, since Louvain depends on their order."""
    bare: Graph = nx.DiGraph() if graph.is_directed() else nx.Graph()
    bare.add_nodes_from(graph, **attributes)
    number = {node: i for i, node in enumerate(graph)}

    def place(edge: Any) -> tuple[int, int]:
        a, b = number[edge[0]], number[edge[1]]
        return (a, b) if graph.is_directed() else (min(a, b), max(a, b))

    bare.add_edges_from(sorted(graph.edges(data=True), key=place))
    return bare


def values_of(
    name: str, values: Values, graph: Graph, *, column: str | None = None
) -> pd.Series[Any]:
    """One value for each node in the graph's order, missing where there is none.

    Parameters
    ----------
    name : str
        Of the parameter, for what is wrong with it.
    values : DataFrame, Series, mapping or None
        A table with the column `node`, of which `column` is taken (by default excess, else
        log2_stable, else its only further column); a Series or a mapping by node.
    graph : networkx.Graph or networkx.DiGraph
    column : str, optional

    Returns
    -------
    pandas.Series
        Named; index as the graph's nodes.
    """
    nodes = list(graph)
    if isinstance(values, pd.DataFrame):
        given = _column(name, values, column)
    elif isinstance(values, pd.Series):
        given = values
    elif isinstance(values, Mapping):
        given = pd.Series(list(values.values()), index=node_index(list(values)), name=name)
    else:
        raise TypeError(
            f"{name} is a {type(values).__name__}; give a table with the column node, or a "
            "pandas Series or a dict by node."
        )
    found = dict(zip(given.index, given, strict=True))
    if len(found) < len(given):
        twice = given.index[given.index.duplicated()][0]
        raise ValueError(f"{name} has node {twice!r} twice; give each node one value.")
    strangers = [node for node in found if node not in graph]
    if strangers:
        raise ValueError(
            f"{name} has the node {strangers[0]!r}, which the graph has not; give values by node, "
            "as the whole table or table.set_index('node')[column]."
        )
    title = str(given.name if given.name is not None else name)
    ordered = [found.get(node, np.nan) for node in nodes]
    return pd.Series(ordered, index=node_index(nodes), name=title)


def _column(name: str, table: pd.DataFrame, column: str | None) -> pd.Series[Any]:
    if "node" not in table.columns:
        raise ValueError(f"{name} is a table without the column 'node', a {type(table).__name__}.")
    further = [str(c) for c in table.columns if c not in _DESCRIPTIVE]
    if column is None:
        column = next((c for c in _FIRST if c in table.columns and table[c].notna().any()), None)
        if column is None and len(further) == 1:
            column = further[0]
    listed = ", ".join(map(repr, further))
    if column is None:
        raise ValueError(f"{name} has the columns {listed}: give one as column=.")
    if column not in table.columns:
        raise ValueError(f"{name} has no column {column!r}; it has {listed}: give one as column=.")
    nodes = node_index(table["node"].to_list())
    return pd.Series(table[column].to_list(), index=nodes, name=column)


def numbers(values: pd.Series[Any]) -> FloatArray | None:
    """The values as numbers, NaN where there are none; None where they are categories."""
    given = [v for v in values if not _missing(v)]
    if any(isinstance(v, bool | np.bool_) or not np.isreal(v) for v in given):
        return None
    return np.array([np.nan if _missing(v) else float(v) for v in values])


def known(values: pd.Series[Any]) -> BoolArray:
    """Which values are there: categories, finite numbers."""
    found = numbers(values)
    return np.asarray(values.notna() if found is None else np.isfinite(found), dtype=bool)


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value != value
