"""Compiled loops of the landscape: arrays in, arrays out, no policy."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

COMPILING = "bounds of the states of a network, once, about 2 s"
"""What a terminal is told when nothing of this folder has been compiled yet."""
