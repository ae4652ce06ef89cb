"""The grammar of the bar vocabulary. Numpy only; what is written, and in which order, is told in bar.py.

Exactly what `encode` writes is legal, and one thing more: bars, tempos and meters after the music's end, so that a
piece can be ended wherever a moment is complete. There are no dead ends: what has been begun can be brought to its note
or its moment with what is allowed. States are arrays of a batch; each step makes new ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.bar_layout import (
    BAR,
    DURATION,
    HIGHEST_PITCH,
    LONG_DURATION,
    LONG_POSITION,
    NUM_LONG_DURATIONS,
    NUM_LONG_POSITIONS,
    NUM_PITCHES,
    NUM_PROGRAMS,
    NUM_VOICES,
    PITCH,
    POSITION,
    PROGRAM,
    SPECIAL,
    SUSTAIN,
    TEMPO,
    TIME_SIGNATURE,
    VELOCITY,
    VOICE,
    BarLayout,
)
from aurl_core.tokens.bar_state import NOT_YET, BarState
from aurl_core.tokens.grammar import Mask
from aurl_core.tokens.vocabulary import BOS, EOS, PAD, UNK

Numbers = NDArray[np.int64]
_IS_COMPLETE = np.isin(np.arange(13), (TIME_SIGNATURE, PITCH, SUSTAIN, TEMPO))
"""By kind: can what it ends stand as the last of a piece?"""
_MAY_ACT = np.isin(np.arange(13), (POSITION, TEMPO, SUSTAIN, PITCH, PROGRAM, VOICE, VELOCITY, DURATION, LONG_DURATION))
"""By kind: can what follows belong to the current track?"""


class BarGrammar:
    """The legal successors of one bar vocabulary, for B pieces at once."""

    def __init__(self, layout: BarLayout) -> None:
        self._layout = layout
        self._long_positions = layout.long(NUM_LONG_POSITIONS)
        self._long_durations = layout.long(NUM_LONG_DURATIONS)
        self._seconds_per_step = 60 / (layout.tempos.bpm * layout.steps_per_beat)
        self._ways_to_close = (
            (PAD, UNK),
            (layout.pitch, layout.duration),
            (layout.position, layout.long_position),
            (layout.duration, layout.long_duration),
            (layout.long_duration, layout.velocity),
            (layout.bar, layout.position),
            (layout.time_signature, layout.program),
            (layout.sustain_off, layout.tempo),
            (layout.velocity, layout.sustain_on),
            (layout.tempo, layout.time_signature),
            (layout.program, layout.size),
        )
        """Blocks of ids, the most welcome first."""

    def start(self, batch: int) -> BarState:
        """The state of `batch` pieces of which nothing is written yet: BOS comes first."""
        return BarState.start(batch, self._layout.steps_per_beat)

    def allowed(self, state: BarState, *, longest_beats: float = np.inf) -> Mask:
        """(B, V) the ids that may come next; at least one in every row. Notes say how long they last, however long."""
        layout, last = self._layout, state.last
        kind = np.where(last < 0, SPECIAL, layout.kind[last])
        is_settled = _IS_COMPLETE[kind] & state.is_in_bar
        is_settled |= (kind == BAR) & ~state.owes_meter
        is_opening = ~state.is_in_bar & ((kind == TEMPO) | (kind == PROGRAM))

        allowed = np.zeros((len(last), layout.size), bool)
        allowed[:, PAD] = (last == EOS) | (last == PAD)
        allowed[:, BOS] = last < 0
        allowed[:, EOS] = is_settled
        allowed[:, layout.bar] = is_settled | is_opening | ((kind == POSITION) & (state.position > 0))
        self._allow_tempos(allowed, state, (last == BOS) | ((kind == POSITION) & (state.moment > 0)))
        self._allow_meters(allowed, state, kind == BAR)
        has_tracks = state.program[:, 0] >= 0
        self._allow_positions(allowed, state, (is_settled & has_tracks) | (kind == LONG_POSITION))
        self._allow_opening(allowed, state, is_opening)
        has_moment = state.position >= 0
        self._allow_other_tracks(allowed, state, kind, has_moment)
        self._allow_acts(allowed, state, kind, has_moment)
        return allowed

    def _allow_tempos(self, allowed: Mask, state: BarState, may: Mask) -> None:
        layout = self._layout
        is_other = state.tempo[:, None] != np.arange(layout.tempos.count)
        allowed[:, layout.tempo : layout.time_signature] = may[:, None] & is_other

    def _allow_meters(self, allowed: Mask, state: BarState, may: Mask) -> None:
        """A meter is said where it changes, after a cut bar, and where its bars are no whole steps."""
        layout = self._layout
        numbers = np.arange(len(layout.numerator))
        says_something = (state.meter[:, None] != numbers) | (layout.bar_steps == 0) | state.owes_meter[:, None]
        allowed[:, layout.time_signature : layout.program] = may[:, None] & says_something

    def _allow_positions(self, allowed: Mask, state: BarState, may: Mask) -> None:
        """Later ones of the bar, and long ones from which such can be reached."""
        layout = self._layout
        may = may & (state.position + 1 < state.bar_length)
        so_far, end = state.partial[:, None], state.bar_length[:, None]
        steps = so_far + np.arange(layout.span)
        may_say = may[:, None] & (steps > state.position[:, None]) & (steps < end)
        allowed[:, layout.position : layout.long_position] = may_say
        steps = so_far + self._long_positions
        can_reach = (steps + self._long_positions > state.position[:, None] + 1) & (steps < end)
        may_say = may[:, None] & can_reach & (self._long_positions < state.below[:, None])
        allowed[:, layout.long_position : layout.pitch] = may_say

    def _allow_opening(self, allowed: Mask, state: BarState, is_opening: Mask) -> None:
        """The tracks of a piece, as many of each program as can be told apart."""
        if not is_opening.any():
            return
        rows, tracks = np.nonzero(state.program >= 0)
        counts = np.zeros((len(allowed), NUM_PROGRAMS), np.int64)
        np.add.at(counts, (rows, state.program[rows, tracks]), 1)
        allowed[:, self._layout.program : self._layout.voice] = is_opening[:, None] & (counts < NUM_VOICES)

    def _allow_other_tracks(self, allowed: Mask, state: BarState, kind: Numbers, has_moment: Mask) -> None:
        """Tracks that have not had their turn in this moment, by PROGRAM, or by VOICE within the current one."""
        layout = self._layout
        is_between_turns = has_moment & ((kind == POSITION) | (_IS_COMPLETE[kind] & (kind != TIME_SIGNATURE)))
        may_switch = is_between_turns | (has_moment & (kind == PROGRAM))
        tracks = np.arange(state.program.shape[1])
        is_next = (tracks >= state.turn[:, None]) & (tracks != state.track[:, None]) & (state.program >= 0)
        program = np.where(state.track >= 0, state.current(state.program), NOT_YET)
        has_program = state.program == program[:, None]
        rows, found = np.nonzero(is_next & ~has_program & is_between_turns[:, None])
        allowed[rows, layout.program + state.program[rows, found]] = True
        rows, found = np.nonzero(is_next & has_program & may_switch[:, None])
        allowed[rows, layout.voice + state.voice[rows, found]] = True

    def _allow_acts(self, allowed: Mask, state: BarState, kind: Numbers, has_moment: Mask) -> None:
        """What the current track may do: its pedal, then its notes by ascending pitch and duration."""
        layout = self._layout
        may = _MAY_ACT[kind] & has_moment & (state.track >= 0) & (state.track >= state.turn)
        velocity, duration = state.current(state.velocity), state.current(state.duration)
        is_down = state.current(state.pedal_down)
        may_pedal = may & ~state.has_acted
        allowed[:, layout.sustain_on] = may_pedal & ~is_down
        allowed[:, layout.sustain_off] = may_pedal & is_down

        may_say = may & (kind != VELOCITY) & (kind != DURATION) & (kind != LONG_DURATION)
        allowed[:, layout.velocity : layout.sustain_on] = may_say[:, None] & (
            velocity[:, None] != np.arange(layout.velocity_bins)
        )
        self._allow_durations(allowed, state, may & (velocity >= 0) & (kind != DURATION))
        may_sound = may & (velocity >= 0) & (duration > 0) & (kind != LONG_DURATION)
        pitch = np.arange(NUM_PITCHES)
        may_repeat = (pitch == state.last_pitch[:, None]) & (duration >= state.last_duration)[:, None]
        is_above = pitch > state.last_pitch[:, None]
        allowed[:, layout.pitch : layout.duration] = may_sound[:, None] & (is_above | may_repeat)

    def _allow_durations(self, allowed: Mask, state: BarState, may: Mask) -> None:
        """All but the current one; above the highest pitch there is no other note, so there only longer ones."""
        layout = self._layout
        current = state.current(state.duration)[:, None]
        least = np.where(state.last_pitch[:, None] == HIGHEST_PITCH, current + 1, 1)
        steps = state.partial[:, None] + 1 + np.arange(layout.span)
        allowed[:, layout.duration : layout.long_duration] = may[:, None] & (steps >= least) & (steps != current)
        reach = state.partial[:, None] + 2 * self._long_durations
        is_smaller = self._long_durations < state.below[:, None]
        allowed[:, layout.long_duration : layout.velocity] = may[:, None] & (reach >= least) & is_smaller

    def advance(self, state: BarState, ids: NDArray[np.integer]) -> BarState:
        """The state after one more id (B,) in each piece; ids that are not allowed lead to a state without meaning."""
        return state.followed_by(ids.astype(np.int64), self._layout, self._seconds_per_step)

    def closing(self, state: BarState) -> Mask:
        """(B, V) the allowed ids that bring each piece to its end with the fewest tokens.

        What has been begun is brought to its note, and the piece ends.
        """
        allowed = self.allowed(state)
        closing = np.zeros_like(allowed)
        open_rows = np.ones(len(allowed), bool)
        for first, end in self._ways_to_close:
            ids = allowed[:, first:end]
            closing[:, first:end] = ids & open_rows[:, None]
            open_rows &= ~ids.any(axis=1)
        return closing
