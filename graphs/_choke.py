"""Where a network is narrow: one row of measures per node."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import networkx as nx
import numpy as np

from netplastic._support import (
    Graph,
    Rng,
    Shown,
    check_count,
    check_graph,
    check_positive,
    check_rng,
)

from ._assembly import role_of
from ._betweenness import betweenness
from ._checks import check_modules, check_weights, edge_values, record_rng
from ._cuts import Cuts, find_cuts, separates_ball

if TYPE_CHECKING:
    import pandas as pd

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


def choke_points(
    graph: Graph,
    *,
    load: float = 2.0,
    min_piece: int = 2,
    exact_limit: int = 5000,
    pivots: int = 200,
    rng: Rng = 0,
    progress: Shown = None,
) -> pd.DataFrame:
    """Measure how much of a network hangs on each node, and say which nodes are choke points.

    **Choke point** (`is_choke`). Let C be the node's component (of the underlying undirected
    graph), d(v) the number of the node's links and b(v) the number of pairs whose shortest paths
    run through v, each pair counted by the share of its shortest paths that do. A node is a choke
    point if it

    - *separates*: its removal leaves at least two pieces of C of `min_piece` nodes each; or
    - *funnels*: the load of its links, b(v) / d(v), is at least `load` times the mean over C,
      sum b / sum d; or
    - is a *thread*: b(v) is above and d(v) below the mean of C, v has no more neighbors than its
      neighbors have (on harmonic average), and its removal leaves two pieces of `min_piece` nodes
      of its surroundings (all nodes within 2 steps, or within `min_piece` if that is more): the
      only other way round is a long one.

    The last two need b(v) of at least ``min_piece * (|C| - 1 - min_piece)`` besides, which is
    what flows through a node that cuts off `min_piece` nodes.

    100,000 nodes take about 10 s; without `module` the communities take longest (20 to 90 s there).

    So leaves, the nodes of a clique and of a cycle are none; connectors on a path between
    modules, the nodes of a narrow waist and the ends of a bare bridge are. A node of a module on
    which such a path hangs may be one too; `role` tells them apart where a builder made the graph.
    Roles and modules play no part in `is_choke`.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        Any number of components; isolated nodes and self-loops are allowed (self-loops lead
        nowhere and enter no measure).
    load : float
        How many times the mean load makes a link overloaded, above 0.
    min_piece : int
        The least piece whose separation is not trivial, at least 1.
    exact_limit : int
        Betweenness is exact up to so many nodes and above is estimated from `pivots` sources [2]_.
    pivots : int
        Number of sources sampled above `exact_limit`.
    rng : int, numpy.random.Generator or None
        Seeds the sources and the communities.
    progress : bool or None, default None
        Show a bar on a terminal; None once the call has taken a second, False never.

    Returns
    -------
    pandas.DataFrame
        One row per node in graph order:

        ==================== ================================================================
        node                 label
        articulation         bool: its removal leaves its component in more pieces
        bridge_degree        number of bridges at the node (edges on no cycle)
        betweenness          Freeman [1]_: sum over s != v != t of sigma_st(v) / sigma_st,
                             divided by the number of pairs, (n-1)(n-2)/2 (directed: twice that);
                             by number of steps, weights are not lengths
        betweenness_error    standard error of a sampled betweenness; 0 where it is exact. Right
                             where the load is high, which the verdict rests on (two errors cover
                             94 to 97% at the top twentieth of rings of modules); too small at
                             nodes that only few sources reach through
        bridging_centrality  Hwang et al. [3]_: betweenness times the bridging coefficient
                             (1 / d(v)) / (sum over neighbors i of 1 / d(i))
        participation        Guimera and Amaral [4]_: 1 - sum over modules s of (k_s / k)^2 with
                             k_s the total ``|weight|`` of the links into module s (1 for each link
                             without `weight`), in and out added up; 0 without links
        module               attribute `module`; where no node has one, the number of a community
        role                 attribute `role`; where absent "boundary" for a node with a neighbor
                             in another module, else "core"
        is_choke             bool, as defined above
        betweenness_method   "exact" or "sampled (k=..., rng=...)"
        module_method        "given" or "louvain (rng=...)" [5]_
        ==================== ================================================================

        Articulation points, bridges, components and the degrees d of the bridging coefficient
        are those of the underlying undirected graph; betweenness follows the directions, and the
        d(v) of the load counts incoming and outgoing links.

    Raises
    ------
    TypeError, ValueError
        No networkx graph, an empty graph, a multigraph, weights that are not finite numbers, a
        `module` on some nodes only, parameters out of range.

    References
    ----------
    .. [1] Freeman, L. C. (1977). A set of measures of centrality based on betweenness.
       Sociometry 40, 35-41.
    .. [2] Brandes, U., Pich, C. (2007). Centrality estimation in large networks. International
       Journal of Bifurcation and Chaos 17, 2303-2318.
    .. [3] Hwang, W., Cho, Y., Zhang, A., Ramanathan, M. (2006). Bridging centrality: identifying
       bridging nodes in scale-free networks. Proceedings of KDD 2006, 20-23.
    .. [4] Guimera, R., Amaral, L. A. N. (2005). Functional cartography of complex metabolic
       networks. Nature 433, 895-900.
    .. [5] Blondel, V. D., Guillaume, J.-L., Lambiotte, R., Lefebvre, E. (2008). Fast unfolding of
       communities in large networks. Journal of Statistical Mechanics, P10008.

    Examples
    --------
    >>> from netplastic.graphs import dumbbell
    >>> table = choke_points(dumbbell(module_size=4, path_length=1))
    >>> table.loc[table["role"] == "connector", ["node", "articulation", "is_choke"]]
       node  articulation  is_choke
    4     4          True      True
    >>> bool(choke_points(dumbbell(module_size=4, path_length=0))["is_choke"].sum() == 2)
    True
    """
    import pandas as pd  # here, so that importing the package stays quick

    graph = check_graph(graph)
    check_weights(graph)
    given = check_modules(graph)
    load = check_positive("load", load)
    min_piece = min(check_count("min_piece", min_piece, 1), graph.number_of_nodes() + 1)
    exact_limit = check_count("exact_limit", exact_limit, 0)
    pivots = check_count("pivots", pivots, 1)
    generator = check_rng(rng)

    plain = _without_loops(graph)
    links: Graph = nx.Graph(plain)
    nodes = list(graph)
    position = {node: i for i, node in enumerate(nodes)}
    neighbors = [[position[other] for other in links[node]] for node in nodes]
    cuts = find_cuts(neighbors)
    traffic, error, betweenness_method = _traffic(
        plain, exact_limit, pivots, generator, rng, progress
    )
    modules = dict(graph.nodes(data="module")) if given else _communities(links, generator)
    between = traffic / _pairs(graph)
    coefficient = _bridging_coefficient(links)
    # d(v) at most d(v) / (sum over neighbors i of 1 / d(i)), their harmonic mean of degrees.
    slender = coefficient * np.array([len(around) for around in neighbors]) >= 1 - 1e-9
    wiring = _Structure(neighbors, _degrees(plain), slender)
    return pd.DataFrame(
        {
            "node": _column(nodes),
            "articulation": np.array([len(sizes) > 1 for sizes in cuts.pieces]),
            "bridge_degree": np.array(cuts.bridge_degree, dtype=np.int64),
            "betweenness": between,
            "betweenness_error": error / _pairs(graph),
            "bridging_centrality": between * coefficient,
            "participation": _participation(plain, modules),
            "module": _column([modules[node] for node in nodes]),
            "role": [
                role_of(links, node, modules) if role is None else role
                for node, role in graph.nodes(data="role")
            ],
            "is_choke": _choke(cuts, wiring, traffic, load, min_piece),
            "betweenness_method": betweenness_method,
            "module_method": "given" if given else f"louvain (rng={record_rng(rng)})",
        }
    )


def _without_loops(graph: Graph) -> Graph:
    """Copy nodes and edges without self-loops, keeping the direction."""
    plain: Graph = nx.DiGraph() if graph.is_directed() else nx.Graph()
    plain.add_nodes_from(graph)
    plain.add_edges_from((u, v, {"weight": w}) for u, v, w in edge_values(graph) if u != v)
    return plain


def _column(values: list[Any]) -> pd.Series[Any]:
    """Make a column of labels, also of labels that are tuples or of mixed kinds."""
    import pandas as pd

    kinds = {type(value) for value in values}
    if kinds <= {int} or kinds <= {str}:
        return pd.Series(values)
    column = pd.Series([None] * len(values), dtype=object)
    for i, value in enumerate(values):
        column.iat[i] = value
    return column


def _pairs(graph: Graph) -> float:
    """Count the pairs of other nodes, which normalizes betweenness."""
    n = graph.number_of_nodes()
    pairs = (n - 1) * (n - 2)
    return max(float(pairs if graph.is_directed() else pairs / 2), 1.0)


def _traffic(
    plain: Graph,
    exact_limit: int,
    pivots: int,
    generator: np.random.Generator,
    rng: Rng,
    progress: Shown,
) -> tuple[Floats, Floats, str]:
    """Return unnormalized betweenness, its standard error and how it was found."""
    n = len(plain)
    position = {node: i for i, node in enumerate(plain)}
    degree = [len(plain[node]) for node in plain]
    indptr = np.concatenate([[0], np.cumsum(degree, dtype=np.int64)])
    links = (position[other] for node in plain for other in plain[node])
    indices = np.fromiter(links, dtype=np.int64, count=int(indptr[-1]))
    # Drawn in any case, so that the communities found with the same seed are the same.
    sources = generator.choice(n, size=min(pivots, n), replace=False)
    if n <= exact_limit or n <= pivots:
        counts, error = betweenness(indptr, indices, None, progress)
        method = "exact"
    else:
        counts, error = betweenness(indptr, indices, sources, progress)
        method = f"sampled (k={pivots}, rng={record_rng(rng)})"
    # Undirected pairs were counted from both ends.
    share = 1.0 if plain.is_directed() else 0.5
    return share * counts, share * error, method


def _communities(links: Graph, generator: np.random.Generator) -> dict[Hashable, int]:
    """Number the Louvain communities of the undirected graph in the order of their first nodes."""
    weighted: Graph = nx.Graph()
    weighted.add_nodes_from(links)
    weighted.add_weighted_edges_from(_link_weights(links))
    seed = int(generator.integers(2**31))
    found = nx.community.louvain_communities(weighted, weight="weight", seed=seed)
    community = {node: i for i, members in enumerate(found) for node in members}
    number: dict[int, int] = {}
    return {node: number.setdefault(community[node], len(number)) for node in links}


def _link_weights(graph: Graph) -> Iterator[tuple[Hashable, Hashable, float]]:
    """Links with |weight|, of which only ratios count; 1 each where none has a weight above 0.

    All are divided by one power of 2, which rounds nothing, so that no sum of them overflows.
    """
    sizes = [(u, v, 1.0 if w is None else abs(float(w))) for u, v, w in edge_values(graph)]
    largest = max((size for *_, size in sizes), default=0.0)
    exponent = math.frexp(largest)[1]
    for u, v, size in sizes:
        yield u, v, math.ldexp(size, -exponent) if largest else 1.0


def _degrees(graph: Graph) -> Floats:
    return np.array([degree for _, degree in graph.degree()], dtype=np.float64)


def _bridging_coefficient(links: Graph) -> Floats:
    """(1 / d(v)) / (sum of 1 / d(i) over the neighbors i); 0 for an isolated node."""
    return np.array(
        [
            1.0 / (links.degree(node) * sum(1.0 / links.degree(other) for other in links[node]))
            if links.degree(node)
            else 0.0
            for node in links
        ]
    )


def _participation(plain: Graph, modules: dict[Hashable, Any]) -> Floats:
    """1 - sum of the squared shares of each node's link weight that go to each module."""
    into: dict[Hashable, dict[Any, float]] = {node: {} for node in plain}
    for u, v, strength in _link_weights(plain):
        for node, other in ((u, v), (v, u)):
            into[node][modules[other]] = into[node].get(modules[other], 0.0) + strength
    shares = []
    for node in plain:
        total = sum(into[node].values())
        parts = (part / total for part in into[node].values()) if total else ()
        # One module only is exactly 0, not the rounding error of 1 - (1.0)^2.
        shares.append(max(0.0, 1.0 - sum(part**2 for part in parts)) if total else 0.0)
    return np.array(shares)


@dataclass(frozen=True)
class _Structure:
    """What the definition of a choke point needs of the graph, node by node."""

    neighbors: list[list[int]]  # in the underlying undirected graph
    degree: Floats  # incoming and outgoing links
    slender: Flags  # no more neighbors than its neighbors have, on harmonic average


def _choke(cuts: Cuts, wiring: _Structure, traffic: Floats, load: float, min_piece: int) -> Flags:
    """Apply the definition of a choke point that `choke_points` states."""
    component, size = np.array(cuts.component), np.array(cuts.component_size)
    separates = np.array([sum(s >= min_piece for s in sizes) >= 2 for sizes in cuts.pieces])

    def over_component(values: Floats) -> Floats:
        sums: Floats = np.bincount(component, weights=values, minlength=len(size))[component]
        return sums

    # A hair below a threshold counts as reaching it, a hair above the mean as the mean: in
    # symmetric graphs (the hub of a star has exactly twice the mean load) rounding must not decide.
    hair = 1e-9
    total = over_component(traffic)
    overloaded = traffic * over_component(wiring.degree) >= load * wiring.degree * total * (
        1 - hair
    )
    enough = traffic >= min_piece * (size - 1 - min_piece) * (1 - hair)
    funnels = overloaded & enough & (traffic > 0.0) & (size - 1 >= 2 * min_piece)

    busy = traffic * size > total * (1 + hair)
    thin = wiring.degree * size < over_component(wiring.degree) * (1 - hair)
    threads = busy & thin & enough & wiring.slender
    for node in np.flatnonzero(threads & ~separates & ~funnels).tolist():
        threads[node] = separates_ball(wiring.neighbors, node, max(2, min_piece), min_piece)
    result: Flags = separates | funnels | threads
    return result
