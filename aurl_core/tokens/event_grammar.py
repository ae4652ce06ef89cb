"""The grammar of the event vocabulary. Numpy only; what the ids mean lives in layout.py.

The order is strict: an event tokenizer writes each normal form in exactly one way (see event.py), and only that way is
legal. A model then spends no probability on choosing between spellings of the same music, a sampler searches fewer
paths, and much follows without bookkeeping: in a moment a family's NOTE_OFFs come before its NOTE_ONs, so that no note
can end where it began; what changes nothing (the same VELOCITY, TEMPO or INSTRUMENT again) cannot be said; times lie
on the tokenizer's grid. There are no dead ends. One thing more than `encode` writes is legal, EOS after silence, so
that a piece can be ended wherever nothing sounds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.clock import UNITS_PER_BEAT, Clock
from aurl_core.tokens.grammar import Mask
from aurl_core.tokens.layout import (
    INSTRUMENT,
    LONGEST_SHIFT,
    NOTE_OFF,
    NOTE_ON,
    NUM_FAMILIES,
    NUM_PITCHES,
    NUM_SHIFTS,
    NUM_TEMPOS,
    NUM_VELOCITIES,
    SUSTAIN_OFF,
    SUSTAIN_ON,
    TEMPO,
    TEMPO_BPM,
    TIME_SHIFT,
    VELOCITY,
    VOCAB_SIZE,
)
from aurl_core.tokens.vocabulary import BOS, EOS, PAD, UNK

Numbers = NDArray[np.int64]

_SPECIAL, _NOTE_ON, _NOTE_OFF, _SHIFT, _VELOCITY, _SUSTAIN, _TEMPO, _INSTRUMENT = range(8)
_BLOCKS: Final = (PAD, NOTE_ON, NOTE_OFF, TIME_SHIFT, VELOCITY, SUSTAIN_ON, TEMPO, INSTRUMENT)
_KIND: Final = np.searchsorted(_BLOCKS, np.arange(VOCAB_SIZE), side="right") - 1
"""Which of the eight kinds each id is."""
_VALUE: Final = np.arange(VOCAB_SIZE) - np.array(_BLOCKS)[_KIND]
"""The place of each id in its block."""
_SECONDS_PER_UNIT: Final = 60 / (TEMPO_BPM * UNITS_PER_BEAT)
"""By tempo bin."""
_PITCHES: Final = np.arange(NUM_PITCHES)
_FAMILIES: Final = np.arange(NUM_FAMILIES)

_ENDING, _PEDALLED, _STARTING = range(3)
"""What the current family has come to in this moment: its NOTE_OFFs, its SUSTAIN, or its NOTE_ONs."""


_WAYS_TO_CLOSE: Final = (
    (PAD, UNK, False),
    (NOTE_OFF, TIME_SHIFT, True),
    (INSTRUMENT, VOCAB_SIZE, True),
    (TIME_SHIFT, VELOCITY, False),
    (SUSTAIN_ON, TEMPO, False),
    (NOTE_ON, NOTE_OFF, False),
    (TEMPO, INSTRUMENT, False),
)
"""Blocks of ids, the most welcome first, and whether only the lowest allowed one of the block will do."""


@dataclass(frozen=True, slots=True, eq=False)
class EventState:
    """Where each of B pieces stands; -1 is "not yet". Never changed in place: `advance` makes another."""

    last: Numbers
    """(B,) the last id; -1 before BOS."""
    units: Numbers
    """(B,) 32nds of a quarter note since the start."""
    seconds: NDArray[np.float64]
    """(B,) seconds since the start."""
    instrument: Numbers
    """(B,) current family."""
    lowest_family: Numbers
    """(B,) families below this one have had their turn in this moment."""
    stage: Numbers
    """(B,) what the current family has come to in this moment."""
    last_pitch: Numbers
    """(B,) last pitch - 21 of this stage."""
    tempo: Numbers
    """(B,) current tempo bin."""
    velocity: Numbers
    """(B, 16) current velocity bin of each family."""
    pedal_down: Mask
    """(B, 16) sustain pedal of each family."""
    sounding: Mask
    """(B, 16, 88) notes that sound."""
    onset_units: NDArray[np.int32]
    """(B, 16, 88) when each began that sounds."""

    @property
    def beats(self) -> NDArray[np.float64]:
        """(B,) quarter notes since the start."""
        beats: NDArray[np.float64] = self.units / UNITS_PER_BEAT
        return beats

    def take(self, rows: Mask) -> Self:
        """The state of the pieces at `rows` alone."""
        return type(self)(*(getattr(self, column.name)[rows] for column in fields(self)))


class EventGrammar:
    """The legal successors of the event vocabulary on the grid of `clock`, for B pieces at once."""

    def __init__(self, clock: Clock) -> None:
        units = np.arange(UNITS_PER_BEAT)[:, None] + np.arange(1, NUM_SHIFTS + 1)
        self._shifts_on_grid = clock.is_on_grid()[units % UNITS_PER_BEAT]
        """(32, 512) by unit of the beat: which shifts end on the grid?"""

    def start(self, batch: int) -> EventState:
        """The state of `batch` pieces of which nothing is written yet: BOS comes first."""

        def not_yet(*shape: int) -> Numbers:
            return np.full((batch, *shape), -1, np.int64)

        return EventState(
            last=not_yet(),
            units=np.zeros(batch, np.int64),
            seconds=np.zeros(batch),
            instrument=not_yet(),
            lowest_family=np.zeros(batch, np.int64),
            stage=np.zeros(batch, np.int64),
            last_pitch=not_yet(),
            tempo=not_yet(),
            velocity=not_yet(NUM_FAMILIES),
            pedal_down=np.zeros((batch, NUM_FAMILIES), bool),
            sounding=np.zeros((batch, NUM_FAMILIES, NUM_PITCHES), bool),
            onset_units=np.zeros((batch, NUM_FAMILIES, NUM_PITCHES), np.int32),
        )

    def allowed(self, state: EventState, *, longest_beats: float = np.inf) -> Mask:
        """(B, 774) the ids that may come next; at least one in every row.

        Where a note has sounded for `longest_beats`, nothing is left that would pass over its NOTE_OFF.
        """
        allowed = self._legal(state)
        if longest_beats < np.inf:
            _release_hanging(allowed, state, longest_beats)
        return allowed

    def _legal(self, state: EventState) -> Mask:
        rows, last, family = np.arange(len(state.last)), state.last, state.instrument
        kind = np.where(last < 0, _SPECIAL, _KIND[last])
        is_settled = (kind != _SPECIAL) & (kind != _INSTRUMENT) & (kind != _VELOCITY)
        has_family = (kind != _SPECIAL) & (family >= 0)
        may_end_notes = has_family & (state.stage == _ENDING)
        sounding, velocity, pedal_down = (
            column[rows, family] for column in (state.sounding, state.velocity, state.pedal_down)
        )
        floor = np.where(state.stage == _STARTING, state.last_pitch, -1)
        playable = ~sounding & (floor[:, None] < _PITCHES) & has_family[:, None]
        may_say_velocity = (kind != _VELOCITY) & playable.any(axis=1)
        may_move = is_settled & ((kind != _SHIFT) | (last == LONGEST_SHIFT))
        may_say_tempo = (last == BOS) | (kind == _SHIFT)

        allowed = np.zeros((len(last), VOCAB_SIZE), bool)
        allowed[:, PAD] = (last == EOS) | (last == PAD)
        allowed[:, BOS] = last < 0
        allowed[:, EOS] = is_settled & ~state.sounding.any(axis=(1, 2))
        allowed[:, NOTE_ON:NOTE_OFF] = playable & (velocity >= 0)[:, None]
        allowed[:, NOTE_OFF:TIME_SHIFT] = may_end_notes[:, None] & sounding & (state.last_pitch[:, None] < _PITCHES)
        allowed[:, TIME_SHIFT:VELOCITY] = may_move[:, None] & self._shifts_on_grid[state.units % UNITS_PER_BEAT]
        allowed[:, VELOCITY:SUSTAIN_ON] = may_say_velocity[:, None] & (velocity[:, None] != np.arange(NUM_VELOCITIES))
        allowed[:, SUSTAIN_ON] = may_end_notes & ~pedal_down
        allowed[:, SUSTAIN_OFF] = may_end_notes & pedal_down
        allowed[:, TEMPO:INSTRUMENT] = may_say_tempo[:, None] & (state.tempo[:, None] != np.arange(NUM_TEMPOS))
        is_next = (state.lowest_family[:, None] <= _FAMILIES) & (family[:, None] != _FAMILIES)
        allowed[:, INSTRUMENT:] = is_settled[:, None] & is_next
        return allowed

    def advance(self, state: EventState, ids: NDArray[np.integer]) -> EventState:
        """The state after one more id (B,) in each piece; ids that are not allowed lead to a state without meaning."""
        last = ids.astype(np.int64)
        kind, value = _KIND[last], _VALUE[last]
        is_on, is_off, is_pedal = kind == _NOTE_ON, kind == _NOTE_OFF, kind == _SUSTAIN
        is_velocity, is_shift, says_family = kind == _VELOCITY, kind == _SHIFT, kind == _INSTRUMENT
        instrument = np.where(says_family, value, state.instrument)
        acts = is_on | is_off | is_pedal | is_velocity | says_family
        forgets_pitch = is_shift | says_family | is_pedal | (is_velocity & (state.stage != _STARTING))
        stage = np.where(is_shift | says_family, _ENDING, np.where(is_on | is_velocity, _STARTING, state.stage))
        velocity, pedal_down, sounding = state.velocity.copy(), state.pedal_down.copy(), state.sounding.copy()
        velocity[is_velocity, instrument[is_velocity]] = value[is_velocity]
        pedal_down[is_pedal, instrument[is_pedal]] = last[is_pedal] == SUSTAIN_ON
        sounding[is_on, instrument[is_on], value[is_on]] = True
        sounding[is_off, instrument[is_off], value[is_off]] = False
        onset_units = state.onset_units.copy()
        onset_units[is_on, instrument[is_on], value[is_on]] = state.units[is_on]
        shift = np.where(is_shift, value + 1, 0)
        return EventState(
            last=last,
            units=state.units + shift,
            seconds=state.seconds + shift * _SECONDS_PER_UNIT[state.tempo],
            instrument=instrument,
            lowest_family=np.where(is_shift, 0, np.where(acts, instrument + 1, state.lowest_family)),
            stage=np.where(is_pedal, _PEDALLED, stage),
            last_pitch=np.where(forgets_pitch, -1, np.where(is_on | is_off, value, state.last_pitch)),
            tempo=np.where(kind == _TEMPO, value, state.tempo),
            velocity=velocity,
            pedal_down=pedal_down,
            sounding=sounding,
            onset_units=onset_units,
        )

    def closing(self, state: EventState) -> Mask:
        """(B, 774) the allowed ids that bring each piece to its end with the fewest tokens.

        What sounds is turned off family by family, as soon as it may be (a TIME_SHIFT comes first if it cannot be in
        this moment; how long a one is left open), then comes EOS.
        """
        allowed = self.allowed(state)
        closing = np.zeros_like(allowed)
        is_needed = np.ones_like(allowed)
        is_needed[:, INSTRUMENT:] = state.sounding.any(axis=2)
        open_rows = np.ones(len(allowed), bool)
        for first, end, only_lowest in _WAYS_TO_CLOSE:
            ids = allowed[:, first:end] & is_needed[:, first:end]
            if only_lowest:
                ids = ids & (np.cumsum(ids, axis=1) == 1)
            closing[:, first:end] |= ids & open_rows[:, None]
            open_rows &= ~ids.any(axis=1)
        return closing


def _release_hanging(allowed: Mask, state: EventState, longest_beats: float) -> None:
    """Where a note has sounded too long, leave nothing in the mask (B, 774) that would pass over its NOTE_OFF."""
    age = state.units[:, None, None] - state.onset_units
    hangs = state.sounding & (age >= longest_beats * UNITS_PER_BEAT)
    for row in np.flatnonzero(hangs.any(axis=(1, 2))).tolist():
        mask, here = allowed[row], hangs[row, state.instrument[row]]
        now = np.flatnonzero(mask[NOTE_OFF:TIME_SHIFT] & here)
        later = np.flatnonzero(mask[INSTRUMENT:] & hangs[row].any(axis=1))
        if len(now):
            mask[:NOTE_OFF] = mask[NOTE_OFF + now[0] + 1 :] = False
        elif len(later):
            mask[EOS] = mask[TIME_SHIFT:VELOCITY] = mask[INSTRUMENT + later[0] + 1 :] = False
