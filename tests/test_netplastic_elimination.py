"""Sparse LDL^T against dense algebra: solutions, signs of eigenvalues, what is singular."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from netplastic._support import SymmetricPattern, factorise, solve_factored


def pattern_of(graph: nx.Graph) -> SymmetricPattern:
    ends = np.array(graph.edges, dtype=np.int64).reshape(-1, 2)
    return SymmetricPattern(len(graph), ends[:, 0], ends[:, 1])


def dense(pattern: SymmetricPattern, pairs: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
    matrix = np.diag(diagonal)
    matrix[pattern.first, pattern.second] = matrix[pattern.second, pattern.first] = pairs
    return matrix


@pytest.mark.parametrize(
    "graph",
    [
        nx.empty_graph(1),
        nx.path_graph(7),
        nx.complete_graph(25),  # runs of rows
        nx.gnp_random_graph(60, 0.1, seed=1),
        nx.gnp_random_graph(60, 0.5, seed=2),
        nx.ring_of_cliques(3, 20),
    ],
)
def test_factors_solve_and_count_negative_eigenvalues(graph):
    rng = np.random.default_rng(3)
    pattern = pattern_of(graph)
    for spread in (0.01, 0.3, 3.0):
        pairs = rng.normal(size=len(pattern.first)) * spread
        diagonal = rng.normal(1.0, 0.7, size=len(graph))
        matrix, factors = dense(pattern, pairs, diagonal), pattern.room()
        order = pattern.elimination.order
        negative = factorise(
            pattern.elimination, pairs[pattern.entry], diagonal[order], factors, False
        )
        eigenvalues = np.linalg.eigvalsh(matrix)
        assert negative == np.count_nonzero(eigenvalues < 0.0)
        right = rng.normal(size=len(graph))
        solution = right[order]
        solve_factored(pattern.elimination, factors, solution)
        error = matrix[np.ix_(order, order)] @ solution - right[order]
        assert np.abs(error).max() <= 1e-8 * np.abs(solution).max() * np.abs(eigenvalues).max()


@pytest.mark.parametrize("pair", [1.0, -1.0, np.nan])
def test_a_pivot_that_is_zero_or_no_number_is_told(pair):
    pattern = pattern_of(nx.path_graph(2))
    for definite in (True, False):
        one = np.ones(2)
        assert factorise(pattern.elimination, np.array([pair]), one, pattern.room(), definite) == -1


def test_a_negative_pivot_ends_a_test_for_definiteness():
    pattern = pattern_of(nx.path_graph(2))
    for definite, answer in ((True, -1), (False, 1)):
        one, two = np.ones(2), np.array([2.0])
        assert factorise(pattern.elimination, two, one, pattern.room(), definite) == answer
