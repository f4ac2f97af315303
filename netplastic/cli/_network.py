"""Options that describe a network, and the network that they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from netplastic.model import PlasticNetwork

Network: TypeAlias = Annotated[
    str, typer.Argument(help="Name from the catalogue, or a file.", show_default=False)
]
Strength: TypeAlias = Annotated[
    str, typer.Option(help="eta: a number (negative: anti-Hebbian) or an edge attribute.")
]
Rule: TypeAlias = Annotated[
    str,
    typer.Option(
        help="hebbian, covariance, oja, bcm, presynaptically-gated or postsynaptically-gated."
    ),
]
Decay: TypeAlias = Annotated[
    str, typer.Option(help="gamma, in 1/time: a positive number or a node attribute.")
]
Bias: TypeAlias = Annotated[str, typer.Option(help="Input: a number or a node attribute.")]
ActivationName: TypeAlias = Annotated[str, typer.Option(help="tanh or logistic.")]
LearningRate: TypeAlias = Annotated[
    float,
    typer.Option(
        help="epsilon, in 1/time: how fast weights change against activity; inf: at once."
    ),
]


@dataclass(frozen=True, kw_only=True)
class Plasticity:
    """The dynamics that the options describe."""

    strength: str
    rule: str = "hebbian"
    decay: str = "1"
    bias: str = "1"
    activation: str = "tanh"
    learning_rate: float = 1.0

    def on(self, network: str) -> PlasticNetwork:
        """Load the network and put the dynamics on it."""
        from netplastic.analyses import load_network
        from netplastic.model import PlasticNetwork

        rule = _rule(self.rule)(strength=_value(self.strength), decay=_value(self.decay))
        return PlasticNetwork(
            load_network(network),
            rule,
            bias=_value(self.bias),
            activation=self.activation,
            learning_rate=self.learning_rate,
        )


def _rule(name: str) -> Any:
    from netplastic import model
    from netplastic._support import unknown_name

    known = {
        "hebbian": model.Hebbian,
        "covariance": model.Covariance,
        "oja": model.Oja,
        "bcm": model.BCM,
        "presynaptically-gated": model.PresynapticallyGated,
        "postsynaptically-gated": model.PostsynapticallyGated,
    }
    if name.lower() not in known:
        raise unknown_name("rule", name, known)
    return known[name.lower()]


def _value(text: str) -> float | str:
    """Read a number; what is none is the name of an attribute."""
    try:
        return float(text)
    except ValueError:
        return text
