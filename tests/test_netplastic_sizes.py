"""What does not fit is refused before it starts, with the estimate."""

import time

import numpy as np
import pytest
from scipy import sparse

import netplastic as npl
from netplastic.model import jacobian
from netplastic.stability import hessian

N = 1_000_000
HALF = sparse.diags_array([np.ones(N - 1)], offsets=[1], shape=(N, N))


def network(**more):
    return npl.PlasticNetwork(HALF + HALF.T, npl.Hebbian(-2.0), **more)


@pytest.fixture(scope="module")
def net():
    return network()


CALLS = {
    "diagram": lambda net: npl.bifurcation_diagram(net, "strength", 0.0, -5.0),
    "jacobian": lambda net: jacobian(net, np.zeros(N)),
    "hessian": lambda net: hessian(net, np.zeros(N)),
    "several": lambda net: jacobian(net, np.zeros((3, N))),
    "abscissa": lambda net: npl.stability.spectral_abscissa(net, np.zeros(N)),
    "energy_hessian": lambda net: npl.energy_hessian(net, np.zeros(N)),
}


@pytest.mark.parametrize("name", CALLS)
def test_dense_matrices_of_a_million_nodes_are_refused(net, name):
    began = time.process_time()
    with pytest.raises(ValueError, match=r"needs \d+ dense matri(x|ces) of (1|2)000000 x .*8 GB"):
        CALLS[name](net)
    assert time.process_time() - began < 20.0


def test_a_picture_of_a_matrix_is_refused(net):
    with pytest.raises(ValueError, match="a matrix shows up to 5,000"):
        npl.plot_matrix(net)
    with pytest.raises(ValueError, match=r"net.graph of 1e\+06 nodes .* GB of memory"):
        _ = sized().graph


def sized():
    """A network whose graph would be larger than the limit: a million nodes of degree 40."""
    offsets = list(range(1, 21))
    half = sparse.diags_array([np.ones(N - k) for k in offsets], offsets=offsets, shape=(N, N))
    return npl.PlasticNetwork(half + half.T, npl.Hebbian(-2.0))


def test_equal_parts_of_a_large_network_are_sampled_without_comparing_them():
    path = sparse.diags_array([np.ones(30_000 - 1)], offsets=[1], shape=(30_000, 30_000))
    both = sparse.block_diag([path + path.T] * 2, format="csr")
    net = npl.PlasticNetwork(both, npl.Hebbian(-20.0), learning_rate=100.0)
    found = npl.find_equilibria(
        net, "sampled", stable_only=True, budget=npl.Budget(starts=2), rng=0
    )
    assert found.statistics["different_components"] == 2
    assert found.stable_count.lower >= 1
