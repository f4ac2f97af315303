"""The contrast of choke points with other nodes inside one network: effect, interval, p value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from netplastic._support import BoolArray, FloatArray, IntArray

from ._excess import means_of_others

__all__ = ["FEWEST_BLOCKS", "Sample", "differences", "interval", "p_value", "studentised"]

FEWEST_CHOKES = 4
"""Choke points that must have nodes to compare with for a p value within one network."""

FEWEST_BLOCKS = 4
"""With fewer independent choke points there is no interval."""

FEWEST_ARRANGEMENTS = 20
"""With fewer possible arrangements of the labels no p value could be below 1 / 20."""

_ROWS = 200
_TIE = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Values of nodes, which are choke points, and what each may be compared with.

    Attributes
    ----------
    values : ndarray (n,)
        NaN where a node has none.
    choke : ndarray of bool (n,)
        The choke points in question.
    world : ndarray of bool (n,)
        Nodes that take part, these choke points among them (not: choke points of other kinds).
    classes : ndarray of int (n,)
        Compared are nodes of one class.
    blocks : ndarray of int (n,)
        Choke points of one block are not independent; -1 elsewhere.
    """

    values: FloatArray
    choke: BoolArray
    world: BoolArray
    classes: IntArray
    blocks: IntArray

    @property
    def control(self) -> BoolArray:
        """Nodes that may be compared with."""
        return np.asarray(self.world & ~self.choke & np.isfinite(self.values))


def differences(sample: Sample) -> FloatArray:
    """Value of each node minus the mean of the others in its class; NaN where there is none."""
    mean = means_of_others(sample.values, sample.control[None, :], sample.classes)[0]
    return np.asarray(np.where(sample.world, sample.values, math.nan) - mean)


def studentised(sample: Sample, laid: BoolArray) -> FloatArray:
    """Mean difference over its standard error, with the choke points at other places.

    Counts of large balls scatter more than those of small ones, and places differ in how many of
    their nodes have something to compare with: differences alone compare hubs, where choke points
    often are, with places anywhere.

    Parameters
    ----------
    sample : Sample
    laid : ndarray of bool (r, n)
        One way to lay the labels in each row.

    Returns
    -------
    ndarray (r,)
        sum_c n_c (mean of choke points - mean of controls) / sqrt(sum_c v_c (n_c + n_c^2 / m_c))
        with n_c choke points that have something to compare with and m_c controls in class c, and
        the variance v_c of all nodes of the class, whichever are choke points (Welch 1947,
        doi:10.1093/biomet/34.1-2.28, with variances that do not depend on the labels). 0 where
        nothing varies; NaN where no place of a row has something to compare with.
    """
    known = sample.world & np.isfinite(sample.values)
    member = np.zeros((len(known), int(sample.classes.max(initial=-1)) + 1))
    member[np.flatnonzero(known), sample.classes[known]] = 1.0
    number, variance = member.sum(axis=0), np.zeros(member.shape[1])
    for one in np.flatnonzero(number > 1):
        variance[one] = np.var(sample.values[member[:, one] > 0.0], ddof=1)
    found = []
    for first in range(0, len(laid), _ROWS):
        marked = laid[first : first + _ROWS] & known
        mean = means_of_others(sample.values, known & ~marked, sample.classes)
        apart = np.where(marked, sample.values - mean, math.nan)
        there = np.isfinite(apart)
        total = np.where(there, apart, 0.0).sum(axis=1)
        own, controls = there @ member, (known & ~marked) @ member
        error = np.sqrt((own + own**2 / np.maximum(controls, 1.0)) @ variance)
        scaled = np.where(error > _TIE, total / np.maximum(error, _TIE), 0.0)
        found.append(np.where(there.any(axis=1), scaled, math.nan))
    return np.concatenate(found) if found else np.zeros(0)


def interval(sample: Sample, confidence: float) -> tuple[float, float]:
    """t interval of the mean difference of the choke points that have one.

    Blocks of choke points vary independently, with G - 1 degrees of freedom, where G = 1 / (sum of
    squared shares of the blocks): their number if they are of one size. What they share is the
    noise of the means that they are compared with: its part that the spread between blocks
    does not show is added, from the variance of controls within classes, pooled over all classes
    (so that a class with one control has a variance too); degrees of freedom by Satterthwaite
    (1946, doi:10.2307/3002019).
    """
    apart = differences(sample)
    used = np.flatnonzero(sample.choke & np.isfinite(apart))
    apart, blocks = apart[used], np.unique(sample.blocks[used], return_inverse=True)[1].ravel()
    share = np.bincount(blocks) / len(used)
    groups = 1.0 / float(share @ share)
    center = float(apart.mean())
    between = np.bincount(blocks, weights=apart - center) / len(used)
    spread = groups / (groups - 1) * float(between @ between)
    noise, freedom = _shared_noise(sample, used, blocks, groups)
    total = spread + noise
    if total <= _TIE**2:
        return center, center
    parts = spread**2 / (groups - 1) + (noise**2 / freedom if freedom else 0.0)
    low, high = stats.t.interval(confidence, total**2 / parts, center, math.sqrt(total))
    return float(low), float(high)


def _shared_noise(
    sample: Sample, used: IntArray, blocks: IntArray, groups: float
) -> tuple[float, int]:
    """Variance of the controls' means that is common to blocks, and its degrees of freedom.

    With a share w of choke points in a class of m controls and a_g of them in block g (of a share
    p_g), the mean e of the class enters the effect as w e and the deviation of block g as
    (a_g - p_g w) e; G / (G - 1) times the sum of these squares is in the spread already.
    """
    control = sample.control
    variance, freedom = _pooled_variance(sample.values[control], sample.classes[control])
    classes, place = np.unique(sample.classes[used], return_inverse=True)
    number = np.array([(sample.classes[control] == one).sum() for one in classes])
    share = np.zeros((int(blocks.max()) + 1, len(classes)))
    np.add.at(share, (blocks, place.ravel()), 1.0 / len(used))
    weight, part = share.sum(axis=0), share.sum(axis=1, keepdims=True)
    seen = groups / (groups - 1) * ((share - part * weight) ** 2).sum(axis=0)
    noise = variance * float(((weight**2 - seen) / number).sum())
    return max(noise, 0.0), freedom


def _pooled_variance(values: FloatArray, classes: IntArray) -> tuple[float, int]:
    _, place = np.unique(classes, return_inverse=True)
    place = place.ravel()
    number = np.bincount(place)
    mean = np.bincount(place, weights=values) / number
    freedom = int((number - 1).sum())
    squares = float(((values - mean[place]) ** 2).sum())
    return (squares / freedom if freedom else 0.0), freedom


def p_value(sample: Sample, laid: BoolArray) -> tuple[float, str]:
    """Two-sided p value among other places of the same blocks, or why there is none.

    (1 + number of places with a `studentised` difference at least as far from zero) / (1 + places).
    """
    places = len(np.unique(laid, axis=0)) if len(laid) else 0
    if places < FEWEST_ARRANGEMENTS:
        what = f"only {places} arrangement{'' if places == 1 else 's'} of the blocks found"
        return math.nan, f"no p value: {what}"
    observed = float(studentised(sample, sample.choke[None, :])[0])
    others = studentised(sample, laid)
    others = others[np.isfinite(others)]
    beyond = np.abs(others) >= abs(observed) - _TIE * max(1.0, abs(observed))
    return float((1 + beyond.sum()) / (1 + len(others))), ""
