"""
Choke points of nine families of networks
=========================================

Cut out, a choke point has fewer stable states than its equals; inside the network it shows more.

The study `choke-points` compares choke points with other nodes of equal degree in 180 random
modular networks, in the strong limit, where all counts are exact. This figure, which the README
shows too, is drawn from the table that the study wrote. Bars are 95 % intervals of the mean over
20 graphs.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import netplastic as npl

# %%
# The findings of the study, a row for each claim and case.
data = Path(npl.__file__).parents[1] / "analyses" / "data"
findings = pd.read_csv(data / "choke-points.csv")
random = findings[findings["n_graphs"] == 20]
readings = {
    "Cut out, the balls": "cut out",
    "Read inside the network": "inside the network",
}

# %%
figure, ax = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
for number, (claim, label) in enumerate(readings.items()):
    rows = random[random["claim"].str.startswith(claim)].reset_index(drop=True)
    least, most = rows["value"].min(), rows["value"].max()
    print(f"{label}: {least:+.2f} to {most:+.2f} bits, {len(rows)} families")
    error = [rows["value"] - rows["low"], rows["high"] - rows["value"]]
    look = {"fmt": "sD"[number], "color": ("#0072B2", "#D55E00")[number], "label": label}
    ax.errorbar(rows["value"], rows.index, xerr=error, markersize=5, **look)
ax.axvline(0.0, color="0.5", lw=1)
ax.set(yticks=rows.index, yticklabels=rows["case"].str.replace("_", " "))
ax.invert_yaxis()
ax.set_xlabel("stable states of choke points beyond others of equal degree (bits)")
ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
plt.show()
