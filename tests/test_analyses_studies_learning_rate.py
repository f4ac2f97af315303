"""The study learning-rate: known rates and counts, and words that follow the numbers."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses.studies import _learning_rate as study
from netplastic.analyses.studies._learning_rate_finding import tell

PAIR, CYCLE = nx.path_graph(2), nx.cycle_graph(5)


@pytest.mark.parametrize(("rate", "stable"), [(0.3, 5), (0.01, 0)])
def test_slow_learning_leaves_the_five_cycle_no_stable_state(rate: float, stable: int) -> None:
    """docs/theory.md#section-3: five stable states at 0.3, none at 0.01, where it oscillates."""
    row = study.basins(CYCLE, strength=-20.0, learning_rate=rate, trials=12).iloc[0]
    assert row["n_stable"] == row["n_stable_upper"] == stable
    assert row["share_cycles"] + row["share_unsettled"] == (0.0 if stable else 1.0)
    if stable:
        assert 3.0 < row["effective"] <= 5.0


def test_effective_number_is_that_of_equal_shares() -> None:
    assert study.effective(pd.Series([0.2] * 5)) == pytest.approx(5.0)
    assert study.effective(pd.Series([0.5, 0.25, 0.25])) == pytest.approx(2.0**1.5)
    assert math.isnan(study.effective(pd.Series([0.0])))


def test_time_limit_leaves_trials_unsettled() -> None:
    row = study.basins(PAIR, learning_rate=0.01, trials=4, cycles=1e-3).iloc[0]
    assert row["share_unsettled"] == 1.0
    assert math.isnan(row["effective"])
    assert row["attractors"] == 0


def test_critical_rates_of_the_five_cycle() -> None:
    found = study.critical_rates(CYCLE, strength=-20.0)
    net = npl.PlasticNetwork(CYCLE, npl.Hebbian(-20.0))
    assert len(found) == 5
    states = npl.find_equilibria(net, stable_only=True)
    expected = npl.critical_learning_rate(net, states.activity[0])
    assert found["critical_rate"].to_numpy() == pytest.approx(expected)
    assert found["critical_rate"].iloc[0] == pytest.approx(0.0188, abs=1e-4)
    assert (found["top_mass"] >= 0.2).all()
    assert (found["frequency"] > 0).all()
    assert study.critical_rates(PAIR)["critical_rate"].tolist() == [0.0, 0.0]
    assert study.critical_rates(PAIR)["top_node"].isna().all()


def test_hopf_mass_is_that_of_the_mode_with_no_growth() -> None:
    """Against the full Jacobian of all activities and weights, whose first n rows are activity."""
    net = npl.PlasticNetwork(CYCLE, npl.Hebbian(-20.0))
    state = npl.find_equilibria(net, stable_only=True).activity[0]
    rate = npl.critical_learning_rate(net, state)
    full = npl.stability.full_jacobian(net.replace(learning_rate=rate), state).toarray()
    values, vectors = np.linalg.eig(full)
    swinging = np.flatnonzero((np.abs(values.real) < 1e-7) & (np.abs(values.imag) > 1e-3))
    assert len(swinging) == 2
    mass = np.abs(vectors[:5, swinging[0]] * net.activation.slope(state)) ** 2
    expected = mass / mass.sum()
    found = study.hopf_mass(net.replace(learning_rate=rate), state)
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("decay", [0.3, 1.5, 5.0])
def test_sensitivity_is_the_difference_of_states_at_two_decays(decay: float) -> None:
    near = []
    for factor in (math.exp(-1e-4), math.exp(1e-4)):
        net = npl.PlasticNetwork(PAIR, npl.Hebbian(-10.0, decay=decay * factor))
        near.append(npl.find_equilibria(net, stable_only=True).rates[0])
    expected = np.linalg.norm(near[1] - near[0]) / 2e-4
    row = study.decay(PAIR, decay=decay).iloc[0]
    assert row["sensitivity"] == pytest.approx(expected, rel=1e-4)
    assert row["n_stable"] == (2 if 10.0 / decay > 6.5376 else 1)


# -- words -------------------------------------------------------------------------------------


def made_up(effective: dict[float, float], stable: dict[float, int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "graph": "net",
            "strength": -20.0,
            "learning_rate": rate,
            "n_stable": stable[rate],
            "status": "certified",
            "attractors": 2,
            "effective": effective[rate],
            "share_cycles": 1.0 if stable[rate] == 0 else 0.0,
            "share_unsettled": 0.0,
        }
        for rate in effective
    )


def say(own: pd.DataFrame, critical: pd.DataFrame | None = None) -> str:
    nothing = own.iloc[:0][["graph"]]
    return tell(study.STUDY, own, nothing if critical is None else critical, nothing)


def test_finding_tells_where_the_landscape_changes() -> None:
    own = made_up({0.01: 1.0, 0.1: 2.0, 1.0: 4.0, 10.0: 4.0}, {0.01: 0, 0.1: 4, 1.0: 4, 10.0: 4})
    text = say(own)
    assert "net at -20 0 to 4." in text
    assert text.count("larger below learning rate 1 than above in 1 of 1 case") == 2
    assert "net at -20, rate 0.1: 2 of 4" in text
    assert "oscillate or stay unsettled in 1 case, at rates 0.01." in text
    assert "It was not varied." in text
    assert "No critical rates were computed." in text


def test_finding_contradicts_where_numbers_do() -> None:
    own = made_up({0.1: 4.0, 1.0: 4.0, 10.0: 1.0}, {0.1: 4, 1.0: 4, 10.0: 2})
    text = say(own)
    assert text.count("smaller in 1 (net at -20)") == 2
    assert "in 0 cases below rate 1 (none) and in 1 from there on" in text  # 1 of 2 at rate 10
    same = made_up({0.1: 2.0, 1.0: 2.0, 10.0: 2.0}, {0.1: 2, 1.0: 2, 10.0: 2})
    assert "equal in 1." in say(same)


def test_finding_tells_where_states_swing() -> None:
    critical = pd.DataFrame(
        {
            "graph": "net",
            "strength": [-20.0, -20.0, -50.0],
            "critical_rate": [0.0, 0.5, 0.1],
            "frequency": [math.nan, 2.0, 3.0],
            "top_node": [None, "hub", "leaf"],
            "top_mass": [math.nan, 0.5, 0.25],
            "top_degree": [math.nan, 4.0, 1.0],
            "top_rate": [math.nan, 0.1, 0.7],
            "status": "certified",
        }
    )
    own = made_up({0.1: 2.0, 1.0: 2.0}, {0.1: 2, 1.0: 2})
    text = say(own, critical)
    assert "**net at -20** (2 states, certified): 1 stable at every rate. 1 with a Hopf" in text
    assert "most on node hub (50% of its mass, degree 4, rate 0.1)" in text
    assert "the largest critical rate falls in 1 of 1 network and rises in 0." in text


def test_report_of_a_small_study(tmp_path: Path) -> None:
    graphs = {"pair": PAIR}
    small = dataclasses.replace(
        study.STUDY,
        graphs=graphs,
        grid={"strength": (-20.0,), "learning_rate": (0.1, 1.0, 10.0)},
        common={"trials": 6},
        also=(
            dataclasses.replace(study.CRITICAL, graphs=graphs, grid={"strength": (-20.0,)}),
            dataclasses.replace(study.DECAY, graphs=graphs, grid={"decay": (0.01, 1.5)}),
        ),
    )
    npl.run_study(small, tmp_path)
    text = (tmp_path / "finding.md").read_text()
    assert "pair at -20 2 to 2" in text
    assert "those of 6 trials" in text
    assert "2 stable at every rate" in text
    assert (tmp_path / "figure.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_study(tmp_path: Path) -> None:
    table = npl.run_study(study.STUDY, tmp_path, workers=2)
    assert not (table["status"] == "failed").any()
