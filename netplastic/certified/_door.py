"""From a network to certified equilibria and counts: parts solved once, results combined."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from .._types import BoolArray, FloatArray, IntArray
from ..budget import Budget
from ..canonical import canonical_form
from ..counts import Count, CountStatus
from ..equilibria import Equilibria, reproducible_order
from ..network import PlasticNetwork
from ._search import Clock
from ._solve import Orbits, solve
from ._stability import Verdict, judge
from ._system import refusal, system_of

__all__ = ["can_certify", "certified_count", "certify_equilibria"]

METHOD = "certified"
LARGEST_LIST = 100_000
_AUTO_NODES = 40
_WITHIN_REACH = 64


def can_certify(net: PlasticNetwork) -> bool:
    """Whether the certified search is worth a try: enclosable, and parts of moderate size.

    Larger networks may be given to ``method="certified"`` all the same.
    """
    if refusal(net):
        return False
    _, label = _components(net)
    return int(np.bincount(label).max()) <= _WITHIN_REACH


def certify_equilibria(net: PlasticNetwork, stable_only: bool, budget: Budget) -> Equilibria:
    """List the equilibria of a network with a proof that none is missing.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool
        List only those proved stable at the network's learning rate.
    budget : Budget

    Raises
    ------
    ValueError
        If the equations cannot be enclosed, or there are more equilibria than can be listed.
    """
    clock = Clock(budget)
    parts = _solve_parts(net, stable_only, clock, share=False)
    total = math.prod(sum(p.orbits.size) for p in parts)
    if total > LARGEST_LIST:
        raise ValueError(
            f"the network has at least {total} equilibria, more than the {LARGEST_LIST} that can "
            "be listed; use count_equilibria, or stable_only=True."
        )
    listed = [_Listed.of(part) for part in parts]
    activity = np.empty((0, net.n))
    stable = undecided = np.zeros(0, dtype=bool)
    minimum: BoolArray | None = None
    radius = np.zeros(0)
    rows = list(itertools.product(*(range(len(p.activity)) for p in listed)))
    index = np.array(rows, dtype=np.int64).reshape(len(rows), len(listed))
    activity = np.empty((len(rows), net.n))
    stable, unstable = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    radius = np.zeros(len(rows))
    minimum = np.ones(len(rows), dtype=bool) if net.has_objective else None
    for column, part in enumerate(listed):
        chosen = index[:, column]
        activity[:, part.nodes] = part.activity[chosen]
        stable &= part.stable[chosen]
        unstable |= part.unstable[chosen]
        radius = np.maximum(radius, part.radius[chosen])
        if minimum is not None and part.minimum is not None:
            minimum &= part.minimum[chosen]
    undecided = ~stable & ~unstable
    count, stable_count = _counts(parts)
    keep = np.flatnonzero(stable | undecided) if stable_only else np.arange(len(rows))
    keep = keep[reproducible_order(activity[keep])]
    return Equilibria(
        net.nodes,
        activity[keep],
        net.activation.rate(activity[keep]),
        radius[keep],
        stable[keep],
        undecided[keep],
        None if minimum is None else minimum[keep],
        stable_count if stable_only else count,
        stable_count,
        stable_only,
        METHOD,
        _statistics(parts, clock),
    )


def certified_count(net: PlasticNetwork, stable_only: bool, budget: Budget) -> Count:
    """Count equilibria with proof, without listing them.

    Components are counted separately, equal ones once; twins are not exchanged one by one.

    Raises
    ------
    ValueError
        If the equations cannot be enclosed.
    """
    clock = Clock(budget)
    count, stable_count = _counts(_solve_parts(net, stable_only, clock, share=True))
    return stable_count if stable_only else count


@dataclass(frozen=True, eq=False)
class _Part:
    """One component's solutions, what is proved of them, and how many such components there are."""

    net: PlasticNetwork
    nodes: IntArray
    orbits: Orbits
    verdict: Verdict
    searched_minima: bool
    copies: int


def _components(net: PlasticNetwork) -> tuple[int, IntArray]:
    wiring = net.wiring
    # An arc without plasticity and static weight carries nothing, so it does not connect.
    live = net.arc_weight * (np.abs(net.strength) + np.abs(net.static_weight)) != 0.0
    arcs = (wiring.target[live], wiring.source[live])
    matrix = sparse.csr_array((np.ones(int(live.sum())), arcs), shape=(net.n, net.n))
    number, label = connected_components(matrix, directed=False)
    return int(number), label.astype(np.int64)


def _solve_parts(net: PlasticNetwork, stable_only: bool, clock: Clock, share: bool) -> list[_Part]:
    why_not = refusal(net)
    if why_not:
        raise ValueError(why_not)
    number, label = _components(net)
    order = np.argsort(label, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(label))[:-1])
    known: dict[str, int] = {}
    parts: list[_Part] = []
    for nodes in members:
        part = net.part_at(nodes) if number > 1 else net
        if share and number > 1:
            key = canonical_form(part)
            if key in known:
                old = parts[known[key]]
                parts[known[key]] = _Part(
                    old.net, old.nodes, old.orbits, old.verdict, old.searched_minima, old.copies + 1
                )
                continue
            known[key] = len(parts)
        parts.append(_solve_part(part, nodes, stable_only, clock))
    return parts


def _solve_part(net: PlasticNetwork, nodes: IntArray, stable_only: bool, clock: Clock) -> _Part:
    # an equilibrium where H has a negative eigenvalue is unstable at every learning rate, if one
    # decay serves all nodes (see `judge`): only then may the search skip it
    minima = stable_only and net.has_objective and float(np.ptp(net.decay)) == 0.0
    orbits = solve(system_of(net), minima, clock)
    label = orbits.label
    verdict = judge(net, orbits.low[:, label], orbits.high[:, label])
    return _Part(net, nodes, orbits, verdict, minima, 1)


def _counts(parts: list[_Part]) -> tuple[Count, Count]:
    lower = stable_lower = 1
    upper: int | float = 1
    stable_upper: int | float = 1
    reasons: list[str] = []
    undecided = 0
    for part in parts:
        orbits, verdict = part.orbits, part.verdict
        total = sum(orbits.size)
        proved = sum(s for s, ok in zip(orbits.size, verdict.stable, strict=True) if ok)
        open_ones = sum(
            s
            for s, ok, no in zip(orbits.size, verdict.stable, verdict.unstable, strict=True)
            if not ok and not no
        )
        # Brouwer: x -> b + A + sum R T maps a ball into itself where no decay can vanish
        exists = bool(np.all(part.net.decay_growth >= 0.0)) and not part.searched_minima
        lower *= max(total + orbits.more_low, int(exists)) ** part.copies
        upper = _times(upper, total + orbits.more_high, part.copies)
        stable_lower *= proved**part.copies
        stable_upper = _times(stable_upper, proved + open_ones + orbits.more_high, part.copies)
        undecided += open_ones
        if not orbits.complete:
            reasons.append(orbits.reason)
    pruned = any(part.searched_minima for part in parts)
    reason = "; ".join(dict.fromkeys(reasons))
    count = _count(lower, math.inf if pruned else upper, reason)
    why = reason or (f"stability of {undecided} undecided" if undecided else "")
    return count, _count(stable_lower, stable_upper, why)


def _times(bound: int | float, factor: int | float, copies: int) -> int | float:
    """bound * factor^copies, where nothing times infinity is nothing."""
    if bound == 0 or factor == 0:
        return 0
    if math.isinf(bound) or math.isinf(factor):
        return math.inf  # integers too long for floats occur
    result: int = int(bound) * int(factor) ** copies
    return result


def _count(lower: int, upper: int | float, reason: str) -> Count:
    status = CountStatus.CERTIFIED if lower == upper else CountStatus.LOWER_BOUND
    return Count(lower, upper, status, METHOD, "" if lower == upper else reason)


@dataclass(frozen=True, eq=False)
class _Listed:
    """A component's equilibria one by one."""

    nodes: IntArray
    activity: FloatArray
    radius: FloatArray
    stable: BoolArray
    unstable: BoolArray
    minimum: BoolArray | None

    @staticmethod
    def of(part: _Part) -> _Listed:
        orbits, verdict = part.orbits, part.verdict
        mid = 0.5 * (orbits.low + orbits.high)
        reach = np.maximum(orbits.high - mid, mid - orbits.low)
        radius = reach.max(axis=1, initial=0.0) * (1.0 + 1e-15)
        rows = [(r, source) for r in range(len(orbits)) for source in orbits.expand(r)]
        of = np.array([r for r, _ in rows], dtype=np.int64)
        activity = np.array([mid[r][source] for r, source in rows]).reshape(-1, part.net.n)
        minimum = None if verdict.minimum is None else verdict.minimum[of]
        return _Listed(
            part.nodes, activity, radius[of], verdict.stable[of], verdict.unstable[of], minimum
        )


def _statistics(parts: list[_Part], clock: Clock) -> dict[str, Any]:
    done = float(np.mean([part.orbits.done for part in parts]))
    return {
        "boxes": clock.boxes,
        "newton_steps": clock.newtons,
        "seconds": clock.seconds,
        "components": sum(part.copies for part in parts),
        "share_searched": done,
        "estimated_boxes": round(clock.boxes / done) if done > 0.0 else math.inf,
    }
