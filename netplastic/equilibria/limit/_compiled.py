"""A component's states in a form that can be asked again and again: a circuit, or a list.

Circuits come from our own elimination or from D4; components with self-loops that clauses do not
describe, and those with few states, are listed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import BoolArray, Shown, bar
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import LARGEST_LIST
from netplastic.model import PlasticNetwork

from ._circuit import Circuit, Mark, TooLargeError
from ._clauses import clauses_of
from ._components import LimitComponent, components_of
from ._counter import COMPILER, INSTALL, compile_models, installed_counters
from ._elimination import Elimination
from ._lister import can_list, list_states
from ._nnf import circuit_of
from ._walk import Walk

__all__ = ["LimitStates", "limit_states"]

_NARROW = 12
"""Width up to which elimination is tried before D4."""

_ROWS, _ROWS_WITHOUT = 20_000, 500_000
"""Rows of a table up to which elimination is tried, with D4 at hand and without."""

_PARTS_A_MEGABYTE = 1000
_TRIAL, _TRIAL_STATES = 2000, 2000
"""Boxes and states of a walk on trial."""


class Listed:
    """States as the rows of a table, which nodes are high; answers as a `Circuit` does."""

    def __init__(self, high: BoolArray) -> None:
        self.high = high
        self.total = len(high)

    def tally(self, marks: Mark, most: int, only: Mark | None = None) -> dict[int, int]:
        """Number of states for each union of marks; see `Circuit.tally`."""
        rows = self.high
        for node, wanted in (only or {}).items():
            rows = rows[rows[:, node] == bool(wanted)]
        nodes = list(marks)
        shown, number = np.unique(rows[:, nodes], axis=0, return_counts=True)
        table: dict[int, int] = {}
        for row, ways in zip(shown.tolist(), number.tolist(), strict=True):
            union = 0
            for node, high in zip(nodes, row, strict=True):
                union |= marks[node] if high else 0
            table[union] = table.get(union, 0) + ways
        if len(table) > most:
            raise TooLargeError(f"more than {most} different patterns are shown")
        return table

    def sample(self, size: int, rng: np.random.Generator) -> BoolArray:
        """States at random, each equally likely, independent."""
        chosen: BoolArray = self.high[rng.integers(self.total, size=size)]
        return chosen


@dataclass(frozen=True, eq=False)
class LimitStates:
    """All stable states of a network in the strong limit.

    Attributes
    ----------
    n : int
        Nodes of the network.
    components : list of LimitComponent
    states : list of Circuit or Listed
        Of each component; the network's states are all combinations.
    """

    n: int
    components: list[LimitComponent]
    states: list[Circuit | Listed]

    @property
    def total(self) -> int:
        """Number of stable states."""
        return math.prod(one.total for one in self.states)

    def tally(self, marks: Mark, most: int, only: Mark | None = None) -> dict[int, int]:
        """Number of states for each union of marks that states show; see `Circuit.tally`.

        Nodes without bias are low in every state.
        """
        table, total, number = {0: 1}, self.total, 1
        if not total:
            return {}
        for component, states in zip(self.components, self.states, strict=True):
            own = {i: marks[node] for i, node in enumerate(component.nodes) if node in marks}
            if not own:
                continue
            wanted = {i: only[v] for i, v in enumerate(component.nodes) if only and v in only}
            number *= states.total
            joined: dict[int, int] = {}
            for shown, ways in states.tally(own, most, wanted or None).items():
                for other, others in table.items():
                    joined[shown | other] = joined.get(shown | other, 0) + ways * others
            table = joined
        if len(table) > most:
            raise TooLargeError(f"more than {most} different patterns are shown")
        return {shown: ways * (total // number) for shown, ways in table.items()}

    def sample(self, size: int, rng: np.random.Generator) -> BoolArray:
        """Which nodes are high in states chosen at random, each equally likely, independent.

        Raises
        ------
        ValueError
            If there is no stable state.
        """
        high = np.zeros((size, self.n), dtype=np.bool_)
        if not self.total:
            raise ValueError("the network has no stable state in the limit, so none can be drawn.")
        for component, states in zip(self.components, self.states, strict=True):
            high[:, list(component.nodes)] = states.sample(size, rng)
        return high


def limit_states(net: PlasticNetwork, clock: Clock, progress: Shown = False) -> LimitStates:
    """Compile the stable states of a network in the strong limit.

    `progress`: whether to show a bar over its components on a terminal.

    Raises
    ------
    ValueError
        If a component has too many states to be listed and could not be compiled: the message
        says why.
    """
    components = components_of(net)
    known: dict[object, Circuit | Listed] = {}
    states = []
    with bar("compiling", len(components), progress) as step:
        for component in components:
            key = component.as_labelled
            if key not in known:
                known[key] = _compiled(component, clock)
            states.append(known[key])
            step(f"{component.n} nodes")
    return LimitStates(net.n, components, states)


def _compiled(component: LimitComponent, clock: Clock) -> Circuit | Listed:
    """By what is likely to be quickest, then by the rest."""
    reasons: list[str] = []
    has_compiler = COMPILER in installed_counters()
    plan = None if component.looped else Elimination(component)

    def eliminated(rows: int) -> Circuit | None:
        parts = int(clock.budget.megabytes * _PARTS_A_MEGABYTE)
        return _attempt(lambda: plan.compiled(clock, rows, parts) if plan else None, reasons)

    if plan and plan.width <= _NARROW:
        found = eliminated(_ROWS)
        if found:
            return found
    listed, _ = _listed(component, _on_trial(component, clock), _TRIAL_STATES)
    if listed:
        return listed
    if has_compiler:
        circuit = _by_compiler(component, clock, reasons)
        if circuit:
            return circuit
    else:
        reasons.append(f"the model counter that compiles, D4, is not installed: {INSTALL}")
        if plan and plan.possible:
            found = eliminated(_ROWS_WITHOUT)
            if found:
                return found
    listed, why = _listed(component, clock, LARGEST_LIST)
    if listed:
        return listed
    raise ValueError(
        f"the stable states of a component of {component.n} nodes are too many to be listed and "
        f"could not be compiled ({'; '.join(dict.fromkeys([why, *reasons]))})."
    )


def _attempt(make: Callable[[], Circuit | None], reasons: list[str]) -> Circuit | None:
    try:
        return make()
    except TooLargeError as error:
        reasons.append(str(error))
        return None


def _on_trial(component: LimitComponent, clock: Clock) -> Clock:
    boxes = min(clock.budget.boxes, clock.boxes + max(1, _TRIAL * 20 // component.n))
    return replace(clock, budget=replace(clock.budget, boxes=boxes))


def _listed(component: LimitComponent, clock: Clock, most: int) -> tuple[Listed | None, str]:
    """All states of a component, or why not."""
    if can_list(component) and most > _TRIAL_STATES:
        listing = list_states(component, clock, most)
        found, opened, why = listing.states, listing.opened, listing.why
    else:
        walk, found = Walk(component, clock), []
        for high in walk.states():
            found.append(high)
            if len(found) > most:
                return None, f"there are more than {most}"
        opened, why = walk.opened > 0, walk.why
    if why or opened:
        return None, why or "whether some states with middle nodes are stable is not settled"
    table = [[state >> i & 1 for i in range(component.n)] for state in found]
    return Listed(np.array(table, dtype=np.bool_).reshape(len(found), component.n)), ""


def _by_compiler(component: LimitComponent, clock: Clock, reasons: list[str]) -> Circuit | None:
    clauses = clauses_of(component)
    if not clauses or not all(clauses):
        reasons.append("no clauses say which states with these self-loops are stable")
        return None
    text, why = compile_models(clauses, clock)
    if why:
        reasons.append(why)
        return None
    parts = int(clock.budget.megabytes * _PARTS_A_MEGABYTE)
    return _attempt(lambda: circuit_of(text, component, parts), reasons)
