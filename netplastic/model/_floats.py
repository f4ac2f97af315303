"""The equations of a network over floats, for one state or a batch of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from netplastic._support import FloatArray, IntArray

from ._equations import Equations, Factors, Functions, Polynomials
from ._rules import FunctionRule

if TYPE_CHECKING:
    from ._network import PlasticNetwork

__all__ = ["equations_of", "rows_of"]

_DENSE = 64  # nodes up to which a dense product takes less time than a sparse one


def equations_of(net: PlasticNetwork) -> Equations:
    """Equations with floats for numbers."""
    wiring = net.wiring
    node, row = rows_of(net)
    rows = len(net.decay[node])
    plastic_arc = net.arc_weight * net.strength
    static_arc = net.arc_weight * net.static_weight
    zeta = np.zeros(rows)
    zeta[row] = net.decay_growth
    spread: Callable[[FloatArray], FloatArray] = _kept
    if not isinstance(node, slice):
        spread = _sums(node, np.arange(rows), np.ones(rows), (net.n, rows))
    static = _sums(wiring.target, wiring.source, static_arc, (net.n, net.n))
    return Equations(
        factors=_factors(net, node),
        bias=net.bias,
        gamma=net.decay[node],
        zeta=zeta,
        node=node,
        row=row,
        source=wiring.source,
        target=wiring.target,
        plastic_arc=plastic_arc,
        static_arc=static_arc,
        plastic=_sums(row, wiring.source, plastic_arc, (rows, net.n)),
        static=static if static_arc.any() else None,
        spread=spread,
    )


def rows_of(net: PlasticNetwork) -> tuple[IntArray | slice, IntArray]:
    """Node of each row, and row of each arc (see `Equations`)."""
    target = net.wiring.target
    if net.decay_is_nodal:
        return slice(None), target
    pairs = np.stack([target, net.decay_growth], axis=1)
    table, row = np.unique(pairs, axis=0, return_inverse=True)
    return table[:, 0].astype(np.int64), np.asarray(row, dtype=np.int64).ravel()


def _factors(net: PlasticNetwork, node: IntArray | slice) -> Factors:
    if isinstance(net.rule, FunctionRule):
        return Functions(net.rule, net.threshold[node], net.threshold)
    return Polynomials(net.post[node], net.pre)


def _kept(values: FloatArray) -> FloatArray:
    return values


def _sums(
    row: IntArray, column: IntArray, values: FloatArray, shape: tuple[int, int]
) -> Callable[[FloatArray], FloatArray]:
    """Product of a matrix, given by its entries, with the last axis of a batch."""
    matrix: sparse.csr_array[np.float64] = sparse.csr_array((values, (row, column)), shape=shape)
    if max(shape) <= _DENSE:
        transposed = np.ascontiguousarray(matrix.toarray().T)
        return lambda batch: batch @ transposed

    def product(batch: FloatArray) -> FloatArray:
        flat = batch.reshape(math.prod(batch.shape[:-1]), shape[1])
        return np.asarray((matrix @ flat.T).T).reshape(*batch.shape[:-1], shape[0])

    return product
