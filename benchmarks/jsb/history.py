"""What each voice did up to the step before: holds, motions, earlier pitches, pitch classes. N steps, 4 voices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.jsb.chorales import NUM_CODES, REACH, Chorales, FloatArray, IntArray

BEGIN = NUM_CODES
"""The code of what was before the first step."""
LONGEST_HOLD = 31
HISTORY_STEPS = (12.0, 64.0)
"""Time constants of the pitch-class histograms, in steps."""


def previous(values: IntArray, starts: IntArray, first: IntArray | int) -> IntArray:
    """The row before each row; `first` before a piece's first."""
    shifted = np.roll(values, 1, axis=0)
    shifted[starts[:-1]] = first
    return shifted


def onsets(chorales: Chorales) -> IntArray:
    """(N, 4) the step at which each voice's pitch of this step began."""
    step = np.arange(chorales.num_steps)[:, None]
    moved = chorales.codes != REACH
    moved[chorales.starts[:-1]] = True
    onset: IntArray = np.maximum.accumulate(np.where(moved, step, 0), axis=0)
    return onset


def held_steps(chorales: Chorales) -> IntArray:
    """(N, 4) for how long each voice held before the step; 0 before the first."""
    held = np.arange(chorales.num_steps)[:, None] - onsets(chorales) + 1
    return previous(np.minimum(held, LONGEST_HOLD), chorales.starts, 0)


def latest_motions(chorales: Chorales) -> IntArray:
    """(N, 4) the code of each voice's latest motion that was no hold, before the step."""
    motions = np.take_along_axis(chorales.codes, onsets(chorales), axis=0)
    return previous(motions, chorales.starts, BEGIN)


def earlier_pitches(chorales: Chorales) -> list[IntArray]:
    """The voice's pitches one and two changes before its last one, before the step; twice (N, 4).

    A piece's first pitch has none before it, and stands for it.
    """
    piece_start = np.repeat(chorales.starts[:-1], chorales.lengths)[:, None]
    onset, result = onsets(chorales), []
    for _ in range(2):
        before = np.maximum(onset - 1, piece_start)
        pitches = np.take_along_axis(chorales.pitches, before, axis=0)
        result.append(previous(pitches, chorales.starts, chorales.pitches[chorales.starts[:-1]]))
        onset = np.take_along_axis(onset, before, axis=0)
    return result


def relative_histograms(chorales: Chorales, last_pitches: IntArray) -> FloatArray:
    """(N, 4, H, 12) shares of the pitch classes heard lately; entry k is k semitones above the voice's last pitch."""
    step = np.arange(chorales.num_steps)[:, None, None]
    rotation = (last_pitches[..., None] + np.arange(12)) % 12
    histograms = [recent_pitch_classes(chorales, steps)[step, rotation] for steps in HISTORY_STEPS]
    return np.stack(histograms, axis=2)


def recent_pitch_classes(chorales: Chorales, time_constant: float) -> FloatArray:
    """(N, 12) shares of the pitch classes before each step, each step forgotten by exp(-1 / time_constant)."""
    heard = np.zeros((chorales.num_steps, 12), dtype=np.float32)
    np.add.at(heard, (np.arange(chorales.num_steps)[:, None], chorales.pitches % 12), 1.0)
    kept = np.full(chorales.num_steps, np.exp(-1 / time_constant), dtype=np.float32)
    kept[chorales.starts[:-1]] = 0.0
    state = np.zeros(12, dtype=np.float32)
    lately = np.empty_like(heard)
    for step in range(chorales.num_steps):
        lately[step] = state = kept[step] * (state + heard[step - 1])
    shares: NDArray[np.float32] = lately / np.maximum(lately.sum(1, keepdims=True), 1e-6)
    return shares
