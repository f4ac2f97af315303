"""Measured networks: the C. elegans connectome and Zachary's karate club."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

import networkx as nx

from netplastic._support import Graph, check_choice, check_flag

from ._assembly import CONNECTOR, role_of

# The one pair of neurons that joins the pharyngeal to the somatic nervous system
# (Albertson and Thomson 1976; "linker to pharynx" in the tables of Cook et al. 2019).
LINKERS = ("RIPL", "RIPR")
SYSTEMS = ("pharyngeal", "somatic")


def celegans(synapses: str = "chemical", *, muscles: bool = False, autapses: bool = True) -> Graph:
    """Connectome of the C. elegans hermaphrodite by Cook et al. [1]_.

    Parameters
    ----------
    synapses : {"chemical", "gap"}
        Chemical synapses (directed, from the presynaptic to the postsynaptic cell) or gap
        junctions (undirected).
    muscles : bool
        Add the 135 muscle cells and their connections to the 302 neurons.
    autapses : bool
        Keep the connections of cells with themselves (self-loops).

    Returns
    -------
    networkx.DiGraph or networkx.Graph
        Nodes are named by cell, all 302 neurons whether connected or not, pharyngeal before
        somatic, muscles last. Edge attribute `weight`: the number of serial sections of electron
        micrographs in which the connection is seen, over all its synapses. Autapses are
        self-loops. Node attributes:

        ======== ============================================================================
        name     the cell, as the label
        kind     "sensory", "inter", "motor", "polymodal" (five pharyngeal neurons), "unknown"
                 (the CAN neurons) or "muscle", after Cook et al.
        system   "pharyngeal" or "somatic"
        module   0 for pharyngeal, 1 for somatic
        role     "connector" for RIPL and RIPR, the pair of somatic neurons that links the two
                 nervous systems; "boundary" for other cells with a link into the other system;
                 else "core"
        ======== ============================================================================

    Raises
    ------
    TypeError, ValueError
        Other synapses, `muscles` or `autapses` other than True or False.

    Notes
    -----
    Adjacency matrices as corrected in July 2020, by way of the OpenWorm ConnectomeToolbox (MIT
    License); graphs/data/derive_celegans.py derives the tables from that package's wheel.

    References
    ----------
    .. [1] Cook, S. J. et al. (2019). Whole-animal connectomes of both Caenorhabditis elegans
       sexes. Nature 571, 63-71.

    Examples
    --------
    >>> graph = celegans("gap")
    >>> graph.number_of_nodes(), graph.nodes["RIPL"]["system"], graph["I1L"]["RIPL"]["weight"]
    (302, 'somatic', 2)
    >>> [edge for edge in graph.edges if len({graph.nodes[n]["module"] for n in edge}) == 2]
    [('I1L', 'RIPL'), ('I1R', 'RIPR')]
    """
    check_choice("synapses", synapses, ("chemical", "gap"))
    muscles = check_flag("muscles", muscles)
    autapses = check_flag("autapses", autapses)
    graph: Graph = nx.DiGraph() if synapses == "chemical" else nx.Graph()
    for name, kind, system in _table("cells"):
        if muscles or kind != "muscle":
            module = SYSTEMS.index(system)
            graph.add_node(name, name=name, kind=kind, system=system, module=module)
    for kind, source, target, sections in _table("connections"):
        kept = kind == synapses and (autapses or source != target)
        if kept and source in graph and target in graph:
            graph.add_edge(source, target, weight=int(sections))
    modules = dict(graph.nodes(data="module"))
    for node in graph:
        role = CONNECTOR if node in LINKERS else role_of(graph, node, modules)
        graph.nodes[node]["role"] = role
    graph.graph.update(name="celegans", synapses=synapses, muscles=muscles, autapses=autapses)
    return graph


@lru_cache(maxsize=2)
def _table(part: str) -> tuple[tuple[str, ...], ...]:
    """Read a table of the package without its header."""
    text = files(__package__).joinpath(f"data/celegans_cook2019_{part}.csv").read_text("utf-8")
    return tuple(tuple(row) for row in csv.reader(text.splitlines()[1:]))


def karate_club() -> Graph:
    """Friendships of a karate club that split in two, by Zachary [1]_, from networkx.

    Returns
    -------
    networkx.Graph
        34 members, 78 friendships with `weight` (the number of contexts in which two members
        met) and the node attributes `club` (the side that a member took: "Mr. Hi" or "Officer"),
        `module` (0 or 1, that side) and `role` ("boundary" for members with a friend on the
        other side, else "core").

    References
    ----------
    .. [1] Zachary, W. W. (1977). An information flow model for conflict and fission in small
       groups. Journal of Anthropological Research 33, 452-473.

    Examples
    --------
    >>> graph = karate_club()
    >>> sum(module for _, module in graph.nodes(data="module"))
    17
    """
    graph: Graph = nx.karate_club_graph()
    modules = {node: int(graph.nodes[node]["club"] == "Officer") for node in graph}
    for node, data in graph.nodes(data=True):
        data.update(module=modules[node], role=role_of(graph, node, modules))
    graph.graph["name"] = "karate_club"
    return graph
