"""Silences and notes that make a piece longer than music is. A piece that is not too long keeps all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes, Score
from aurl_core.score.time import DEFAULT_TIME_SIGNATURE

MOST_BEATS: Final = 1 << 18
"""A longer piece (36 hours at 120 BPM) is no music, and its empty bars and time shifts would fill the memory."""
LONGEST_SILENCE_BEATS: Final = 256
"""What longer notes of such a piece become, and longer silences, which are up to a bar more, in beats."""


class Cut(NamedTuple):
    """Ticks taken out of a silence."""

    start: int
    length: int


def is_too_long(score: Score) -> bool:
    """Whether the music lasts over `MOST_BEATS`."""
    return score.music_end > MOST_BEATS * score.ticks_per_beat


def longest_ticks(score: Score) -> int:
    """`LONGEST_SILENCE_BEATS` in ticks."""
    return LONGEST_SILENCE_BEATS * score.ticks_per_beat


def limit_durations(notes: Notes, *, longest: int) -> NDArray[np.int32]:
    """Durations of `longest` ticks at most."""
    return np.minimum(notes.duration, np.int32(longest))


def cuts_of(score: Score) -> list[Cut]:
    """What to take out so that no silence lasts much over `LONGEST_SILENCE_BEATS`: whole bars of the meter that stands
    where it begins, so that the music behind it keeps its place in the bar."""
    onset = score.notes.onset.astype(np.int64)
    sounded = np.maximum.accumulate(np.append(0, score.notes.offset.astype(np.int64)))[:-1]
    longest = longest_ticks(score)
    rows = np.flatnonzero(onset - sounded > longest)
    bars = [_bar_ticks(score, start) for start in sounded[rows].tolist()]
    spare = (onset - sounded)[rows] - longest
    lengths = [int(ticks) // bar * bar for ticks, bar in zip(spare, bars, strict=True)]
    return [Cut(end - length, length) for end, length in zip(onset[rows].tolist(), lengths, strict=True) if length]


def shortened(score: Score, cuts: list[Cut]) -> Score:
    """The score without the ticks cut out; events that stood there stand where they were."""
    notes, events = score.notes, score.events
    return score.with_notes(replace(notes, onset=_moved(notes.onset, cuts))).with_events(
        replace(events, onset=_moved(events.onset, cuts))
    )


def _moved(ticks: NDArray[np.int32], cuts: list[Cut]) -> NDArray[np.int32]:
    moved = ticks.copy()
    for start, length in cuts:
        moved -= np.clip(ticks - start, 0, length).astype(np.int32)
    return moved


def _bar_ticks(score: Score, tick: int) -> int:
    meters = score.events.select("time_signature")
    row = int(np.searchsorted(meters.onset, tick, side="right")) - 1
    numerator, denominator = (int(meters.number[row]), int(meters.value[row])) if row >= 0 else DEFAULT_TIME_SIGNATURE
    return max(numerator * 4 * score.ticks_per_beat // max(denominator, 1), 1)
