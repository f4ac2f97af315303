"""``netplastic count NETWORK``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ._errors import as_options
from ._network import (
    ActivationName,
    Bias,
    Decay,
    Directed,
    LearningRate,
    Network,
    Orientation,
    Rule,
    Strength,
    Unweighted,
    WeightOption,
    direction,
    on_network,
)
from ._output import FIGURES, Drawn, Json, reported

if TYPE_CHECKING:
    import pandas as pd

    from netplastic.equilibria import Count, Method
    from netplastic.model import PlasticNetwork

SHOWN_ROWS = 40


def count(
    context: typer.Context,
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
    json: Json = False,
    out: Drawn = None,
) -> None:
    """Count the equilibria of a network and of its neighborhoods.

    Ctrl-C keeps what is counted by then. A figure shows the equilibria, which are listed for it.

    Example: netplastic count karate --strength -20
    """
    main = "neighborhoods" if neighborhoods else "network"
    with reported(context, pictures=FIGURES, main=main) as report:
        from netplastic._support import check_choice
        from netplastic.analyses import count_neighborhoods
        from netplastic.equilibria import METHODS, as_budget, find_equilibria

        as_budget(budget)
        check_choice("method", method, METHODS)
        net = on_network(context)
        report.on(net)
        if neighborhoods:  # before the long work: does such a scope exist, and such a radius?
            count_neighborhoods(net, radius, scope=scope, nodes=[])
        totals, stopped = _totals(net, stable_only, cast("Method", method), budget)
        shown = totals.assign(
            upper=totals["upper"].replace(math.inf, "unknown"),
            reason=totals["reason"].map(as_options),
        )
        report.add("network", totals, repr(net), shown=shown.rename(columns=_PRINTED))
        if stopped:
            raise KeyboardInterrupt
        if totals["reason"].str.endswith("used up").any():
            report.note("the proof is not done; --budget SECONDS gives it more time.")
        if report.draws:
            found = find_equilibria(
                net, cast("Method", method), stable_only=stable_only, budget=budget, rng=0
            )
            report.draw("the equilibria", found.plot)
        if neighborhoods:
            local = count_neighborhoods(net, radius, scope=scope, budget=budget, rng=0)
            report.add(
                "neighborhoods",
                local,
                f"neighborhoods, radius {radius}, {scope}, {direction(net)}",
                rows=SHOWN_ROWS,
                least=_LEAST,
                shown=local.drop(columns=[name for name in _ONE_VALUE if name in local.columns]),
            )


_PRINTED = {"lower": "at least", "upper": "at most", "reason": "remark"}
_ONE_VALUE = ("radius", "scope", "strength", "learning_rate")
_LEAST = (
    "seconds",
    "limit_from",
    "coverage",
    "coverage_low",
    "method",
    "size",
    "neighbor_edges",
    "log2_stable",
)


def _totals(
    net: PlasticNetwork, stable_only: bool, method: Method, budget: float | None
) -> tuple[pd.DataFrame, bool]:
    """Count the whole network; with what there is at Ctrl-C, and whether that was pressed."""
    import pandas as pd

    from netplastic._support import INTERRUPTED
    from netplastic.equilibria import count_equilibria, ordered

    counts: dict[str, Count] = {}
    stopped = False
    try:
        for name in ("stable",) if stable_only else ("all", "stable"):
            only = name == "stable"
            counts[name] = count_equilibria(
                net, stable_only=only, method=method, budget=budget, rng=0, progress=None
            )
            stopped = counts[name].reason == INTERRUPTED
            if stopped:
                break
    except KeyboardInterrupt:
        if not counts:
            raise
        stopped = True
    if len(counts) == 2:
        counts["all"], counts["stable"] = ordered(counts["all"], counts["stable"])
    return pd.DataFrame([_row(*entry) for entry in counts.items()], dtype=object), stopped


def _row(name: str, number: Count) -> dict[str, str | int | float]:
    return {
        "equilibria": name,
        "lower": number.lower,
        "upper": number.upper,
        "status": str(number.status),
        "method": number.method,
        "reason": number.reason,
    }
