"""Modes that turn soft where a second stable state is born."""

from __future__ import annotations

import math

import numpy as np

from netplastic._support import FloatArray
from netplastic.continuation import MultistabilityOnset
from netplastic.landscape import energy_hessian
from netplastic.model import PlasticNetwork

__all__ = ["soft_modes"]

NEARLY = 1e-5
"""Eigenvalues within this share of the largest belong to the kernel."""


def soft_modes(net: PlasticNetwork, second: MultistabilityOnset) -> FloatArray:
    """Changes of the rates that turn soft where the second stable state is born.

    Parameters
    ----------
    net : PlasticNetwork
        With an objective.
    second : MultistabilityOnset

    Returns
    -------
    float array of shape (n, d)
        Orthonormal columns, each with a positive largest entry, the softest first: eigenvectors of
        the Hessian of the reduced objective whose eigenvalues are nearest 0, at least one. d = 0
        where no second state was found.
    """
    if not math.isfinite(second.strength):
        return np.zeros((net.n, 0))
    rates = net.activation.rate(second.activity)
    values, vectors = np.linalg.eigh(energy_hessian(net.replace(strength=second.strength), rates))
    sizes = np.abs(values)
    kernel = sizes <= max(float(sizes.min()), NEARLY * float(sizes.max()))
    modes = vectors[:, kernel][:, np.argsort(sizes[kernel])]
    largest = np.argmax(np.abs(modes), axis=0)
    upright: FloatArray = modes * np.sign(modes[largest, np.arange(modes.shape[1])])
    return upright
