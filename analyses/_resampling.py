"""Bootstrap and permutation for differences of means, within strata and against null graphs.

scipy.stats has neither with strata; in the case of one stratum the tests compare with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from netplastic._support import FloatArray

__all__ = ["Contrast", "Resampling", "Stratum", "against_nulls", "between_strata"]

_CHUNK = 500
_TIE = 1e-12


@dataclass(frozen=True)
class Resampling:
    """How often to resample, the level of the interval, and the source of randomness."""

    resamples: int
    confidence: float
    rng: np.random.Generator


@dataclass(frozen=True, eq=False)
class Stratum:
    """Values at choke points and at the nodes that they are compared with."""

    choke: FloatArray
    control: FloatArray


@dataclass(frozen=True)
class Contrast:
    """A difference of means with its percentile interval and two-sided p value."""

    effect: float
    low: float
    high: float
    p_value: float


def between_strata(strata: Sequence[Stratum], how: Resampling) -> Contrast:
    """Mean over choke points of value minus mean of the controls of the same stratum.

    Interval: choke points and controls are drawn with replacement within each stratum, one fewer
    than there are, which makes the variance of a small stratum's mean right (Rao & Wu 1988,
    doi:10.1080/01621459.1988.10478591; a single value does not vary). p value:
    within each stratum the labels are permuted; (1 + number of permutations at least as far
    from zero) / (1 + permutations).
    """
    weight = np.array([len(stratum.choke) for stratum in strata], dtype=np.float64)
    weight /= weight.sum()
    effect = _weighted([s.choke.mean() - s.control.mean() for s in strata], weight)

    def bootstrap(size: int) -> FloatArray:
        means = [_drawn(s.choke, size, how) - _drawn(s.control, size, how) for s in strata]
        return np.asarray(weight @ np.array(means))

    def permuted(size: int) -> FloatArray:
        return np.asarray(weight @ np.array([_shuffled(s, size, how) for s in strata]))

    low, high = np.nan, np.nan
    if sum(len(s.choke) for s in strata) > 1 and sum(len(s.control) for s in strata) > 1:
        low, high = _interval(_chunks(bootstrap, how.resamples), how.confidence)
    extreme = _chunks(permuted, how.resamples)
    return Contrast(effect, low, high, _share_beyond(extreme, effect))


def against_nulls(
    observed: Stratum, nulls: Sequence[Stratum], relative: bool, how: Resampling
) -> Contrast:
    """Mean at choke points of a graph minus the mean at the same nodes of null graphs.

    With `relative`, the difference between choke points and controls takes the place of the mean
    at choke points. Interval: nodes and null graphs are drawn with replacement. p value: the
    graph changes places with each null graph, (1 + number at least as far from the mean of the
    others) / (1 + null graphs).
    """
    choke = np.array([observed.choke, *(null.choke for null in nulls)])
    control = np.array([observed.control, *(null.control for null in nulls)])
    level = choke.mean(axis=1)
    if relative:
        level = level - control.mean(axis=1)
    effect = float(level[0] - level[1:].mean())
    count = len(nulls)

    def bootstrap(size: int) -> FloatArray:
        sign = np.column_stack([np.ones(size), -_weights(count, size, how)])
        values = np.sum(_node_means(choke, size, how) * sign, axis=1)
        if relative:
            values -= np.sum(_node_means(control, size, how) * sign, axis=1)
        return np.asarray(values)

    low, high = np.nan, np.nan
    if choke.shape[1] > 1 and count > 1:
        low, high = _interval(_chunks(bootstrap, how.resamples), how.confidence)
    others = (level.sum() - level) / count
    return Contrast(effect, low, high, _share_beyond((level - others)[1:], effect))


def _weighted(values: Sequence[float], weight: FloatArray) -> float:
    return float(weight @ np.array(values))


def _drawn(values: FloatArray, size: int, how: Resampling) -> FloatArray:
    drawn = how.rng.integers(len(values), size=(size, max(len(values) - 1, 1)))
    return np.asarray(values[drawn].mean(axis=1))


def _node_means(values: FloatArray, size: int, how: Resampling) -> FloatArray:
    """Means over nodes drawn with replacement, the same ones in every graph: (size, graphs)."""
    return np.asarray(_weights(values.shape[1], size, how) @ values.T)


def _weights(count: int, size: int, how: Resampling) -> FloatArray:
    """Shares of `count` things in `size` samples, each drawn with replacement, one fewer."""
    draws = max(count - 1, 1)
    return np.asarray(how.rng.multinomial(draws, np.full(count, 1.0 / count), size) / draws)


def _shuffled(stratum: Stratum, size: int, how: Resampling) -> FloatArray:
    pool = np.concatenate([stratum.choke, stratum.control])
    mixed = how.rng.permuted(np.tile(pool, (size, 1)), axis=1)
    cut = len(stratum.choke)
    return np.asarray(mixed[:, :cut].mean(axis=1) - mixed[:, cut:].mean(axis=1))


def _chunks(draw: Callable[[int], FloatArray], total: int) -> FloatArray:
    sizes = [min(_CHUNK, total - first) for first in range(0, total, _CHUNK)]
    return np.concatenate([draw(size) for size in sizes])


def _interval(values: FloatArray, confidence: float) -> tuple[float, float]:
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def _share_beyond(values: FloatArray, effect: float) -> float:
    beyond = np.abs(values) >= abs(effect) - _TIE * max(1.0, abs(effect))
    return float((1 + beyond.sum()) / (1 + len(values)))
