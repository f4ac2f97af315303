"""Smaller systems whose solutions are all, or a stated part, of the full system's.

Merging nodes into classes of equal value gives a system with one unknown per class: the row of one
member, its arcs added up over the members of each source class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

import numpy as np

from netplastic._support import FloatArray, IntArray
from netplastic.equilibria.certified._kernels import (
    ARC_COLUMNS,
    C_HIGH,
    C_LOW,
    FREE,
    GAMMA,
    KIND,
    POST0,
    POST2,
    PRE0,
    PRE1,
    S_HIGH,
    S_LOW,
    THRESHOLD,
    ZETA,
)

from ._system import IntervalSystem

__all__ = ["equal_valued_classes", "quotient", "true_twins"]

_NODE = slice(GAMMA, PRE1 + 1)
_POST = slice(POST0 - GAMMA, POST2 + 1 - GAMMA)
_PRE = slice(PRE0 - GAMMA, PRE1 + 1 - GAMMA)


def quotient(system: IntervalSystem, label: IntArray) -> IntervalSystem:
    """Merge the nodes of equal label; labels are 0..classes-1 in order of first appearance.

    Where no two labels are equal that is the system itself.
    """
    if system.leader is None and len(label) and int(label[-1]) == len(label) - 1:
        return system
    members: dict[int, list[int]] = defaultdict(list)
    for node, name in enumerate(label):
        members[int(name)].append(node)
    classes = len(members)
    rows = system.rows
    arcs: list[tuple[float, ...]] = []
    source: list[int] = []
    group, row = [0], [0]
    for name in range(classes):
        sums: dict[tuple[float, int], FloatArray] = {}
        for j, coefficients in rows[members[name][0]]:
            key = (coefficients[ZETA], int(label[j]))
            new = np.array(coefficients)
            sums[key] = new if key not in sums else _outward_sum(sums[key], new)
        zetas = sorted({key[0] for key in sums})
        for zeta in zetas:
            for key in sorted(key for key in sums if key[0] == zeta):
                arcs.append(tuple(sums[key]))
                source.append(key[1])
            group.append(len(arcs))
        row.append(len(group) - 1)
    first = np.array([members[name][0] for name in range(classes)])
    low = np.array([system.low[members[name]].max() for name in range(classes)])
    high = np.array([system.high[members[name]].min() for name in range(classes)])
    symmetry = None
    if system.symmetry is not None:
        symmetry = np.bincount(label, system.symmetry, minlength=classes).astype(np.float64)
    return IntervalSystem(
        table=system.table[first].copy(),
        arcs=np.array(arcs, dtype=np.float64).reshape(-1, ARC_COLUMNS),
        source=np.array(source, dtype=np.int64),
        group=np.array(group, dtype=np.int64),
        row=np.array(row, dtype=np.int64),
        low=low,
        high=high,
        linear=system.linear,
        symmetry=symmetry,
    )


def _outward_sum(a: FloatArray, b: FloatArray) -> FloatArray:
    """Add interval coefficients; exact sums stay exact (Knuth's two-sum gives the error)."""
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part)
    low = np.where(error < 0.0, np.nextafter(total, -np.inf), total)
    high = np.where(error > 0.0, np.nextafter(total, np.inf), total)
    result = total.copy()
    result[C_LOW], result[S_LOW] = low[C_LOW], low[S_LOW]
    result[C_HIGH], result[S_HIGH] = high[C_HIGH], high[S_HIGH]
    result[ZETA] = a[ZETA]
    return result


def _parameters(system: IntervalSystem) -> list[tuple[float, ...]]:
    """Per row the parameters of its node."""
    return list(map(tuple, system.table[:, _NODE].tolist()))


def _hebb_rows(system: IntervalSystem, nodes: list[tuple[float, ...]]) -> list[bool]:
    """Rows of the form x - b - A - V T / gamma with T = sum c V_j^2."""
    plain = [node[_PRE] == (0.0, 1.0) for node in nodes]
    return [
        node[_POST] == (0.0, 1.0, 0.0) and all(plain[j] and arc[ZETA] == 0.0 for j, arc in row)
        for node, row in zip(nodes, system.rows, strict=True)
    ]


def _single_valued(system: IntervalSystem, nodes: list[tuple[float, ...]]) -> list[bool]:
    """Rows that determine x_i from the sources: V T / gamma with T <= 0
    (docs/theory.md#section-2)."""
    free = system.table[:, FREE].tolist()
    hebb = _hebb_rows(system, nodes)
    return [
        h and not f and all(arc[C_HIGH] <= 0.0 for _, arc in row)
        for h, f, row in zip(hebb, free, system.rows, strict=True)
    ]


def equal_valued_classes(system: IntervalSystem) -> IntArray:
    """Labels of nodes that have the same value at every solution.

    Two single-valued rows with the same parameters and the same inputs give the same value; once
    such nodes are known to be equal, arcs from either are arcs from their class, which may make
    further inputs the same. (Nodes without an edge between them and with the same neighbours are
    the simplest case.)
    """
    rows, nodes = system.rows, _parameters(system)
    single = _single_valued(system, nodes)
    label, classes = list(range(system.n)), system.n
    while True:
        seen: dict[Hashable, int] = {}
        new: list[int] = []
        for i, row in enumerate(rows):
            key: Hashable = i
            if single[i]:
                key = (nodes[i], tuple(sorted((label[j], arc) for j, arc in row)))
            new.append(seen.setdefault(key, len(seen)))
        if len(seen) == classes:
            return np.array(new, dtype=np.int64)
        label, classes = new, len(seen)


def true_twins(system: IntervalSystem) -> list[list[int]]:
    """Classes of nodes that can be exchanged at will and take at most three values.

    Members are joined to each other by equal arcs, and have equal self-loops, equal arcs from and
    to every other node and equal parameters. With T the sum over a member's inputs plus its own
    term, every member solves the same equation

        phi^-1(V) - b - A - V (T - c V^2) / gamma = 0,    c = c_between - c_self.

    Its second derivative is 2 V [1 / (g (1 - V^2)^2) + 3 c / gamma] for tanh of gain g: one change
    of sign where V >= 0 (or V <= 0) throughout, or where c >= 0. For the logistic function it is
    (2 V - 1) / (g V^2 (1 - V)^2) + 6 c V / gamma; (2 V - 1) / (V^3 (1 - V)^2) rises from -inf to
    inf on (0, 1), so again one change of sign. A function whose second derivative changes sign
    once has at most three zeros.
    """
    rows = [dict(row) for row in system.rows]
    readers: list[dict[int, tuple[float, ...]]] = [{} for _ in range(system.n)]
    for i, row in enumerate(rows):
        for j, arc in row.items():
            readers[j][i] = arc
    nodes = _parameters(system)
    hebb = _hebb_rows(system, nodes)
    classes: list[list[int]] = []
    by_degree: dict[Hashable, list[list[int]]] = defaultdict(list)
    for i in range(system.n):
        if not hebb[i]:
            continue
        key = (nodes[i], len(rows[i]), len(readers[i]))
        for candidate in by_degree[key]:
            if _exchangeable(rows, readers, candidate[0], i):
                candidate.append(i)
                break
        else:
            fresh = [i]
            by_degree[key].append(fresh)
            classes.append(fresh)
    return [c for c in classes if len(c) > 1 and _at_most_three(system, rows, c)]


def _exchangeable(
    rows: list[dict[int, tuple[float, ...]]],
    readers: list[dict[int, tuple[float, ...]]],
    i: int,
    j: int,
) -> bool:
    if j not in rows[i] or rows[i].get(j) != rows[j].get(i) or rows[i].get(i) != rows[j].get(j):
        return False
    for side in (rows, readers):
        a = {k: arc for k, arc in side[i].items() if k not in (i, j)}
        b = {k: arc for k, arc in side[j].items() if k not in (i, j)}
        if a != b:
            return False
    return True


def _at_most_three(
    system: IntervalSystem, rows: list[dict[int, tuple[float, ...]]], members: list[int]
) -> bool:
    i, j = members[0], members[1]
    zero = (0.0,) * ARC_COLUMNS
    between, own = rows[i][j], rows[i].get(i, zero)
    if between[S_LOW] != own[S_LOW] or between[S_HIGH] != own[S_HIGH]:
        return False  # static weights inside the class would add a term linear in V
    if system.table[i, KIND] != 0.0:
        return True
    if between[C_LOW] - own[C_HIGH] >= 0.0:
        return True
    threshold = system.table[i, THRESHOLD]
    return bool(system.low[i] >= threshold or system.high[i] <= threshold)
