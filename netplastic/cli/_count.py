"""``netplastic count NETWORK``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._network import ActivationName, Bias, Decay, LearningRate, Network, Plasticity, Rule, Strength

if TYPE_CHECKING:
    import pandas as pd

    from netplastic.equilibria import Count
    from netplastic.model import PlasticNetwork

SHOWN_ROWS = 40
LISTED = 10_000
"""Samples do not find more equilibria than that, so they are not tried beyond."""


def count(
    network: Network,
    strength: Strength = "-10",
    rule: Rule = "hebbian",
    decay: Decay = "1",
    bias: Bias = "1",
    activation: ActivationName = "tanh",
    learning_rate: LearningRate = 1.0,
    stable_only: Annotated[
        bool, typer.Option("--stable-only/--all", help="Count only stable equilibria: faster.")
    ] = False,
    neighborhoods: Annotated[
        bool, typer.Option(help="Count those of every node's neighborhood, too.")
    ] = True,
    radius: Annotated[int, typer.Option(help="Radius of the neighborhoods, in steps.")] = 1,
    scope: Annotated[str, typer.Option(help="isolated or embedded (see the guide).")] = "isolated",
    budget: Annotated[
        float | None, typer.Option(help="Seconds for each count; default: limited by work.")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Say what the certified count would take; no count.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the neighborhoods to this .csv, .tsv or .parquet.")
    ] = None,
) -> None:
    """Count the equilibria of a network and of its neighborhoods."""
    from netplastic.equilibria import as_budget

    from ._print import check_table_path, show, write_table

    check_table_path(out)
    as_budget(budget)
    if out is not None and not neighborhoods:
        raise ValueError("--out writes the neighborhoods; leave --no-neighborhoods out.")
    plasticity = Plasticity(strength, rule, decay, bias, activation, learning_rate)
    net = plasticity.on(network)
    if estimate:
        if out is not None:
            raise ValueError("--estimate counts nothing, so there is no table for --out.")
        show(_work(net, stable_only), title=repr(net))
        return
    # Before the long work: a scope or radius that does not exist is known at once.
    local = _neighborhoods(net, radius, scope, budget) if neighborhoods else None
    show(_totals(net, stable_only, budget), title=repr(net))
    if local is not None:
        typer.echo()
        narrow = local.drop(columns=[c for c in _ONE_VALUE if c in local.columns])
        show(narrow, title=f"neighborhoods, radius {radius}, {scope}", rows=SHOWN_ROWS)
    if out is not None and local is not None:
        write_table(out, local)


_ONE_VALUE = ("radius", "scope", "strength", "learning_rate")


def _work(net: PlasticNetwork, stable_only: bool) -> pd.DataFrame:
    import pandas as pd

    from netplastic.equilibria import estimate_work

    rows = []
    for name, only in _kinds(stable_only):
        work = estimate_work(net, only, rng=0)
        rows.append(
            {
                "equilibria": name,
                "boxes": work.boxes,
                "at least about": work.boxes_low,
                "at most about": work.boxes_high,
                "seconds": work.seconds,
                "remark": work.method,
            }
        )
    return pd.DataFrame(rows)


def _kinds(stable_only: bool) -> list[tuple[str, bool]]:
    return [("stable", True)] if stable_only else [("all", False), ("stable", True)]


def _totals(net: PlasticNetwork, stable_only: bool, budget: float | None) -> pd.DataFrame:
    import pandas as pd

    kinds = _kinds(stable_only)
    return pd.DataFrame([_row(name, _best(net, only, budget)) for name, only in kinds])


def _best(net: PlasticNetwork, stable_only: bool, budget: float | None) -> Count:
    """Certified where that is within reach; else the better of that and a list with samples."""
    from netplastic._support import INTERRUPTED
    from netplastic.equilibria import count_equilibria, find_equilibria
    from netplastic.equilibria.certified import can_count

    proved = None
    if can_count(net):
        proved = count_equilibria(net, stable_only, budget, progress=True)
        if proved.exact or proved.lower > LISTED or INTERRUPTED in proved.reason:
            return proved
    found = find_equilibria(net, stable_only=stable_only, budget=budget, rng=0, progress=True)
    listed = found.stable_count if stable_only else found.count
    if proved is None or listed.lower > proved.lower:
        return listed
    return proved


def _row(name: str, number: Count) -> dict[str, str]:
    upper = "unknown" if number.upper == math.inf else str(number.upper)
    return {
        "equilibria": name,
        "at least": str(number.lower),
        "at most": upper,
        "status": str(number.status),
        "method": number.method,
        "remark": number.reason,
    }


def _neighborhoods(
    net: PlasticNetwork, radius: int, scope: str, budget: float | None
) -> pd.DataFrame:
    from netplastic.analyses import count_neighborhoods

    return count_neighborhoods(net, radius, scope, budget=budget, rng=0)
