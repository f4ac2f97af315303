"""``netplastic graphs`` and ``netplastic studies``: what there is."""

from __future__ import annotations


def graphs() -> None:
    """List the networks of the catalogue."""
    import pandas as pd

    from netplastic import graphs

    from ._print import show

    known = graphs.catalogue()
    show(pd.DataFrame({"network": list(known), "description": list(known.values())}))


def studies() -> None:
    """List the studies that `netplastic run` knows."""
    import pandas as pd

    from netplastic.analyses.studies import catalogue

    from ._print import show

    known = catalogue()
    show(
        pd.DataFrame(
            {"study": list(known), "question": [study.question for study in known.values()]}
        )
    )
