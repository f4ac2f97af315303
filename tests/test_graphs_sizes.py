"""Sizes that a file or a call declares are not believed; what is no file is no network."""

import gzip
import io
import os
import time
import zipfile

import numpy as np
import pytest
import scipy.sparse
from conftest import write
from network_files import SYMMETRIC, WRITERS, example, fails

import netplastic as npl
from netplastic.graphs import NetworkFileError, read_network

# Sizes are not believed


def sparse_npz(path, size):
    matrix = scipy.sparse.coo_array(([1.0, 1.0], ([0, 1], [1, 0])), shape=(2, 2))
    scipy.sparse.save_npz(path, matrix)
    with np.load(path) as arrays:
        parts = dict(arrays)
    np.savez(path, **{**parts, "shape": np.array([size, size])})


def declared_npy(path, shape):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    path.write_bytes(header.getvalue() + bytes(16))


def bomb(path, name, size):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(size))


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.npz", lambda path: sparse_npz(path, 10**9)),
        ("a.npy", lambda path: declared_npy(path, (10**6, 10**6))),
        (
            "a.mtx",
            lambda path: path.write_text(
                "%%MatrixMarket matrix coordinate real general\n1000000000 1000000000 1\n1 2 1.0\n"
            ),
        ),
        (
            "a.toml",
            lambda path: path.write_text(
                'topology = "ring_of_modules"\n[parameters]\nmodules = 100_000_000\n'
            ),
        ),
        ("a.net", lambda path: path.write_text("*Vertices 1000000000\n")),
        ("b.npz", lambda path: bomb(path, "arr_0.npy", 30_000_000)),
        ("a.csv.gz", lambda path: path.write_bytes(gzip.compress(b" \n" * 3_000_000))),
    ],
)
def test_declared_sizes_are_refused_at_once(tmp_path, name, make):
    make(tmp_path / name)
    begin = time.perf_counter()
    line = fails(tmp_path / name, "GB of memory; the limit is 0.02 GB", memory_limit=0.02)
    assert time.perf_counter() - begin < 2.0
    assert line is None or name == "a.toml"


@pytest.mark.parametrize(
    "build",
    [
        lambda: npl.graphs.ring_of_modules(modules=10**9),
        lambda: npl.graphs.star_of_modules(modules=10**9),
        lambda: npl.graphs.planted_partition(modules=10**9),
        lambda: npl.graphs.planted_partition(modules=1, module_size=10**6),
        lambda: npl.graphs.caveman(modules=10**9),
        lambda: npl.graphs.dumbbell(module_size=10**6),
        lambda: npl.graphs.dumbbell(path_length=10**9),
        lambda: npl.graphs.hourglass(layer_size=10**7),
        lambda: npl.graphs.hierarchical_modules(levels=40),
        lambda: npl.graphs.hierarchical_modules(levels=1, branching=2, module_size=10**6),
    ],
)
def test_builders_refuse_what_does_not_fit(build):
    with pytest.raises(ValueError, match=r"GB of memory; the limit is 8 GB\. Give memory_limit="):
        build()


def test_the_limit_can_be_lifted(tmp_path):
    with pytest.raises(ValueError, match="the limit is 1e-05 GB"):
        npl.graphs.caveman(memory_limit=1e-5)
    assert npl.graphs.caveman(memory_limit=1.0).number_of_nodes() == 36
    np.save(tmp_path / "a.npy", SYMMETRIC)
    fails(tmp_path / "a.npy", "Give memory_limit=", memory_limit=1e-7)
    assert read_network(tmp_path / "a.npy", memory_limit=float("inf")).number_of_nodes() == 3
    with pytest.raises(TypeError, match="memory_limit"):
        read_network(tmp_path / "a.npy", memory_limit="8 GB")


# What is no file of its kind


def test_pipes_folders_and_odd_names(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    fails(tmp_path / "pipe.csv", "is no regular file but a pipe or device")
    (tmp_path / "folder.graphml").mkdir()
    fails(tmp_path / "folder.graphml", "is a folder")
    fails(tmp_path / ("x" * 300 + ".csv"), "cannot be read")
    fails("nul\0.csv", "no such file")
    fails(write(tmp_path, "a.csv.gz", "source,target\n"), "is not a valid .gz file")
    fails(write(tmp_path, "a.gz", "x"), "unknown suffix ''")


@pytest.mark.parametrize(
    "suffix",
    [".toml", ".graphml", ".gml", ".gexf", ".net", ".json", ".csv", ".npz", ".npy", ".mtx"],
)
def test_noise_is_refused_and_nothing_else_happens(tmp_path, suffix):
    """Bytes, text and damaged files: always a NetworkFileError with the file's name."""
    rng = np.random.default_rng(0)
    path = tmp_path / f"net{suffix}"
    good = b""
    writers = dict(WRITERS)
    if suffix in writers:
        writers[suffix](example(), path)
        good = path.read_bytes()
    elif suffix == ".npy":
        np.save(path, SYMMETRIC)
        good = path.read_bytes()
    elif suffix == ".npz":
        np.savez(path, SYMMETRIC)
        good = path.read_bytes()
    for trial in range(60):
        if good and trial % 2:
            data = bytearray(good)
            for place in rng.integers(len(data), size=3):
                data[place] = rng.integers(256)
            noise = bytes(data[: rng.integers(1, len(data) + 1)])
        elif trial % 4:
            noise = rng.bytes(int(rng.integers(1, 80)))
        else:
            noise = "".join(rng.choice(list("[]{}<>*\"'#,;\n 01eE.-ab"), size=60)).encode()
        path.write_bytes(noise)
        fault = ""
        try:
            read_network(path)
        except NetworkFileError as error:
            fault = str(error)
        assert not fault or str(path) in fault


@pytest.mark.parametrize(
    ("suffix", "way"),
    [
        (".g6", "networkx.read_graph6(path)"),
        (".txt", "call a table with a header .csv"),
        (".xlsx", "read_network(pandas.read_excel(path))"),
        (".mat", "read_network(scipy.io.loadmat(path)['NAME'])"),
        (".xyz", "networkx.read_...(path)"),
    ],
)
def test_other_formats_come_in_by_one_line(tmp_path, suffix, way):
    fails(write(tmp_path, f"a{suffix}", "x"), way)
