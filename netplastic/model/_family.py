"""One-parameter families of networks: what a continuation follows and an onset looks along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from netplastic._support import BoolArray, FloatArray, Node, brief, unknown_name

from ._checks import check_arcs, check_network
from ._limit import needs_finite_strength
from ._network import PlasticNetwork

__all__ = ["ArcStrength", "Family", "family_of"]

NAMES = ("strength", "bias", "gain", "decay", "static_weight", "learning_rate")
_POSITIVE = ("gain", "decay", "learning_rate")
_SHIFTED = ("bias",)


@dataclass(frozen=True)
class ArcStrength:
    """The strength of some arcs as a parameter to vary, the other arcs staying as they are.

    Parameters
    ----------
    arcs : iterable of (node, node)
        Pairs (source, target); in an undirected network a pair stands for both directions.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(3), npl.Hebbian(-2.0))
    >>> npl.ArcStrength([(0, 1)]).mask(net)
    array([ True,  True, False, False])
    """

    arcs: tuple[tuple[Node, Node], ...] = field()

    def __init__(self, arcs: Iterable[tuple[Node, Node]]) -> None:
        if isinstance(arcs, str | bytes) or not isinstance(arcs, Iterable):
            raise TypeError(f"arcs must be a list of pairs (source, target); found {brief(arcs)}")
        pairs = tuple(tuple(arc) if isinstance(arc, list) else arc for arc in arcs)
        for arc in pairs:
            if not isinstance(arc, tuple) or len(arc) != 2:
                raise TypeError(f"arcs must be pairs (source, target); found {brief(arc)}")
        object.__setattr__(self, "arcs", pairs)

    def mask(self, net: PlasticNetwork) -> BoolArray:
        """Return which arcs are meant, in arc order.

        Raises
        ------
        ValueError
            If no arc is given, or a pair is not an arc of the network.
        """
        check_network(net)
        if not self.arcs:
            raise ValueError(
                "parameter is an ArcStrength of no arc; give it at least one pair (source, target)."
            )
        arcs = check_arcs(net, "parameter, an ArcStrength,", self.arcs)
        mask = np.zeros(net.m, dtype=bool)
        mask[arcs] = True
        if not net.directed:
            mask[net.wiring.reverse[arcs]] = True
        return mask


@dataclass(frozen=True, eq=False, kw_only=True)
class Family:
    """A network with one number left free.

    Attributes
    ----------
    net : PlasticNetwork
        The network that the family passes through.
    name : str
        Parameter's name, as tables show it.
    own : float
        Value of the parameter at which the family is `net` itself.
    positive : bool
        Whether only positive values are allowed.
    meaning : str
        What the number is: a common value, a factor, or a shift.
    mask : bool array of shape (m,)
        Arcs that a strength parameter moves.
    """

    net: PlasticNetwork
    name: str
    own: float
    positive: bool
    meaning: str
    mask: BoolArray

    def at(self, value: float) -> PlasticNetwork:
        """Return the network at a value of the parameter."""
        return _member(self, float(value))

    def values(self, value: float) -> FloatArray | float:
        """Return what the parameter's array (or number) becomes at a value."""
        if self.name == "learning_rate":
            return value
        base = _current(self.net, self.name)
        if self.meaning == "common value":
            return np.where(self.mask, value, base)
        if self.meaning == "factor":
            return np.where(self.mask, value * base, base)
        return base + value


@lru_cache(maxsize=16)
def _member(family: Family, value: float) -> PlasticNetwork:
    return family.net.replace(**{family.name: family.values(value)})


def _current(net: PlasticNetwork, name: str) -> FloatArray:
    if name == "gain":
        return net.activation.parameter("gain")
    current: FloatArray = getattr(net, name)
    return current


def family_of(net: PlasticNetwork, parameter: str | ArcStrength) -> Family:
    """Free one parameter of a network.

    Parameters
    ----------
    net : PlasticNetwork
    parameter : {"strength", "bias", "gain", "decay", "static_weight", "learning_rate"} or
    ArcStrength
        Where the network's values are all equal the parameter is that common value. Where they
        differ it is a factor on them (1 is the network itself), and for bias a shift (0 is the
        network itself). `ArcStrength` moves the strength of its arcs only, in the same sense.

    Raises
    ------
    TypeError, ValueError
        For an unknown parameter, or one that the network does not have.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> from netplastic.model import family_of
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-2.0), bias=[1.0, 1.5])
    >>> family_of(net, "strength").own, family_of(net, "bias").at(0.5).bias
    (-2.0, array([1.5, 2. ]))
    """
    check_network(net)
    needs_finite_strength(net, "a network with a free parameter")
    if isinstance(parameter, ArcStrength):
        mask = parameter.mask(net)
        name = "strength"
    elif isinstance(parameter, str):
        if parameter not in NAMES:
            raise unknown_name("parameter", parameter, NAMES)
        name = parameter
        if name == "gain" and "gain" not in net.activation.node_parameters:
            raise ValueError(f"activation {type(net.activation).__name__} has no gain to vary.")
        if name == "learning_rate":
            own = net.learning_rate
            return Family(
                net=net,
                name=name,
                own=own,
                positive=True,
                meaning="common value",
                mask=np.zeros(0, dtype=bool),
            )
        mask = np.ones(len(_current(net, name)), dtype=bool)
    else:
        raise TypeError(
            f"parameter is {brief(parameter)}; give one of {', '.join(NAMES)}, or a "
            "netplastic.ArcStrength."
        )
    values = _current(net, name)[mask]
    positive = name in _POSITIVE
    if len(values) == 0 or np.all(values == values[0]):
        own = float(values[0]) if len(values) else 0.0
        return Family(
            net=net, name=name, own=own, positive=positive, meaning="common value", mask=mask
        )
    if name in _SHIFTED:
        return Family(net=net, name=name, own=0.0, positive=positive, meaning="shift", mask=mask)
    return Family(net=net, name=name, own=1.0, positive=positive, meaning="factor", mask=mask)
