"""Sampled search: descent and Newton steps from many starts, each result verified."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
