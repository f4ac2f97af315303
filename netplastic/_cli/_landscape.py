"""``netplastic onset NETWORK`` and ``netplastic diagram NETWORK``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._network import ActivationName, Bias, Decay, LearningRate, Network, Plasticity, Rule, Strength

if TYPE_CHECKING:
    from ..network import PlasticNetwork

FIGURES = (".png", ".svg", ".pdf")
SHOWN_NODES = 10


def onset(
    network: Network,
    strength: Annotated[
        str, typer.Option(help="Direction that is followed: its sign counts, not its size.")
    ] = "-1",
    rule: Rule = "hebbian",
    decay: Decay = "1",
    bias: Bias = "1",
    activation: ActivationName = "tanh",
    learning_rate: LearningRate = 1.0,
) -> None:
    """Print the strengths at which the landscape stops being simple."""
    import pandas as pd

    from .. import convexity_threshold, multistability_onset
    from .. import onset as find_onset
    from ._print import show

    net = Plasticity(strength, rule, decay, bias, activation, learning_rate).on(network)
    found = find_onset(net)
    rows = [
        ("convex up to", convexity_threshold(net)),
        ("base state loses stability at", found.strength),
        ("second stable state at", multistability_onset(net)),
    ]
    show(pd.DataFrame(rows, columns=["what", "strength"]), title=repr(net))
    typer.echo()
    mode = found.mode.abs().sort_values(ascending=False, kind="stable").rename("share of the mode")
    show(mode.rename_axis("node").reset_index(), title="critical mode", rows=SHOWN_NODES)


def diagram(
    network: Network,
    parameter: Annotated[str, typer.Option(help="Parameter that varies.")] = "strength",
    start: Annotated[float, typer.Option(help="First value.")] = 0.0,
    stop: Annotated[float, typer.Option(help="Last value.")] = -50.0,
    strength: Strength = "-10",
    rule: Rule = "hebbian",
    bias: Bias = "1",
    out: Annotated[
        Path | None, typer.Option(help="Write a figure (.png .svg .pdf) or a table (.csv ...).")
    ] = None,
) -> None:
    """Follow the branches of equilibria as one parameter varies."""
    from .. import bifurcation_diagram
    from ._print import check_table_path, show, write_table

    check_table_path(out, FIGURES)
    net: PlasticNetwork = Plasticity(strength, rule, bias=bias).on(network)
    found = bifurcation_diagram(net, parameter, start, stop)
    show(found.special_points(), title=f"{net!r}: special points")
    if out is None:
        return
    if out.suffix.lower() in FIGURES:
        _draw(found, out)
    else:
        write_table(out, found.to_frame())


def _draw(found: object, out: Path) -> None:
    from ..analyses.figures import canvas, save

    figure, (axes,) = canvas(1)
    found.plot(ax=axes)  # type: ignore[attr-defined]
    save(figure, out)
