"""Certified search: lists of equilibria that are proved complete.

To be read in this order: `_certify` (what is asked), `_component` (one connected component, equal
ones once), `_solve` (its symmetries, what is left unsettled), `_search` (branch and prune over
boxes), `_system` (the equations as intervals). The kernels are in `_kernels/`. Two folders may be
skipped: `hubs/` (counts conditioned on a few nodes) and `clusters/` (roots that lie together).
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
