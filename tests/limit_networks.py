"""Networks in the strong limit, and budgets to count their states with."""

from __future__ import annotations

import math

from conftest import anti

import netplastic as npl
from netplastic.equilibria import Clock


def limit(graph, **parameters):
    return anti(graph, -math.inf, **parameters)


def counted(net, **options):
    return npl.count_equilibria(net, stable_only=True, **options)


def looped(graph, nodes):
    graph = graph.copy()
    graph.add_edges_from((node, node) for node in nodes)
    return graph


def clock(**limits):
    limits.setdefault("boxes", 10**9)
    return Clock(npl.Budget(**limits))
