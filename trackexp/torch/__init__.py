"""PyTorch: what a plain loop under `track` does, seen without a line of the user's and without a call of its model.

Training builds the autograd graph anyway, and the graph holds the loss, its targets, the activations and the wiring. So
five places are watched, cheaply, at every step (`anchors`); the graph itself is walked once an epoch (`graph`).
"""

from __future__ import annotations
