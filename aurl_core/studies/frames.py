"""Stretches of time (beats, bars) and what sounds in them. What it means musically is up to the studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes, Score
from aurl_core.score.time import BarGrid


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Consecutive stretches of time: frame i starts at `start[i]` and the last one ends at `end`, in ticks or steps."""

    start: NDArray[np.int64]
    end: int
    bar: NDArray[np.int64]
    """Bar that each frame belongs to."""
    position: NDArray[np.int64]
    """Distance of each frame from the start of its bar."""

    @classmethod
    def beats(cls, score: Score) -> Self:
        """One frame a quarter note, counted anew from each bar line; a bar's last frame may be shorter."""
        grid = BarGrid.of(score)
        counts = -(-grid.length // score.ticks_per_beat)
        bar = np.repeat(np.arange(len(grid)), counts)
        nth = np.arange(len(bar)) - np.repeat(np.cumsum(counts) - counts, counts)
        position = nth * score.ticks_per_beat
        return cls(grid.start[bar] + position, int(grid.start[-1] + grid.length[-1]), bar, position)

    @classmethod
    def bars(cls, score: Score) -> Self:
        """One frame a bar."""
        grid = BarGrid.of(score)
        zeros = np.zeros(len(grid), np.int64)
        return cls(grid.start, int(grid.start[-1] + grid.length[-1]), np.arange(len(grid)), zeros)

    def __len__(self) -> int:
        return len(self.start)

    @property
    def stop(self) -> NDArray[np.int64]:
        """Where each frame ends."""
        return np.append(self.start[1:], self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Sounding:
    """Notes laid over frames, one row for each pair of a note and a frame that it sounds in."""

    note: NDArray[np.int64]
    frame: NDArray[np.int64]
    length: NDArray[np.int64]
    """How long the note sounds in the frame, in ticks or steps."""

    @classmethod
    def of(cls, notes: Notes, frames: Frames) -> Self:
        """Lay notes over frames; a note counts up to the end of the last one."""
        onset, offset = notes.onset.astype(np.int64), notes.offset.astype(np.int64)
        first = np.searchsorted(frames.start, onset, side="right") - 1
        last = np.searchsorted(frames.start, np.maximum(offset - 1, onset), side="right") - 1
        counts = last - first + 1
        note = np.repeat(np.arange(len(notes)), counts)
        frame = np.arange(len(note)) - np.repeat(np.cumsum(counts) - counts - first, counts)
        length = np.minimum(offset[note], frames.stop[frame]) - np.maximum(onset[note], frames.start[frame])
        return cls(note, frame, length)


def pitched_notes(score: Score) -> Notes:
    """The notes that have a pitch: all but the drums."""
    return score.notes.take(~score.is_drum)


def pitch_class_profiles(
    pitch: NDArray[np.uint8], frame: NDArray[np.int64], weight: NDArray[np.float64], *, num_frames: int
) -> NDArray[np.float64]:
    """Sum of `weight` by frame and pitch class: (num_frames, 12).

    >>> pitch_class_profiles(np.array([60, 72], np.uint8), np.array([0, 0]), np.array([1.0, 2.0]), num_frames=1)[0, 0]
    np.float64(3.0)
    """
    summed = np.bincount(frame * 12 + pitch % 12, weight, minlength=num_frames * 12).astype(np.float64)
    return summed.reshape(num_frames, 12)
