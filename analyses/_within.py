"""Comparisons inside one graph: one row for each, and for each kind of choke point."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netplastic._support import BoolArray, FloatArray, IntArray

from ._blocks import Links, blocks_of, placements
from ._contrast import (
    FEWEST_ARRANGEMENTS,
    FEWEST_BLOCKS,
    FEWEST_CHOKES,
    Sample,
    differences,
    interval,
    p_value,
)
from ._excess import classes_of, rounded
from ._nodes import KINDS, Nodes

__all__ = ["ALL", "EQUAL", "Setting", "comparisons", "lack_of", "row_of"]

EQUAL = "all counts compared are equal"
"""Reason of a row in which nothing differs, so that there is nothing to test."""

_ROUNDING = 1e-9
"""Bits by which equal counts may differ."""

ALL = "all"
"""Choke points of every kind."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """How to compare.

    Attributes
    ----------
    coarseness : float
        Of equal degrees.
    confidence : float
    resamples : int
        Other places of the blocks.
    rng : numpy.random.Generator
    alone : bool
        One network: intervals and p values within it. Else graphs are the units.
    links : Links or None
        Of the graph, if it is known, and
    order : dict
        the numbers of its nodes.
    """

    coarseness: float
    confidence: float
    resamples: int
    rng: np.random.Generator
    alone: bool
    links: Links | None = None
    order: dict[Any, int] = field(default_factory=dict)
    _laid: dict[bytes, BoolArray] = field(default_factory=dict)

    def laid(self, marked: BoolArray, free: BoolArray) -> BoolArray:
        """Other places of the marked blocks: the same in every case of the graph."""
        assert self.links is not None
        key = marked.tobytes() + free.tobytes()
        if key not in self._laid:
            places = placements(self.links, marked, free, self.resamples, self.rng)
            self._laid[key] = places
        return self._laid[key]


def comparisons(nodes: Nodes, setting: Setting) -> Iterator[dict[str, Any]]:
    """All rows that one graph gives in one case."""
    step = setting.coarseness
    everyone = np.zeros(len(nodes.labels), dtype=np.int64)
    degree = rounded(nodes.degree, step)
    equal = classes_of([degree])
    for kind in (ALL, *(kind for kind in KINDS if (nodes.kind == kind).any())):
        yield _compared("all others", kind, nodes, nodes.bits, everyone, setting)
        yield _compared("matched", kind, nodes, nodes.bits, equal, setting)
        if nodes.edges is None:
            yield row_of(
                nodes, "mechanism", kind, reason="counts has no column neighbor_edges to match on"
            )
        else:
            alike = classes_of([degree, rounded(nodes.edges, step)])
            yield _compared("mechanism", kind, nodes, nodes.bits, alike, setting)
        share = np.where(np.isnan(nodes.log2), math.nan, nodes.none.astype(np.float64))
        yield _compared("no stable state", kind, nodes, share, equal, setting)


def _compared(
    name: str, kind: str, nodes: Nodes, values: FloatArray, classes: IntArray, setting: Setting
) -> dict[str, Any]:
    choke = nodes.choke if kind == ALL else nodes.kind == kind
    sample = Sample(
        values=values,
        choke=choke,
        world=choke | ~nodes.choke,
        classes=classes,
        blocks=_blocks(nodes, choke, setting),
    )
    apart = differences(sample)
    used = choke & np.isfinite(apart)
    peers = sample.control & np.isin(classes, classes[used])
    facts: dict[str, Any] = {
        "n_choke": int(used.sum()),
        "n_control": int(peers.sum()),
        "n_blocks": len(np.unique(sample.blocks[used])),
        "n_balls_choke": len(np.unique(nodes.ball[used])),
        "n_balls_control": len(np.unique(nodes.ball[peers])),
        "n_unmatched": int((choke & np.isfinite(values)).sum() - used.sum()),
        "n_lower_bound": int(nodes.uncertain[used | peers].sum()),
    }
    if not used.any():
        return row_of(nodes, name, kind, reason=lack_of(sample, name), **facts)
    facts["effect"] = float(apart[used].mean())
    if setting.alone:
        facts.update(_certainty(sample, nodes, setting, facts))
    if np.ptp(values[used | peers]) < _ROUNDING:
        facts["reason"] = "; ".join(filter(None, [EQUAL, facts.get("reason", "")]))
    return row_of(nodes, name, kind, **facts)


def _blocks(nodes: Nodes, choke: BoolArray, setting: Setting) -> IntArray:
    """Blocks of the choke points in the graph; each its own where the graph is not known."""
    if setting.links is None:
        return np.where(choke, np.arange(len(choke)), -1)
    place = np.array([setting.order[label] for label in nodes.labels])
    marked = np.zeros(len(setting.order), dtype=bool)
    marked[place[choke]] = True
    return np.asarray(blocks_of(setting.links, marked)[place])


def _certainty(
    sample: Sample, nodes: Nodes, setting: Setting, facts: dict[str, Any]
) -> dict[str, Any]:
    """Interval and p value, or in words why there is none."""
    found: dict[str, Any] = {}
    reasons = []
    if facts["n_blocks"] < FEWEST_BLOCKS:
        what = "block" if setting.links is not None else "choke point"
        plural = "" if facts["n_blocks"] == 1 else "s"
        reasons.append(f"{facts['n_blocks']} {what}{plural}: no interval")
    elif facts["n_balls_choke"] == 1:
        reasons.append("all choke points have the same ball: no interval")
    else:
        found["low"], found["high"] = interval(sample, setting.confidence)
    why = _no_test(nodes, setting, facts)
    if not why:
        # Rows are nodes of the graph in its order; columns of the sample in that of the counts.
        place = np.array([setting.order[label] for label in nodes.labels])
        marked, free = np.zeros((2, len(place)), dtype=bool)
        marked[place], free[place] = sample.choke, sample.world
        found["p_value"], why = p_value(sample, setting.laid(marked, free)[:, place])
    return {**found, "reason": "; ".join([*reasons, *([why] if why else [])])}


def _no_test(nodes: Nodes, setting: Setting, facts: dict[str, Any]) -> str:
    if setting.links is None:
        return "no p value without graph="
    if len(nodes.labels) < len(setting.order):
        return f"no p value: {len(nodes.labels)} of {len(setting.order)} nodes were counted"
    # At random places more nodes find others to compare with, and means of few scatter more.
    few = facts["n_choke"]
    if few < FEWEST_CHOKES:
        return f"no p value: {few} choke point{'' if few == 1 else 's'} with others to compare with"
    one, two = facts["n_balls_choke"], facts["n_balls_control"]
    if math.comb(one + two, one) < FEWEST_ARRANGEMENTS:
        return f"no p value: {one} different ball{'' if one == 1 else 's'} against {two}"
    return ""


def lack_of(sample: Sample, name: str) -> str:
    """Why there is no effect."""
    known = np.isfinite(sample.values)
    if not (sample.choke & known).any():
        return "no choke point with a stable state"
    if not sample.control.any():
        return "no other node with a stable state"
    like = {"matched": " of equal degree", "no stable state": " of equal degree"}
    like["mechanism"] = " of equal degree and edges among neighbors"
    return f"fewer than three other nodes{like.get(name, '')} for every choke point"


def row_of(nodes: Nodes, comparison: str, kind: str, **facts: Any) -> dict[str, Any]:
    """One row: what was found and what entered it."""
    choke = nodes.choke if kind == ALL else nodes.kind == kind
    plain = ~nodes.choke
    uncertain = int(facts.get("n_lower_bound", 0))
    row = {
        "comparison": comparison,
        "choke_kind": kind,
        "n_graphs": 1,
        "n_without_stable": int(nodes.none[choke | plain].sum()),
        "share_without_choke": _share(nodes.none[choke]),
        "share_without_control": _share(nodes.none[plain]),
        "status": "lower bound" if uncertain else "certified",
        "reason": "",
    }
    return {**row, **facts}


def _share(flags: BoolArray) -> float:
    return float(flags.mean()) if len(flags) else math.nan
