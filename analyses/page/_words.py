"""Sentences of a page that follow from parameters: methods, versions."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version

from netplastic import __version__

__all__ = ["counting", "listed", "versions_line"]

_PACKAGES = ("numpy", "scipy", "networkx", "pandas", "numba")


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def versions_line() -> str:
    """Versions that numbers of a page depend on."""
    found = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"netplastic {__version__}, Python {platform.python_version()}, {found}"


def counting(
    *,
    networks: int,
    radius: Sequence[int],
    scopes: Sequence[str],
    strengths: Sequence[str],
    seed: int,
    rule: str = "Hebbian",
    made_by: str = __version__,
) -> str:
    """A paragraph for a methods section about counts per neighborhood."""
    balls = f"radius {listed([str(r) for r in radius])}"
    of = "one network" if networks == 1 else f"{networks} networks"
    means = {
        "isolated": "with the ball cut out of the network (isolated)",
        "embedded": "as the patterns that stable equilibria of the whole network show on the ball "
        "(embedded)",
        "clamped": "with everything outside the ball held at a stable state (clamped)",
        "targeted": "with plasticity on the ball alone (targeted)",
    }
    said = listed([means.get(scope, scope) for scope in scopes])
    many = "strength" if len(strengths) == 1 else "strengths"
    limit = ""
    if "-inf" in strengths:
        limit = (
            " At strength -inf (the strong limit of anti-Hebbian plasticity) stable states are "
            "counted combinatorially."
        )
    return (
        f"Stable equilibria were counted with netplastic {made_by} in the ball of {balls} around "
        f"each node of {of}, {said}, for the {rule} rule at {many} {listed(strengths)} "
        f"(seed {seed}).{limit} A count is called certified where the list of stable states is "
        "proved to be complete, a lower bound where so many were found and verified, and an "
        "estimate where it rests on samples. The excess of a node is the number of bits that its "
        "log2 count lies above the mean of other nodes of the same degree that are no choke points."
    )
