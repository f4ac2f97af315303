"""Count equilibria with the generic interval solver codac: a plain branch and prune.

Run by certified.py, with the interpreter of the environment that holds codac; needs nothing else.
Reads one task from standard input, writes its outcome to standard output, both as JSON:

    python benchmarks/_peers.py --variants
    echo '{"size": 2, "links": [[0, 1]], "strength": -20, "variant": "...", "limit": 60}' \\
        | python benchmarks/_peers.py

The system is the reduced one with tanh and bias 1, in terms of the activities x or of the rates
V = tanh(x); S_i is the sum of V_j^2 over the neighbors of i, k < 0 the strength:

    x_i - 1 - k V_i S_i = 0,                        0 <= x_i <= 1;
    V_i - tanh(1 + k V_i S_i) = 0       (2.x),      0 <= V_i <= tanh(1);
    atanh(V_i) - 1 - k V_i S_i = 0      (1.x),      0 <= V_i <= tanh(1).

Two lines of codac differ so much that each has its own solver here: 1.x stands on IBEX and has its
contractors (HC4, shaving, interval Newton) compiled; 2.x has forward-backward contraction, and an
interval Newton step is put together from its interval linear algebra. Two things lose roots:

- tanh and atanh of both lines (1.5.7 and 2.1.2) are not rounded outward: at 20,000 random numbers
  of [0, 1] (for atanh, [0, 0.77]), 2,295 intervals for tanh do not hold the value that 150 bits
  give, and 199 for atanh. The search then counts 4,323 equilibria of the 20-path at k = -50, not
  4,325. So both are multiplied by 1 +- 2e-15 here. (Written with exp and log, which passed, the
  counts are the same, but 1.x takes 1.2 to 1.5 times as long and 2.x 1.8 to 2.7.)
- The centered form of 2.1.2's CtcInverse, on by default, empties wide boxes that hold roots: 8 of
  175 of width 0.5 about the 35 roots of the 3x3 grid at k = -50; none with it off.
"""

from __future__ import annotations

import bisect
import importlib
import importlib.metadata
import json
import math
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

codac: Any = importlib.import_module("codac")  # has no types to check against

Box = Any
"""codac's IntervalVector."""

SMALLEST = 1e-10
"""Boxes narrower than this that are neither refuted nor proved are unsettled."""

GAIN = 0.9
"""Contract again while the widest side shrinks below this share of itself."""

PADDING = 2e-15
"""Relative; makes codac's tanh and atanh enclosures."""

TOGETHER = 0.2
"""Seconds for which a short search is repeated; the best counts. The same in `certified.py`."""

PROVE = 0.1
"""Boxes narrower than this are inflated and tested for a root."""


class Solver(Protocol):
    """What the search needs of a peer. A box that is proved to hold no root comes back empty."""

    def start(self) -> Box:
        """Return a box that holds all equilibria."""

    def narrow(self, box: Box) -> Box:
        """Contract a copy of a box by everything the variant has."""

    def newton(self, box: Box) -> Box:
        """Contract a copy by one interval Newton step; inside the box: it holds just one root."""

    def split(self, box: Box) -> tuple[Box, Box]:
        """Cut the widest side off-center (symmetric networks have roots on the middle)."""

    def inflate(self, box: Box) -> Box:
        """Return a box with this one well inside."""


class Ibex:
    """codac 1.x: IBEX's contractors, combined in compiled code.

    Its Newton step takes slopes about the box's middle (Hansen's matrix), not derivatives over the
    box: a step into the inside proves a root, and leaves out part of the proof that it is the only
    one. That favors this peer: derivatives are wider and the test would succeed later.
    """

    VARIANTS = (
        "V, HC4 + Newton below 0.1",
        "V, HC4 + Newton",
        "V, 3BCID + Newton",
        "x, HC4 + Newton below 0.1",
    )

    def __init__(self, neighbors: list[list[int]], strength: float, variant: str) -> None:
        self.size = len(neighbors)
        form, contractors = variant.split(", ")
        self.high = _above(math.tanh(1.0)) if form == "V" else 1.0
        equations = [_text(form, i, around, strength) for i, around in enumerate(neighbors)]
        name = f"x[{self.size}]"
        # CtcNewton(f, ceil, prec, ratio): on boxes up to `ceil` wide, here one step of one sweep.
        function = codac.Function(name, "(" + ";".join(equations) + ")")
        self._step = codac.CtcNewton(function, 1e300, 1e300, 1e300)
        single = [codac.CtcFwdBwd(codac.Function(name, text)) for text in equations]
        narrow = codac.CtcPropag(single, 0.1, False)
        if contractors.startswith("3BCID"):
            narrow = codac.CtcCompo([narrow, codac.Ctc3BCid(narrow)])
        ceiling = 0.1 if contractors.endswith("0.1") else 1e300
        newton = codac.CtcNewton(function, ceiling, 1e300, 1e300)
        self._all = codac.CtcFixPoint(codac.CtcCompo([narrow, newton]), 0.5)
        self._kept = (function, single, narrow, newton)  # the compiled side holds no references

    def start(self) -> Box:
        return codac.IntervalVector([[0.0, self.high]] * self.size)

    def narrow(self, box: Box) -> Box:
        result = codac.IntervalVector(box)
        self._all.contract(result)
        return result

    def newton(self, box: Box) -> Box:
        result = codac.IntervalVector(box)
        self._step.contract(result)
        return result

    def split(self, box: Box) -> tuple[Box, Box]:
        one, two = box.bisect(box.extr_diam_index(False), 0.45)
        return one, two

    def inflate(self, box: Box) -> Box:
        return codac.IntervalVector(box).inflate(_margin(box.max_diam()))


class Codac2:
    """codac 2.x: forward-backward contraction, and Newton steps from interval linear algebra."""

    VARIANTS = (
        "V, CtcInverse + Gauss-Seidel",
        "V, CtcInverse + Gauss-Seidel below 0.1",
        "V, CtcInverse + Krawczyk",
        "x, CtcInverse + Krawczyk",
    )

    def __init__(self, neighbors: list[list[int]], strength: float, variant: str) -> None:
        self.size = len(neighbors)
        form, contractors = variant.split(", ")
        self.high = _above(math.tanh(1.0)) if form == "V" else 1.0
        self.ceiling = 0.1 if contractors.endswith("0.1") else math.inf
        self.sweep = "Gauss-Seidel" in contractors
        x = codac.VectorVar(self.size)
        equations = []
        for i, around in enumerate(neighbors):
            squares = [codac.sqr(x[j] if form == "V" else _tanh(x[j])) for j in around]
            total = squares[0]
            for square in squares[1:]:
                total = total + square
            if form == "V":
                equations.append(x[i] - _tanh(1.0 + strength * (x[i] * total)))
            else:
                equations.append(x[i] - 1.0 - strength * (_tanh(x[i]) * total))
        # codac 2.1.2 takes at most ten components a function (more end in a segmentation fault).
        blocks = [equations[i : i + 10] for i in range(0, self.size, 10)]
        self._functions = [codac.AnalyticFunction([x], block) for block in blocks]
        inverses = [
            codac.CtcInverse(f, codac.IntervalVector([[0.0, 0.0]] * len(block)), False)
            for f, block in zip(self._functions, blocks, strict=True)
        ]
        together = inverses[0] if len(inverses) == 1 else codac.CtcInter(*inverses)
        self._narrow = codac.CtcFixpoint(together, 0.1)
        self._sweep = codac.CtcGaussSeidel()
        self._one = codac.IntervalMatrix(codac.Matrix.eye(self.size, self.size))
        self._kept = (inverses, together)

    def start(self) -> Box:
        return codac.IntervalVector([[0.0, self.high]] * self.size)

    def narrow(self, box: Box) -> Box:
        result = codac.IntervalVector(box)  # contract works in place
        while True:
            before = result.max_diam()
            result = self._narrow.contract(result)
            if result.is_empty():
                return result
            if result.max_diam() <= self.ceiling:
                result = self.newton(result)
                if result.is_empty():
                    return result
            if not SMALLEST < result.max_diam() < GAIN * before:
                return result

    def newton(self, box: Box) -> Box:
        slopes = self._slopes(box)
        inverse = slopes.mid().inverse()
        if inverse.is_nan() or not inverse.max_coeff() < 1e100:
            return codac.IntervalVector(box)
        middle = codac.IntervalVector(box.mid())
        value = self._value(middle)
        inverse = codac.IntervalMatrix(inverse)
        slopes = inverse * slopes
        value = inverse * value
        offset = box - middle
        if self.sweep:
            slopes, offset, _ = self._sweep.contract(slopes, offset, -value)
            return (offset + middle) & box
        return (middle - value + (self._one - slopes) * offset) & box

    def _slopes(self, box: Box) -> Any:
        if len(self._functions) == 1:
            return self._functions[0].diff(box)
        slopes = codac.IntervalMatrix(self.size, self.size)
        for first, function in zip(range(0, self.size, 10), self._functions, strict=True):
            rows = function.diff(box)
            slopes.set_block(first, 0, rows.rows(), self.size, rows)
        return slopes

    def _value(self, point: Box) -> Box:
        if len(self._functions) == 1:
            return self._functions[0].eval(codac.EvalMode.NATURAL, point)
        value = codac.IntervalVector(self.size)
        for first, function in zip(range(0, self.size, 10), self._functions, strict=True):
            value.put(first, function.eval(codac.EvalMode.NATURAL, point))
        return value

    def split(self, box: Box) -> tuple[Box, Box]:
        one, two = box.bisect_largest(0.45)
        return one, two

    def inflate(self, box: Box) -> Box:
        return codac.IntervalVector(box).inflate(_margin(box.max_diam()))


@dataclass
class Search:
    """A branch and prune: what it has done and found so far."""

    solver: Solver
    boxes: int = 0
    pending: list[Box] = field(default_factory=list)
    roots: list[tuple[Box, Box]] = field(default_factory=list)
    """Of each root, a tight box around it, and a box in which it is the only one."""
    unsettled: int = 0
    _places: list[tuple[float, int]] = field(default_factory=list)
    _widest: float = 0.0

    def run(self, limit: float) -> float:
        """Search until all is done or so many seconds are spent; return the seconds it took.

        Processor time: other work on the machine does not lengthen it.
        """
        started = time.process_time()
        self.pending = [self.solver.start()]
        while self.pending and time.process_time() - started < limit:
            self._examine(self.pending.pop())
            self.boxes += 1
        return time.process_time() - started

    def _examine(self, box: Box) -> None:
        box = self.solver.narrow(box)
        if box.is_empty():
            return
        width = box.max_diam()
        if width < PROVE and self._prove(box):
            return
        if width < SMALLEST:
            self.unsettled += 1
            return
        self.pending.extend(self.solver.split(box))

    def _prove(self, box: Box) -> bool:
        """Prove that an inflated box holds just one root; then all of `box` is dealt with."""
        around = self.solver.inflate(box)
        tight = self.solver.newton(around)
        if tight.is_empty():
            return True
        if not tight.is_interior_subset(around):
            return False
        while True:
            before = tight.max_diam()
            tight = self.solver.newton(tight)
            if not tight.max_diam() < GAIN * before:
                break
        self._add(tight, around)
        return True

    def _add(self, tight: Box, around: Box) -> None:
        """Note a root, unless it was found before, from a neighboring box."""
        place, width = _place(tight), tight.max_diam()
        self._widest = max(self._widest, width)
        reach = 2 * tight.size() * (width + self._widest)
        first = bisect.bisect_left(self._places, (place - reach,))
        last = bisect.bisect_right(self._places, (place + reach, math.inf))
        for _, index in self._places[first:last]:
            other, only = self.roots[index]
            if not tight.intersects(other):
                continue
            if not (tight.is_subset(only) or other.is_subset(around)):
                self.unsettled += 1  # one root or two: does not happen where `tight` is tight
            return
        bisect.insort(self._places, (place, len(self.roots)))
        self.roots.append((tight, around))


def _place(box: Box) -> float:
    """Project a box's middle on a line, to find the boxes that may meet it."""
    middle = box.mid()
    return math.fsum(middle[i] * math.cos(1.0 + i) for i in range(box.size()))


def _text(form: str, i: int, around: list[int], strength: float) -> str:
    """Write an equation in IBEX's language."""
    padding = f"[{1 - PADDING!r},{1 + PADDING!r}]"
    if form == "V":
        squares = "+".join(f"x[{j}]^2" for j in around)
        return f"{padding}*atanh(x[{i}])-1-({strength})*x[{i}]*({squares})"
    squares = "+".join(f"({padding}*tanh(x[{j}]))^2" for j in around)
    return f"x[{i}]-1-({strength})*({padding}*tanh(x[{i}]))*({squares})"


def _tanh(u: Any) -> Any:
    """Write tanh as an expression of codac 2.x."""
    return codac.Interval(1 - PADDING, 1 + PADDING) * codac.tanh(u)


def _above(value: float) -> float:
    """Return a bound that a rounding error in `value` cannot reach."""
    return value * (1 + 1e-15)


def _margin(width: float) -> float:
    return 0.1 * width + 1e-12


def _solver() -> type[Ibex | Codac2]:
    return Codac2 if hasattr(codac, "AnalyticFunction") else Ibex


def main() -> None:
    kind = _solver()
    if "--variants" in sys.argv:
        version = importlib.metadata.version("codac")
        print(json.dumps({"version": version, "variants": kind.VARIANTS}))
        return
    task = json.load(sys.stdin)
    neighbors: list[list[int]] = [[] for _ in range(task["size"])]
    for i, j in task["links"]:
        neighbors[i].append(j)
        neighbors[j].append(i)
    started = time.process_time()
    solver = kind(neighbors, task["strength"], task["variant"])
    setup = time.process_time() - started
    search = Search(solver)
    seconds = spent = search.run(task["limit"])
    while not search.pending and spent < TOGETHER:
        again = Search(solver).run(math.inf)
        seconds, spent = min(seconds, again), spent + again
    outcome = {
        "seconds": seconds,
        "setup": setup,
        "finished": not search.pending,
        "boxes": search.boxes,
        "roots": len(search.roots),
        "unsettled": search.unsettled,
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
