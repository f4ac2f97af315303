"""The door to all searches, `find_equilibria` and `count_equilibria`, and the policy of both."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from netplastic._support import (
    INTERRUPTED,
    Crew,
    Rng,
    Shown,
    check_choice,
    check_flag,
    check_progress,
    check_rng,
    crew_of,
    search_bar,
    watched,
)
from netplastic.model import PlasticNetwork, check_network

from ._budget import Budget, as_budget
from ._clock import Clock
from ._count import Count
from ._joined import joined, ordered, with_prospect
from ._list import Equilibria

__all__ = ["METHODS", "Method", "count_equilibria", "find_equilibria"]

Method = Literal["auto", "certified", "sampled"]
METHODS = ("auto", "certified", "sampled")

_PROOF = 0.8
"""Share of a budget in seconds that goes to the proof; samples get the rest where it fails."""

_SHARED = 0.5
"""Share of the proof's time for the list where a count without a list is tried as well."""

_BEYOND_SAMPLES = 10_000
"""Samples do not find more equilibria than that, so they are not tried where more are proved."""


def find_equilibria(
    net: PlasticNetwork,
    method: Method = "auto",
    *,
    stable_only: bool = False,
    budget: Budget | float | None = None,
    rng: Rng = None,
    executor: Executor | Any | None = None,
    progress: bool | None = None,
) -> Equilibria:
    """Find the equilibria of a network.

    Parameters
    ----------
    net : PlasticNetwork
    method : {"auto", "certified", "sampled"}, default "auto"
        "certified" searches the whole space by interval branch and prune: the list is proved
        complete, or the count says what was left unsettled. "sampled" starts from many states:
        fast on large networks, a lower bound. "auto" takes the certified search first, on
        components of up to 256 nodes and on larger ones that a few nodes divide; where that leaves
        something open it adds samples, and joins the bounds of both. In the strong limit
        (strength -inf) only "auto" is allowed, with stable_only=True: states are found by
        combinatorics.
    stable_only : bool, default False
        List only equilibria that are stable at the network's learning rate; much faster.
    budget : Budget, float or None
        Limits of the whole call; a number means seconds. None: the defaults of `Budget`. Four
        fifths of the seconds go to the proof, unless after a quarter of these ten times as many
        seem to be needed. The count's reason says with which budget a proof may be finished.
    rng : int, numpy.random.Generator or None
        Seed of the sampled search; the certified one uses no randomness.
    executor : concurrent.futures.Executor, optional
        Of joblib's loky, say, or a distributed.Client: brings the starts of the sampled search
        down to minima, where compiled loops do that (the anti-Hebbian rule with an objective, tanh
        or the logistic function). The results are the same.
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
    RuntimeError
        If a part of the work is lost twice with the executor's worker that did it.
    ValueError
        For an unknown method, or "certified" with an activation or rule that cannot be enclosed.
    ArithmeticError
        If a list proved complete contradicts the network's symmetries or the samples: an error of
        netplastic, please report it.

    Notes
    -----
    Ctrl-C stops the search: what was found is returned, and the counts are bounds whose reason is
    "interrupted". A second Ctrl-C within two seconds raises KeyboardInterrupt, so that a
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

    clock = _checked(net, method, stable_only, budget, rng, progress)
    crew = None if executor is None else crew_of(1, executor)
    if net.in_limit:
        with watched(None) as clock.watch:
            return with_orbits(net, limit_equilibria(net, clock))
    generator = check_rng(rng)
    if method == "sampled":
        return _Search(net, stable_only, clock, generator, progress, crew).sampled()
    if method == "certified":
        with search_bar("equilibria", progress) as show, watched(show) as clock.watch:
            proved = certify_equilibria(net, stable_only, clock)
        return with_orbits(net, _consistent(_told(proved, clock)))
    search = _Search(net, stable_only, clock, generator, progress, crew)
    listed = search.listed() if can_certify(net) else None
    if listed is not None and (_asked(listed, stable_only).exact or search.stopped):
        return with_orbits(net, _consistent(_told(listed, clock)))
    return search.completed(listed, search.counted())


def count_equilibria(
    net: PlasticNetwork,
    *,
    stable_only: bool = False,
    method: Method = "auto",
    budget: Budget | float | None = None,
    rng: Rng = None,
    executor: Executor | Any | None = None,
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
    executor : concurrent.futures.Executor, optional
        As for `find_equilibria`.
    progress : bool or None, default None
        Show how far the search is, as for `find_equilibria`.

    Returns
    -------
    Count
        Certified, or bounds and the reason where the budget ran out or Ctrl-C stopped the search,
        as `find_equilibria` gives them. The lower end is the larger one of what is proved and of
        what was sampled, the upper end is proved.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork, or an option of the wrong kind.
    RuntimeError
        If a part of the work is lost twice with the executor's worker that did it.
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
    from .certified import certified_count
    from .limit import limit_count

    clock = _checked(net, method, stable_only, budget, rng, progress)
    crew = None if executor is None else crew_of(1, executor)
    if net.in_limit:
        with watched(None) as clock.watch:
            return limit_count(net, clock)
    generator = check_rng(rng)
    if method == "sampled":
        sampled = _Search(net, stable_only, clock, generator, progress, crew).sampled()
        return _asked(sampled, stable_only)
    if method == "certified":
        with search_bar("equilibria", progress) as show, watched(show) as clock.watch:
            return with_prospect(certified_count(net, stable_only, clock), clock)
    search = _Search(net, stable_only, clock, generator, progress, crew)
    count, listed = search.counted_or_listed()
    if count is not None and (count.exact or search.stopped or count.lower > _BEYOND_SAMPLES):
        return with_prospect(count, clock)
    return _asked(search.completed(listed, count), stable_only)


@dataclass(frozen=True, eq=False)
class _Search:
    """What find_equilibria and count_equilibria do where they are free to choose.

    A list is proved as far as the budget goes; where components multiply or nodes divide the
    network a count without a list may go further; samples fill what is open. The results of all
    are put together.
    """

    net: PlasticNetwork
    stable_only: bool
    clock: Clock
    rng: np.random.Generator
    progress: bool | None
    crew: Crew | None

    @property
    def stopped(self) -> bool:
        """Whether the user interrupted a search."""
        return self.clock.watch.stopped

    def listed(self) -> Equilibria:
        """The certified list, complete or not."""
        from .certified import certify_equilibria

        with self._proving() as proof:
            return certify_equilibria(self.net, self.stable_only, proof)

    def counted(self) -> Count | None:
        """The certified count, where it may go beyond the list."""
        from .certified import can_divide, certified_count

        if not can_divide(self.net):
            return None
        with self._proving() as proof:
            return certified_count(self.net, self.stable_only, proof)

    def counted_or_listed(self) -> tuple[Count | None, Equilibria | None]:
        """The certified count and, if that is not settled, what can be listed."""
        from .certified import TooManyError, can_certify, can_divide, count_or_list

        lists = can_certify(self.net)
        if not can_divide(self.net):
            if not lists:
                return None, None
            with self._proving() as proof:
                return count_or_list(self.net, self.stable_only, proof)
        count = self.counted()
        if count is None or count.exact or self.stopped or not lists:
            return count, None
        try:
            return count, self.listed()
        except TooManyError:
            return count, None

    @contextmanager
    def _proving(self) -> Iterator[Clock]:
        """A clock for one proof: with its share of the time, and all boxes of the budget."""
        from .certified import can_certify, can_divide

        first = self.clock.budget.seconds is not None and not self.clock.unfinished
        both = first and can_certify(self.net) and can_divide(self.net)
        share = _PROOF * (_SHARED if both else 1.0)
        with search_bar("equilibria", self.progress) as show, watched(show) as watch:
            self.clock.watch = watch
            yield replace(self.clock.share_of_time(share), gives_up=True)

    def sampled(self) -> Equilibria:
        """What many starts come to, as far as time and Ctrl-C allow."""
        from .sampled import sample_equilibria

        asked = (self.net, self.stable_only, self.clock, self.rng, self.crew)
        if self.stopped:  # of which the watch of before knows
            found = sample_equilibria(*asked)
        else:
            with search_bar("samples", self.progress) as show, watched(show) as self.clock.watch:
                found = sample_equilibria(*asked)
        return _consistent(_interrupted(found) if self.stopped else found)

    def completed(self, listed: Equilibria | None, count: Count | None) -> Equilibria:
        """Samples beside what was proved, and the bounds of all."""
        from .sampled import merge_found

        if self.stopped and listed is not None:
            found = listed
        else:
            found = self.sampled()
            found = found if listed is None else merge_found(self.net, listed, found)
        if count is not None and self.stable_only:
            stable = joined(found.stable_count, count)
            found = replace(found, count=stable, stable_count=stable)
        elif count is not None:
            found = replace(found, count=joined(found.count, count))
        return _consistent(_told(found, self.clock))


def _asked(found: Equilibria, stable_only: bool) -> Count:
    return found.stable_count if stable_only else found.count


def _consistent(found: Equilibria) -> Equilibria:
    """There are at least as many equilibria as stable ones."""
    if found.stable_only:
        return found
    count, stable = ordered(found.count, found.stable_count)
    return replace(found, count=count, stable_count=stable)


def _interrupted(found: Equilibria) -> Equilibria:
    """With counts that say that Ctrl-C ended the search."""
    count, stable = (
        count if count.exact else replace(count, reason=f"{INTERRUPTED} after {count.reason}")
        for count in (found.count, found.stable_count)
    )
    return replace(found, count=count, stable_count=stable)


def _told(found: Equilibria, clock: Clock) -> Equilibria:
    """With the prospects of a larger budget."""
    stable = with_prospect(found.stable_count, clock)
    count = stable if found.stable_only else with_prospect(found.count, clock)
    return replace(found, count=count, stable_count=stable)


def _checked(
    net: PlasticNetwork,
    method: object,
    stable_only: object,
    budget: Budget | float | None,
    rng: Rng,
    progress: Shown,
) -> Clock:
    """Start the clock of a call whose arguments are all right."""
    check_network(net)
    check_progress(progress)
    check_choice("method", method, METHODS)
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
