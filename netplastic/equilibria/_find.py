"""The door to all searches, `find_equilibria` and `count_equilibria`, and the policy of both."""

from __future__ import annotations

from typing import Literal

from netplastic._support import Rng, check_choice, check_flag, check_rng, search_bar, watched
from netplastic.model import PlasticNetwork

from ._budget import Budget, as_budget
from ._clock import Clock
from ._count import Count
from ._list import Equilibria

__all__ = ["Method", "count_equilibria", "find_equilibria"]

Method = Literal["auto", "certified", "sampled"]
_METHODS = ("auto", "certified", "sampled")

_PROOF = 0.8
"""Share of a budget in seconds that goes to the proof; samples get the rest where it fails."""

_BEYOND_SAMPLES = 10_000
"""Samples do not find more equilibria than that, so they are not tried where more are proved."""


def find_equilibria(
    net: PlasticNetwork,
    method: Method = "auto",
    *,
    stable_only: bool = False,
    budget: Budget | float | None = None,
    rng: Rng = None,
    progress: bool | None = None,
) -> Equilibria:
    """Find the equilibria of a network.

    Parameters
    ----------
    net : PlasticNetwork
    method : {"auto", "certified", "sampled"}, default "auto"
        "certified" searches the whole space by interval branch and prune: the list is proved
        complete, or the count says what was left unsettled. "sampled" starts from many states:
        fast on large networks, a lower bound. "auto" takes the certified search where it is
        within reach, and adds samples where that leaves something open. In the strong limit
        (strength -inf) only "auto" is allowed, with stable_only=True: states are found by
        combinatorics.
    stable_only : bool, default False
        List only equilibria that are stable at the network's learning rate; much faster.
    budget : Budget, float or None
        Limits of the whole call; a number means seconds. None: the defaults of `Budget`. With
        limits of your own the proof is tried on larger networks too, and gets its share first.
    rng : int, numpy.random.Generator or None
        Seed of the sampled search; the certified one uses no randomness.
    progress : bool or None, default None
        Show on a terminal how far the certified search is: the share of its tree that is finished,
        boxes, roots found, time. None: once the call has taken a second; False: never.

    Returns
    -------
    Equilibria
        A list that is proved complete says which equilibria the symmetries of the network carry
        into each other: `orbit` and `orbit_size`.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork, or an option of the wrong kind.
    ValueError
        For an unknown method, or "certified" with an activation or rule that cannot be enclosed.
    ArithmeticError
        If a list proved complete contradicts the network's symmetries or the samples: an error of
        netplastic, please report it.

    Notes
    -----
    Ctrl-C stops the certified search: what was found is returned, and the counts are bounds whose
    reason is "interrupted". A second Ctrl-C within two seconds raises KeyboardInterrupt, so that a
    loop over many counts can be left; larger computations of netplastic end at the first.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(strength=-20.0))
    >>> found = npl.find_equilibria(net)
    >>> str(found.count), str(found.stable_count)
    ('11 (certified)', '5 (certified)')
    >>> sorted(set(zip(found.orbit.tolist(), found.orbit_size.tolist())))
    [(0, 5), (1, 5), (2, 1)]
    """
    from ._orbits import with_orbits
    from .certified import can_certify, certify_equilibria
    from .limit import limit_equilibria
    from .sampled import merge_found, sample_equilibria

    clock = _checked(net, method, stable_only, budget, rng)
    if net.in_limit:
        with watched(None) as clock.watch:
            return with_orbits(net, limit_equilibria(net, clock))
    if method == "sampled" or (method == "auto" and not can_certify(net, budget is not None)):
        return sample_equilibria(net, stable_only, clock, check_rng(rng))
    proof = clock.share_of_time(_PROOF) if method == "auto" else clock
    with search_bar("equilibria", progress) as show, watched(show) as watch:
        proof.watch = watch
        proved = certify_equilibria(net, stable_only, proof)
    settled = proved.stable_count if stable_only else proved.count
    if settled.exact or method == "certified" or watch.stopped:
        return with_orbits(net, proved)
    return merge_found(net, proved, sample_equilibria(net, stable_only, clock, check_rng(rng)))


def count_equilibria(
    net: PlasticNetwork,
    *,
    stable_only: bool = False,
    method: Method = "auto",
    budget: Budget | float | None = None,
    rng: Rng = None,
    progress: bool | None = None,
) -> Count:
    """Count equilibria without listing them.

    Independent parts are counted separately and multiplied, equal parts once: counts of dozens
    of digits are exact integers.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool, default False
        Count only those that are stable at the network's learning rate.
    method : {"auto", "certified", "sampled"}, default "auto"
        As for `find_equilibria`. Without a list the proof reaches further: a large network may be
        divided at one to three nodes that hold it together. In the strong limit a component is
        counted by eliminating its nodes or by listing its states, else by a model counter if one
        is installed (``pip install "netplastic[exact]"``).
    budget : Budget, float or None
        Limits of the whole call; a number means seconds.
    rng : int, numpy.random.Generator or None
        Seed of the sampled search.
    progress : bool or None, default None
        Show how far the search is, as for `find_equilibria`.

    Returns
    -------
    Count
        Certified, or bounds and the reason where the budget ran out or Ctrl-C stopped the search
        (see `find_equilibria`). The lower end is the larger one of what is proved and of what was
        sampled, the upper end is proved.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork, or an option of the wrong kind.
    ValueError
        For an unknown method, or "certified" with an activation or rule that cannot be enclosed.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> pairs = nx.disjoint_union_all([nx.path_graph(2)] * 100)
    >>> net = npl.PlasticNetwork(pairs, npl.Hebbian(strength=-20.0))
    >>> int(npl.count_equilibria(net)) == 3**100
    True
    """
    from .certified import can_count, certified_count
    from .limit import limit_count
    from .sampled import raise_lower, sample_equilibria

    clock = _checked(net, method, stable_only, budget, rng)
    if net.in_limit:
        with watched(None) as clock.watch:
            return limit_count(net, clock)
    proved: Count | None = None
    if method == "certified" or (method == "auto" and can_count(net, budget is not None)):
        proof = clock.share_of_time(_PROOF) if method == "auto" else clock
        with search_bar("equilibria", progress) as show, watched(show) as watch:
            proof.watch = watch
            proved = certified_count(net, stable_only, proof)
        if proved.exact or method == "certified" or watch.stopped:
            return proved
        if proved.lower > _BEYOND_SAMPLES:
            return proved
    found = sample_equilibria(net, stable_only, clock, check_rng(rng))
    sampled = found.stable_count if stable_only else found.count
    return sampled if proved is None else raise_lower(proved, sampled)


def _checked(
    net: object, method: object, stable_only: object, budget: Budget | float | None, rng: Rng
) -> Clock:
    """Start the clock of a call whose arguments are all right."""
    if not isinstance(net, PlasticNetwork):
        raise TypeError(
            f"net is a {type(net).__name__}; make a netplastic.PlasticNetwork(graph, rule) first."
        )
    check_choice("method", method, _METHODS)
    check_flag("stable_only", stable_only)
    if rng is not None:  # which needs no check, and fresh entropy takes longer than a small search
        check_rng(rng)
    if net.in_limit:
        _check_in_limit(method, stable_only)
    return Clock(as_budget(budget))


def _check_in_limit(method: object, stable_only: object) -> None:
    if method != "auto":
        raise ValueError(
            f"method is {method!r} with strength -inf (the strong limit), where neither proof by "
            'intervals nor samples apply; method="auto" counts by combinatorics.'
        )
    if not stable_only:
        raise ValueError(
            "strength is -inf (the strong limit), where only stable equilibria are known; ask for "
            "stable_only=True, or give a finite strength."
        )
