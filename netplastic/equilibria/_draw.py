"""Stable states at random, each equally likely."""

from __future__ import annotations

from netplastic._support import BoolArray, Rng, Shown, check_count, check_progress, check_rng
from netplastic.model import PlasticNetwork, check_network, needs_strong_limit

from ._budget import Budget, as_budget
from ._clock import Clock

__all__ = ["sample_stable_states"]


def sample_stable_states(
    net: PlasticNetwork,
    size: int,
    *,
    rng: Rng = 0,
    budget: Budget | float | None = None,
    progress: Shown = None,
) -> BoolArray:
    """Draw stable states of a network in the strong limit, each with the same probability.

    No walk that would have to forget where it began: all states are compiled into one form that
    knows their exact number (docs/theory.md#section-7, part h), and a state is drawn from it by
    exact integers, whatever the number of states.

    Parameters
    ----------
    net : PlasticNetwork
        With strength -inf.
    size : int
        States to draw, at least 1, independent and with repetition.
    rng : int, numpy.random.Generator or None, default 0
    budget : Budget, float or None
        Of compiling; a number means seconds.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    bool array of shape (size, n)
        Which nodes are high, in node order. The rates of a state are ``phi(bias)`` on high nodes
        and 0 on all others: ``np.where(high, net.activation.rate(net.bias), 0.0)``.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork or `size` no whole number.
    ValueError
        If the strength is finite, if there is no stable state, or if a component has too many to
        be listed and could not be compiled: the message says why. Wide components need a model
        counter (``pip install "netplastic[exact]"``).

    Examples
    --------
    The 6-cycle has 5 maximal independent sets, two of which are every other node:

    >>> import math, networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(6), npl.Hebbian(strength=-math.inf))
    >>> high = npl.sample_stable_states(net, 10_000)
    >>> high.shape, float((high.sum(axis=1) == 3).mean().round(2))
    ((10000, 6), 0.4)
    """
    from .limit import limit_states

    check_network(net)
    check_progress(progress)
    size = check_count("size", size, least=1)
    generator = check_rng(rng)
    clock = Clock(as_budget(budget))
    needs_strong_limit(net, "a uniform sample of stable states")
    return limit_states(net, clock, progress).sample(size, generator)
