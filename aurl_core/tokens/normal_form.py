"""The normal form: a score reduced to what the event vocabulary can say, with a count of all that it cost.

Tracks of one General MIDI family become one; unison duplicates become the longer note (of equals, the louder); a note
still sounding when its pitch starts again is cut there; pitches outside 21-108 are folded by octaves or dropped; sound
effects (programs 120-127) are dropped; velocity, tempo and time are rounded; the pedal is up or down. Ids live
in event.py. Everything here is columns: there is no loop over notes.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.instrument import DRUMS, SOUND_EFFECTS, families_of, track_of_family
from aurl_core.score.pitch import HIGHEST_PIANO_PITCH, LOWEST_PIANO_PITCH
from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Events, Notes, Score
from aurl_core.score.time import DEFAULT_TEMPO_BPM
from aurl_core.tokens.clock import Clock
from aurl_core.tokens.layout import (
    FASTEST_BPM,
    NUM_FAMILIES,
    NUM_PITCHES,
    SLOWEST_BPM,
    TEMPO_BPM,
    tempo_bin,
    velocity_of_bin,
)
from aurl_core.tokens.params import EventTokenizerConfig

Column = NDArray[np.int64]
PEDAL = 64
"""Controller number of the sustain pedal."""
_LOUDEST = 127
"""Files may say more, which MIDI cannot mean."""
_HALF_DOWN = 64
"""Controller value from which the pedal counts as down."""
_TEMPO, _CONTROL_CHANGE = EVENT_KINDS.index("tempo"), EVENT_KINDS.index("control_change")
_VOICE_BIT, _STRENGTH_BIT = 40, 7
"""Places in the keys by which columns are sorted: voice above onset, offset above velocity."""


@dataclass(frozen=True, slots=True)
class Losses:
    """What the normal form of a score cost, as counts."""

    merged_unisons: int = 0
    cut_overlaps: int = 0
    lengthened_notes: int = 0
    """Notes shorter than a step, made one step long."""
    folded_pitches: int = 0
    dropped_pitches: int = 0
    dropped_sound_effects: int = 0
    clamped_tempos: int = 0
    """Tempo changes beyond the first and the last bin, moved to that."""
    shortened_notes: int = 0
    """Notes longer than can be said."""
    merged_tracks: int = 0
    """Tracks that joined another of their program because too many have it."""
    dropped_time_signatures: int = 0
    dropped_key_signatures: int = 0
    dropped_controls: int = 0
    """Control changes other than the sustain pedal of a track."""
    dropped_bends: int = 0
    dropped_texts: int = 0
    """Lyrics, markers, chord symbols and other words."""

    def __add__(self, other: Losses) -> Losses:
        return Losses(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class NormalForm:
    """Columns of what is left of a score; times in steps of the tokenizer's grid."""

    onset: Column
    offset: Column
    family: Column
    pitch: Column
    """MIDI pitch - 21."""
    velocity: Column
    """Velocity bin, 0-31."""
    pedal_onset: Column
    pedal_family: Column
    pedal_down: Column
    """1 where the pedal goes down, 0 where it comes up; they alternate in each family."""
    tempo_onset: Column
    """The first is 0; no two are equal."""
    tempo: Column
    """Tempo bin, 0-31; differs from the one before."""
    losses: Losses


def normal_form_of(score: Score, config: EventTokenizerConfig) -> NormalForm:
    """Reduce a score to its normal form."""
    clock = Clock(config.steps_per_beat)
    families = _families(score)
    notes, pitch, losses = _playable(score, families, config)
    onset = clock.steps_of_ticks(notes.onset, score.ticks_per_beat)
    offset = clock.steps_of_ticks(notes.offset, score.ticks_per_beat)
    too_short = int(np.count_nonzero(offset <= onset))
    if too_short:
        offset = np.maximum(offset, onset + 1)
    voice = families[notes.track] * NUM_PITCHES + pitch
    loudness = np.minimum(notes.velocity, np.uint8(_LOUDEST))
    voice, onset, offset, velocity, merged, cut = _separate(voice, onset, offset, loudness)
    pedals = _pedals(score, families, clock)
    end = max(int(offset.max(initial=0)), int(pedals[0].max(initial=0)))
    tempo_onset, tempo, clamped = _tempos(score, clock, end)
    family, pitch = np.divmod(voice, NUM_PITCHES)
    counts = Losses(merged, cut, too_short, *losses, clamped)
    return NormalForm(onset, offset, family, pitch, velocity >> 2, *pedals, tempo_onset, tempo, counts)


def score_of_normal_form(form: NormalForm, steps_per_beat: int) -> Score:
    """The score that a normal form stands for: a track a family, in order of the families."""
    present = np.union1d(form.family, form.pedal_family)
    track_number = np.zeros(NUM_FAMILIES, np.int64)
    track_number[present] = np.arange(len(present))
    notes = Notes.of(
        onset=form.onset,
        duration=form.offset - form.onset,
        pitch=form.pitch + LOWEST_PIANO_PITCH,
        velocity=velocity_of_bin(form.velocity),
        track=track_number[form.family],
    )
    tracks = tuple(track_of_family(int(family)) for family in present)
    return Score(steps_per_beat, notes, tracks, _events(form, track_number))


def _events(form: NormalForm, track_number: Column) -> Events:
    num_tempos, num_pedals = len(form.tempo), len(form.pedal_onset)
    pedal_track = track_number[form.pedal_family]
    events = Events(
        onset=np.concatenate([form.tempo_onset, form.pedal_onset]).astype(np.int32),
        kind=np.repeat([_TEMPO, _CONTROL_CHANGE], [num_tempos, num_pedals]).astype(np.uint8),
        track=np.concatenate([np.full(num_tempos, WHOLE_PIECE), pedal_track]).astype(np.int16),
        number=np.repeat([0, PEDAL], [num_tempos, num_pedals]).astype(np.int32),
        value=np.concatenate([TEMPO_BPM[form.tempo], form.pedal_down * 127.0]),
        text=np.full(num_tempos + num_pedals, "", object),
    )
    return events.take(np.lexsort((events.track, events.onset)))


def _families(score: Score) -> Column:
    """The family of each track; -1 for sound effects."""
    families = families_of(score.tracks).astype(np.int64)
    effects = [not track.is_drum and track.program in SOUND_EFFECTS for track in score.tracks]
    families[np.array(effects, bool)] = -1
    return families


def _playable(
    score: Score, families: Column, config: EventTokenizerConfig
) -> tuple[Notes, Column, tuple[int, int, int]]:
    """The notes that have a token, their pitches - 21, and how many were folded, out of range and sound effects."""
    notes = score.notes
    is_effect = families[notes.track] < 0 if (families < 0).any() else None
    num_effects = 0
    if is_effect is not None:
        num_effects = int(np.count_nonzero(is_effect))
        notes = notes.take(~is_effect)
    pitch = notes.pitch.astype(np.int64) - LOWEST_PIANO_PITCH
    outside = (pitch < 0) | (pitch >= NUM_PITCHES)
    if not outside.any():
        return notes, pitch, (0, 0, num_effects)
    foldable = outside & (families[notes.track] != DRUMS) & (config.out_of_range == "fold")
    pitch = np.where(foldable, _folded(pitch), pitch)
    kept = foldable | ~outside
    folded, dropped = int(np.count_nonzero(foldable)), int(np.count_nonzero(~kept))
    return notes.take(kept), pitch[kept], (folded, dropped, num_effects)


def _folded(pitch: Column) -> Column:
    """Pitches - 21 moved by whole octaves to the nearest place inside the range."""
    highest = HIGHEST_PIANO_PITCH - LOWEST_PIANO_PITCH
    up = np.maximum(0, -(pitch // 12)) * 12
    down = np.maximum(0, -((highest - pitch) // 12)) * 12
    folded: Column = pitch + up - down
    return folded


def _separate(
    voice: Column, onset: Column, offset: Column, velocity: NDArray[np.uint8]
) -> tuple[Column, Column, Column, Column, int, int]:
    """Make notes of one voice (family and pitch) follow one another.

    Returns voice, onset, offset and velocity of what stays, by voice and onset, and how many unisons were merged and
    overlaps cut.
    """
    key = (voice << _VOICE_BIT) | onset
    order = np.argsort(key)
    key = key[order]
    begins = np.flatnonzero(np.diff(key, prepend=-1))
    strength = ((offset << _STRENGTH_BIT) | velocity)[order]
    merged = len(key) - len(begins)
    if merged:
        key, strength = key[begins], np.maximum.reduceat(strength, begins)
    onset, offset = key & ((1 << _VOICE_BIT) - 1), strength >> _STRENGTH_BIT
    voice = key >> _VOICE_BIT
    overlaps = (voice[1:] == voice[:-1]) & (offset[:-1] > onset[1:])
    offset[:-1] = np.where(overlaps, onset[1:], offset[:-1])
    return voice, onset, offset, strength & ((1 << _STRENGTH_BIT) - 1), merged, int(np.count_nonzero(overlaps))


def _pedals(score: Score, families: Column, clock: Clock) -> tuple[Column, Column, Column]:
    """Onset, family and state of each change of a sustain pedal."""
    events = score.events
    is_pedal = (events.kind == _CONTROL_CHANGE) & (events.number == PEDAL) & (events.track >= 0)
    rows = np.flatnonzero(is_pedal)
    family, onset = families[events.track[rows]], clock.steps_of_ticks(events.onset[rows], score.ticks_per_beat)
    key = (family << _VOICE_BIT) | onset
    order = np.argsort(key, kind="stable")
    key = key[order]
    last_there = (np.diff(key, append=-1) != 0) & (family[order] >= 0)
    key = key[last_there]
    down = (events.value[rows[order[last_there]]] >= _HALF_DOWN).astype(np.int64)
    family = key >> _VOICE_BIT
    changed = np.diff((family << 1) | down, prepend=0) != 0
    changed &= (down == 1) | (np.diff(family, prepend=-1) == 0)
    return key[changed] & ((1 << _VOICE_BIT) - 1), family[changed], down[changed]


def _tempos(score: Score, clock: Clock, end: int) -> tuple[Column, Column, int]:
    """Onset and bin of each change of tempo up to `end`, the first at 0, and how many lay beyond the bins."""
    rows = np.flatnonzero(score.events.kind == _TEMPO)
    onset = np.append(0, clock.steps_of_ticks(score.events.onset[rows], score.ticks_per_beat))
    bpm = np.append(DEFAULT_TEMPO_BPM, score.events.value[rows])
    last_there = (np.diff(onset, append=-1) != 0) & (onset <= end)
    onset, bpm = onset[last_there], bpm[last_there]
    tempo = tempo_bin(bpm)
    changed = np.diff(tempo, prepend=-1) != 0
    beyond = int(np.count_nonzero((bpm < SLOWEST_BPM) | (bpm > FASTEST_BPM)))
    return onset[changed], tempo[changed], beyond
