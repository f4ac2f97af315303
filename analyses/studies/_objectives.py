"""Which objective does which pairwise rule follow?"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import Graph, check_choice
from netplastic.analyses import Study, write_csv, write_text
from netplastic.equilibria import Budget, find_equilibria
from netplastic.model import (
    BCM,
    Covariance,
    Hebbian,
    Oja,
    PlasticNetwork,
    PostsynapticallyGated,
    PresynapticallyGated,
    Rule,
)
from netplastic.stability import critical_learning_rates

from ._objective_tests import (
    ZERO,
    cross_ratio,
    gradient_gap,
    reduced_symmetry,
    separation_rate,
)
from ._objectives_claims import claims
from ._objectives_figure import draw
from ._objectives_finding import tell
from ._words import part_of

__all__ = ["FULL", "RULES", "STUDY", "objective", "report", "separation"]

RULES: dict[str, type[Rule]] = {
    "Hebbian": Hebbian,
    "Oja": Oja,
    "covariance": Covariance,
    "BCM": BCM,
    "presynaptically gated": PresynapticallyGated,
    "postsynaptically gated": PostsynapticallyGated,
}
PARTS = ("objectives", "separation")
SLOW = 0.01
"""The slow learning rate at which states are counted again."""
LOWEST = 0.05
"""Least rate of the sampled states; the largest is phi(bias)."""


def objective(
    graph: Graph,
    rng: int = 0,
    *,
    rule: str = "Hebbian",
    strength: float = -10.0,
    samples: int = 200,
    boxes: int = 20_000,
) -> pd.DataFrame:
    """Whether a rule's dynamics follow an objective, of activity and weights or of activity alone.

    Parameters
    ----------
    graph : networkx.Graph
        Undirected.
    rng : int, default 0
        Seed of the sampled states.
    rule : str, default "Hebbian"
        A key of `RULES`; thresholds are 0.5.
    strength : float, default -10.0
        eta, with decay 1.
    samples : int, default 200
        States at which derivatives are compared, rates uniform on [0.05, phi(1)].
    boxes : int, default 20000
        Budget of the search for equilibria.

    Returns
    -------
    pandas.DataFrame
        One row:

        - joint: "joint" (activity and weights descend one objective), "adversarial" (activity
          descends what weights ascend) or "none"; joint_ratio and joint_error, of `cross_ratio`.
        - gradient_gap: largest difference between the flow and the gradient of `netplastic.energy`;
          NaN where the network has no such objective.
        - reduced_error, factor_error, factor_positive, convex: of `reduced_symmetry`.
        - n_equilibria, n_stable (at learning rate inf, at least), n_stable_slow (at 0.01),
          critical_rate (the largest of these states), status.

    Raises
    ------
    ValueError
        For an unknown rule or a directed graph.

    Examples
    --------
    >>> objective(nx.path_graph(2))[["joint", "n_stable"]].to_numpy().tolist()
    [['adversarial', 2]]
    """
    check_choice("rule", rule, tuple(RULES))
    if graph.is_directed():
        raise ValueError("the graph is directed; objectives are of undirected networks.")
    net = PlasticNetwork(graph, RULES[rule](strength), learning_rate=math.inf)
    random = np.random.default_rng(rng)
    top = float(net.activation.rate(np.ones(net.n)).min())
    states = random.uniform(LOWEST, top, (samples, net.n))
    ratio, error = cross_ratio(net, states, random)
    kind = "none" if error > ZERO else "joint" if ratio > 0 else "adversarial"
    found = find_equilibria(net, budget=Budget(boxes=boxes), rng=rng, progress=False)
    stable = found.activity[found.stable]
    slow = net.replace(learning_rate=1.0)
    rates = critical_learning_rates(slow, stable)["critical_rate"] if len(stable) else None
    return pd.DataFrame(
        {
            "joint": kind,
            "joint_ratio": ratio if kind != "none" else math.nan,
            "joint_error": error,
            "gradient_gap": gradient_gap(net, states, random) if net.has_objective else math.nan,
            **reduced_symmetry(net, states),
            "n_equilibria": found.count.lower,
            "n_stable": len(stable),
            "n_stable_slow": 0 if rates is None else int((rates < SLOW).sum()),
            "critical_rate": math.nan if rates is None else float(rates.max()),
            "status": str(found.stable_count.status),
        },
        index=[0],
    )


def separation(
    graph: Graph, rng: int = 0, *, strength: float = -20.0, boxes: int = 20_000
) -> pd.DataFrame:
    """The critical learning rate of each state, from the objective alone and from the dynamics.

    Parameters
    ----------
    graph : networkx.Graph
        Undirected.
    rng : int, default 0
        Seed of sampled searches.
    strength : float, default -20.0
        Negative, with decay 1.
    boxes : int, default 20000
        Budget of the search for equilibria.

    Returns
    -------
    pandas.DataFrame
        One row for each state that is stable at learning rate inf: state, critical_rate (of
        `netplastic.critical_learning_rate`), separation (the finite timescale separation of
        gradient descent-ascent on `netplastic.energy`, in the same units: `separation_rate`),
        minimax (whether the state is a strict local minimax of it), status of the list.

    Examples
    --------
    >>> found = separation(nx.cycle_graph(5))
    >>> found[["critical_rate", "separation"]].round(4).iloc[0].tolist(), found["minimax"].all()
    ([0.0188, 0.0188], np.True_)
    """
    net = PlasticNetwork(graph, Hebbian(strength), learning_rate=math.inf)
    listed = find_equilibria(
        net, stable_only=True, budget=Budget(boxes=boxes), rng=rng, progress=False
    )
    stable = listed.activity[listed.stable]
    if not len(stable):
        return pd.DataFrame({"status": [str(listed.stable_count.status)]})
    slow = net.replace(learning_rate=1.0)
    critical = critical_learning_rates(slow, stable)["critical_rate"]
    rows = [separation_rate(slow, activity) for activity in stable]
    return pd.DataFrame(
        {
            "state": np.arange(len(stable)),
            "critical_rate": critical.to_numpy(),
            "separation": [rate for rate, _ in rows],
            "minimax": [flag for _, flag in rows],
            "status": str(listed.stable_count.status),
        }
    )


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write the figure, the finding and the claims, drawn from the table."""
    own, separations = (part_of(study, table, name) for name in PARTS)
    draw(own, separations, out)
    write_csv(out / "claims.csv", claims(own, separations))
    write_text(out / "finding.md", tell(study, own, separations))


NETWORKS: dict[str, Graph] = {
    "pair": nx.path_graph(2),
    "triangle": nx.complete_graph(3),
    "6-path": nx.path_graph(6),
}
SEPARATION = Study(
    name="separation",
    question="Is the critical learning rate the finite timescale separation of descent-ascent?",
    graphs={**NETWORKS, "5-cycle": nx.cycle_graph(5)},
    grid={"strength": (-20.0, -50.0)},
    measure=separation,
)
STUDY = Study(
    name="objectives",
    question="Which objective functions does which pairwise rule encode?",
    graphs=NETWORKS,
    grid={"rule": tuple(RULES), "strength": (1.0, -10.0)},
    measure=objective,
    report=report,
    also=(SEPARATION,),
)
FULL = dataclasses.replace(
    STUDY,
    graphs={**NETWORKS, "5-cycle": nx.cycle_graph(5), "8-path": nx.path_graph(8)},
    grid={"rule": tuple(RULES), "strength": (3.0, 1.0, -5.0, -10.0, -50.0)},
    common={"samples": 5_000},
)
