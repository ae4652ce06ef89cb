"""New pieces out of real ones: sections of several scores, varied, in one score's clothes. Nothing is read or written.

What comes out keeps the sizes, instruments, textures and controls of its sources, but is no copy of any of them: a
fifth of the notes move to the next tone of their section's scale, so that two pieces that took the same section of the
same source have few passages in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes, Score, Track
from aurl_core.score.time import BarGrid

_SECTION_BARS: Final = (4, 8, 8, 12, 16)
_MOVED_SHARE: Final = 0.2
"""Notes of a section that go to the next tone of its scale."""
_SCALE_SIZE: Final = 7
_NO_SEAT: Final = -1
_LAST_PITCH, _LAST_VELOCITY = 127, 127


def medley(host: Score, guests: Sequence[Score], random: np.random.Generator) -> Score:
    """A piece about as long as `host`, with its tracks, tempi, meters and controls, of sections of all the scores."""
    length = int(host.music_end * random.uniform(0.5, 1.2)) + 1
    bar = int(np.median(BarGrid.of(host).length))
    parts, at = list[Notes](), 0
    while at < length:
        span = bar * int(random.choice(_SECTION_BARS))
        source = guests[int(random.integers(len(guests)))] if random.random() < 0.6 else host
        section = _varied(_seated(_section(source, span, host.ticks_per_beat, random), source, host), host, random)
        parts.append(replace(section, onset=section.onset + at))
        at += span
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Notes.__slots__}
    events = host.events.take(host.events.onset <= at)
    return Score(host.ticks_per_beat, Notes.of(**columns), host.tracks, events)


def dressed(score: Score, random: np.random.Generator) -> Score:
    """The same music as somebody else would have saved it: key, tempo, instruments, tracks, loudness and timing."""
    is_tempo = score.events.kind == 0
    faster = np.where(is_tempo, random.uniform(0.8, 1.25), 1.0)
    events = replace(score.events, value=score.events.value * faster)
    notes = _played(_transposed(score, int(random.integers(-6, 7))), score.ticks_per_beat, random)
    tracks = tuple(_reinstrumented(track, random) for track in score.tracks)
    return _with_tracks_dropped_or_doubled(replace(score, notes=notes, tracks=tracks, events=events), random)


def _section(source: Score, span: int, clock: int, random: np.random.Generator) -> Notes:
    """The notes of `span` ticks of a `clock` from one of the source's bar lines on, counted from there."""
    start = int(random.choice(BarGrid.of(source).start))
    first, last = np.searchsorted(source.notes.onset, [start, start + span * source.ticks_per_beat // clock])
    notes = source.notes.take(slice(int(first), int(last)))
    onset, duration = (
        (ticks * (clock / source.ticks_per_beat)).astype(np.int32) for ticks in (notes.onset - start, notes.duration)
    )
    return replace(notes, onset=onset, duration=np.clip(duration, 1, np.maximum(span - onset, 1)))


def _seated(notes: Notes, source: Score, host: Score) -> Notes:
    """The notes on the host's tracks: drums on its drums, others in turn on its others; what finds none is left out."""
    seats = np.full(len(source.tracks), _NO_SEAT)
    for is_drum in (False, True):
        free = [number for number, track in enumerate(host.tracks) if track.is_drum == is_drum]
        guests = [number for number, track in enumerate(source.tracks) if track.is_drum == is_drum]
        if free:
            seats[guests] = np.resize(free, len(guests))
    seated = replace(notes, track=seats[notes.track])
    return seated.take(seated.track != _NO_SEAT)


def _varied(notes: Notes, host: Score, random: np.random.Generator) -> Notes:
    """Some of the pitched notes, moved to the next tone of the section's scale."""
    is_pitched = ~np.array([track.is_drum for track in host.tracks], bool)[notes.track]
    counts = np.bincount(notes.pitch[is_pitched] % 12, minlength=12)
    in_scale = np.resize(np.isin(np.arange(12), np.argsort(-counts, kind="stable")[:_SCALE_SIZE]), _LAST_PITCH + 1)
    tones = np.flatnonzero(in_scale)
    is_moved = is_pitched & (random.random(len(notes)) < _MOVED_SHARE)
    place = np.searchsorted(tones, notes.pitch) + random.choice([-1, 1], len(notes))
    moved = tones[np.clip(place, 0, len(tones) - 1)]
    return replace(notes, pitch=np.where(is_moved, moved, notes.pitch))


def _transposed(score: Score, semitones: int) -> Notes:
    shift = np.where(score.is_drum, 0, semitones)
    pitch = score.notes.pitch.astype(np.int64) + shift
    return replace(score.notes, pitch=np.where((pitch < 0) | (pitch > _LAST_PITCH), score.notes.pitch, pitch))


def _played(notes: Notes, clock: int, random: np.random.Generator) -> Notes:
    """Other velocities in most pieces, and times off the grid in half of them."""
    columns: dict[str, NDArray[Any]] = {name: getattr(notes, name) for name in Notes.__slots__}
    if random.random() < 0.7:
        louder = notes.velocity * random.uniform(0.8, 1.15) + random.normal(0, 4, len(notes))
        columns["velocity"] = np.clip(np.rint(louder), 1, _LAST_VELOCITY)
    if random.random() < 0.5:
        drift = np.rint(random.normal(0, clock / 60, (2, len(notes)))).astype(np.int64)
        columns["onset"] = np.maximum(notes.onset + drift[0], 0)
        columns["duration"] = np.maximum(notes.duration + drift[1], 1)
    return Notes.of(**columns)


def _reinstrumented(track: Track, random: np.random.Generator) -> Track:
    """Now and then another program of the family; the drum kit stays."""
    if track.is_drum or random.random() > 0.3:
        return track
    return replace(track, program=track.program // 8 * 8 + int(random.integers(8)))


def _with_tracks_dropped_or_doubled(score: Score, random: np.random.Generator) -> Score:
    """One track fewer in one piece of six, one more, an octave up, in another."""
    pitched = [number for number, track in enumerate(score.tracks) if not track.is_drum]
    fate = random.random()
    if not pitched or fate > 2 / 6:
        return score
    chosen = int(random.choice(pitched))
    notes, is_chosen = score.notes, score.notes.track == chosen
    if fate < 1 / 6:
        is_worth_it = len(pitched) > 2 and is_chosen.mean() < 0.5
        return replace(score, notes=notes.take(~is_chosen)) if is_worth_it else score
    extra = notes.take(is_chosen & (notes.pitch <= _LAST_PITCH - 12))
    extra = replace(extra, pitch=extra.pitch + 12, track=np.full(len(extra), len(score.tracks)))
    columns = {name: np.concatenate([getattr(part, name) for part in (notes, extra)]) for name in Notes.__slots__}
    double = replace(score.tracks[chosen], name=f"{score.tracks[chosen].name} (octave)")
    return replace(score, notes=Notes.of(**columns), tracks=(*score.tracks, double))
