"""Single steps of the compiled dynamics, for the tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from netplastic.dynamics._kernels import Control, Record, integrate
from netplastic.dynamics._layout import layout_of, places_for


def stepped(net: Any, start: Any, mirrored: bool, h: float = 0.05) -> tuple[Any, Any]:
    """Activities and weights, per arc, after two steps of a size."""
    x, w = start
    layout = layout_of(net, mirrored)
    ((room, team),) = places_for(layout, 1)
    nodes, links = np.empty(0, dtype=np.uint32), np.empty((2, 0), dtype=np.uint32)
    record = Record(np.empty(0), nodes, links, np.empty((0, 0)), np.empty((0, 0)))
    # With an error this large allowed the second step would be ten times the first, were
    # the end not in the way.
    control = Control(net.learning_rate, 0.0, 2 * h, h, 1e6, 1e6, 0.0, 1e8, 2, 1e9, 0)
    state = (x.copy(), w[layout.arc].copy())
    integrate(layout.network, room, team, control, record, state)
    return state[0], state[1][layout.link]
