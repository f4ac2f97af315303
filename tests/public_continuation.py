"""Every public callable of continuation: see `public_calls`."""

from __future__ import annotations

import numpy as np
from public_calls import diagram
from trying import Call
from wrong_values import NET

import netplastic as npl

CALLS: dict[str, Call] = {
    "Search": Call(
        npl.Search,
        {
            "values": [
                -1,
                1.5,
                True,
                "auto",
                None,
                [np.nan],
                ["a"],
                [1j],
                np.ones((2, 2)),
                NET,
                [True],
            ],
            "method": "method",
            "budget": "budget",
            "rng": "rng",
            "most_curves": "count",
            "seconds": "positive or none",
        },
    ),
    "Steps": Call(
        npl.Steps,
        {
            "largest": "positive",
            "smallest": "positive",
            "first": "positive",
            "points": "count",
            "angle": [*["a", 0, -1, 2, float("nan"), True, None, 1j]],
            "bound": "positive",
        },
    ),
    "bifurcation_diagram": Call(
        npl.bifurcation_diagram,
        {
            "net": "network",
            "parameter": "parameter",
            "start": "number",
            "stop": "number",
            "search": "search",
            "steps": "steps",
            "hopf": "flag",
            "seeds": "state or none",
            "progress": "shown",
        },
        {
            "net": NET,
            "parameter": "strength",
            "start": -5.0,
            "stop": -6.0,
            "search": npl.Search(values=0),
        },
    ),
    "BifurcationDiagram.check": Call(
        npl.BifurcationDiagram.check,
        {
            "values": [5, None, "ab", [0.0], [float("nan")], ["a"], [True], [1j], [-100.0], NET],
            "budget": "budget",
        },
        {"values": [-5.5]},
        of=diagram,
    ),
    "BifurcationDiagram.count_at": Call(
        npl.BifurcationDiagram.count_at,
        {"value": "number", "stable_only": "flag"},
        {"value": -5.5},
        of=diagram,
    ),
    "BifurcationDiagram.states_at": Call(
        npl.BifurcationDiagram.states_at, {"value": "number"}, of=diagram
    ),
    "BifurcationDiagram.missing": Call(
        npl.BifurcationDiagram.missing,
        {"value": "number", "method": "method", "budget": "budget"},
        {"value": -5.5},
        of=diagram,
    ),
    "BifurcationDiagram.plot": Call(
        npl.BifurcationDiagram.plot,
        {"ax": "axes", "observable": ["z", 9, [0], {}, np.ones(2)]},
        of=diagram,
    ),
    "BifurcationDiagram.to_frame": Call(
        npl.BifurcationDiagram.to_frame, {"states": "flag"}, of=diagram
    ),
    "onset": Call(
        npl.onset,
        {
            "net": "network",
            "limit": "positive or none",
            "certify": "flag",
            "budget": "positive or none",
            "progress": "shown",
        },
        {"net": NET},
    ),
    "onsets": Call(
        npl.onsets,
        {
            "net": "network",
            "limit": "positive or none",
            "modes": "flag",
            "budget": "budget",
            "progress": "shown",
        },
        {"net": NET},
    ),
    "multistability_onset": Call(
        npl.multistability_onset,
        {"net": "network", "limit": "positive or none", "budget": "budget", "progress": "shown"},
        {"net": NET},
    ),
}
