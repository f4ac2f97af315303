"""Single steps of the compiled dynamics, for the tests."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netplastic.dynamics._kernels import Control, Record, integrate
from netplastic.dynamics._layout import layout_of, work_for


def stepped(
    net: Any,
    start: Any,
    mirrored: bool,
    h: float = 0.05,
    steps: int = 2,
    times: Any = (),
) -> tuple[Any, Any, Any, float]:
    """Activities and weights, per arc, after steps; reports of both at times; the time reached.

    The first step has size h. With an error this large allowed the second would be ten times that,
    were the end not in the way; only the limit of stability can make it shorter than h.
    """
    x, w = np.array(start[0]), start[1]
    layout = layout_of(net, mirrored)
    targets = net.wiring.target[layout.arc[layout.link]]
    record = Record(
        times=np.array(times, dtype=float),
        nodes=np.arange(net.n, dtype=np.uint32),
        links=np.stack([layout.link, targets]).astype(np.uint32),
        activity=np.empty((len(times), net.n)),
        weights=np.empty((len(times), net.m)),
    )
    control = Control(
        start=0.0,
        stop=steps * h,
        step=h,
        relative=1e6,
        absolute=1e6,
        settle=0.0,
        limit=1e8,
        max_steps=steps,
        fastest=0.0,
        patience=math.inf,
        hold=0,
        pace=np.inf,
    )
    weights = w[layout.arc]
    work = work_for(layout)
    _, time, _, accepted, _, reported, _ = integrate(
        layout.system, work, control, record, (x, weights), np.empty_like(weights)
    )
    assert accepted == steps
    assert reported == len(times)
    return x, weights[layout.link], np.hstack([record.activity, record.weights]), time
