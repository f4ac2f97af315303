"""`attractors_by_learning_rate`: which attractors there are as learning slows or quickens."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd

from netplastic._support import (
    INTERRUPTED,
    Rng,
    Shown,
    bar,
    brief,
    check_positive,
    check_rng,
)
from netplastic.equilibria import Equilibria, find_equilibria
from netplastic.model import PlasticNetwork, needs_finite_strength

from ._attractors import BUDGET, find_attractors
from ._attractors_asked import check_asked
from ._attractors_result import LIMIT_CYCLE, Attractor, Attractors
from ._start import Initial, initial_states

__all__ = ["attractors_by_learning_rate"]


def attractors_by_learning_rate(
    net: PlasticNetwork,
    rates: Iterable[float],
    *,
    trials: int = 200,
    rng: Rng = None,
    initial: Initial = None,
    duration: float | None = None,
    equilibria: Equilibria | None = None,
    workers: int | None = None,
    budget: float | None = BUDGET,
    progress: Shown = None,
) -> pd.DataFrame:
    """Attractors at each of several learning rates, with identities that last across them.

    All rates start from the same initial states. A fixed point is known by its equilibrium,
    which the learning rate does not move. A cycle is followed from the fastest rate to the
    slowest by seeding: a trial starts on it at the next rate, and if it ends on a cycle again,
    that one inherits the identity.

    Parameters
    ----------
    net : PlasticNetwork
    rates : iterable of float
        Learning rates, positive, each once; inf is one of them, where only the activities of the
        initial states count (see `simulate`).
    trials, rng, initial, duration, equilibria, workers
        As for `find_attractors`.
    budget : float or None, default 45.0
        Seconds for the trials at each learning rate, as for `find_attractors`.
    progress : bool or None
        Whether to show a bar on a terminal; None shows it after a second.

    Returns
    -------
    pandas.DataFrame
        One row per rate (in the order given) and attractor: learning_rate, attractor (identity:
        "E" and the equilibrium's row, or "C" and a number), kind, share, share_low, share_high,
        equilibrium, period, amplitude, hits. An attractor that only the seed of the rate before
        reached has share 0. A row of kind "unsettled" has no identity. Ctrl-C keeps the rates that
        are done; each of the others has one row of kind "interrupted".

    Raises
    ------
    AttractorMismatchError, TypeError, ValueError
        As `find_attractors`.

    Examples
    --------
    The 5-cycle loses its equilibria to oscillations as learning slows:

    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.cycle_graph(5), npl.Hebbian(strength=-20.0))
    >>> table = npl.attractors_by_learning_rate(net, [0.3, 0.01], trials=6, rng=0)
    >>> table.groupby("learning_rate")["kind"].unique().map(list).to_dict()
    {0.01: ['limit cycle'], 0.3: ['fixed point']}
    """
    values = _checked(rates)
    check_asked(
        net,
        trials=trials,
        duration=duration,
        budget=budget,
        workers=workers,
        equilibria=equilibria,
        progress=progress,
    )
    needs_finite_strength(net, "simulation")
    activity, weights, _ = initial_states(net, initial, trials, check_rng(rng))
    tables: dict[float, pd.DataFrame] = {}
    followed: dict[str, Attractor] = {}
    names = 0
    with bar("learning rates", len(values), progress) as advance:
        known = find_equilibria(net, rng=0) if equilibria is None else equilibria
        for value in sorted(values, reverse=True):
            seeds = list(followed.items())
            start = (
                np.vstack([activity, *(a.activity[:1] for _, a in seeds)]),
                np.vstack([weights, *(a.weights[None] for _, a in seeds)]),
            )
            try:
                found = find_attractors(
                    net.replace(learning_rate=value),
                    trials=len(start[0]),
                    rng=0,
                    initial=start,
                    duration=duration,
                    equilibria=known,
                    workers=workers,
                    budget=budget,
                )
            except KeyboardInterrupt:
                if not tables:
                    raise
                break
            known = found.equilibria
            identity, names = _identities(found, seeds, len(activity), names)
            tables[value] = _table(value, found, identity, len(activity))
            followed = {
                identity[k]: a for k, a in enumerate(found.attractors) if a.kind == LIMIT_CYCLE
            }
            advance(f"{value:g}")
    like = next(iter(tables.values()))
    rows = [tables[v] if v in tables else _missed(v, like) for v in values]
    return pd.concat(rows, ignore_index=True)


def _missed(value: float, like: pd.DataFrame) -> pd.DataFrame:
    """The row of a learning rate that was not reached."""
    row = like.iloc[:0].reindex([0]).assign(learning_rate=value, kind=INTERRUPTED, hits=0)
    return row.astype(like.dtypes)


def _identities(
    found: Attractors, seeds: list[tuple[str, Attractor]], trials: int, names: int
) -> tuple[dict[int, str], int]:
    """Name of each attractor; cycles inherit that of the first seed that ended on them."""
    identity: dict[int, str] = {}
    for (name, _), label in zip(seeds, found.labels[trials:].tolist(), strict=True):
        if label >= 0 and found.attractors[label].kind == LIMIT_CYCLE:
            identity.setdefault(label, name)
    for number, attractor in enumerate(found.attractors):
        if attractor.kind != LIMIT_CYCLE:
            identity[number] = f"E{attractor.equilibrium}"
        elif number not in identity:
            identity[number] = f"C{names}"
            names += 1
    return identity, names


def _table(value: float, found: Attractors, identity: dict[int, str], trials: int) -> pd.DataFrame:
    """Table of one rate, counting the trials that all rates share and not the seeds."""

    labels = found.labels[:trials]
    kept = tuple(
        dataclasses.replace(a, hits=int(np.sum(labels == k)))
        for k, a in enumerate(found.attractors)
    )
    table = dataclasses.replace(found, attractors=kept, labels=labels).to_frame()
    table.insert(0, "learning_rate", value)
    table.insert(1, "attractor", [identity.get(k) for k in range(len(table))])
    return table


def _checked(rates: Iterable[float]) -> list[float]:
    if isinstance(rates, str) or not isinstance(rates, Iterable):
        raise TypeError(f"rates is {brief(rates)}; give a list of learning rates.")
    values = [check_positive("each of the rates", rate, infinite=True) for rate in rates]
    if not values:
        raise ValueError("rates is empty; give at least one learning rate.")
    if len(set(values)) < len(values):
        raise ValueError(f"rates holds a value twice: {brief(values)}; give each once.")
    return values
