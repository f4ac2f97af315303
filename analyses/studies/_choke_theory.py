"""What the theory says of choke points, held against the numbers of the study."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ._choke_compare import LIMIT, counted
from ._choke_words import both_ends, families, matched
from ._words import each, groups

__all__ = ["beside_theory"]

# Of docs/theory.md: sections 5(c), 6(f) and 6(a), in bits, |k| and states.
ISOLATED, EMBEDDED, GIVEN = (-0.32, -0.08), (0.08, 0.75), (-0.35, 0.06)
EVEN, ODD_FROM, DENSE = (7.0, 10.0), 24.0, 20.0
STEP = 1.08
"""Of the ladder of strengths: an onset is known to one step."""
STATES = (6.8, 2.0)


def beside_theory(table: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """A table of the theory's numbers beside those found; nothing on graphs of one's own."""
    rows = list(_claims(table, found)) if families(found) else []
    if not rows:
        return []
    lines = ["| the theory says | found | holds |", "|---|---|---|"]
    lines += [f"| {said} | {seen} | {'yes' if holds else 'no'} |" for said, seen, holds in rows]
    return ["\n".join(lines)]


def _claims(table: pd.DataFrame, found: pd.DataFrame) -> Iterator[tuple[str, str, bool]]:
    for part, scope, (low, high), sign in (
        (LIMIT, "isolated", ISOLATED, -1),
        (LIMIT, "embedded", EMBEDDED, 1),
    ):
        rows = matched(found, part, "ensemble")
        rows = rows[rows["scope"] == scope]
        if len(rows):
            clear = rows["high"] < 0 if sign < 0 else rows["low"] > 0
            yield (
                f"{scope}: {'fewer' if sign < 0 else 'more'} in every family "
                f"({low:+.2f} to {high:+.2f} bits)",
                f"{both_ends(rows['effect'])}; interval {'below' if sign < 0 else 'above'} zero in "
                f"{clear.sum()} of {len(rows)}",
                bool(clear.all()),
            )
    rows = matched(found, "own", "ensemble")
    if len(rows):
        more = rows[rows["low"] > 0]
        named = "".join(f", {row.graph} {row.effect:+.2f}" for row in each(more))
        yield (
            f"given the rest: no more in any family ({GIVEN[0]:+.2f} to {GIVEN[1]:+.2f} bits)",
            f"{both_ends(rows['effect'])}; interval above zero in {len(more)} of {len(rows)}"
            + named,
            more.empty,
        )
    yield from _parity(counted(table, "onset"))
    yield from _states(counted(table, "targeted"))


def _parity(rows: pd.DataFrame) -> Iterator[tuple[str, str, bool]]:
    rows = rows[(rows["what"] == "chain") & (rows["module_degree"] > DENSE)] if len(rows) else rows
    if rows.empty:
        return
    even = rows[(rows["path_length"] % 2 == 0) & (rows["path_length"] > 0)]
    odd = rows[rows["path_length"] % 2 == 1]
    low, high = EVEN
    near = (even["onset"] >= low) & (even["below"] <= high)
    yield (
        f"even chains between dense modules: second state at strength {low:g} to {high:g}",
        f"{even['onset'].min():.3g} to {even['onset'].max():.3g}",
        bool(near.all()),
    )
    late = odd["onset"] >= ODD_FROM / STEP
    early = "; ".join(
        f"{part['onset'].min():.3g} to {part['onset'].max():.3g} with {length:g}"
        for length, part in groups(odd[~late].sort_values("path_length"), "path_length")
    )
    yield (
        f"odd chains: none before about {ODD_FROM:g}",
        f"{odd['onset'].min():.3g} to {odd['onset'].max():.3g}" + (f" ({early})" if early else ""),
        bool(late.all()),
    )


def _states(rows: pd.DataFrame) -> Iterator[tuple[str, str, bool]]:
    if rows.empty:
        return
    mean = rows.pivot_table(index="density", columns="edges", values="n_stable")
    more = mean["between"] > mean["inside"]
    between, inside = STATES
    yield (
        f"edges between modules make more states than as many inside ({between:g} against "
        f"{inside:g})",
        f"in {more.sum()} of {len(more)} densities of modules",
        bool(more.all()),
    )
