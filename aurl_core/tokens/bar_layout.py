"""Which id of the bar vocabulary means what, by its settings. Turning music into ids lives in bar.py.

4 special · BAR · POSITION (0 to two bars of 4/4) and five long ones · 128 PITCH · DURATION (1 step to two bars of 4/4)
and twenty long ones · VELOCITY · 2 SUSTAIN · TEMPO · 448 TIME_SIGNATURE · 128 PROGRAM and DRUMS · 32 VOICE.

A position or duration beyond the short ones is the sum of long ones, each at most once and the longest first, and one
short one; so each is written in exactly one way.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.changes import TempoBins
from aurl_core.tokens.params import BarTokenizerConfig
from aurl_core.tokens.vocabulary import SPECIAL_TOKENS

BEATS_IN_ONE_TOKEN: Final = 8
NUM_LONG_POSITIONS: Final = 5
"""Enough for a bar of 64/1."""
NUM_LONG_DURATIONS: Final = 20
"""Enough for notes of eight million quarter notes."""
NUM_PITCHES: Final = 128
HIGHEST_PITCH: Final = NUM_PITCHES - 1
HIGHEST_VELOCITY: Final = 127
LARGEST_METER: Final = 64
"""Largest numerator and denominator of a time signature."""
NUM_DENOMINATORS: Final = LARGEST_METER.bit_length()
COMMON_TIME: Final = 2 * LARGEST_METER + 3
"""The place of 4/4 among the TIME_SIGNATUREs."""
DRUM_KIT: Final = 128
"""The program number that stands for the drum kit."""
NUM_PROGRAMS: Final = DRUM_KIT + 1
NUM_VOICES: Final = 32
"""How many tracks of one program can be told apart."""

(
    SPECIAL, BAR, POSITION, LONG_POSITION, PITCH, DURATION, LONG_DURATION, VELOCITY, SUSTAIN, TEMPO, TIME_SIGNATURE,
    PROGRAM, VOICE,
) = range(13)  # fmt: skip
"""The kinds of ids."""


class BarLayout:
    """The ids of one vocabulary. Each block's name is the id of its first token."""

    def __init__(self, config: BarTokenizerConfig) -> None:
        self.steps_per_beat = config.steps_per_beat
        self.span = BEATS_IN_ONE_TOKEN * config.steps_per_beat
        """Steps that one short POSITION or DURATION can say."""
        self.tempos = TempoBins(config.tempo_bins, config.slowest_bpm, config.fastest_bpm)
        self.velocity_bins = config.velocity_bins
        self.velocity_bin = (np.minimum(np.arange(256), HIGHEST_VELOCITY) * config.velocity_bins >> 7).astype(np.uint8)
        """(256,) the bin of each velocity; what MIDI cannot mean is the loudest."""
        blocks = self._blocks()
        self.token_names = tuple(name for block in blocks for name in block)
        sizes = [len(block) for block in blocks]
        starts = np.cumsum([0, *sizes])
        (
            _, self.bar, self.position, self.long_position, self.pitch, self.duration, self.long_duration,
            self.velocity, self.sustain_on, self.tempo, self.time_signature, self.program, self.voice, self.size,
        ) = starts.tolist()  # fmt: skip
        self.sustain_off = self.sustain_on + 1
        self.kind = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
        """(V,) the kind of each id."""
        self.value = np.arange(self.size) - starts[self.kind]
        """(V,) the place of each id in its block."""
        self.steps = np.concatenate([
            np.zeros(self.position, np.int64), np.arange(self.span), self.long(NUM_LONG_POSITIONS),
            np.zeros(NUM_PITCHES, np.int64), np.arange(self.span) + 1, self.long(NUM_LONG_DURATIONS),
            np.zeros(self.size - self.velocity, np.int64),
        ])  # fmt: skip
        """(V,) the steps that each POSITION and DURATION stands for."""
        self.numerator, self.denominator = meters()
        self.bar_parts = np.maximum(4 * self.steps_per_beat * self.numerator, self.denominator)
        """Steps of a bar, times the denominator, by time signature; no bar is shorter than a step."""
        self.bar_steps = np.where(self.bar_parts % self.denominator, 0, self.bar_parts // self.denominator)
        """Steps of a bar by time signature; 0 if they are no whole number."""

    @property
    def longest_duration(self) -> int:
        """In steps."""
        return self.span << NUM_LONG_DURATIONS

    def long(self, count: int) -> NDArray[np.int64]:
        """The steps of the long tokens, shortest first."""
        return self.span << np.arange(count)

    def velocity_of_bin(self, velocity_bin: NDArray[np.int64]) -> NDArray[np.int64]:
        """The MIDI velocity in the middle of each bin."""
        return (2 * velocity_bin + 1 << 7) // (2 * self.velocity_bins)

    def _blocks(self) -> list[list[str]]:
        """The names of the tokens, kind by kind."""
        return [
            list(SPECIAL_TOKENS),
            ["BAR"],
            [f"POSITION_{step}" for step in range(self.span)],
            [f"POSITION_{steps}+" for steps in self.long(NUM_LONG_POSITIONS)],
            [f"PITCH_{pitch}" for pitch in range(NUM_PITCHES)],
            [f"DURATION_{steps}" for steps in range(1, self.span + 1)],
            [f"DURATION_{steps}+" for steps in self.long(NUM_LONG_DURATIONS)],
            [f"VELOCITY_{velocity}" for velocity in range(self.velocity_bins)],
            ["SUSTAIN_ON", "SUSTAIN_OFF"],
            [f"TEMPO_{tempo}" for tempo in range(self.tempos.count)],
            [f"TIME_SIGNATURE_{upper}/{lower}" for upper, lower in zip(*meters(), strict=True)],
            [*(f"PROGRAM_{program}" for program in range(DRUM_KIT)), "DRUMS"],
            [f"VOICE_{voice}" for voice in range(NUM_VOICES)],
        ]


def meters() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numerator and denominator of each TIME_SIGNATURE: 1 to 64 over 1, 2, 4, 8, 16, 32 and 64."""
    lower, upper = np.divmod(np.arange(NUM_DENOMINATORS * LARGEST_METER), LARGEST_METER)
    return upper + 1, 1 << lower


def meter_number(numerator: NDArray[np.integer], denominator: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of each time signature among the TIME_SIGNATUREs, -1 if it has none.

    >>> meter_number(np.array([1, 3, 65]), np.array([1.0, 4.0, 4.0])).tolist()
    [0, 130, -1]
    """
    fraction, exponent = np.frexp(denominator)
    is_meter = (numerator >= 1) & (numerator <= LARGEST_METER) & (fraction == 0.5)
    is_meter &= (exponent >= 1) & (exponent <= NUM_DENOMINATORS)
    return np.where(is_meter, (exponent - 1) * LARGEST_METER + numerator.astype(np.int64) - 1, -1)
