"""Variants of a piece, as they are met in collections: transposed, re-voiced, edited, cut, performed. Columns only.

Each takes a score in the ticks of its file, a random generator and some other piece, and returns a score that a
person would still call the same piece. benchmarks/duplicates.py asks which of them are found again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from aurl_core.score.score import Notes, Score

Edit = Callable[[Score, Generator, Score], Score]

_SECONDS_PER_BEAT: Final = 0.5
"""At 120 BPM, in which the jitter of a performance is said."""


def _with(score: Score, **columns: Any) -> Score:
    """The score with some note columns exchanged, in the order of notes, the unison doubles left out."""
    notes = {name: getattr(score.notes, name) for name in ("onset", "duration", "pitch", "velocity", "track")}
    notes |= {"pitch": np.clip(columns.pop("pitch", notes["pitch"]).astype(np.int64), 0, 127), **columns}
    return score.with_notes(Notes.of(**notes))


def transposed(score: Score, random: Generator, _: Score) -> Score:
    shift = random.choice([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6])
    return _with(score, pitch=score.notes.pitch.astype(np.int64) + np.where(score.is_drum, 0, shift))


def time_scaled(factor: Fraction) -> Edit:
    def scaled(score: Score, random: Generator, _: Score) -> Score:
        times = np.stack([score.notes.onset, score.notes.offset]).astype(np.int64)
        onset, offset = times * factor.numerator // factor.denominator
        return _with(score, onset=onset, duration=np.maximum(offset - onset, 1))

    return scaled


def octave_moved(score: Score, random: Generator, _: Score) -> Score:
    """An inner part an octave down: a track that is neither highest nor lowest, else the inner notes of all chords."""
    tracks = np.unique(score.notes.track)
    heights = [score.notes.pitch[score.notes.track == track].mean() for track in tracks]
    if len(tracks) > 2:
        inner = score.notes.track == tracks[np.argsort(heights)[len(tracks) // 2]]
    else:
        inner = ~(_is_outer(score, highest=True) | _is_outer(score, highest=False))
    return _with(score, pitch=score.notes.pitch.astype(np.int64) - 12 * inner)


def merged(score: Score, random: Generator, _: Score) -> Score:
    """All tracks as one, as a piano reduction has them; drums are left out."""
    notes = score.notes.take(~score.is_drum)
    return replace(score, tracks=score.tracks[:1], notes=Notes.of(
        onset=notes.onset, duration=notes.duration, pitch=notes.pitch, velocity=notes.velocity, track=0
    ))  # fmt: skip


def bass_dropped(score: Score, random: Generator, _: Score) -> Score:
    """Without the lowest of several tracks, else without the lowest note of each chord."""
    tracks = np.unique(score.notes.track)
    heights = [score.notes.pitch[score.notes.track == track].mean() for track in tracks]
    if len(tracks) > 1:
        return score.with_notes(score.notes.take(score.notes.track != tracks[int(np.argmin(heights))]))
    kept = _is_outer(score, highest=True) | ~_is_outer(score, highest=False)
    return score.with_notes(score.notes.take(kept))


def notes_changed(share: float) -> Edit:
    def changed(score: Score, random: Generator, _: Score) -> Score:
        steps = random.choice([-4, -3, -2, -1, 1, 2, 3, 4], len(score.notes))
        is_changed = random.random(len(score.notes)) < share
        return _with(score, pitch=score.notes.pitch.astype(np.int64) + steps * is_changed)

    return changed


def ornamented(score: Score, random: Generator, _: Score) -> Score:
    """Every eighth note or so of a beat's half or longer is divided: its upper neighbour, then itself."""
    notes = score.notes
    chosen = (random.random(len(notes)) < 1 / 8) & (notes.duration >= score.ticks_per_beat // 2)
    head = notes.duration // 4
    upper = notes.pitch.astype(np.int64) + random.choice([1, 2], len(notes))
    columns = {
        "onset": np.concatenate([notes.onset + head * chosen, notes.onset[chosen]]),
        "duration": np.concatenate([notes.duration - head * chosen, head[chosen]]),
        "pitch": np.concatenate([notes.pitch, upper[chosen].clip(0, 127)]),
        **{name: np.concatenate([(column := getattr(notes, name)), column[chosen]]) for name in ("velocity", "track")},
    }
    return score.with_notes(Notes.of(**columns))


def halved(score: Score, random: Generator, _: Score) -> Score:
    """The first or the second half."""
    middle = score.music_end // 2
    is_first = score.notes.onset < middle
    notes = score.notes.take(is_first if random.random() < 0.5 else ~is_first)
    return _with(score.with_notes(notes), onset=notes.onset - notes.onset.min(initial=1 << 30))


def bars_inserted(score: Score, random: Generator, other: Score) -> Score:
    """Sixteen beats of another piece at a third and at two thirds."""
    for third in (2, 1):
        gap, place = (
            16 * score.ticks_per_beat,
            score.music_end * third // 3 // score.ticks_per_beat * score.ticks_per_beat,
        )
        onset = other.notes.onset.astype(np.int64) * score.ticks_per_beat // other.ticks_per_beat
        length = np.maximum(other.notes.duration.astype(np.int64) * score.ticks_per_beat // other.ticks_per_beat, 1)
        inside = onset < gap
        notes, later = score.notes, score.notes.onset >= place
        score = score.with_notes(
            Notes.of(
                onset=np.concatenate([notes.onset + gap * later, place + onset[inside]]),
                duration=np.concatenate([notes.duration, length[inside]]),
                pitch=np.concatenate([notes.pitch, other.notes.pitch[inside]]),
                velocity=np.concatenate([notes.velocity, other.notes.velocity[inside]]),
                track=np.concatenate([notes.track, other.notes.track[inside] % len(score.tracks)]),
            )
        )
    return score


def performed(sigma_seconds: float, drift: float) -> Edit:
    """Each note its own jitter; `drift` is how much the tempo wanders from the written one, in standard deviations."""

    def played(score: Score, random: Generator, _: Score) -> Score:
        notes, beat = score.notes, score.ticks_per_beat
        knots = np.arange(score.music_end // (4 * beat) + 3) * 4 * beat
        lengths = 4 * beat * np.exp(random.normal(0, drift, len(knots)))
        warped = np.interp(np.stack([notes.onset, notes.offset]), knots, np.cumsum(lengths) - lengths[0])
        jitter = random.normal(0, sigma_seconds / _SECONDS_PER_BEAT * beat, warped.shape)
        onset, offset = np.maximum(np.rint(warped + jitter), 0).astype(np.int64)
        return _with(score, onset=onset, duration=np.maximum(offset - onset, beat // 16))

    return played


def arranged(score: Score, random: Generator, other: Score) -> Score:
    """Several at once: transposed, one track, ornaments, three in a hundred notes changed, a light hand's jitter."""
    for edit in (transposed, merged, ornamented, notes_changed(0.03), performed(0.01, 0.0)):
        score = edit(score, random, other)
    return score


EDITS: Final[dict[str, Edit]] = {
    "transposed": transposed,
    "half as fast": time_scaled(Fraction(2)),
    "time × 3/2": time_scaled(Fraction(3, 2)),
    "time × 1.37": time_scaled(Fraction(137, 100)),
    "inner part an octave lower": octave_moved,
    "tracks merged": merged,
    "bass dropped": bass_dropped,
    "5 % of the notes changed": notes_changed(0.05),
    "10 % of the notes changed": notes_changed(0.10),
    "ornaments": ornamented,
    "half of it": halved,
    "two times 16 beats of another piece put in": bars_inserted,
    "performed, 15 ms jitter": performed(0.015, 0.0),
    "performed, 25 ms jitter, wandering tempo": performed(0.025, 0.08),
    "transposed, merged, ornaments, 3 % changed, jitter": arranged,
}


def _is_outer(score: Score, *, highest: bool) -> NDArray[np.bool_]:
    """Is each note the highest (or lowest) of those that start with it?"""
    notes = score.notes
    height = notes.pitch.astype(np.int64) if highest else -notes.pitch.astype(np.int64)
    _, chord = np.unique(notes.onset, return_inverse=True)
    top = np.full(chord.max(initial=-1) + 1, -(1 << 30))
    np.maximum.at(top, chord, height)
    return height == top[chord]
