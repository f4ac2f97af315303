"""Names that a shell completes."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["RULES", "networks", "rules", "studies"]

RULES = {
    "hebbian": "Hebbian",
    "covariance": "Covariance",
    "oja": "Oja",
    "bcm": "BCM",
    "presynaptically-gated": "PresynapticallyGated",
    "postsynaptically-gated": "PostsynapticallyGated",
}
"""Rules by their names on the command line, and their classes in `netplastic.model`."""


def networks(incomplete: str) -> list[str]:
    """Networks of the catalogue; a name of a file is left to the shell where none begins so."""
    from netplastic import graphs

    return _begin(graphs.catalogue(), incomplete)


def studies(incomplete: str) -> list[str]:
    """Studies that come along."""
    from netplastic.analyses.studies import catalogue

    return _begin(catalogue(), incomplete)


def rules(incomplete: str) -> list[str]:
    """Rules that the command line knows."""
    return _begin(RULES, incomplete)


def _begin(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
