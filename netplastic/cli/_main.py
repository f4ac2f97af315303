"""Where the command line begins."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C while it is still loading ends it in one line, too."""
    try:
        from ._app import app

        app()
    except KeyboardInterrupt:
        sys.stderr.write("netplastic: interrupted.\n")
        sys.exit(130)
