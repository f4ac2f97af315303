"""Initial states: given, random, or near an equilibrium."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from netplastic._support import (
    FloatArray,
    Rng,
    as_numbers,
    brief,
    check_choice,
    check_count,
    check_number,
    check_rng,
    check_states,
)
from netplastic.model import PlasticNetwork, equilibrium_weights

if TYPE_CHECKING:
    from ._trajectory import Trajectory

__all__ = [
    "Initial",
    "PerturbedStart",
    "RandomStart",
    "initial_states",
    "learned_weights",
]


_GIVE = (
    "give numbers (an array, a pair of arrays), a RandomStart, a PerturbedStart or a Trajectory."
)


@dataclass(frozen=True)
class RandomStart:
    """Random initial states.

    Parameters
    ----------
    distribution : {"uniform", "normal"}, default "uniform"
        Of each activity, independently: uniform on [-scale, scale] or normal with standard
        deviation scale, about `center`.
    scale : float or None
        None: ``1 + |b_i|`` for each node, wide enough to hold every equilibrium of an anti-Hebbian
        network without static weights.
    center : float, default 0.0
    weights : {"learned", "zero", "normal"}, default "learned"
        "learned": those that learning would reach if a second activity, drawn alike, were held;
        so the memory in the weights varies from trial to trial too. "zero": no weights yet.
        "normal": independent normal with standard deviation `weight_scale`, the same in both
        directions of an undirected edge.
    weight_scale : float, default 1.0

    Examples
    --------
    >>> RandomStart(distribution="normal", scale=0.1).weights
    'learned'
    """

    distribution: Literal["uniform", "normal"] = "uniform"
    _: KW_ONLY
    scale: float | None = None
    center: float = 0.0
    weights: Literal["learned", "zero", "normal"] = "learned"
    weight_scale: float = 1.0

    def __post_init__(self) -> None:
        check_choice("distribution", self.distribution, ("uniform", "normal"))
        check_choice("weights", self.weights, ("learned", "zero", "normal"))
        if self.scale is not None:
            check_number("scale", self.scale, least=0.0)
        check_number("center", self.center)
        check_number("weight_scale", self.weight_scale, least=0.0)

    def draw(
        self, net: PlasticNetwork, trials: int, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Activities (trials, n) and weights (trials, m)."""
        activity = self._activities(net, trials, rng)
        if self.weights == "zero":
            return activity, np.zeros((trials, net.m))
        if self.weights == "learned":
            return activity, learned_weights(net, self._activities(net, trials, rng))
        of_edge = rng.normal(
            0.0, self.weight_scale, (trials, int(net.wiring.edge.max(initial=-1)) + 1)
        )
        return activity, of_edge[:, net.wiring.edge]

    def _activities(self, net: PlasticNetwork, trials: int, rng: np.random.Generator) -> FloatArray:
        scale = 1.0 + np.abs(net.bias) if self.scale is None else np.full(net.n, self.scale)
        if self.distribution == "uniform":
            return self.center + scale * rng.uniform(-1.0, 1.0, (trials, net.n))
        return self.center + scale * rng.normal(0.0, 1.0, (trials, net.n))


@dataclass(frozen=True, eq=False)
class PerturbedStart:
    """An equilibrium with its weights, its activity moved by normal deviates.

    Parameters
    ----------
    activity : array of shape (n,)
        The equilibrium's activity, e.g. a row of ``Equilibria.activity``.
    size : float, default 1e-3
        Standard deviation of the perturbation of each activity.
    weight_size : float, default 0.0
        The same for the weights (equal in both directions of an undirected edge).

    Examples
    --------
    >>> PerturbedStart([0.1, 0.9], size=0.01).size
    0.01
    """

    activity: ArrayLike
    _: KW_ONLY
    size: float = 1e-3
    weight_size: float = 0.0

    def __post_init__(self) -> None:
        as_numbers("activity", self.activity, "give that of an equilibrium, (n,).")
        check_number("size", self.size, least=0.0)
        check_number("weight_size", self.weight_size, least=0.0)

    def draw(
        self, net: PlasticNetwork, trials: int, rng: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """Activities (trials, n) and weights (trials, m)."""
        center = check_states("activity of the equilibrium", self.activity, net.nodes)
        weights = equilibrium_weights(net, center)
        of_edge = rng.normal(0.0, 1.0, (trials, int(net.wiring.edge.max(initial=-1)) + 1))
        return (
            center + self.size * rng.normal(0.0, 1.0, (trials, net.n)),
            weights + self.weight_size * of_edge[:, net.wiring.edge],
        )


Initial: TypeAlias = (
    "ArrayLike | tuple[ArrayLike, ArrayLike] | RandomStart | PerturbedStart | Trajectory | None"
)


def learned_weights(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """Weights that learning reaches at a held activity, (..., m).

    Where the decay of the rule can vanish (Oja with negative strength) it is taken to be gamma
    at least, so that the result is finite.
    """
    of, state = net.equations, net.equations.at(net.activation.rate(activity))
    drive = net.strength * state.post[..., of.row] * state.pre[..., of.source]
    weights: FloatArray = drive / np.maximum(state.decay, of.gamma)[..., of.row]
    return weights


def initial_states(
    net: PlasticNetwork, initial: Initial, trials: int | None, rng: Rng
) -> tuple[FloatArray, FloatArray, bool]:
    """Activities (T, n), weights (T, m), both for writing, and whether a batch was asked for.

    Raises
    ------
    TypeError, ValueError
        For what is no initial state of the network, or does not fit `trials`.
    """
    from ._trajectory import Trajectory

    count = 1 if trials is None else check_count("trials", trials)
    generator = check_rng(rng)
    if initial is None:
        initial = RandomStart()
    if isinstance(initial, RandomStart | PerturbedStart):
        activity, weights = initial.draw(net, count, generator)
        return activity, weights, trials is not None
    if isinstance(initial, Trajectory):
        given: tuple[ArrayLike, ArrayLike | None] = (initial.final_activity, initial.final_weights)
    elif isinstance(initial, tuple):
        if len(initial) != 2:
            raise ValueError(f"initial is {brief(initial)}; give (activity, weights).")
        given = initial
    else:
        as_numbers("initial", initial, _GIVE)
        given = (initial, None)
    return _given(net, given, trials)


def _given(
    net: PlasticNetwork, given: tuple[ArrayLike, ArrayLike | None], trials: int | None
) -> tuple[FloatArray, FloatArray, bool]:
    activity = check_states("initial activity", given[0], net.nodes, (1, 2))
    batch = activity.ndim == 2 or trials is not None
    activity = np.atleast_2d(activity)
    if given[1] is None:
        weights = learned_weights(net, activity)
    else:
        weights = check_states("initial weights", given[1], range(net.m), (1, 2), of="arcs")
        batch = batch or weights.ndim == 2
        weights = np.atleast_2d(weights)
    count = max(len(activity), len(weights), 1 if trials is None else trials)
    for name, array in (("activity", activity), ("weights", weights)):
        if len(array) not in (1, count):
            raise ValueError(
                f"initial {name} holds {len(array)} states where {count} are asked for; give one "
                "state, or one for each trial."
            )
    return (
        np.broadcast_to(activity, (count, net.n)).copy(),
        np.broadcast_to(weights, (count, net.m)).copy(),
        batch,
    )
