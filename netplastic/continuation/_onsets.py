"""Both onsets of a network side by side: the base branch, and the first second state."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg

from netplastic._support import (
    BoolArray,
    FloatArray,
    Halt,
    Shown,
    check_flag,
    check_positive,
    check_progress,
    halting,
)
from netplastic.equilibria import Budget, as_budget
from netplastic.landscape import convexity_threshold, uniqueness_threshold
from netplastic.model import Family, PlasticNetwork, check_network, family_of, jacobian

from ._base_branch import Coupled, base_branch, coupled_of
from ._bipartite import BipartiteBirth, bipartite_birth, is_bipartite
from ._far_births import far_births
from ._local import Birth, local_network
from ._local_proof import LocalStatus, local_onset, proved_stable
from ._multistability import multistability_onset
from ._onset import followed_onset, large_onset
from ._onset_result import Onset

__all__ = ["onsets"]

_LIMIT = 1000.0
_WHOLE = 40
"""Nodes up to which a network is searched as a whole, and counted."""

_SETS = 400
_GAP = 0.05
_COARSE = 2e-3
_TOGETHER = 1e-3
"""Relative distance within which a birth is the branch point of the base branch."""

_SECONDS = 45.0
"""Time of the proof that there is one state below, at most; a quarter of what is left."""

_NOT_LOOKED_FOR, _CUT_SHORT = "not looked for", "cut short"
BASE, SECOND = "base branch loses stability", "second state is born"


@dataclass(frozen=True, eq=False, kw_only=True)
class _Row:
    """One of the two numbers, as a magnitude."""

    strength: float
    lower: float
    upper: float
    kind: str
    masses: FloatArray
    dimension: int
    status: str
    reason: str = ""


def onsets(
    net: PlasticNetwork,
    limit: float | None = None,
    *,
    modes: bool = False,
    budget: Budget | float | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """Where the base branch loses stability, and where a second stable state first exists.

    On networks without a symmetry that would split their base state the two sit at different
    strengths and at different places: second states are born beside the base branch, which
    stays stable until it folds elsewhere (docs/theory.md#section-5).

    Parameters
    ----------
    net : PlasticNetwork
        Its strength gives the direction.
    limit : float or None
        Largest magnitude to look at; None: 1000, or the network's own strength if that is more (for
        a factor: 1000).
    modes : bool, default False
        Return the modes instead: one row for each of the two and each node.
    budget : Budget, float or None
        Its seconds are those of the whole call (a number means seconds), all else is that of each
        certified count, on networks of up to 40 nodes. None: no limit in time, 20,000 boxes. What
        is known when they end, or at Ctrl-C, is returned, and `reason` says so.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    pandas.DataFrame
        Two rows:

        =================== ==================================================================
        event               "base branch loses stability", "second state is born"
        parameter           "strength", or "factor" where the network's strengths differ
        strength            float64: where (signed); infinite where none was found up to the limit,
                            NaN where the base branch could not be followed
        lower, upper        float64: bracket of the second event, signed: one stable state is proved
                            at `lower`, two at `upper` (the strength itself where they are not
                            proved). NaN for the first event, which is followed, not enclosed
        kind                "fold", "pitchfork", ...; "" where none
        kernel_dimension    int64: number of modes
        participation_ratio float64: over how many nodes the mode spreads, 1 / sum(mass^2)
        mass_connectors     float64: share of the mode on nodes of role "connector"; NaN if the
                            graph has none
        mode_node           node with the largest share, the first of equal ones
        mass_node           float64: that share
        status              as of `onset` ("found", "none", "stopped", "budget used up",
                            "interrupted") and `onset_neighborhoods` ("proved",
                            "upper end proved", "found by search", "none up to limit"); "cut short"
                            where time was up before a second state was found;
                            "not looked for" for the second event on more than 40 nodes of a network
                            that is not anti-Hebbian with tanh (without static weights and
                            self-loops, with the same strength both ways); its numbers are NaN
        reason              what cut the search short ("budget of 10 s used up", "interrupted"),
                            or ""
        =================== ==================================================================

        With ``modes=True``: event, node, role, mass.

    Raises
    ------
    TypeError
        If `net` is no PlasticNetwork.
    ValueError
        If all strengths are zero or infinite, or the limit is not positive.

    Notes
    -----
    First event: `onset`. Second, up to 40 nodes: from maximal independent sets, as in
    `onset_neighborhoods`, with the bracket proved by certified counts where the budget allows. On
    larger bipartite networks (trees, grids) the two extreme equilibria tell
    (docs/theory.md#section-2 (e)), with "proved" where both ends of the bracket are. On other
    larger networks: on the base branch the softest bonds are looked up, states of a patch around
    each between held nodes are made from its maximal independent sets and by making one node of the
    bond the winner, and the best of these states are followed in the whole
    network to where they are born; so is the state that the network falls to where the base
    branch ends. That is an upper end, proved where both states just above are (`find_equilibria`
    says how); the lower one is `uniqueness_threshold`, far below it on dense networks. Other
    networks of up to 40 nodes: `multistability_onset`.

    Examples
    --------
    A path of 4: the base branch never loses stability, a second state is born at 10.74:

    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(4), npl.Hebbian(strength=-10.0))
    >>> npl.onsets(net)[["event", "strength", "kind", "status"]].round(4)
                             event  strength  kind  status
    0  base branch loses stability      -inf          none
    1         second state is born  -10.7445  fold  proved
    """
    check_network(net)
    check_progress(progress)
    limit = None if limit is None else check_positive("limit", limit)
    modes = check_flag("modes", modes)
    allowed = None if budget is None else as_budget(budget)
    family = family_of(net, "strength")
    if not np.any(net.strength):
        raise ValueError("all strengths are zero, which gives no direction to follow.")
    sign = math.copysign(1.0, family.own)
    own = abs(family.own) if family.meaning == "common value" else 0.0
    far = max(_LIMIT, own) if limit is None else limit
    coupled = coupled_of(net)
    is_large = coupled is not None and net.n > _WHOLE
    with halting("onsets", None if allowed is None else allowed.seconds, progress) as halt:
        follow = large_onset if is_large else followed_onset
        base = follow(family, sign, far, halt)
        if coupled is None and net.n > _WHOLE:
            second = _unknown(net, _NOT_LOOKED_FOR)
        elif halt.now:
            second = _unknown(net, _CUT_SHORT, halt.why)
        elif coupled is None:
            second = _by_counts(net, family, far, allowed, halt)
        elif net.n <= _WHOLE:
            second = _as_a_whole(net, coupled, far, allowed, halt)
        elif is_bipartite(coupled):
            second = _exact(bipartite_birth(coupled, far, halt), halt)
        else:
            second = _from_bonds(net, coupled, base, far, halt)
    rows = (_row_of(base), second)
    return _modes(net, rows) if modes else _table(net, rows, sign, base.parameter)


def _unknown(net: PlasticNetwork, status: str, reason: str = "", lower: float = math.nan) -> _Row:
    return _Row(
        strength=math.nan,
        lower=lower,
        upper=math.nan,
        kind="",
        masses=np.zeros((0, net.n)),
        dimension=0,
        status=status,
        reason=reason,
    )


def _row_of(base: Onset) -> _Row:
    return _Row(
        strength=abs(base.strength),
        lower=math.nan,
        upper=math.nan,
        kind=base.kind,
        masses=(base.modes**2).mean(axis=1)[None, :] if base.modes.size else base.modes.T,
        dimension=base.kernel_dimension,
        status=str(base.status),
        reason=base.reason,
    )


def _as_a_whole(
    net: PlasticNetwork, coupled: Coupled, far: float, budget: Budget | None, halt: Halt
) -> _Row:
    found = local_onset(local_network(coupled, far, most_sets=_SETS), budget, halt=halt)
    cut, lower = halt.why, found.lower
    if lower == 0.0:  # no count was settled
        convex = convexity_threshold(net, budget=halt.left or _SECONDS, progress=False)
        lower = min(far, max(_one_state(net, halt), convex))
    if cut and math.isinf(found.upper) and lower < far:
        return _unknown(net, _CUT_SHORT, cut, lower)
    row = _row_of_birth(found.birth, lower, found.upper, str(found.status))
    return replace(row, reason="" if found.status is LocalStatus.PROVED else cut)


def _one_state(net: PlasticNetwork, halt: Halt) -> float:
    """Magnitude up to which one state is proved, in a quarter of the time that is left."""
    share = _SECONDS if halt.left is None else min(_SECONDS, 0.25 * halt.left)
    return uniqueness_threshold(net, _GAP, budget=share, progress=False)


def _row_of_birth(birth: Birth, lower: float, upper: float, status: str) -> _Row:
    return _Row(
        strength=birth.strength,
        lower=lower,
        upper=upper,
        kind=birth.kind,
        masses=birth.masses[:1],
        dimension=birth.modes.shape[1],
        status=status,
    )


def _from_bonds(net: PlasticNetwork, coupled: Coupled, base: Onset, far: float, halt: Halt) -> _Row:
    lower = min(far, _one_state(net, halt))
    branch = base_branch(coupled, far, _COARSE, halt)
    if halt.now:
        return _unknown(net, _CUT_SHORT, halt.why, lower)
    found = far_births(net, coupled, branch, far, halt)
    birth, cut = found.birth, halt.why
    if math.isinf(birth.strength) and cut:
        return _unknown(net, _CUT_SHORT, cut, lower)
    if math.isinf(birth.strength):
        return _row_of_birth(birth, lower, math.inf, str(LocalStatus.NONE))
    at = net.replace(strength=net.strength * (found.above / coupled.unit), learning_rate=math.inf)
    upper, status = birth.strength, LocalStatus.FOUND
    if proved_stable(at, found.pair) >= 2:
        upper, status = found.above, LocalStatus.UPPER
    row = replace(_row_of_birth(birth, lower, upper, str(status)), reason=cut)
    # A branch point of the base, at which states are followed less sharply than the base itself.
    branches = base.kind not in ("", "fold")
    if branches and abs(birth.strength - abs(base.strength)) <= _TOGETHER * birth.strength:
        place = _row_of(base)
        upper = max(upper, place.strength)
        return replace(place, lower=lower, upper=upper, status=str(status), reason=cut)
    return row


def _exact(found: BipartiteBirth, halt: Halt) -> _Row:
    """Of a bipartite network: its extreme equilibria tell."""
    row = _row_of_birth(found.birth, found.lower, found.upper, str(found.status))
    if halt.now and math.isinf(found.upper):
        row = replace(row, strength=math.nan, upper=math.nan, status=_CUT_SHORT)
    return replace(row, reason=halt.why)


def _by_counts(
    net: PlasticNetwork, family: Family, far: float, budget: Budget | None, halt: Halt
) -> _Row:
    if budget is not None and halt.left is not None:
        budget = replace(budget, seconds=halt.left)
    found = multistability_onset(net, limit=far, budget=budget, progress=False)
    status = str(found.status).replace("unproved", str(LocalStatus.FOUND))
    masses = np.zeros((0, net.n))
    if math.isfinite(found.strength) and np.all(np.isfinite(found.activity)):
        at = family.at(found.strength)
        _, _, right = linalg.svd(jacobian(at, found.activity))
        mode = at.activation.slope(found.activity) * right[-1]
        masses = (mode**2 / (mode @ mode))[None, :]
    return _Row(
        strength=abs(found.strength),
        lower=abs(found.lower),
        upper=abs(found.upper),
        kind=found.kind,
        masses=masses,
        dimension=len(masses),
        status="none up to limit" if status == "none" else status,
        reason=found.reason,
    )


def _table(
    net: PlasticNetwork, rows: tuple[_Row, ...], sign: float, parameter: str
) -> pd.DataFrame:
    connectors = _connectors(net)
    table: list[dict[str, Any]] = []
    for event, row in zip((BASE, SECOND), rows, strict=True):
        found = len(row.masses) > 0
        mass = row.masses[0] if found else np.full(net.n, math.nan)
        # The first of equal shares: rounding must not decide between symmetric nodes.
        top = int(np.flatnonzero(mass >= mass.max() * (1.0 - 1e-5))[0]) if found else 0
        table.append(
            {
                "event": event,
                "parameter": parameter,
                "strength": sign * row.strength,
                "lower": sign * row.lower,
                "upper": sign * row.upper,
                "kind": row.kind,
                "kernel_dimension": row.dimension,
                "participation_ratio": float(1.0 / (mass**2).sum()),
                "mass_connectors": float(mass[connectors].sum())
                if np.any(connectors)
                else math.nan,
                "mode_node": net.nodes[top] if found else None,
                "mass_node": float(mass[top]),
                "status": row.status,
                "reason": row.reason,
            }
        )
    frame = pd.DataFrame(table)
    nodes = np.empty(len(table), dtype=object)
    nodes[:] = [row["mode_node"] for row in table]
    return frame.assign(mode_node=nodes)


def _modes(net: PlasticNetwork, rows: tuple[_Row, ...]) -> pd.DataFrame:
    attributes: Any = net.node_attributes
    labels = np.empty(net.n, dtype=object)
    labels[:] = net.nodes
    parts = [
        pd.DataFrame(
            {
                "event": event,
                "node": labels,
                "role": [attributes.get(node, {}).get("role") for node in net.nodes],
                "mass": row.masses[0],
            }
        )
        for event, row in zip((BASE, SECOND), rows, strict=True)
        if len(row.masses)
    ]
    nothing = pd.DataFrame(columns=["event", "node", "role", "mass"])
    return pd.concat(parts, ignore_index=True) if parts else nothing


def _connectors(net: PlasticNetwork) -> BoolArray:
    attributes: Any = net.node_attributes
    roles = [attributes.get(node, {}).get("role") for node in net.nodes]
    return np.array([role == "connector" for role in roles], dtype=np.bool_)
