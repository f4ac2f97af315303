"""The site that `docs/build.sh` built, page by page in a real browser: whole, silent, and alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlparse

import pytest

pytestmark = pytest.mark.browser
SITE = Path(__file__).parents[1] / "docs" / "_build" / "html"

LOOK = """() => ({
    ids: [...document.querySelectorAll('[id], a[name]')].map(e => e.id || e.name),
    links: [...document.querySelectorAll('a[href]')].map(e => e.href),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    untold: [...document.images].filter(e => !e.hasAttribute('alt')).map(e => e.src),
    empty: [...document.images].filter(e => e.complete && !e.naturalWidth).map(e => e.src),
    broken: [...document.querySelectorAll('mjx-merror')].map(e => e.textContent),
})"""


@dataclass
class Crawl:
    """What every page has, asked for and said."""

    pages: dict[Path, dict[str, Any]] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def crawl(browser: Any) -> Iterator[Crawl]:
    if not (SITE / "index.html").is_file():
        missing = "the site is not built: pip install 'netplastic[docs]', docs/build.sh"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    found = Crawl()
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    here = [SITE]
    page.on(
        "request",
        lambda one: None if _inside(one.url) else found.outside.append(f"{here[0]}: {one.url}"),
    )
    page.on(
        "requestfailed",
        lambda one: _is_abandoned(one) or found.failed.append(f"{here[0]}: {one.url}"),
    )
    page.on(
        "console",  # the theme tells what it does
        lambda one: (
            one.type in ("error", "warning") and found.said.append(f"{here[0]}: {one.text}")
        ),
    )
    page.on("pageerror", lambda one: found.said.append(f"{here[0]}: {one}"))
    for path in sorted(SITE.rglob("*.html")):
        if "_static" in path.parts:
            continue
        here[0] = path
        page.goto(path.as_uri())
        page.evaluate("() => window.MathJax?.startup?.promise")
        found.pages[path.resolve()] = page.evaluate(LOOK)
    yield found
    context.close()


def _is_abandoned(request: Any) -> bool:
    """Whether a file that is there (an icon, late) was still asked for when the page was left."""
    there = Path(unquote(urlparse(request.url).path)).is_file()
    return there and request.failure == "net::ERR_ABORTED"


def _inside(url: str) -> bool:
    parts = urlparse(url)
    if parts.scheme in ("data", "blob"):
        return True
    return parts.scheme == "file" and Path(unquote(parts.path)).is_relative_to(SITE)


def test_there_are_all_kinds_of_pages(crawl: Crawl) -> None:
    names = [path.relative_to(SITE).as_posix() for path in crawl.pages]
    for kind, least in (
        ("tutorials/", 6), ("how-to/", 11), ("explanation/", 6), ("auto_gallery/plot_", 11),
        ("reference/api/generated/", 100),
    ):  # fmt: skip
        assert sum(name.startswith(kind) for name in names) >= least, kind


def test_no_page_asks_for_anything_outside_or_in_vain(crawl: Crawl) -> None:
    assert crawl.outside == []
    assert crawl.failed == []


def test_no_page_has_anything_to_complain_of(crawl: Crawl) -> None:
    assert crawl.said == []
    assert {path: page["broken"] for path, page in crawl.pages.items() if page["broken"]} == {}


def test_every_picture_is_there_and_told_in_words(crawl: Crawl) -> None:
    for path, page in crawl.pages.items():
        assert page["untold"] == [], path
        assert page["empty"] == [], path


def test_no_page_is_wider_than_the_window(crawl: Crawl) -> None:
    assert {path: page["wide"] for path, page in crawl.pages.items() if page["wide"] > 0} == {}


def test_no_link_inside_is_dead(crawl: Crawl) -> None:
    dead = []
    for path, page in crawl.pages.items():
        for link in page["links"]:
            whole, anchor = urldefrag(link)
            parts = urlparse(whole)
            if parts.scheme != "file":
                continue
            target = Path(unquote(parts.path)).resolve()
            there = target.is_file() and target.is_relative_to(SITE.resolve())
            known = crawl.pages.get(target)
            if not there or (anchor and known and unquote(anchor) not in known["ids"]):
                dead.append(f"{path.relative_to(SITE.resolve())} -> {link}")
    assert dead == []
