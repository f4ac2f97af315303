"""Pairwise plasticity rules.

Every rule here has the form (docs/theory.md#section-1)

    dw_ij/dt = rate * ( eta_ij * post_i(V_i) * pre_j(V_j) - (gamma_i + zeta_ij V_i^2) * w_ij )

with zeta either 0 or eta. Where post is a polynomial of degree at most 2 and pre one of degree at
most 1 (`Rule`), compiled kernels simulate the rule and enclose it; any other pair of functions
(`FunctionRule`) is sampled, simulated and continued, but not certified.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np

from netplastic._support import FloatArray, Parameter, brief

__all__ = [
    "BCM",
    "Covariance",
    "FunctionRule",
    "Hebbian",
    "Oja",
    "PairwiseRule",
    "PostsynapticallyGated",
    "PresynapticallyGated",
    "Rule",
    "changed_rule",
]


@dataclass(frozen=True)
class PairwiseRule(ABC):
    """What all rules share; a new rule derives from `Rule` or from `FunctionRule`.

    Parameters
    ----------
    strength : float, array or attribute name
        eta, the rate of weight change per unit of correlated activity; its sign is the sign
        of the rule (negative: anti-Hebbian). Per arc where it is an array or the name of an
        edge attribute. Zero on an arc means no plasticity there.
    decay : float, array or attribute name, default 1.0
        gamma, the forgetting rate of the weights into a node; positive, per (postsynaptic)
        node where it is not a number. strength / decay is the effective strength k.

    Examples
    --------
    >>> import netplastic as npl
    >>> isinstance(npl.Oja(1.0), npl.PairwiseRule), npl.Oja(1.0).decay
    (True, 1.0)
    """

    strength: Parameter
    decay: Parameter = 1.0
    threshold: ClassVar[Parameter] = 0.0
    normalized: ClassVar[bool] = False
    """Whether the decay grows with the postsynaptic rate: zeta = eta (Oja) or 0."""


@dataclass(frozen=True)
class Rule(PairwiseRule):
    """A rule whose drive is a polynomial in the rates; subclasses say which.

    A new rule is a frozen dataclass that implements `post` and `pre`, the coefficients
    (constant first) of the postsynaptic and presynaptic factor of the drive, given the
    thresholds of the nodes (an array of length n).

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np, networkx as nx, netplastic as npl
    >>> @dataclass(frozen=True)
    ... class Supralinear(npl.Rule):
    ...     def post(self, threshold):
    ...         return 0.0 * threshold, 0.0 * threshold, 1.0 + 0.0 * threshold
    ...     def pre(self, threshold):
    ...         return 0.0 * threshold, 1.0 + 0.0 * threshold
    >>> net = npl.PlasticNetwork(nx.path_graph(2), Supralinear(strength=-20.0))
    >>> str(npl.count_equilibria(net))
    '3 (certified)'
    """

    @abstractmethod
    def post(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Coefficients of 1, V_i, V_i^2 in the postsynaptic factor, each of length n."""

    @abstractmethod
    def pre(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients of 1, V_j in the presynaptic factor, each of length n."""


@dataclass(frozen=True)
class FunctionRule(PairwiseRule):
    """A rule whose drive is eta times any two differentiable functions of the rates.

    A new rule is a frozen dataclass that implements both factors and their derivatives; all four
    receive arrays of rates and the thresholds that go with them, and return arrays of that shape.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np, networkx as nx, netplastic as npl
    >>> @dataclass(frozen=True)
    ... class Saturating(npl.FunctionRule):
    ...     def post_factor(self, rate, threshold):
    ...         return np.tanh(3.0 * rate)
    ...     def post_slope(self, rate, threshold):
    ...         return 3.0 / np.cosh(3.0 * rate) ** 2
    ...     def pre_factor(self, rate, threshold):
    ...         return rate
    ...     def pre_slope(self, rate, threshold):
    ...         return np.ones_like(rate)
    >>> net = npl.PlasticNetwork(nx.path_graph(2), Saturating(strength=-20.0))
    >>> count = npl.find_equilibria(net, rng=0).count
    >>> count.lower, str(count.status)
    (3, 'estimate')
    """

    @abstractmethod
    def post_factor(self, rate: FloatArray, threshold: FloatArray) -> FloatArray:
        """Postsynaptic factor of the drive at rates V_i."""

    @abstractmethod
    def post_slope(self, rate: FloatArray, threshold: FloatArray) -> FloatArray:
        """Derivative of `post_factor` by the rate."""

    @abstractmethod
    def pre_factor(self, rate: FloatArray, threshold: FloatArray) -> FloatArray:
        """Presynaptic factor of the drive at rates V_j."""

    @abstractmethod
    def pre_slope(self, rate: FloatArray, threshold: FloatArray) -> FloatArray:
        """Derivative of `pre_factor` by the rate."""


def _constants(like: FloatArray, *values: float) -> tuple[FloatArray, ...]:
    return tuple(np.full(like.shape, value) for value in values)


@dataclass(frozen=True)
class Hebbian(Rule):
    """drive = eta V_i V_j, decay = gamma.

    Hebbian for positive, anti-Hebbian for negative strength.

    Examples
    --------
    >>> Hebbian(strength=-10.0).decay
    1.0
    """

    def post(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """V_i."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return zero, one, zero

    def pre(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V_j."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return zero, one


@dataclass(frozen=True)
class Oja(Hebbian):
    """drive = eta V_i V_j, decay = gamma + eta V_i^2 (Oja 1982, doi:10.1007/BF00275687).

    With negative strength the decay can vanish; equilibria beyond that pole exist but their
    weights run away, so they are unstable.

    Examples
    --------
    >>> Oja(strength=3.0).normalized
    True
    """

    normalized: ClassVar[bool] = True


@dataclass(frozen=True)
class Covariance(Rule):
    """drive = eta (V_i - threshold) (V_j - threshold), decay = gamma (Sejnowski 1977).

    Parameters
    ----------
    threshold : float, array or attribute name, default 0.5
        Rate that counts as neither high nor low; each node's own on both of its sides.

    Examples
    --------
    >>> Covariance(-5.0, threshold=0.2).threshold
    0.2
    """

    _: KW_ONLY
    threshold: Parameter = 0.5  # type: ignore[misc]  # a field where the base has a constant

    def post(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """V_i - threshold_i."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return -threshold, one, zero

    def pre(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V_j - threshold_j."""
        return -threshold, np.ones_like(threshold)


@dataclass(frozen=True)
class BCM(Rule):
    """drive = eta V_i (V_i - threshold) V_j, decay = gamma, fixed threshold.

    Bienenstock, Cooper & Munro 1982 (doi:10.1523/JNEUROSCI.02-01-00032.1982) with the sliding
    threshold held.

    Examples
    --------
    >>> BCM(2.0).threshold
    0.5
    """

    _: KW_ONLY
    threshold: Parameter = 0.5  # type: ignore[misc]  # a field where the base has a constant

    def post(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """V_i (V_i - threshold_i)."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return zero, -threshold, one

    def pre(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V_j."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return zero, one


@dataclass(frozen=True)
class PresynapticallyGated(Rule):
    """drive = eta (V_i - threshold) V_j: weights change only where the source is active.

    Examples
    --------
    >>> PresynapticallyGated(-4.0).decay
    1.0
    """

    _: KW_ONLY
    threshold: Parameter = 0.5  # type: ignore[misc]  # a field where the base has a constant

    def post(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """V_i - threshold_i."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return -threshold, one, zero

    def pre(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V_j."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return zero, one


@dataclass(frozen=True)
class PostsynapticallyGated(Rule):
    """drive = eta V_i (V_j - threshold): weights change only where the target is active.

    Examples
    --------
    >>> PostsynapticallyGated(-4.0).decay
    1.0
    """

    _: KW_ONLY
    threshold: Parameter = 0.5  # type: ignore[misc]  # a field where the base has a constant

    def post(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """V_i."""
        zero, one = _constants(threshold, 0.0, 1.0)
        return zero, one, zero

    def pre(self, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V_j - threshold_j."""
        return -threshold, np.ones_like(threshold)


def changed_rule(rule: PairwiseRule, changes: Mapping[str, Parameter]) -> PairwiseRule:
    """The rule with other values of some of its parameters; what it does not have is refused."""
    if not isinstance(rule, PairwiseRule):
        raise TypeError(f"rule is {brief(rule)}; give one such as netplastic.Hebbian(-10.0)")
    fields = {field.name for field in dataclasses.fields(rule)}
    for name in changes:
        if name not in fields:
            raise ValueError(f"rule {type(rule).__name__} has no parameter {name!r}.")
    return dataclasses.replace(rule, **changes) if changes else rule
