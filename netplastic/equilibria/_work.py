"""How much work a certified count will be, before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netplastic.model import PlasticNetwork

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["WorkEstimate", "estimate_work"]


@dataclass(frozen=True)
class WorkEstimate:
    """Estimated work of a certified count; not a bound of any kind.

    Attributes
    ----------
    boxes : int
        Boxes that the search would examine to its end, in the units of `Budget.boxes`.
    boxes_low, boxes_high : int
        Interval at the nominal level 95%, from the spread of the passes; all three are equal
        where the whole search was done on the way.
    seconds : float
        Time of the search, at the speed that this machine showed during the estimate.
    method : str
        How it was obtained.

    Examples
    --------
    >>> print(WorkEstimate(15_700, 12_000, 20_600, 2.13, "estimated from 10 random passes"))
    about 15,700 boxes (12,000 to 20,600), about 2.1 s: estimated from 10 random passes
    """

    boxes: int
    boxes_low: int
    boxes_high: int
    seconds: float
    method: str

    @property
    def exact(self) -> bool:
        """Whether the number of boxes is known, not estimated."""
        return self.boxes_low == self.boxes_high

    def __str__(self) -> str:
        time = f"about {self.seconds:.2g} s: {self.method}"
        if self.exact:
            return f"{self.boxes:,} boxes, {time}"
        return f"about {self.boxes:,} boxes ({self.boxes_low:,} to {self.boxes_high:,}), {time}"


def estimate_work(
    net: PlasticNetwork,
    stable_only: bool = False,
    probes: int = 10,
    rng: int | Generator | None = None,
) -> WorkEstimate:
    """Estimate the work of a certified count of a network's equilibria without doing it.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool, default False
        As for `count_equilibria`.
    probes : int, default 10
        Random passes, at least 2. Each examines some hundred boxes (at most 32 at each depth of
        the search tree, fewer where a box has more than 20 unknowns) and gives an estimate of the
        whole. Counts of at most 1000 boxes are done instead.
    rng : int, numpy.random.Generator or None
        Seed.

    Returns
    -------
    WorkEstimate

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork, or `probes` no integer.
    ValueError
        If the activation cannot be enclosed, or `probes` is below 2.

    Notes
    -----
    Each pass is an unbiased estimate of the size of the search tree (Knuth 1975; Chen 1992), but
    rare large subtrees make single estimates far too low more often than far too high: read the
    interval as a hint, above all near a bifurcation, and give more `probes` where it matters.

    The estimate is of the branch and prune that `count_equilibria` does: independent parts, equal
    ones once, twins by their patterns, one of the images under symmetries. `find_equilibria` does
    the same for a connected network. A count of a network that a node holds together takes several
    ways in turn, as far as the default budget allows, one of them conditioned on that node: what is
    short of them is done, so that its work is known.
    Left out are the proofs of stability and, with `stable_only`, the searches that only tell twins
    apart.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(8), npl.Hebbian(strength=-50.0))
    >>> work = npl.estimate_work(net, rng=0)
    >>> work.boxes_low <= work.boxes <= work.boxes_high
    True
    """
    if not isinstance(net, PlasticNetwork):
        raise TypeError(
            f"net is a {type(net).__name__}; make a netplastic.PlasticNetwork(graph, rule) first."
        )
    if isinstance(probes, bool) or not isinstance(probes, int):
        raise TypeError(f"probes is {probes!r}; give a whole number of at least 2.")
    if probes < 2:
        raise ValueError(f"probes is {probes}; it must be at least 2.")
    from netplastic.equilibria.certified import forecast

    found, method = forecast(net, stable_only, probes, np.random.default_rng(rng))
    return WorkEstimate(
        round(found.boxes), round(found.low), round(found.high), found.seconds, method
    )
