"""The strong limit, strength -inf: which networks have it (docs/theory.md#section-7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netplastic._support import FloatArray, Parameter

from ._activations import Activation, Tanh

if TYPE_CHECKING:
    from ._network import PlasticNetwork

__all__ = ["check_limit", "is_strong", "needs_finite_strength", "needs_strong_limit"]

_PROBES = np.array([0.125, 0.5, 1.0, 2.0, 4.0])
"""Activities at which an activation of a user's own is held against what the limit needs."""


def check_limit(net: PlasticNetwork) -> None:
    """Refuse a network with strength -inf that the limit of section 7 does not hold for.

    Raises
    ------
    ValueError
        Naming what was found and what is allowed.
    """
    if not net.is_hebbian or net.rule.normalized:
        raise ValueError(
            f"strength is -inf (the strong limit) with the rule {type(net.rule).__name__}; only "
            "netplastic.Hebbian has it, other rules need a finite strength."
        )
    if net.weights_follow:
        raise ValueError(
            "strength is -inf (the strong limit) and the learning rate inf; the two limits do not "
            "commute. Give a finite learning rate (the strong limit is the same at each), or a "
            "finite strength."
        )
    finite = np.flatnonzero(np.isfinite(net.strength))
    if len(finite):
        raise ValueError(
            f"strength is -inf on {net.m - len(finite)} arcs and {net.strength[finite[0]]:g} on "
            "another; the strong limit needs -inf on all arcs, give one number, -math.inf."
        )
    static = net.arc_weight * net.static_weight
    if static.any():
        raise ValueError(
            f"strength is -inf (the strong limit) with a static weight of "
            f"{net.static_weight[np.flatnonzero(static)[0]]:g}; static weights must be 0 there."
        )
    found = _departure(net.activation, net.n)
    if found:
        raise ValueError(
            f"strength is -inf (the strong limit) with {found}; the limit needs an odd, "
            "increasing activation with phi(0) = 0, such as netplastic.Tanh(gain=2.0)."
        )


def _departure(activation: Activation, n: int) -> str:
    """Say in what an activation differs from a tanh-like one; empty where in nothing."""
    if isinstance(activation, Tanh):
        shifted = activation.parameter("threshold")
        return f"tanh shifted by {shifted[shifted != 0.0][0]:g}" if shifted.any() else ""
    name = activation.kind or type(activation).__name__
    zero = np.zeros(n)
    at_zero = np.asarray(activation.rate(zero))
    if at_zero.any():
        return f"{name}, whose rate at activity 0 is {at_zero[at_zero != 0.0][0]:g}"
    if not np.all(activation.slope(zero) > 0.0):
        return f"{name}, which does not increase at activity 0"
    below = zero
    for x in _PROBES:
        above = activation.rate(zero + x)
        if not np.all(above > below):
            return f"{name}, which does not increase up to activity {x:g}"
        if not np.allclose(activation.rate(zero - x), -above, rtol=1e-9, atol=0.0):
            return f"{name}, which is not odd"
        below = above
    return ""


def needs_finite_strength(net: PlasticNetwork, what: str) -> None:
    """Refuse what has no meaning in the limit.

    Raises
    ------
    ValueError
        If the network is in the limit.
    """
    if net.in_limit:
        raise ValueError(
            f"strength is -inf (the strong limit): {what} needs a finite strength, e.g. "
            "net.replace(strength=-50.0); count_equilibria and find_equilibria, both with "
            "stable_only=True, and count_neighborhoods answer in the limit."
        )


def needs_strong_limit(net: PlasticNetwork, what: str) -> None:
    """Refuse what is known in the limit only.

    Raises
    ------
    ValueError
        If the network has a finite strength.
    """
    if not net.in_limit:
        raise ValueError(
            f"the strength is finite in this {type(net).__name__}: {what} is known in the strong "
            "limit only; give net.replace(strength=-math.inf)."
        )


def is_strong(value: Parameter, strength: FloatArray) -> bool:
    """Whether a rule's strength is -inf, also where there is no arc to have it."""
    if len(strength):
        return bool(np.isneginf(strength).any())
    return not isinstance(value, str) and bool(np.isneginf(np.asarray(value, np.float64)).any())
