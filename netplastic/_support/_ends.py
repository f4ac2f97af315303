"""How tables of edges name their columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["EDGE_TYPES", "find_ends"]

ENDS = {
    ("source", "target"): None,
    ("from", "to"): None,
    ("pre", "post"): True,
    ("prerootid", "postrootid"): True,
    ("preptrootid", "postptrootid"): True,
    ("bodyidpre", "bodyidpost"): True,
    ("presynaptic", "postsynaptic"): True,
    ("fromnodeid", "tonodeid"): None,
}
"""Names of the two columns, and whether they say that edges have a direction: synapses do."""
EDGE_TYPES = {"directed": True, "undirected": False}
"""What a column Type, as Gephi writes it, may say."""


def _plain(name: str) -> str:
    return re.sub(r"[\s_.-]", "", name.lower())


def find_ends(names: Sequence[str]) -> tuple[int, int, bool | None] | None:
    """Positions of the columns of both ends, and what they say of the direction."""
    plain = [_plain(name) for name in names]
    for (source, target), said in ENDS.items():
        if source in plain and target in plain:
            return plain.index(source), plain.index(target), said
    return None
