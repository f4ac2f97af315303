"""Proved minima of the reduced objective from many starts, by compiled loops on all cores."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray, SymmetricPattern, available_cores
from netplastic.model import PlasticNetwork

from ._descent import has_coordinates, system_of, threshold_of
from ._krawczyk import box_radius

if TYPE_CHECKING:
    from netplastic._support import Crew
    from netplastic.equilibria.sampled._kernels import Wish

__all__ = ["Minima", "MinimumSampler", "SharedSampler", "not_covered"]

_OMEGA = 1.3
_SWEEPS = 3000
_FILL = 200  # multiplications of one elimination per arc from which conjugate gradients are faster
_SLICE = 3e5  # rows times nodes and arcs within a compiled loop: about 0.1 s
_ALONE = (
    2e5  # rows times nodes and arcs of all starts below which threads are not worth their start
)
_PART = 8
"""Starts that are sent at once to somebody else."""

_WIDEST = 10.0  # radius of a proof, on the scale of `box_radius`, that is still of use
_UNIT = 2.0**-53


def not_covered(net: PlasticNetwork) -> str:
    """Say why minima of a network are not sampled by compiled loops; empty where they are."""
    if not net.has_objective:
        return "only equations with an objective have minima"
    if not has_coordinates(net):
        return "compiled loops know the anti-Hebbian rule, tanh and the logistic function only"
    return ""


@dataclass(frozen=True, eq=False)
class Minima:
    """What became of starts, one a row.

    Attributes
    ----------
    states : float array of shape (B, n)
    radius : float array of shape (B,)
        Distance within which exactly one equilibrium lies, a strict minimum; NaN: not proved.
    stable : bool array of shape (B,)
        Proved to be stable at the network's learning rate.
    polished : bool array of shape (B,)
        Newton's method came to rest.
    done : bool array of shape (B,)
        False where time ran out before.
    """

    states: FloatArray
    radius: FloatArray
    stable: BoolArray
    polished: BoolArray
    done: BoolArray


class MinimumSampler:
    """Compiled loops for one network that `not_covered` has nothing against.

    Parameters
    ----------
    net : PlasticNetwork
    cores : int or None
        Threads that share starts; None: one for each core. Results do not depend on it.
    """

    def __init__(self, net: PlasticNetwork, cores: int | None = None) -> None:
        from netplastic.equilibria.sampled._kernels import Matrix, Wish

        self._net, self._cores = net, cores or available_cores()
        self._system = system_of(net)
        self._threshold = threshold_of(net)
        arcs = self._system.inward
        target = np.repeat(np.arange(net.n), np.diff(arcs.indptr))
        pattern = SymmetricPattern(net.n, target, arcs.other)
        entry = pattern.arc[pattern.entry]
        iterative = pattern.products > _FILL * max(len(target), 1)
        self._matrix = Matrix(pattern.elimination, entry, target[entry], pattern.widest, iterative)
        loose = 4.0 * _UNIT * np.where(self._threshold != 0.0, np.abs(net.bias), 0.0)
        loose += 4.0 * _UNIT * np.abs(self._threshold)
        damped = net.only_minima_stable and not net.weights_follow
        rate = net.tau * net.decay * net.learning_rate if damped else np.empty(0)
        self._wish = Wish(_OMEGA, _SWEEPS, loose, np.asarray(rate, dtype=np.float64))
        self._size = net.n + len(target)

    def run(self, starts: FloatArray, halt: Callable[[], bool], *, descend: bool = True) -> Minima:
        """Bring starts of shape (B, n) down to minima and prove them, or prove them as they are.

        `halt` ends it between slices of a tenth of a second, but for the first ones.
        """
        count = len(starts)
        wish = self._wish if descend else self._wish._replace(sweeps=0)
        y = np.array(starts - self._threshold, dtype=np.float64, order="C")
        outcome, radius = np.full(count, -1, dtype=np.int64), np.full(count, np.nan)
        step = max(1, int(_SLICE / self._size))
        slices = [slice(first, first + step) for first in range(0, count, step)]
        cores = min(self._cores, len(slices)) if count * self._size > _ALONE else 1

        ended = False

        def work(mine: list[slice]) -> None:
            for place, rows in enumerate(mine):
                if place and (ended or halt()):  # something is there, however late it is
                    return
                self._run(y[rows], wish, outcome[rows], radius[rows])

        if cores == 1:
            work(slices)
        else:
            with ThreadPoolExecutor(cores) as pool:
                try:
                    list(pool.map(work, [slices[first::cores] for first in range(cores)]))
                finally:
                    ended = True  # else leaving the pool waits for threads that go on
        return self._told(y, outcome, radius)

    def _run(self, y: FloatArray, wish: Wish, outcome: IntArray, radius: FloatArray) -> None:
        from netplastic.equilibria.sampled._kernels import sample_minima

        with np.errstate(all="ignore"):  # warnings come where loops run interpreted
            sample_minima(y, self._system, self._matrix, wish, outcome, radius)

    def _told(self, y: FloatArray, outcome: IntArray, radius: FloatArray) -> Minima:
        from netplastic.equilibria.sampled._kernels import MINIMUM, POLISHED, STABLE

        states = y + self._threshold
        radius = radius + 2.0 * _UNIT * np.max(np.abs(states), axis=1, initial=0.0)
        proved = (outcome >= MINIMUM) & (radius <= _WIDEST * box_radius(states))
        stable = proved & ((outcome == STABLE) | bool(self._net.weights_follow))
        if not self._net.only_minima_stable:
            stable[:] = False
        return Minima(
            states=states,
            radius=np.where(proved, radius, np.nan),
            stable=stable,
            polished=outcome >= POLISHED,
            done=outcome >= 0,
        )


class SharedSampler:
    """The same by others, a few starts at a time: what becomes of a start is the same everywhere.

    The network goes with each part of the starts; who has it from before does not read it again.
    """

    def __init__(self, net: PlasticNetwork, crew: Crew) -> None:
        self._crew, self._n = crew, net.n
        self._data = pickle.dumps(net)

    def run(self, starts: FloatArray, halt: Callable[[], bool]) -> Minima:
        """As `MinimumSampler.run`; `halt` ends it between parts."""
        count = len(starts)
        all_ = Minima(
            states=np.array(starts, dtype=np.float64),
            radius=np.full(count, np.nan),
            stable=np.zeros(count, dtype=bool),
            polished=np.zeros(count, dtype=bool),
            done=np.zeros(count, dtype=bool),
        )
        parts = [slice(first, first + _PART) for first in range(0, count, _PART)]
        tasks = [(self._data, all_.states[rows]) for rows in parts]
        with closing(self._crew.do(_sample_there, tasks)) as found:
            for number, minima in found:
                for name, values in _columns(minima):
                    getattr(all_, name)[parts[number]] = values
                if halt():
                    break
        return all_


def _columns(minima: Minima) -> Iterator[tuple[str, Any]]:
    for name in ("states", "radius", "stable", "polished", "done"):
        yield name, getattr(minima, name)


@lru_cache(maxsize=2)
def _sampler(data: bytes) -> MinimumSampler:
    return MinimumSampler(pickle.loads(data), cores=1)


def _sample_there(task: tuple[bytes, FloatArray]) -> Minima:
    data, starts = task
    return _sampler(data).run(starts, lambda: False)
