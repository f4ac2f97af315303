"""``netplastic graphs`` and ``netplastic studies``: what there is."""

from __future__ import annotations

import typer

from ._output import Json, Out, reported


def graphs(context: typer.Context, json: Json = False, out: Out = None) -> None:
    """List the networks of the catalogue.

    Example: netplastic graphs --json
    """
    with reported(context) as report:
        import pandas as pd

        from netplastic import graphs

        known = graphs.catalogue()
        report.add(
            "graphs", pd.DataFrame({"network": list(known), "description": list(known.values())})
        )


def studies(context: typer.Context, json: Json = False, out: Out = None) -> None:
    """List the studies that `netplastic run` knows.

    Example: netplastic studies
    """
    with reported(context) as report:
        import pandas as pd

        from netplastic.analyses.studies import catalogue

        known = catalogue()
        questions = [study.question for study in known.values()]
        report.add("studies", pd.DataFrame({"study": list(known), "question": questions}))
