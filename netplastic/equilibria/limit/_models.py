"""States of digraphs with self-loops one by one, by a satisfiability solver (section 7(d)).

A node is high, driven by a high one, or in the middle; clauses say which of that can be. What they
do not say is whether middle nodes that drive each other in a circle may do so: where a model has
such a circle that does not pass the test of `_middle`, a clause forbids it from then on. So what is
listed are the states whose middle nodes stand alone, and those with circles that were settled.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator

from ._components import LimitComponent, bits
from ._middle import Verdict, judge_middle, strong_components

__all__ = ["CUT", "END", "answer", "models"]

CUT, END = "cut", "end"
"""Lines that say: a circle was forbidden that may belong to a stable state; that was all."""


def answer() -> None:
    """Read a pickled component and a number of states to stop beyond; write a line for each state.

    A line is the state's high nodes as bits, in hex.
    """
    component, most = pickle.load(sys.stdin.buffer)
    written = 0
    for state in models(component):
        print(CUT if state is None else format(state, "x"), flush=True)
        written += state is not None
        if written > most:
            return
    print(END, flush=True)


def models(component: LimitComponent) -> Iterator[int | None]:
    """Yield sets of high nodes; None where states that are not settled were left out.

    Needs python-sat.
    """
    from pysat.solvers import Solver

    c, n = component, component.n
    may_cut = _without_loops(c)
    high, middle = range(1, n + 1), range(n + 1, 2 * n + 1)
    with Solver(name="glucose4", bootstrap_with=_clauses(c)) as solver:
        judged: dict[int, Verdict] = {}
        while solver.solve():
            model = solver.get_model()  # of variable v at v - 1
            chosen = [i for i in range(n) if model[i] > 0]
            left = sum(1 << i for i in range(n) if model[n + i] > 0)
            if left not in judged:
                judged[left] = judge_middle(c, left)
            if judged[left] is not Verdict.STABLE:
                for part in strong_components(c, left):
                    if part & (part - 1):
                        circle = _circle(c, part)
                        solver.add_clause([-middle[i] for i in circle])
                        if not all(may_cut >> i & 1 for i in circle):
                            yield None
                continue
            yield sum(1 << i for i in chosen)
            # Another state lacks one of these high nodes, or one of the middle nodes is high.
            others = [high[i] for i in bits(left & ~c.looped)]
            if not chosen and not others:
                return
            solver.add_clause([-high[i] for i in chosen] + others)


def _clauses(c: LimitComponent) -> list[list[int]]:
    """What section 7(d) says of high (1 to n), middle (to 2n) and driven (to 3n) nodes."""
    high, middle, driven = (range(k * c.n + 1, (k + 1) * c.n + 1) for k in range(3))
    clauses = []
    for i in range(c.n):
        sources = list(bits(c.sources[i]))
        clauses += [[-driven[i], *(high[j] for j in sources)]]
        clauses += [[driven[i], -high[j]] for j in sources]
        clauses += [[high[i], driven[i], middle[i]]]
        clauses += [[-high[i], -driven[i]], [-high[i], -middle[i]], [-middle[i], -driven[i]]]
        clauses += [[-high[i], driven[j]] for j in sources]
        if c.looped >> i & 1:
            clauses += [[-high[i]]]
        else:
            clauses += [[-middle[i], *(middle[j] for j in sources)]]
    return clauses


def _without_loops(c: LimitComponent) -> int:
    """Nodes on no circle with a looped node: circles of such are never stable."""
    parts = strong_components(c, c.everything)
    return sum(part for part in parts if not part & c.looped)


def _circle(c: LimitComponent, part: int) -> list[int]:
    """A shortest circle through the first node of a strongly connected set of several."""
    first = next(bits(part))
    before = {first: first}
    shell = [first]
    while shell:
        reached = []
        for i in shell:
            for j in bits(c.targets[i] & part):
                if j == first:
                    circle = [i]
                    while circle[-1] != first:
                        circle.append(before[circle[-1]])
                    return circle
                if j not in before:
                    before[j] = i
                    reached.append(j)
        shell = reached
    raise AssertionError("the set is not strongly connected")
