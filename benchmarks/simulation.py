"""The full dynamics side by side with what a user would pick today, in one run.

    python benchmarks/simulation.py [--size small medium large] [--rate 0.1 10] [--duration 100]
                                    [--limit 120] [--only TEXT]

Every tool integrates the same model from the same state, diffrax on the threads that XLA takes, the
others on one. Printed are

    setup     building its own form of the problem, and compiling (a first short call)
    t = 5     time of a later call to t = 5 (the best of up to three), and the largest error of any
              activity there against a reference (scipy DOP853 at rtol 1e-10); later, at learning
              rate 0.1, trajectories of different tools separate, so that errors mean nothing
    t = 100   time to t = 100; left out where the time to t = 5 foretells more than --limit
    ratios    both times over those of netplastic at the same error (interpolated between its own
              tolerances; where a tool errs more than the loosest of these, that one counts)

Peers keep one weight per arc, as scripts do; netplastic keeps one per edge where it may, and is
shown with one per arc too. At last a batch is run on one thread and on all. A tool that is not
installed is named and left out. brian2 has no error control: it takes fixed steps of its
fourth-order method, between which the summed input is held, which makes it first order here.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from _bandwidth import bandwidth
from _timing import timed
from numba import njit
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array

import netplastic as npl

STRENGTH = -10.0
EARLY = 5.0


@dataclass(frozen=True)
class Problem:
    """A network and where it starts: x uniform on [-1, 1], no weights yet."""

    net: Any
    start: np.ndarray[Any, Any]

    @property
    def state(self) -> np.ndarray[Any, Any]:
        return np.concatenate([self.start, np.zeros(self.net.m)])


@dataclass(frozen=True)
class Tool:
    """A way to integrate: `prepare` returns a function of (problem's end time) -> activity."""

    name: str
    needs: str
    prepare: Callable[[Problem], Callable[[float], Any]]


def problem_of(size: str, rate: float) -> Problem:
    if size == "small":
        graph: Any = nx.planted_partition_graph(10, 100, 0.18, 0.0025, seed=0)
    elif size == "medium":
        graph = nx.planted_partition_graph(100, 100, 0.18, 0.0002, seed=0)
    else:
        graph = npl.graphs.ring_of_modules(
            modules=1500, module_size=65, density=0.31, path_length=2, rng=0
        )
    net = npl.PlasticNetwork(graph, npl.Hebbian(STRENGTH), learning_rate=rate)
    return Problem(net, np.random.default_rng(0).uniform(-1.0, 1.0, net.n))


# -- the right-hand sides of a user's script -------------------------------------------------


def vectorised(problem: Problem) -> Callable[[float, Any], Any]:
    net, wiring = problem.net, problem.net.wiring
    n, eps = net.n, net.learning_rate
    matrix = csr_array((np.zeros(net.m), wiring.source, wiring.indptr), shape=(n, n))

    def drift(_: float, y: Any) -> Any:
        x, w = y[:n], y[n:]
        v = np.tanh(x)
        matrix.data = w
        out = np.empty_like(y)
        out[:n] = 1.0 - x + matrix @ v
        out[n:] = eps * (STRENGTH * v[wiring.target] * v[wiring.source] - w)
        return out

    return drift


@njit(fastmath=True)
def fused(indptr: Any, source: Any, eps: float, strength: float, y: Any, out: Any) -> None:
    n = indptr.shape[0] - 1
    v = np.tanh(y[:n])
    for i in range(n):
        total = 0.0
        for p in range(indptr[i], indptr[i + 1]):
            w = y[n + p]
            total += w * v[source[p]]
            out[n + p] = eps * (strength * v[i] * v[source[p]] - w)
        out[i] = 1.0 - y[i] + total


def peers_call(problem: Problem) -> Callable[[], None]:
    """`fused` once, at the start."""
    wiring, state = problem.net.wiring, problem.state
    out = np.empty_like(state)
    return lambda: fused(wiring.indptr, wiring.source, 0.1, STRENGTH, state, out)


def compiled(problem: Problem) -> Callable[[float, Any], Any]:
    wiring, eps = problem.net.wiring, problem.net.learning_rate

    def drift(_: float, y: Any) -> Any:
        out = np.empty_like(y)
        fused(wiring.indptr, wiring.source, eps, STRENGTH, y, out)
        return out

    return drift


# -- the tools ----------------------------------------------------------------------------------


def netplastic(tolerance: float, per_arc: bool = False) -> Callable[[Problem], Any]:
    def prepare(problem: Problem) -> Callable[[float], Any]:
        weights = np.zeros(problem.net.m)
        if per_arc:
            weights[0] = 1e-300  # no longer the same in both directions

        def run(end: float) -> Any:
            return npl.simulate(
                problem.net,
                end,
                initial=(problem.start, weights),
                times=[end],
                observe=npl.Observe(weights=False),
                solver=npl.Solver(rtol=tolerance, atol=tolerance),
            ).final_activity

        return run

    return prepare


def scipy_tool(form: Any, method: str, tolerance: float) -> Callable[[Problem], Any]:
    def prepare(problem: Problem) -> Callable[[float], Any]:
        drift = form(problem)

        def run(end: float) -> Any:
            solution = solve_ivp(
                drift,
                (0.0, end),
                problem.state,
                method=method,
                rtol=tolerance,
                atol=tolerance,
                t_eval=[end],
            )
            return solution.y[: problem.net.n, -1]

        return run

    return prepare


def numbalsoda_tool(tolerance: float) -> Callable[[Problem], Any]:
    """dop853 of numbalsoda (its lsoda would hold a dense Jacobian of all weights)."""

    def prepare(problem: Problem) -> Callable[[float], Any]:
        import numba as nb
        from numbalsoda import dop853, lsoda_sig

        wiring, n, m, eps = (
            problem.net.wiring,
            problem.net.n,
            problem.net.m,
            float(problem.net.learning_rate),
        )
        size, strength = n + m, STRENGTH
        # Handed over as data: arrays named in the function would be compiled into it.
        data = np.concatenate([wiring.indptr, wiring.source]).view(np.float64)

        @nb.cfunc(lsoda_sig)
        def drift(_: Any, y: Any, out: Any, data: Any) -> None:
            whole = nb.carray(data, (n + 1 + m,)).view(np.int64)
            indptr, source = whole[: n + 1], whole[n + 1 :]
            fused(indptr, source, eps, strength, nb.carray(y, (size,)), nb.carray(out, (size,)))

        def run(end: float) -> Any:
            times = np.array([0.0, end])
            values, good = dop853(
                drift.address, problem.state, times, data=data, rtol=tolerance, atol=tolerance
            )
            if not good:
                raise RuntimeError("dop853 gave up")
            return values[-1, :n]

        return run

    return prepare


def cvode_tool(tolerance: float, method: str = "BDF") -> Callable[[Problem], Any]:
    """CVODE of SUNDIALS (scikit-sundae) with GMRES, Jacobian times vector by differences."""

    def prepare(problem: Problem) -> Callable[[float], Any]:
        from sksundae.cvode import CVODE

        wiring, eps = problem.net.wiring, problem.net.learning_rate

        def drift(_: float, y: Any, out: Any) -> None:
            fused(wiring.indptr, wiring.source, eps, STRENGTH, y, out)

        def run(end: float) -> Any:
            solver = CVODE(
                drift,
                method=method,
                linsolver="gmres",
                rtol=tolerance,
                atol=tolerance,
                max_num_steps=1_000_000,
            )
            solution = solver.solve(np.array([0.0, end]), problem.state)
            if not solution.success:
                raise RuntimeError(solution.message)
            return solution.y[-1, : problem.net.n]

        return run

    return prepare


def diffrax_tool(tolerance: float) -> Callable[[Problem], Any]:
    def prepare(problem: Problem) -> Callable[[float], Any]:
        import diffrax
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_platforms", "cpu")
        wiring, n = problem.net.wiring, problem.net.n
        source, target = jnp.asarray(wiring.source), jnp.asarray(wiring.target)
        eps = problem.net.learning_rate

        def drift(_: Any, y: Any, __: Any) -> Any:
            x, w = y
            v = jnp.tanh(x)
            total = jax.ops.segment_sum(
                w * v[source], target, num_segments=n, indices_are_sorted=True
            )
            return 1.0 - x + total, eps * (STRENGTH * v[target] * v[source] - w)

        @jax.jit
        def solve(start: Any, end: Any) -> Any:
            return diffrax.diffeqsolve(
                diffrax.ODETerm(drift),
                diffrax.Tsit5(),
                0.0,
                end,
                0.001,
                start,
                stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
                max_steps=1_000_000,
                saveat=diffrax.SaveAt(t1=True),
            ).ys[0]

        start = (jnp.asarray(problem.start), jnp.zeros(problem.net.m))
        return lambda end: np.asarray(solve(start, end)[0])

    return prepare


def brian_tool(step: float) -> Callable[[Problem], Any]:
    def prepare(problem: Problem) -> Callable[[float], Any]:
        import brian2 as b2

        b2.prefs.codegen.target = "cython"
        wiring = problem.net.wiring

        def run(end: float) -> Any:
            b2.start_scope()
            b2.defaultclock.dt = step * b2.second
            names = {"eps": problem.net.learning_rate, "strength": STRENGTH, "unit": b2.second}
            cells = b2.NeuronGroup(
                problem.net.n,
                "dx/dt = (1 - x + total) / unit : 1\nv = tanh(x) : 1\ntotal : 1",
                method="rk4",
                namespace=names,
            )
            joints = b2.Synapses(
                cells,
                cells,
                "dw/dt = eps * (strength * v_pre * v_post - w) / unit : 1 (clock-driven)\n"
                "total_post = w * v_pre : 1 (summed)",
                method="rk4",
                namespace=names,
            )
            joints.connect(i=wiring.source, j=wiring.target)
            cells.x = problem.start
            network = b2.Network(cells, joints)
            network.run(end * b2.second)
            return np.array(cells.x)

        return run

    return prepare


TOOLS = [
    *(Tool(f"netplastic {t:g}", "netplastic", netplastic(t)) for t in (1e-3, 1e-4, 1e-6, 1e-8)),
    Tool("netplastic per arc 1e-06", "netplastic", netplastic(1e-6, per_arc=True)),
    Tool("scipy RK45 numpy 1e-06", "scipy", scipy_tool(vectorised, "RK45", 1e-6)),
    *(
        Tool(f"scipy {m} numba {t:g}", "scipy", scipy_tool(compiled, m, t))
        for m, t in (("RK23", 1e-4), ("RK45", 1e-4), ("RK45", 1e-6), ("DOP853", 1e-6))
    ),
    *(Tool(f"numbalsoda dop853 {t:g}", "numbalsoda", numbalsoda_tool(t)) for t in (1e-4, 1e-6)),
    *(Tool(f"CVODE BDF GMRES {t:g}", "sksundae", cvode_tool(t)) for t in (1e-4, 1e-6)),
    *(Tool(f"diffrax Tsit5 {t:g}", "diffrax", diffrax_tool(t)) for t in (1e-4, 1e-6)),
    Tool("brian2 rk4 dt=0.01", "brian2", brian_tool(0.01)),
]


# -- measurements --------------------------------------------------------------------------------


def best_of(call: Callable[[], Any], enough: float = 3.0) -> tuple[float, Any]:
    """The best time of up to three calls; no further one once `enough` seconds are spent."""
    best, value = timed(call)
    spent = best
    for _ in range(2):
        if spent < enough:
            again, value = timed(call)
            best, spent = min(best, again), spent + again
    return best, value


def compare(size: str, rate: float, duration: float, limit: float, only: str) -> None:
    built, problem = timed(lambda: problem_of(size, rate))
    net = problem.net
    edges = net.m // 2
    print(f"\n{size}: {net.n} nodes, {edges} edges, learning rate {rate:g}; made in {built:.1f} s")
    reference = scipy_tool(compiled, "DOP853", 1e-10)(problem)(EARLY)
    heads = ("setup", "t=5", "error", f"t={duration:g}", "ratio", "ratio")
    print(f"{'tool':28s} " + " ".join(f"{head:>8s}" for head in heads))
    own: list[tuple[float, float, float]] = []
    for tool in TOOLS:
        if only and only not in tool.name:
            continue
        try:
            importlib.import_module(tool.needs)
        except Exception as missing:  # what a broken install raises is its own affair
            print(f"{tool.name:28s} left out: {type(missing).__name__}: {missing}")
            continue
        run = tool.prepare(problem)
        setup, _ = timed(lambda run=run: run(0.01))
        print(f"{tool.name:28s} {setup:8.2f}", end="", flush=True)
        if setup > limit:
            print("        -", flush=True)
            continue
        early, value = best_of(lambda run=run: run(EARLY))
        error = np.abs(value - reference).max()
        print(f" {early:8.3f} {error:8.1e}", end="", flush=True)
        whole = math.nan
        if early * duration / EARLY <= limit:
            whole, _ = best_of(lambda run=run: run(duration))
        if tool.needs == "netplastic":
            if "per arc" not in tool.name:
                own.append((error, early, whole))
            print(f" {whole:8.2f}", flush=True)
        else:
            ratios = early / at_error(own, error, 1), whole / at_error(own, error, 2)
            print(f" {whole:8.2f} {ratios[0]:8.1f} {ratios[1]:8.1f}", flush=True)


def at_error(own: list[tuple[float, float, float]], error: float, column: int) -> float:
    """Time of netplastic where it errs as much; NaN where that is less than it was asked for."""
    if not own or error < min(row[0] for row in own):
        return math.nan
    table = np.log(sorted(own))
    return float(np.exp(np.interp(np.log(error), table[:, 0], table[:, column])))


def batch(size: str, problem: Problem, trials: int = 8) -> None:
    """A batch to t = 5 on one thread, and on all cores."""
    starts = np.random.default_rng(1).uniform(-1.0, 1.0, (trials, problem.net.n))
    cores, seconds = os.cpu_count() or 1, []
    for workers in (1, cores):
        solver = npl.Solver(workers=workers)

        def run(solver: npl.Solver = solver) -> Any:
            state = (starts, np.zeros(problem.net.m))
            wish = npl.Observe(weights=False)
            return npl.simulate(
                problem.net, EARLY, initial=state, times=[EARLY], observe=wish, solver=solver
            )

        run()
        seconds.append(best_of(run)[0])
    print(f"{size}: {trials} trials to t = {EARLY:g}: {seconds[0]:.3f} s on one thread, ", end="")
    print(f"{seconds[1]:.3f} s on {cores}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", nargs="+", default=["small", "medium", "large"])
    parser.add_argument("--rate", nargs="+", type=float, default=[0.1, 10.0])
    parser.add_argument("--duration", type=float, default=100.0)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for a long run")
    parser.add_argument("--only", default="", help="only tools whose name holds this text")
    options = parser.parse_args()
    for size in options.size:
        problem = problem_of(size, 0.1)
        bandwidth(size, problem.net, peers_call(problem), netplastic(1e-6)(problem))
        for rate in options.rate:
            compare(size, rate, options.duration, options.limit, options.only)
        batch(size, problem)


if __name__ == "__main__":
    main()
