"""Are landscapes more sensitive to slow learning than to fast learning?"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from netplastic._support import FloatArray, Graph, check_positive
from netplastic.analyses import Study, write_csv, write_text
from netplastic.dynamics import RandomStart, find_attractors
from netplastic.equilibria import Budget, find_equilibria
from netplastic.graphs import dumbbell
from netplastic.landscape import energy_hessian
from netplastic.model import Hebbian, PlasticNetwork
from netplastic.stability import critical_learning_rates, reduced_matrix

from ._learning_rate_claims import claims
from ._learning_rate_figure import draw
from ._learning_rate_finding import TRIALS, tell
from ._words import part_of

__all__ = ["FULL", "STUDY", "basins", "critical_rates", "decay", "report"]

FAST = 10.0
"""Time that activity may take to settle, in units of tau, for each of the `cycles`."""
PARTS = ("learning-rate", "critical-rates", "decay")


def basins(
    graph: Graph,
    rng: int = 0,
    *,
    strength: float = -20.0,
    learning_rate: float = 1.0,
    trials: int = TRIALS,
    cycles: float = 20.0,
    boxes: int = 20_000,
) -> pd.DataFrame:
    """Stable states at one learning rate, and what random initial states settle on.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
    rng : int, default 0
        Seed of the initial states: the same at every rate.
    strength : float, default -20.0
        Of the Hebb rule with decay 1.
    learning_rate : float, default 1.0
        May be inf.
    trials : int, default 40
        Initial states: activities uniform on [-2, 2], weights 0.
    cycles : float, default 20.0
        Time limit of a trial in units of 10 + 1 / learning_rate: long against both time scales.
    boxes : int, default 20000
        Budget of the search for equilibria.

    Returns
    -------
    pandas.DataFrame
        One row: n_stable (at least) and n_stable_upper at this rate; attractors (fixed points and
        cycles that trials settled on), effective (exp of the entropy of their shares among settled
        trials, NaN where none settled), share_cycles and share_unsettled (of all trials), status
        (of n_stable).

    Examples
    --------
    >>> row = basins(nx.path_graph(2), trials=8).iloc[0]
    >>> int(row["n_stable"]), int(row["attractors"]), float(row["share_unsettled"])
    (2, 2, 0.0)
    """
    check_positive("cycles", cycles)
    net = PlasticNetwork(graph, Hebbian(strength), learning_rate=learning_rate)
    listed = find_equilibria(net, budget=Budget(boxes=boxes), rng=rng, progress=False)
    slowest = 0.0 if math.isinf(learning_rate) else 1.0 / learning_rate
    found = find_attractors(
        net,
        trials=trials,
        rng=rng,
        initial=RandomStart(weights="zero"),
        duration=cycles * (FAST + slowest),
        equilibria=listed,
        workers=1,
    ).to_frame()
    settled = found[(found["kind"] != "unsettled") & (found["share"] > 0)]
    return pd.DataFrame(
        {
            "n_stable": listed.stable_count.lower,
            "n_stable_upper": float(listed.stable_count.upper),
            "attractors": len(settled),
            "effective": effective(settled["share"]),
            "share_cycles": float(settled.loc[settled["kind"] == "limit cycle", "share"].sum()),
            "share_unsettled": float(found.loc[found["kind"] == "unsettled", "share"].sum()),
            "status": str(listed.stable_count.status),
        },
        index=[0],
    )


def effective(shares: pd.Series[float]) -> float:
    """Effective number of attractors: exp of the entropy of their shares.

    Examples
    --------
    >>> effective(pd.Series([0.25] * 4)), effective(pd.Series([2.0, 0.0]))
    (4.0, 1.0)
    >>> effective(pd.Series([], dtype=float))
    nan
    """
    kept = shares[shares > 0.0].to_numpy(dtype=float)
    if not len(kept):
        return math.nan
    parts = kept / kept.sum()
    return float(np.exp(-(parts * np.log(parts)).sum()))


def critical_rates(
    graph: Graph, rng: int = 0, *, strength: float = -20.0, boxes: int = 20_000
) -> pd.DataFrame:
    """The learning rate below which each state stops being stable, and where it starts to swing.

    Parameters
    ----------
    graph : networkx.Graph
    rng : int, default 0
        Seed of sampled searches.
    strength : float, default -20.0
        Of the Hebb rule with decay 1.
    boxes : int, default 20000
        Budget of the search for equilibria.

    Returns
    -------
    pandas.DataFrame
        One row for each state that is stable at learning rate inf: state, critical_rate (0:
        stable at every rate), frequency (angular, 1/time), bound (of the rate), top_node, top_mass,
        top_degree and top_rate (the node with the largest share of the Hopf mode's mass, that
        share, its degree and its V; missing where there is no Hopf point), status of the list.

    Examples
    --------
    >>> found = critical_rates(nx.cycle_graph(5))
    >>> len(found), found["critical_rate"].round(4).unique().tolist()
    (5, [0.0188])
    """
    net = PlasticNetwork(graph, Hebbian(strength), learning_rate=math.inf)
    listed = find_equilibria(
        net, stable_only=True, budget=Budget(boxes=boxes), rng=rng, progress=False
    )
    activities, states = listed.activity[listed.stable], listed.rates[listed.stable]
    if not len(states):
        return pd.DataFrame({"n_states": [0], "status": [str(listed.stable_count.status)]})
    found = critical_learning_rates(net.replace(learning_rate=1.0), activities).drop(
        columns="status"
    )
    degree = dict(graph.degree)
    rows = []
    for number, (activity, rates) in enumerate(zip(activities, states, strict=True)):
        critical = float(found["critical_rate"].iloc[number])
        row: dict[str, object] = {"state": number}
        if 0.0 < critical < math.inf:
            mass = hopf_mass(net.replace(learning_rate=critical), activity)
            top = int(np.argmax(mass.round(9)))  # of equal ones the first, whatever rounding did
            row |= {
                "top_node": str(net.nodes[top]),
                "top_mass": float(mass[top]),
                "top_degree": float(degree[net.nodes[top]]),
                "top_rate": float(rates[top]),
            }
        rows.append(row)
    return pd.concat(
        [
            pd.DataFrame(rows).reindex(
                columns=["state", "top_node", "top_mass", "top_degree", "top_rate"]
            ),
            found.drop(columns="equilibrium").reset_index(drop=True),
        ],
        axis=1,
    ).assign(status=str(listed.stable_count.status), n_states=len(states))


def hopf_mass(net: PlasticNetwork, activity: FloatArray) -> FloatArray:
    """Share of each node in the mode that starts to swing at the network's learning rate.

    Parameters
    ----------
    net : PlasticNetwork
        At the critical learning rate of the state.
    activity : float array of shape (n,)

    Returns
    -------
    float array of shape (n,)
        |change of V_i|^2 in the eigenvector whose eigenvalue is nearest the imaginary axis, as
        shares of 1.
    """
    values, vectors = np.linalg.eig(reduced_matrix(net, activity))
    swinging = np.where(np.abs(values.imag) > 0.0, np.abs(values.real), np.inf)
    mode = vectors[: net.n, int(np.argmin(swinging))]
    mass = np.abs(mode * net.activation.slope(activity)) ** 2
    return np.asarray(mass / mass.sum())


def decay(
    graph: Graph, rng: int = 0, *, decay: float = 1.0, strength: float = -10.0, boxes: int = 20_000
) -> pd.DataFrame:
    """How far stable states move when weights decay a little faster, at one learning strength.

    Parameters
    ----------
    graph : networkx.Graph
    rng : int, default 0
        Seed of sampled searches.
    decay : float, default 1.0
        gamma: strength / decay is the effective strength.
    strength : float, default -10.0
        eta, which stays.
    boxes : int, default 20000
        Budget of the search for equilibria.

    Returns
    -------
    pandas.DataFrame
        One row: n_stable (for fast learning), sensitivity (the largest |dV / d log gamma| over
        these states), status.

    Notes
    -----
    F(V) = x - b - k V S with log k = log eta - log gamma gives, along a branch,
    H dV / d log gamma = -(x - b), where H is the Hessian of the reduced objective.

    Examples
    --------
    >>> decay(nx.path_graph(2), decay=0.01)["sensitivity"].round(3).tolist()
    [0.002]
    """
    net = PlasticNetwork(graph, Hebbian(strength, decay=decay), learning_rate=math.inf)
    listed = find_equilibria(
        net, stable_only=True, budget=Budget(boxes=boxes), rng=rng, progress=False
    )
    activities, states = listed.activity[listed.stable], listed.rates[listed.stable]
    moves = [
        float(np.linalg.norm(np.linalg.solve(energy_hessian(net, rates), activity - net.bias)))
        for activity, rates in zip(activities, states, strict=True)
    ]
    return pd.DataFrame(
        {
            "n_stable": len(states),
            "sensitivity": max(moves, default=math.nan),
            "status": str(listed.stable_count.status),
        },
        index=[0],
    )


def report(study: Study, table: pd.DataFrame, out: Path) -> None:
    """Write the figure, the finding and the claims, drawn from the table."""
    own, critical, decays = (part_of(study, table, name) for name in PARTS)
    draw(own, critical, decays, out)
    write_csv(out / "claims.csv", claims(own, critical, decays))
    write_text(out / "finding.md", tell(study, own, critical, decays))


NETWORKS: dict[str, Graph] = {
    "pair": nx.path_graph(2),
    "6-path": nx.path_graph(6),
    "5-cycle": nx.cycle_graph(5),
}
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0, 100.0)
CRITICAL = Study(
    name="critical-rates",
    question="Below which learning rate does each state stop being stable, and where?",
    graphs={**NETWORKS, "star of 4": nx.star_graph(4), "dumbbell": dumbbell(4, 2)},
    grid={"strength": (-20.0, -50.0, -200.0)},
    measure=critical_rates,
)
DECAY = Study(
    name="decay",
    question="How far do stable states move when weights decay a little faster?",
    graphs=NETWORKS,
    grid={"decay": (0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 1.4, 1.5, 1.6, 2.0, 3.0, 5.0, 10.0, 30.0)},
    common={"strength": -10.0},
    measure=decay,
)
STUDY = Study(
    name="learning-rate",
    question="Is the landscape more sensitive to slow learning than to fast learning?",
    graphs=NETWORKS,
    grid={"strength": (-20.0, -50.0), "learning_rate": RATES},
    measure=basins,
    report=report,
    also=(CRITICAL, DECAY),
)
FULL = dataclasses.replace(
    STUDY,
    graphs={
        **NETWORKS,
        "dumbbell": dumbbell(3, 2),
        "random 3-regular": nx.random_regular_graph(3, 8, seed=0),
    },
    grid={"strength": (-20.0, -50.0), "learning_rate": (*RATES, math.inf)},
    common={"trials": 400, "cycles": 200.0},
)
