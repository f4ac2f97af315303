"""The door to all searches: `find_equilibria` and `count_equilibria`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from netplastic._support import search_bar, unknown_name, watched
from netplastic.model import PlasticNetwork

from ._budget import Budget, as_budget
from ._count import Count
from ._list import Equilibria

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["count_equilibria", "find_equilibria"]

Method = Literal["auto", "certified", "sampled"]


def find_equilibria(
    net: PlasticNetwork,
    method: Method = "auto",
    stable_only: bool = False,
    budget: Budget | float | None = None,
    rng: int | Generator | None = None,
    progress: bool = False,
) -> Equilibria:
    """Find the equilibria of a network.

    Parameters
    ----------
    net : PlasticNetwork
    method : {"auto", "certified", "sampled"}, default "auto"
        "certified" searches the whole space by interval branch and prune: the list is proved
        complete, or the count says what was left unsettled. "sampled" starts from many states:
        fast on large networks, a lower bound. "auto" takes the certified search where it is
        within reach, and adds samples where it runs out of budget.
    stable_only : bool, default False
        List only equilibria that are stable at the network's learning rate; much faster.
    budget : Budget, float or None
        Limits; a number means seconds. None: the defaults of `Budget`.
    rng : int, numpy.random.Generator or None
        Seed of the sampled search; the certified one uses no randomness.
    progress : bool, default False
        Show on a terminal how far the certified search is: the share of its tree that is
        finished, boxes, roots found, time. (Off by default: most calls are one of many.)

    Returns
    -------
    Equilibria
        A list that is proved complete says which equilibria the symmetries of the network carry
        into each other: `orbit` and `orbit_size`.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork.
    ValueError
        For an unknown method, or "certified" with an activation that cannot be enclosed.
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
    _check(net)
    limits = as_budget(budget)
    if method == "sampled":
        from netplastic.equilibria.sampled import sample_equilibria

        return sample_equilibria(net, stable_only, limits, rng)
    if method == "certified":
        from ._orbits import with_orbits

        return with_orbits(net, _certified(net, stable_only, limits, progress)[0])
    if method == "auto":
        return _automatic(net, stable_only, limits, rng, progress)
    raise unknown_name("method", method, ["auto", "certified", "sampled"])


def count_equilibria(
    net: PlasticNetwork,
    stable_only: bool = False,
    budget: Budget | float | None = None,
    progress: bool = False,
) -> Count:
    """Count equilibria without listing them.

    Independent parts are counted separately and multiplied, equal parts once: counts of dozens
    of digits are exact integers.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool, default False
        Count only those that are stable at the network's learning rate.
    budget : Budget, float or None
        Limits; a number means seconds.
    progress : bool, default False
        Show on a terminal how far the search is, as for `find_equilibria`.

    Returns
    -------
    Count
        Where the budget ran out, or Ctrl-C stopped the search (see `find_equilibria`), bounds
        and the reason. `estimate_work` says beforehand what it will take.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork.
    ValueError
        If the activation cannot be enclosed.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> pairs = nx.disjoint_union_all([nx.path_graph(2)] * 100)
    >>> net = npl.PlasticNetwork(pairs, npl.Hebbian(strength=-20.0))
    >>> int(npl.count_equilibria(net)) == 3**100
    True
    """
    _check(net)
    from netplastic.equilibria.certified import certified_count

    limits = as_budget(budget)
    with search_bar("equilibria", progress) as show, watched(show):
        return certified_count(net, stable_only, limits)


def _certified(
    net: PlasticNetwork, stable_only: bool, budget: Budget, progress: bool
) -> tuple[Equilibria, bool]:
    """Search, and say whether Ctrl-C stopped it."""
    from netplastic.equilibria.certified import certify_equilibria

    with search_bar("equilibria", progress) as show, watched(show) as watch:
        return certify_equilibria(net, stable_only, budget), watch.stopped


def _automatic(
    net: PlasticNetwork,
    stable_only: bool,
    budget: Budget,
    rng: int | Generator | None,
    progress: bool,
) -> Equilibria:
    from netplastic.equilibria.certified import can_certify
    from netplastic.equilibria.sampled import merge_found, sample_equilibria

    from ._orbits import with_orbits

    if not can_certify(net):
        return sample_equilibria(net, stable_only, budget, rng)
    proved, stopped = _certified(net, stable_only, budget, progress)
    settled = proved.stable_count if stable_only else proved.count
    if settled.exact:
        return with_orbits(net, proved)
    if stopped:
        return proved
    return merge_found(net, proved, sample_equilibria(net, stable_only, budget, rng))


def _check(net: object) -> None:
    if not isinstance(net, PlasticNetwork):
        raise TypeError(
            f"net is a {type(net).__name__}; make a netplastic.PlasticNetwork(graph, rule) first."
        )
