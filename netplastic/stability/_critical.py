"""Critical learning rates: at which timescale of learning an equilibrium stops being stable.

With the equilibria fixed, the learning rate epsilon only scales the rows of the linearised
weights (THEORY, section 3):

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
from scipy import linalg, optimize

from netplastic._support import FloatArray, Status
from netplastic.equilibria import Equilibria
from netplastic.model import PlasticNetwork, full_jacobian, reduced_matrix, residual

from ._theory import critical_learning_rate_bound, unstable_by_theory

__all__ = [
    "CriticalRates",
    "RateStatus",
    "critical_learning_rate",
    "critical_learning_rate_bound",
    "critical_learning_rates",
    "learning_rate_crossings",
]

_EXACT_SIZE = 14
_GRID = 61
_MARGINAL = 1e-10


class RateStatus(Status):
    """How the crossings were found; members carry a sentence and a remedy."""

    THEORY = (
        "theory",
        "A theorem settles stability at every rate: there is no crossing.",
        "Nothing is left to do.",
    )
    COMPLETE = (
        "complete",
        "All crossings are eigenvalues of one pencil, so none is missed.",
        "Nothing is left to do.",
    )
    SCANNED = (
        "scanned",
        "Crossings were bracketed on a refined grid of rates whose ends agree with both limits.",
        "Two crossings closer together than the grid could hide; compare with exact=True.",
    )
    MARGINAL = (
        "marginal",
        "The equilibrium is singular (a bifurcation), so linearisation does not settle stability.",
        "Move the parameters off the bifurcation.",
    )


@dataclass(frozen=True, eq=False)
class CriticalRates:
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
        Upper bound on the critical rate from THEORY, section 3; NaN where it does not apply.
    status : RateStatus
    """

    rates: FloatArray
    frequencies: FloatArray
    unstable: np.ndarray[Any, np.dtype[np.int64]]
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
        """Whether the equilibrium is stable at a learning rate."""
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


@overload
def critical_learning_rate(net: PlasticNetwork, equilibrium: Equilibria) -> FloatArray: ...
@overload
def critical_learning_rate(net: PlasticNetwork, equilibrium: Any) -> Any: ...
def critical_learning_rate(net: PlasticNetwork, equilibrium: Any) -> Any:
    """Learning rate above which an equilibrium is stable.

    Parameters
    ----------
    net : PlasticNetwork
        Its own learning rate does not matter.
    equilibrium : Equilibria, or float array of shape (n,) or (k, n)
        Activities x (not rates) of one equilibrium or several.

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

    Notes
    -----
    Undirected, Hebb rule, uniform decay: stable at every rate or at none for positive strength;
    for negative strength at none where the Hessian H has a negative eigenvalue, at every rate
    where H and M are positive definite (THEORY, section 3). Otherwise see the module's text.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-5.0), bias=0.0)
    >>> npl.critical_learning_rate(net, np.zeros(2))
    0.0
    """
    states = _states(net, equilibrium)
    values = np.array([learning_rate_crossings(net, x).critical for x in states])
    if isinstance(equilibrium, Equilibria) or np.ndim(equilibrium) == 2:
        return values
    return float(values[0])


def critical_learning_rates(net: PlasticNetwork, equilibria: Any) -> pd.DataFrame:
    """One row per equilibrium: its critical rate, Hopf frequency, crossings and bound.

    Parameters
    ----------
    net : PlasticNetwork
    equilibria : Equilibria, or float array of shape (n,) or (k, n)

    Returns
    -------
    pandas.DataFrame
        Columns equilibrium, critical_rate, frequency (angular; NaN without a crossing),
        crossings (their number), bound (THEORY, section 3; NaN where it does not apply), status.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-5.0), bias=0.0)
    >>> npl.critical_learning_rates(net, np.zeros(2)).critical_rate.tolist()
    [0.0]
    """
    rows = []
    for number, x in enumerate(_states(net, equilibria)):
        found = learning_rate_crossings(net, x)
        at = np.flatnonzero(found.rates == found.critical)
        rows.append(
            {
                "equilibrium": number,
                "critical_rate": found.critical,
                "frequency": float(found.frequencies[at[-1]]) if len(at) else math.nan,
                "crossings": len(found.rates),
                "bound": found.bound,
                "status": str(found.status),
            }
        )
    names = ["equilibrium", "critical_rate", "frequency", "crossings", "bound", "status"]
    return pd.DataFrame(rows, columns=names)


def learning_rate_crossings(
    net: PlasticNetwork, activity: FloatArray, exact: bool | None = None
) -> CriticalRates:
    """All learning rates at which an equilibrium's number of growing modes changes.

    Parameters
    ----------
    net : PlasticNetwork
    activity : float array of shape (n,)
        An equilibrium.
    exact : bool or None
        True: every crossing from one generalised eigenproblem, the bialternate product of
        M(epsilon), which is affine in epsilon and singular where two eigenvalues add up to zero
        (Guckenheimer, Myers & Sturmfels 1997); of size (2n)(2n - 1) / 2, so for small networks.
        False: scan a grid of rates. None: exact up to 7 nodes.

    Returns
    -------
    CriticalRates

    Raises
    ------
    ValueError
        For a state that is no equilibrium.
    """
    x = _states(net, activity)[0]
    blocks = _blocks(net, x)
    bound = critical_learning_rate_bound(net, x)
    fast = blocks.fast()
    if float(np.abs(fast).min()) <= _MARGINAL * max(1.0, float(np.abs(fast).max())):
        return _no_crossing(0, bound, RateStatus.MARGINAL)
    if blocks.runaway:
        return _no_crossing(1 + int(np.count_nonzero(fast.real > 0)), bound, RateStatus.THEORY)
    settled = unstable_by_theory(net, x) if exact is None else None
    if settled is not None:
        return _no_crossing(settled, bound, RateStatus.THEORY)
    if exact is None:
        exact = blocks.size <= _EXACT_SIZE
    crossings = _from_pencil(blocks) if exact else _from_scan(blocks)
    status = RateStatus.COMPLETE if exact else RateStatus.SCANNED
    return _collect(blocks, crossings, bound, status)


@dataclass(frozen=True, eq=False)
class _Blocks:
    a: FloatArray
    b: FloatArray
    c: FloatArray
    gamma: FloatArray
    runaway: bool

    @property
    def size(self) -> int:
        return len(self.a) + len(self.gamma)

    def at(self, rate: float) -> FloatArray:
        n, size = len(self.a), self.size
        matrix = np.zeros((size, size))
        matrix[:n, :n], matrix[:n, n:] = self.a, self.b
        matrix[n:, :n], matrix[n:, n:] = rate * self.c, -rate * np.diag(self.gamma)
        return matrix

    def fast(self) -> np.ndarray[Any, np.dtype[np.complex128]]:
        """Eigenvalues that decide at fast learning."""
        return np.asarray(linalg.eigvals(self.a + (self.b / self.gamma) @ self.c), dtype=complex)

    def growth(self, rate: float) -> np.ndarray[Any, np.dtype[np.complex128]]:
        """Eigenvalues, largest real part first."""
        values = np.asarray(linalg.eigvals(self.at(rate)), dtype=complex)
        return values[np.lexsort((values.imag, -values.real))]

    def unstable(self, rate: float) -> int:
        return int(np.count_nonzero(self.growth(rate).real > 0.0))

    def unstable_fast(self) -> int:
        return int(np.count_nonzero(self.fast().real > 0.0))

    def unstable_slow(self) -> int:
        slow = -np.diag(self.gamma) - self.c @ linalg.solve(self.a, self.b)
        return sum(
            int(np.count_nonzero(np.real(np.asarray(linalg.eigvals(matrix), dtype=complex)) > 0.0))
            for matrix in (self.a, slow)
        )


def _blocks(net: PlasticNetwork, x: FloatArray) -> _Blocks:
    unit, n = net.replace(learning_rate=1.0), net.n
    if net.decay_is_nodal:
        matrix = reduced_matrix(unit, x)
        kept = np.flatnonzero(np.diff(net.wiring.indptr) > 0)
    else:
        matrix = full_jacobian(unit, x).toarray()
        kept = np.arange(net.m)
    lower = matrix[n:][kept]
    gamma = -lower[np.arange(len(kept)), n + kept]
    return _Blocks(
        matrix[:n, :n], matrix[:n, n + kept], lower[:, :n], gamma, bool(np.any(gamma <= 0.0))
    )


def _range(blocks: _Blocks) -> tuple[float, float]:
    """Log rates beyond which the numbers of growing modes are those of the limits."""
    centre = math.log(float(np.abs(linalg.eigvals(blocks.a)).max()) / float(blocks.gamma.mean()))
    low, high = centre - math.log(1e4), centre + math.log(1e4)
    slow, fast = blocks.unstable_slow(), blocks.unstable_fast()
    for _ in range(12):
        if blocks.unstable(math.exp(low)) != slow:
            low -= math.log(10.0)
        if blocks.unstable(math.exp(high)) != fast:
            high += math.log(10.0)
    return low, high


def _from_scan(blocks: _Blocks) -> list[float]:
    """Crossings between neighbours of a grid of rates; the grid reaches into both limits."""
    low, high = _range(blocks)
    grid = [float(v) for v in np.linspace(low, high, _GRID)]
    spectra = [blocks.growth(math.exp(v)).real for v in grid]
    abscissa = np.array([values[0] for values in spectra])
    extra = _turning_rates(blocks, grid, abscissa)
    grid = sorted([*grid, *extra])
    counts = [blocks.unstable(math.exp(v)) for v in grid]
    roots: list[float] = []
    for a, b, before, after in zip(grid, grid[1:], counts, counts[1:], strict=False):
        for number in range(min(before, after), max(before, after), 2):
            roots.append(_root(blocks, a, b, number))
    return sorted(roots)


def _turning_rates(blocks: _Blocks, grid: list[float], abscissa: FloatArray) -> list[float]:
    """Rates between grid points at which the abscissa reaches across zero and back."""
    found = []
    for i in range(1, len(grid) - 1):
        here, sign = abscissa[i], 1.0 if abscissa[i] < 0.0 else -1.0
        if sign * here < sign * abscissa[i - 1] or sign * here < sign * abscissa[i + 1]:
            continue

        def height(v: float, sign: float = sign) -> float:
            return -sign * float(blocks.growth(math.exp(v))[0].real)

        best = optimize.minimize_scalar(height, bounds=(grid[i - 1], grid[i + 1]), method="bounded")
        if float(best.fun) < 0.0:
            found.append(float(best.x))
    return found


def _root(blocks: _Blocks, low: float, high: float, number: int) -> float:
    """Log rate at which the real part number `number` (falling order) is zero."""

    def part(v: float) -> float:
        return float(blocks.growth(math.exp(v))[number].real)

    if part(low) * part(high) > 0.0:
        return 0.5 * (low + high)
    return float(optimize.brentq(part, low, high, xtol=1e-13, rtol=1e-14))


def _from_pencil(blocks: _Blocks) -> list[float]:
    """Log rates at which two eigenvalues of M add up to zero and are imaginary."""
    at_zero = _bialternate(blocks.at(0.0))
    slope = _bialternate(blocks.at(1.0)) - at_zero
    alpha, beta = linalg.eig(at_zero, -slope, right=False, homogeneous_eigvals=True)
    found: list[float] = []
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = alpha / beta
    real = rates[np.isfinite(rates) & (np.abs(rates.imag) <= 1e-5 * np.abs(rates))].real
    low, high = (math.exp(v) for v in _range(blocks))
    # The zero eigenvalues of M(0) and the infinite ones come out as rates of rounding size.
    for rate in np.sort(real[(real > low) & (real < high)]):
        found.extend(_sharpened(blocks, math.log(float(rate)), found))
    return sorted(found)


def _sharpened(blocks: _Blocks, guess: float, known: list[float]) -> list[float]:
    """Bracket the crossing near a pencil eigenvalue; none where real eigenvalues +-a meet."""
    for width in (1e-9, 1e-7, 1e-5, 1e-3):
        low, high = guess - width, guess + width
        if any(low <= other <= high for other in known):
            return []
        before, after = blocks.unstable(math.exp(low)), blocks.unstable(math.exp(high))
        if before != after:
            numbers = range(min(before, after), max(before, after), 2)
            return [_root(blocks, low, high, number) for number in numbers]
    return []


def _bialternate(matrix: FloatArray) -> FloatArray:
    """2 M (.) I: its eigenvalues are the sums of two eigenvalues of M (pairs i > j)."""
    size = len(matrix)
    p, q = np.tril_indices(size, -1)
    eye = np.eye(size)
    return np.asarray(
        matrix[np.ix_(p, p)] * eye[np.ix_(q, q)]
        - matrix[np.ix_(p, q)] * eye[np.ix_(q, p)]
        + matrix[np.ix_(q, q)] * eye[np.ix_(p, p)]
        - matrix[np.ix_(q, p)] * eye[np.ix_(p, q)]
    )


def _collect(
    blocks: _Blocks, crossings: list[float], bound: float, status: RateStatus
) -> CriticalRates:
    distinct = [v for i, v in enumerate(crossings) if i == 0 or v - crossings[i - 1] > 1e-10]
    edges = [math.exp(v) for v in distinct]
    between = [math.exp(0.5 * (a + b)) for a, b in itertools.pairwise(distinct)]
    unstable = [blocks.unstable_fast()]
    frequencies = []
    if edges:
        unstable = [blocks.unstable(rate) for rate in (0.5 * edges[0], *between)] + unstable
    for rate in edges:
        values = blocks.growth(rate)
        paired = values[np.abs(values.imag) > 1e-9 * np.abs(values).max()]
        frequencies.append(abs(float(paired[np.abs(paired.real).argmin()].imag)))
    return CriticalRates(np.array(edges), np.array(frequencies), np.array(unstable), bound, status)


def _no_crossing(unstable: int, bound: float, status: RateStatus) -> CriticalRates:
    return CriticalRates(np.zeros(0), np.zeros(0), np.array([unstable]), bound, status)


def _states(net: PlasticNetwork, equilibrium: Any) -> FloatArray:
    if not isinstance(net, PlasticNetwork):
        raise TypeError(f"net is a {type(net).__name__}; make a netplastic.PlasticNetwork first.")
    given = equilibrium.activity if isinstance(equilibrium, Equilibria) else equilibrium
    states = np.atleast_2d(np.asarray(given, dtype=np.float64))
    if states.ndim != 2 or states.shape[1] != net.n:
        raise ValueError(
            f"equilibrium has shape {np.shape(given)}; give an Equilibria, or activities of shape "
            f"({net.n},) or (k, {net.n})."
        )
    wrong = np.abs(residual(net, states)).max(axis=1, initial=0.0)
    bad = np.flatnonzero(~(wrong <= 1e-6 * (1.0 + np.abs(states).max(axis=1, initial=0.0))))
    if len(bad):
        raise ValueError(
            f"state {bad[0]} is no equilibrium of this network (residual {wrong[bad[0]]:.2g}); "
            "give activities x, not rates, of an equilibrium found with the same parameters."
        )
    return states
