"""``netplastic onset NETWORK`` and ``netplastic diagram NETWORK``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._network import ActivationName, Bias, Decay, LearningRate, Network, Rule, Strength

FIGURES = (".png", ".svg", ".pdf")


def onset(
    network: Network,
    strength: Strength = "-1",
    rule: Rule = "hebbian",
    decay: Decay = "1",
    bias: Bias = "1",
    activation: ActivationName = "tanh",
    learning_rate: LearningRate = 1.0,
) -> None:
    """Print the strengths at which convexity, stability and uniqueness are lost.

    Of STRENGTH only the sign counts.
    """
    raise NotImplementedError


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
    raise NotImplementedError
