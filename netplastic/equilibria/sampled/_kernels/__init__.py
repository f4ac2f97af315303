"""Compiled loops of the sampled search."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

COMPILING = "the sampled search, once, about 8 s"
"""What a terminal is told when nothing of this folder has been compiled yet."""
