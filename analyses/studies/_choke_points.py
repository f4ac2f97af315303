"""Do choke points have an outsized part in the stable states that anti-Hebbian plasticity makes?"""

from __future__ import annotations

import math
from dataclasses import replace

from netplastic.analyses import Study

from ._choke_graphs import FAMILIES, MEASURED, STRONG_FAMILIES, chains, modules_apart
from ._choke_measures import finite_neighborhoods, first_onset, own_neighborhoods, targeted
from ._choke_report import report

__all__ = ["FULL", "STUDY"]

BOTH = ("isolated", "embedded")

FINITE = Study(
    name="finite",
    question="From which strength on is it as in the limit?",
    graphs=STRONG_FAMILIES,
    grid={"relative_strength": (0.25, 1.0, 4.0), "scope": BOTH},
    common={"boxes": 1_000, "starts": 60, "largest": 200},
    measure=finite_neighborhoods,
    seeds=10,
)

OWN = Study(
    name="own",
    question="How much of it do the balls make themselves, given the rest?",
    graphs=(*FAMILIES, "celegans_gap_loopless"),
    grid={"states": (32,)},
    common={"largest": 2_000},
    measure=own_neighborhoods,
    seeds=20,
)

ONSET = Study(
    name="onset",
    question="Where does a second stable state first appear, in connectors or in modules?",
    graphs=chains(3),
    grid={"starts": (40,)},
    measure=first_onset,
    fixed=True,
)

TARGETED = Study(
    name="targeted",
    question="Which edges make more stable states, those between modules or as many inside?",
    graphs=modules_apart(10),
    grid={"edges": ("between", "inside")},
    common={"strength": -10.0, "gain": 2.0, "starts": 150},
    measure=targeted,
    fixed=True,
)

STUDY = Study(
    name="choke-points",
    question=(
        "Where in a network does anti-Hebbian plasticity create stable equilibria, and do choke "
        "points have an outsized part in it?"
    ),
    graphs=(*FAMILIES, *MEASURED),
    grid={"scope": BOTH},
    common={
        "strength": -math.inf,
        "radius": 1,
        "weights": "relative",
        "boxes": 2_000,
        "starts": 100,
    },
    seeds=20,
    also=(OWN, FINITE, ONSET, TARGETED),
    report=report,
)

NULLS = replace(
    STUDY,
    name="nulls",
    question="Is it the degrees, or how the network is wired beyond them?",
    grid={**STUDY.grid, "null": tuple(range(1, 100))},
    graphs=(*FAMILIES, "celegans_gap_loopless"),
    seeds=1,
    also=(),
    report=None,
)

FULL = replace(
    STUDY,
    common={**STUDY.common, "boxes": 1_000_000},
    seeds=100,
    also=(
        replace(OWN, seeds=100, grid={"states": (256,)}),
        replace(
            FINITE,
            grid={**FINITE.grid, "relative_strength": (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)},
            graphs=FAMILIES,
            common={"boxes": 20_000, "starts": 1_000, "largest": 300},
            seeds=100,
        ),
        replace(ONSET, graphs=chains(20), grid={"starts": (400,)}),
        replace(TARGETED, graphs=modules_apart(100), common={**TARGETED.common, "starts": 2_000}),
        NULLS,
    ),
)
