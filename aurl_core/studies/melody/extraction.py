"""Which notes form the melody, and where its phrases end. Track names are not looked at.

The track that behaves most like a tune is taken; where it plays more than one note at a time, its upper line is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.phrases import is_long_wait
from aurl_core.score.score import Notes, Score
from aurl_core.studies.frames import Frames, Sounding, pitched_notes
from aurl_core.studies.params import MelodyParams

SPARSE_BEATS = 4
"""A track covers a stretch of this many beats if it starts a note there."""

TENOR_PITCH = 48
"""Melodies seldom lie below; from an octave above on, more height says little."""

HEIGHT_SLOPE = 0.1
"""How much each further octave still says, as a part of what that first octave says."""


def track_scores(score: Score, *, params: MelodyParams) -> NDArray[np.float64]:
    """How much each track behaves like a melody: (tracks,), -inf for drums and silent tracks.

    Counts how seldom notes start together, how much of the piece is covered, height and loudness.
    """
    scores = np.full(len(score.tracks), -np.inf)
    pitched = pitched_notes(score)
    usual_velocity = pitched.velocity.mean() if len(pitched) else 0.0
    num_stretches = score.music_end / (SPARSE_BEATS * score.ticks_per_beat)
    for track in np.unique(pitched.track):
        notes = pitched.take(pitched.track == track)
        height = (np.average(notes.pitch, weights=notes.duration) - TENOR_PITCH) / 12
        covered = len(np.unique(notes.onset // (SPARSE_BEATS * score.ticks_per_beat)))
        scores[track] = (
            params.monophony_weight * monophony(notes)
            + params.coverage_weight * min(covered / num_stretches, 1.0)
            + params.height_weight * (np.clip(height, 0, 1) + HEIGHT_SLOPE * (height - 1))
            + params.loudness_weight * (notes.velocity.mean() - usual_velocity) / 16
        )
    return scores


def monophony(notes: Notes) -> float:
    """Number of different onsets over the number of notes: 1 where notes never start together."""
    return len(np.unique(notes.onset)) / len(notes) if len(notes) else 1.0


def skyline(notes: Notes, *, hold: float) -> Notes:
    """The highest note of each onset, unless a higher one goes on sounding for `hold` ticks or steps past that onset.

    After A. Uitdenbogerd and J. Zobel, "Melodic matching techniques for large databases", ACM Multimedia 1999.
    """
    if not len(notes):
        return notes
    start = np.unique(notes.onset).astype(np.int64)
    frames = Frames(start, int(notes.offset.max()), np.zeros_like(start), np.zeros_like(start))
    laid = Sounding.of(notes, frames)
    remains = notes.offset[laid.note] - start[laid.frame]
    counts = (notes.onset[laid.note] == start[laid.frame]) | (remains >= hold)
    top = np.zeros(len(start), np.int64)
    np.maximum.at(top, laid.frame[counts], notes.pitch[laid.note[counts]])
    upper = notes.take(notes.pitch == top[np.searchsorted(start, notes.onset)])
    return upper.take(np.append(True, upper.onset[1:] != upper.onset[:-1]))


def extract_melody(score: Score, *, params: MelodyParams) -> Notes:
    """The melody as a line of notes, one at a time; each is cut where the next begins. Empty without pitched notes."""
    scores = track_scores(score, params=params)
    if not np.isfinite(scores).any():
        return Notes.empty()
    notes = score.notes.take(score.notes.track == int(scores.argmax()))
    line = skyline(notes, hold=params.hold_beats * score.ticks_per_beat)
    if monophony(notes) < params.accompanied_monophony:
        line = _without_accompaniment(line, notes, params=params)
    return _one_at_a_time(line)


def _without_accompaniment(line: Notes, notes: Notes, *, params: MelodyParams) -> Notes:
    """The line without the notes that are low or quiet enough to be what sounds while the melody rests."""
    usual_pitch = np.average(line.pitch, weights=line.duration)
    is_high = line.pitch >= usual_pitch - params.accompaniment_semitones
    is_loud = line.velocity >= notes.velocity.mean() - params.accompaniment_velocity
    return line.take(is_high & is_loud)


def _one_at_a_time(line: Notes) -> Notes:
    until_next = np.diff(line.onset, append=np.iinfo(np.int32).max)
    return Notes(line.onset, np.minimum(line.duration, until_next), line.pitch, line.velocity, line.track)


def ends_phrase(melody: Notes, *, ticks_per_beat: int, params: MelodyParams) -> NDArray[np.bool_]:
    """Per note: does a phrase end with it? (N,) The last note always ends one.

    A note that is followed late, in itself and against the piece's median, is taken for an end.
    """
    least = params.phrase_gap_beats * ticks_per_beat
    is_end = is_long_wait(melody.onset, least=least, ratio=params.phrase_gap_ratio)
    return np.append(is_end, [True] * min(len(melody), 1))
