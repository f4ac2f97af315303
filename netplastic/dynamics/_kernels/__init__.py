"""Compiled loops of the dynamics: plain arrays in, plain arrays out, no policy, no exceptions."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

COMPILING = "the simulation, once, about 5 s"
"""What a terminal is told when nothing of this folder has been compiled yet."""
