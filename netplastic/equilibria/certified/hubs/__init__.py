"""Counts conditioned on the activity of one to three nodes that hold the network together."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
