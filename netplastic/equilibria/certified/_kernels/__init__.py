"""Compiled loops of the certified search; none has fast-math flags, for proofs rest on them."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

COMPILING = "the certified search, once, about 15 s"
"""What a terminal is told when nothing of this folder has been compiled yet."""
