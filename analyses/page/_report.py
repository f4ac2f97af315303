"""`netplastic.report`: one HTML file of a network or of a study's folder."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import math
import tempfile
import webbrowser
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx

from netplastic._support import Graph, Shown, brief, check_count, check_number, check_progress
from netplastic.analyses import add_file, write_text
from netplastic.model import PlasticNetwork

from ._view import Page

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Report", "report", "write_page"]

LARGEST = 5_000_000
"""Bytes of a page; what does not fit is left out, and the page says so."""
DRAWN, DRAWN_ON_REQUEST = 2000, 5000


class Report:
    """A page as text.

    Attributes
    ----------
    html : str
        The whole page; it needs no other file and makes no request.
    title : str
    path : pathlib.Path or None
        Where it was saved last.

    Examples
    --------
    >>> import netplastic as npl
    >>> page = npl.report(npl.graphs.dumbbell(4), name="dumbbell")
    >>> page.title, page.path is None
    ('Stable states of dumbbell', True)
    """

    __slots__ = ("html", "path", "title")

    def __init__(self, html: str, title: str, path: Path | None = None) -> None:
        self.html, self.title, self.path = html, title, path

    def __repr__(self) -> str:
        size = f"{len(self.html.encode()) / 1000:,.0f} kB"
        line = f"Report({self.title}, {size}{'' if self.path is None else f', {self.path}'})"
        return line if len(line) <= 120 else f"{line[:118]}…)"

    def _repr_html_(self) -> str:
        # A frame of its own: neither its style nor its names meet those of the notebook.
        text = html.escape(self.html)
        name = html.escape(self.title)
        return (
            f'<iframe title="{name}" srcdoc="{text}" sandbox="allow-scripts allow-downloads" '
            'style="box-sizing: border-box; width: 100%; height: 40rem; border: 1px solid #8888">'
            "</iframe>"
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, which is replaced if it is there; its path is returned."""
        self.path = _writable(path)
        write_text(self.path, self.html)
        return self.path

    def open(self) -> Path:
        """Show the page in the web browser, from the file it was saved to or a temporary one."""
        if self.path is None or not self.path.exists():
            self.save(Path(tempfile.mkdtemp(prefix="netplastic-")) / "report.html")
        assert self.path is not None
        webbrowser.open(self.path.resolve().as_uri())
        return self.path


def report(
    source: str | Path | PlasticNetwork | Graph,
    path: str | Path | None = None,
    *,
    name: str | None = None,
    strength: float | None = None,
    radius: int = 1,
    rng: int = 0,
    budget: float | None = None,
    drawn: int = DRAWN,
    command: str | None = None,
    progress: Shown = None,
) -> Report:
    """Make one HTML page of a study's folder or of a network: it needs no other file.

    The page has the finding, the network with its nodes coloured by any column, effects, counts
    over degree, a table of the nodes that can be sorted, filtered and saved, and how all of it
    was made. It works without a connection, on paper and, but for sorting and choosing, without
    JavaScript.

    Parameters
    ----------
    source : str, Path, PlasticNetwork, networkx.Graph or networkx.DiGraph
        A folder that `run_study` wrote; or a network, by its name in the catalogue, as a file or
        as it is: then the stable states of its neighborhoods are counted, isolated and embedded.
    path : str or Path, optional
        File to write the page to.
    name : str, optional
        What a network is called.
    strength : float, optional
        Of the Hebb rule on a network. By default that of a PlasticNetwork; of others the strong
        limit (-inf) where it applies, to undirected networks without self-loops, else -10. The
        page says which.
    radius : int, default 1
        Of the neighborhoods.
    rng : int, default 0
        Seed of samples and comparisons.
    budget : float, optional
        As for `count_neighborhoods`.
    drawn : int, default 2000
        Most nodes of a network that is drawn, up to 5,000.
    command : str, optional
        Said to have made the page, in place of what is known of it.
    progress : bool or None, default None
        Show bars on a terminal; None once a part has taken a second, False never.

    Returns
    -------
    Report
        With `save`, `open` and the page's text, `html`. In a notebook it shows itself.

    Raises
    ------
    TypeError, ValueError
        For a source that is none of these, a folder without results, a network whose counts
        cannot be made, a wrong path.

    Examples
    --------
    >>> import netplastic as npl
    >>> page = npl.report(npl.graphs.hourglass(rng=0), name="hourglass")
    >>> page.title, "certified" in page.html
    ('Stable states of hourglass', True)
    """
    _check(source, name, strength, drawn, command, path)
    check_progress(progress)
    radius, rng = check_count("radius", radius, least=0), check_count("rng", rng, least=0)
    if isinstance(source, str | PathLike) and Path(source).is_dir():
        from ._folder_page import folder_page

        page = folder_page(Path(source), drawn=drawn)
    else:
        from ._network_page import network_page

        page = network_page(
            source, name=name, strength=strength, radius=radius, rng=rng, budget=budget,
            drawn=drawn, command=command, progress=progress,
        )  # fmt: skip
    made = Report(_fitting(page), page.title)
    if path is not None:
        made.save(path)
    return made


def write_page(folder: str | Path) -> Path:
    """Write report.html into the folder of a study, as one of the run's files; return its path."""
    return add_file(Path(folder), "report.html", report(folder).html)


def _check(
    source: object, name: object, strength: object, drawn: object, command: object, path: object
) -> None:
    if not isinstance(source, str | PathLike | PlasticNetwork | nx.Graph):
        raise TypeError(
            f"source is {brief(source)}; give the folder of a study, a network's name or file, a "
            "PlasticNetwork or a networkx graph."
        )
    for said, text in (("name", name), ("command", command)):
        if text is not None and not isinstance(text, str):
            raise TypeError(f"{said} must be text or None; found {brief(text)}")
    if strength is not None and not (isinstance(strength, float) and strength == -math.inf):
        check_number("strength", strength)
    if check_count("drawn", drawn) > DRAWN_ON_REQUEST:
        raise ValueError(
            f"drawn is {drawn}; pages draw at most {DRAWN_ON_REQUEST} nodes: more are dots on dots."
        )
    if path is not None:
        _writable(path)


def _writable(path: object) -> Path:
    """A path that a file can be written to, before any work."""
    if not isinstance(path, str | PathLike):
        raise TypeError(f"path must be the path of a file; found {brief(path)}")
    found = Path(path)
    if found.is_dir() or not found.parent.is_dir():
        raise ValueError(
            f"path {str(found)!r}: give a file in a folder that is there, such as page.html."
        )
    return found


def _fitting(page: Page) -> str:
    """The page's text; what makes it too large is left out from the end, and named."""
    text = _written(page)
    while len(text.encode()) > LARGEST and (smaller := _smaller(page)) is not None:
        page = smaller
        text = _written(page)
    return text


def _smaller(page: Page) -> Page | None:
    """The same page without its last network's data or its last picture."""
    if len(page.networks) > 1:
        *kept, last = page.networks
        said = f"{last.name}: left out, for the page would be larger than {LARGEST // 10**6} MB."
        return dataclasses.replace(page, networks=kept, left_out=[*page.left_out, said])
    if page.pictures:
        *pictures, gone = page.pictures
        said = f"{gone.name}: left out, for the page would be larger than {LARGEST // 10**6} MB."
        return dataclasses.replace(page, pictures=pictures, left_out=[*page.left_out, said])
    if page.networks and page.networks[0].n > 10:
        view = page.networks[0].first(page.networks[0].n // 2)
        said = f"{view.name}: only the first {view.n} nodes are in the table, for the page's size."
        others = [note for note in page.left_out if not note.startswith(f"{view.name}: only")]
        return dataclasses.replace(page, networks=[view], left_out=[*others, said])
    return None


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("netplastic.analyses.page"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _asset(name: str) -> str:
    return (files("netplastic.analyses.page") / "templates" / name).read_text(encoding="utf-8")


def _written(page: Page) -> str:
    style, script = _asset("page.css"), _asset("page.js")
    return _environment().get_template("page.html.jinja").render(
        page=page,
        style=style,
        script=script,
        # Only these two may run or style anything; and nothing may be asked for.
        policy=(
            f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ),
        today=datetime.now(UTC).date().isoformat(),
    )  # fmt: skip


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
