"""How the documentation is built: `docs/build.sh`, or see there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import netplastic
from netplastic._support import Status

DOCS = Path(__file__).parent

project = "netplastic"
author = "The netplastic developers"
copyright = "the netplastic developers"
version = release = netplastic.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinx_design",
    "sphinx_copybutton",
]
exclude_patterns = [
    "_build",
    "jupyter_execute",
    "gallery",
    "tutorials/data",
    "auto_gallery/*.ipynb",  # myst-nb would take each example for a second page
    "sg_execution_times.rst",
    "**/sg_execution_times.rst",
]
templates_path = ["_templates"]
default_role = "code"
nitpicky = True

# -- what the pages look like ---------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = "netplastic"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = html_logo = "_static/logo.svg"
html_show_sourcelink = False
html_copy_source = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "netplastic"},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": []}

# The formulas are set by the copy in _static: a page asks nothing of any other machine.
mathjax_path = "mathjax/tex-svg.js"
mathjax4_config = {
    "options": {
        "enableMenu": False,
        "enableExplorer": False,
        # Without these it asks for a worker that is not in its one file, and never settles.
        "menuOptions": {
            "settings": {"enrich": False, "speech": False, "braille": False, "collapsible": False}
        },
    },
}

# -- notebooks and Markdown -----------------------------------------------------------------------

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

# -- reference ------------------------------------------------------------------------------------

autodoc_typehints = "none"  # they stand under Parameters and Returns, in words
autodoc_member_order = "bysource"
autosummary_ignore_module_all = False
# Where upper and lower case are one, its page would take that of `onset`.
autosummary_filename_map = {"netplastic.Onset": "netplastic.Onset-result"}
numpydoc_show_class_members = False

# -- gallery --------------------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"/_",
    "abort_on_example_error": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "download_all_examples": False,
    "remove_config_comments": True,
    "backreferences_dir": "auto_gallery/used",
    "doc_module": ("netplastic",),
}

# -- files that other readers have, too -----------------------------------------------------------

ROOT = DOCS.parent
SHOWN = {
    "changelog": ROOT / "CHANGELOG.md",
    "contributing": ROOT / "CONTRIBUTING.md",
    "explanation/findings": ROOT / "analyses" / "README.md",
}
"""Pages that show a file from outside docs/."""


def read_as_page(app: Sphinx, name: str, source: list[str]) -> None:
    """Turn what code hosts read (anchors in HTML, links out of docs/) into what MyST reads."""
    file = SHOWN.get(name, Path(app.env.doc2path(name)))
    if file.suffix != ".md":
        return
    if name in SHOWN:
        app.env.note_dependency(str(file), docname=name)
    text = file.read_text("utf-8") if name in SHOWN else source[0]
    text = re.sub(r'^<a id="([^"]+)"></a>$', r"(\1)=", text, flags=re.MULTILINE)
    there = (DOCS / name).parent

    def within(link: re.Match[str]) -> str:
        target = (file.parent / link[2]).resolve()
        for page, shown in SHOWN.items():
            if target == shown:
                target = DOCS / f"{page}.md"
        known = target.is_relative_to(DOCS) and target.is_file()
        return link[1] + (Path(os.path.relpath(target, there)).as_posix() if known else link[2])

    source[0] = re.sub(r"(\]\(|^\[[^\]]+\]: )([^)\s#:]+)", within, text, flags=re.MULTILINE)


def groups() -> dict[str, list[str]]:
    """Return for each name on a page of the reference the names listed with it."""
    found: dict[str, list[str]] = {}
    for page in sorted((DOCS / "reference" / "api").glob("*.rst")):
        module = "netplastic"
        for block in re.split(r"^(?=\.\. )", page.read_text("utf-8"), flags=re.MULTILINE):
            if block.startswith(".. currentmodule::"):
                module = block.split()[2]
            elif block.startswith(".. autosummary::"):
                listed = [f"{module}.{name}" for name in re.findall(r"^   (\w+)$", block, re.M)]
                found |= dict.fromkeys(listed, listed)
    return found


TOGETHER = groups()


def improve_docstring(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Link sections of the theory and kin, and add to the page of a status what its members say."""
    cited, link = r"docs/theory\.md#section-(\d)", r":ref:`theory, section \1 <section-\1>`"
    lines[:] = [re.sub(cited, link, line) for line in lines]
    others = [f":obj:`~{other}`" for other in TOGETHER.get(name, []) if other != name]
    if others and not any(line.startswith(".. seealso::") for line in lines):
        lines += ["", ".. seealso:: " + ", ".join(others), ""]
    if isinstance(thing, type) and issubclass(thing, Status):
        lines += ["", ".. list-table::", "   :header-rows: 1", "   :widths: 20 40 40", ""]
        for cells in (("status", "meaning", "remedy"), *((m, m.meaning, m.remedy) for m in thing)):
            for mark, cell in zip("*  ", cells, strict=True):
                lines.append(f"   {mark} - {cell}")


def write_commands(app: Sphinx) -> None:
    """Write the page of the command line from what the commands say of themselves."""
    command = [sys.executable, "-m", "typer", "netplastic.cli", "utils", "docs"]
    done = subprocess.run(
        [*command, "--name", "netplastic", "--title", "The command line"],
        capture_output=True,
        text=True,
        check=True,
    )
    shortened = r"\*\*Commands\*\*:\n\n(\* .*\n)+\n"  # the bar beside the page has them
    text = re.sub(shortened, "", done.stdout)
    example = r"\s*Example: (netplastic .*)$"
    text = re.sub(example, r"\n\n```console\n$ \1\n```", text, flags=re.MULTILINE)
    page = DOCS / "reference" / "command-line.md"
    if not page.exists() or page.read_text("utf-8") != text:
        page.write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.connect("builder-inited", write_commands)
    app.connect("source-read", read_as_page)
    app.connect("autodoc-process-docstring", improve_docstring)
