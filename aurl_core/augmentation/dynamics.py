"""Velocity curves. How steep they are is drawn in policy.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aurl_core.score.score import Score

LOUDEST = 127
_TINY = 1e-9
"""So that a peak may lie at either end."""


def bend_velocities(
    score: Score, *, scale: float = 1.0, gamma: float = 1.0, swell: float = 0.0, peak: float = 0.5
) -> Score:
    """Velocities v as `scale * 127 (v / 127) ** gamma`, swelling by the share `swell` up to `peak` and down again.

    `peak` is a share of the piece: 1 is one long crescendo, 0 one diminuendo. `scale` is held back where the loudest
    note would pass 127. Notes that begin together keep their order (equals stay equal, and what is close may become
    equal), all notes of the piece do if `swell` is 0.
    """
    notes = score.notes
    if not len(notes):
        return score
    time = notes.onset / max(int(notes.onset[-1]), 1)
    height = np.minimum((time + _TINY) / (peak + _TINY), (1 - time + _TINY) / (1 - peak + _TINY))
    loudness = (np.minimum(notes.velocity, LOUDEST) / LOUDEST) ** gamma * (1 + swell * (height - 0.5))
    gain = min(scale, 1 / loudness.max())
    velocity = np.rint(gain * loudness * LOUDEST).clip(1, LOUDEST).astype(np.uint8)
    return score.with_notes(replace(notes, velocity=velocity))
