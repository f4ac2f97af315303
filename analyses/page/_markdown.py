"""The markdown that findings are written in, as HTML; whatever else is met stays text.

Known are headings, paragraphs, lists (also in lists), tables, bold, italic, code and links to the
web. Nothing of a text becomes markup in another way: all of it is escaped first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import groupby

__all__ = ["markdown_html", "sections_of"]

_ITEM = re.compile(r"( *)[-*] (.*)")
_RULE = re.compile(r"\|?[\s:|-]+\|[\s:|-]*")
_HEAD = 'th scope="col"'
_SPANS = (
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^\s()<>]+)\)"), r'<a href="\2">\1</a>'),
)


def sections_of(text: str) -> list[tuple[str, str]]:
    """Split a text at its headings of the second level; the first part has the heading "".

    Examples
    --------
    >>> sections_of("# Pairs\\nAsked.\\n## In short\\nYes.")
    [('', '# Pairs\\nAsked.'), ('In short', 'Yes.')]
    """
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        if line.startswith("## "):
            parts.append((line[3:].strip(), []))
        else:
            parts[-1][1].append(line)
    return [(heading, "\n".join(lines).strip()) for heading, lines in parts]


def markdown_html(text: str, *, level: int = 3) -> str:
    """Write a text as HTML.

    Parameters
    ----------
    text : str
    level : int, default 3
        Of its headings, at least; tables are captioned by the heading above them.

    Examples
    --------
    >>> markdown_html("Pairs are **bistable**, <b>so</b> far.")
    '<p>Pairs are <strong>bistable</strong>, &lt;b&gt;so&lt;/b&gt; far.</p>'
    """
    written, heading, number = [], "Numbers", 0
    for kind, lines in _blocks(text):
        if kind == "heading":
            heading = lines[0].lstrip("#").strip()
            depth = max(level, len(lines[0]) - len(lines[0].lstrip("#")))
            written.append(f"<h{min(depth, 6)}>{_spans(heading)}</h{min(depth, 6)}>")
        elif kind == "table":
            number += 1
            written.append(_table(lines, f"{heading}, table {number}"))
        elif kind == "list":
            written.append(_list(lines))
        else:
            written.append(f"<p>{_spans(' '.join(line.strip() for line in lines))}</p>")
    return "\n".join(written)


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    for kind, lines in groupby(text.splitlines(), key=_kind):
        if kind == "heading":
            yield from (("heading", [line]) for line in lines)
        elif kind:
            yield kind, list(lines)


def _kind(line: str) -> str:
    if not line.strip():
        return ""
    if re.match(r"#{1,6} ", line):
        return "heading"
    if line.lstrip().startswith("|"):
        return "table"
    return "list" if _ITEM.match(line) else "text"


def _spans(text: str) -> str:
    """Bold, italic, links and code inside a line; what stands in code stays as it is."""
    pieces = re.split(r"`([^`]+)`", text)
    for i, piece in enumerate(pieces):
        pieces[i] = escape(piece)
        if i % 2:
            pieces[i] = f"<code>{pieces[i]}</code>"
            continue
        for pattern, replacement in _SPANS:
            pieces[i] = pattern.sub(replacement, pieces[i])
    return "".join(pieces)


def _list(lines: list[str]) -> str:
    """Items, and those further in as lists of their own."""
    items = [(len(m[1]), m[2]) for m in map(_ITEM.match, lines) if m is not None]
    written, open_ = [], [items[0][0]]
    written.append("<ul>")
    for k, (indent, text) in enumerate(items):
        while indent < open_[-1] and len(open_) > 1:
            written.append("</li></ul>")
            open_.pop()
        if indent > open_[-1]:
            written.append("<ul>")
            open_.append(indent)
        elif k:
            written.append("</li>")
        written.append(f"<li>{_spans(text)}")
    written.append("</li></ul>" * len(open_))
    return "".join(written)


def _table(lines: list[str], name: str) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    headed = len(lines) > 1 and _RULE.fullmatch(lines[1].strip()) is not None
    head, body = (rows[0], rows[2:]) if headed else (None, rows)
    said = escape(name)
    width = max(map(len, rows))
    number = [all(_is_number(row[k]) for row in body if k < len(row)) for k in range(width)]
    written = [
        f'<div class="wrap" tabindex="0" role="region" aria-label="{said}"><table>'
        f'<caption class="away">{said}</caption>'
    ]
    if head is not None:
        written.append(f"<thead><tr>{_cells(_HEAD, head, number)}</tr></thead>")
    written.append("<tbody>")
    written += [f"<tr>{_cells('td', row, number)}</tr>" for row in body]
    written.append("</tbody></table></div>")
    return "".join(written)


def _is_number(text: str) -> bool:
    return not text or re.fullmatch(r"[-+−]?(\d[\d.,e+-]*|inf)%?|–", text) is not None


def _cells(tag: str, texts: list[str], number: list[bool]) -> str:
    name = tag.partition(" ")[0]
    kinds = ["" if is_number else ' class="t"' for is_number in number]
    cells = zip(texts, kinds, strict=False)
    return "".join(f"<{tag}{kind}>{_spans(text)}</{name}>" for text, kind in cells)
