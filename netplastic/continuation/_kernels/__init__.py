"""Compiled loops that follow the states of small networks: arrays in, arrays out, no policy."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

COMPILING = "the search for onsets of neighborhoods, once, about 10 s"
"""What a terminal is told when nothing of this folder has been compiled yet."""
