"""What the bar vocabulary can say of a score, as columns, and what it costs. Ids live in bar.py.

All notes and all tracks stay. Velocities and tempos are binned; the pedal is up or down; time is on the grid (a
quantized score keeps its own). Names, channels and kits of tracks, keys, bends, other controllers and words are not
said.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from aurl_core.score.instrument import channels_of
from aurl_core.score.score import WHOLE_PIECE, Notes, Score, Track
from aurl_core.score.time import BarGrid
from aurl_core.tokens.bar_layout import COMMON_TIME, DRUM_KIT, NUM_PROGRAMS, NUM_VOICES, BarLayout, meter_number
from aurl_core.tokens.changes import (
    SIGNATURE_EVENT,
    Block,
    Column,
    Pedals,
    Tempos,
    events_of,
    pedal_block,
    pedal_changes,
    tempo_block,
    tempo_changes,
)
from aurl_core.tokens.clock import Clock
from aurl_core.tokens.losses import Losses, unsaid


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
    losses = Losses(
        **counted,
        **unsaid(score.events),
        clamped_tempos=clamped,
        dropped_time_signatures=unsayable,
        merged_tracks=len(track_of) - len(programs),
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


def bars_of(meters: Meters, layout: BarLayout, *, end: int) -> BarGrid:
    """The bars before step `end`."""
    upper, lower = layout.numerator[meters.number], layout.denominator[meters.number]
    return BarGrid.of_signatures(meters.onset, upper, lower, ticks_per_beat=layout.steps_per_beat, end=end)


def end_of(notes: Notes, pedals: Pedals) -> int:
    """The step before which meters matter, and up to which tempos do."""
    return max(int(notes.offset.max(initial=1)), int(pedals.onset.max(initial=0)) + 1)


def voices_of(programs: Column) -> Column:
    """For each track, how many before it have its program.

    >>> voices_of(np.array([0, 40, 0, 0])).tolist()
    [0, 0, 1, 2]
    """
    seen: Counter[int] = Counter()
    voices = np.empty_like(programs)
    for track, program in enumerate(programs.tolist()):
        voices[track] = seen[program]
        seen[program] += 1
    return voices


def _programs(score: Score) -> tuple[Column, Column]:
    """The program of each track that is kept, and for each track of the score which of those it is.

    Where more tracks have one program than can be told apart, the others join the last of these.
    """
    programs = np.array([DRUM_KIT if track.is_drum else track.program for track in score.tracks], np.int64)
    if len(programs) <= NUM_VOICES:
        return programs, np.arange(len(programs))
    voices = voices_of(programs)
    kept = voices < NUM_VOICES
    track_of = np.cumsum(kept) - 1
    last_voice = np.zeros(NUM_PROGRAMS, np.int64)
    is_last = voices == NUM_VOICES - 1
    last_voice[programs[is_last]] = track_of[is_last]
    return programs[kept], np.where(kept, track_of, last_voice[programs])


def _notes(score: Score, track_of: Column, layout: BarLayout, clock: Clock) -> tuple[Notes, dict[str, int]]:
    """The notes on the grid with their velocity bins, and their losses."""
    notes = replace(score.notes, velocity=layout.velocity_bin[score.notes.velocity])
    is_ready = score.ticks_per_beat == layout.steps_per_beat and len(track_of) == int(track_of.max(initial=-1)) + 1
    if not is_ready:
        onset, offset = (clock.steps_of_ticks(one, score.ticks_per_beat) for one in (notes.onset, notes.offset))
        notes = Notes.of(
            onset=onset,
            duration=offset - onset,
            pitch=notes.pitch,
            velocity=notes.velocity,
            track=track_of[notes.track],
        )
    too_short, too_long = notes.duration < 1, notes.duration > layout.longest_duration
    losses = {
        "lengthened_notes": int(np.count_nonzero(too_short)),
        "shortened_notes": int(np.count_nonzero(too_long)),
    }
    if any(losses.values()):
        notes = replace(notes, duration=np.clip(notes.duration, 1, layout.longest_duration))
    return notes, losses


def _meters(score: Score, layout: BarLayout, clock: Clock, *, end: int) -> tuple[Meters, int]:
    """The time signatures before `end` that change something, and how many have no token."""
    rows = np.flatnonzero(score.events.kind == SIGNATURE_EVENT)
    numbers = meter_number(score.events.number[rows], score.events.value[rows])
    sayable = numbers >= 0
    onset = np.append(0, clock.steps_of_ticks(score.events.onset[rows[sayable]], score.ticks_per_beat))
    number = np.append(COMMON_TIME, numbers[sayable])
    kept = np.append(onset[1:] != onset[:-1], True) & (onset < end)
    onset, number = onset[kept], number[kept]
    if len(onset) > 1:
        bar = layout.bar_steps[number[1:]]
        says_nothing = (number[1:] == number[:-1]) & (bar > 0) & (np.diff(onset) % np.maximum(bar, 1) == 0)
        kept = np.append(True, ~says_nothing)
        onset, number = onset[kept], number[kept]
    return Meters(onset, number), int(np.count_nonzero(~sayable))
