"""Balls around nodes, and what every scope of counting is given and gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from netplastic._support import Crew, IntArray, check_number
from netplastic.equilibria import Budget, Count, CountStatus, Coverage
from netplastic.model import PlasticNetwork

__all__ = ["WORTH", "Background", "Ball", "Counted", "Settings", "Step", "balls_of", "skeleton"]

WORTH = [CountStatus.CERTIFIED, CountStatus.ESTIMATE, CountStatus.LOWER_BOUND]
"""What a count is worth, the best first."""

Step = Callable[[str], None]
"""Called once for each ball that is done."""


@dataclass(frozen=True, eq=False)
class Ball:
    """A node's number and the numbers of the nodes within the radius, itself among them."""

    center: int
    members: IntArray


@dataclass(frozen=True)
class Background:
    """What arcs do that are not targeted: nothing plastic, or Hebbian.

    Exactly one of the two is given: with a static background the sign of an effect is that of the
    weights that plasticity takes the place of, with a plastic one that of the other rule.

    Parameters
    ----------
    static_weight : float or None
        These arcs have this weight (times their arc weight a_ij), and no plasticity.
    strength : float or None
        These arcs follow the network's rule with this strength, and keep their static weights.

    Raises
    ------
    ValueError
        If both or none are given, or the value is not finite.

    Examples
    --------
    >>> import netplastic as npl
    >>> npl.Background(static_weight=0.2)
    Background(static_weight=0.2, strength=None)
    """

    static_weight: float | None = None
    strength: float | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.static_weight, self.strength) if value is not None]
        if len(given) != 1:
            raise ValueError(
                "a background needs one of static_weight= and strength=: what arcs outside the "
                f"target do decides the sign of their effect; found {len(given)} of them."
            )
        name = "strength" if self.static_weight is None else "static_weight"
        check_number(f"background {name}", given[0])


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to count.

    Attributes
    ----------
    method : str
        "auto", "certified", "sampled" or "limit sets".
    budget : Budget
        Of each search.
    seed : int
        Seed of everything sampled.
    crew : Crew
        Who does it.
    tolerance : float
        Share of a node's range of rates beyond which two patterns differ (scope "embedded").
    background : Background or None
        What the arcs outside a ball do (scope "targeted").
    """

    method: str
    budget: Budget
    seed: int
    crew: Crew
    tolerance: float
    background: Background | None = None


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a row says of one ball.

    Attributes
    ----------
    lower, upper : int (upper may be inf)
        Ends of the count; over several states of the rest, the least and the greatest.
    log2 : float
        log2 of the count, over several states of the rest its mean; -inf for 0.
    status : CountStatus
    method : str
    seconds : float
        Time it took, 0 where the count was shared with an earlier ball.
    coverage : Coverage
        Of the ball's patterns by samples; NaN where there are none, or nothing is left open.
    """

    lower: int
    upper: int | float
    log2: float
    status: CountStatus
    method: str
    seconds: float
    coverage: Coverage = field(default_factory=Coverage)

    @staticmethod
    def of(count: Count, seconds: float, coverage: Coverage | None = None) -> Counted:
        """A single count."""
        return Counted(
            lower=count.lower,
            upper=count.upper,
            log2=count.log2,
            status=count.status,
            method=count.method,
            seconds=seconds,
            coverage=coverage or Coverage(),
        )


def skeleton(net: PlasticNetwork) -> sparse.csr_array:
    """Underlying undirected graph without self-loops, as a symmetric matrix of ones."""
    wiring = net.wiring
    apart = wiring.source != wiring.target
    rows, columns = wiring.target[apart], wiring.source[apart]
    both = (np.concatenate([rows, columns]), np.concatenate([columns, rows]))
    matrix = sparse.csr_array((np.ones(len(both[0])), both), shape=(net.n, net.n))
    matrix.data[:] = 1.0
    return matrix


def balls_of(graph: sparse.csr_array, centers: IntArray, radius: int) -> list[Ball]:
    """Nodes within `radius` steps of each center, by breadth-first search, in node order."""
    return [Ball(int(center), _ball(graph, int(center), radius)) for center in centers]


def _ball(graph: sparse.csr_array, center: int, radius: int) -> IntArray:
    inside = {center}
    shell = [center]
    for _ in range(radius):
        reached = {
            int(node)
            for here in shell
            for node in graph.indices[graph.indptr[here] : graph.indptr[here + 1]]
        }
        shell = sorted(reached - inside)
        if not shell:
            break
        inside.update(shell)
    return np.array(sorted(inside), dtype=np.int64)
