"""The sampled search: many starts, every result verified, no claim that nothing is missing."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplastic._support import BoolArray, Crew, FloatArray, IntArray
from netplastic.equilibria import (
    Budget,
    Clock,
    Count,
    CountStatus,
    Equilibria,
    coverage_of,
    reproducible_order,
)
from netplastic.model import PlasticNetwork, canonical_labelling

from ._component import Plan, sample_connected
from ._krawczyk import box_radius
from ._verify import Verifier

__all__ = ["components_of", "merge_found", "raise_lower", "sample_equilibria"]

_ROWS = 10_000
_COMPARED = 1000
"""Nodes of a part up to which it is compared with others, by dense matrices."""


@dataclass(frozen=True, eq=False, kw_only=True)
class _Found:
    """Equilibria of one part of the network with their stability."""

    index: IntArray
    states: FloatArray
    radius: FloatArray
    stable: BoolArray
    undecided: BoolArray
    minimum: BoolArray | None
    certain: BoolArray
    hits: IntArray
    refusal: str
    ended: str

    def rows(self, keep: BoolArray) -> _Found:
        minimum = None if self.minimum is None else self.minimum[keep]
        return replace(
            self,
            states=self.states[keep],
            radius=self.radius[keep],
            certain=self.certain[keep],
            hits=self.hits[keep],
            stable=self.stable[keep],
            undecided=self.undecided[keep],
            minimum=minimum,
        )


def sample_equilibria(
    net: PlasticNetwork,
    stable_only: bool,
    clock: Clock,
    rng: np.random.Generator,
    crew: Crew | None = None,
) -> Equilibria:
    """Find equilibria from the starts that the budget allows.

    Where the anti-Hebbian rule has an objective, half of the starts are random maximal independent
    sets and half partial ones; compiled loops bring them down to minima and prove these
    (`MinimumSampler`). Elsewhere, and with static weights, starts are states of the box that holds
    the equilibria, its corners, independent sets, and, on digraphs and for other rules, found
    states with flipped nodes; these relax and are polished by Newton's method. Unstable equilibria
    are sought by Newton's method from such states and from mixtures of found ones. Parts of the
    network without a connection are sampled separately, equal ones once, and combined.

    Every equilibrium that a bound counts is proved: one lies within `radius` of the row. Where
    that is out of reach (see `Verifier`) rows with radius NaN are candidates, for which a test in
    floating point speaks. With an activation or rule of the user's own all are, and the counts are
    estimates. What starts have not met is judged by `Equilibria.coverage`, and the reason of the
    stable count says so.

    Parameters
    ----------
    net : PlasticNetwork
    stable_only : bool
        Return only equilibria that are stable at the network's learning rate.
    clock : Clock
        `starts` of its budget (per connected part, one for a node alone), `seconds`, and
        `megabytes` (of the list) count.
    rng : numpy.random.Generator
    crew : Crew, optional
        Brings starts down to minima in place of this process; the results are the same.

    Returns
    -------
    Equilibria
        Its counts are lower bounds, or estimates. Where parts combine to more equilibria than the
        list may hold, the counts are products over the parts and the list shows the first ones.
        `statistics`: starts, not_converged, rejected (polished, but not verified), repeated,
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
            solved[form] = _sample_component(net, part, stable_only, share, rng, work, crew)
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
        if len(part) > _COMPARED:
            forms.append(f"part {number}")
            continue
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
    crew: Crew | None,
) -> _Found:
    part = net if len(index) == net.n else net.part_at(index)
    starts = 1 if part.m == 0 else int(clock.budget.starts)
    verifier = Verifier(part, clock)
    plan = Plan.of(part, stable_only, starts)
    sample = sample_connected(part, plan, clock, rng, verifier, crew)
    work.update(sample.work)
    order = reproducible_order(sample.known.verified.states)
    verified = sample.known.verified.rows(order)
    stable, undecided, minimum, certain = verifier.judged(verified)
    found = _Found(
        index=index,
        states=verified.states,
        radius=verified.radius,
        stable=stable,
        undecided=undecided,
        minimum=minimum,
        certain=certain,
        hits=sample.known.hits[order],
        refusal=verifier.refusal,
        ended=sample.ended,
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
    most = max(1, min(_ROWS, int(budget.megabytes * 1e6 / (32 * net.n))))
    if len(found) == 1:
        most = total
    rows = min(total, most)
    statistics["listed_all"] = rows == total
    activity, radius = np.empty((rows, net.n)), np.zeros(rows)
    stable, unstable = np.ones(rows, dtype=bool), np.zeros(rows, dtype=bool)
    minimum = np.ones(rows, dtype=bool)
    hits: IntArray | None = None
    numbers = np.arange(rows)
    for piece, size in zip(found, sizes, strict=True):
        if not rows:
            break
        digit, numbers = numbers % size, numbers // size
        activity[:, piece.index] = piece.states[digit]
        radius = np.maximum(radius, piece.radius[digit])
        stable &= piece.stable[digit]
        unstable |= ~piece.stable[digit] & ~piece.undecided[digit]
        minimum &= piece.minimum[digit] if piece.minimum is not None else True
        hits = piece.hits[digit] if len(found) == 1 else None
    order = reproducible_order(activity)
    reason = f"{budget.starts:g} starts" + (f" in each of {len(found)} parts" * (len(found) > 1))
    ended = next((piece.ended for piece in found if piece.ended), "")
    if ended:
        reason = f"{statistics['starts']} of {reason}, {ended}"
    if rows < total:
        reason += f"; {rows} of the equilibria are listed"
    unseen = "" if hits is None else str(coverage_of(hits[stable]))
    stable_count = _count(net, found, True, reason + (f"; {unseen}" if unseen else ""))
    return Equilibria(
        net=net,
        activity=activity[order],
        rates=net.activation.rate(activity[order]),
        radius=radius[order],
        stable=stable[order],
        undecided=(~stable & ~unstable)[order],
        minimum=minimum[order] if net.has_objective else None,
        count=stable_count if stable_only else _count(net, found, False, reason),
        stable_count=stable_count,
        stable_only=stable_only,
        method="sampled",
        statistics=statistics,
        hits=None if hits is None else hits[order],
    )


def _count(net: PlasticNetwork, found: list[_Found], stable: bool, reason: str) -> Count:
    """Lower bound by what is proved; an estimate where nothing can be."""
    seen = [int(piece.stable.sum()) if stable else len(piece.states) for piece in found]
    why_not = next((piece.refusal for piece in found if piece.refusal), "")
    if why_not:
        reason += f"; tested in floating point, not proved: {why_not.partition(';')[0]}"
        return Count(math.prod(seen), math.inf, CountStatus.ESTIMATE, "sampled", reason)
    proved = [
        int((piece.certain if stable else np.isfinite(piece.radius)).sum()) for piece in found
    ]
    more = math.prod(seen) - math.prod(proved)
    if more:
        reason += f"; {more} more passed a test in floating point only"
    # Brouwer: a bounded map has a fixed point, and x -> b + input is one where no decay can vanish
    exists = not stable and bool(np.all(net.decay_growth >= 0.0))
    lower = max(math.prod(proved), int(exists))
    return Count(lower, math.inf, CountStatus.LOWER_BOUND, "sampled", reason)


def merge_found(net: PlasticNetwork, proved: Equilibria, sampled: Equilibria) -> Equilibria:
    """Unite a certified list that is not complete with samples.

    A sample is new if it lies further from every proved equilibrium than the radii of both. Upper
    ends of the counts and their reason stay those of the certified search; the lower ends grow to
    the number of distinct equilibria that are proved, candidates not included.

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
    same = _same_rows(proved, sampled)
    fresh = np.flatnonzero(same < 0)
    hits: IntArray | None = None
    if sampled.hits is not None:
        hits = np.concatenate([np.zeros(len(proved), dtype=np.int64), sampled.hits[fresh]])
        np.add.at(hits, same[same >= 0], sampled.hits[same >= 0])
    activity = np.concatenate([proved.activity, sampled.activity[fresh]])
    order = reproducible_order(activity)
    stable = np.concatenate([proved.stable, sampled.stable[fresh]])
    minimum = None
    if proved.minimum is not None and sampled.minimum is not None:
        minimum = np.concatenate([proved.minimum, sampled.minimum[fresh]])[order]
    undecided = np.concatenate([proved.undecided, sampled.undecided[fresh]])
    sure = np.isfinite(np.concatenate([proved.radius, sampled.radius[fresh]]))
    listed = int(sure.sum())
    # of samples that seem stable it is proved of all, or not known of which
    all_sure = sampled.stable_count.lower == int(sampled.stable.sum())
    stable_count = raise_lower(
        proved.stable_count, sampled.stable_count, int((stable & sure).sum()) if all_sure else 0
    )
    count = raise_lower(proved.count, sampled.count, listed)
    return Equilibria(
        net=net,
        activity=activity[order],
        rates=net.activation.rate(activity[order]),
        radius=np.concatenate([proved.radius, sampled.radius[fresh]])[order],
        stable=stable[order],
        undecided=undecided[order],
        minimum=minimum,
        count=stable_count if proved.stable_only else count,
        stable_count=stable_count,
        stable_only=proved.stable_only,
        method=f"{proved.method} + sampled",
        statistics={
            **proved.statistics,
            "added_by_sampling": len(fresh),
            "sampling": sampled.statistics,
        },
        hits=None if hits is None else hits[order],
    )


def _same_rows(proved: Equilibria, sampled: Equilibria) -> IntArray:
    """Which of the proved equilibria each sample is; -1 where it is none of them."""
    same = np.full(len(sampled), -1, dtype=np.int64)
    for row, (state, own) in enumerate(zip(sampled.activity, sampled.radius, strict=True)):
        reach = proved.radius + (box_radius(state) / 2.0 if math.isnan(own) else own)
        gap = np.max(np.abs(proved.activity - state), axis=1, initial=0.0) * (1.0 - 1e-12)
        near = gap <= reach
        if near.any():
            same[row] = int(np.argmin(np.where(near, gap, np.inf)))
    return same


def raise_lower(proved: Count, sampled: Count, listed: int = 0) -> Count:
    """Raise the lower end of a certified count to what is proved of samples, or of both lists.

    Raises
    ------
    ArithmeticError
        If that is more than the upper end.
    """
    more = 0 if sampled.status is CountStatus.ESTIMATE else sampled.lower
    lower = max(proved.lower, listed, more)
    if lower > proved.upper:
        raise ArithmeticError(
            f"{lower} equilibria were verified where the certified search allows {proved.upper}; "
            "please report this network, one of the two searches is wrong."
        )
    method = f"{proved.method} + sampled"
    if lower == proved.upper:
        return Count(lower, lower, CountStatus.CERTIFIED, method)
    return Count(lower, proved.upper, proved.status, method, proved.reason)
