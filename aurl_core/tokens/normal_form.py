"""The normal form: a score reduced to what the event vocabulary can say, with a count of all that it cost.

Tracks of one General MIDI family become one; unison duplicates become the longer note (of equals, the louder); a note
still sounding when its pitch starts again is cut there; pitches outside 21-108 are folded by octaves or dropped; sound
effects (programs 120-127) are dropped; velocity, tempo and time are rounded; the pedal is up or down. Ids live
in event.py. Everything here is columns: there is no loop over notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.instrument import DRUMS, SOUND_EFFECTS, families_of, track_of_family
from aurl_core.score.pitch import HIGHEST_PIANO_PITCH, LOWEST_PIANO_PITCH
from aurl_core.score.score import EVENT_KINDS, Notes, Score
from aurl_core.tokens.changes import (
    Column,
    Pedals,
    Tempos,
    differs,
    events_of,
    pedal_block,
    pedal_changes,
    tempo_block,
    tempo_changes,
)
from aurl_core.tokens.clock import Clock
from aurl_core.tokens.layout import NUM_FAMILIES, NUM_PITCHES, TEMPO_BINS, velocity_of_bin
from aurl_core.tokens.losses import Losses, unsaid
from aurl_core.tokens.params import EventTokenizerConfig

_VELOCITY_BIN = (np.minimum(np.arange(256), 127) >> 2).astype(np.uint8)
"""By velocity; files may say more than 127, which MIDI cannot mean."""
_STRENGTH_BIT = 5
"""Place of the offset above the velocity in the key by which unisons are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class NormalForm:
    """Columns of what is left of a score; times in steps of the tokenizer's grid."""

    onset: Column
    offset: Column
    voice: Column
    """Family times 88, plus MIDI pitch - 21."""
    velocity: Column
    """Velocity bin, 0-31."""
    pedals: Pedals
    """Of each family."""
    tempos: Tempos
    losses: Losses = field(default_factory=Losses)


def normal_form_of(score: Score, config: EventTokenizerConfig) -> NormalForm:
    """Reduce a score to its normal form."""
    clock = Clock(config.steps_per_beat)
    families = _families(score)
    notes, voice, dropped = _playable(score, families, config)
    onset = clock.steps_of_ticks(notes.onset, score.ticks_per_beat)
    offset = clock.steps_of_ticks(notes.offset, score.ticks_per_beat)
    too_short = int(np.count_nonzero(offset <= onset))
    if too_short:
        offset = np.maximum(offset, onset + 1)
    voice, onset, offset, velocity, merged, cut = _separate(voice, onset, offset, _VELOCITY_BIN[notes.velocity])
    pedals = pedal_changes(score, families, clock)
    end = max(int(offset.max(initial=0)), int(pedals.onset.max(initial=0)))
    tempos, clamped = tempo_changes(score, clock, TEMPO_BINS, end=end)
    losses = Losses(
        **dropped,
        **unsaid(score.events),
        merged_unisons=merged,
        cut_overlaps=cut,
        lengthened_notes=too_short,
        clamped_tempos=clamped,
        dropped_time_signatures=int(np.count_nonzero(score.events.kind == EVENT_KINDS.index("time_signature"))),
    )
    return NormalForm(onset, offset, voice, velocity, pedals, tempos, losses)


def score_of_normal_form(form: NormalForm, steps_per_beat: int) -> Score:
    """The score that a normal form stands for: a track a family, in order of the families."""
    family = form.voice // NUM_PITCHES
    present = np.union1d(family, form.pedals.part)
    track_number = np.zeros(NUM_FAMILIES, np.int64)
    track_number[present] = np.arange(len(present))
    notes = Notes.of(
        onset=form.onset,
        duration=form.offset - form.onset,
        pitch=form.voice % NUM_PITCHES + LOWEST_PIANO_PITCH,
        velocity=velocity_of_bin(form.velocity),
        track=track_number[family],
    )
    tracks = tuple(track_of_family(int(family)) for family in present)
    events = events_of(tempo_block(form.tempos, TEMPO_BINS), pedal_block(form.pedals, track_number))
    return Score(steps_per_beat, notes, tracks, events)


def _families(score: Score) -> Column:
    """The family of each track; -1 for sound effects."""
    families = families_of(score.tracks).astype(np.int64)
    effects = [not track.is_drum and track.program in SOUND_EFFECTS for track in score.tracks]
    families[np.array(effects, bool)] = -1
    return families


def _playable(score: Score, families: Column, config: EventTokenizerConfig) -> tuple[Notes, Column, dict[str, int]]:
    """The notes that have a token, their voices, and what became of the others."""
    notes = score.notes
    losses: dict[str, int] = {}
    if (families < 0).any():
        sounds = families[notes.track] >= 0
        notes = notes.take(sounds)
        losses["dropped_sound_effects"] = int(np.count_nonzero(~sounds))
    voice = (families * NUM_PITCHES - LOWEST_PIANO_PITCH)[notes.track] + notes.pitch
    if notes.pitch.min(initial=64) >= LOWEST_PIANO_PITCH and notes.pitch.max(initial=64) <= HIGHEST_PIANO_PITCH:
        return notes, voice, losses
    outside = (notes.pitch < LOWEST_PIANO_PITCH) | (notes.pitch > HIGHEST_PIANO_PITCH)
    foldable = outside & (families[notes.track] != DRUMS) & (config.out_of_range == "fold")
    voice += np.where(foldable, _octaves_inside(notes.pitch), 0)
    kept = foldable | ~outside
    losses |= {"folded_pitches": int(np.count_nonzero(foldable)), "dropped_pitches": int(np.count_nonzero(~kept))}
    return notes.take(kept), voice[kept], losses


def _octaves_inside(pitch: NDArray[np.uint8]) -> Column:
    """How far each pitch is moved by whole octaves to the nearest place inside the range."""
    above, below = HIGHEST_PIANO_PITCH - pitch.astype(np.int64), pitch.astype(np.int64) - LOWEST_PIANO_PITCH
    moved: Column = 12 * (np.maximum(0, -(below // 12)) - np.maximum(0, -(above // 12)))
    return moved


def _separate(
    voice: Column, onset: Column, offset: Column, velocity: NDArray[np.uint8]
) -> tuple[Column, Column, Column, Column, int, int]:
    """Make notes of one voice (family and pitch), which come in order of onset, follow one another.

    Returns voice, onset, offset and velocity of what stays, by voice and onset, and how many unisons were merged and
    overlaps cut.
    """
    order = np.argsort(voice.astype(np.uint16), kind="stable")
    voice, onset, strength = voice[order], onset[order], (offset << _STRENGTH_BIT | velocity)[order]
    changes = differs(voice)
    begins = np.flatnonzero(changes | differs(onset))
    merged = len(voice) - len(begins)
    if merged:
        voice, onset, changes = voice[begins], onset[begins], changes[begins]
        strength = np.maximum.reduceat(strength, begins)
    offset = strength >> _STRENGTH_BIT
    overlaps = ~changes[1:] & (offset[:-1] > onset[1:])
    offset[:-1] = np.where(overlaps, onset[1:], offset[:-1])
    return voice, onset, offset, strength & ((1 << _STRENGTH_BIT) - 1), merged, int(np.count_nonzero(overlaps))
