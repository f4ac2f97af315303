"""The sampled search: many starts, every result verified, no claim that nothing is missing."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplastic._support import BoolArray, FloatArray, IntArray
from netplastic.equilibria import Budget, Clock, Count, CountStatus, Equilibria, reproducible_order
from netplastic.model import PlasticNetwork, canonical_labelling

from ._component import Plan, sample_connected
from ._krawczyk import box_radius
from ._stability import judge

__all__ = ["components_of", "merge_found", "raise_lower", "sample_equilibria"]

_ROWS = 10_000


@dataclass(frozen=True, eq=False, kw_only=True)
class _Found:
    """Equilibria of one part of the network with their stability."""

    index: IntArray
    states: FloatArray
    stable: BoolArray
    undecided: BoolArray
    minimum: BoolArray | None
    is_proved: bool

    def rows(self, keep: BoolArray) -> _Found:
        minimum = None if self.minimum is None else self.minimum[keep]
        return replace(
            self,
            states=self.states[keep],
            stable=self.stable[keep],
            undecided=self.undecided[keep],
            minimum=minimum,
        )


def sample_equilibria(
    net: PlasticNetwork,
    stable_only: bool,
    clock: Clock,
    rng: np.random.Generator,
) -> Equilibria:
    """Find equilibria from the starts that the budget allows.

    Starts are states of the box that holds the equilibria, its corners, random maximal
    independent sets, found states with flipped nodes and mixtures of found states; they relax
    and are polished by Newton's method, or go to it directly (unstable equilibria). Parts of
    the network without a connection are sampled separately, equal ones once, and combined.

    Every equilibrium returned has a residual below 1e-8 (1 + |x|) and passes a Krawczyk test
    with a radius of 1e-8 (times the largest activity where that exceeds 1). In parts of up to 80
    nodes that is a proof, and `radius` holds the radius; in larger ones, and for a user's own
    activation or rule, it is done in floating point, and `radius` is NaN.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool
        Return only equilibria that are stable at the network's learning rate.
    clock : Clock
        `starts` of its budget (per connected part, one for a node alone), `seconds`, and
        `megabytes` (of the list) count.
    rng : numpy.random.Generator

    Returns
    -------
    Equilibria
        Its counts are lower bounds. Where parts combine to more equilibria than the list may
        hold, the counts are products over the parts and the list shows the first ones.
        `statistics`: starts, not_converged, rejected (polished, but failed the test), repeated,
        parts, different_components, listed_all, seconds.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0))
    >>> str(npl.find_equilibria(net, method="sampled", rng=0).count)
    'at least 3 (lower bound: 400 starts)'
    """
    began, budget = clock.seconds, clock.budget
    parts, forms = _parts_in_order(net)
    different = len(set(forms))
    solved: dict[str, _Found] = {}
    work: Counter[str] = Counter(starts=0, not_converged=0, rejected=0, repeated=0)
    found = []
    for part, form in zip(parts, forms, strict=True):
        if form not in solved:
            share = clock.share_of_time(1.0 / (different - len(solved)))
            solved[form] = _sample_component(net, part, stable_only, share, rng, work)
        found.append(replace(solved[form], index=part))
    statistics: dict[str, Any] = {**work, "parts": len(parts), "different_components": different}
    result = _combined(net, found, stable_only, budget, statistics)
    statistics["seconds"] = clock.seconds - began
    return result


def components_of(net: PlasticNetwork) -> list[IntArray]:
    """Nodes of each connected part; an arc without plasticity and weight does not connect."""
    wiring = net.wiring
    live = (net.arc_weight != 0.0) & ((net.strength != 0.0) | (net.static_weight != 0.0))
    # Through an arc of weight 0 nothing flows, but its plastic weight may run away by itself.
    live = live | (net.decay_growth < 0.0)
    arcs = (wiring.target[live], wiring.source[live])
    matrix = sparse.csr_array((np.ones(int(live.sum())), arcs), shape=(net.n, net.n))
    number, label = connected_components(matrix, directed=False)
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label, minlength=number))[:-1]
    return [np.sort(part).astype(np.int64) for part in np.split(order, ends)]


def _parts_in_order(net: PlasticNetwork) -> tuple[list[IntArray], list[str]]:
    """Connected parts, nodes in canonical order, and their forms: the same for equal parts."""
    parts = components_of(net)
    if len(parts) == 1:
        return parts, [""]
    forms = []
    for number, part in enumerate(parts):
        form, order = canonical_labelling(net.part_at(part))
        parts[number] = part[order]
        forms.append(form)
    return parts, forms


def _sample_component(
    net: PlasticNetwork,
    index: IntArray,
    stable_only: bool,
    clock: Clock,
    rng: np.random.Generator,
    work: Counter[str],
) -> _Found:
    part = net if len(index) == net.n else net.part_at(index)
    starts = 1 if part.m == 0 else int(clock.budget.starts)
    sample = sample_connected(part, Plan.of(part, stable_only, starts), clock, rng)
    work.update(sample.work)
    states = sample.states[reproducible_order(sample.states)]
    stable, undecided, minimum = judge(part, states)
    found = _Found(
        index=index,
        states=states,
        stable=stable,
        undecided=undecided,
        minimum=minimum,
        is_proved=sample.is_proved,
    )
    return found.rows(found.stable) if stable_only else found


def _combined(
    net: PlasticNetwork,
    found: list[_Found],
    stable_only: bool,
    budget: Budget,
    statistics: dict[str, Any],
) -> Equilibria:
    """Every combination of the parts' equilibria is one of the whole; stable if all parts are."""
    sizes = [len(piece.states) for piece in found]
    total = math.prod(sizes)
    stable_total = math.prod(int(piece.stable.sum()) for piece in found)
    most = max(1, min(_ROWS, int(budget.megabytes * 1e6 / (32 * net.n))))
    if len(found) == 1:
        most = total
    rows = min(total, most)
    statistics["listed_all"] = rows == total
    activity = np.empty((rows, net.n))
    stable, unstable = np.ones(rows, dtype=bool), np.zeros(rows, dtype=bool)
    minimum = np.ones(rows, dtype=bool)
    numbers = np.arange(rows)
    for piece, size in zip(found, sizes, strict=True):
        if not rows:
            break
        digit, numbers = numbers % size, numbers // size
        activity[:, piece.index] = piece.states[digit]
        stable &= piece.stable[digit]
        unstable |= ~piece.stable[digit] & ~piece.undecided[digit]
        minimum &= piece.minimum[digit] if piece.minimum is not None else True
    order = reproducible_order(activity)
    proved = all(piece.is_proved for piece in found)
    reason = f"{budget.starts:g} starts" + (f" in each of {len(found)} parts" * (len(found) > 1))
    if rows < total:
        reason += f"; {rows} of the equilibria are listed"
    return Equilibria(
        nodes=net.nodes,
        activity=activity[order],
        rates=net.activation.rate(activity[order]),
        radius=box_radius(activity[order]) if proved else np.full(rows, np.nan),
        stable=stable[order],
        undecided=(~stable & ~unstable)[order],
        minimum=minimum[order] if net.has_objective else None,
        count=_lower(total, reason),
        stable_count=_lower(stable_total, reason),
        stable_only=stable_only,
        method="sampled",
        statistics=statistics,
    )


def _lower(number: int, reason: str) -> Count:
    return Count(number, math.inf, CountStatus.LOWER_BOUND, "sampled", reason)


def merge_found(net: PlasticNetwork, proved: Equilibria, sampled: Equilibria) -> Equilibria:
    """Unite a certified list that is not complete with samples.

    A sample is the same as a proved equilibrium if it lies within the latter's radius (plus half
    the radius of its own test). Upper ends, status and reason of the counts stay those of the
    certified search; the lower ends grow to the number of distinct verified equilibria. A count
    whose ends meet through samples alone keeps the status lower bound, because on large networks
    samples are verified in floating point, and everywhere so is their stability.

    Parameters
    ----------
    net : PlasticNetwork
    proved, sampled : Equilibria

    Returns
    -------
    Equilibria

    Raises
    ------
    ArithmeticError
        If more equilibria are verified than the certified search allows: one of them is wrong.
    """
    fresh = _new_rows(proved, sampled)
    activity = np.concatenate([proved.activity, sampled.activity[fresh]])
    order = reproducible_order(activity)
    stable = np.concatenate([proved.stable, sampled.stable[fresh]])
    minimum = None
    if proved.minimum is not None and sampled.minimum is not None:
        minimum = np.concatenate([proved.minimum, sampled.minimum[fresh]])[order]
    undecided = np.concatenate([proved.undecided, sampled.undecided[fresh]])
    return Equilibria(
        nodes=net.nodes,
        activity=activity[order],
        rates=net.activation.rate(activity[order]),
        radius=np.concatenate([proved.radius, sampled.radius[fresh]])[order],
        stable=stable[order],
        undecided=undecided[order],
        minimum=minimum,
        count=raise_lower(proved.count, sampled.count, len(activity)),
        stable_count=raise_lower(proved.stable_count, sampled.stable_count, int(stable.sum())),
        stable_only=proved.stable_only,
        method=f"{proved.method} + sampled",
        statistics={
            **proved.statistics,
            "added_by_sampling": len(fresh),
            "sampling": sampled.statistics,
        },
    )


def _new_rows(proved: Equilibria, sampled: Equilibria) -> IntArray:
    reach = np.nan_to_num(proved.radius, nan=0.0) + box_radius(proved.activity) / 2.0
    fresh = [
        row
        for row, state in enumerate(sampled.activity)
        if not np.any(np.max(np.abs(proved.activity - state), axis=1, initial=0.0) <= reach)
    ]
    return np.array(fresh, dtype=np.int64)


def raise_lower(proved: Count, sampled: Count, listed: int = 0) -> Count:
    """Raise the lower end of a certified count to what was sampled or listed; keep the rest.

    Raises
    ------
    ArithmeticError
        If that is more than the upper end.
    """
    lower = max(proved.lower, listed, sampled.lower)
    if lower > proved.upper:
        raise ArithmeticError(
            f"{lower} equilibria were verified where the certified search allows {proved.upper}; "
            "please report this network, one of the two searches is wrong."
        )
    return Count(lower, proved.upper, proved.status, f"{proved.method} + sampled", proved.reason)
