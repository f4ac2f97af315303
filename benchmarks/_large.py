"""Large networks as sparse matrices, so that making them takes little memory."""

from __future__ import annotations

import numpy as np
from scipy import sparse

__all__ = ["grid", "ring", "tree"]

_MODULE, _DENSITY = 50, 0.3


def ring(n: int) -> sparse.csr_array:
    """Modules of 50 nodes (density 0.3) on a ring, joined by paths of two nodes."""
    rng, size = np.random.default_rng(0), _MODULE + 2
    modules = max(3, round(n / size))
    low, high = np.triu_indices(_MODULE, 1)
    tails, heads = [], []
    for module in range(modules):
        first = module * size
        chosen = rng.random(len(low)) < _DENSITY
        ends = rng.integers(_MODULE, size=2)
        after = (first + size) % (modules * size)
        path = [first + ends[0], first + _MODULE, first + _MODULE + 1, after + ends[1]]
        tails += [first + low[chosen], path[:-1]]
        heads += [first + high[chosen], path[1:]]
    return _joined(modules * size, np.concatenate(tails), np.concatenate(heads))


def tree(n: int) -> sparse.csr_array:
    """One of all labelled trees, each with the same chance (from its code by Pruefer)."""
    code = np.random.default_rng(0).integers(n, size=n - 2).tolist()
    left = np.bincount(code, minlength=n).tolist()
    edges, leaf = [], left.index(0)
    place = leaf
    for node in code:
        edges.append((leaf, node))
        left[node] -= 1
        if left[node] == 0 and node < place:
            leaf = node
        else:
            place = left.index(0, place + 1)
            leaf = place
    edges.append((leaf, n - 1))
    return _joined(n, *np.array(edges).T)


def grid(n: int) -> sparse.csr_array:
    """A square of them."""
    number = np.arange(round(n**0.5) ** 2).reshape(round(n**0.5), -1)
    tail = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()])
    head = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    return _joined(number.size, tail, head)


def _joined(n: int, tail: np.ndarray, head: np.ndarray) -> sparse.csr_array:
    upper = sparse.coo_array((np.ones(len(tail)), (tail, head)), shape=(n, n)).tocsr()
    return sparse.csr_array(upper + upper.T)
