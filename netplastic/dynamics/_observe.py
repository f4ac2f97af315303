"""What to report of a simulation, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from netplastic._support import FloatArray, IntArray, Node, as_numbers, brief, check_flag
from netplastic.model import PlasticNetwork, check_arcs

__all__ = ["Observe", "arcs_of", "moments_of", "nodes_of"]

_AUTO_WEIGHTS = 8_000_000


@dataclass(frozen=True)
class Observe:
    """What to record along a trajectory.

    Parameters
    ----------
    nodes : iterable of node labels, or None
        Nodes whose activity is recorded; None for all.
    weights : bool, "auto", or iterable of arcs
        Arcs (source, target) whose weights are recorded; True for all, False for none. "auto",
        the default: all where trials * times * arcs is at most 8 million, else none (the final
        weights are always there).
    energy : bool, default False
        Record the objective (networks with an objective only, see `netplastic.energy`).

    Examples
    --------
    >>> Observe(nodes=[0], weights=[(0, 1)]).energy
    False
    """

    nodes: Iterable[Node] | None = None
    weights: bool | Literal["auto"] | Iterable[tuple[Node, Node]] = "auto"
    _: KW_ONLY
    energy: bool = False

    def __post_init__(self) -> None:
        check_flag("energy", self.energy)


def moments_of(duration: float, times: ArrayLike | None) -> FloatArray:
    """Check times; 201 equal steps where none are given."""
    if times is None:
        return np.linspace(0.0, duration, 201)
    moments = np.atleast_1d(as_numbers("times", times, "give increasing numbers."))
    inside = np.all(np.isfinite(moments)) and np.all((moments >= 0.0) & (moments <= duration))
    if moments.ndim != 1 or not len(moments) or not inside or np.any(np.diff(moments) <= 0.0):
        raise ValueError(
            f"times must be increasing numbers between 0 and duration = {duration}; got "
            f"{brief(times)}."
        )
    return moments


def nodes_of(net: PlasticNetwork, wish: Observe) -> IntArray:
    """Numbers of the nodes to report."""
    if wish.nodes is None:
        return np.arange(net.n)
    return net.positions(wish.nodes, once=True)


def arcs_of(net: PlasticNetwork, wish: Observe, reports: int) -> IntArray | None:
    """Numbers of the arcs whose weights to report, given trials * times; None for no report."""
    wanted = wish.weights
    if isinstance(wanted, str):
        if wanted != "auto":
            raise ValueError(
                f"weights is {brief(wanted)}; give True, False, 'auto' or a list of arcs."
            )
        wanted = reports * net.m <= _AUTO_WEIGHTS
    if isinstance(wanted, bool | np.bool_):
        return np.arange(net.m) if wanted else None
    if not isinstance(wanted, Iterable):
        raise TypeError(f"weights is {brief(wanted)}; give True, False, 'auto' or a list of arcs.")
    return check_arcs(net, "weights", wanted)
