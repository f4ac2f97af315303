"""The least strength at which a second stable equilibrium exists, and the table of all
thresholds."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic._support import (
    FloatArray,
    Halt,
    HaltedError,
    Result,
    Shown,
    Status,
    check_positive,
    halting,
    public,
)
from netplastic.equilibria import Budget, Equilibria, as_budget, find_equilibria
from netplastic.landscape import convexity_bounds
from netplastic.model import Family, PlasticNetwork, check_network, family_of

from ._arclength import End, Point, Steps, make_point, trace
from ._base_branch import coupled_of
from ._bipartite import BipartiteBirth, bipartite_birth, is_bipartite
from ._events import Event, singular_events, turning_point
from ._images import Symmetry, symmetry_of
from ._local_proof import LocalStatus
from ._problem import Problem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MultistabilityOnset", "MultistabilityStatus", "multistability_onset"]

_SCAN = 12
_LIMIT = 100.0
_MARGINS = (1e-4, 1e-3, 1e-2, 5e-2)
_BOXES = 20_000
_COUNTED = 40
"""Nodes above which a bipartite anti-Hebbian network is not counted."""
_SECONDS, _MANY, _LONG = 45.0, 10_000, 600.0
"""Time of a call, and of one on a bipartite network of more than so many nodes."""


class MultistabilityStatus(Status):
    """What is proved; members carry a sentence and a remedy.

    Examples
    --------
    >>> from netplastic.continuation import MultistabilityStatus
    >>> MultistabilityStatus.UPPER.meaning
    'Two stable equilibria are proved at `upper`; below, only convexity proves uniqueness.'
    """

    PROVED = (
        "proved",
        "Complete counts prove one stable equilibrium at `lower` and at least two at `upper`.",
        "Nothing is left to do; below `lower` only the values in `scanned` were checked.",
    )
    UPPER = (
        "upper end proved",
        "Two stable equilibria are proved at `upper`; below, only convexity proves uniqueness.",
        "Give a larger budget.",
    )
    UNPROVED = (
        "unproved",
        "A second stable equilibrium was found, but by floating-point search only.",
        "Use tanh or logistic, so that the search can be certified, or a larger budget.",
    )
    NONE = (
        "none",
        "No second stable equilibrium was found up to the limit.",
        "Raise limit; `scanned` says at which values that is proved.",
    )
    STOPPED = (
        "stopped",
        "The search was cut short (`reason`) before it found a second stable equilibrium.",
        "Give a larger budget; below `lower` there is one, at the values in `scanned`.",
    )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MultistabilityOnset(Result):
    """Where a second stable equilibrium first exists.

    Attributes
    ----------
    strength : float
        Where it is born (a fold or branch point, located to about 1e-9), or, where the search was
        cut short, the least strength at which it was met; infinite if none was found, NaN if the
        search was cut short before.
    lower, upper : float
        Bracket, as signed strengths: one stable equilibrium at `lower`, at least two at `upper`.
    kind : str
        "fold" or "branch point"; "" if none.
    activity : float array of shape (n,)
        State at which it is born.
    scanned : pandas.DataFrame
        Counts of stable equilibria by strength: strength, lower, upper, status.
    parameter : str
        "strength", or "factor" where strengths differ.
    status : MultistabilityStatus
    reason : str
        What cut the search short ("budget of 45 s used up", "interrupted"), or empty.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-8.0))
    >>> met = npl.multistability_onset(net)
    >>> met.kind, round(met.strength, 4), str(met.status)
    ('branch point', -6.5376, 'proved')
    """

    strength: float
    lower: float
    upper: float
    kind: str
    activity: FloatArray
    scanned: pd.DataFrame
    parameter: str
    status: MultistabilityStatus
    reason: str = ""

    def __float__(self) -> float:
        return abs(self.strength)

    def _line(self) -> str:
        return (
            f"{self.parameter}={self.strength:.9g}, {self.kind or 'none'}, "
            f"bracket {self.lower:.9g} to {self.upper:.9g}, {self.status}"
        )

    def _verdict(self) -> MultistabilityStatus:
        return self.status

    def to_frame(self) -> pd.DataFrame:
        """One row: strength, lower, upper, kind, status."""
        return pd.DataFrame(
            {
                self.parameter: [self.strength],
                "lower": [self.lower],
                "upper": [self.upper],
                "kind": [self.kind],
                "status": [str(self.status)],
            }
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how many stable states were counted at which strengths, and the bracket.

        Hollow dots are lower bounds.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        drawn: Axes = public("analyses.pictures.draw_multistability_onset")(self, ax)
        return drawn


def multistability_onset(
    net: PlasticNetwork,
    limit: float | None = None,
    *,
    budget: Budget | float | None = None,
    progress: Shown = None,
) -> MultistabilityOnset:
    """Find the least ``|strength|`` at which a second stable equilibrium exists.

    Stable means stable for fast learning: a strict minimum of the reduced objective, where
    there is one. (At a slow learning rate fewer are stable: `critical_learning_rate`.)

    Parameters
    ----------
    net : PlasticNetwork
        Its strength gives the direction.
    limit : float or None
        Largest magnitude to look at; None: 100, or the network's own strength if that is more.
    budget : Budget, float or None
        Its seconds are those of the whole call, all else is that of each count. None: 45 seconds
        (10 minutes on bipartite networks of more than 10,000 nodes), and 20,000 boxes for each
        count. What is known when they end, or at Ctrl-C, is returned, with its `reason`.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    MultistabilityOnset

    Raises
    ------
    ValueError
        If all strengths are zero or the limit is not positive.

    Notes
    -----
    On bipartite anti-Hebbian networks of more than 40 nodes (trees, grids; tanh) the two extreme
    equilibria tell, at any size (docs/theory.md#section-2 (e)); the bracket is wide only where
    hardly anything holds a wall between two patterns in place (long paths). On others
    stable equilibria are counted at a dozen strengths that grow geometrically. Where two are found
    each is followed back to where it is born; just below the least such strength they are counted
    again, and if there are still two it goes on from there. What is proved is the count at `lower`,
    at `upper` and at the values in `scanned`; that no second state comes and goes in between is
    not.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> found = npl.multistability_onset(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-10.0)))
    >>> round(found.strength, 7), str(found.status)
    (-6.5375946, 'proved')
    """
    check_network(net)
    far = None if limit is None else check_positive("limit", limit)
    if not np.any(net.strength):
        raise ValueError("all strengths are zero, which gives no direction to follow.")
    family = family_of(net, "strength")
    far = far or max(_LIMIT, abs(family.own))
    direction = math.copysign(1.0, family.own)
    coupled = coupled_of(net) if net.n > _COUNTED else None
    extremes = None if coupled is None or not is_bipartite(coupled) else coupled
    seconds = _SECONDS if extremes is None or net.n <= _MANY else _LONG
    each = Budget(boxes=_BOXES, seconds=seconds) if budget is None else as_budget(budget)
    with halting("second state", each.seconds, progress) as halt:
        if extremes is not None:
            return _of_bipartite(family, direction, bipartite_birth(extremes, far, halt), halt.why)
        return _Hunt(family, direction, each, halt).run(far)


def _of_bipartite(
    family: Family, direction: float, found: BipartiteBirth, cut: str
) -> MultistabilityOnset:
    none = math.isinf(found.birth.strength)
    said = {
        LocalStatus.PROVED: MultistabilityStatus.PROVED,
        LocalStatus.UPPER: MultistabilityStatus.UPPER,
        LocalStatus.FOUND: MultistabilityStatus.UNPROVED,
        LocalStatus.NONE: MultistabilityStatus.NONE,
    }
    return MultistabilityOnset(
        strength=direction * found.birth.strength,
        lower=direction * found.lower,
        upper=direction * found.upper,
        kind=found.birth.kind if found.birth.kind in ("", "fold") else "branch point",
        activity=found.birth.activity,
        scanned=pd.DataFrame(columns=["strength", "lower", "upper", "status"]),
        parameter="strength" if family.meaning == "common value" else "factor",
        status=MultistabilityStatus.STOPPED if none and cut else said[found.status],
        reason=cut,
    )


@dataclass(eq=False)
class _Hunt:
    """One search; remembers every count that it made."""

    family: Family
    direction: float
    budget: Budget
    halt: Halt

    def __post_init__(self) -> None:
        self.several: tuple[float, Equilibria] | None = None
        self.single = 0.0
        self.rows: list[dict[str, object]] = []
        self.symmetry: Symmetry = symmetry_of(self.family)

    def run(self, far: float) -> MultistabilityOnset:
        try:
            convex = self._convex_up_to()
            if convex >= far:
                return self._none(convex)
            self._scan(max(convex, 1e-3 * far), far)
            return self._none(self.single) if self.several is None else self._narrow(convex)
        except HaltedError:
            if self.several is None:
                return self._none(self.single)
            met = self._result((self.several[0], None), self.single, self.several, False)
            return replace(met, reason=self.halt.why)

    def _scan(self, start: float, far: float) -> None:
        """Count from the bottom up until there are several."""
        for number, value in enumerate(np.geomspace(start, far, _SCAN)):
            found = self.count(float(value))
            self.halt.tell((number + 1.0) / (_SCAN + 4.0))
            if _several(found):
                self.several = (float(value), found)
                return
            if found.stable_count.exact:
                self.single = float(value)

    def _narrow(self, convex: float) -> MultistabilityOnset:
        """Go down from birth to birth until only one stable equilibrium is left."""
        assert self.several is not None
        for _ in range(40):
            birth = self._second_birth(*self.several)
            if birth is None:
                break
            below = self._below(birth[0], self.single)
            if below is None or not _several(below[1]):
                proved_below = below is not None and below[1].stable_count.exact
                lower = below[0] if below is not None and proved_below else convex
                return self._result(birth, lower, self.several, proved_below)
            self.several = below
        return self._result((self.several[0], None), self.single, self.several, False)

    def _below(self, birth: float, single: float) -> tuple[float, Equilibria] | None:
        """Count just below a birth: as near to it as the search can decide."""
        last = None
        for margin in _MARGINS:
            value = birth * (1.0 - margin)
            if value <= single:
                break
            found = self.count(value)
            last = (value, found)
            if _several(found) or found.stable_count.exact:
                return last
        return last

    def _above(self, birth: float, several: tuple[float, Equilibria]) -> tuple[float, Equilibria]:
        for margin in _MARGINS:
            value = birth * (1.0 + margin)
            if value >= several[0] or self.halt.now:
                break
            found = self.count(value)
            if _several(found):
                return value, found
        return several

    def count(self, value: float) -> Equilibria:
        self.halt.heed()
        net, budget = self.family.at(self.direction * value), self.budget
        if self.halt.left is not None:
            budget = replace(budget, seconds=self.halt.left)
        found = find_equilibria(_fast(net), stable_only=True, budget=budget, rng=0, progress=False)
        self.rows.append(
            {
                "strength": self.direction * value,
                "lower": found.stable_count.lower,
                "upper": found.stable_count.upper,
                "status": str(found.stable_count.status),
            }
        )
        return found

    def _second_birth(self, value: float, found: Equilibria) -> tuple[float, Event | None] | None:
        """Strength at which the second of the stable equilibria listed is born."""
        births: list[tuple[float, Event | None]] = []
        states: list[FloatArray] = []
        for state in found.activity[found.stable]:
            known = self.symmetry.distance(state, np.array(states).reshape(len(states), len(state)))
            if len(known) and float(known.min()) < 1e-6:
                continue
            states.append(state)
            birth = self._birth(value, state)
            if birth is not None:
                births += [birth] * min(2, self.symmetry.count(state))
        births.sort(key=lambda pair: pair[0])
        return births[1] if len(births) > 1 else None

    def _birth(self, value: float, state: FloatArray) -> tuple[float, Event | None] | None:
        """Follow a stable state to smaller strengths until it stops being stable."""
        whole = Problem(self.family, max(value, 1e-3) / 4.0)
        problem = whole.within(self.symmetry.fixed_basis(state))
        q = self.direction * value / problem.scale
        x = problem.newton(state, self.direction * value)
        down = np.zeros(problem.n + 1)
        down[-1] = -self.direction
        start = None if x is None else make_point(problem, np.append(x, q), down)
        if start is None:
            return None
        turns: list[Event] = []

        def at_turn(here: Point, there: Point) -> Point | None:
            event = turning_point(problem, here, there)
            if event is not None:
                turns.append(event)
                return event.point
            return None

        span = (min(0.0, q), max(0.0, q))
        points, end = trace(problem, start, span, Steps(), at_turn, self.halt)
        if end is End.HALTED:
            raise HaltedError
        previous = start
        for number, point in enumerate(points):
            at_end = turns and number == len(points) - 1
            if point.index != previous.index and not at_end:
                events = singular_events(problem, previous, point)
                if events:
                    return abs(float(events[0].point.z[-1])) * problem.scale, events[0]
            previous = point
        if turns:
            return abs(float(turns[0].point.z[-1])) * problem.scale, turns[0]
        return 0.0, None

    def _convex_up_to(self) -> float:
        net = self.family.net
        if net.has_objective and net.activation.kind is not None:
            left = 0.25 * (self.halt.deadline - time.monotonic())
            budget = None if math.isinf(left) else max(0.1, left)
            self.single = convexity_bounds(net, budget=budget, progress=False).lower
        return self.single

    def _result(
        self,
        birth: tuple[float, Event | None],
        lower: float,
        several: tuple[float, Equilibria],
        proved_below: bool,
    ) -> MultistabilityOnset:
        above = self._above(birth[0], several)
        proved = int(np.isfinite(above[1].radius[above[1].stable]).sum()) >= 2
        status = MultistabilityStatus.UNPROVED
        if proved:
            status = MultistabilityStatus.PROVED if proved_below else MultistabilityStatus.UPPER
        event = birth[1]
        state = event.point.x if event is not None else np.full(self.family.net.n, math.nan)
        return MultistabilityOnset(
            strength=self.direction * birth[0],
            lower=self.direction * lower,
            upper=self.direction * above[0],
            kind=event.kind if event is not None else "",
            activity=state,
            scanned=self._scanned(),
            parameter=self._name(),
            status=status,
        )

    def _none(self, single: float) -> MultistabilityOnset:
        cut = self.halt.why
        return MultistabilityOnset(
            strength=math.nan if cut else self.direction * math.inf,
            lower=self.direction * single,
            upper=self.direction * math.inf,
            kind="",
            activity=np.full(self.family.net.n, math.nan),
            scanned=self._scanned(),
            parameter=self._name(),
            status=MultistabilityStatus.STOPPED if cut else MultistabilityStatus.NONE,
            reason=cut,
        )

    def _scanned(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows, columns=["strength", "lower", "upper", "status"])
        return frame.sort_values("strength", key=abs, ignore_index=True)

    def _name(self) -> str:
        return "strength" if self.family.meaning == "common value" else "factor"


def _several(found: Equilibria) -> bool:
    return found.stable_count.lower >= 2 and len(found) >= 2


def _fast(net: PlasticNetwork) -> PlasticNetwork:
    """The same network with weights that follow at once: there stable means a strict minimum."""
    return net.replace(learning_rate=math.inf) if net.has_objective else net
