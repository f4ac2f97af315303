"""Layout of the two tables on which the certified kernels work.

One row of `t` per node holds its parameters and the current box; one row of `arcs` per arc holds
its coefficients as intervals. Few wide arrays, because passing many small ones to a kernel costs
more than the arithmetic done on them.

The arcs into node i form the groups row[i]:row[i + 1], those of group g are group[g]:group[g + 1]:
all arcs of a group share the growth of the decay.

A free node has no equation (and no arcs into it): its activity ranges over [PARAMETER_LOW,
PARAMETER_HIGH], and what is proved of the other nodes holds for every value in there.
"""

from __future__ import annotations

from typing import NamedTuple

from netplastic._support import FloatArray, IntArray

__all__ = [
    "ARC_COLUMNS",
    "BIAS",
    "COLUMNS",
    "C_HIGH",
    "C_LOW",
    "DH",
    "DL",
    "FREE",
    "GAIN",
    "GAMMA",
    "KIND",
    "PARAMETER_HIGH",
    "PARAMETER_LOW",
    "POST0",
    "POST1",
    "POST2",
    "PRE0",
    "PRE1",
    "QH",
    "QL",
    "S_HIGH",
    "S_LOW",
    "THRESHOLD",
    "VH",
    "VL",
    "XH",
    "XL",
    "ZETA",
    "System",
]

# the box: activity, rate, slope of phi, q = V pre(V)
XL, XH, VL, VH, DL, DH, QL, QH = range(8)
# the node
GAMMA, BIAS, GAIN, THRESHOLD, KIND, POST0, POST1, POST2, PRE0, PRE1 = range(8, 18)
# whether the node is free (1.0), and its range
FREE, PARAMETER_LOW, PARAMETER_HIGH = range(18, 21)
COLUMNS = 21
# the arc: plastic coefficient a eta, static coefficient a u, growth of the decay
C_LOW, C_HIGH, S_LOW, S_HIGH, ZETA = range(5)
ARC_COLUMNS = 5


class System(NamedTuple):
    """The equations as the kernels read them; the table of nodes and boxes goes beside it."""

    arcs: FloatArray
    """(m, ARC_COLUMNS)"""
    source: IntArray
    """(m)"""
    group: IntArray
    row: IntArray
    symmetry: FloatArray
    """(n) factors that make diag(f') - c symmetric; ones where there is no objective."""
    linear: bool
    """One group of arcs into each node and no static coefficients: the relaxation applies."""
