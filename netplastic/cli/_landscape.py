"""``netplastic onset NETWORK`` and ``netplastic diagram NETWORK``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from netplastic.continuation import BifurcationDiagram

FIGURES = (".png", ".svg", ".pdf")
SHOWN_NODES = 10
LARGE = 40
"""Nodes beyond which the thresholds that need complete counts take too long to wait for."""


def onset(
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
) -> None:
    """Print the strengths at which a network's landscape stops being simple.

    From the strength up to which there is provably one equilibrium to the one at which the base
    branch loses stability, and the nodes where it does; where a second stable state is born, and
    where that is. Of large networks only the last two.
    """
    from netplastic import landscape_summary
    from netplastic import onset as find_onset
    from netplastic import onsets as both_onsets

    from ._print import show

    reading = Reading(
        directed=directed, orientation=orientation, weight=weight, unweighted=unweighted
    )
    net = Plasticity(
        strength=strength, rule=rule, decay=decay, bias=bias, activation=activation
    ).on(network, reading)
    if net.n > LARGE:
        show(both_onsets(net, limit=limit), title=repr(net))
        return
    show(landscape_summary(net, limit=limit), title=repr(net))
    typer.echo()
    show(
        both_onsets(net, limit=limit),
        title="where the base branch is lost and a second state is born",
    )
    found = find_onset(net, limit=limit)
    if not found.modes.size:
        return
    typer.echo()
    nodes = found.to_frame().sort_values("mass", ascending=False, kind="stable")
    show(nodes, title=f"nodes that carry the critical mode, {direction(net)}", rows=SHOWN_NODES)


def diagram(
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
    out: Annotated[
        Path | None,
        typer.Option(help="Write a figure (.png, .svg, .pdf) or the branches (.csv, .parquet)."),
    ] = None,
) -> None:
    """Follow the branches of equilibria as one parameter varies; print the special points."""
    from netplastic import bifurcation_diagram
    from netplastic.continuation import Search

    from ._print import check_table_path, show, write_table

    check_table_path(out, FIGURES)
    reading = Reading(
        directed=directed, orientation=orientation, weight=weight, unweighted=unweighted
    )
    net = Plasticity(
        strength=strength,
        rule=rule,
        decay=decay,
        bias=bias,
        activation=activation,
        learning_rate=learning_rate,
    ).on(network, reading)
    found = bifurcation_diagram(net, parameter, start, stop, search=Search(seconds=budget))
    typer.echo(repr(net))
    show(found.special_points(), title=f"{found!r}, {direction(net)}")
    for note in found.notes:
        typer.echo(f"note: {note}")
    if out is None:
        return
    if out.suffix.lower() in FIGURES:
        _draw(found, out)
    else:
        write_table(out, found.to_frame())


def _draw(found: BifurcationDiagram, out: Path) -> None:
    from netplastic.analyses import pictures

    figure, (axes,) = pictures.canvas(1)
    with pictures.style():
        found.plot(ax=axes)
    pictures.save(figure, out)
