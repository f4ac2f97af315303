"""Print the lowest declared version of every dependency, as constraints for pip.

Of the package, and of the extras named on the command line. What these packages depend on
themselves is left to pip.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))[
    "project"
]
wanted = list(project["dependencies"])
for extra in sys.argv[1:]:
    wanted += project["optional-dependencies"][extra]
for requirement in wanted:
    name, _, version = re.sub(r"\[.*\]", "", requirement).partition(">=")
    if version:
        print(f"{name}=={version}")
