"""Small networks as files: writers of other programs' formats, and what a fault must say."""

import json
import re

import networkx as nx
import numpy as np
import pytest

from netplastic.graphs import NetworkFileError, read_network

SYMMETRIC = np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 3.5], [0.0, 3.5, 1.0]])
ARCS = np.triu(SYMMETRIC)
NAMES = ["AVA", "RIM", "DB 2"]


def fails(path, message, **options):
    with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
        read_network(path, **options)
    assert str(path) in str(caught.value)
    return caught.value.line


def example(directed=False):
    graph = (nx.DiGraph if directed else nx.Graph)()
    graph.add_edge("AVA", "RIM", weight=2.0)
    graph.add_edge("RIM", "DB 2", weight=3.5)
    graph.add_edge("DB 2", "DB 2", weight=1.0)
    return graph


def to_gexf(graph, path):
    nx.write_gexf(graph, path)


def to_pajek(graph, path):
    nx.write_pajek(graph, path)


def to_json(graph, path):
    path.write_text(json.dumps(nx.node_link_data(graph, edges="links")))


def to_newer_json(graph, path):
    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges")))


def to_cytoscape(graph, path):
    path.write_text(json.dumps(nx.cytoscape_data(graph)))


WRITERS = [
    (".gexf", to_gexf),
    (".net", to_pajek),
    (".json", to_json),
    (".json", to_newer_json),
    (".cyjs", to_cytoscape),
    (".graphml", lambda graph, path: nx.write_graphml(graph, path)),
    (".gml", lambda graph, path: nx.write_gml(graph, path)),
]
