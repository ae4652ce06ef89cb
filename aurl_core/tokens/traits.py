"""`TokenTraits`: what a network may know of each id beforehand, as plain numbers: its pitch, its kind, what it does to
the clock. They are read off the tokens' names, so that any vocabulary of the field's form has them.

A BPE token stands for several base tokens and has no traits of its own.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.vocabulary import Vocabulary

OTHER, NOTE, TIME, VELOCITY = range(4)
"""Kinds of tokens: all else, what begins or ends notes, what says when or how long, how loud."""

_EVENT_UNITS_PER_BEAT: Final = 32
_NOTE_NAMES: Final = frozenset({"NOTE_ON", "PITCH", "Pitch", "NoteOn"})
_END_NAMES: Final = frozenset({"NOTE_OFF", "NoteOff"})
_PROGRAM_NAMES: Final = frozenset({"PROGRAM", "DRUMS", "INSTRUMENT", "Program"})
_DRUMS: Final = 128
_NOTE_KIND_NAMES: Final = _NOTE_NAMES | _END_NAMES | {"PitchDrum", "DrumOn", "DrumOff"}
_TIME_NAMES: Final = frozenset(
    {"TIME_SHIFT", "POSITION", "DURATION", "BAR", "TimeShift", "Position", "Duration", "Bar"}
)
_SHIFT_NAMES: Final = frozenset({"TIME_SHIFT", "TimeShift", "Rest"})
_VELOCITY_NAMES: Final = frozenset({"VELOCITY", "Velocity"})
_NAME: Final = re.compile(r"(?P<head>[A-Za-z]+(?:_[A-Z]+)?)(?:_(?P<value>[0-9./+-]+|None))?")


class TokenTraits(NamedTuple):
    """One number an id, V of each."""

    pitch_V: NDArray[np.int16]
    """MIDI pitch of the note that the token begins, drums left out; -1: none."""
    ended_pitch_V: NDArray[np.int16]
    """MIDI pitch of the note that the token ends; -1: none."""
    program_V: NDArray[np.int16]
    """What plays from here on: a program, or the family of programs that the vocabulary says; -1: as before."""
    voice_V: NDArray[np.int16]
    """Which of the tracks of that program plays from here on; -1: as before, or the first of another program."""
    kind_V: NDArray[np.uint8]
    """`OTHER`, `NOTE`, `TIME` or `VELOCITY`."""
    shift_beats_V: NDArray[np.float32]
    """Quarter notes by which the clock goes on."""
    is_bar_V: NDArray[np.bool_]
    """Does a bar begin?"""
    position_beats_V: NDArray[np.float32]
    """The moment in its bar to which the clock is set, quarter notes; -1: none."""
    bar_beats_V: NDArray[np.float32]
    """The length of the bars from here on, quarter notes; 0: as before."""

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Self:
        """The traits of a vocabulary's tokens.

        >>> traits = TokenTraits.of(Vocabulary(("PAD", "NOTE_ON_60", "TIME_SHIFT_16"), {"kind": "event"}))
        >>> traits.pitch_V.tolist(), traits.shift_beats_V.tolist()
        ([-1, 60, -1], [0.0, 0.0, 0.5])
        """
        traits = cls.blank(vocabulary.size)
        for number, token in enumerate(vocabulary.tokens):
            found = _NAME.fullmatch(token)
            if found:
                traits._read(number, found["head"], found["value"] or "", _units_per_beat(vocabulary))
        return traits

    @classmethod
    def blank(cls, vocab_size: int) -> Self:
        """Traits of tokens of which nothing is known."""
        return cls(
            pitch_V=np.full(vocab_size, -1, np.int16),
            ended_pitch_V=np.full(vocab_size, -1, np.int16),
            program_V=np.full(vocab_size, -1, np.int16),
            voice_V=np.full(vocab_size, -1, np.int16),
            kind_V=np.zeros(vocab_size, np.uint8),
            shift_beats_V=np.zeros(vocab_size, np.float32),
            is_bar_V=np.zeros(vocab_size, np.bool_),
            position_beats_V=np.full(vocab_size, -1, np.float32),
            bar_beats_V=np.zeros(vocab_size, np.float32),
        )

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        return len(self.pitch_V)

    def _read(self, number: int, head: str, value: str, units_per_beat: int) -> None:
        self.kind_V[number] = _kind(head)
        self.is_bar_V[number] = head in ("BAR", "Bar")
        if head in _NOTE_NAMES:
            self.pitch_V[number] = int(value)
        elif head in _END_NAMES:
            self.ended_pitch_V[number] = int(value)
        elif head in _PROGRAM_NAMES:
            self.program_V[number] = int(value) % (_DRUMS + 1) if value else _DRUMS
        elif head == "VOICE":
            self.voice_V[number] = int(value)
        elif head in _SHIFT_NAMES and value[:1].isdigit():
            self.shift_beats_V[number] = _beats(value, units_per_beat)
        elif head in ("POSITION", "Position") and value.isdigit():
            self.position_beats_V[number] = int(value) / units_per_beat
        elif head in ("TIME_SIGNATURE", "TimeSig"):
            numerator, denominator = map(int, value.split("/"))
            self.bar_beats_V[number] = 4 * numerator / denominator


def _kind(head: str) -> int:
    if head in _NOTE_KIND_NAMES:
        return NOTE
    if head in _TIME_NAMES or head in _SHIFT_NAMES:
        return TIME
    return VELOCITY if head in _VELOCITY_NAMES else OTHER


def _units_per_beat(vocabulary: Vocabulary) -> int:
    """What a number of time in a token's name counts, per quarter note."""
    if vocabulary.config.get("kind") == "event":
        return _EVENT_UNITS_PER_BEAT
    return int(vocabulary.config["steps_per_beat"])


def _beats(value: str, units_per_beat: int) -> float:
    """The quarter notes of `16` units, or of MidiTok's beats.units.units-a-beat.

    >>> _beats("16", 32), _beats("1.12.24", 24)
    (0.5, 1.5)
    """
    if "." not in value:
        return int(value) / units_per_beat
    beats, parts, resolution = map(int, value.split("."))
    return beats + parts / resolution
