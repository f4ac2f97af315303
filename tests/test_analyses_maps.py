"""Maps over two parameters and landscape figures."""

from __future__ import annotations

import matplotlib as mpl
import networkx as nx
import numpy as np
import pytest
from conftest import anti

import netplastic as npl

mpl.use("Agg")


@pytest.fixture(scope="module")
def by_rate():
    return npl.stability_map(
        anti(nx.cycle_graph(5)),
        ("strength", [-30.0, -20.0, -12.0, -6.0, -2.0]),
        ("learning_rate", np.geomspace(1e-3, 1.0, 7)),
    )


def test_a_map_over_the_learning_rate_counts_as_a_search_at_that_rate_does(by_rate):
    table = by_rate.to_frame()
    assert len(table) == 35
    assert (table.status == "certified").all()
    for row in table.itertuples():
        net = anti(nx.cycle_graph(5), row.strength, learning_rate=row.learning_rate)
        count = npl.find_equilibria(net).stable_count
        assert count.lower <= row.n_stable <= count.upper


def test_slow_learning_removes_stable_states_one_after_another(by_rate):
    # P4: at fixed strength the count never falls as learning gets faster on this network.
    for _, column in by_rate.table.groupby("strength"):
        counts = column.sort_values("learning_rate").n_stable.to_numpy()
        assert (np.diff(counts) >= 0).all()
    assert by_rate.table.n_stable.max() == 5
    assert by_rate.table.n_stable.min() == 0


def test_curves_are_the_onset_and_the_critical_rates(by_rate):
    curves = by_rate.curves
    onset = curves[curves.kind == "onset"]
    expected = npl.onset(anti(nx.cycle_graph(5))).strength
    np.testing.assert_allclose(onset.strength, expected, atol=1e-8)
    for row in curves[curves.kind == "hopf"].itertuples():
        net = anti(nx.cycle_graph(5), row.strength)
        rates = npl.critical_learning_rate(net, npl.find_equilibria(net))
        assert np.abs(rates[np.isfinite(rates)] - row.learning_rate).min() < 1e-8


def test_two_other_parameters_are_searched_cell_by_cell():
    found = npl.stability_map(
        anti(nx.path_graph(2)), ("strength", [-4.0, -12.0]), ("bias", [0.6, 1.2])
    )
    for row in found.table.itertuples():
        net = anti(nx.path_graph(2), row.strength, bias=row.bias)
        assert row.n_stable == int(npl.count_equilibria(net, stable_only=True))
    onset = found.curves[found.curves.kind == "onset"]
    assert onset.bias.tolist() == [0.6, 1.2] or onset.bias.tolist() == [1.2]


def test_axes_may_be_exchanged(by_rate):
    swapped = npl.stability_map(
        anti(nx.cycle_graph(5)), ("learning_rate", [0.01, 1.0]), ("strength", [-20.0, -2.0])
    )
    assert swapped.x == "learning_rate"
    counts = swapped.table.set_index(["learning_rate", "strength"]).n_stable
    assert counts[1.0, -20.0] == 5
    assert counts[0.01, -20.0] == 0


def test_wrong_axes_are_refused():
    net = anti(nx.path_graph(2))
    with pytest.raises(ValueError, match="did you mean"):
        npl.stability_map(net, ("strenght", [-1.0]), ("bias", [1.0]))
    with pytest.raises(ValueError, match="two different"):
        npl.stability_map(net, ("strength", [-1.0]), ("strength", [-2.0]))
    with pytest.raises(ValueError, match="no values"):
        npl.stability_map(net, ("strength", []), ("bias", [1.0]))


def test_heat_map_draws_cells_and_curves(by_rate):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert by_rate.plot(ax) is ax
    assert len(ax.collections) == 1
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(labels) == ["hopf", "onset"]
    assert ax.get_yscale() == "log"
    plt.close("all")


def test_the_plane_passes_through_the_states_and_shows_their_energy():
    net = anti(nx.cycle_graph(5), -20.0)
    found = npl.find_equilibria(net)
    for count in (2, 3):
        states = found.rates[found.stable][:count]
        table, marks = npl.landscape_plane(net, states, resolution=41)
        assert len(table) == 41**2
        # Distances in the plane are distances between the states.
        for i in range(count):
            for j in range(count):
                apart = np.linalg.norm(states[i] - states[j])
                assert np.linalg.norm(marks[i] - marks[j]) == pytest.approx(apart)
        # No point of the plane near a minimum lies below it.
        for state, mark in zip(states, marks, strict=True):
            near = table[np.hypot(table.u - mark[0], table.v - mark[1]) < 0.05]
            assert near.energy.min() >= npl.energy(net, state) - 1e-9


def test_landscape_figure_marks_minima():
    import matplotlib.pyplot as plt

    net = anti(nx.path_graph(2), -20.0)
    found = npl.find_equilibria(net)
    _, ax = plt.subplots()
    assert npl.plot_landscape(net, found.rates[found.stable], ax=ax, resolution=31) is ax
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"minimum"}
    _, ax = plt.subplots()
    npl.plot_landscape(net, found.rates[:2], ax=ax, resolution=31)
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {
        "minimum",
        "not a minimum",
    }
    plt.close("all")


def test_states_that_span_no_plane_are_refused():
    net = anti(nx.path_graph(3), -20.0)
    with pytest.raises(ValueError, match="two or three"):
        npl.landscape_plane(net, np.array([[0.1, 0.2, 0.3]]))
    with pytest.raises(ValueError, match="same"):
        npl.landscape_plane(net, np.full((2, 3), 0.2))
    line = np.outer([0.1, 0.2, 0.3], np.ones(3))
    with pytest.raises(ValueError, match="line"):
        npl.landscape_plane(net, line)
