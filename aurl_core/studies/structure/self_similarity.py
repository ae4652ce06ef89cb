"""How alike the bars of a piece are. Where sections begin is told in segmentation.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes
from aurl_core.studies.frames import Frames, Sounding, pitch_class_profiles

SLOTS_PER_BAR = 16
"""Places in a bar that onsets are counted at, whatever the meter."""


def bar_harmony(notes: Notes, bars: Frames) -> NDArray[np.float64]:
    """How long each pitch class sounds in each bar, each bar of unit length as a vector: (bars, 12)."""
    laid = Sounding.of(notes, bars)
    weight = laid.length.astype(np.float64)
    return _unit_rows(pitch_class_profiles(notes.pitch[laid.note], laid.frame, weight, num_frames=len(bars)))


def bar_texture(notes: Notes, bars: Frames) -> NDArray[np.float64]:
    """Which pitch classes start where in each bar, as unit vectors: (bars, SLOTS_PER_BAR * 12)."""
    bar = np.searchsorted(bars.start, notes.onset, side="right") - 1
    position = notes.onset - bars.start[bar]
    slot = np.minimum(position * SLOTS_PER_BAR // (bars.stop - bars.start)[bar], SLOTS_PER_BAR - 1)
    cell = bar * SLOTS_PER_BAR + slot
    counts = pitch_class_profiles(notes.pitch, cell, np.ones(len(notes)), num_frames=len(bars) * SLOTS_PER_BAR)
    return _unit_rows(counts.reshape(len(bars), -1))


def likeness(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine of each two bars' features (bars, D), between 0 and 1: (bars, bars).

    Two silent bars are alike; a silent and a sounding one are not.
    """
    cosines: NDArray[np.float64] = np.clip(features @ features.T, 0.0, 1.0)
    silent = ~features.any(axis=1)
    cosines[np.ix_(silent, silent)] = 1.0
    return cosines


def _unit_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(values, norms, out=np.zeros_like(values), where=norms > 0)
    return unit
