"""Up to which strength an anti-Hebbian network provably has one equilibrium.

Bounds of the rates, iterated through the equations, contract to a box that holds every equilibrium
(docs/theory.md#section-2 (b)). In the squared rates q_i = V_i^2 the reduced objective is separable
plus quadratic (docs/theory.md#section-4):

    2 Hess E = diag(d) + k c,    d_i = (1 / phi'_i + s_i) / (2 V_i^2),    s_i = (b_i - x_i) / V_i,

with c the couplings at strength 1 and k the magnitude of the strength. 1 / phi' grows with V, s
falls and 1 / V^2 falls, so that d is at least (1 / phi'(low) + s(high)) / (2 high^2) on the box;
where the matrix with these d is positive definite the box, hence the network, has one equilibrium.
The least eigenvalue is concave in k and d > 0, so what is positive definite at k is so below it
with the same d.

On a bipartite graph two corners of the contracted box are equilibria themselves (section 2 (e)), so
that the test fails only within reach of a second equilibrium.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from netplastic._support import (
    FloatArray,
    Halt,
    IntArray,
    Shown,
    check_fraction,
    check_seconds,
    halting,
    symmetric_factors,
)
from netplastic.model import PlasticNetwork, anti_hebbian_unit, check_network

__all__ = ["has_one_equilibrium", "uniqueness_threshold"]

_DENSE = 200
_MARGIN = 1e-9
"""Least eigenvalue (of the matrix with unit diagonal) that counts as positive."""

_SWEEPS = 100_000
_GAP = 1e-2
_STALLED = 1e-4
_BUDGET = 45.0
_AT_ONCE = 1_000_000
"""Sweeps times nodes between two looks at the clock: about a second."""


def uniqueness_threshold(
    net: PlasticNetwork,
    gap: float = _GAP,
    *,
    budget: float | None = _BUDGET,
    progress: Shown = None,
) -> float:
    """Magnitude of the strength up to which the network provably has exactly one equilibrium.

    The proof covers every strength from 0 to it. It reaches further than `convexity_threshold`
    where few nodes are joined in triangles, and close to the onset of multistability on bipartite
    graphs (trees, grids, chains), the closer the smaller `gap`.

    Parameters
    ----------
    net : PlasticNetwork
        With an objective, strengths of one negative sign, tanh with threshold 0, no static weights
        and no self-loops. Any size.
    gap : float, default 1e-2
        Relative step of the strength at which the proof stops trying to reach further.
    budget : float or None, default 45.0
        Seconds; None for no limit. What is proved when they end, or at Ctrl-C, is returned.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    float
        Magnitude in the units of the network's strength (a factor where strengths differ); inf for
        a network without arcs between nodes that have a bias; NaN where the argument does not
        apply.

    Raises
    ------
    TypeError, ValueError
        If `net` is no PlasticNetwork, or `gap` does not lie between 0 and 1.

    Notes
    -----
    Formulas: docs/theory.md#section-4 and the head of the file. Strengths are taken in intervals,
    with bounds that hold on the whole interval. Rounding is covered by margins of 1e-13 in the
    bounds and 1e-9 in the least eigenvalue, far above the errors of the formulas.

    Examples
    --------
    On a pair the pitchfork is at 6.5376, while convexity is lost at 4:

    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> 6.2 < npl.uniqueness_threshold(net, gap=1e-3) < 6.5376
    True
    """
    check_network(net)
    gap = check_fraction("gap", gap, ends=False)
    check_seconds(budget)
    boxed = _Boxed.of(net)
    if boxed is None:
        return math.nan
    # A node without bias has rate 0 at every equilibrium.
    live = (boxed.bias[boxed.row] > 0.0) & (boxed.bias[boxed.source] > 0.0)
    strongest = float(np.bincount(boxed.row, boxed.weight * live).max(initial=0.0))
    if strongest == 0.0:
        return math.inf
    reached, step = 0.0, 0.1 / strongest
    with halting("uniqueness", budget, progress) as halt:
        while step > 0.1 * gap * reached and not halt.now:
            if boxed.is_proved((reached, reached + step), _STALLED, halt):
                reached += step
                step *= 1.5
            else:
                step *= 0.4
            if reached > 0.0:  # steps shrink until they are too short
                halt.tell(min(1.0, math.log(step / reached) / math.log(0.1 * gap)))
    return boxed.unit * reached


def has_one_equilibrium(net: PlasticNetwork) -> bool:
    """Whether the test proves one equilibrium at the network's own strengths.

    Parameters
    ----------
    net : PlasticNetwork

    Returns
    -------
    bool
        False where it does not prove it, and where it does not apply (see `uniqueness_threshold`).

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.star_graph(8), npl.Hebbian(strength=-114.9))
    >>> npl.landscape.has_one_equilibrium(net)
    True
    """
    boxed = _Boxed.of(net)
    return boxed is not None and boxed.is_proved((boxed.own, boxed.own), 1e-7, Halt())


@dataclass(frozen=True, eq=False, kw_only=True)
class _Boxed:
    """Couplings at strength (or factor) 1; `own` and `unit` tell where the network itself is."""

    indptr: IntArray
    source: IntArray
    row: IntArray
    weight: FloatArray
    bias: FloatArray
    gain: FloatArray
    own: float
    unit: float

    @classmethod
    def of(cls, net: PlasticNetwork) -> _Boxed | None:
        unit = anti_hebbian_unit(net)
        if unit is None:
            return None
        return cls(
            indptr=net.wiring.indptr,
            source=net.wiring.source,
            row=net.wiring.target,
            weight=-net.coupling,
            bias=np.abs(net.bias),
            gain=np.array(np.broadcast_to(net.activation.parameter("gain"), net.n)),
            own=1.0,
            unit=unit.size,
        )

    def is_proved(self, span: tuple[float, float], stalled: float, halt: Halt) -> bool:
        """Whether there is one equilibrium at every factor on the strengths in a span."""
        from ._kernels import contract

        high = np.tanh(self.gain * self.bias) * (1.0 + 1e-12)
        low = np.zeros_like(high)
        most = 1 + _AT_ONCE // len(high)
        done, more = 0, 8
        while done < _SWEEPS:
            moved = 0.0
            for first in range(0, more, most):
                if halt.now:
                    return False
                arrays = (self.indptr, self.source, self.weight, self.bias, self.gain)
                moved = contract(*arrays, np.array(span), low, high, min(most, more - first))
            if self._is_convex(low, high, span[1]):
                return True
            # The box has settled: more sweeps make it no smaller.
            if moved <= stalled * float((high - low).max()):
                return False
            done += more
            more = done
        return False

    def _is_convex(self, low: FloatArray, high: FloatArray, k: float) -> bool:
        # A node without bias has no part in the matrix.
        live = high > 0.0
        v = np.where(live, high, 0.5)
        s = np.maximum(self.bias - np.arctanh(np.minimum(v, 1.0 - 1e-16)) / self.gain, 0.0) / v
        d = (1.0 / (self.gain * (1.0 - low**2)) + s * (1.0 - 1e-12)) / (2.0 * v**2)
        root = np.where(live, 1.0 / np.sqrt(d), 0.0)
        values = k * self.weight * root[self.row] * root[self.source]
        n = len(root)
        matrix = sparse.csc_array((values, (self.row, self.source)), shape=(n, n))
        shifted = matrix + (1.0 - _MARGIN) * sparse.eye_array(n)
        if n > _DENSE:
            found = symmetric_factors(sparse.csc_array(shifted))
            return found is not None and found[1] == 0
        try:
            np.linalg.cholesky(shifted.toarray())
        except np.linalg.LinAlgError:
            return False
        return True
