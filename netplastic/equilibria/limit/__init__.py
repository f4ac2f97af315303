"""Stable states in the strong limit, strength -inf: combinatorics (docs/theory.md#section-7).

To be read in this order: `_components` (what is left of a network), `_middle` (which middle nodes
a stable state may have), `_walk` (all states, one by one), `_elimination` (their number, node by
node), `_clauses` and `_counter` (their number by a model counter), `_answer` (which of these is
asked, and the results). `_begins` says from which strength on nodes behave as in the limit.
`_balls` counts the states of balls, any number of them, on undirected graphs without self-loops.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
