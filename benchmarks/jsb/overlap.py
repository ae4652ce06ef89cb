"""How much of the held-out pieces was heard in training, in any key: clues for the mixture, and tables without copies.

A piece is taken for a near-duplicate if a tenth of its steps or more end a bar (16 steps) whose voices all occur in
training, together. Its melody is unseen if no stretch of three bars of the first voice occurs in training. Both are
for reporting, never for choosing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.jsb.chorales import Chorales, FloatArray, IntArray
from benchmarks.jsb.matching import continuations

WINDOW_STEPS = 16
DUPLICATE_SHARE = 0.1
MELODY_STEPS = 48


@dataclass(frozen=True)
class Overlap:
    """Per step (N,), how many of the steps right before it occur in training: all voices' and the first voice's."""

    joint_steps: IntArray
    melody_steps: IntArray
    chorales: Chorales

    def clues(self) -> FloatArray:
        """(N, 2) both on a log scale, about 0 to 1."""
        steps = np.stack([self.joint_steps, self.melody_steps], axis=1)
        clues: FloatArray = (np.log1p(steps) / np.log(64)).astype(np.float32)
        return clues

    def near_duplicates(self) -> NDArray[np.bool_]:
        """Which pieces are."""
        seen = [(steps >= WINDOW_STEPS).mean() for steps in self.by_piece(self.joint_steps)]
        return np.array(seen) >= DUPLICATE_SHARE

    def unseen_melodies(self) -> NDArray[np.bool_]:
        """Which pieces have one."""
        return np.array([steps.max() for steps in self.by_piece(self.melody_steps)]) < MELODY_STEPS

    def by_piece(self, values: IntArray) -> list[IntArray]:
        return np.split(values, self.chorales.starts[1:-1])


def find_overlap(held_out: Chorales, train: Chorales) -> Overlap:
    joint, melody = (
        continuations(held_out, train, view=view, scope="all").lengths[:, 0] for view in ("joint", "melody")
    )
    return Overlap(joint, melody, held_out)
