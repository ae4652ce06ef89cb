"""The event tokenizer: scores to ids of the 774-token vocabulary and back. Legal successors live in event_grammar.py.

A piece reads: BOS, TEMPO, then moment by moment: TIME_SHIFT (512s first, then the rest), TEMPO if it changes, then each
family that acts, in ascending order: INSTRUMENT if it is not the current one, NOTE_OFFs by ascending pitch, SUSTAIN if
it changes, NOTE_ONs by ascending pitch, each after a VELOCITY if that is not the family's current one; at last EOS.
There is exactly one way to write each normal form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.files import write_whole
from aurl_core.score.score import Score
from aurl_core.tokens.changes import Column, Pedals, Tempos, differs
from aurl_core.tokens.clock import Clock
from aurl_core.tokens.event_grammar import EventGrammar
from aurl_core.tokens.layout import (
    INSTRUMENT,
    LONGEST_SHIFT,
    NOTE_OFF,
    NOTE_ON,
    NUM_FAMILIES,
    NUM_PITCHES,
    NUM_SHIFTS,
    NUM_VELOCITIES,
    SUSTAIN_OFF,
    SUSTAIN_ON,
    TEMPO,
    TIME_SHIFT,
    VELOCITY,
    VOCAB_SIZE,
    token_names,
)
from aurl_core.tokens.losses import Losses
from aurl_core.tokens.normal_form import NormalForm, normal_form_of, score_of_normal_form
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.vocabulary import BOS, EOS, Vocabulary

# What happens is sorted as one int64 each: time · turn (0 for a tempo, else family + 1) · off, pedal, on or tempo ·
# pitch · value (velocity or tempo bin, pedal down). The lowest 14 bits say the token.
_PITCH_BIT: Final = 5
_CLASS_BIT: Final = 12
_TURN_BIT: Final = 14
_TIME_BIT: Final = 19
_VALUE_BITS: Final = (1 << _PITCH_BIT) - 1
_OFF, _PEDAL, _ON, _TEMPO = range(4)


def _tokens_by_bits() -> NDArray[np.uint16]:
    """(16384,) the token of each way to fill the lowest 14 bits."""
    kind, pitch, value = np.unravel_index(np.arange(1 << _TURN_BIT), (4, 128, 32))
    return np.choose(kind, [NOTE_OFF + pitch, SUSTAIN_OFF - value, NOTE_ON + pitch, TEMPO + value]).astype(np.uint16)


_TOKEN: Final = _tokens_by_bits()
_VOICE: Final = np.ravel((np.arange(NUM_FAMILIES)[:, None] + 1 << _TURN_BIT) + (np.arange(NUM_PITCHES) << _PITCH_BIT))
"""By family times 88 plus pitch: the bits of its turn and its pitch."""


class EventTokenizer:
    """Encodes and decodes with the event vocabulary: `decode(encode(x))` equals `normal_form(x)`."""

    def __init__(self, config: EventTokenizerConfig) -> None:
        self.config = config
        self.vocabulary = Vocabulary(token_names(), config.model_dump())
        self.num_notes = np.repeat(np.array([0, 1, 0], np.uint8), [NOTE_ON, NUM_PITCHES, VOCAB_SIZE - NOTE_OFF])
        self._clock = Clock(config.steps_per_beat)

    def encode(self, score: Score) -> NDArray[np.uint16]:
        """The ids of a score, BOS and EOS included."""
        return self.encode_counting(score)[0]

    def encode_counting(self, score: Score) -> tuple[NDArray[np.uint16], Losses]:
        """The ids of a score and what its normal form cost."""
        form = normal_form_of(score, self.config)
        return _written(_happenings(form), int(form.tempos.bin[0]), self._clock), form.losses

    def decode(self, ids: ArrayLike) -> Score:
        """The score of ids, at `steps_per_beat` of the config.

        Total on any ids of the vocabulary, whole pieces or parts: a NOTE_OFF of what does not sound is ignored, and
        what still sounds at the end stops there. `InputError` if an id is not in the vocabulary.
        """
        form = _read(self.vocabulary.checked(ids), self._clock)
        return score_of_normal_form(form, self.config.steps_per_beat)

    def beats_of(self, ids: ArrayLike) -> NDArray[np.float64]:
        """(N,) quarter notes from the start of the piece to the moment that each id belongs to."""
        return _steps(self.vocabulary.checked(ids), self._clock) / self.config.steps_per_beat

    def normal_form(self, score: Score) -> Score:
        """What of a score the vocabulary can say."""
        return score_of_normal_form(normal_form_of(score, self.config), self.config.steps_per_beat)

    def grammar(self) -> EventGrammar:
        """The legal successors: what `encode` could have written."""
        return EventGrammar(self._clock)

    def save(self, path: Path) -> None:
        """Write vocabulary.json."""
        write_whole(path, self.vocabulary.to_json())


def _happenings(form: NormalForm) -> Column:
    """Note ends, note starts, pedals and changes of tempo after the first, as sorted keys."""
    voice = _VOICE[form.voice]
    off = (form.offset << _TIME_BIT) | voice
    on = (form.onset << _TIME_BIT) | voice | (form.velocity + (_ON << _CLASS_BIT))
    pedals, tempos = form.pedals, form.tempos
    pedal = (pedals.onset << _TIME_BIT) | (pedals.part + 1 << _TURN_BIT) | (_PEDAL << _CLASS_BIT) | pedals.down
    tempo = (tempos.onset[1:] << _TIME_BIT) | (_TEMPO << _CLASS_BIT) | tempos.bin[1:]
    happenings = np.concatenate([off, on, pedal, tempo])
    happenings.sort()
    return happenings


def _written(happenings: Column, first_tempo: int, clock: Clock) -> NDArray[np.uint16]:
    """The ids of sorted happenings, after BOS and the first TEMPO and before EOS."""
    units = clock.units(happenings >> _TIME_BIT)
    gap = units.copy()
    gap[1:] -= units[:-1]
    bits = (happenings & ((1 << _TIME_BIT) - 1)).astype(np.int32)
    turn = bits >> _TURN_BIT
    names_family = _changes_of_family(turn)
    names_velocity = _changes_of_velocity(bits)

    num_ids = (gap + (2 * NUM_SHIFTS - 1)) // NUM_SHIFTS
    num_ids += names_family
    num_ids += names_velocity
    end = 2 + np.cumsum(num_ids)
    ids = np.full(1 + (end[-1] if len(end) else 2), LONGEST_SHIFT, np.uint16)
    ids[:2] = BOS, TEMPO + first_tempo
    ids[-1] = EOS
    place = end - 1
    ids[place] = _TOKEN[bits & ((1 << _TURN_BIT) - 1)]
    place -= names_velocity
    ids[place[names_velocity]] = VELOCITY + (bits[names_velocity] & _VALUE_BITS)
    place -= names_family
    ids[place[names_family]] = INSTRUMENT - 1 + turn[names_family]
    moves = np.flatnonzero(gap)
    ids[place[moves] - 1] = TIME_SHIFT + (gap[moves] - 1) % NUM_SHIFTS
    return ids


def _changes_of_family(turn: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Before which happenings is INSTRUMENT said? Tempos come between without changing it."""
    rows = np.flatnonzero(turn)
    names = np.zeros(len(turn), bool)
    names[rows] = differs(turn[rows])
    return names


def _changes_of_velocity(bits: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Before which happenings is VELOCITY said? Each family keeps its own."""
    rows = np.flatnonzero((bits >> _CLASS_BIT) & 3 == _ON)
    starts = bits[rows]
    order = np.argsort((starts >> _TURN_BIT).astype(np.uint8), kind="stable")
    names = np.zeros(len(bits), bool)
    names[rows[order]] = differs((starts & (-1 << _TURN_BIT | _VALUE_BITS))[order])
    return names


def _read(ids: Column, clock: Clock) -> NormalForm:
    """The normal form that ids spell."""
    step = _steps(ids, clock)
    family = np.maximum(_latest(ids, INSTRUMENT, NUM_FAMILIES), 0)
    velocity = _latest_by_family(ids, family)
    is_on = (ids >= NOTE_ON) & (ids < NOTE_OFF)
    strikes = np.flatnonzero((ids >= NOTE_ON) & (ids < TIME_SHIFT))
    voice = family[strikes] * NUM_PITCHES + (ids[strikes] - NOTE_ON) % NUM_PITCHES
    order = np.argsort(voice.astype(np.uint16), kind="stable")
    rows, voice = strikes[order], voice[order]
    onset = step[rows]
    final = step[-1] if len(step) else 0
    offset = np.where(np.diff(voice, append=-1) == 0, np.roll(onset, -1), final)
    sounds = is_on[rows] & (offset > onset)
    rows = rows[sounds]
    pedals = np.flatnonzero((ids == SUSTAIN_ON) | (ids == SUSTAIN_OFF))
    end = max(int(offset[sounds].max(initial=0)), int(step[pedals].max(initial=0)))
    tempos = np.flatnonzero((ids >= TEMPO) & (ids < INSTRUMENT) & (step <= end))
    return NormalForm(
        onset=onset[sounds],
        offset=offset[sounds],
        voice=voice[sounds],
        velocity=velocity[rows],
        pedals=Pedals(step[pedals], family[pedals], (ids[pedals] == SUSTAIN_ON).astype(np.int64)),
        tempos=Tempos(step[tempos], ids[tempos] - TEMPO),
    )


def _steps(ids: Column, clock: Clock) -> Column:
    """The step that each id belongs to."""
    return clock.steps(np.cumsum(np.where((ids >= TIME_SHIFT) & (ids <= LONGEST_SHIFT), ids - TIME_SHIFT + 1, 0)))


def _latest(ids: Column, block: int, size: int) -> Column:
    """At each id, the value of the latest id of a block, -1 before the first."""
    places = np.where((ids >= block) & (ids < block + size), np.arange(len(ids)), -1)
    latest = np.maximum.accumulate(places) if len(ids) else places
    return np.where(latest < 0, -1, ids[latest] - block)


def _latest_by_family(ids: Column, family: Column) -> Column:
    """At each id, the latest VELOCITY of its family; the middle one before the first."""
    order = np.argsort(family.astype(np.uint8), kind="stable")
    by_family, sorted_ids = family[order], ids[order]
    is_velocity = (sorted_ids >= VELOCITY) & (sorted_ids < SUSTAIN_ON)
    begins = np.diff(by_family, prepend=-1) != 0
    known = np.where(begins & ~is_velocity, VELOCITY + NUM_VELOCITIES // 2, sorted_ids)
    velocity = np.empty_like(family)
    velocity[order] = _latest(known, VELOCITY, NUM_VELOCITIES)
    return velocity
