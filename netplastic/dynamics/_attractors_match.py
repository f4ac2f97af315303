"""Fixed points that simulation finds, held against the list of equilibria."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from netplastic._support import FloatArray
from netplastic.equilibria import Count, CountStatus, Equilibria
from netplastic.model import PlasticNetwork

from ._attractors_result import AttractorMismatchError

__all__ = ["appended", "row_of"]

_NEAR = 1e-6


def row_of(net: PlasticNetwork, known: Equilibria, activity: FloatArray) -> int | None:
    """Row of an equilibrium that attracts at the network's learning rate.

    Returns
    -------
    int or None
        None where the list does not claim to be complete and lacks it.

    Raises
    ------
    AttractorMismatchError
        If a list that claims to be complete lacks it.
    """
    if len(known):
        gaps = np.abs(known.activity - activity).max(axis=1)
        row = int(gaps.argmin())
        room = np.nanmax([_NEAR * (1.0 + np.abs(activity).max()), known.radius[row]])
        if gaps[row] <= room:
            return row
    claims = known.stable_count if known.stable_only else known.count
    if claims.status is CountStatus.CERTIFIED:
        raise AttractorMismatchError(
            f"simulation ends in a stable fixed point, activity {_text(net, activity)}, that is "
            f"missing in the list of equilibria, which claims to be complete ({claims}); one of "
            "the two is wrong, please report it."
        )
    return None


def appended(net: PlasticNetwork, known: Equilibria, activity: FloatArray) -> Equilibria:
    """The list with one more stable equilibrium as its last row."""
    minimum = known.minimum
    if minimum is not None:
        from netplastic.model import is_minimum

        minimum = np.append(minimum, is_minimum(net, activity[None]))
    return dataclasses.replace(
        known,
        activity=np.vstack([known.activity, activity]),
        rates=np.vstack([known.rates, net.activation.rate(activity)]),
        radius=np.append(known.radius, math.nan),
        stable=np.append(known.stable, True),
        undecided=np.append(known.undecided, False),
        minimum=minimum,
        count=_one_more(known.count, len(known) + 1),
        stable_count=_one_more(known.stable_count, int(known.stable.sum()) + 1),
    )


def _one_more(count: Count, listed: int) -> Count:
    lower = max(count.lower, listed)
    return dataclasses.replace(count, lower=lower, upper=max(count.upper, lower))


def _text(net: PlasticNetwork, activity: FloatArray) -> str:
    shown = [f"{node!r}: {x:.6g}" for node, x in zip(net.nodes, activity, strict=True)][:8]
    return "{" + ", ".join(shown) + (", ..." if net.n > 8 else "") + "}"
