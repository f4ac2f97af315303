"""Every public callable of studies and their files: see `public_calls`."""

from __future__ import annotations

import pandas as pd
from public_analyses import WANTED
from public_calls import EMPTY, STUDY
from trying import Call
from wrong_values import NAN, NET, PAIR

import netplastic as npl
from netplastic import analyses

CALLS: dict[str, Call] = {
    "Study": Call(
        npl.Study,
        {
            "name": [5, None, True, "", "Two Words", "a_b", ["a"], "-", "a/b"],
            "question": [5, None, True, ["a"]],
            "graphs": [5, None, True, "karate", NET, PAIR, [5], {5: PAIR}, {"pair": "karate"}],
            "grid": [
                *[5, None, "strength", [], {"no such": [1.0]}, {"strength": 5.0}, {"strength": []}],
                *[
                    {"strength": "ab"},
                    {"strength": [NAN]},
                    {"strength": [1j]},
                    {"strength": [None]},
                ],
                *[
                    {5: [1.0]},
                    {"strength": [[1.0]]},
                    {"strength": {1.0}},
                    NET,
                ],
            ],
            "common": [
                *[5, None, "radius", [], {"no such": 1.0}, {"radius": None}, {"radius": [1]}],
                *[{"strength": 1.0}, {"radius": NAN}, {"radius": 1j}, {5: 1.0}],
            ],
            "seed": ["a", -1, 1.5, None, True, NAN, [1]],
            "seeds": "count",
            "also": [5, None, "a", [5], STUDY, [STUDY, STUDY], {}],
            "fixed": "flag",
            "measure": [5, "count", True, [], NET, None],
            "report": [5, "count", True, [], NET],
        },
        {
            "name": "ones",
            "question": "Why?",
            "graphs": {"pair": PAIR},
            "grid": {"strength": (-5.0,)},
        },
    ),
    "Study.on": Call(
        npl.Study.on,
        {"graphs": [5, None, True, "karate", NET, PAIR, [5], {5: PAIR}]},
        of=lambda: STUDY,
    ),
    "run_study": Call(
        npl.run_study,
        {
            "study": [5, "choke-points", None, True, npl.Study, NET, {}],
            "out": "path",
            "workers": "count or none",
            "executor": [5, "dask", True, [], NET, {}],
            "resume": "flag",
            "progress": "shown",
            "overwrite": "flag",
            "time_limit": "positive or none",
            "argv": ["netplastic run", [], [1], 5, {}, True, NET],
        },
        {"study": STUDY, "out": EMPTY},
    ),
    "analyses.load_network": Call(
        analyses.load_network,
        {"name": ["karat", "", "no.csv", 5, None, True, [], NET], "rng": "seed", "reading": None},
        {"name": "karate"},
        called={"name": "name|file"},
    ),
    "analyses.load_networks": Call(
        analyses.load_networks,
        {"wanted": WANTED, "seeds": "count", "reading": None},
        {"wanted": ["karate"]},
        called={"wanted": "wanted|network"},
    ),
    "analyses.stable_neighborhoods": Call(
        analyses.stable_neighborhoods,
        {
            "graph": "graph",
            "rng": "rng",
            "strength": [*["a", None, True, 1j, NAN, [1.0, 2.0, 3.0], float("inf")]],
            "relative_strength": "at least 0",
            "scope": "name",
            "radius": "from 0",
            "learning_rate": "positive or inf",
            "null": "from 0",
            "weights": "name",
            "others": "from 0",
            "boxes": ["3", True, 1.5, NAN, None, 0, -1, 1j, [1]],
            "starts": ["3", True, 1.5, NAN, None, 0, -1, 1j, [1]],
        },
        {"graph": PAIR},
    ),
    "analyses.of_part": Call(
        analyses.of_part,
        {"table": [5, None, "a", [], {}], "part": "text"},
        {"table": pd.DataFrame(), "part": "a"},
    ),
    "analyses.publishable": Call(analyses.publishable, {"table": [5, None, "a", [], {}]}),
    "analyses.whole": Call(lambda path: analyses.whole(path).__enter__(), {"path": "path"}),
    "analyses.write_csv": Call(
        analyses.write_csv,
        {"path": "path", "table": [5, None, "a", [], {}], "separator": ["", "ab", 5, None, True]},
        {"path": EMPTY / "a.csv", "table": pd.DataFrame()},
    ),
    "analyses.write_parquet": Call(
        analyses.write_parquet,
        {"path": "path", "table": [5, None, "a", [], {}]},
        {"path": EMPTY / "a.parquet", "table": pd.DataFrame()},
    ),
    "analyses.write_text": Call(
        analyses.write_text, {"path": "path", "text": "text"}, {"path": EMPTY / "a.txt", "text": ""}
    ),
}
