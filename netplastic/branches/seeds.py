"""Equilibria to start from: disconnected branches are only found by searching for their states."""

from __future__ import annotations

from typing import Literal

from numpy.random import Generator

from netplastic.equilibria import Budget, Equilibria, find_equilibria
from netplastic.model import PlasticNetwork

__all__ = ["search"]


def search(
    net: PlasticNetwork,
    method: Literal["auto", "certified", "sampled"],
    budget: Budget | float | None,
    rng: int | Generator | None,
) -> Equilibria:
    """All equilibria, stable or not."""
    return find_equilibria(net, method, budget=budget, rng=rng)
