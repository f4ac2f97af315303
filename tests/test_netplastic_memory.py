"""Nothing is as large as the square of the network, and large tables are written in pieces."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from netplastic import analyses

pytest.importorskip("resource")  # Windows has none

OPERATIONS = """
import json, math, resource, sys
import numpy as np
from scipy import sparse
import netplastic as npl

def network(n, strength=-20.0, **more):
    # each node and the two nearest on either side of a ring, as a sparse matrix
    half = sparse.diags_array([np.ones(n - 1), np.ones(n - 2)], offsets=[1, 2], shape=(n, n))
    bias = np.random.default_rng(0).uniform(0.8, 1.2, n)
    return npl.PlasticNetwork(half + half.T, npl.Hebbian(strength), bias=bias, **more)

def all_of(n):
    net = network(n)
    yield "network", net
    yield "simulation", npl.simulate(net, 1.0, rng=0)
    limit = net.replace(strength=-math.inf)
    yield "limit", npl.count_equilibria(limit, stable_only=True)
    yield "limit balls", npl.count_neighborhoods(limit)
    some = list(range(0, n, n // 10))
    yield "balls", npl.count_neighborhoods(net, nodes=some)
    yield "ball onsets", npl.onset_neighborhoods(net, nodes=some)
    yield "limit sets", npl.count_neighborhoods(net, method="limit sets")
    fast, few = net.replace(learning_rate=100.0), npl.Budget(starts=4)
    yield "samples", npl.find_equilibria(fast, "sampled", stable_only=True, budget=few, rng=0)
    yield "onset", npl.onset(net, limit=1.0)
    net.graph.add_nodes_from((node, {"module": node // 50}) for node in range(n))
    yield "choke points", npl.graphs.choke_points(net.graph, pivots=5)

for _ in all_of(200):  # compiles
    pass
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, found in all_of(int(sys.argv[1])):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([name, (peak - before) / 1024.0]))
"""


def test_no_operation_needs_the_square_of_fifty_thousand_nodes():
    command = [sys.executable, "-c", OPERATIONS, "50000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    grown = dict(map(json.loads, done.stdout.splitlines()))
    unit = 1.0 if sys.platform == "linux" else 1024.0
    assert len(grown) == 10
    # one bit for each pair of nodes would be 298 MiB
    assert {name: mib / unit for name, mib in grown.items() if mib / unit > 290.0} == {}


WRITING = """
import sys
import numpy as np, pandas as pd, pyarrow as pa
from netplastic import analyses
rows = 1_000_000
table = pd.DataFrame({f"x{k}": np.random.default_rng(k).random(rows) for k in range(8)})
table["kind"] = np.array(["fold", "pitchfork"], dtype=object)[np.arange(rows) % 2]
analyses.write_parquet(sys.argv[1], table)
print(int(table.memory_usage().sum()), pa.default_memory_pool().max_memory())
"""


def test_a_million_rows_are_written_in_pieces(tmp_path):
    path = tmp_path / "table.parquet"
    command = [
        sys.executable,
        "-c",
        WRITING.replace("sys.argv[1]", f"__import__('pathlib').Path({str(path)!r})"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size, more = map(int, done.stdout.split())
    assert 0 < more < size
    assert parquet.ParquetFile(path).num_row_groups == 20
    assert len(pd.read_parquet(path)) == 1_000_000


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_pieces_make_the_table_that_there_was(tmp_path, monkeypatch, rows):
    monkeypatch.setattr("netplastic.analyses._files._ROWS", 3)
    table = pd.DataFrame(
        {
            "number": np.arange(rows),
            "text": pd.Series(["a", None] * rows, dtype="str")[:rows],
            "maybe": pd.Series([1, None] * rows, dtype="Int64")[:rows],
        }
    )
    table.attrs["said"] = [1, 2]
    analyses.write_parquet(tmp_path / "t.parquet", table)
    table.to_parquet(tmp_path / "whole.parquet", index=False)
    there, whole = (pd.read_parquet(tmp_path / name) for name in ("t.parquet", "whole.parquet"))
    pd.testing.assert_frame_equal(there, whole)
    assert there.attrs == {"said": [1, 2]}
