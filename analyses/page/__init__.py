"""A page to send: one HTML file that shows a network or a study and needs nothing else."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
