"""Boxes with more than one root: what is proved of them near folds and pitchforks."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
