"""Studies of ensembles, and studies in parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses import of_part

PATH = {"path": nx.path_graph(3)}


def sizes(graph: Any, rng: int, *, factor: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame({"edges": [graph.size()], "size": [factor * len(graph)], "whole": [True]})


def names(graph: Any, rng: int, *, again: int) -> pd.DataFrame:
    return pd.DataFrame({"node": pd.Series(list(graph) * again, dtype=object)})


def in_parts(**settings: Any) -> npl.Study:
    more = npl.Study("names", "Who?", PATH, {"again": (1, 2)}, measure=names, fixed=True)
    larger = npl.Study("larger", "How large?", PATH, {"factor": (2.0,)}, measure=sizes)
    grid = {"factor": (1.0, 3.0)}
    return npl.Study("sizes", "How?", PATH, grid, measure=sizes, also=(more, larger), **settings)


def test_an_ensemble_has_a_network_for_each_seed(tmp_path: Path) -> None:
    study = npl.Study(
        "sizes", "How large?", ["hourglass", "caveman", "karate"], {"factor": (1.0,)}, seeds=3,
        measure=sizes,
    )  # fmt: skip
    table = npl.run_study(study, tmp_path)
    assert list(zip(table["graph"], table["seed"], strict=True)) == [
        ("hourglass", 0), ("hourglass", 1), ("hourglass", 2), ("caveman", 0), ("karate", 0),
    ]  # fmt: skip
    for row in table[table["graph"] == "hourglass"].itertuples():
        assert row.edges == npl.graphs.load("hourglass", rng=row.seed).size()
    assert table.loc[:2, "edges"].nunique() > 1
    record = json.loads((tmp_path / "run.json").read_text())
    assert list(record["graphs"]) == [
        "hourglass", "hourglass, seed 1", "hourglass, seed 2", "caveman", "karate",
    ]  # fmt: skip
    assert record["parameters"]["seeds"] == 3
    assert [task["seed"] for task in record["tasks"]] == [0, 1, 2, 0, 0]


def test_seeds_reach_the_null_model_of_a_recipe() -> None:
    first, second = (npl.graphs.load("ring_of_modules_null", rng=seed) for seed in (4, 5))
    again = npl.graphs.load("ring_of_modules_null", rng=4)
    assert nx.utils.graphs_equal(first, again)
    assert not nx.utils.graphs_equal(first, second)
    assert sorted(dict(first.degree).values()) == sorted(
        dict(npl.graphs.load("ring_of_modules", rng=4).degree).values()
    )


def test_parts_stand_in_one_table_each_with_its_columns(tmp_path: Path) -> None:
    table = npl.run_study(in_parts(), tmp_path)
    assert table["part"].tolist() == ["sizes"] * 2 + ["names"] * 9 + ["larger"]
    own = of_part(table, "sizes")
    assert own["factor"].tolist() == [1.0, 3.0]
    assert own["edges"].dtype == np.int64
    assert own["whole"].dtype == bool
    listed = of_part(table, "names")
    assert listed["node"].tolist() == [0, 1, 2] * 3
    assert listed["again"].tolist() == [1] * 3 + [2] * 6
    assert listed["edges"].isna().all()
    assert of_part(own, "sizes") is own
    back = pd.read_parquet(tmp_path / "table.parquet")
    assert back["part"].tolist() == table["part"].tolist()
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["parts"]["names"]["grid"] == {"again": [1, 2]}
    assert {task["part"] for task in record["tasks"]} == {"sizes", "names", "larger"}


def test_other_graphs_leave_out_what_is_fixed() -> None:
    study = in_parts().on({"pair": nx.path_graph(2)})
    assert [part.name for part in study.parts] == ["sizes", "larger"]
    assert {task.graph_name for task in study.tasks()} == {"pair"}
    assert [task.part for task in study.tasks()] == ["sizes", "sizes", "larger"]


def test_a_study_in_parts_resumes(tmp_path: Path) -> None:
    first = npl.run_study(in_parts(), tmp_path)
    again = npl.run_study(in_parts(), tmp_path, resume=True)
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    states = [task["state"] for task in json.loads((tmp_path / "run.json").read_text())["tasks"]]
    assert set(states) == {"kept from before"}


def test_parts_that_are_none() -> None:
    part = npl.Study("names", "Who?", PATH, {"again": (1,)}, measure=names)
    make = {"question": "?", "graphs": PATH, "grid": {"factor": (1.0,)}, "measure": sizes}
    with pytest.raises(ValueError, match="two parts are called 'names'; rename one Study"):
        npl.Study("names", also=[part], **make)
    nested = npl.Study("outer", also=[part], **make)
    with pytest.raises(ValueError, match="part 'outer' has parts or a report of its own"):
        npl.Study("whole", also=[nested], **make)
    with pytest.raises(TypeError, match="a part of the study"):
        npl.Study("whole", also=["names"], **make)
    with pytest.raises(ValueError, match="seeds"):
        npl.Study("whole", seeds=0, **make)
