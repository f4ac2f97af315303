"""Named networks with known equilibria, and where the numbers come from.

All: undirected, Hebb rule with decay 1, tanh, bias 1, no static weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx


@dataclass(frozen=True, eq=False)
class Case:
    """A network with its number of equilibria and of minima (H positive definite)."""

    name: str
    graph: nx.Graph[Any]
    strength: float
    total: int
    minima: int
    source: str

    def __str__(self) -> str:
        return f"{self.name} at {self.strength:g}"


BRANCH = "an earlier branch and prune, never below 500 to 1,500 random starts (theory, 6)"
LIMIT = "independent sets high, the rest low or a stalemate (docs/theory.md#section-7)"

KNOWN = [
    Case("pair", nx.path_graph(2), -20.0, 3, 2, "beyond the pitchfork at -6.5376 (section 5)"),
    Case("pair", nx.path_graph(2), -5.0, 1, 1, "before the pitchfork at -6.5376 (section 5)"),
    Case("5-cycle", nx.cycle_graph(5), -20.0, 11, 5, BRANCH),
    Case("K4", nx.complete_graph(4), -50.0, 9, 5, "4 winners, 1 stalemate; " + LIMIT),
    Case("12-path", nx.path_graph(12), -50.0, 149, 28, BRANCH),
    Case("barbell(4, 2)", nx.barbell_graph(4, 2), -50.0, 175, 40, BRANCH),
    Case("star of 4", nx.star_graph(4), -50.0, 1, 1, "still monostable at -50 (section 7)"),
]
