"""Where pieces of bar ids stand, and what one more id does to that. What may come next lives in bar_grammar.py."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.bar_layout import (
    BAR,
    COMMON_TIME,
    DURATION,
    LONG_DURATION,
    LONG_POSITION,
    PITCH,
    POSITION,
    PROGRAM,
    SUSTAIN,
    TEMPO,
    TIME_SIGNATURE,
    VELOCITY,
    VOICE,
    BarLayout,
)
from aurl_core.tokens.grammar import Mask

Numbers = NDArray[np.int64]
NOT_YET: Final = -1
_ANY: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class BarState:
    """Where each of B pieces of at most T tracks stands, in steps; -1 is "not yet". Never changed in place."""

    last: Numbers
    """(B,) the last id; -1 before BOS."""
    seconds: NDArray[np.float64]
    """(B,) seconds from the start to the current moment."""
    tempo: Numbers
    """(B,) current tempo bin."""
    steps_per_beat: Numbers
    """(B,) the grid."""

    meter: Numbers
    """(B,) current time signature."""
    meter_start: Numbers
    """(B,) where it began, or began anew."""
    nth_bar: Numbers
    """(B,) how many bars since then; -1 before the first bar of the piece."""
    bar_start: Numbers
    """(B,) where the current bar begins."""
    bar_length: Numbers
    """(B,) how long it is by its time signature."""
    owes_meter: Mask
    """(B,) must a time signature come next?"""
    position: Numbers
    """(B,) the current moment, from the start of the bar; -1 before the first of it."""
    partial: Numbers
    """(B,) the sum of the long tokens of a position or duration that is being said."""
    below: Numbers
    """(B,) the next of these must be shorter."""

    track: Numbers
    """(B,) current track."""
    turn: Numbers
    """(B,) tracks below this one have had their turn in this moment."""
    has_acted: Mask
    """(B,) has the current track said anything in this moment?"""
    last_pitch: Numbers
    """(B,) the last pitch of the current track in this moment."""
    last_duration: Numbers
    """(B,) and its duration."""
    program: Numbers
    """(B, T) the program of each track."""
    voice: Numbers
    """(B, T) how many tracks before it have the same program."""
    velocity: Numbers
    """(B, T) velocity bin of the track's last note."""
    duration: Numbers
    """(B, T) duration of the track's last note."""
    pedal_down: Mask
    """(B, T) is its sustain pedal down?"""

    @classmethod
    def start(cls, batch: int, steps_per_beat: int) -> Self:
        """The state of `batch` pieces of which nothing is written yet."""
        no, nothing, zero = np.zeros(batch, bool), np.full(batch, NOT_YET, np.int64), np.zeros(batch, np.int64)
        of_no_track = np.full((batch, 1), NOT_YET, np.int64)
        return cls(
            last=nothing,
            seconds=np.zeros(batch),
            tempo=nothing,
            steps_per_beat=np.full(batch, steps_per_beat),
            meter=np.full(batch, COMMON_TIME),
            meter_start=zero,
            nth_bar=nothing,
            bar_start=zero,
            bar_length=zero,
            owes_meter=no,
            position=nothing,
            partial=zero,
            below=np.full(batch, _ANY),
            track=nothing,
            turn=zero,
            has_acted=no,
            last_pitch=nothing,
            last_duration=zero,
            program=of_no_track,
            voice=of_no_track,
            velocity=of_no_track,
            duration=of_no_track,
            pedal_down=np.zeros((batch, 1), bool),
        )

    @property
    def is_in_bar(self) -> Mask:
        """(B,) has the first bar begun?"""
        return self.nth_bar >= 0

    @property
    def moment(self) -> Numbers:
        """(B,) steps from the start."""
        return self.bar_start + np.maximum(self.position, 0)

    @property
    def beats(self) -> NDArray[np.float64]:
        """(B,) quarter notes from the start."""
        beats: NDArray[np.float64] = self.moment / self.steps_per_beat
        return beats

    def take(self, rows: Mask) -> Self:
        """The state of the pieces at `rows` alone."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))

    def current(self, column: NDArray[Any]) -> NDArray[Any]:
        """(B,) the value of the current track in a column (B, T); without meaning where there is none yet."""
        values: NDArray[Any] = column[np.arange(len(self.track)), self.track]
        return values

    def followed_by(self, last: Numbers, layout: BarLayout, seconds_per_step: NDArray[np.float64]) -> Self:
        """The state after one more id in each piece."""
        kind, value = layout.kind[last], layout.value[last]
        said = self.partial + layout.steps[last]
        after = self._in_time(kind, value, said, layout)
        if ((kind == PROGRAM) & ~self.is_in_bar).any():
            after = after._with_tracks((kind == PROGRAM) & ~self.is_in_bar, value)
        after = after._turned(kind, value)._having_acted(kind, value, said)
        is_long = (kind == LONG_POSITION) | (kind == LONG_DURATION)
        return replace(
            after,
            last=last,
            seconds=self.seconds + (after.moment - self.moment) * seconds_per_step[self.tempo],
            tempo=np.where(kind == TEMPO, value, self.tempo),
            partial=np.where(is_long, said, 0),
            below=np.where(is_long, layout.steps[last], _ANY),
        )

    def _in_time(self, kind: Numbers, value: Numbers, said: Numbers, layout: BarLayout) -> Self:
        """Where bars, time signatures and positions lead."""
        is_bar, is_meter = kind == BAR, kind == TIME_SIGNATURE
        is_cut = is_bar & (layout.kind[self.last] == POSITION)
        begins_anew = is_meter | is_cut
        meter = np.where(is_meter, value, self.meter)
        meter_start = np.where(begins_anew, self.moment, self.meter_start)
        nth_bar = np.where(begins_anew, 0, self.nth_bar + is_bar)
        parts, unit = layout.bar_parts[meter], layout.denominator[meter]
        bar_start = meter_start + np.maximum(nth_bar, 0) * parts // unit
        return replace(
            self,
            meter=meter,
            meter_start=meter_start,
            nth_bar=nth_bar,
            bar_start=bar_start,
            bar_length=meter_start + (nth_bar + 1) * parts // unit - bar_start,
            owes_meter=np.where(is_bar, is_cut | ~self.is_in_bar, self.owes_meter & ~is_meter),
            position=np.where(is_bar, NOT_YET, np.where(kind == POSITION, said, self.position)),
        )

    def _with_tracks(self, rows: Mask, programs: Numbers) -> Self:
        """One more track in the pieces at `rows`."""
        found, number = np.flatnonzero(rows), (self.program >= 0).sum(axis=1)[rows]
        columns = {name: getattr(self, name) for name in ("program", "voice", "velocity", "duration", "pedal_down")}
        if number.max() == self.program.shape[1]:
            columns = {
                name: np.pad(column, ((0, 0), (0, 1)), constant_values=0 if column.dtype == bool else NOT_YET)
                for name, column in columns.items()
            }
        program, voice = columns["program"].copy(), columns["voice"].copy()
        voice[found, number] = (program[found] == programs[found, None]).sum(axis=1)
        program[found, number] = programs[found]
        return replace(self, **(columns | {"program": program, "voice": voice}))

    def _turned(self, kind: Numbers, value: Numbers) -> Self:
        """Where POSITION, PROGRAM and VOICE lead."""
        is_moment = kind == POSITION
        is_program, is_voice = (kind == PROGRAM) & self.is_in_bar, kind == VOICE
        is_switch = is_program | is_voice
        program = np.where(is_program, value, self.current(self.program))
        voice = np.where(is_voice, value, 0)
        found = ((self.program == program[:, None]) & (self.voice == voice[:, None])).argmax(axis=1)
        track = np.where(is_switch, found, self.track)
        forgets = is_moment | is_switch
        return replace(
            self,
            track=track,
            turn=np.where(is_moment, 0, np.where(is_switch, np.maximum(self.turn, track), self.turn)),
            has_acted=self.has_acted & ~forgets,
            last_pitch=np.where(forgets, NOT_YET, self.last_pitch),
        )

    def _having_acted(self, kind: Numbers, value: Numbers, said: Numbers) -> Self:
        """Where pedals, velocities, durations and pitches lead."""
        is_pedal, is_velocity, is_duration, is_note = (kind == one for one in (SUSTAIN, VELOCITY, DURATION, PITCH))
        acts = is_pedal | is_velocity | is_duration | is_note | (kind == LONG_DURATION)
        return replace(
            self,
            turn=np.where(acts, self.track, self.turn),
            has_acted=self.has_acted | acts,
            last_pitch=np.where(is_note, value, self.last_pitch),
            last_duration=np.where(is_note, self.current(self.duration), self.last_duration),
            velocity=self._changed(self.velocity, is_velocity, value),
            duration=self._changed(self.duration, is_duration, said),
            pedal_down=self._changed(self.pedal_down, is_pedal, value == 0),
        )

    def _changed(self, column: NDArray[Any], rows: Mask, values: NDArray[Any]) -> NDArray[Any]:
        """A column (B, T) with other values for the current tracks at `rows`."""
        if not rows.any():
            return column
        changed = column.copy()
        changed[rows, self.track[rows]] = values[rows]
        return changed
