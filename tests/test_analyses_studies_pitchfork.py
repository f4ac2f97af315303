"""The study pitchfork: thresholds and diagrams with known values, and words that follow them."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses.studies import _joined, _topology
from netplastic.analyses.studies import _pitchfork as pitchfork
from netplastic.analyses.studies._pitchfork_finding import tell
from netplastic.analyses.studies._soft_modes import soft_modes
from netplastic.analyses.studies._words import part_of, span

PAIR = nx.path_graph(2)
# x + |k| V^3 = 1 and |k| V^2 (1 - V^2) = 1 on the pair (docs/theory.md#section-5).
PITCHFORK = 6.5375946


def uniform_loss() -> float:
    """Where the symmetric state of the pair turns unstable, by bisection on its own equations."""
    low, high = 0.1, 0.9  # V falls as |k| grows
    for _ in range(80):
        rate = (low + high) / 2
        k = (1.0 - math.atanh(rate)) / rate**3 if math.atanh(rate) < 1.0 else 0.0
        if k * rate**2 * (1.0 - rate**2) > 1.0:
            low = rate
        else:
            high = rate
    return (1.0 - math.atanh(low)) / low**3


def test_thresholds_of_the_pair() -> None:
    table = pitchfork.thresholds(PAIR).set_index("quantity")
    assert uniform_loss() == pytest.approx(PITCHFORK, abs=1e-6)
    for name in ("onset", "multistability onset"):
        assert table.loc[name, "strength"] == pytest.approx(-PITCHFORK, abs=1e-6)
    assert table.loc["convexity threshold", "strength"] == pytest.approx(-4.0, rel=1e-3)
    # 3 k d L R^2 < 1 with degree, slope and rate 1 (Centorrino, Bullo and Russo).
    assert table.loc["contraction bound", "strength"] == pytest.approx(-1.0 / 3.0)


def test_diagram_of_the_pair() -> None:
    rows = pitchfork.diagram(PAIR, stop=-20.0)
    point = rows[rows["row"] == "point"]
    assert point["kind"].tolist() == ["pitchfork (supercritical)"]
    assert point["strength"].tolist() == pytest.approx([-PITCHFORK], abs=1e-6)
    states = rows[rows["row"] == "state"]
    middle = states[states["across"].abs() < 1e-9]
    away = states[states["across"].abs() > 1e-3]
    beyond = middle["strength"] < -PITCHFORK - 1e-3
    assert not middle[beyond]["stable"].any()
    assert middle[middle["strength"] > -PITCHFORK + 1e-3]["stable"].all()
    assert away["stable"].all()
    assert (away["strength"] < -PITCHFORK + 1e-3).all()
    counts = rows[rows["row"] == "count"].set_index("strength")
    assert counts.loc[2.0, "n_found"] == counts.loc[2.0, "n_stable"] == 1
    assert counts.loc[-20.0, "n_found"] == 3
    assert counts.loc[-20.0, "n_stable"] == 2


def test_the_soft_mode_of_the_pair_is_the_difference() -> None:
    net = npl.PlasticNetwork(PAIR, npl.Hebbian(-1.0))
    modes = soft_modes(net, npl.multistability_onset(net))
    assert modes.shape == (2, 1)
    assert np.abs(modes[:, 0]) == pytest.approx([0.5**0.5, 0.5**0.5])
    assert modes[0, 0] == pytest.approx(-modes[1, 0])
    assert soft_modes(net, npl.multistability_onset(net, limit=5.0)).shape == (2, 0)


def test_a_kernel_of_several_modes_is_found_whole() -> None:
    """The uniform state of a 5-cycle loses two modes at once: a wave and its shift."""
    net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(-1.0))
    modes = soft_modes(net, npl.multistability_onset(net))
    assert modes.shape == (5, 2)
    assert modes.sum(axis=0) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_a_diagram_of_a_large_network_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 24"):
        pitchfork.diagram(nx.path_graph(25))


@pytest.mark.parametrize(
    ("length", "states"),
    # Two cliques of 4 and a chain: maximal independent sets, counted by networkx below.
    [(0, 15), (2, 25), (3, 31)],
)
def test_topology_row(length: int, states: int) -> None:
    graph = _joined.joined_modules(4, 1.0, length)
    assert states == sum(1 for _ in nx.find_cliques(nx.complement(graph)))
    row = _topology.topology(graph).iloc[0]
    assert row["limit_states"] == states
    assert row["log2_limit"] == pytest.approx(math.log2(states))
    assert row["path_length"] == length
    assert row["module_size"] == 4
    assert row["links"] == 1
    if length == 2:
        assert row["base"] == pytest.approx(row["second"], rel=1e-6)
        assert row["on_connectors"] > 0.8
    else:
        assert row["second"] > 15.0
        assert math.isinf(row["base"])


def test_described_reads_what_was_built() -> None:
    row = _joined.described(_joined.joined_modules(6, 0.6, 3, links=2, rng=1)).iloc[0]
    assert row[["modules", "module_size", "links", "path_length"]].tolist() == [2, 6, 2, 3]
    assert 0.3 < row["density"] < 0.9
    ring = npl.graphs.ring_of_modules(modules=5, module_size=4, density=1.0, path_length=0)
    row = _joined.described(ring).iloc[0]
    assert row[["modules", "density", "links", "path_length"]].tolist() == [5, 1, 2, 0]
    bare = _joined.described(PAIR).iloc[0]
    assert bare["nodes"] == 2
    assert math.isnan(bare["module_size"])


def test_modules_too_thin_are_refused() -> None:
    with pytest.raises(ValueError, match="larger density"):
        _joined.joined_modules(6, 0.0)


# -- words -------------------------------------------------------------------------------------


def thresholds_of(**onsets: tuple[float, float]) -> pd.DataFrame:
    """Made-up thresholds; each network has (onset of the base state, second state)."""
    rows = []
    for name, (base, second) in onsets.items():
        values = [("convexity threshold", second / 2), ("multistability onset", second)]
        rows += [
            (name, quantity, -value, -0.99 * value, -1.01 * value, "proved")
            for quantity, value in [*values, ("onset", base)]
        ]
    columns = ["graph", "quantity", "strength", "lower", "upper", "status"]
    return pd.DataFrame(rows, columns=columns)


def topology_of(seconds: dict[int, float]) -> pd.DataFrame:
    """A made-up sweep: chains of so many connectors between cliques of 4."""
    return pd.DataFrame(
        {
            "graph": f"chain of {length}",
            "nodes": 8 + length,
            "mean_degree": 3.0,
            "module_size": 4.0,
            "density": 1.0,
            "links": 1.0,
            "path_length": float(length),
            "convexity": 1.0,
            "second": second,
            "second_kind": "fold",
            "base": math.inf,
            "on_connectors": 0.9,
            "limit_states": 15,
            "status": "proved",
            "limit": 60.0,
        }
        for length, second in seconds.items()
    )


def say(thresholds: pd.DataFrame, topology: pd.DataFrame | None = None) -> str:
    nothing = thresholds.iloc[:0]
    sweep = nothing if topology is None else topology
    return tell(pitchfork.STUDY, thresholds, nothing, sweep)


def test_finding_tells_pitchforks_from_unfolded_ones() -> None:
    inf = math.inf
    text = say(thresholds_of(a=(6.0, 6.0), b=(inf, 7.0), c=(9.0, 8.0), d=(inf, inf)))
    assert "In 1 of 4 networks the base state loses stability exactly" in text
    assert "(a at 6)" in text
    assert "In 1 a second stable state is born (b at 7) while" in text
    assert "c second state 8, base state 9." in text
    assert "No second stable state was found in d." in text
    assert "convexity threshold 50%" in text
    assert "No diagram was drawn." in text


def test_finding_without_an_onset() -> None:
    text = say(thresholds_of(a=(math.inf, math.inf)))
    assert "There is no onset to hold them against." in text
    assert "In 0 of 1 network" in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ({1: 20.0, 2: 7.0, 3: 15.0, 4: 6.0}, "every even chain comes before every odd one"),
        ({1: 20.0, 2: 7.0, 3: 8.0, 4: 9.0}, "after both of its even neighbors in 1 of 2 cases"),
        ({1: math.inf, 2: 7.0}, "(in 1 of 1 none up to 60)"),
        ({2: 7.0, 4: 6.0}, "not both even and odd chains"),
    ],
)
def test_finding_says_what_chains_do(seconds: dict[int, float], words: str) -> None:
    assert words in say(thresholds_of(a=(6.0, 6.0)), topology_of(seconds))


def test_words() -> None:
    assert span([1.0, math.inf]) == "1"
    table = pd.DataFrame({"part": ["a", "b"], "x": [1.0, None]})
    assert list(part_of(pitchfork.STUDY, table, "b").columns) == []


def test_report_of_a_small_study(tmp_path: Path) -> None:
    """One pair and two chains, through the runner."""
    graphs = {"pair": PAIR}
    study = dataclasses.replace(
        pitchfork.STUDY,
        graphs=graphs,
        also=(
            dataclasses.replace(pitchfork.DIAGRAMS, graphs=graphs, grid={"stop": (-10.0,)}),
            dataclasses.replace(
                _topology.TOPOLOGY,
                graphs={f"chain {n}": _joined.joined_modules(4, 1.0, n) for n in (2, 3)},
                grid={"limit": (20.0,)},
            ),
        ),
    )
    npl.run_study(study, tmp_path)
    assert (tmp_path / "figure.png").stat().st_size > 10_000
    assert (tmp_path / "figure.svg").exists()
    text = (tmp_path / "finding.md").read_text()
    assert "pair at 6.538, a pitchfork (supercritical)" in text
    assert "every even chain comes before every odd one" in text


def test_report_of_a_users_own_graph(tmp_path: Path) -> None:
    npl.run_study(pitchfork.STUDY.on({"mine": PAIR}), tmp_path)
    text = (tmp_path / "finding.md").read_text()
    assert "mine at 6.538" in text
    assert "The sweep belongs to the study's own graphs" in text


@pytest.mark.slow
def test_the_study(tmp_path: Path) -> None:
    table = npl.run_study(pitchfork.STUDY, tmp_path, workers=2)
    assert not (table["status"] == "failed").any()
