"""Every public callable of graphs and analyses: see `public_calls`."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from public_calls import AXIS, BALLS, BUILT, COUNTED, chokes, counts, maps
from trying import Call, Late
from wrong_values import NET, PAIR, STRONG

import netplastic as npl
from netplastic import analyses, graphs

NAN = float("nan")
SIZES = ["8", 0, -1, 1.5, None, True, NAN, [8], [8, "a"], [], {}, [0, 8], NET, [8, 8, 8, 8, 8]]
READ = {
    "directed": ["yes", 1, 0, NAN, []],
    "orientation": ["rows", 5, True, []],
    "weight": ["no such", 5, True, []],
    "other_attributes": [5, True, NET, [5]],
    "labels": [5, "abc", ["a"], ["a", "a"], [["a"], ["b"]], {}],
    "memory_limit": "gigabytes",
}
MATRIX = np.array([[0.0, 1.0], [1.0, 0.0]])
METHODS = {"method": "method", "tolerance": "between 0 and 1", "background": "background"}
WANTED: list[Any] = [
    5,
    None,
    True,
    [5],
    [],
    {},
    "karate club",
    ["karat"],
    {"pair": 5},
    {"pair": NET},
]

DRAWN: list[Any] = [
    None,
    5,
    "karate",
    nx.Graph(),
    nx.MultiGraph([(0, 1)]),
    np.ones((2, 2)),
    nx.Graph,
]
NO_TEXT: list[Any] = [5, True, ["a"], NAN, {}, NET]
VALUES: list[Any] = [5, "excess", np.ones(2), {9: 1.0}, pd.DataFrame(), [1.0, 2.0], True, NET]
MODULES: list[Any] = ["no such", {9: 0}, 5, True, [0, 1]]

EXECUTOR: dict[str, Any] = {"executor": [5, "dask", True, [], NET]}

CALLS: dict[str, Call] = {
    "analyses.add_file": Call(
        analyses.add_file,
        {"folder": "path", "name": "text", "text": "text"},
        {"folder": "no such folder", "name": "page.html", "text": "page"},
    ),
    "analyses.graph_code": Call(analyses.graph_code, {"graph": [5, None, "karate", nx.Graph]}),
    "analyses.is_of_sets": Call(analyses.is_of_sets, {"net": "network"}),
    "analyses.limit_scale": Call(analyses.limit_scale, {"graph": "graph"}),
    "analyses.mean_degree": Call(analyses.mean_degree, {"graph": "graph"}),
    "analyses.read_table": Call(analyses.read_table, {"path": "path"}),
    "analyses.read_folder": Call(
        analyses.read_folder, {"path": [5, None, True, ["a"], NAN, {}, NET, "no such"]}
    ),
    # Whatever the content, it has a text.
    "analyses.json_text": Call(analyses.json_text, {"content": []}),
    "analyses.write_json": Call(
        analyses.write_json, {"content": [], "path": "path"}, {"content": {}}
    ),
    # -- graphs
    "graphs.caveman": Call(
        graphs.caveman,
        {"modules": "count", "module_size": "count", "rewiring": "fraction", **BUILT},
    ),
    "graphs.celegans": Call(
        graphs.celegans, {"synapses": "name", "muscles": "flag", "autapses": "flag"}
    ),
    "graphs.choke_points": Call(
        graphs.choke_points,
        {
            "graph": "graph",
            "load": "positive",
            "min_piece": "count",
            "exact_limit": "from 0",
            "pivots": "count",
            "rng": "rng",
            "progress": "shown",
        },
        {"graph": PAIR},
    ),
    "graphs.degree_preserving_null": Call(
        graphs.degree_preserving_null,
        {
            "graph": "graph",
            "rng": "rng",
            "tries_per_edge": [*["a", 0, -1, 1.5, None, True, 10**12]],
        },
        {"graph": PAIR},
    ),
    "graphs.module_preserving_null": Call(
        graphs.module_preserving_null,
        {
            "graph": ["karate", None, PAIR, NET],
            "rng": "rng",
            "tries_per_edge": ["a", 0, -1, 1.5, None, True, 10**12],
        },
        {"graph": graphs.karate_club()},
    ),
    "graphs.triangle_preserving_null": Call(
        graphs.triangle_preserving_null,
        {
            "graph": "graph",
            "rng": "rng",
            "tries_per_edge": ["a", 0, -1, 1.5, None, True, 10**12],
            "keep": "name",
        },
        {"graph": PAIR},
    ),
    "graphs.dumbbell": Call(
        graphs.dumbbell,
        {
            "module_size": SIZES,
            "path_length": "from 0",
            "links": "count",
            "density": "fraction",
            **BUILT,
        },
    ),
    "graphs.hierarchical_modules": Call(
        graphs.hierarchical_modules,
        {
            "levels": "count",
            "branching": "count",
            "module_size": "count",
            "density": "fraction",
            "ratio": "fraction",
            **BUILT,
        },
    ),
    "graphs.hourglass": Call(
        graphs.hourglass,
        {
            "layer_size": SIZES,
            "waist": "count",
            "density": "fraction",
            "links": "count",
            "waist_length": "count",
            **BUILT,
        },
    ),
    "graphs.load": Call(graphs.load, {"name": "name", "rng": "seed"}, {"name": "karate"}),
    "graphs.planted_partition": Call(
        graphs.planted_partition,
        {
            "modules": "count",
            "module_size": SIZES,
            "density_inside": "fraction",
            "density_between": "fraction",
            "connected": "flag",
            **BUILT,
        },
    ),
    "graphs.ring_of_modules": Call(
        graphs.ring_of_modules,
        {
            "modules": "count",
            "module_size": SIZES,
            "density": "fraction",
            "path_length": "from 0",
            "links": "count",
            **BUILT,
        },
    ),
    "graphs.star_of_modules": Call(
        graphs.star_of_modules,
        {
            "modules": "count",
            "module_size": [*SIZES[:-1]],
            "density": "fraction",
            "path_length": "from 0",
            "links": "count",
            "hub": "name",
            **BUILT,
        },
    ),
    "graphs.read_network": Call(
        graphs.read_network,
        {
            "source": [
                *[5, None, True, [], {}, "no such file.csv", "no such file", PAIR, NET, b"a", "/"],
                *[
                    np.ones(3),
                    np.ones((2, 3)),
                    pd.DataFrame(),
                    pd.Series([1.0]),
                    np.ones((2, 2)) * 1j,
                ],
                *[pd.DataFrame({"a": [1], "b": [2]}), [(0, 1)]],
            ],
            **READ,
        },
        {"source": MATRIX},
        called={"source": "source|file|folder|matrix|array|entries|table"},
    ),
    # -- analyses
    "count_neighborhoods": Call(
        npl.count_neighborhoods,
        {**BALLS, "scope": "name", **METHODS, **COUNTED, "workers": "count or none", **EXECUTOR},
        {"net": NET},
    ),
    "onset_neighborhoods": Call(
        npl.onset_neighborhoods,
        {
            **BALLS,
            "scope": "name",
            "modes": "flag",
            "limit": "positive or none",
            "budget": "budget",
            "workers": "count or none",
            "progress": "shown",
            **EXECUTOR,
        },
        {"net": NET},
    ),
    "null_counts": Call(
        npl.null_counts,
        {
            **BALLS,
            **METHODS,
            **COUNTED,
            "nulls": "count",
            "scope": "name",
            "model": "name",
            "workers": "count or none",
            **EXECUTOR,
        },
        {"net": NET, "nulls": 1},
    ),
    "pattern_counts": Call(
        npl.pattern_counts,
        {**BALLS, **COUNTED, "net": ["karate", PAIR, None, NET]},
        {"net": STRONG},
    ),
    "ball_patterns": Call(
        npl.ball_patterns,
        {
            "net": ["karate", PAIR, NET],
            "node": "node",
            "radius": "from 0",
            "budget": "budget",
            "progress": "shown",
        },
        {"net": STRONG, "node": 0},
    ),
    "lesion_effects": Call(
        npl.lesion_effects,
        {
            "net": ["karate", PAIR, NET],
            "nodes": "nodes or none",
            "budget": "budget",
            "progress": "shown",
        },
        {"net": STRONG},
    ),
    "Background": Call(
        npl.Background,
        {
            "static_weight": ["a", True, NAN, float("inf"), 1j, [1.0], {}],
            "strength": ["a", True, NAN, float("inf"), 1j, [1.0], {}, -float("inf")],
        },
    ),
    "count_targeted": Call(
        npl.count_targeted,
        {
            "net": "network",
            "edges": "edges",
            "background": "background",
            "method": "method",
            **COUNTED,
        },
        {"net": NET, "edges": [(0, 1)], "background": npl.Background(static_weight=0.2)},
    ),
    "landscape_summary": Call(
        npl.landscape_summary,
        {"net": "network", "limit": "positive or none", "budget": "budget", "progress": "shown"},
        {"net": NET},
    ),
    "landscape_plane": Call(
        npl.landscape_plane,
        {
            "net": "network",
            "rates": "state",
            "resolution": ["a", 1, 0, 1.5, None, True, NAN, 10**9],
        },
        {"net": NET, "rates": [[0.1, 0.2], [0.2, 0.1]]},
    ),
    "plot_landscape": Call(
        npl.plot_landscape,
        {
            "net": "network",
            "rates": "state",
            "ax": "axes",
            "resolution": ["a", 1, 0, 1.5, None, True, NAN, 10**9],
        },
        {"net": NET, "rates": [[0.1, 0.2], [0.2, 0.1]]},
    ),
    "report": Call(
        npl.report,
        {
            "source": [
                5,
                None,
                True,
                ["a"],
                NAN,
                {},
                "no such",
                nx.Graph(),
                nx.MultiGraph([(0, 1)]),
            ],
            "path": [5, True, ["a"], NAN, {}, NET],
            "name": [5, True, ["a"], NAN, {}, NET],
            "strength": [*["a", True, NAN, [1.0], {}, NET], float("inf")],
            "radius": "from 0",
            "rng": "from 0",
            "budget": ["10", 0, -1, NAN, True, 1j, [5], NET],
            "drawn": [*["a", 0, -1, 1.5, True, None], 5001],
            "command": NO_TEXT,
            "progress": "shown",
        },
        {"source": NET},
        called={"source": "source|name|graph|network"},
    ),
    "Report.save": Call(
        npl.Report.save, {"path": "path"}, of=lambda: npl.Report("<p>pair</p>", "pair")
    ),
    "plot_network": Call(
        npl.plot_network,
        {
            "network": DRAWN,
            "values": VALUES,
            "size": VALUES,
            "column": ["no such", 5, True],
            "ax": "axes",
            "modules": MODULES,
            "labels": [5, "some", True, ["z"], None],
            "focus": None,
        },
        {"network": NET, "values": Late(counts)},
        called={"column": "column|columns"},
    ),
    "network_layout": Call(
        npl.network_layout, {"network": DRAWN, "modules": MODULES}, {"network": NET}
    ),
    "plot_matrix": Call(
        npl.plot_matrix,
        {
            "network": DRAWN,
            "values": [5, "ab", np.ones(2), np.ones((3, 3)), [[1j, 0], [0, 0]], {}, True],
            "modules": MODULES,
            "ax": "axes",
        },
        {"network": NET},
    ),
    "plot_counts": Call(
        npl.plot_counts,
        {
            "counts": "table",
            "x": ["no such", "scope", 5, None, True],
            "y": ["no such", "scope", 5, None, True],
            "hue": ["no such", 5, True],
            "ax": "axes",
        },
        {"counts": Late(counts)},
        called={"x": "column", "y": "column", "hue": "column"},
    ),
    "stability_map": Call(
        npl.stability_map,
        {"net": "network", "x": AXIS, "y": AXIS, **COUNTED},
        {"net": NET, "x": ("strength", [-5.0]), "y": ("bias", [1.0])},
        called={"x": "x|parameter", "y": "y|parameter"},
    ),
    "StabilityMap.plot": Call(npl.StabilityMap.plot, {"ax": "axes"}, of=maps),
    "amplification": Call(
        npl.amplification,
        {
            "counts": "table",
            "chokes": "table",
            "nulls": "table or none",
            "coarseness": "at least 0",
            "confidence": "between 0 and 1",
            "resamples": "count",
            "rng": "rng",
            "graph": [5, "karate", NET, nx.Graph(), nx.MultiGraph([(0, 1)]), nx.path_graph(1)],
        },
        {"counts": Late(counts), "chokes": Late(chokes)},
    ),
    "analyses.excess": Call(
        analyses.excess,
        {
            "counts": "table",
            "chokes": "table",
            "by": [5, None, "degree", [5], ["no such"], True, ["scope"]],
            "coarseness": "at least 0",
        },
        {"counts": Late(counts), "chokes": Late(chokes)},
        called={"by": "by|column"},
    ),
    "analyses.explained_variance": Call(
        analyses.explained_variance,
        {"counts": "table", "chokes": "table", "confidence": "between 0 and 1"},
        {"counts": Late(counts), "chokes": Late(chokes)},
    ),
}
