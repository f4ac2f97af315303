"""Nodes are called by their labels where every node has one of its own."""

from __future__ import annotations

import networkx as nx

from netplastic._support import Graph

__all__ = ["by_label"]


def by_label(graph: Graph) -> Graph:
    """Call the nodes by their attribute `label`, if all have one and no two have the same.

    Gephi and Cytoscape give numbers as ids and keep the names that people know in `label`. The id
    becomes the attribute `id`.
    """
    labels = {node: data.get("label") for node, data in graph.nodes(data=True)}
    texts = [label for label in labels.values() if isinstance(label, str) and label.strip()]
    if not labels or len(set(texts)) != len(labels):
        return graph
    for node, data in graph.nodes(data=True):
        del data["label"]
        if labels[node] != node:
            data.setdefault("id", node)
    if all(label == node for node, label in labels.items()):
        return graph
    # A copy, so that the order of nodes stays also where a label is another node's id.
    named: Graph = nx.relabel_nodes(graph, labels, copy=True)
    return named
