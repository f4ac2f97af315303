"""The equations of a network over intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from netplastic._support import KINDS, FloatArray
from netplastic.equilibria.certified._kernels import activate_all
from netplastic.model import Entries, Equations, PlasticNetwork, State

from ._midrad import MidRad, Sums

__all__ = ["Rates", "enclosed_equations", "placed", "state_over"]


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates and slopes over boxes of activities."""

    rate: MidRad
    slope: MidRad

    @staticmethod
    def over(
        kind: float, gain: FloatArray, threshold: FloatArray, low: FloatArray, high: FloatArray
    ) -> Rates:
        """Enclose V = phi(x) and phi'(x) for low <= x <= high, shape (..., n)."""
        ends = np.stack([low, high]).reshape(-1, low.shape[-1])
        enclosures = np.empty((*ends.shape, 4))
        activate_all(kind, gain, threshold, ends, enclosures)
        enclosures = enclosures.reshape(2, *low.shape, 4)
        rate = MidRad.between(enclosures[0, ..., 0], enclosures[1, ..., 1])
        slope_low = np.minimum(enclosures[0, ..., 2], enclosures[1, ..., 2])
        slope_high = np.maximum(enclosures[0, ..., 3], enclosures[1, ..., 3])
        peak = gain if kind == KINDS["tanh"] else 0.25 * gain
        slope_high = np.where((low <= threshold) & (threshold <= high), peak, slope_high)
        return Rates(rate, MidRad.between(slope_low, slope_high))

    @staticmethod
    def of(net: PlasticNetwork, low: FloatArray, high: FloatArray) -> Rates:
        """Those of a network's nodes."""
        activation = net.activation
        kind = float(KINDS[str(activation.kind)])
        gain, threshold = activation.parameter("gain"), activation.parameter("threshold")
        return Rates.over(kind, gain, threshold, low, high)

    def __getitem__(self, index: int) -> Rates:
        return Rates(self.rate[index], self.slope[index])


def enclosed_equations(net: PlasticNetwork) -> Equations:
    """Equations of a network with intervals for numbers."""
    of = net.equations
    rows = len(of.gamma)
    plastic_arc = MidRad.exact(net.arc_weight) * net.strength
    static_arc = MidRad.exact(net.arc_weight) * net.static_weight
    into_rows = Sums(of.row, rows)
    into_nodes = Sums(of.target, net.n)
    of_rows = Sums(np.arange(net.n)[of.node], net.n)
    return replace(
        of,
        plastic_arc=plastic_arc,
        static_arc=static_arc if of.static is not None else np.zeros(net.m),
        plastic=lambda values: into_rows(values[..., of.source] * plastic_arc),
        static=None
        if of.static is None
        else (lambda values: into_nodes(values[..., of.source] * static_arc)),
        spread=of_rows,
    )


def state_over(net: PlasticNetwork, rates: Rates) -> State:
    """Equations over intervals, at enclosures of the rates."""
    return enclosed_equations(net).at(rates.rate)


def placed(entries: Sequence[Entries], size: int) -> MidRad:
    """Square matrix with the given entries; those at one place add up."""
    shape = (size, size)
    total = MidRad.exact(np.zeros(shape))
    for values, rows, columns in entries:
        total = total + values.scatter(shape, rows, columns)
    return total
