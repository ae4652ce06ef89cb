"""Which id of the event vocabulary means what. Turning music into ids lives in event.py.

4 special · 88 NOTE_ON · 88 NOTE_OFF (pitches 21-108) · 512 TIME_SHIFT · 32 VELOCITY · 2 SUSTAIN · 32 TEMPO ·
16 INSTRUMENT = 774. Each block's name below is the id of its first token.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.score.pitch import HIGHEST_PIANO_PITCH, LOWEST_PIANO_PITCH
from aurl_core.tokens.changes import TempoBins
from aurl_core.tokens.vocabulary import SPECIAL_TOKENS

NUM_PITCHES: Final = HIGHEST_PIANO_PITCH - LOWEST_PIANO_PITCH + 1
NUM_SHIFTS: Final = 512
NUM_VELOCITIES: Final = 32
NUM_TEMPOS: Final = 32
NUM_FAMILIES: Final = 16

NOTE_ON: Final = len(SPECIAL_TOKENS)
NOTE_OFF: Final = NOTE_ON + NUM_PITCHES
TIME_SHIFT: Final = NOTE_OFF + NUM_PITCHES
"""The id of TIME_SHIFT_1; the shift by n units is `TIME_SHIFT + n - 1`."""
LONGEST_SHIFT: Final = TIME_SHIFT + NUM_SHIFTS - 1
VELOCITY: Final = TIME_SHIFT + NUM_SHIFTS
SUSTAIN_ON: Final = VELOCITY + NUM_VELOCITIES
SUSTAIN_OFF: Final = SUSTAIN_ON + 1
TEMPO: Final = SUSTAIN_OFF + 1
INSTRUMENT: Final = TEMPO + NUM_TEMPOS
VOCAB_SIZE: Final = INSTRUMENT + NUM_FAMILIES

TEMPO_BINS: Final = TempoBins(NUM_TEMPOS, 60.0, 200.0)
TEMPO_BPM: Final = TEMPO_BINS.bpm
"""Beats per minute that each TEMPO stands for."""


def token_names() -> tuple[str, ...]:
    """The names of the 774 tokens, by id.

    >>> names = token_names()
    >>> len(names), names[4], names[180], names[725], names[773]
    (774, 'NOTE_ON_21', 'TIME_SHIFT_1', 'SUSTAIN_OFF', 'INSTRUMENT_15')
    """
    pitches = range(LOWEST_PIANO_PITCH, HIGHEST_PIANO_PITCH + 1)
    return (
        *SPECIAL_TOKENS,
        *(f"NOTE_ON_{pitch}" for pitch in pitches),
        *(f"NOTE_OFF_{pitch}" for pitch in pitches),
        *(f"TIME_SHIFT_{units}" for units in range(1, NUM_SHIFTS + 1)),
        *(f"VELOCITY_{velocity}" for velocity in range(NUM_VELOCITIES)),
        *("SUSTAIN_ON", "SUSTAIN_OFF"),
        *(f"TEMPO_{tempo}" for tempo in range(NUM_TEMPOS)),
        *(f"INSTRUMENT_{family}" for family in range(NUM_FAMILIES)),
    )


def velocity_of_bin(velocity_bin: ArrayLike) -> NDArray[np.int64]:
    """The MIDI velocity in the middle of each bin of four.

    >>> velocity_of_bin([0, 16, 31]).tolist()
    [2, 66, 126]
    """
    return 4 * np.asarray(velocity_bin, np.int64) + 2
