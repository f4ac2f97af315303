"""Reads a page as a browser would, far enough to compare it with tables."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "img", "input", "link"}


@dataclass
class Element:
    """An element with what is in it, in order."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text for one in self.inside)

    def find(self, tag: str, **attributes: str) -> list[Element]:
        """All elements below that have a tag and attributes (`class_`: one of its classes)."""
        found = []
        for one in self.inside:
            if isinstance(one, str):
                continue
            if one.tag == tag and all(one.has(name, value) for name, value in attributes.items()):
                found.append(one)
            found += one.find(tag, **attributes)
        return found

    def has(self, name: str, value: str) -> bool:
        if name == "class_":
            return value in self.attributes.get("class", "").split()
        return self.attributes.get(name.replace("_", "-")) == value


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read(html: str) -> Element:
    """Parse a page; elements must be closed in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is not closed"
    return reader.open[0]


def cells(table: Element) -> list[list[str]]:
    """Texts of a table's body."""
    (body,) = table.find("tbody")
    return [[cell.text for cell in row.find("td")] for row in body.find("tr")]


def columns(page: Element, network: int = 0) -> dict[str, dict[str, Any]]:
    """The columns of a network's nodes, as the page's script has them, by key."""
    data = json.loads(page.find("script", data_nodes="")[network].text)
    return {column["key"]: column for column in data["columns"]}


def without_date(html: str) -> str:
    return re.sub(r'<time datetime="[^"]*">[^<]*</time>', "", html)
