"""Canonical forms: equal for two networks exactly when one is the other relabelled.

Everything that the dynamics depend on enters: arc weights, strengths, static weights, and per
node bias, tau, decay, thresholds and the activation, bit for bit. Colour refinement, then
individualisation and refinement with pruning by the automorphisms met on the way (McKay 1981;
McKay & Piperno 2014, doi:10.1016/j.jsc.2013.09.003). Meant for neighborhoods: where the search
exceeds its limit of steps the form falls back to the network as it is labelled, which never
calls different networks equal, but may call equal ones different.
"""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._types import FloatArray, IntArray, Node
from .activations import Activation
from .network import PlasticNetwork

__all__ = ["canonical_form", "canonical_labelling"]

LARGEST = 300
"""Networks with more nodes are not searched."""

STEPS = 500
"""Refinements after which the search gives up."""


def canonical_form(net: PlasticNetwork, root: Node | None = None, steps: int = STEPS) -> str:
    """Key of a network, the same for every relabelling of it and in every process.

    Parameters
    ----------
    net : PlasticNetwork
    root : node or None
        A node that must keep its place: rooted networks are equal only if their roots
        correspond. None: no node is special.
    steps : int, default 500
        Refinements after which the search gives up.

    Returns
    -------
    str
        "canonical:" and a SHA-256 digest; "exact:" and a digest of the network as labelled
        (nodes in order) where it has over 300 nodes or the search gave up.

    Raises
    ------
    ValueError
        If `root` is not in the network.

    Notes
    -----
    A user's own activation is identified by its class's full name and its fields: classes of the
    same name that compute different things are not told apart.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from netplastic.canonical import canonical_form
    >>> one = npl.PlasticNetwork(nx.Graph([(0, 1), (1, 2)]), npl.Hebbian(-2.0))
    >>> two = npl.PlasticNetwork(nx.Graph([("hub", "a"), ("hub", "b")]), npl.Hebbian(-2.0))
    >>> canonical_form(one) == canonical_form(two)
    True
    >>> canonical_form(one, root=0) == canonical_form(two, root="hub")
    False
    """
    return canonical_labelling(net, root, steps)[0]


def canonical_labelling(
    net: PlasticNetwork, root: Node | None = None, steps: int = STEPS
) -> tuple[str, IntArray]:
    """Canonical form and the node numbers in canonical order.

    Where two networks have equal forms, their i-th nodes in canonical order correspond. Parameters
    and errors as for `canonical_form`; where the search gave up the order is the network's.
    """
    coloured = _coloured(net, None if root is None else int(net.positions([root])[0]))
    order = _search(coloured, steps)
    kind = "exact" if order is None else "canonical"
    if order is None:
        order = np.arange(net.n, dtype=np.int64)
    return f"{kind}:{coloured.digest(order)}", order


@dataclass(frozen=True, eq=False)
class _Coloured:
    """A network as a digraph whose nodes and arcs carry colours: numbers of rows of tables."""

    header: bytes
    node: IntArray
    source: IntArray
    target: IntArray
    arc: IntArray

    def digest(self, order: IntArray) -> str:
        """Hash of the network with its nodes in the given order."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        source, target = place[self.source], place[self.target]
        arcs = np.lexsort((source, target))
        whole = hashlib.sha256(self.header)
        for array in (self.node[order], source[arcs], target[arcs], self.arc[arcs]):
            whole.update(array.astype("<i8").tobytes())
        return whole.hexdigest()


def _coloured(net: PlasticNetwork, root: int | None) -> _Coloured:
    activation = net.activation
    own = [np.broadcast_to(getattr(activation, name), net.n) for name in activation.node_parameters]
    is_root = np.zeros(net.n)
    if root is not None:
        is_root[root] = 1.0
    nodes = [net.bias, net.tau, net.decay, *net.post.T, *net.pre.T, is_root, *own]
    arcs = [net.arc_weight, net.strength, net.decay_growth, net.static_weight]
    node_table, node = _rows(np.stack(nodes, axis=1))
    arc_table, arc = _rows(np.stack(arcs, axis=1))
    facts = (net.n, net.m, len(node_table), len(arc_table), net.learning_rate.hex())
    header = b"\0".join(
        [repr(facts).encode(), _identity(activation), node_table.tobytes(), arc_table.tobytes()]
    )
    return _Coloured(header, node, net.wiring.source, net.wiring.target, arc)


def _rows(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Distinct rows, sorted, and the number of each row's; -0.0 counts as 0.0."""
    table, number = np.unique(values + 0.0, axis=0, return_inverse=True)
    return table.astype("<f8"), number.reshape(-1).astype(np.int64)


def _identity(activation: Activation) -> bytes:
    kind = type(activation)
    fields: Any = dataclasses.fields(activation) if dataclasses.is_dataclass(activation) else ()
    rest = {
        field.name: getattr(activation, field.name)
        for field in fields
        if field.name not in activation.node_parameters
    }
    try:
        state = pickle.dumps(sorted(rest.items()), protocol=4)
    except (pickle.PicklingError, AttributeError, TypeError):
        state = repr(sorted(rest)).encode() + repr([id(value) for value in rest.values()]).encode()
    return f"{kind.__module__}.{kind.__qualname__}\0".encode() + state


def _search(coloured: _Coloured, steps: int) -> IntArray | None:
    if len(coloured.node) > LARGEST:
        return None
    search = _Search(coloured, steps)
    try:
        search.explore(coloured.node, [])
    except _LimitError:
        return None
    return search.best.order


class _LimitError(Exception):
    """The search has used up its steps."""


@dataclass(frozen=True, eq=False)
class _Leaf:
    certificate: bytes
    order: IntArray
    path: tuple[int, ...]


class _Search:
    """Depth-first over individualised nodes; the leaf with the least certificate wins."""

    def __init__(self, coloured: _Coloured, steps: int) -> None:
        n = len(coloured.node)
        self.node = coloured.node
        self.arc = np.zeros((n, n), dtype=np.int64)
        self.arc[coloured.target, coloured.source] = coloured.arc + 1
        self.pair = self.arc * (int(self.arc.max(initial=0)) + 1) + self.arc.T
        self.steps = steps
        self.leaves: list[_Leaf] = []  # the first and the best
        self.automorphisms: list[IntArray] = []

    @property
    def best(self) -> _Leaf:
        return self.leaves[-1]

    def explore(self, colour: IntArray, path: list[int]) -> int:
        """Explore a subtree; return the depth from which the search goes on."""
        self.steps -= 1
        if self.steps < 0:
            raise _LimitError
        colour = self._refined(colour)
        sizes = np.bincount(colour)
        if len(sizes) == len(colour):
            return self._leaf(colour, path)
        open_cells = np.flatnonzero(sizes > 1)
        members = np.flatnonzero(colour == open_cells[np.argmin(sizes[open_cells])])
        if self._twins(members):
            # Any two may change places: one order of them stands for all.
            depth = self.explore(_split(colour, members[:-1]), [*path, *members[:-1].tolist()])
            return min(depth, len(path))
        done: list[int] = []
        for member in members.tolist():
            if done and self._equivalent(member, done, path):
                continue
            done.append(member)
            depth = self.explore(_split(colour, np.array([member])), [*path, member])
            if depth < len(path):
                return depth
        return len(path)

    def _refined(self, colour: IntArray) -> IntArray:
        """Split colours by what their nodes see until nothing changes."""
        colour = np.unique(colour, return_inverse=True)[1].astype(np.int64)
        while True:
            count = int(colour.max()) + 1
            seen = np.sort(self.pair * count + colour, axis=1)
            rows = np.column_stack([colour, np.diagonal(self.pair), seen])
            new = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
            if int(new.max()) + 1 == count:
                return colour
            colour = new

    def _twins(self, members: IntArray) -> bool:
        """Whether all members see all other nodes, and one another, alike."""
        outside = np.setdiff1d(np.arange(len(self.node)), members)
        if np.any(self.pair[np.ix_(members, outside)] != self.pair[members[0], outside]):
            return False
        inside = self.pair[np.ix_(members, members)]
        apart = ~np.eye(len(members), dtype=bool)
        return bool(
            np.all(inside[apart] == inside[0, 1]) and np.all(np.diagonal(inside) == inside[0, 0])
        )

    def _leaf(self, colour: IntArray, path: list[int]) -> int:
        order = np.argsort(colour)
        certificate = self.arc[np.ix_(order, order)].tobytes()
        for known in self.leaves:
            if certificate == known.certificate:
                automorphism = np.empty_like(order)
                automorphism[known.order] = order
                self.automorphisms.append(automorphism)
                return _common(known.path, path)
        leaf = _Leaf(certificate, order, tuple(path))
        if not self.leaves:
            self.leaves = [leaf]
        elif certificate < self.best.certificate:
            self.leaves = [self.leaves[0], leaf]
        return len(path)

    def _equivalent(self, node: int, done: list[int], path: list[int]) -> bool:
        """Whether a known automorphism that keeps the path leads from a done node to this one."""
        keeping = [a for a in self.automorphisms if np.array_equal(a[path], path)]
        orbit, new = {node}, [node]
        while new:
            here = new.pop()
            for automorphism in keeping:
                there = int(automorphism[here])
                if there not in orbit:
                    orbit.add(there)
                    new.append(there)
        return not orbit.isdisjoint(done)


def _split(colour: IntArray, first: IntArray) -> IntArray:
    """Give nodes colours of their own, in order, just before the rest of their cell."""
    new = colour * (len(first) + 1) + len(first)
    new[first] -= len(first) - np.arange(len(first))
    return new


def _common(first: tuple[int, ...], second: list[int]) -> int:
    """Length of the common beginning of two paths."""
    length = 0
    for one, two in zip(first, second, strict=False):
        if one != two:
            break
        length += 1
    return length
