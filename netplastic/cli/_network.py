"""Options that describe a network, and the network that they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ._names import RULES, networks, rules

if TYPE_CHECKING:
    from netplastic.model import PlasticNetwork

Network: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="Name from the catalogue, or a file.", show_default=False, autocompletion=networks
    ),
]
Strength: TypeAlias = Annotated[
    str, typer.Option(help="eta: a number (negative: anti-Hebbian) or an edge attribute.")
]
Rule: TypeAlias = Annotated[
    str,
    typer.Option(
        help="hebbian, covariance, oja, bcm, presynaptically-gated or postsynaptically-gated.",
        autocompletion=rules,
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
Directed: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--directed/--undirected",
        help="Whether edges have a direction, where a file does not say so.",
        show_default=False,
    ),
]
Orientation: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Of a matrix: source-target (the row drives the column) or target-source.",
        show_default=False,
    ),
]
WeightOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--weight",
        help="Edge attribute that holds the weights; default: weight, or the only numeric one.",
        show_default=False,
    ),
]
Unweighted: TypeAlias = Annotated[
    bool, typer.Option("--unweighted", help="Count every edge as 1, whatever the file holds.")
]


def on_network(context: typer.Context) -> PlasticNetwork:
    """Load the network that a command names, and put the dynamics on it that its options say."""
    from netplastic.analyses import load_network
    from netplastic.model import PlasticNetwork

    said = context.params
    strength = _value(said["strength"])
    # The attribute that holds strengths does not hold weights as well.
    other = (strength,) if isinstance(strength, str) else ()
    return PlasticNetwork(
        load_network(said["network"], **reading(context, other)),
        _rule(said["rule"])(strength=strength, decay=_value(said["decay"])),
        bias=_value(said["bias"]),
        activation=said["activation"],
        learning_rate=said.get("learning_rate", 1.0),
    )


def reading(context: typer.Context, other_attributes: tuple[str, ...] = ()) -> dict[str, Any]:
    """Keywords of `netplastic.graphs.read_network`; only those that the options say."""
    given = context.params
    if given["weight"] is not None and given["unweighted"]:
        raise ValueError("--weight names the weights and --unweighted ignores them; give one.")
    said = {name: given[name] for name in ("directed", "orientation") if given[name] is not None}
    if given["weight"] is not None or given["unweighted"]:
        said["weight"] = given["weight"]
    elif other_attributes:
        said["other_attributes"] = other_attributes
    return said


def direction(net: PlasticNetwork) -> str:
    """Say whether a network is directed, for the title of a table."""
    return "directed" if net.directed else "undirected"


def _rule(name: str) -> Any:
    from netplastic import model
    from netplastic._support import unknown_name

    if name.lower() not in RULES:
        raise unknown_name("rule", name, RULES)
    return getattr(model, RULES[name.lower()])


def _value(text: str) -> float | str:
    """Read a number; what is none is the name of an attribute."""
    try:
        return float(text)
    except ValueError:
        return text
