"""What a page shows, as plain values: sources fill these in, the template writes them out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = [
    "Badge",
    "Column",
    "Dots",
    "Drawing",
    "Forest",
    "Grid",
    "NetworkView",
    "Page",
    "Picture",
    "Shades",
]


@dataclass(frozen=True, kw_only=True)
class Badge:
    """A short fact below the title; `status` gives it a glyph."""

    text: str
    value: str
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table as it is shown: `rows` of texts; `numbers` says which columns are."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    numbers: list[bool]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure from a file, as a data URI."""

    name: str
    uri: str
    text: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the table of nodes: `values` to sort and to save, `shown` to read."""

    key: str
    label: str
    number: bool
    values: list[Any]
    shown: list[str]


@dataclass(frozen=True, kw_only=True)
class Shades:
    """Colours of all nodes by one column, as in `pictures.Scale`."""

    key: str
    label: str
    colours: list[str]
    shade: list[int | None]
    low: str = ""
    high: str = ""
    names: list[str] | None = None

    def fill(self, node: int) -> str:
        """The colour of a node; hatched where it has no value."""
        place = self.shade[node]
        return "url(#no-value)" if place is None else self.colours[place]

    @property
    def steps(self) -> list[str]:
        """Thirty-two colours from low to high."""
        last = len(self.colours) - 1
        return [self.colours[round(k * last / 31)] for k in range(32)]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Shapes of a network in a frame of `width` by `height`; nodes in the order of the table."""

    width: float
    height: float
    discs: list[tuple[float, float, float, str]]
    edges: str
    arrows: list[str]
    loops: list[tuple[float, float, float]]
    nodes: list[tuple[float, float, bool]]
    radius: float
    labels: list[tuple[float, float, str]]


@dataclass(frozen=True, kw_only=True)
class Dots:
    """Bits over degree: places in a frame, what they say, and ticks of both axes."""

    title: str
    width: float
    height: float
    dots: list[tuple[float, float, str, bool, str, int]]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    names: list[tuple[str, str]]
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Effects with their intervals: rows of y, name, middle, ends and whether all is certified."""

    width: float
    height: float
    zero: float
    rows: list[tuple[float, str, float, float, float, bool]]
    ticks: list[tuple[float, str]]


@dataclass(frozen=True, kw_only=True)
class NetworkView:
    """One network of a page: its picture, its counts over degree, its table of nodes."""

    number: int
    name: str
    about: str
    columns: list[Column]
    scales: list[Shades]
    told: list[str]
    drawing: Drawing | None
    dots: list[Dots]
    notes: list[str]

    @property
    def n(self) -> int:
        """Rows of the table."""
        return len(self.columns[0].values)

    def first(self, most: int) -> NetworkView:
        """The same with a table, and dots, of the first nodes only; the picture stays whole."""
        shorter = [
            replace(column, values=column.values[:most], shown=column.shown[:most])
            for column in self.columns
        ]
        dots = [replace(one, dots=[dot for dot in one.dots if dot[-1] < most]) for one in self.dots]
        return replace(self, columns=shorter, dots=dots)

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script reads; scales name their colours by number."""
        palettes: list[list[str]] = []
        for scale in self.scales:
            if scale.colours not in palettes:
                palettes.append(scale.colours)
        return {
            "columns": [vars(column) for column in self.columns],
            "palettes": palettes,
            "scales": [
                {**vars(scale), "colours": palettes.index(scale.colours)} for scale in self.scales
            ],
            "file": f"nodes-{self.number}.csv",
        }


@dataclass(frozen=True, kw_only=True)
class Page:
    """A whole page, in its order from top to bottom."""

    title: str
    question: str
    badges: list[Badge]
    alarms: list[str]
    finding: str
    networks: list[NetworkView]
    left_out: list[str]
    pictures: list[Picture]
    grids: list[Grid]
    more: str
    command: str
    made: list[tuple[str, str]]
    graphs: Grid | None
    failures: list[str]
    missing: list[str]
    methods: str
    cite: str
    bibtex: str = ""
    forest: Forest | None = None
