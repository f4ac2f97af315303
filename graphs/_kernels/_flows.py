"""How much of the shortest paths from given sources runs through each node (Brandes 2001).

The number of shortest paths doubles with every diamond on the way: on a chain of a thousand modules
it overflows a float. So it is kept as a float times a power of 2^500, in which it is exact to
rounding at any size.
"""

from __future__ import annotations

import numpy as np

from netplastic._support import FloatArray, IntArray, outer

__all__ = ["add_flows"]

_SMALL = 2.0**-500
_LARGE = 2.0**500


@outer
def add_flows(
    indptr: IntArray, indices: IntArray, sources: IntArray, total: FloatArray, squares: FloatArray
) -> None:
    """Add the share of each source's shortest paths that runs through each node, and its square.

    A node's neighbors are indices[indptr[node] : indptr[node + 1]], without itself.
    """
    n = len(indptr) - 1
    distance = np.full(n, -1)
    order = np.empty(n, np.int64)
    paths, power = np.empty(n), np.empty(n, np.int64)
    share = np.empty(n)
    for source in sources:
        distance[source] = 0
        paths[source], power[source], share[source] = 1.0, 0, 0.0
        order[0] = source
        reached = 1
        at = 0
        while at < reached:
            node = order[at]
            at += 1
            for a in range(indptr[node], indptr[node + 1]):
                other = indices[a]
                if distance[other] < 0:
                    distance[other] = distance[node] + 1
                    paths[other], power[other], share[other] = paths[node], power[node], 0.0
                    order[reached] = other
                    reached += 1
                elif distance[other] == distance[node] + 1:
                    gap = power[node] - power[other]
                    if gap == 0:
                        paths[other] += paths[node]
                    elif gap == 1:
                        paths[other] = paths[other] * _SMALL + paths[node]
                        power[other] += 1
                    elif gap == -1:
                        paths[other] += paths[node] * _SMALL
                    elif gap > 1:
                        paths[other], power[other] = paths[node], power[node]
                    if paths[other] > _LARGE:
                        paths[other] *= _SMALL
                        power[other] += 1
        for place in range(reached - 1, 0, -1):
            node = order[place]
            flow = 0.0
            for a in range(indptr[node], indptr[node + 1]):
                other = indices[a]
                if distance[other] == distance[node] + 1:
                    part = paths[node] / paths[other]
                    gap = power[other] - power[node]
                    if gap == 1:
                        part *= _SMALL
                    elif gap > 1:
                        part = 0.0
                    flow += part * (1.0 + share[other])
            share[node] = flow
            total[node] += flow
            squares[node] += flow * flow
        for place in range(reached):
            distance[order[place]] = -1
