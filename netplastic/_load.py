"""`load`: results from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._support import MEMORY_LIMIT, Result, ResultFileError, read_result

__all__ = ["load"]

_HOMES = {
    "netplastic.model": (
        *("PlasticNetwork", "Family", "Tanh", "Logistic", "Hebbian", "Oja", "Covariance", "BCM"),
        *("PresynapticallyGated", "PostsynapticallyGated"),
    ),
    "netplastic.equilibria": ("Count", "CountStatus", "Equilibria", "Equilibrium"),
    "netplastic.landscape": ("Convexity", "ConvexityStatus"),
    "netplastic.stability": ("CriticalRates", "RateStatus"),
    "netplastic.dynamics": ("Attractor", "Attractors", "Trajectory", "RunStatus"),
    "netplastic.continuation": (
        *("BifurcationDiagram", "Branch", "DiagramStatus", "End", "SpecialPoint", "Symmetry"),
        *("MultistabilityOnset", "MultistabilityStatus", "Onset", "OnsetStatus"),
    ),
    "netplastic.continuation._slices": ("Traces",),
    "netplastic.continuation._explore": ("Traced",),
    "netplastic.continuation._events": ("Event",),
    "netplastic.continuation._arclength": ("Curve", "Point"),
    "netplastic.analyses": ("StabilityMap",),
}
"""Where the classes live that a file may name: nothing else is ever made from a file."""

_KNOWN = {name: home for home, names in _HOMES.items() for name in names}


def load(path: str | Path, *, memory_limit: float = MEMORY_LIMIT) -> Any:
    """Read a result or a network that its method `save` wrote.

    Parameters
    ----------
    path : str or Path
    memory_limit : float, default 8.0
        Gigabytes that it may take.

    Returns
    -------
    Equilibria, Attractors, Trajectory, BifurcationDiagram, ...
        What was saved, with its network: all that could be asked of it can be asked again. Numbers
        are the same to the last bit.

    Raises
    ------
    ResultFileError
        A ValueError: for a file that is not there or not readable, damaged, of another origin,
        from a newer version, or larger than the limit.

    Notes
    -----
    Nothing in a file is executed: it holds JSON and arrays, and names of classes out of a fixed
    list.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from tempfile import TemporaryDirectory
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> with TemporaryDirectory() as folder:
    ...     npl.find_equilibria(net).save(f"{folder}/pair.npz")
    ...     found = npl.load(f"{folder}/pair.npz")
    >>> found
    Equilibria(3 equilibria of 2 nodes, 2 stable; count: 3, certified)
    >>> found[0].critical_learning_rate() == npl.critical_learning_rate(net, found[0])
    True
    """
    result = read_result(path, _KNOWN, memory_limit)
    if not isinstance(result, Result):
        raise ResultFileError(path, "is damaged: what it holds is no result")
    return result
