"""Which held-out pieces were heard in training, nearly whole or by their melody: for reporting, never for choosing.

A window of a bar (16 steps) occurs in training if all its voices do, together and in any key. A piece is taken for a
near-duplicate if that holds for at least a tenth of its windows. Its melody is unseen if no stretch of three bars of
the first voice occurs in training.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.jsb.chorales import Chorales
from benchmarks.jsb.matching import continuations

WINDOW_STEPS = 16
DUPLICATE_SHARE = 0.1
MELODY_STEPS = 48


def seen_windows(held_out: Chorales, train: Chorales) -> NDArray[np.float64]:
    """Per piece, the share of its steps whose last bar occurs in training."""
    lengths = continuations(held_out, train, view="joint", scope="all").lengths[:, 0]
    return np.array([(lengths[held_out.steps(piece)] >= WINDOW_STEPS).mean() for piece in range(held_out.num_pieces)])


def longest_melodies(held_out: Chorales, train: Chorales) -> NDArray[np.int64]:
    """Per piece, the longest stretch of its first voice that occurs in training, in steps."""
    lengths = continuations(held_out, train, view="melody", scope="all").lengths[:, 0]
    return np.array([lengths[held_out.steps(piece)].max() for piece in range(held_out.num_pieces)])


def near_duplicates(held_out: Chorales, train: Chorales) -> NDArray[np.bool_]:
    return seen_windows(held_out, train) >= DUPLICATE_SHARE


def unseen_melodies(held_out: Chorales, train: Chorales) -> NDArray[np.bool_]:
    return longest_melodies(held_out, train) < MELODY_STEPS
