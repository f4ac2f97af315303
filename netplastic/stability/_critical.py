"""Critical learning rates: at which timescale of learning an equilibrium stops being stable.

With the equilibria fixed, the learning rate epsilon only scales the rows of the linearised
weights (docs/theory.md#section-3):

    M(epsilon) = [ A            B             ]
                 [ epsilon C   -epsilon Gamma ].

det M(epsilon) = epsilon^r det M(1), so no eigenvalue passes through zero: stability changes only
where a pair of eigenvalues crosses the imaginary axis, a Hopf point. The ends are known: for fast
learning the n eigenvalues of A + B Gamma^-1 C decide (the reduced equations), for slow learning
those of A and of -Gamma - C A^-1 B.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pandas as pd

from netplastic._support import (
    FloatArray,
    Halt,
    HaltedError,
    IntArray,
    Result,
    Shown,
    Status,
    brief,
    check_positive,
    check_progress,
    check_seconds,
    halting,
)
from netplastic.equilibria import Equilibria, Equilibrium, check_equilibria
from netplastic.model import PlasticNetwork

from ._crossings import ComplexArray, Linearisation, crossing_rates, linearisation
from ._last_crossing import last_crossing
from ._theory import critical_learning_rate_bound, unstable_by_theory

__all__ = [
    "CriticalRates",
    "RateStatus",
    "critical_learning_rate",
    "critical_learning_rate_bound",
    "critical_learning_rates",
    "learning_rate_crossings",
]

_MARGINAL = 1e-10
_SMALL = 40  # nodes up to which all crossings are found quickly


class RateStatus(Status):
    """How the crossings were found; members carry a sentence and a remedy.

    Examples
    --------
    >>> from netplastic.stability import RateStatus
    >>> RateStatus.THEORY.meaning
    'A theorem settles stability at every rate: there is no crossing.'
    """

    THEORY = (
        "theory",
        "A theorem settles stability at every rate: there is no crossing.",
        "Nothing is left to do.",
    )
    SCANNED = (
        "scanned",
        "Crossings were bracketed on a grid of rates that reaches into both limits, refined "
        "wherever a growth rate turns back near zero.",
        "A mode that grows only within a small part of a decade could be missed; there, look at "
        "netplastic.stability.spectral_abscissa.",
    )
    MARGINAL = (
        "marginal",
        "The equilibrium is singular (a bifurcation), so linearisation does not settle stability.",
        "Move the parameters off the bifurcation.",
    )


@dataclass(frozen=True, eq=False, repr=False)
class CriticalRates(Result):
    """All learning rates at which an equilibrium gains or loses growing modes.

    Attributes
    ----------
    rates : float array of shape (c,)
        Increasing, in 1/time.
    frequencies : float array of shape (c,)
        Angular frequency of the oscillation that sets in there, in 1/time.
    unstable : int array of shape (c + 1,)
        Number of growing modes below, between and above the rates.
    bound : float
        Upper bound on the critical rate from docs/theory.md#section-3; NaN where it does not apply.
    status : RateStatus

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(6), npl.Hebbian(strength=-20.0), learning_rate=100.0)
    >>> state = npl.find_equilibria(net, stable_only=True).activity[0]
    >>> crossings = npl.learning_rate_crossings(net, state)
    >>> crossings.stable_at(100.0), crossings.unstable[-1]
    (True, np.int64(0))
    """

    rates: FloatArray
    frequencies: FloatArray
    unstable: IntArray
    bound: float
    status: RateStatus

    @property
    def critical(self) -> float:
        """0.0 if stable at every rate, inf if at none, else the last rate at which stability
        changes.

        NaN for a marginal equilibrium.
        """
        if self.status is RateStatus.MARGINAL:
            return math.nan
        stable = self.unstable == 0
        changes = np.flatnonzero(stable[1:] != stable[:-1])
        if len(changes):
            return float(self.rates[changes[-1]])
        return 0.0 if stable[0] else math.inf

    def stable_at(self, rate: float) -> bool:
        """Whether the equilibrium is stable at a learning rate, which may be inf.

        True for a marginal equilibrium (status "marginal"), where it means nothing: linearisation
        does not settle its stability, and its modes are not counted.

        Raises
        ------
        TypeError, ValueError
            For a rate that is no number above 0.
        """
        rate = check_positive("rate", rate, infinite=True)
        return bool(self.unstable[int(np.searchsorted(self.rates, rate))] == 0)

    def to_frame(self) -> pd.DataFrame:
        """One row per crossing: learning_rate, frequency, unstable_below, unstable_above, bound."""
        return pd.DataFrame(
            {
                "learning_rate": self.rates,
                "frequency": self.frequencies,
                "unstable_below": self.unstable[:-1],
                "unstable_above": self.unstable[1:],
                "bound": np.full(len(self.rates), self.bound),
            }
        )

    def _line(self) -> str:
        return f"critical rate {self.critical:.6g}, {len(self.rates)} crossings, {self.status}"

    def _verdict(self) -> RateStatus:
        return self.status


@overload
def critical_learning_rate(
    net: PlasticNetwork,
    equilibrium: Equilibria,
    *,
    budget: float | None = None,
    progress: Shown = None,
) -> FloatArray: ...
@overload
def critical_learning_rate(
    net: PlasticNetwork,
    equilibrium: Any,
    *,
    budget: float | None = None,
    progress: Shown = None,
) -> Any: ...
def critical_learning_rate(
    net: PlasticNetwork,
    equilibrium: Any,
    *,
    budget: float | None = None,
    progress: Shown = None,
) -> Any:
    """Learning rate above which an equilibrium is stable.

    Parameters
    ----------
    net : PlasticNetwork
        Its own learning rate does not matter.
    equilibrium : Equilibrium, Equilibria, or float array of shape (n,) or (k, n)
        One equilibrium or several, or their activities x (not rates).
    budget : float or None
        Seconds; None for no limit.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    float, or float array of shape (k,)
        In 1/time, good to 1e-9 relative. 0.0 where stable at every rate, inf where at none, else
        the last rate at which stability changes: for the anti-Hebbian rule on an undirected graph
        the equilibrium is unstable just below it and stable above. On directed networks and with
        other rules stability may change several times, or be lost at fast learning: see
        `learning_rate_crossings`. NaN for a singular equilibrium.

    Raises
    ------
    ValueError
        For a state that is no equilibrium.
    TimeoutError
        If the budget ends before all are known; `critical_learning_rates` keeps those that are.

    Notes
    -----
    Undirected, Hebb rule, uniform decay: stable at every rate or at none for positive strength;
    for negative strength at none where the Hessian H has a negative eigenvalue, at every rate
    where H and M are positive definite (docs/theory.md#section-3). Otherwise see the module's text.
    On more than 40 nodes the last crossing alone is looked for where its upper bound is known
    (anti-Hebbian, undirected, uniform tau and decay): down from the bound to the first rate at
    which Arnoldi's method, on the Cayley transform of the 2n x 2n pencil, finds a growing mode.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-5.0), bias=0.0)
    >>> npl.critical_learning_rate(net, np.zeros(2))
    0.0
    """
    check_progress(progress)
    budget = check_seconds(budget)
    states, values = check_equilibria(net, "equilibrium", equilibrium), list[float]()
    with halting("critical learning rates", budget, progress) as halt:
        try:
            for x in halt.steps(states):
                values.append(_critical(net, x, halt))
        except HaltedError:
            raise _too_late(
                halt,
                f": {len(values)} of {len(states)} critical rates are known; give a larger budget, "
                "or take critical_learning_rates, which keeps those that are.",
            ) from None
    found = np.array(values, dtype=np.float64)
    if isinstance(equilibrium, Equilibria):
        return found
    if not isinstance(equilibrium, Equilibrium) and np.ndim(equilibrium) == 2:
        return found
    return float(found[0])


def _too_late(halt: Halt, said: str) -> BaseException:
    """What is raised where there is no partial answer."""
    return KeyboardInterrupt() if halt.interrupted else TimeoutError(f"{halt.why}{said}")


def _critical(net: PlasticNetwork, x: FloatArray, halt: Halt) -> float:
    """The last crossing alone, where that is quicker and applies; else by all of them."""
    halt.heed()
    if net.n > _SMALL and unstable_by_theory(net, x) is None:
        last = last_crossing(net, x, halt)
        if last is not None:
            return last
    return _crossings(net, x, halt).critical


def critical_learning_rates(
    net: PlasticNetwork,
    equilibria: Any,
    *,
    budget: float | None = None,
    progress: Shown = None,
) -> pd.DataFrame:
    """One row per equilibrium: its critical rate, Hopf frequency, crossings and bound.

    Parameters
    ----------
    net : PlasticNetwork
    equilibria : Equilibria, or float array of shape (n,) or (k, n)
    budget : float or None
        Seconds; None for no limit. What is known when they end, or at Ctrl-C, is returned.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    pandas.DataFrame
        Columns equilibrium, critical_rate, frequency (angular; NaN without a crossing),
        crossings (their number), bound (docs/theory.md#section-3; NaN where it does not apply),
        status: as of `CriticalRates`, or "budget of 10 s used up" or "interrupted" in rows that
        were not reached, whose numbers are NaN and 0.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-5.0), bias=0.0)
    >>> npl.critical_learning_rates(net, np.zeros(2)).critical_rate.tolist()
    [0.0]
    """
    check_progress(progress)
    budget = check_seconds(budget)
    rows = list[dict[str, Any]]()
    states = check_equilibria(net, "equilibria", equilibria)
    with halting("critical learning rates", budget, progress) as halt:
        try:
            for x in halt.steps(states):
                rows.append(_row(net, len(rows), x, halt))
        except HaltedError:
            late = range(len(rows), len(states))
            rows += [_missing(number, halt.why) for number in late]
    names = ["equilibrium", "critical_rate", "frequency", "crossings", "bound", "status"]
    return pd.DataFrame(rows, columns=names)


def _missing(number: int, why: str) -> dict[str, Any]:
    return {
        "equilibrium": number,
        "critical_rate": math.nan,
        "frequency": math.nan,
        "crossings": 0,
        "bound": math.nan,
        "status": why,
    }


def _row(net: PlasticNetwork, number: int, x: FloatArray, halt: Halt) -> dict[str, Any]:
    halt.heed()
    found = _crossings(net, x, halt)
    at = np.flatnonzero(found.rates == found.critical)
    return {
        "equilibrium": number,
        "critical_rate": found.critical,
        "frequency": float(found.frequencies[at[-1]]) if len(at) else math.nan,
        "crossings": len(found.rates),
        "bound": found.bound,
        "status": str(found.status),
    }


def learning_rate_crossings(
    net: PlasticNetwork,
    activity: FloatArray,
    *,
    budget: float | None = None,
    progress: Shown = None,
) -> CriticalRates:
    """All learning rates at which an equilibrium's number of growing modes changes.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (n,)
        An equilibrium.
    budget : float or None
        Seconds; None for no limit.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    CriticalRates

    Raises
    ------
    ValueError
        For a state that is no equilibrium.
    TimeoutError
        If the budget ends before: single crossings say nothing without all others.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-20.0))
    >>> stable = npl.find_equilibria(net, method="sampled", stable_only=True, rng=0)
    >>> found = npl.learning_rate_crossings(net, stable.activity[0])
    >>> found.rates.round(4).tolist(), found.unstable.tolist()
    ([0.0067, 0.0188], [4, 2, 0])
    """
    check_progress(progress)
    budget = check_seconds(budget)
    x = check_equilibria(net, "activity", activity)
    if np.ndim(activity) != 1 or isinstance(activity, Equilibria):
        raise ValueError(
            f"activity is {brief(activity)}; give that of one equilibrium, of shape ({net.n},)."
        )
    with halting("crossings", budget, progress) as halt:
        try:
            return _crossings(net, x[0], halt)
        except HaltedError:
            said = " before all crossings were known; give a larger budget."
            raise _too_late(halt, said) from None


def _crossings(net: PlasticNetwork, x: FloatArray, halt: Halt) -> CriticalRates:
    """All crossings; HaltedError once it is time to stop."""
    system = linearisation(net, x, halt)
    bound = critical_learning_rate_bound(net, x)
    fast = system.fast()
    if float(np.abs(fast).min()) <= _MARGINAL * max(1.0, float(np.abs(fast).max())):
        return _no_crossing(0, bound, RateStatus.MARGINAL)
    if system.runaway:
        return _no_crossing(1 + int(np.count_nonzero(fast.real > 0)), bound, RateStatus.THEORY)
    settled = unstable_by_theory(net, x)
    if settled is not None:
        return _no_crossing(settled, bound, RateStatus.THEORY)
    return followed(system, bound)


def followed(system: Linearisation, bound: float = math.nan) -> CriticalRates:
    """Crossings by the general method, whatever theorems say."""
    rates = crossing_rates(system)
    unstable = [system.unstable_fast()]
    if rates:
        between = [math.sqrt(a * b) for a, b in itertools.pairwise(rates)]
        unstable = [system.unstable(rate) for rate in (0.5 * rates[0], *between)] + unstable
    return CriticalRates(
        rates=np.array(rates),
        frequencies=np.array([_frequency(system.growth(rate)) for rate in rates]),
        unstable=np.array(unstable),
        bound=bound,
        status=RateStatus.SCANNED,
    )


def _frequency(values: ComplexArray) -> float:
    """Imaginary part of the pair next to the imaginary axis."""
    paired = values[np.abs(values.imag) > 1e-9 * np.abs(values).max()]
    return abs(float(paired[np.abs(paired.real).argmin()].imag))


def _no_crossing(unstable: int, bound: float, status: RateStatus) -> CriticalRates:
    return CriticalRates(np.zeros(0), np.zeros(0), np.array([unstable]), bound, status)
