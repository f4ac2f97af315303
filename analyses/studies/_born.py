"""States of the strong limit, followed down to the strength where they are born.

Each limit state continues uniquely to large finite strengths (docs/theory.md#section-7). Sweeps of
single nodes bring it there, Newton steps keep it while the strength falls; every node is watched,
so that a jump to another state is seen and the step halved.
"""

from __future__ import annotations

import math

import numpy as np

from netplastic._support import BoolArray, FloatArray
from netplastic.model import PlasticNetwork, jacobian, residual, spectral_abscissa

__all__ = ["Followed", "follow", "stable_from", "start_of"]

SWEEPS, HALVINGS = 200, 60
NEWTON, TIGHT = 12, 1e-10
"""Most Newton steps at one strength, and the residual (in units of activity) that ends them."""
WATCHED = 0.1
"""Most that any rate may change in one step of the strength."""
SAME = 1e-6
"""Most that rates may differ where a step back must lead to the state that it came from."""
REFINED = 5
"""Halvings of the step, on a logarithmic scale, in which stability begins."""
COARSE, FINE = 0.8, 0.999
"""Factor on the strength in a step, and the factor at which a birth counts as located."""


class Followed:
    """A state along falling |strength|.

    Attributes
    ----------
    strengths : float array of shape (s,)
        Magnitudes, falling.
    activity : float array of shape (s, n)
    born : float
        Magnitude below which the state was not found; 0 where it lived on to the end.
    """

    def __init__(self, strengths: FloatArray, activity: FloatArray, born: float) -> None:
        # Spelt out: what a measure reaches must be code that can be compared.
        self.strengths, self.activity, self.born = strengths, activity, born


def start_of(net: PlasticNetwork, high: BoolArray) -> FloatArray | None:
    """Activity of a limit state at the network's own, large strength.

    Parameters
    ----------
    net : PlasticNetwork
        Anti-Hebbian, tanh, with positive biases.
    high : bool array of shape (n,)
        Which nodes are high in the limit.

    Returns
    -------
    float array of shape (n,), or None
        None where sweeps and Newton's method do not settle near it.

    Notes
    -----
    A sweep solves atanh(V_i) + V_i (c_ii V_i^2 + sum_j c_ij V_j^2) = b_i, with c = a |k|, for each
    node in turn; its left side grows with V_i, and bisection never fails.
    """
    target, source = net.wiring.target, net.wiring.source
    strength = -np.broadcast_to(net.coupling, (net.m,))
    loops = target == source
    own = np.bincount(target[loops], strength[loops], minlength=net.n)
    bias = np.broadcast_to(net.bias, (net.n,)).astype(float)
    pressed = np.bincount(target, strength * (high * np.tanh(bias) ** 2)[source], minlength=net.n)
    # Low nodes have a high neighbor; middle ones scale as the strength to the power -1/3.
    low_rates = bias / np.maximum(pressed, float(strength.max()) ** (1.0 / 3.0))
    rates = np.where(high, np.tanh(bias), np.minimum(low_rates, 0.5 * np.tanh(bias)))
    for _ in range(SWEEPS):
        others = np.bincount(
            target[~loops], strength[~loops] * rates[source[~loops]] ** 2, minlength=net.n
        )
        low, top = np.zeros(net.n), np.tanh(bias)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + top)
            above = np.arctanh(middle) + middle * (own * middle**2 + others) > bias
            low, top = np.where(above, low, middle), np.where(above, middle, top)
        # Geometric means damp the two-cycles that simultaneous sweeps run into.
        settled = np.sqrt(rates * middle)
        change = float(np.abs(settled - rates).max())
        rates = settled
        if change < 1e-13:
            break
    found = _newton(net, np.arctanh(rates))
    if found is None or not np.array_equal(np.tanh(found) > 0.5 * np.tanh(bias), high):
        return None
    return found


def _newton(net: PlasticNetwork, activity: FloatArray) -> FloatArray | None:
    x = activity
    for _ in range(NEWTON):
        miss = residual(net, x)
        if float(np.abs(miss).max()) < TIGHT:
            return x
        try:
            x = x - np.linalg.solve(jacobian(net, x), miss)
        except np.linalg.LinAlgError:
            return None
        if not np.all(np.isfinite(x)) or float(np.abs(x).max()) > 50.0:
            return None
    return None


def follow(net: PlasticNetwork, activity: FloatArray, least: float) -> Followed:
    """Follow a state from the network's strength down to `least`, or to where it is born.

    Parameters
    ----------
    net : PlasticNetwork
        At the strength where `activity` is an equilibrium.
    activity : float array of shape (n,)
    least : float
        Magnitude of the strength at which to stop.
    """
    strength = float(np.abs(np.asarray(net.rule.strength)))
    path, factor, x = [(strength, activity)], COARSE, activity
    while strength > least:
        lower = max(strength * factor, least)
        found = _step(net, x, strength, lower)
        if found is not None:
            strength, x = lower, found
            path.append((strength, x))
            factor = max(COARSE, factor**1.5)
        elif factor > FINE:
            return _followed(path, strength)
        else:
            factor = math.sqrt(factor)
    return _followed(path, 0.0)


def _step(net: PlasticNetwork, x: FloatArray, strength: float, lower: float) -> FloatArray | None:
    """The state at a weaker strength, or None where it is another one or none.

    Newton's method may slide from a state onto the one that it was born from, through a pitchfork;
    but from there it does not find the way back.
    """
    found = _newton(net.replace(strength=-lower), x)
    if found is None or float(np.abs(np.tanh(found) - np.tanh(x)).max()) > WATCHED:
        return None
    back = _newton(net.replace(strength=-strength), found)
    same = back is not None and float(np.abs(np.tanh(back) - np.tanh(x)).max()) < SAME
    return found if same else None


def _followed(path: list[tuple[float, FloatArray]], born: float) -> Followed:
    return Followed(np.array([k for k, _ in path]), np.array([x for _, x in path]), born)


def stable_from(net: PlasticNetwork, followed: Followed, learning_rate: float) -> float:
    """Least magnitude from which on the state is stable at a learning rate, to about 1%.

    Parameters
    ----------
    net : PlasticNetwork
    followed : Followed
    learning_rate : float

    Returns
    -------
    float
        By bisection, which takes it that stability, once there, stays as |strength| grows; inf
        where the state is unstable at the largest strength.
    """

    def stable(strength: float, activity: FloatArray) -> bool:
        here = net.replace(strength=-strength, learning_rate=learning_rate)
        return bool(spectral_abscissa(here, activity) < 0.0)

    strengths: list[float] = followed.strengths.tolist()
    points = list(zip(strengths, followed.activity, strict=True))
    if not stable(*points[0]):
        return math.inf
    if stable(*points[-1]):
        return points[-1][0]
    first, last = 0, len(points) - 1
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if stable(*points[middle]) else (first, middle)
    (above, activity), below = points[first], points[last][0]
    for _ in range(REFINED):
        strength = math.sqrt(above * below)
        found = _newton(net.replace(strength=-strength), activity)
        if found is not None and stable(strength, found):
            above, activity = strength, found
        else:
            below = strength
    return above
