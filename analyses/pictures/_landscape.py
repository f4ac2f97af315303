"""The reduced objective on a plane through two or three states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netplastic._support import FloatArray, check_count, check_states
from netplastic.landscape import energy, energy_hessian
from netplastic.model import PlasticNetwork, check_network

from ._figures import new_axes, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["landscape_plane", "plot_landscape"]

_MARGIN = 0.35
_INSIDE = 1e-6
_FINEST = 5000


def landscape_plane(
    net: PlasticNetwork, rates: FloatArray, *, resolution: int = 101
) -> tuple[pd.DataFrame, FloatArray]:
    """Reduced objective on a plane through two or three states.

    Parameters
    ----------
    net : PlasticNetwork
        With an objective.
    rates : float array of shape (2, n) or (3, n)
        Rates V of the states. With two, the plane's second direction is the softest one at
        their midpoint: the lowest eigenvector of the Hessian there, made orthogonal to their
        difference.
    resolution : int, default 101
        Grid points along each direction.

    Returns
    -------
    pandas.DataFrame
        Columns u, v (coordinates in the plane, in units of rate, the first state at 0) and
        energy; NaN where the plane leaves the range of the rates.
    float array of shape (k, 2)
        Coordinates of the states.

    Raises
    ------
    ValueError
        For another number of states, states that lie on a line, or no objective.

    Examples
    --------
    >>> import networkx as nx, numpy as np, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0))
    >>> table, marks = npl.landscape_plane(net, np.array([[0.7, 0.1], [0.1, 0.7]]), resolution=5)
    >>> len(table), marks.round(3).tolist()
    (25, [[0.0, 0.0], [0.849, 0.0]])
    """
    check_network(net)
    check_count("resolution", resolution, least=2)
    if resolution > _FINEST:
        raise ValueError(f"resolution must be at most {_FINEST}; found {resolution}")
    states = check_states("rates", rates, net.nodes, (2,))
    if len(states) not in (2, 3):
        raise ValueError(f"rates has shape {states.shape}; give two or three states.")
    first = _unit(states[1] - states[0], "the first two states are the same")
    if len(states) == 3:
        across = states[2] - states[0]
    else:
        across = np.linalg.eigh(energy_hessian(net, states.mean(axis=0)))[1][:, 0]
    across = across - (across @ first) * first
    if float(np.linalg.norm(across)) < 1e-8 and len(states) == 2:
        across = np.linalg.eigh(energy_hessian(net, states.mean(axis=0)))[1][:, -1]
        across = across - (across @ first) * first
    basis = np.stack([first, _unit(across, "the three states lie on a line")])
    marks = (states - states[0]) @ basis.T
    u, v = (_range(marks[:, k], marks) for k in (0, 1))
    grid_u, grid_v = np.meshgrid(
        np.linspace(*u, resolution), np.linspace(*v, resolution), indexing="ij"
    )
    points = states[0] + grid_u[..., None] * basis[0] + grid_v[..., None] * basis[1]
    low, high = net.activation.bounds
    inside = np.all((points > low + _INSIDE) & (points < high - _INSIDE), axis=-1)
    values = np.full(grid_u.shape, np.nan)
    if np.any(inside):
        values[inside] = energy(net, points[inside])
    frame = pd.DataFrame({"u": grid_u.ravel(), "v": grid_v.ravel(), "energy": values.ravel()})
    return frame, marks


def plot_landscape(
    net: PlasticNetwork, rates: FloatArray, *, ax: Axes | None = None, resolution: int = 161
) -> Axes:
    """Contours of the reduced objective on a plane through two or three equilibria.

    Parameters
    ----------
    net : PlasticNetwork
    rates : float array of shape (2, n) or (3, n)
        Their rates. Minima are marked by filled circles, other states by open ones.
    ax : matplotlib.axes.Axes or None
    resolution : int, default 161

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        As for `landscape_plane`.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> net = npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(strength=-20.0))
    >>> found = npl.find_equilibria(net)
    >>> ax = npl.plot_landscape(net, found.rates[found.stable], resolution=41)
    """
    table, marks = landscape_plane(net, rates, resolution=resolution)
    states = check_states("rates", rates, net.nodes, (2,))
    ax = new_axes(ax)
    with style():
        _contours(net, states, table, marks, ax)
    return ax


def _contours(
    net: PlasticNetwork, states: FloatArray, table: pd.DataFrame, marks: FloatArray, ax: Axes
) -> None:
    grid = table.pivot(index="v", columns="u", values="energy")
    u, v = grid.columns.to_numpy(dtype=np.float64), grid.index.to_numpy(dtype=np.float64)
    heights = np.ma.masked_invalid(grid.to_numpy())
    levels = _levels(np.asarray(heights.compressed()), np.atleast_1d(energy(net, states)))
    filled = ax.contourf(u, v, heights, levels=levels, cmap="viridis", extend="max")
    ax.contour(u, v, heights, levels=levels, colors="white", linewidths=0.4)
    ax.set_aspect("equal")
    figure = ax.get_figure()
    if figure is not None:
        place = ax.inset_axes((1.03, 0.15, 0.04, 0.7))
        figure.colorbar(
            filled, cax=place, label="reduced objective", ticks=levels[::8], format="%.3g"
        )
    for state, mark in zip(states, marks, strict=True):
        least = float(np.linalg.eigvalsh(energy_hessian(net, state))[0])
        ax.plot(
            *mark, marker="o", markersize=8, markeredgecolor="white", linestyle="",
            color="#D55E00" if least > 0.0 else "none",
            label="minimum" if least > 0.0 else "not a minimum",
        )  # fmt: skip
    handles, labels = ax.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    ax.legend(
        unique.values(), unique.keys(), loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2,
        frameon=True, facecolor="0.5", edgecolor="none", labelcolor="white",
    )  # fmt: skip
    ax.set_xlabel("along the first two states (rate)")
    ax.set_ylabel("across (rate)")


def _levels(heights: FloatArray, marked: FloatArray) -> FloatArray:
    """Levels dense around the states, where the landscape is flat, up to a few times their
    spread."""
    low = float(heights.min())
    spread = max(float(marked.max()) - low, 0.02 * float(np.ptp(heights)))
    high = min(low + 6.0 * spread, float(heights.max()))
    return low + (high - low) * np.linspace(0.0, 1.0, 25) ** 1.5


def _range(values: FloatArray, marks: FloatArray) -> tuple[float, float]:
    size = _MARGIN * float(np.ptp(marks, axis=0).max())
    return float(values.min()) - size, float(values.max()) + size


def _unit(vector: FloatArray, wrong: str) -> FloatArray:
    length = float(np.linalg.norm(vector))
    if length < 1e-9:
        raise ValueError(f"{wrong}; the plane is not determined.")
    return vector / length
