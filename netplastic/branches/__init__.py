"""Bifurcation diagrams: how equilibria appear, vanish and change stability along a parameter."""

from .arclength import End, Steps
from .continuation import Search, bifurcation_diagram
from .diagram import BifurcationDiagram, Branch, DiagramStatus, SpecialPoint

__all__ = [
    "BifurcationDiagram",
    "Branch",
    "DiagramStatus",
    "End",
    "Search",
    "SpecialPoint",
    "Steps",
    "bifurcation_diagram",
]
