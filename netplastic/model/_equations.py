"""The equations, written once, for numbers of any kind (docs/theory.md#section-2 and #section-3).

Nothing but + - * / and indexing is done to numbers here, so that the same lines serve floats (one
state or a batch), intervals, Taylor series and balls of many digits. Arcs into one node whose
decays grow alike with its rate form a row; a network has one row per node unless its decays differ
in that. With

    R = post(V_i) / (gamma + zeta V_i^2)        per row,
    q = V_j pre(V_j)                            per node,
    T = sum_j a_ij eta_ij q_j                   per row,

the equilibrium weight of an arc is w* = eta R pre(V_j), and the reduced equations are

    F_i = x_i - b_i - sum_j a_ij u_ij V_j - sum_rows R T.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeAlias

from netplastic._support import FloatArray, IntArray

from ._rules import FunctionRule

__all__ = ["Equations", "Factors", "Functions", "Numbers", "Polynomials", "State"]

Numbers: TypeAlias = Any
"""An array of numbers of some kind: it has + - * / with its own kind and with float arrays, and
``numbers[..., index]`` picks along its last axis."""


class Factors(Protocol):
    """The two factors of the drive: postsynaptic per row, presynaptic per node."""

    def post(self, rate: Numbers) -> Numbers: ...
    def post_slope(self, rate: Numbers) -> Numbers: ...
    def pre(self, rate: Numbers) -> Numbers: ...
    def pre_slope(self, rate: Numbers) -> Numbers: ...


class Polynomials(NamedTuple):
    """Factors of a `Rule`: coefficients (rows, 3) and (n, 2), constant first."""

    post_terms: FloatArray
    pre_terms: FloatArray

    def post(self, rate: Numbers) -> Numbers:
        """c0 + c1 V + c2 V^2."""
        c0, c1, c2 = self.post_terms.T
        return (rate * c2 + c1) * rate + c0 if c2.any() else rate * c1 + c0

    def post_slope(self, rate: Numbers) -> Numbers:
        """c1 + 2 c2 V."""
        _, c1, c2 = self.post_terms.T
        return rate * (2.0 * c2) + c1 if c2.any() else c1

    def pre(self, rate: Numbers) -> Numbers:
        """c0 + c1 V."""
        c0, c1 = self.pre_terms.T
        return rate * c1 + c0

    def pre_slope(self, rate: Numbers) -> Numbers:
        """c1."""
        return self.pre_terms[:, 1]


class Functions(NamedTuple):
    """Factors of a `FunctionRule`, with the thresholds of rows and of nodes."""

    rule: FunctionRule
    row_threshold: FloatArray
    threshold: FloatArray

    def post(self, rate: Numbers) -> Numbers:
        """As the rule says."""
        return self.rule.post_factor(rate, self.row_threshold)

    def post_slope(self, rate: Numbers) -> Numbers:
        """As the rule says."""
        return self.rule.post_slope(rate, self.row_threshold)

    def pre(self, rate: Numbers) -> Numbers:
        """As the rule says."""
        return self.rule.pre_factor(rate, self.threshold)

    def pre_slope(self, rate: Numbers) -> Numbers:
        """As the rule says."""
        return self.rule.pre_slope(rate, self.threshold)


@dataclass(frozen=True, eq=False, kw_only=True)
class Equations:
    """The equations of one network over one kind of numbers.

    Attributes
    ----------
    factors : Factors
    bias : array of shape (n,)
    gamma, zeta : float arrays of shape (rows,)
        Decay of the weights in a row, and its growth with the squared rate of the row's node.
    node : int array of shape (rows,), or a slice where rows are nodes
        Node of each row.
    row, source, target : int arrays of shape (m,)
        Of each arc.
    plastic_arc, static_arc : numbers of shape (m,)
        a eta and a u.
    plastic, static : callable
        From n numbers to their sums over the arcs into each row, weighted by `plastic_arc`, and
        over the arcs into each node, weighted by `static_arc`; None where nothing is static.
    spread : callable
        From numbers per row to their sums per node.
    """

    factors: Factors
    bias: FloatArray
    gamma: FloatArray
    zeta: FloatArray
    node: IntArray | slice
    row: IntArray
    source: IntArray
    target: IntArray
    plastic_arc: Numbers
    static_arc: Numbers
    plastic: Callable[[Numbers], Numbers]
    static: Callable[[Numbers], Numbers] | None
    spread: Callable[[Numbers], Numbers]

    def at(self, rate: Numbers) -> State:
        """Return what the equations are at rates V, computed as far as it is asked for."""
        return State(self, rate)

    def strengthened(self, factor: float) -> Equations:
        """Return the equations with every strength multiplied by a number."""
        plastic = self.plastic
        return replace(
            self,
            zeta=factor * self.zeta,
            plastic_arc=factor * self.plastic_arc,
            plastic=lambda values: factor * plastic(values),
        )


@dataclass(frozen=True, eq=False)
class State:
    """Pieces of the equations at rates V: numbers per node (n), per row or per arc (m)."""

    equations: Equations
    rate: Numbers

    @cached_property
    def _own_rate(self) -> Numbers:
        return self.rate[..., self.equations.node]

    @cached_property
    def decay(self) -> Numbers:
        """gamma + zeta V^2 per row; plain floats where zeta is 0."""
        of = self.equations
        if not of.zeta.any():
            return of.gamma
        return self._own_rate * self._own_rate * of.zeta + of.gamma

    @cached_property
    def post(self) -> Numbers:
        """Postsynaptic factor per row."""
        return self.equations.factors.post(self._own_rate)

    @cached_property
    def pre(self) -> Numbers:
        """Presynaptic factor per node."""
        return self.equations.factors.pre(self.rate)

    @cached_property
    def factor(self) -> Numbers:
        """R per row."""
        return self.post / self.decay

    @cached_property
    def source_term(self) -> Numbers:
        """q per node."""
        return self.rate * self.pre

    @cached_property
    def source_slope(self) -> Numbers:
        """dq/dV per node."""
        return self.pre + self._source_step

    @cached_property
    def total(self) -> Numbers:
        """T per row."""
        return self.equations.plastic(self.source_term)

    @cached_property
    def steepness(self) -> Numbers:
        """(gamma + zeta V^2) dR/dV = post' - 2 zeta V R, per row."""
        of = self.equations
        bend = of.factors.post_slope(self._own_rate)
        if not of.zeta.any():
            return bend
        return bend - self.factor * self._own_rate * (2.0 * of.zeta)

    @cached_property
    def _source_step(self) -> Numbers:
        """V pre'(V), per node."""
        return self.rate * self.equations.factors.pre_slope(self.rate)

    def residual(self, x: Numbers) -> Numbers:
        """F at the activities x that have these rates."""
        of = self.equations
        value = x - self.plastic_input()
        if of.static is not None:
            value = value - of.static(self.rate)
        return value - of.bias

    def plastic_input(self) -> Numbers:
        """sum_j a_ij w*_ij V_j per node."""
        return self.equations.spread(self.factor * self.total)

    def frozen(self) -> Numbers:
        """a (u + w*) per arc: what a change of V_j does to node i while weights stand still."""
        return self._onto_arcs(self.factor, self.pre) + self.equations.static_arc

    def following(self) -> Numbers:
        """d(a (u + w*) V_j) / dV_j per arc: the same once weights have followed."""
        return self._onto_arcs(self.factor, self.source_slope) + self.equations.static_arc

    def own(self) -> Numbers:
        """What a change of V_i does to node i by way of its weights: sum_rows T dR/dV."""
        return self.equations.spread(self.steepness / self.decay * self.total)

    def jacobian(self, slope: Numbers) -> tuple[Numbers, Numbers]:
        """dF/dx for slopes phi'(x): n numbers to add to the diagonal, and one for each arc."""
        through = self.following() * slope[..., self.equations.source]
        return 1.0 - self.own() * slope, -through

    def forms(self, root: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """D^1/2 H D^1/2 and D^1/2 M D^1/2 of docs/theory.md#section-3, for root = phi'(x)^1/2.

        Numbers to add to the diagonal of H (on that of M they are 1), then one for each arc of H
        and one for each arc of M. They stay finite where a rate saturates.
        """
        of = self.equations
        both = root[..., of.target] * root[..., of.source]
        diagonal = 1.0 - self.own() * (root * root)
        return diagonal, -(self.following() * both), -(self.frozen() * both)

    def learning(self) -> tuple[Numbers, Numbers]:
        """How sum_j a_ij V_j dw_ij/dt, over the learning rate, changes with the rates.

        By V_i per node, and by V_j per arc; closed in these sums where the decay is nodal.
        """
        by_own = self.equations.spread(self.steepness * self.total)
        return by_own, self._onto_arcs(self.post, self._source_step)

    def _onto_arcs(self, by_row: Numbers, by_node: Numbers) -> Numbers:
        of = self.equations
        return by_row[..., of.row] * by_node[..., of.source] * of.plastic_arc
