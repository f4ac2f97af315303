"""``netplastic onset NETWORK`` and ``netplastic diagram NETWORK``."""

from __future__ import annotations

from typing import Annotated

import typer

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

SHOWN_NODES = 10
LARGE = 40
"""Nodes beyond which the thresholds that need complete counts take too long to wait for."""


def onset(
    context: typer.Context,
    network: Network,
    strength: Annotated[
        str, typer.Option(help="Direction to follow: its sign counts; or an edge attribute.")
    ] = "-1",
    rule: Rule = "hebbian",
    decay: Decay = "1",
    bias: Bias = "1",
    activation: ActivationName = "tanh",
    directed: Directed = None,
    orientation: Orientation = None,
    weight: WeightOption = None,
    unweighted: Unweighted = False,
    limit: Annotated[
        float | None, typer.Option(help="Largest magnitude of the strength to look at.")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(help="Seconds for each table; what is known by then is shown, and said."),
    ] = None,
    json: Json = False,
    out: Drawn = None,
) -> None:
    """Print the strengths at which a network's landscape stops being simple.

    From the strength up to which there is provably one equilibrium to the one at which the base
    branch loses stability, and the nodes where it does; where a second stable state is born, and
    where that is. Of large networks only the last two. A figure shows the critical mode on the
    network.

    Example: netplastic onset karate --out karate.pdf
    """
    with reported(context, pictures=FIGURES) as report:
        from netplastic import landscape_summary
        from netplastic import onset as find_onset
        from netplastic import onsets as both_onsets
        from netplastic._support import check_positive

        if limit is not None:
            check_positive("limit", limit)
        if budget is not None:
            check_positive("budget", budget)
        net = on_network(context)
        report.on(net)
        if net.n > LARGE:
            report.add(
                "onsets", both_onsets(net, limit=limit, budget=budget), repr(net), least=_LEAST
            )
            if report.draws:
                found = find_onset(net, limit=limit, budget=budget)
                report.draw("the critical mode", found.plot)
            return
        thresholds = landscape_summary(net, limit=limit)
        report.add("thresholds", thresholds, repr(net))
        if thresholds["certainty"].eq("interrupted").any():
            raise KeyboardInterrupt
        report.add(
            "onsets",
            both_onsets(net, limit=limit, budget=budget),
            "where the base branch is lost and a second state is born",
            least=_LEAST,
        )
        found = find_onset(net, limit=limit, budget=budget)
        if found.modes.size:
            nodes = found.to_frame().sort_values("mass", ascending=False, kind="stable")
            report.add(
                "modes",
                nodes,
                f"nodes that carry the critical mode, {direction(net)}",
                rows=SHOWN_NODES,
            )
        report.draw("the critical mode", found.plot)


_LEAST = ("parameter", "kernel_dimension", "participation_ratio", "mass_connectors")


def diagram(
    context: typer.Context,
    network: Network,
    parameter: Annotated[
        str, typer.Option(help="strength, bias, gain, decay, static_weight or learning_rate.")
    ] = "strength",
    start: Annotated[float, typer.Option(help="First value.")] = 0.0,
    stop: Annotated[float, typer.Option(help="Last value.")] = -50.0,
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
    budget: Annotated[
        float, typer.Option(help="Seconds; what is complete by then is shown, and said.")
    ] = 45.0,
    json: Json = False,
    out: Drawn = None,
) -> None:
    """Follow the branches of equilibria as one parameter varies; print the special points.

    Ctrl-C keeps what is complete.

    Example: netplastic diagram karate --stop -20 --out karate.png
    """
    with reported(context, pictures=FIGURES, main="branches") as report:
        from netplastic import bifurcation_diagram
        from netplastic._support import check_positive
        from netplastic.continuation import Search

        check_positive("budget", budget)
        net = on_network(context)
        report.on(net)
        found = bifurcation_diagram(net, parameter, start, stop, search=Search(seconds=budget))
        title = f"{net!r}\n{found!r}, {direction(net)}"
        report.add("special-points", found.special_points(), title)
        for note in found.notes:
            report.note(note)
        report.keep("branches", found.to_frame())
        report.draw("the diagram", found.plot)
        if any("Ctrl-C" in note for note in found.notes):
            raise KeyboardInterrupt
