"""read_network on matrices: every format and orientation read back, every fault named."""

import re

import networkx as nx
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from conftest import same_edges, write

from netplastic.graphs import NetworkFileError, read_network

ARCS = np.array([[0, 2.0, 0], [0, 0, 3.5], [0, 0, 1.0]])


def save(folder, matrix, how):
    path = folder / ("net.mtx" if how.startswith("mtx") else "net.npz")
    if how == "npz dense":
        np.savez(path, matrix)
    elif how == "npz sparse":
        scipy.sparse.save_npz(path, scipy.sparse.csr_array(matrix))
    elif how == "mtx dense":
        scipy.io.mmwrite(path, matrix)
    else:
        scipy.io.mmwrite(path, scipy.sparse.coo_array(matrix))
    return path


MATRIX_FORMS = ["npz dense", "npz sparse", "mtx dense", "mtx sparse"]


@pytest.mark.parametrize("how", MATRIX_FORMS)
def test_matrices_and_their_orientation(tmp_path, how):
    path = save(tmp_path, ARCS, how)
    with pytest.raises(NetworkFileError, match=r"has the entry 0, 1 but not 1, 0.*--undirected"):
        read_network(path)
    graph = read_network(path, directed=True)
    assert sorted(graph.edges(data="weight")) == [(0, 1, 2.0), (1, 2, 3.5), (2, 2, 1.0)]
    assert same_edges(read_network(path, orientation="source-target"), graph)
    flipped = read_network(path, orientation="target-source")
    assert sorted(flipped.edges(data="weight")) == [(1, 0, 2.0), (2, 1, 3.5), (2, 2, 1.0)]
    assert np.array_equal(nx.to_numpy_array(graph), ARCS)


@pytest.mark.parametrize("how", MATRIX_FORMS)
def test_symmetric_matrices_are_undirected(tmp_path, how):
    matrix = ARCS + ARCS.T
    matrix = np.pad(matrix, (0, 1))  # an isolated node
    path = save(tmp_path, matrix, how)
    graph = read_network(path)
    assert not graph.is_directed()
    assert np.array_equal(nx.to_numpy_array(graph), matrix)
    arcs = read_network(path, directed=True)
    assert arcs.is_directed()
    assert np.array_equal(nx.to_numpy_array(arcs), matrix)


def test_pattern_and_integer_matrices(tmp_path):
    text = "%%MatrixMarket matrix coordinate pattern symmetric\n% c\n3 3 2\n2 1\n3 3\n"
    graph = read_network(write(tmp_path, "net.mtx", text))
    assert sorted(graph.edges(data="weight")) == [(0, 1, 1.0), (2, 2, 1.0)]
    np.savez(tmp_path / "bool.npz", ARCS > 0)
    assert read_network(tmp_path / "bool.npz", directed=False).number_of_edges() == 3


HEAD = "%%MatrixMarket matrix coordinate real general\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("hello\n", 1, "is not a valid Matrix Market file"),
        (HEAD + "2 3 1\n1 2 1.0\n", None, "the matrix is 2 x 3; it must be square"),
        (
            HEAD + "2 2 2\n1 2 1.0\n2 1 nan\n",
            None,
            "entries must be finite numbers; found nan at row 1, column 0 (from 0)",
        ),
        (
            HEAD + "2 2 2\n1 2 1.0\n1 2 1.0\n",
            None,
            "the entry at row 0, column 1 (from 0) is stored more than once",
        ),
        (
            HEAD.replace("general", "symmetric") + "2 2 2\n2 1 1.0\n1 2 1.0\n",
            None,
            "is stored more than once",
        ),
        (HEAD + "2 2 2\n1 2 1.0\n2 1 1.0 note\n", 4, "found '2 1 1.0 note'"),
        (HEAD + "% c\n2 2 1\n1 2 1,5\n", 4, "an entry is 3 numbers, with a decimal point"),
        (HEAD + "2 2 1\n1 2 1.0D+02\n", 3, "found '1 2 1.0D+02'"),
        (HEAD.replace("real", "integer") + "2 2 1\n1 2 1.5\n", 3, "found '1 2 1.5'"),
        (HEAD.replace("real", "pattern") + "2 2 1\n1 2 7\n", 3, "an entry is 2 numbers"),
        (HEAD + "2 2 1\n1 3 1.0\n", 3, "Column index out of bounds"),
        (HEAD + "2 2 1\n1 2 1.0\n2 1 1.0\n", 4, "Too many lines in file"),
        (HEAD + "2 2 1\n1 2 x\n", 3, "is not a valid Matrix Market file"),
        (
            HEAD.replace("real", "complex") + "2 2 1\n1 2 1.0 1.0\n",
            None,
            "must be real numbers; found the type complex128",
        ),
        (
            "%%MatrixMarket matrix array real general\n2 2\n1\ninf\n1\n1\n",
            None,
            "found inf at row 1, column 0 (from 0)",
        ),
        (HEAD + "0 0 0\n", None, "there is no node in it"),
    ],
)
def test_faults_of_mtx(tmp_path, text, line, message):
    path = write(tmp_path, "net.mtx", text)
    with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
        read_network(path)
    assert caught.value.line == line


def test_faults_of_npz(tmp_path):
    path = tmp_path / "net.npz"

    def fails(message):
        with pytest.raises(NetworkFileError, match=re.escape(message)) as caught:
            read_network(path)
        assert caught.value.line is None
        assert str(path) in str(caught.value)

    np.savez(path, ARCS[:2])
    fails("the matrix is 2 x 3; it must be square")
    np.savez(path, np.where(ARCS == 2.0, np.nan, ARCS))
    fails("entries must be finite numbers; found nan at row 0, column 1 (from 0)")
    scipy.sparse.save_npz(path, scipy.sparse.coo_array(([1.0, np.inf], ([0, 1], [1, 0]))))
    fails("found inf at row 1, column 0")
    scipy.sparse.save_npz(path, scipy.sparse.coo_array(([1.0, 1.0], ([0, 0], [1, 1])), (2, 2)))
    fails("row 0, column 1 (from 0) is stored more than once; add up duplicates")
    np.savez(path, ARCS, ARCS)
    fails("holds 2 arrays (arr_0, arr_1); it must hold one matrix")
    np.savez(path, ARCS[0])
    fails("holds an array of shape (3,)")
    np.savez(path, ARCS.astype(complex))
    fails("entries must be real numbers; found the type complex128")
    scipy.sparse.save_npz(path, scipy.sparse.csr_array(ARCS.astype(complex)))
    fails("entries must be real numbers; found the type complex128")
    np.savez(path, ARCS.astype(str))
    fails("entries must be real numbers; found the type <U32")
    np.savez(path, np.array([[object()]]))
    fails("holds something other than numbers")
    path.write_bytes(b"PK\x03\x04 broken")
    fails("is not a valid .npz file")
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(NetworkFileError):
        read_network(path)
    with path.open("wb") as file:
        np.save(file, ARCS)
    fails("is a single .npy array; call it .npy, or save it with numpy.savez")
    path.write_text("plain text")
    with pytest.raises(NetworkFileError):
        read_network(path)


def test_an_undirected_reading_of_a_lopsided_matrix(tmp_path):
    half = read_network(save(tmp_path, ARCS, "npz dense"), directed=False)
    assert sorted(half.edges(data="weight")) == [(0, 1, 2.0), (1, 2, 3.5), (2, 2, 1.0)]
    uneven = ARCS + 2.0 * ARCS.T
    with pytest.raises(NetworkFileError, match=r"0 - 1 has weight 2.0 one way and 4.0 the other"):
        read_network(save(tmp_path, uneven, "npz dense"), directed=False)
    uneven[2, 1] = 0.0
    uneven[1, 0] = 2.0
    with pytest.raises(NetworkFileError, match="0 - 1 stands there both ways, 1 - 2 once"):
        read_network(save(tmp_path, uneven, "npz dense"), directed=False)


def test_what_is_symmetric_up_to_rounding_is_undirected(tmp_path):
    """np.corrcoef differs from its transpose in the last digit, and so do sums in two orders."""
    matrix = np.abs(np.corrcoef(np.random.default_rng(0).normal(size=(12, 30))))
    matrix *= 1.0 + 2e-16 * np.random.default_rng(1).integers(-1, 2, size=matrix.shape)
    assert not np.array_equal(matrix, matrix.T)
    graph = read_network(save(tmp_path, matrix, "npz dense"))
    assert not graph.is_directed()
    assert graph.number_of_edges() == 12 * 13 // 2
    matrix[0, 1] *= 1.0 + 1e-9
    with pytest.raises(NetworkFileError, match="is not symmetric"):
        read_network(save(tmp_path, matrix, "npz dense"))


def test_a_small_entry_of_one_direction_is_no_rounding(tmp_path):
    matrix = np.array([[0.0, 1.0, 1e-13], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    with pytest.raises(NetworkFileError, match="has the entry 0, 2 but not 2, 0"):
        read_network(save(tmp_path, matrix, "npz sparse"))
