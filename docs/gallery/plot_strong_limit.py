"""
Strong limit and finite strengths
=================================

Certified counts of a growing strength reach the exact count of the limit.

In the limit stable states are maximal independent sets. At a finite strength they are found and
proved one by one. In these three networks both agree before the strength is 15 times the degree.
"""

import math

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

import netplastic as npl

# %%
graphs = {
    "path of 7": nx.path_graph(7),
    "ring of 6": nx.cycle_graph(6),
    "Petersen graph": nx.petersen_graph(),
}
strengths = np.linspace(2.0, 60.0, 30)

figure, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
for number, (name, graph) in enumerate(graphs.items()):
    net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
    limit = int(npl.count_equilibria(net, stable_only=True))
    counts = [
        npl.count_equilibria(net.replace(strength=-strength), stable_only=True)
        for strength in strengths
    ]
    print(name, limit, {str(count.status) for count in counts})
    beyond = strengths >= 15 * max(degree for _, degree in graph.degree)
    assert all(count == limit for count, far in zip(counts, beyond, strict=True) if far)
    ax.step(
        strengths, [count.lower for count in counts], where="mid", label=name, color=f"C{number}"
    )
    ax.axhline(limit, ls=":", color=f"C{number}")
ax.set(xlabel="|strength|", ylabel="stable states")
ax.set_title("dotted: the strong limit")
ax.legend()
plt.show()
