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
import itertools
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netplastic._support import FloatArray, IntArray, Node, check_dense

from ._activations import Activation
from ._network import PlasticNetwork
from ._rules import PairwiseRule

__all__ = ["automorphism_generators", "canonical_key", "canonical_labelling", "twin_classes"]

LARGEST = 300
"""Networks with more nodes are not searched."""

STEPS = 500
"""Refinements after which the search gives up."""


def canonical_key(net: PlasticNetwork, root: Node | None = None, steps: int = STEPS) -> str:
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
    >>> from netplastic.model import canonical_key
    >>> one = npl.PlasticNetwork(nx.Graph([(0, 1), (1, 2)]), npl.Hebbian(-2.0))
    >>> two = npl.PlasticNetwork(nx.Graph([("hub", "a"), ("hub", "b")]), npl.Hebbian(-2.0))
    >>> canonical_key(one) == canonical_key(two)
    True
    >>> canonical_key(one, root=0) == canonical_key(two, root="hub")
    False
    """
    return canonical_labelling(net, () if root is None else (root,), steps)[0]


def canonical_labelling(
    net: PlasticNetwork, roots: Sequence[Node] = (), steps: int = STEPS
) -> tuple[str, IntArray]:
    """Canonical form and the node numbers in canonical order.

    Where two networks have equal forms, their i-th nodes in canonical order correspond, and so do
    their i-th roots. Parameters and errors as for `canonical_key`; where the search gave up the
    order is the network's.
    """
    coloured = _coloured(net, net.positions(roots))
    search = _explored(coloured, steps)
    kind = "exact" if search is None else "canonical"
    order = np.arange(net.n, dtype=np.int64) if search is None else search.best.order
    return f"{kind}:{coloured.digest(order)}", order


def automorphism_generators(net: PlasticNetwork, steps: int = STEPS) -> IntArray | None:
    """Permutations that generate the automorphism group of a network.

    An automorphism g carries node i to node g[i] and keeps everything that the dynamics depend
    on, as for `canonical_key`: where x is an equilibrium, so is x[g].

    Parameters
    ----------
    net : PlasticNetwork
    steps : int, default 500
        Refinements after which the search gives up.

    Returns
    -------
    int array of shape (generators, n) or None
        Not necessarily the fewest; no rows where the identity is the only automorphism. None
        where the network has over 300 nodes or the search gave up.

    Notes
    -----
    Why these generate the whole group G. Let v1, v2, ... be the nodes individualised on the way to
    the first leaf and G_i the automorphisms that fix v1 to vi. What is collected generates G_i if
    it generates G_(i+1) and carries v_(i+1) to every node w of its orbit under G_i; the last G_i
    is the identity. By induction from the deepest i:

    - v_(i+1) in a cell of twins: their transpositions, which fix all that was individualised
      before, carry it to every w of the cell.
    - w passed over: a collected automorphism that fixes v1 to vi carries a node already done to
      it, which the induction over the nodes done reaches from v_(i+1).
    - w explored: its subtree holds an image of the first leaf. What is passed over in it (nodes
      equivalent to done ones, other orders of twins, the rest of a subtree that proved to be the
      image of one explored before) has an image under G in what is explored there. So a leaf with
      the certificate of the first is met in it, unless one with the certificate of the best leaf
      outside it ends the subtree before. Either gives an automorphism that fixes v1 to vi, since
      all leaves so far begin with these, and carries a node done before to w.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from netplastic.model import automorphism_generators
    >>> path = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(-2.0))
    >>> automorphism_generators(path).tolist()
    [[3, 2, 1, 0]]
    >>> automorphism_generators(path.replace(bias=[1.0, 1.0, 1.0, 2.0])).tolist()
    []
    """
    search = _explored(_coloured(net, net.positions(())), steps)
    if search is None:
        return None
    swaps = {pair for cell in search.twin_cells for pair in itertools.pairwise(cell.tolist())}
    found = [*search.automorphisms]
    for one, other in sorted(swaps):
        swap = np.arange(net.n, dtype=np.int64)
        swap[[one, other]] = other, one
        found.append(swap)
    return np.array(found, dtype=np.int64).reshape(len(found), net.n)


def twin_classes(net: PlasticNetwork) -> list[IntArray]:
    """Sets of nodes any two of which may change places, all others staying where they are.

    Every node is in one of them, most of them alone. None of these symmetries has to be searched
    for, and the groups that they generate (all orders of a class) are never listed.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from netplastic.model import twin_classes
    >>> star = npl.PlasticNetwork(nx.star_graph(3), npl.Hebbian(-2.0))
    >>> [members.tolist() for members in twin_classes(star)]
    [[0], [1, 2, 3]]
    """
    search = _Labelling(_coloured(net, net.positions(())), 0)
    classes: list[list[int]] = []
    for node in range(net.n):
        for members in classes:
            pair = np.array([members[0], node])
            if search.node[pair[0]] == search.node[node] and search._twins(pair):
                members.append(node)
                break
        else:
            classes.append([node])
    return [np.array(members, dtype=np.int64) for members in classes]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Coloured:
    """A network as a digraph whose nodes and arcs carry colours: numbers of rows of tables."""

    net: PlasticNetwork
    node_table: FloatArray
    arc_table: FloatArray
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
        whole = hashlib.sha256(self._header())
        for array in (self.node[order], source[arcs], target[arcs], self.arc[arcs]):
            whole.update(array.astype("<i8").tobytes())
        return whole.hexdigest()

    def _header(self) -> bytes:
        net, node_table, arc_table = self.net, self.node_table, self.arc_table
        facts = (net.n, net.m, len(node_table), len(arc_table), net.learning_rate.hex())
        tables = (node_table.tobytes(), arc_table.tobytes())
        functions = [_identity(net.activation, net.activation.node_parameters)]
        if not net.is_polynomial:  # whose coefficients stand in the table
            functions.append(_identity(net.rule, ("strength", "decay", "threshold")))
        return b"\0".join([repr(facts).encode(), *functions, *tables])


def _coloured(net: PlasticNetwork, roots: IntArray) -> _Coloured:
    activation = net.activation
    own = [activation.parameter(name) for name in activation.node_parameters]
    place = np.zeros(net.n)
    place[roots] = np.arange(1.0, len(roots) + 1.0)
    drive = [*net.post.T, *net.pre.T] if net.is_polynomial else [net.threshold]
    nodes = [net.bias, net.tau, net.decay, *drive, place, *own]
    arcs = [net.arc_weight, net.strength, net.decay_growth, net.static_weight]
    node_table, node = _rows(np.array(nodes).T)
    arc_table, arc = _rows(np.array(arcs).T)
    source, target = net.wiring.source, net.wiring.target
    return _Coloured(
        net=net,
        node_table=node_table,
        arc_table=arc_table,
        node=node,
        source=source,
        target=target,
        arc=arc,
    )


def _rows(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """Distinct rows, sorted, and the number of each row's; -0.0 counts as 0.0."""
    values = values + 0.0
    if len(values) and (values == values[0]).all():
        return values[:1].astype("<f8"), np.zeros(len(values), dtype=np.int64)
    table, number = np.unique(values, axis=0, return_inverse=True)
    return table.astype("<f8"), number.reshape(-1).astype(np.int64)


def _identity(value: Activation | PairwiseRule, left_out: tuple[str, ...]) -> bytes:
    """Class and fields of an activation or rule, but for those that are told elsewhere."""
    kind = type(value)
    fields: Any = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
    rest = {
        field.name: getattr(value, field.name) for field in fields if field.name not in left_out
    }
    try:
        state = pickle.dumps(sorted(rest.items()), protocol=4)
    except (pickle.PicklingError, AttributeError, TypeError):
        state = repr(sorted(rest)).encode() + repr([id(value) for value in rest.values()]).encode()
    return f"{kind.__module__}.{kind.__qualname__}\0".encode() + state


def _explored(coloured: _Coloured, steps: int) -> _Labelling | None:
    """Search the whole tree; None where that is too much."""
    if len(coloured.node) > LARGEST:
        return None
    search = _Labelling(coloured, steps)
    try:
        search.explore(coloured.node, [])
    except _LimitError:
        return None
    return search


class _LimitError(Exception):
    """The search has used up its steps."""


@dataclass(frozen=True, eq=False)
class _Leaf:
    certificate: bytes
    order: IntArray
    path: tuple[int, ...]


class _Labelling:
    """Depth-first over individualised nodes; the leaf with the least certificate wins."""

    def __init__(self, coloured: _Coloured, steps: int) -> None:
        n = len(coloured.node)
        check_dense(n, 2, "a search for symmetries")
        self.node = coloured.node
        self.arc = np.zeros((n, n), dtype=np.int64)
        self.arc[coloured.target, coloured.source] = coloured.arc + 1
        self.pair = self.arc * (int(self.arc.max(initial=0)) + 1) + self.arc.T
        self.own = np.diagonal(self.pair).tolist()
        self.steps = steps
        self.leaves: list[_Leaf] = []  # the first and the best
        self.automorphisms: list[IntArray] = []
        self.twin_cells: list[IntArray] = []

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
            self.twin_cells.append(members)
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
        colour, count = _ranked(colour.tolist())
        while count < len(colour):
            seen = np.sort(self.pair * count + colour, axis=1)
            rows = zip(colour.tolist(), self.own, map(tuple, seen.tolist()), strict=True)
            new, number = _ranked(list(rows))
            if number == count:
                break
            colour, count = new, number
        return colour

    def _twins(self, members: IntArray) -> bool:
        """Whether all members see all other nodes, and one another, alike."""
        rows = self.pair[members]
        outside = np.ones(len(self.node), dtype=bool)
        outside[members] = False
        if (rows != rows[0]).any(axis=0)[outside].any():
            return False
        inside = rows[:, members]
        alike = np.full_like(inside, inside[0, 1])
        np.fill_diagonal(alike, inside[0, 0])
        return bool((inside == alike).all())

    def _leaf(self, colour: IntArray, path: list[int]) -> int:
        order = np.argsort(colour)
        certificate = self.arc[order][:, order].tobytes()
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
        keeping = [a for a in self.automorphisms if a[path].tolist() == path]
        orbit, new = {node}, [node]
        while new:
            here = new.pop()
            for automorphism in keeping:
                there = int(automorphism[here])
                if there not in orbit:
                    orbit.add(there)
                    new.append(there)
        return not orbit.isdisjoint(done)


def _ranked(keys: list[Any]) -> tuple[IntArray, int]:
    """Rank of each key among the different ones, and how many these are."""
    rank = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([rank[key] for key in keys], dtype=np.int64), len(rank)


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
