"""What tables with one row per ball say of the ball, whatever was computed for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from netplastic._support import IntArray
from netplastic.model import PlasticNetwork

from ._balls import Ball

__all__ = ["ball_columns", "objects"]


def ball_columns(net: PlasticNetwork, balls: list[Ball], graph: sparse.csr_array) -> dict[str, Any]:
    """Columns node, module, role, degree, neighbor_edges and size; `graph` is the skeleton."""
    attributes: Any = net.node_attributes
    labels = [net.nodes[ball.center] for ball in balls]
    own = [attributes.get(node, {}) for node in labels]
    degree = np.diff(graph.indptr)
    return {
        "node": objects(labels).infer_objects(),
        "module": objects([data.get("module") for data in own]).infer_objects(),
        "role": objects([data.get("role") for data in own]),
        "degree": np.array([degree[ball.center] for ball in balls], dtype=np.int64),
        "neighbor_edges": _neighbor_edges(graph, balls),
        "size": np.array([len(ball.members) for ball in balls], dtype=np.int64),
    }


def _neighbor_edges(graph: sparse.csr_array, balls: list[Ball]) -> IntArray:
    """Joined pairs among the neighbors of each center: the triangles that it is part of."""
    rows = graph[[ball.center for ball in balls]]
    return np.asarray(np.rint((rows @ graph).multiply(rows).sum(axis=1) / 2), dtype=np.int64)


def objects(values: list[Any]) -> pd.Series[Any]:
    """A column that holds the values as they are, tuples too."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)
