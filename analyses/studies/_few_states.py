"""How few and how many maximal independent sets there can be, and graphs that have them."""

from __future__ import annotations

import networkx as nx

from netplastic._support import Graph, check_count

__all__ = ["fewest", "least_sets", "most_sets", "padovan", "perrin", "twin_classes"]


def fewest(leaves: int) -> Graph:
    """A connected graph without twins that has as few maximal independent sets as there can be.

    Parameters
    ----------
    leaves : int
        M, at least 2.

    Returns
    -------
    networkx.Graph
        2^M + M - 1 nodes: a clique of M, and for every proper subset S of it a node joined to the
        members of the clique that are not in S.

    Notes
    -----
    All subset nodes together are a maximal independent set; any other has one member i of the
    clique, and with it exactly the subsets that contain i. That is M + 1 sets, the bound of
    `least_sets`.

    Examples
    --------
    >>> graph = fewest(3)
    >>> graph.number_of_nodes(), sum(1 for _ in nx.find_cliques(nx.complement(graph)))
    (10, 4)
    >>> least_sets(10)
    4
    """
    check_count("leaves", leaves, least=2)
    graph: Graph = nx.complete_graph(leaves)
    for subset in range(2**leaves - 1):
        node = leaves + subset
        graph.add_edges_from((node, leaf) for leaf in range(leaves) if not subset >> leaf & 1)
    return graph


def twin_classes(graph: Graph) -> int:
    """Number of different open neighborhoods: nodes that share one are twins, always equal.

    Examples
    --------
    >>> twin_classes(nx.complete_bipartite_graph(3, 3)), twin_classes(nx.path_graph(4))
    (2, 4)
    """
    return len({frozenset(graph[node]) for node in graph})


def least_sets(classes: int) -> int:
    """Fewest maximal independent sets of a graph with so many classes of twins.

    Two nodes that lie in the same maximal independent sets have the same neighbors: a neighbor w
    of u alone would extend, with v, to a set without u. So each class has its own nonempty
    collection of the N sets, and there are at most 2^N - 1 classes (the order of growth is that of
    Cambie and Wagner, arXiv:2211.04357).

    Examples
    --------
    >>> [least_sets(n) for n in (1, 2, 3, 4, 7, 8)]
    [1, 2, 2, 3, 3, 4]
    """
    return classes.bit_length()


def most_sets(n: int) -> int:
    """Most maximal independent sets of a graph with n nodes (Moon and Moser 1965).

    Examples
    --------
    >>> [most_sets(n) for n in (1, 2, 3, 4, 5, 6)]
    [1, 2, 3, 4, 6, 9]
    """
    if n < 2:
        return 1
    # Disjoint triangles; one edge, or two, where three do not divide n.
    others, factor = {0: (0, 1), 1: (4, 4), 2: (2, 2)}[n % 3]
    most: int = factor * 3 ** ((n - others) // 3)
    return most


def padovan(n: int) -> int:
    """Maximal independent sets of a path of n nodes: 1, 2, 2, then a(n) = a(n-2) + a(n-3).

    An end node or its neighbor is in every set; the rest is a path of n - 2 or n - 3 nodes.

    Examples
    --------
    >>> [padovan(n) for n in range(1, 9)]
    [1, 2, 2, 3, 4, 5, 7, 9]
    """
    return _recurrent((1, 2, 2), n - 1)


def perrin(n: int) -> int:
    """Maximal independent sets of a cycle of n >= 3 nodes (Fueredi 1987): 3, 2, 5, 5, 7, ...

    Examples
    --------
    >>> [perrin(n) for n in range(3, 9)]
    [3, 2, 5, 5, 7, 10]
    """
    return _recurrent((3, 0, 2), n)


def _recurrent(first: tuple[int, int, int], steps: int) -> int:
    a, b, c = first
    for _ in range(steps):
        a, b, c = b, c, a + b
    return a
