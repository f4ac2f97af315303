"""The nodes of one graph in one case: their counts, which are choke points, and of what kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import BoolArray, FloatArray, IntArray

from ._excess import CASE, classes_of, flags_of

__all__ = ["KINDS", "Nodes", "nodes_of", "same_case"]

KINDS = ("connector", "bridge end", "hub")
HUB = 2.0
"""So many times the mean degree of nodes that are no choke points makes a choke point a hub."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Nodes:
    """One row of counts for each node.

    Attributes
    ----------
    labels : list
    log2 : ndarray (n,)
        -inf where there is no stable state.
    degree, edges : ndarray (n,)
        Neighbors, and joined pairs among them; `edges` is None where the counts do not say.
    choke : ndarray of bool (n,)
    kind : ndarray of object (n,)
        One of `KINDS` at choke points, "" elsewhere.
    ball : ndarray of int (n,)
        Equal for nodes whose balls look the same: in size, degree, edges and count.
    uncertain : ndarray of bool (n,)
        The count is not certified.
    """

    labels: list[Any]
    log2: FloatArray
    degree: FloatArray
    edges: FloatArray | None
    choke: BoolArray
    kind: Any
    ball: IntArray
    uncertain: BoolArray

    @property
    def none(self) -> BoolArray:
        """Nodes without a stable state."""
        return np.asarray(np.isneginf(self.log2))

    @property
    def bits(self) -> FloatArray:
        """log2 counts, NaN where there is no stable state."""
        return np.where(np.isfinite(self.log2), self.log2, np.nan)


def nodes_of(table: pd.DataFrame, chokes: pd.DataFrame) -> Nodes:
    """Read the rows of one graph and case."""
    twice = table["node"][table["node"].duplicated()]
    if len(twice):
        raise ValueError(
            f"node {twice.tolist()[0]!r} occurs twice in counts with the same radius, scope, "
            "strength and learning rate; give the counts of one graph, or tell graphs apart by a "
            "column graph or seed."
        )
    choke = flags_of(table, chokes)
    degree = table["degree"].to_numpy(dtype=np.float64)
    log2 = table["log2_stable"].to_numpy(dtype=np.float64)
    named = [name for name in ("size", "neighbor_edges") if name in table.columns]
    looks = [table[name].to_numpy(dtype=np.float64) for name in named]
    # Equal counts are equal integers, or logarithms of the same: rounding does not part them.
    counted = np.where(np.isfinite(log2), np.round(np.maximum(log2, -1e9), 9), -1.0)
    return Nodes(
        labels=table["node"].tolist(),
        log2=log2,
        degree=degree,
        edges=looks[-1] if "neighbor_edges" in named else None,
        choke=choke,
        kind=_kinds(_roles(table, chokes), degree, choke),
        ball=classes_of([degree, *looks, counted]),
        uncertain=(table["status"] != "certified").to_numpy(),
    )


def _roles(table: pd.DataFrame, chokes: pd.DataFrame) -> list[Any]:
    """Roles as the choke points' table says; else as that of the counts; else none."""
    if "role" in chokes.columns:
        role = dict(zip(chokes["node"], chokes["role"], strict=True))
        return [role[node] for node in table["node"]]
    return table["role"].tolist() if "role" in table.columns else [None] * len(table)


def _kinds(roles: list[Any], degree: FloatArray, choke: BoolArray) -> Any:
    plain = degree[~choke]
    many = HUB * plain.mean() if len(plain) else np.inf
    kind = np.where(degree >= many, "hub", "bridge end")
    kind = np.where([role == "connector" for role in roles], "connector", kind)
    return np.where(choke, kind, "").astype(object)


def same_case(table: pd.DataFrame, case: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of a table that belong to a case; NaN equals NaN."""
    same = np.ones(len(table), dtype=bool)
    for name, value in zip(CASE, case, strict=True):
        equal = table[name] == value
        same &= (equal | (table[name].isna() if pd.isna(value) else False)).to_numpy()
    return table[same]
