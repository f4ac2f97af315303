"""What every search for attractors is asked with, checked before any of it starts."""

from __future__ import annotations

from netplastic._support import Shown, check_count, check_instance, check_positive, check_progress
from netplastic.equilibria import Equilibria, check_equilibria
from netplastic.model import PlasticNetwork, check_network

__all__ = ["check_asked"]


def check_asked(
    net: PlasticNetwork,
    *,
    trials: int,
    duration: float | None,
    budget: float | None,
    workers: int | None,
    equilibria: Equilibria | None,
    progress: Shown,
) -> None:
    """Refuse what is wrong with the arguments; rows picked from a list say nothing of the others.

    Raises
    ------
    TypeError, ValueError
    """
    check_network(net)
    check_progress(progress)
    check_count("trials", trials)
    for name, value in (("duration", duration), ("budget", budget)):
        if value is not None:
            check_positive(name, value)
    if workers is not None:
        check_count("workers", workers)
    if equilibria is None:
        return
    check_instance("equilibria", equilibria, Equilibria, "find_equilibria(net), or None")
    check_equilibria(net, "equilibria", equilibria)
    if equilibria.selected:
        raise ValueError(
            "equilibria are rows picked from a list, which says nothing of the others; give the "
            "whole list that netplastic.find_equilibria returned, or None."
        )
