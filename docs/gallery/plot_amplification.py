"""
Amplification over an ensemble
==============================

One dot a graph: the excess of choke points, in two ways of reading a neighborhood.

Neighborhoods of one graph overlap, so the unit of evidence is a graph. Cut out, choke points have
fewer stable states than other nodes of equal degree; inside the network they show more.
"""

import math

import matplotlib.pyplot as plt
import pandas as pd

import netplastic as npl


# %%
# Twenty random hourglasses, all counts exact.
def effects(scope: str) -> pd.DataFrame:
    """Return the effect of each graph and their mean."""
    counts, chokes = [], []
    for seed in range(20):
        graph = npl.graphs.hourglass(rng=seed)
        net = npl.PlasticNetwork(graph, npl.Hebbian(strength=-math.inf))
        counts.append(npl.count_neighborhoods(net, scope=scope).assign(seed=seed))
        chokes.append(npl.graphs.choke_points(graph).assign(seed=seed))
    table = npl.amplification(pd.concat(counts), pd.concat(chokes))
    return table[(table["comparison"] == "matched") & (table["choke_kind"] == "all")]


# %%
figure, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
scopes = ("isolated", "embedded")
for place, scope in enumerate(scopes):
    table = effects(scope)
    single = table.loc[table["level"] == "graph", "effect"]
    mean = table[table["level"] == "ensemble"].iloc[0]
    print(f"{scope}: {mean['effect']:+.2f} bits ({mean['low']:+.2f} to {mean['high']:+.2f})")
    ax.plot(single, [place - 0.12] * len(single), "o", alpha=0.4, color=f"C{place}")
    ax.plot([mean["low"], mean["high"]], [place + 0.12] * 2, lw=3, color=f"C{place}")
    ax.plot(mean["effect"], place + 0.12, "D", color=f"C{place}")
ax.axvline(0.0, color="0.6", lw=1)
ax.set(yticks=[0, 1], yticklabels=scopes, ylim=(-0.5, 1.5))
ax.set_xlabel("excess of choke points at equal degree (bits)")
ax.set_title("dots: graphs; diamonds: mean and 95 % interval")
plt.show()
