"""``netplastic count NETWORK``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ._network import (
    ActivationName,
    Bias,
    Decay,
    Directed,
    LearningRate,
    Network,
    Orientation,
    Plasticity,
    Reading,
    Rule,
    Strength,
    Unweighted,
    WeightOption,
    direction,
)

if TYPE_CHECKING:
    import pandas as pd

    from netplastic.equilibria import Count, Method
    from netplastic.model import PlasticNetwork

SHOWN_ROWS = 40


def count(
    network: Network,
    strength: Strength = "-10",
    rule: Rule = "hebbian",
    decay: Decay = "1",
    bias: Bias = "1",
    activation: ActivationName = "tanh",
    learning_rate: LearningRate = 1.0,
    directed: Directed = None,
    orientation: Orientation = None,
    weight: WeightOption = None,
    unweighted: Unweighted = False,
    stable_only: Annotated[
        bool, typer.Option("--stable-only/--all", help="Count only stable equilibria: faster.")
    ] = False,
    neighborhoods: Annotated[
        bool, typer.Option(help="Count those of every node's neighborhood, too.")
    ] = True,
    radius: Annotated[int, typer.Option(help="Radius of the neighborhoods, in steps.")] = 1,
    scope: Annotated[
        str, typer.Option(help="isolated, embedded or clamped (see the guide).")
    ] = "isolated",
    budget: Annotated[
        float | None, typer.Option(help="Seconds for each count; default: limited by work.")
    ] = None,
    method: Annotated[
        str,
        typer.Option(help="auto, certified or sampled: how the whole network is counted."),
    ] = "auto",
    out: Annotated[
        Path | None, typer.Option(help="Write the neighborhoods to this .csv, .tsv or .parquet.")
    ] = None,
) -> None:
    """Count the equilibria of a network and of its neighborhoods."""
    from netplastic._support import check_choice
    from netplastic.equilibria import METHODS, as_budget

    from ._print import check_table_path, show, write_table

    check_table_path(out)
    as_budget(budget)
    check_choice("method", method, METHODS)
    if out is not None and not neighborhoods:
        raise ValueError("--out writes the neighborhoods; leave --no-neighborhoods out.")
    plasticity = Plasticity(
        strength=strength,
        rule=rule,
        decay=decay,
        bias=bias,
        activation=activation,
        learning_rate=learning_rate,
    )
    reading = Reading(
        directed=directed, orientation=orientation, weight=weight, unweighted=unweighted
    )
    net = plasticity.on(network, reading)
    # Before the long work: a scope or radius that does not exist is known at once.
    local = _neighborhoods(net, radius, scope, budget) if neighborhoods else None
    show(_totals(net, stable_only, cast("Method", method), budget), title=repr(net))
    if local is not None:
        typer.echo()
        narrow = local.drop(columns=[c for c in _ONE_VALUE if c in local.columns])
        show(
            narrow,
            title=f"neighborhoods, radius {radius}, {scope}, {direction(net)}",
            rows=SHOWN_ROWS,
        )
    if out is not None and local is not None:
        write_table(out, local)


_ONE_VALUE = ("radius", "scope", "strength", "learning_rate")


def _totals(
    net: PlasticNetwork, stable_only: bool, method: Method, budget: float | None
) -> pd.DataFrame:
    import pandas as pd

    from netplastic.equilibria import count_equilibria, ordered

    def number(only: bool) -> Count:
        return count_equilibria(
            net, stable_only=only, method=method, budget=budget, rng=0, progress=None
        )

    if stable_only:
        return pd.DataFrame([_row("stable", number(True))])
    whole, stable = ordered(number(False), number(True))
    return pd.DataFrame([_row("all", whole), _row("stable", stable)])


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

    return count_neighborhoods(net, radius, scope=scope, budget=budget, rng=0)
