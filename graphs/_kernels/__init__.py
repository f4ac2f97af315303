"""Compiled loops over graphs: plain arrays in, plain arrays out, no policy."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

COMPILING = "choke points, once, about 2 s"
"""What a terminal is told when nothing of this folder has been compiled yet."""
