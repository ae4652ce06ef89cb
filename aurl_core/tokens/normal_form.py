"""The normal form: a score reduced to what the event vocabulary can say, with a count of all that it cost.

Tracks of one General MIDI family become one; unison duplicates become the longer note (of equals, the louder); a note
still sounding when its pitch starts again is cut there; pitches outside 21-108 are folded by octaves or dropped; sound
effects (programs 120-127) are dropped; velocity, tempo and time are rounded; the pedal is up or down. Ids live
in event.py. Everything here is columns: there is no loop over notes.
"""

from __future__ import annotations

from dataclasses import dataclass

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
_HALF_DOWN = 64
"""Controller value from which the pedal counts as down."""


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
    """Tempo changes beyond 60-200 BPM, moved to the nearest."""


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
    family = families[notes.track]
    rows, offset, merged, cut = _separate(family * NUM_PITCHES + pitch, onset, offset, notes.velocity)
    pedals = _pedals(score, families, clock)
    end = max(int(offset.max(initial=0)), int(pedals[0].max(initial=0)))
    tempo_onset, tempo, clamped = _tempos(score, clock, end)
    velocity = (notes.velocity[rows] >> 2).astype(np.int64)
    counts = Losses(merged, cut, too_short, *losses, clamped)
    return NormalForm(onset[rows], offset, family[rows], pitch[rows], velocity, *pedals, tempo_onset, tempo, counts)


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
    kinds = [EVENT_KINDS.index("tempo"), EVENT_KINDS.index("control_change")]
    pedal_track = track_number[form.pedal_family]
    events = Events(
        onset=np.concatenate([form.tempo_onset, form.pedal_onset]).astype(np.int32),
        kind=np.repeat(kinds, [num_tempos, num_pedals]).astype(np.uint8),
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
) -> tuple[NDArray[np.intp], Column, int, int]:
    """Make notes of one voice (family and pitch) follow one another.

    Returns the rows that stay, by voice and onset; their offsets; how many unisons were merged and overlaps cut.
    """
    key = (voice << 40) | onset
    rows = np.argsort(key)
    key = key[rows]
    is_unison = key[1:] == key[:-1]
    if is_unison.any():
        rows = np.lexsort([-velocity.astype(np.int64), -offset, (voice << 40) | onset])
        rows = rows[np.append(True, ~is_unison)]
    voice, onset, offset = voice[rows], onset[rows], offset[rows]
    overlaps = (voice[1:] == voice[:-1]) & (offset[:-1] > onset[1:])
    offset[:-1] = np.where(overlaps, onset[1:], offset[:-1])
    return rows, offset, int(np.count_nonzero(is_unison)), int(np.count_nonzero(overlaps))


def _pedals(score: Score, families: Column, clock: Clock) -> tuple[Column, Column, Column]:
    """Onset, family and state of each change of a sustain pedal."""
    events = score.events
    is_pedal = (events.kind == EVENT_KINDS.index("control_change")) & (events.number == PEDAL) & (events.track >= 0)
    events = events.take(is_pedal)
    family = families[events.track]
    onset = clock.steps_of_ticks(events.onset, score.ticks_per_beat)
    down = (events.value >= _HALF_DOWN).astype(np.int64)
    order = np.lexsort([onset, family])
    family, onset, down = family[order], onset[order], down[order]
    last_there = np.append((family[1:] != family[:-1]) | (onset[1:] != onset[:-1]), True)[: len(onset)]
    kept = np.flatnonzero(last_there & (family >= 0))
    family, onset, down = family[kept], onset[kept], down[kept]
    begins = np.append(True, family[1:] != family[:-1])[: len(onset)]
    before = np.where(begins, 0, np.roll(down, 1))
    changed = down != before
    return onset[changed], family[changed], down[changed]


def _tempos(score: Score, clock: Clock, end: int) -> tuple[Column, Column, int]:
    """Onset and bin of each change of tempo up to `end`, the first at 0, and how many lay beyond the bins."""
    events = score.events.select("tempo")
    onset = np.append(0, clock.steps_of_ticks(events.onset, score.ticks_per_beat))
    bpm = np.append(DEFAULT_TEMPO_BPM, events.value)
    last_there = np.append(onset[1:] != onset[:-1], True) & (onset <= end)
    onset, bpm = onset[last_there], bpm[last_there]
    tempo = tempo_bin(bpm)
    changed = np.append(True, tempo[1:] != tempo[:-1])
    beyond = int(np.count_nonzero((bpm < SLOWEST_BPM) | (bpm > FASTEST_BPM)))
    return onset[changed], tempo[changed], beyond
