"""What the bar vocabulary can say of a score, as columns, and what it costs. Ids live in bar.py.

All notes and all tracks stay. Velocities and tempos are binned; the pedal is up or down; time is on the grid (a
quantized score keeps its own). Names, channels and kits of tracks, keys, bends, other controllers and words are not
said.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from aurl_core.score.instrument import channels_of
from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.tokens.bar_layout import COMMON_TIME, DRUM_KIT, NUM_PROGRAMS, NUM_VOICES, BarLayout, meter_number
from aurl_core.tokens.changes import (
    SIGNATURE_EVENT,
    Block,
    Column,
    Pedals,
    Tempos,
    events_of,
    is_pedal,
    pedal_block,
    pedal_changes,
    tempo_block,
    tempo_changes,
)
from aurl_core.tokens.clock import Clock
from aurl_core.tokens.normal_form import Losses


@dataclass(frozen=True, slots=True, eq=False)
class Meters:
    """Where a time signature begins: the first at 0, and none that changes nothing."""

    onset: Column
    number: Column
    """Its place among the TIME_SIGNATUREs."""


@dataclass(frozen=True, slots=True, eq=False)
class BarForm:
    """Columns of what is said of a score; times in steps."""

    programs: Column
    """Of each track; `DRUM_KIT` for drums."""
    notes: Notes
    """Velocities are bins."""
    pedals: Pedals
    tempos: Tempos
    meters: Meters
    losses: Losses = field(default_factory=Losses)

    @property
    def last(self) -> int:
        """The last step at which something is said."""
        onsets = (self.notes.onset, self.pedals.onset, self.tempos.onset, self.meters.onset)
        return max(int(onset.max(initial=0)) for onset in onsets)


def bar_form_of(score: Score, layout: BarLayout) -> BarForm:
    """Reduce a score to what can be said of it."""
    clock = Clock(layout.steps_per_beat)
    programs, track_of = _programs(score)
    notes, counted = _notes(score, track_of, layout, clock)
    pedals = pedal_changes(score, track_of, clock)
    end = end_of(notes, pedals)
    tempos, clamped = tempo_changes(score, clock, layout.tempos, end=end)
    meters, unsayable = _meters(score, layout, clock, end=end)
    losses = counted + _unsaid(score.events)
    losses += Losses(
        clamped_tempos=clamped, dropped_time_signatures=unsayable, merged_tracks=len(track_of) - len(programs)
    )
    return BarForm(programs, notes, pedals, tempos, meters, losses)


def score_of_bar_form(form: BarForm, layout: BarLayout) -> Score:
    """The score that a form stands for."""
    plain = [Track(program=number % DRUM_KIT, is_drum=number == DRUM_KIT) for number in form.programs.tolist()]
    tracks = [replace(track, channel=channel) for track, channel in zip(plain, channels_of(plain), strict=True)]
    numerator, denominator = layout.numerator[form.meters.number], layout.denominator[form.meters.number]
    events = events_of(
        tempo_block(form.tempos, layout.tempos),
        Block(SIGNATURE_EVENT, form.meters.onset, WHOLE_PIECE, numerator, denominator),
        pedal_block(form.pedals, np.arange(len(tracks))),
    )
    velocity = layout.velocity_of_bin(form.notes.velocity.astype(np.int64)).astype(np.uint8)
    return Score(layout.steps_per_beat, replace(form.notes, velocity=velocity), tuple(tracks), events)


def end_of(notes: Notes, pedals: Pedals) -> int:
    """The step before which meters matter, and up to which tempos do."""
    return max(int(notes.offset.max(initial=1)), int(pedals.onset.max(initial=0)) + 1)


def voices_of(programs: Column) -> Column:
    """For each track, how many before it have its program.

    >>> voices_of(np.array([0, 40, 0, 0])).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(programs, kind="stable")
    ranked = programs[order]
    begins = np.flatnonzero(np.diff(ranked, prepend=-1))
    voices = np.empty_like(programs)
    voices[order] = np.arange(len(programs)) - np.repeat(begins, np.diff(begins, append=len(programs)))
    return voices


def _programs(score: Score) -> tuple[Column, Column]:
    """The program of each track that is kept, and for each track of the score which of those it is.

    Where more tracks have one program than can be told apart, the others join the last of these.
    """
    programs = np.array([DRUM_KIT if track.is_drum else track.program for track in score.tracks], np.int64)
    voices = voices_of(programs)
    kept = voices < NUM_VOICES
    track_of = np.cumsum(kept) - 1
    if not kept.all():
        last_voice = np.zeros(NUM_PROGRAMS, np.int64)
        full = voices == NUM_VOICES - 1
        last_voice[programs[full]] = track_of[full]
        track_of = np.where(kept, track_of, last_voice[programs])
    return programs[kept], track_of


def _notes(score: Score, track_of: Column, layout: BarLayout, clock: Clock) -> tuple[Notes, Losses]:
    """The notes on the grid with their velocity bins."""
    notes = score.notes
    onset = clock.steps_of_ticks(notes.onset, score.ticks_per_beat)
    duration = clock.steps_of_ticks(notes.offset, score.ticks_per_beat) - onset
    too_short, too_long = duration < 1, duration > layout.longest_duration
    velocity = layout.velocity_bin(notes.velocity)
    losses = Losses(lengthened_notes=int(np.count_nonzero(too_short)), shortened_notes=int(np.count_nonzero(too_long)))
    duration = np.clip(duration, 1, layout.longest_duration)
    columns = {"onset": onset, "duration": duration, "velocity": velocity, "track": track_of[notes.track]}
    return Notes.of(pitch=notes.pitch, **columns), losses


def _meters(score: Score, layout: BarLayout, clock: Clock, *, end: int) -> tuple[Meters, int]:
    """The time signatures before `end` that change something, and how many have no token."""
    rows = np.flatnonzero(score.events.kind == SIGNATURE_EVENT)
    numbers = meter_number(score.events.number[rows], score.events.value[rows])
    sayable = numbers >= 0
    onset = np.append(0, clock.steps_of_ticks(score.events.onset[rows[sayable]], score.ticks_per_beat))
    number = np.append(COMMON_TIME, numbers[sayable])
    kept = (np.diff(onset, append=-1) != 0) & (onset < end)
    onset, number = onset[kept], number[kept]
    bar = layout.bar_steps[number]
    says_nothing = (number[1:] == number[:-1]) & (bar[1:] > 0) & (np.diff(onset) % np.maximum(bar[1:], 1) == 0)
    kept = np.append(True, ~says_nothing)
    return Meters(onset[kept], number[kept]), int(np.count_nonzero(~sayable))


def _unsaid(events: Events) -> Losses:
    """How many events of each kind have no token, but for time signatures."""
    count = dict(zip(EVENT_KINDS, np.bincount(events.kind, minlength=len(EVENT_KINDS)).tolist(), strict=True))
    return Losses(
        dropped_key_signatures=count["key_signature"],
        dropped_controls=count["control_change"] - int(np.count_nonzero(is_pedal(events))),
        dropped_bends=count["pitch_bend"],
        dropped_texts=sum(count[kind] for kind in ("lyric", "marker", "chord_symbol", "text")),
    )
