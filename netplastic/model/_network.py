"""The plastic network: a graph turned, once, into checked immutable arrays."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from netplastic._support import (
    AUTO,
    FloatArray,
    Graph,
    IntArray,
    Node,
    Parameter,
    Result,
    Stored,
    WeightName,
    brief,
    by_node,
    check_nodes,
    unknown_name,
)

from ._activations import Activation, as_activation, with_gain
from ._equations import Equations
from ._floats import equations_of
from ._kept import described, kept_network, restored_parts
from ._limit import check_limit, is_strong, needs_finite_strength
from ._origin import origin_of
from ._parameters import (
    Resolved,
    arc_values,
    coefficients,
    node_attributes,
    node_numbers,
    node_values,
    number,
    of_edges,
    of_polynomial,
    resolved_activation,
)
from ._rules import PairwiseRule, Rule, changed_rule
from ._wiring import Origin, Wiring, read_only

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PlasticNetwork"]


class PlasticNetwork(Result, Stored):
    """A graph with plastic weights on its arcs; immutable.

    Activity x_i, rate V_i = phi_i(x_i), weight w_ij on the arc j -> i (docs/theory.md#section-1)::

        tau_i dx_i/dt = -x_i + bias_i + sum_j a_ij (static_ij + w_ij) V_j
              dw_ij/dt = learning_rate * (drive_ij(V_i, V_j) - decay_ij(V_i) w_ij)

    Parameters
    ----------
    graph : networkx.Graph, networkx.DiGraph, array, scipy sparse matrix or pandas.DataFrame
        An edge u -> v means that u drives v; an undirected edge is two arcs. Self-loops,
        isolated nodes and several components are legal. An adjacency matrix that is symmetric (to
        rounding) is undirected; for others say `directed`. The names of a table's rows and columns
        are the nodes. A table with the columns source, target and, if any, weight lists edges.
        Matrices and tables are read as arrays, up to millions of nodes: no networkx graph is made
        unless `graph` is asked for.
    rule : Rule or FunctionRule
        Plasticity rule with its strength (eta) and decay (gamma).
    bias : float, array or attribute name, default 1.0
        Constant input per node. With bias 0 and tanh an anti-Hebbian network has only the origin.
    activation : str or Activation, default "tanh"
        "tanh", "logistic", or an object such as ``Logistic(gain=4, threshold=1)``.
    tau : float, array or attribute name, default 1.0
        Time constant of activity, per node, in units of time.
    learning_rate : float, default 1.0
        epsilon: timescale of the weights against that of activity, in 1/time. ``math.inf``: the
        weights follow activity at once, w_ij = drive_ij / decay_ij, which leaves the n equations
        tau_i dx_i/dt = -F_i(x) (docs/theory.md#section-3); where the network has an objective,
        stable then means a strict minimum of it.
    static_weight : float, array or attribute name, default 0.0
        Weight u_ij per arc that learning does not change.
    weight : str or None, optional
        Edge attribute that holds a_ij >= 0. By default `weight` where edges have it, else every
        edge counts 1. None: every edge counts 1.

    An array of values per edge (strength, static_weight) is in the order of ``graph.edges`` (for a
    matrix by row, then column, without directions of its upper half). In an
    undirected network it may also have a value for each arc, in the order of `wiring`, which is
    the order in which the network reports its own and that of `replace`.

    With a strength of -inf (the Hebb rule only) the network is in the strong limit of
    docs/theory.md#section-7: which stable states it has is a matter of combinatorics.
    `count_equilibria` and `find_equilibria` answer there with stable_only=True; what needs a
    finite strength says so. Static weights must be 0 and the activation odd and increasing, as
    tanh is; of arc weights without self-loops only zero and positive are told apart. A node with
    bias 0 stays at rate 0 and has no say.

    Raises
    ------
    TypeError
        For an argument of the wrong kind (no networkx graph, no rule, values that are no numbers).
    ValueError
        For an empty graph, a multigraph, a matrix that is not symmetric and no word on
        its direction, a missing attribute
        (naming the first node that lacks it), NaN or infinite values (but for the learning rate,
        and a Hebbian strength of -inf), a decay, tau, gain or learning rate that is not positive;
        for -inf where the strong limit does not hold.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> net
    PlasticNetwork(2 nodes, 2 arcs, undirected, weights 1, Hebbian, tanh, learning rate 1)
    >>> net.replace(strength=-5.0).strength
    array([-5., -5.])
    """

    def __init__(
        self,
        graph: Graph | Any,
        rule: PairwiseRule,
        *,
        bias: Parameter = 1.0,
        activation: str | Activation = "tanh",
        tau: Parameter = 1.0,
        learning_rate: float = 1.0,
        static_weight: Parameter = 0.0,
        weight: WeightName = AUTO,
        directed: bool | None = None,
    ) -> None:
        if not isinstance(rule, PairwiseRule):
            raise TypeError(f"rule is {brief(rule)}; give one such as netplastic.Hebbian(-10.0)")
        wiring, origin = origin_of(graph, directed, weight, rule.strength, static_weight)
        if wiring.directed:
            # Users know the order of graph.edges; inside, and in `replace`, arcs have their own.
            strength: Parameter = of_edges(rule.strength, "strength", wiring)
            if strength is not rule.strength:
                rule = dataclasses.replace(rule, strength=strength)
            static_weight = of_edges(static_weight, "static_weight", wiring)
        self._settle(wiring, origin, rule, as_activation(activation), learning_rate)
        self._resolve(bias, tau, static_weight)

    def _settle(
        self,
        wiring: Wiring,
        graph: Origin,
        rule: PairwiseRule,
        activation: Activation,
        learning_rate: float,
    ) -> None:
        self._wiring = wiring
        self._graph = graph
        self._rule = rule
        self._activation = resolved_activation(activation, wiring, graph)
        self._learning_rate = number(learning_rate, "learning_rate", "positive or inf")

    def _resolve(self, bias: Parameter, tau: Parameter, static_weight: Parameter) -> None:
        wiring, graph, rule = self._wiring, self._graph, self._rule
        strength = arc_values(rule.strength, "strength", wiring, graph, strong=True)
        self._in_limit = is_strong(rule.strength, strength)
        threshold = node_values(rule.threshold, "threshold", wiring, graph)
        self._values = Resolved(
            strength=strength,
            decay=node_values(rule.decay, "decay", wiring, graph, "positive"),
            threshold=threshold,
            post=coefficients(rule.post(threshold)) if isinstance(rule, Rule) else None,
            pre=coefficients(rule.pre(threshold)) if isinstance(rule, Rule) else None,
            zeta=strength if rule.normalized else read_only(np.zeros(wiring.m)),
            bias=node_values(bias, "bias", wiring, graph),
            tau=node_values(tau, "tau", wiring, graph, "positive"),
            static_weight=arc_values(static_weight, "static_weight", wiring, graph),
        )
        if self._in_limit:
            check_limit(self)

    # -- what the network is ------------------------------------------------------------

    @property
    def graph(self) -> Graph | None:
        """The graph, of arrays made when first asked for; None for a part of a network."""
        return self._wiring.graph if isinstance(self._graph, str) else self._graph

    @property
    def node_attributes(self) -> Mapping[Node, Mapping[str, Any]]:
        """Attributes of the nodes that the graph came with, by node; empty for parts."""
        return node_attributes(self._graph)

    @property
    def wiring(self) -> Wiring:
        """Nodes and arcs as arrays."""
        return self._wiring

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Node labels in the graph's order."""
        return self._wiring.nodes

    @property
    def n(self) -> int:
        """Number of nodes."""
        return self._wiring.n

    @property
    def m(self) -> int:
        """Number of arcs, which is the number of plastic weights."""
        return self._wiring.m

    @property
    def directed(self) -> bool:
        """Whether the graph is directed."""
        return self._wiring.directed

    @property
    def rule(self) -> PairwiseRule:
        """The plasticity rule; in a directed network an array of strengths is in arc order."""
        return self._rule

    @property
    def activation(self) -> Activation:
        """The activation, its parameters resolved to arrays of length n."""
        return self._activation

    @property
    def learning_rate(self) -> float:
        """Learning rate epsilon, in 1/time; inf where weights follow at once."""
        return self._learning_rate

    @property
    def weights_follow(self) -> bool:
        """Whether the learning rate is infinite: weights are functions of the activity."""
        return self._learning_rate == math.inf

    @property
    def arc_weight(self) -> FloatArray:
        """a_ij per arc."""
        return self._wiring.weight

    @property
    def strength(self) -> FloatArray:
        """Eta per arc."""
        return self._values.strength

    @property
    def decay(self) -> FloatArray:
        """Gamma per node."""
        return self._values.decay

    @property
    def decay_growth(self) -> FloatArray:
        """Zeta per arc: the decay of w_ij is gamma_i + zeta_ij V_i^2."""
        return self._values.zeta

    @property
    def threshold(self) -> FloatArray:
        """Threshold of the rule per node; 0 for rules without one."""
        return self._values.threshold

    @property
    def post(self) -> FloatArray:
        """Coefficients (n, 3) of the postsynaptic factor, constant first."""
        return of_polynomial(self._rule, self._values.post)

    @property
    def pre(self) -> FloatArray:
        """Coefficients (n, 2) of the presynaptic factor, constant first."""
        return of_polynomial(self._rule, self._values.pre)

    @property
    def bias(self) -> FloatArray:
        """Input per node."""
        return self._values.bias

    @property
    def tau(self) -> FloatArray:
        """Time constant per node."""
        return self._values.tau

    @property
    def static_weight(self) -> FloatArray:
        """u_ij per arc."""
        return self._values.static_weight

    @cached_property
    def equations(self) -> Equations:
        """The reduced equations over floats, from which all numerics start.

        Raises
        ------
        ValueError
            In the strong limit, which has none.
        """
        needs_finite_strength(self, "what starts from the equations of the network")
        return equations_of(self)

    # -- which case of the theory it is --------------------------------------------------

    @property
    def is_polynomial(self) -> bool:
        """Whether the rule is a polynomial in the rates, which compiled kernels know."""
        return isinstance(self._rule, Rule)

    @property
    def in_limit(self) -> bool:
        """Whether the strength is -inf, the strong limit (docs/theory.md#section-7)."""
        return self._in_limit

    @cached_property
    def is_hebbian(self) -> bool:
        """Whether the rule is Hebb's, of either sign: drive eta V_i V_j, constant decay."""
        return self.is_polynomial and bool(
            np.all(self.post == (0.0, 1.0, 0.0))
            and np.all(self.pre == (0.0, 1.0))
            and not np.any(self.decay_growth)
        )

    @cached_property
    def coupling(self) -> FloatArray:
        """a_ij eta_ij / gamma_i per arc: the effective strength k times the arc weight.

        Raises
        ------
        ValueError
            In the strong limit.
        """
        needs_finite_strength(self, "what reads the couplings of the network")
        coupling: FloatArray = read_only(
            self.arc_weight * self.strength / self.decay[self._wiring.target]
        )
        return coupling

    @cached_property
    def decay_is_nodal(self) -> bool:
        """Whether all weights into a node decay alike, so that 2n eigenvalues suffice."""
        zeta, target = self.decay_growth, self._wiring.target
        if not np.any(zeta):
            return True
        first = zeta[self._wiring.indptr[:-1].clip(max=max(self.m - 1, 0))]
        return bool(np.all(zeta == first[target]))

    @cached_property
    def has_objective(self) -> bool:
        """Whether the reduced equations are a gradient (docs/theory.md#section-4).

        True for the Hebb rule (either sign) with symmetric arcs: a_ij eta_ij / gamma_i and
        a_ij u_ij are the same in both directions.
        """
        if not self.is_hebbian:
            return False
        reverse = self._wiring.reverse
        static = self.arc_weight * self.static_weight
        live = (self.coupling != 0.0) | (static != 0.0)
        if np.any(reverse[live] < 0):
            return False
        return bool(
            np.array_equal(self.coupling[live], self.coupling[reverse[live]])
            and np.array_equal(static[live], static[reverse[live]])
        )

    @cached_property
    def only_minima_stable(self) -> bool:
        """Whether an equilibrium that is no minimum of an objective is known to be unstable.

        True where there is an objective and one decay serves all nodes, at any learning rate, or
        where weights follow at once (docs/theory.md#section-3).
        """
        one_decay = bool(np.all(self.decay == self.decay[0]))
        return self.has_objective and (one_decay or self.weights_follow)

    # -- changed copies --------------------------------------------------------------------

    _OWN = ("rule", "bias", "activation", "tau", "learning_rate", "static_weight")
    _RULE = ("strength", "decay", "threshold")

    def replace(self, **changes: Any) -> PlasticNetwork:
        """Return a changed copy; the wiring is shared.

        Parameters
        ----------
        **changes
            rule, bias, activation, tau, learning_rate, static_weight; strength, decay and
            threshold of the rule; gain of the activation. Arrays of a directed network's edges
            are in arc order, that of `net.strength`.

        Raises
        ------
        ValueError, TypeError
            As for a new network, and for an unknown name.

        Examples
        --------
        >>> import networkx as nx, netplastic as npl
        >>> net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-2.0))
        >>> net.replace(learning_rate=0.1, bias=[1.0, 2.0, 1.0]).bias
        array([1., 2., 1.])
        """
        allowed = [*self._OWN, *self._RULE, "gain"]
        for name in changes:
            if name not in allowed:
                raise unknown_name("parameter", name, allowed)
        own = {name: changes[name] for name in self._RULE if name in changes}
        rule = changed_rule(changes.get("rule", self._rule), own)
        activation = as_activation(changes.get("activation", self._activation))
        if "gain" in changes:
            activation = with_gain(activation, changes["gain"])
        copy = object.__new__(PlasticNetwork)
        copy._settle(
            self._wiring,
            self._graph,
            rule,
            activation,
            changes.get("learning_rate", self._learning_rate),
        )
        copy._resolve(
            changes.get("bias", self.bias),
            changes.get("tau", self.tau),
            changes.get("static_weight", self.static_weight),
        )
        return copy

    def part(self, nodes: Iterable[Node]) -> PlasticNetwork:
        """Return the network that the given nodes form on their own.

        Arcs to nodes outside are cut; parameters are kept. Nodes come in the network's order.

        Raises
        ------
        TypeError, ValueError
            If a node is not in the network or none is given.

        Examples
        --------
        >>> import networkx as nx, netplastic as npl
        >>> net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(-2.0))
        >>> net.part([3, 2]).nodes
        (2, 3)
        """
        numbers = self.positions(nodes)
        return self.part_at(np.unique(numbers))

    def positions(
        self, nodes: Iterable[Node], *, name: str = "nodes", once: bool = False
    ) -> IntArray:
        """Numbers of the given nodes; messages call them `name`.

        Raises
        ------
        TypeError, ValueError
            If a node is not in the network or, with `once`, comes twice.
        """
        return check_nodes(name, nodes, self._position, once)

    @cached_property
    def _position(self) -> dict[Node, int]:
        return {node: number for number, node in enumerate(self.nodes)}

    def part_at(self, index: IntArray) -> PlasticNetwork:
        """Like `part`, for node numbers, in the order given."""
        index = node_numbers(index, self.n)
        wiring, arcs = self._wiring.restricted(index)
        copy = object.__new__(PlasticNetwork)
        copy._wiring, copy._graph = wiring, None
        # A part without arcs would not know from an array that it is in the limit.
        strength: Parameter = -math.inf if self.in_limit else self.strength[arcs]
        copy._rule = dataclasses.replace(self._rule, strength=strength, decay=self.decay[index])
        if "threshold" in {field.name for field in dataclasses.fields(self._rule)}:
            kept: dict[str, Any] = {"threshold": self.threshold[index]}
            copy._rule = dataclasses.replace(copy._rule, **kept)
        copy._activation = self._activation.take(index)
        copy._learning_rate = self._learning_rate
        copy._resolve(self.bias[index], self.tau[index], self.static_weight[arcs])
        return copy

    # -- shown and kept --------------------------------------------------------------------

    def _line(self) -> str:
        return described(self)

    def to_frame(self) -> pd.DataFrame:
        """One row per node: node, arcs_in (number of arcs into it), bias, tau, decay."""
        arcs = np.diff(self._wiring.indptr)
        nodes = by_node(arcs, self.nodes, "arcs_in").reset_index()
        return nodes.assign(bias=self.bias, tau=self.tau, decay=self.decay)

    def _kept(self) -> dict[str, Any]:
        return kept_network(self)

    @classmethod
    def _restored(cls, kept: dict[str, Any]) -> PlasticNetwork:
        net = object.__new__(cls)
        net._settle(**restored_parts(kept["parts"]))
        net._resolve(**kept["values"])
        return net
