"""What an onset is: where and how the base branch loses stability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from netplastic._support import FloatArray, Result, Status, public
from netplastic.model import PlasticNetwork

from ._march import Followed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Onset", "OnsetStatus"]


class OnsetStatus(Status):
    """What was found; members carry a sentence and a remedy.

    Examples
    --------
    >>> from netplastic.continuation import OnsetStatus
    >>> OnsetStatus.FOUND == "found", OnsetStatus.FOUND.meaning
    (True, 'The base branch loses stability at `strength`.')
    """

    FOUND = (
        "found",
        "The base branch loses stability at `strength`.",
        "Nothing is left to do.",
    )
    NONE = (
        "none",
        "The base branch stays stable up to the limit; `strength` is infinite.",
        "Raise limit. Other stable states may exist all the same: see multistability_onset.",
    )
    INTERRUPTED = (
        "interrupted",
        "Ctrl-C: the base branch is stable up to the strength reached.",
        "Call it again and let it end.",
    )
    BUDGET = (
        "budget used up",
        "Time was up: the base branch is stable up to the strength reached.",
        "Give a larger budget.",
    )
    STOPPED = (
        "stopped",
        "The base branch could not be followed to the limit; `reached` says how far.",
        "Look at bifurcation_diagram near the strength reached.",
    )


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Onset(Result):
    """Where and how the base branch loses stability.

    Attributes
    ----------
    net : PlasticNetwork
        The network that was asked about.
    strength : float
        Strength (or factor on the strengths, see `parameter`) of the first zero eigenvalue, to
        1e-8; infinite with the sign of the direction where there is none, NaN where the branch
        could not be followed.
    kind : str
        "pitchfork (supercritical)", "fold", ... as in a bifurcation diagram; "" if none.
    kernel_dimension : int
        How many modes turn unstable together.
    mode : pandas.Series
        Critical mode by node, as a change of the rates V, of length 1, its largest entry positive:
        the kernel of the Hessian of the reduced objective where there is one. For kernels
        of several dimensions the root mean square over the kernel, which does not depend on a
        choice of basis.
    modes : float array of shape (n, kernel_dimension)
        Orthonormal basis of the kernel, as changes of the rates.
    participation_ratio : float
        1 / sum(mass^2) with mass = mode^2: over how many nodes the mode spreads.
    rates : pandas.Series
        Equilibrium rates at the onset.
    hopf_strength, hopf_frequency : float
        Where, before that, the branch starts to oscillate at the network's own learning rate,
        with the angular frequency (1/time); NaN if it does not, or on networks too large to look.
    parameter : str
        "strength", or "factor" where the network's strengths differ.
    status : OnsetStatus
    reached : float
        Largest strength that was followed.
    proved : float
        Signed strength up to which the base branch is proved, and proved to lose no stability:
        with `certify`; else NaN. The first zero eigenvalue lies beyond it.
    reason : str
        What cut the search or its proof short ("budget of 2 s used up", "interrupted"), or "".
    followed : Followed or None
        How a network of more than 120 nodes was followed, and whether a second march with
        tighter limits agreed; None where every node was bounded in every step.

    Examples
    --------
    >>> import networkx as nx, netplastic as npl
    >>> found = npl.onset(npl.PlasticNetwork(nx.path_graph(2), npl.Hebbian(-20.0)))
    >>> found
    Onset(strength=-6.53759457, pitchfork (supercritical), kernel dimension 1)
    >>> found.mode.round(3).tolist()
    [0.707, -0.707]
    """

    net: PlasticNetwork
    strength: float
    kind: str
    kernel_dimension: int
    mode: pd.Series[float]
    modes: FloatArray
    participation_ratio: float
    rates: pd.Series[float]
    hopf_strength: float
    hopf_frequency: float
    parameter: str
    status: OnsetStatus
    reached: float
    proved: float = math.nan
    reason: str = ""
    followed: Followed | None = None

    def _line(self) -> str:
        if self.status is not OnsetStatus.FOUND:
            said = self.reason or self.status
            return f"{said}: base branch stable up to {self.parameter} {self.reached:g}"
        cut = f", proof up to {self.proved:.9g}: {self.reason}" if self.reason else ""
        return (
            f"{self.parameter}={self.strength:.9g}, {self.kind}, "
            f"kernel dimension {self.kernel_dimension}{cut}"
        )

    def _verdict(self) -> OnsetStatus:
        return self.status

    def to_frame(self) -> pd.DataFrame:
        """One row per node: node, mode, mass (share of the critical mode), rate."""
        return pd.DataFrame(
            {
                "node": self.mode.index,
                "mode": self.mode.to_numpy(),
                "mass": self.mode.to_numpy() ** 2,
                "rate": self.rates.to_numpy(),
            }
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the critical mode on the network; the network alone where no onset was found.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        drawn: Axes = public("analyses.pictures.draw_onset")(self, ax)
        return drawn

    def summary(self) -> pd.DataFrame:
        """One row: the numbers without the mode."""
        return pd.DataFrame(
            {
                self.parameter: [self.strength],
                "kind": [self.kind],
                "kernel_dimension": [self.kernel_dimension],
                "participation_ratio": [self.participation_ratio],
                "hopf_strength": [self.hopf_strength],
                "hopf_frequency": [self.hopf_frequency],
                "status": [str(self.status)],
            }
        )
