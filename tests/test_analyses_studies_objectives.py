"""The study objectives: which rule follows what, checked against formulas and differences."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import netplastic as npl
from netplastic.analyses.studies import _objective_tests as tests
from netplastic.analyses.studies import _objectives as study
from netplastic.analyses.studies._objectives_finding import tell
from netplastic.model import residual

PAIR, PATH = nx.path_graph(2), nx.path_graph(4)


def states(net: npl.PlasticNetwork, many: int = 20) -> Any:
    return np.random.default_rng(1).uniform(0.05, 0.75, (many, net.n))


@pytest.mark.parametrize(("strength", "kind"), [(2.0, "joint"), (-10.0, "adversarial")])
def test_hebbian_rules_follow_one_objective(strength: float, kind: str) -> None:
    """docs/theory.md#section-4: dw/dt = -eta dE/dw, so the ratio is eta."""
    row = study.objective(PATH, strength=strength, samples=20).iloc[0]
    assert row["joint"] == kind
    assert row["joint_ratio"] == pytest.approx(strength)
    assert row["gradient_gap"] < 1e-12
    assert row["reduced_error"] < 1e-12
    assert row["factor_positive"] == 1.0


@pytest.mark.parametrize("rule", [name for name in study.RULES if name != "Hebbian"])
def test_other_rules_have_an_objective_of_activity_up_to_a_factor(rule: str) -> None:
    row = study.objective(PATH, rule=rule, strength=-3.0, samples=20).iloc[0]
    assert row["joint"] == "none"
    assert math.isnan(row["gradient_gap"])
    assert row["reduced_error"] > 1e-2
    assert row["factor_error"] < 1e-9


def test_covariance_without_a_threshold_is_the_hebb_rule() -> None:
    net = npl.PlasticNetwork(PATH, npl.Covariance(-5.0, threshold=0.0))
    ratio, error = tests.cross_ratio(net, states(net), np.random.default_rng(0))
    assert ratio == pytest.approx(-5.0)
    assert error < 1e-12


def test_factors_by_hand() -> None:
    """(q V)' d / p: 2 for Hebb, 2 (gamma + eta V^2) for Oja, (2 V - th) / (V - th) covariance."""
    rates = np.array([[0.2, 0.7]])
    for rule, expected in (
        (npl.Hebbian(-3.0), np.full((1, 2), 2.0)),
        (npl.Oja(3.0, decay=2.0), 2.0 * (2.0 + 3.0 * rates**2)),
        (npl.Covariance(-3.0), (2.0 * rates - 0.5) / (rates - 0.5)),
        (npl.BCM(-3.0), 2.0 / (rates - 0.5)),
    ):
        net = npl.PlasticNetwork(PAIR, rule)
        assert tests.factors(net, rates) == pytest.approx(expected)


@pytest.mark.parametrize("rule", [npl.Hebbian(-10.0), npl.Oja(2.0), npl.PostsynapticallyGated(2.0)])
def test_hessian_is_the_derivative_of_the_scaled_equations(rule: Any) -> None:
    """Convexity by differences of m F alone, at states where all factors are positive."""
    net = npl.PlasticNetwork(PATH, rule)
    sampled = states(net, 30)
    positive = [row for row in sampled if (tests.factors(net, row) > 0).all()]
    assert len(positive) > 0

    def scaled(rates: Any) -> Any:
        return tests.factors(net, rates) * residual(net, net.activation.inverse(rates))

    convex = 0
    for rates in positive:
        moves = [
            (scaled(rates + 1e-6 * e) - scaled(rates - 1e-6 * e)) / 2e-6 for e in np.eye(net.n)
        ]
        hessian = np.array(moves)
        assert hessian == pytest.approx(hessian.T, abs=1e-5)
        convex += np.linalg.eigvalsh(hessian)[0] > 0.0
    found = tests.reduced_symmetry(net, sampled)
    assert found["factor_positive"] == pytest.approx(len(positive) / len(sampled))
    assert found["convex"] == pytest.approx(convex / len(positive))


def test_separation_is_the_critical_rate() -> None:
    for graph in (nx.cycle_graph(5), nx.complete_graph(3)):
        found = study.separation(graph, strength=-20.0)
        assert found["separation"].to_numpy() == pytest.approx(found["critical_rate"], rel=1e-4)
        assert found["minimax"].all()
    assert study.separation(PAIR)["separation"].tolist() == [0.0, 0.0]


def test_a_saddle_is_no_minimax_point() -> None:
    net = npl.PlasticNetwork(PAIR, npl.Hebbian(-20.0))
    found = npl.find_equilibria(net)
    saddle = found.activity[~found.stable][0]
    rate, minimax = tests.separation_rate(net, saddle)
    assert not minimax
    assert math.isinf(rate)


def test_wrong_input() -> None:
    with pytest.raises(ValueError, match="did you mean"):
        study.objective(PAIR, rule="Hebian")
    with pytest.raises(ValueError, match="directed"):
        study.objective(nx.DiGraph([(0, 1)]))


# -- words -------------------------------------------------------------------------------------


def made_up(**rules: tuple[str, float, float]) -> pd.DataFrame:
    """One network; each rule has (kind, reduced error, factor error)."""
    return pd.DataFrame(
        {
            "graph": "net", "rule": rule, "strength": -10.0, "joint": kind, "joint_ratio": 1.0,
            "joint_error": 0.0, "gradient_gap": math.nan, "reduced_error": reduced,
            "factor_error": factor, "factor_positive": 0.5, "convex": 0.25, "n_equilibria": 3,
            "n_stable": 2, "n_stable_slow": 1, "critical_rate": 0.1, "status": "certified",
        }
        for rule, (kind, reduced, factor) in rules.items()
    )  # fmt: skip


def say(own: pd.DataFrame, separations: pd.DataFrame | None = None) -> str:
    return tell(study.STUDY, own, own.iloc[:0] if separations is None else separations)


def test_finding_sorts_rules() -> None:
    text = say(
        made_up(a=("joint", 0.0, 0.0), b=("adversarial", 0.0, 0.0), c=("none", 1.0, 1e-15),
                d=("none", 1.0, 0.5))
    )  # fmt: skip
    assert (
        "both descend: a at -10. One that activity descends and weights ascend: b at -10." in text
    )
    assert "Neither: c at -10 and d at -10." in text
    assert "gradient for a and b; they become one" in text
    assert "its own rate for c; neither for d." in text
    assert "c at -10 50%." in text
    assert "It was not computed." in text


def test_finding_says_when_rates_differ() -> None:
    rows = pd.DataFrame(
        {
            "graph": "net", "strength": -20.0, "state": [0, 1, 2], "critical_rate": [0.1, 0.0, 0.2],
            "separation": [0.1, 0.0, 0.3], "minimax": [True, True, False],
        }
    )  # fmt: skip
    text = say(made_up(a=("joint", 0.0, 0.0)), rows)
    assert "in 2 of 3 states; the rates are 0 to 0.2." in text
    assert "2 of them are strict local minimax points" in text
    assert "They differ for net at -20, state 2: 0.2 against 0.3." in text


def test_report_of_a_small_study(tmp_path: Path) -> None:
    graphs = {"pair": PAIR}
    small = dataclasses.replace(
        study.STUDY,
        graphs=graphs,
        grid={"rule": ("Hebbian", "Oja"), "strength": (-10.0,)},
        common={"samples": 10},
        also=(
            dataclasses.replace(
                study.SEPARATION,
                graphs={"5-cycle": nx.cycle_graph(5)},
                grid={"strength": (-20.0,)},
            ),
        ),
    )
    npl.run_study(small, tmp_path)
    text = (tmp_path / "finding.md").read_text()
    assert "weights ascend: Hebbian at -10. Neither: Oja at -10." in text
    assert "in 5 of 5 states" in text
    assert (tmp_path / "figure.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_study(tmp_path: Path) -> None:
    table = npl.run_study(study.STUDY, tmp_path, workers=2)
    assert not (table["status"] == "failed").any()
