"""From candidates to equilibria: which are proved, how near, and how stable.

Small networks: Krawczyk's operator in interval arithmetic. Large ones: strong monotonicity, which
also proves minima and their stability; states that are no minima get Krawczyk's operator where its
dense matrices are affordable. What remains, and everything on networks whose equations cannot be
enclosed, is a candidate: a floating-point test speaks for it, and no bound counts it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray
from netplastic.equilibria import Clock
from netplastic.equilibria.certified import judge as proved_stability
from netplastic.equilibria.certified import refusal
from netplastic.model import PlasticNetwork

from ._krawczyk import box_radius, proved_radius, refined, seems_unique
from ._monotone import MonotoneProof, Proof
from ._newton import DENSE_LIMIT
from ._stability import judge

__all__ = ["Verified", "Verifier"]

_KRAWCZYK_NODES = 400
"""Largest network whose dense matrices are multiplied for one state, a few tenths of a second."""

_ALWAYS = 4
"""States that are verified even when time is up."""

_STABILITY_NODES = 160
"""The same for its matrix of 2n rows, on which an interval elimination is done."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Verified:
    """Equilibria and candidates, one a row.

    Attributes
    ----------
    states : float array of shape (k, n)
    radius : float array of shape (k,)
        An equilibrium lies so near, in every coordinate: proved; NaN for a candidate.
    minimum, stable : bool arrays of shape (k,)
        Proved along with it; False says nothing.
    """

    states: FloatArray
    radius: FloatArray
    minimum: BoolArray
    stable: BoolArray

    @staticmethod
    def nothing(n: int) -> Verified:
        """No row."""
        none = np.zeros(0, dtype=bool)
        return Verified(states=np.empty((0, n)), radius=np.empty(0), minimum=none, stable=none)

    @property
    def proved(self) -> BoolArray:
        """Which rows are equilibria."""
        return np.isfinite(self.radius)

    def rows(self, chosen: BoolArray | IntArray) -> Verified:
        """Some of the rows."""
        return replace(
            self,
            states=self.states[chosen],
            radius=self.radius[chosen],
            minimum=self.minimum[chosen],
            stable=self.stable[chosen],
        )

    def joined(self, other: Verified) -> Verified:
        """Both, one after the other."""
        return Verified(
            states=np.concatenate([self.states, other.states]),
            radius=np.concatenate([self.radius, other.radius]),
            minimum=np.concatenate([self.minimum, other.minimum]),
            stable=np.concatenate([self.stable, other.stable]),
        )


class Verifier:
    """Verification for one connected network.

    Parameters
    ----------
    net : PlasticNetwork
    clock : Clock
        Once it is late, states that would take long are given up.
    """

    def __init__(self, net: PlasticNetwork, clock: Clock) -> None:
        self._net, self._clock = net, clock
        self.refusal = refusal(net)
        """Why nothing can be proved; empty where something can."""
        large = net.n > DENSE_LIMIT and not self.refusal
        self._monotone = MonotoneProof(net) if large else None

    def verify(self, states: FloatArray) -> Verified:
        """Keep those of the states that are proved, or are candidates."""
        net, k = self._net, len(states)
        radius, none = np.full(k, np.nan), np.zeros(k, dtype=bool)
        if self.refusal:
            found = Verified(states=states, radius=radius, minimum=none, stable=none)
            return found.rows(seems_unique(net, states))
        if self._monotone is None:
            states = refined(net, states)
            radius = proved_radius(net, states)
            found = Verified(states=states, radius=radius, minimum=none, stable=none)
            return found.rows(found.proved)
        return self._large(states, self._monotone)

    def _large(self, states: FloatArray, monotone: MonotoneProof) -> Verified:
        net = self._net
        # what has been found is worth some more time: a first few are proved however late it is
        proofs = [
            monotone.at(x) if row < _ALWAYS or not self._clock.late() else Proof()
            for row, x in enumerate(states)
        ]
        limit = box_radius(states) / 8.0
        radius = np.array([proof.radius for proof in proofs])
        radius[~(radius <= limit)] = np.nan
        states = states.copy()
        kept = np.isfinite(radius)
        for row in np.flatnonzero(~kept):
            if self._clock.late():
                break
            if net.n <= _KRAWCZYK_NODES:
                states[row] = refined(net, states[row : row + 1])[0]
                radius[row] = proved_radius(net, states[row : row + 1])[0]
                kept[row] = np.isfinite(radius[row])
            else:
                kept[row] = seems_unique(net, states[row : row + 1])[0]
        found = Verified(
            states=states,
            radius=radius,
            minimum=np.array([proof.minimum for proof in proofs], dtype=bool),
            stable=np.array([proof.stable for proof in proofs], dtype=bool),
        )
        return found.rows(kept)

    def judged(self, found: Verified) -> tuple[BoolArray, BoolArray, BoolArray | None, BoolArray]:
        """Stability of the rows: stable, undecided, minimum (None without an objective), certain.

        `certain` are the stable ones of which that, and that they exist, is proved. Where a proof
        is affordable nothing but it counts; elsewhere computed eigenvalues decide.
        """
        net, k = self._net, len(found.states)
        stable, minimum = found.stable.copy(), found.minimum.copy()
        undecided = np.zeros(k, dtype=bool)
        certain = found.proved & stable
        left = ~certain
        by_proof = left & found.proved & (net.n <= _STABILITY_NODES)
        if by_proof.any():
            at, reach = found.states[by_proof], found.radius[by_proof, None]
            low, high = np.nextafter(at - reach, -np.inf), np.nextafter(at + reach, np.inf)
            verdict = proved_stability(net, low, high)
            stable[by_proof] = certain[by_proof] = verdict.stable
            undecided[by_proof] = ~verdict.stable & ~verdict.unstable
            if verdict.minimum is not None:
                minimum[by_proof] |= verdict.minimum
        rest = left & ~by_proof
        if rest.any():
            stable[rest], undecided[rest], computed = judge(
                net, found.states[rest], self._clock.late
            )
            if computed is not None:
                minimum[rest] |= computed
        return stable, undecided, minimum if net.has_objective else None, certain
