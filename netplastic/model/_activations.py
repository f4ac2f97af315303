"""Activations: the increasing functions V = phi(x) from activity to rate."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from netplastic._support import FloatArray, IntArray, Parameter, brief, unknown_name

__all__ = ["Activation", "Logistic", "Tanh", "as_activation", "with_gain"]


class Activation(ABC):
    """An increasing, differentiable function phi from activity x to rate V.

    A new activation is a frozen dataclass that implements `rate`, `slope` and `inverse`;
    all three receive arrays whose last axis runs over the nodes and return arrays of the
    same shape. Fields named in `node_parameters` may be a number, an array in node order
    or the name of a node attribute: `PlasticNetwork` replaces them by arrays of length n
    before it calls anything.

    Attributes
    ----------
    kind : str or None
        Name under which the compiled kernels know the function; None for a user's own,
        which the kernels cannot enclose: certified counting then refuses, sampling works.
    bounds : tuple of float
        Infimum and supremum of the rate.
    node_parameters : tuple of str
        Names of the fields that may differ from node to node.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np, networkx as nx, netplastic as npl
    >>> @dataclass(frozen=True)
    ... class Softplus(npl.Activation):
    ...     bounds = (0.0, float("inf"))
    ...     def rate(self, x):
    ...         return np.logaddexp(0.0, x)
    ...     def slope(self, x):
    ...         return 1.0 / (1.0 + np.exp(-x))
    ...     def inverse(self, v):
    ...         return v + np.log(-np.expm1(-v))
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-2.0), activation=Softplus())
    >>> net.activation.bounds
    (0.0, inf)
    """

    kind: ClassVar[str | None] = None
    bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    node_parameters: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def rate(self, x: FloatArray) -> FloatArray:
        """Rate V = phi(x)."""

    @abstractmethod
    def slope(self, x: FloatArray) -> FloatArray:
        """Derivative phi'(x), positive."""

    @abstractmethod
    def inverse(self, v: FloatArray) -> FloatArray:
        """Activity x with phi(x) = v, for v strictly between the bounds."""

    def with_parameters(self, **values: Parameter) -> Self:
        """Return a copy with the named fields changed."""
        if not values:
            return self
        return dataclasses.replace(self, **values)  # type: ignore[type-var]  # subclasses are dataclasses

    def parameter(self, name: str) -> FloatArray:
        """Values of one of `node_parameters` (of length n after resolution).

        Raises
        ------
        ValueError
            If the activation has no such parameter.
        """
        if name not in self.node_parameters:
            raise ValueError(f"activation {type(self).__name__} has no parameter {name!r}.")
        return _array(getattr(self, name))

    def take(self, index: IntArray) -> Self:
        """Return the activation of the nodes numbered `index` (after resolution)."""
        return self.with_parameters(
            **{name: self.parameter(name)[index] for name in self.node_parameters}
        )


@dataclass(frozen=True)
class Tanh(Activation):
    """V = tanh(gain (x - threshold)).

    Parameters
    ----------
    gain : float, array or attribute name, default 1.0
        Positive, per node, in units of 1/activity.
    threshold : float, array or attribute name, default 0.0
        Activity at which the rate is zero.

    Examples
    --------
    >>> import numpy as np
    >>> float(Tanh(gain=2.0).slope(np.array(0.0)))
    2.0
    """

    gain: Parameter = 1.0
    threshold: Parameter = 0.0
    kind: ClassVar[str | None] = "tanh"
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    node_parameters: ClassVar[tuple[str, ...]] = ("gain", "threshold")

    def rate(self, x: FloatArray) -> FloatArray:
        """Rate V."""
        return np.asarray(np.tanh(_array(self.gain) * (x - _array(self.threshold))))

    def slope(self, x: FloatArray) -> FloatArray:
        """Derivative gain / cosh(z)^2, written so that it neither overflows nor cancels."""
        decay = np.exp(-2.0 * np.abs(_array(self.gain) * (x - _array(self.threshold))))
        return np.asarray(_array(self.gain) * 4.0 * decay / (1.0 + decay) ** 2)

    def inverse(self, v: FloatArray) -> FloatArray:
        """Activity x."""
        return np.asarray(np.arctanh(v) / _array(self.gain) + _array(self.threshold))


@dataclass(frozen=True)
class Logistic(Activation):
    """V = 1 / (1 + exp(-gain (x - threshold))).

    Parameters
    ----------
    gain : float, array or attribute name, default 1.0
        Positive, per node, in units of 1/activity.
    threshold : float, array or attribute name, default 0.0
        Activity at which the rate is one half.

    Examples
    --------
    >>> import numpy as np
    >>> float(Logistic(threshold=1.0).rate(np.array(1.0)))
    0.5
    """

    gain: Parameter = 1.0
    threshold: Parameter = 0.0
    kind: ClassVar[str | None] = "logistic"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    node_parameters: ClassVar[tuple[str, ...]] = ("gain", "threshold")

    def rate(self, x: FloatArray) -> FloatArray:
        """Rate V, accurate to full relative precision far below the threshold too."""
        z = _array(self.gain) * (x - _array(self.threshold))
        decay = np.exp(-np.abs(z))
        return np.where(z >= 0.0, 1.0, decay) / (1.0 + decay)

    def slope(self, x: FloatArray) -> FloatArray:
        """Derivative gain V (1 - V)."""
        decay = np.exp(-np.abs(_array(self.gain) * (x - _array(self.threshold))))
        return np.asarray(_array(self.gain) * decay / (1.0 + decay) ** 2)

    def inverse(self, v: FloatArray) -> FloatArray:
        """Activity x."""
        logit = np.log(v) - np.log1p(-np.asarray(v))
        return np.asarray(logit / _array(self.gain) + _array(self.threshold))


_NAMED: dict[str, type[Activation]] = {"tanh": Tanh, "logistic": Logistic}


def as_activation(value: object) -> Activation:
    """Turn a name or an `Activation` into an `Activation`.

    Raises
    ------
    ValueError
        If the name is unknown.
    TypeError
        If the value is neither a name nor an `Activation`.
    """
    if isinstance(value, Activation):
        return value
    if isinstance(value, str):
        if value in _NAMED:
            return _NAMED[value]()
        raise unknown_name("activation", value, _NAMED)
    raise TypeError(
        f"activation is {brief(value)}; give 'tanh', 'logistic' or an object of a class "
        "derived from netplastic.Activation that implements rate, slope and inverse."
    )


def _array(value: Parameter) -> FloatArray:
    return np.asarray(value, dtype=np.float64)


def with_gain(activation: Activation, gain: Parameter) -> Activation:
    """The activation with another gain; one that has none is refused."""
    if "gain" not in activation.node_parameters:
        raise ValueError(f"activation {type(activation).__name__} has no gain.")
    return activation.with_parameters(gain=gain)
