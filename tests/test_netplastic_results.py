"""Results in brackets, in one line and in a notebook."""

from __future__ import annotations

import html.parser
import math
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from test_netplastic_saved import NAMES, results

import netplastic as npl


def listed() -> npl.Equilibria:
    found: npl.Equilibria = results()["list"]
    return found


# -- in brackets -----------------------------------------------------------------------------------


def test_one_equilibrium_has_what_its_row_has() -> None:
    found = listed()
    for row, one in enumerate(found):
        assert one.rates.to_list() == found.rates[row].tolist()
        assert one.activity[(1, "x", (False, -0.5))] == found.activity[row, 3]
        assert type(one.stable) is type(one.undecided) is type(one.minimum) is bool
        assert (one.stable, one.orbit) == (found.stable[row], found.orbit[row])
        assert one.residual < 1e-12
        assert list(one.to_frame()["node"]) == list(found.nodes)
    assert len(list(found)) == len(found) == 11
    assert found[-1].activity.equals(found[10].activity)


def test_one_equilibrium_is_drawn_on_its_network() -> None:
    one = listed()[0]
    ax = one.plot()
    assert one.plot(ax=ax) is ax
    shown = [collection.get_array() for collection in ax.collections]
    assert any(values is not None and np.isin(one.rates, values).all() for values in shown)


def test_critical_rates_of_one_are_those_of_the_list() -> None:
    found = listed()
    rates = npl.critical_learning_rate(found.net, found)
    assert [one.critical_learning_rate() for one in found] == rates.tolist()
    assert npl.critical_learning_rate(found.net, found[0]) == rates[0]
    assert isinstance(npl.critical_learning_rate(found.net, found[0]), float)


@pytest.mark.parametrize(
    "key",
    [
        slice(2, None, 3),
        slice(0, 0),
        [0, -1],
        [],
        np.array([4, 2]),
        (1, 3),
        pd.Series([1, 2]),
        "mask",
        "list of booleans",
        "series of booleans",
    ],
)
def test_a_part_is_what_numpy_takes(key: Any) -> None:
    found = listed()
    masks = {"mask": found.stable, "list of booleans": found.stable.tolist()}
    masks["series of booleans"] = pd.Series(found.stable)
    key = masks.get(key, key) if isinstance(key, str) else key
    part = found[key]
    expected = np.arange(len(found))[list(key) if isinstance(key, tuple) else key]
    if np.size(expected):
        np.testing.assert_array_equal(part.activity, found.activity[expected])
        np.testing.assert_array_equal(part.orbit, found.orbit[expected])
    assert len(part) == len(expected)
    assert len(part.to_frame()) == len(expected) * found.net.n
    assert part.selected
    assert not found.selected
    assert part.count is found.count, "what is proved of the network does not change"
    assert "selected" in repr(part)


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        (11, IndexError, "no row 11; there are 11 equilibria"),
        (-12, IndexError, "no row -12"),
        ([0, 99], IndexError, "no row 99"),
        ([True, False], IndexError, "mask has 2 entries for 11 equilibria"),
        ([1, 1], ValueError, "twice"),
        ([1, -10], ValueError, "twice"),
        ("stable", TypeError, "picks no rows"),
        (True, TypeError, "picks no rows"),
        (1.0, TypeError, "picks no rows"),
        ([1.5], TypeError, "picks no rows"),
        (None, TypeError, "picks no rows"),
        (np.zeros((2, 2), dtype=int), TypeError, "picks no rows"),
    ],
)
def test_other_keys_are_refused(key: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        listed()[key]


def test_attractors_in_brackets() -> None:
    found = results()["attractors"]
    assert found[0] is found.attractors[0]
    assert list(found) == list(found.attractors)
    assert found[1:3] == found.attractors[1:3]
    assert found[found.to_frame()["kind"] == "limit cycle"] == ()
    one = found[0]
    np.testing.assert_allclose(one.rates[0], np.tanh(one.activity[0]))
    cycle = results()["cycle"]
    frame = cycle.to_frame()
    assert len(frame) == 256 * 4
    assert 0.0 < frame["time"].max() < cycle.period


def test_a_simulation_starts_at_an_equilibrium() -> None:
    found = listed()
    run = npl.simulate(found.net, duration=1.0, initial=found[0].activity)
    np.testing.assert_allclose(run.activity[-1], found.activity[0], atol=1e-9)


def test_a_selection_is_no_complete_list() -> None:
    found = listed()
    with pytest.raises(ValueError, match="picked from a list"):
        npl.find_attractors(found.net, trials=2, rng=0, equilibria=found[found.stable])


# -- in one line, and in a notebook ----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_one_line(name: str) -> None:
    text = repr(results()[name])
    assert len(text) <= 120
    assert "\n" not in text
    assert text.startswith(f"{type(results()[name]).__name__}(")
    assert text.endswith(")")


class Tags(html.parser.HTMLParser):
    """All tags with their attributes; whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.open.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", NAMES)
def test_a_plain_table(name: str) -> None:
    """Nothing but text and a table: no script, no style sheet, no colours, everything escaped."""
    tags = Tags(results()[name]._repr_html_())
    assert set(tags.names) <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert tags.attributes <= {"border", "class", "style"}
    assert tags.names.count("tr") <= 11
    assert not tags.open
    assert repr(results()[name]) in tags.text
    assert "color" not in results()[name]._repr_html_()


@pytest.mark.parametrize("name", ["network", "equilibrium", "trajectory", "fixed point"])
def test_labels_are_escaped(name: str) -> None:
    tags = Tags(results()[name]._repr_html_())
    assert "script" not in tags.names
    assert "<script>" in tags.text


def test_a_long_table_says_how_much_is_left_out() -> None:
    assert "and 1 more row" in listed()._repr_html_()
    assert (
        "and 40 more rows" in npl.PlasticNetwork(nx.path_graph(50), npl.Hebbian(-2.0))._repr_html_()
    )


def test_worth_is_a_sign_and_a_word() -> None:
    status = npl.CountStatus
    for worth, sign in ((status.CERTIFIED, "✓"), (status.LOWER_BOUND, "≥"), (status.ESTIMATE, "≈")):
        text = npl.Count(3, 3, worth)._repr_html_()
        assert f"{sign} {worth}: {worth.meaning}" in Tags(text).text
    shown = Tags(listed()._repr_html_()).text
    assert "● stable" in shown
    assert "○ unstable" in shown
    assert "✓ certified" not in Tags(listed()[:2]._repr_html_()).text, "two rows are no proof"


def test_long_numbers_and_reasons_stay_in_the_line() -> None:
    lower = npl.CountStatus.LOWER_BOUND
    assert repr(npl.Count(3**500, math.inf, lower)) == "Count(at least 10^238.561, lower bound)"
    assert len(repr(npl.Count(0, 1, lower, reason="x" * 500))) < 120
    huge = npl.Count(3**20_000, 3**20_000, npl.CountStatus.CERTIFIED)
    assert "10^9542.425" in huge._repr_html_()
    assert huge.to_frame()["lower"][0] == 3**20_000
