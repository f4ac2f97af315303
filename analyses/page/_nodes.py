"""The table of a network's nodes, the colours of its columns, and a sentence for each node."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from netplastic._support import Graph, node_index
from netplastic.analyses import excess
from netplastic.analyses.pictures import scale_of

from ._text import bits, count_words, counted, entry, is_missing, plain
from ._view import Column, Shades

__all__ = ["Case", "NodeTable", "cases_of", "node_table"]

CASE = ("scope", "radius", "strength", "learning_rate")
_EXACT = 2**53


@dataclass(frozen=True, kw_only=True)
class Case:
    """Counts of one scope, radius, strength and learning rate: one row for each node, by node."""

    label: str
    counts: pd.DataFrame

    @property
    def certified(self) -> bool:
        """Whether every count is."""
        return bool(self.counts["status"].dropna().eq("certified").all())


@dataclass(frozen=True, kw_only=True)
class NodeTable:
    """All that is said of each node, in the order of the graph."""

    columns: list[Column]
    scales: list[Shades]
    told: list[str]


def cases_of(counts: pd.DataFrame, nodes: Sequence[Hashable]) -> list[Case]:
    """Split a table of counts by what was counted; what is equal everywhere is not named."""
    keys = [name for name in CASE if name in counts]
    varied = [name for name in keys if name != "scope" and counts[name].nunique(dropna=False) > 1]
    found = []
    for key, rows in counts.groupby(keys, sort=False, dropna=False):
        said = dict(zip(keys, key, strict=True))
        words = [plain(said.get("scope", "counts"))]
        words += [f"{name} {entry(said[name])}" for name in varied if entry(said[name])]
        once = rows.drop_duplicates("node")
        by_node = once.set_index(node_index(list(once["node"]))).reindex(node_index(nodes))
        label = ", ".join(word.replace("_", " ") for word in words)
        found.append(Case(label=label, counts=by_node))
    return found


def node_table(
    graph: Graph,
    chokes: pd.DataFrame | None,
    cases: Sequence[Case],
    *,
    most: int,
) -> NodeTable:
    """Put together what is known of nodes of a graph.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    chokes : pandas.DataFrame or None
        Of `graphs.choke_points`; None: unknown.
    cases : sequence of Case
        Counts with the columns n_stable, log2_stable and status, one row a node.
    most : int
        Rows, of the first nodes; excesses are those among all.
    """
    nodes = list(graph)
    measures = {} if chokes is None else {c: _by_node(chokes, c, nodes) for c in chokes.columns}
    degree = _degrees(graph, nodes)
    excesses = [_excess(case, chokes, degree, nodes)[:most] for case in cases]
    cases = [Case(label=case.label, counts=case.counts.iloc[:most]) for case in cases]
    nodes, degree = nodes[:most], degree[:most]
    measures = {name: values[:most] for name, values in measures.items()}
    columns = [_words("node", "node", nodes)]
    for name in ("module", "role"):
        if name in measures:
            columns.append(_words(name, name, measures[name]))
    if "is_choke" in measures:
        said = ["yes" if flag else "" for flag in measures["is_choke"]]
        columns.append(_words("is_choke", "choke point", said))
    columns.append(_numbers("degree", "degree", degree))
    scales: list[Shades | None] = []
    first = next((k for k, case in enumerate(cases) if case.label.startswith("embedded")), 0)
    for k, (case, above) in enumerate(zip(cases, excesses, strict=True)):
        columns += _case_columns(k, case, above)
        # What the whole network makes of a ball tells most about it: its colours come first.
        place = 0 if k == first else len(scales)
        scales[place:place] = _case_scales(k, case, above)
    for name in ("betweenness", "participation"):
        if name in measures:
            columns.append(_numbers(name, name, measures[name]))
            scales.append(_shades(name, name, measures[name]))
    scales.append(_shades("degree", "degree", degree))
    if "role" in measures:
        scales.append(_shades("role", "role", measures["role"]))
    told = _tell(nodes, measures, degree, cases, excesses)
    return NodeTable(columns=columns, scales=[s for s in scales if s is not None], told=told)


def _by_node(table: pd.DataFrame, column: str, nodes: Sequence[Hashable]) -> list[Any]:
    found = dict(zip(table["node"], table[column], strict=True))
    return [found.get(node) for node in nodes]


def _degrees(graph: Graph, nodes: Sequence[Hashable]) -> list[int]:
    around: list[set[Hashable]] = []
    for node in nodes:
        near = set(graph.adj[node])
        if graph.is_directed():
            near |= set(graph.pred[node])  # type: ignore[attr-defined]  # of directed graphs only
        around.append(near - {node})
    return [len(near) for near in around]


def _excess(
    case: Case, chokes: pd.DataFrame | None, degree: list[int], nodes: Sequence[Hashable]
) -> list[Any]:
    if chokes is None:
        return [None] * len(nodes)
    known = case.counts["log2_stable"].notna().to_numpy()
    rows = pd.DataFrame({"degree": degree, "log2_stable": case.counts["log2_stable"].to_numpy()})
    rows.insert(0, "node", pd.Series(nodes, dtype=object))
    rows = rows[known].astype({"log2_stable": np.float64})
    if not len(rows):
        return [None] * len(nodes)
    above = excess(rows, chokes)
    return [above.get(i) for i in range(len(nodes))]


def _words(key: str, label: str, values: Sequence[Any]) -> Column:
    shown = ["" if is_missing(value) else plain(value) for value in values]
    return Column(key=key, label=label, number=False, values=shown, shown=shown)


def _numbers(key: str, label: str, values: Sequence[Any], shown: list[str] | None = None) -> Column:
    kept = [_kept(value) for value in values]
    written = [entry(value) for value in values] if shown is None else shown
    return Column(key=key, label=label, number=True, values=kept, shown=written)


def _kept(value: Any) -> int | float | str | None:
    """A number for the script, which knows integers up to 2^53: longer ones are text."""
    if is_missing(value):
        return None
    number = float(value)
    if number == value and abs(number) < _EXACT:
        return int(value) if number == int(number) else number
    return str(value) if isinstance(value, int) or not np.isfinite(number) else number


def _case_columns(k: int, case: Case, above: list[Any]) -> list[Column]:
    counts, statuses = case.counts["n_stable"], case.counts["status"]
    shown = [counted(n, s) for n, s in zip(counts, statuses, strict=True)]
    mark = "" if case.certified else "≈ "
    differences = [f"{mark}{bits(v)}" if bits(v) else "" for v in above]
    return [
        _numbers(f"count_{k}", f"stable states, {case.label}", list(counts), shown),
        _words(f"status_{k}", f"status, {case.label}", list(statuses)),
        _numbers(f"excess_{k}", f"excess, {case.label} (bits)", above, differences),
    ]


def _case_scales(k: int, case: Case, above: list[Any]) -> list[Shades | None]:
    open_ = int((case.counts["status"].dropna() != "certified").sum())
    note = f"; {open_} of {len(case.counts)} not certified" if open_ else ""
    more = f"{case.label}: above other nodes of equal degree (bits{note})"
    return [
        _shades(f"excess_{k}", more, above),
        _shades(f"bits_{k}", f"{case.label}: stable states (bits{note})",
                list(case.counts["log2_stable"])),
    ]  # fmt: skip


def _shades(key: str, label: str, values: Sequence[Any]) -> Shades | None:
    """Colours of a column; None where no node has a value."""
    known = [None if is_missing(value) else value for value in values]
    if all(value is None for value in known):
        return None
    scale = scale_of(pd.Series(known, dtype=object))
    ends = ("", "") if scale.low is None else (entry(scale.low), entry(scale.high))
    return Shades(
        key=key, label=label, colours=scale.colours, shade=scale.shade, low=ends[0], high=ends[1],
        names=None if scale.names is None else [plain(name) for name in scale.names],
    )  # fmt: skip


def _tell(
    nodes: Sequence[Hashable],
    measures: dict[str, list[Any]],
    degree: list[int],
    cases: Sequence[Case],
    excesses: list[list[Any]],
) -> list[str]:
    """Say of each node in a few lines what is known."""
    nothing = [None] * len(nodes)
    chokes, roles, modules = (measures.get(k, nothing) for k in ("is_choke", "role", "module"))
    told = []
    for i, node in enumerate(nodes):
        where = [] if is_missing(roles[i]) else [plain(roles[i])]
        where += [] if is_missing(modules[i]) else [f"module {plain(modules[i])}"]
        first = plain(node) + (" (choke point)" if chokes[i] else "")
        told.append([first, ", ".join([*where, f"degree {degree[i]}"])])
    for case, above in zip(cases, excesses, strict=True):
        about = "" if case.certified else "about "
        counts = zip(case.counts["n_stable"], case.counts["status"], above, strict=True)
        for lines, (number, status, more) in zip(told, counts, strict=True):
            said = f"; excess {about}{bits(more)} bits" if bits(more) else ""
            lines.append(f"{case.label}: {count_words(number, status)}{said}")
    return ["\n".join(lines) for lines in told]
