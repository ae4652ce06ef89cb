"""What each piece of a batch may say next: the grammar of its tokens, and how long it should last.

Shapes: B batch, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.clock import UNITS_PER_BEAT
from aurl_core.tokens.grammar import Grammar, GrammarState, Mask
from aurl_core.tokens.layout import (
    BOS,
    EOS,
    INSTRUMENT,
    LONGEST_SHIFT,
    NOTE_OFF,
    NOTE_ON,
    TEMPO,
    TEMPO_BPM,
    TIME_SHIFT,
    VOCAB_SIZE,
)

Seconds = NDArray[np.float64]

_IDS = np.arange(VOCAB_SIZE)
_BEATS = np.where((_IDS >= TIME_SHIFT) & (_IDS <= LONGEST_SHIFT), _IDS - TIME_SHIFT + 1, 0) / UNITS_PER_BEAT
"""Quarter notes that each id moves on."""
_BPM = np.full(VOCAB_SIZE, np.nan)
_BPM[TEMPO:INSTRUMENT] = TEMPO_BPM
"""The tempo that each id sets, nan if it sets none."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """How long each of B pieces should last."""

    least_seconds: Seconds
    """(B,) before that a piece may not end."""
    most_seconds: Seconds
    """(B,) from then on it is brought to its end."""
    most_tokens: int
    """The same, in tokens, for all."""


class Guide:
    """Where B pieces stand, and what each of them may say next."""

    def __init__(self, grammar: Grammar, limits: Limits) -> None:
        batch = len(limits.least_seconds)
        self._grammar = grammar
        self._limits = limits
        self._state = grammar.start(batch)
        self._tempo_bpm = np.full(batch, np.nan)
        self._has_note = np.zeros(batch, bool)
        self.seconds: Seconds = np.zeros(batch)
        """(B,) how long each piece lasts so far."""
        self.num_tokens = 0
        self.advance(np.full(batch, BOS))

    def allowed(self) -> tuple[Mask, Mask]:
        """(B, V) the ids that may come next, and (B,) where EOS is held back that the grammar would allow.

        It is held back from a piece that is too short or without a note.
        """
        allowed_BV, is_closing_B = self._grammar.allowed(self._state), self.is_closing
        is_unfinished_B = (self.seconds < self._limits.least_seconds) | ~self._has_note
        is_withheld_B = allowed_BV[:, EOS] & is_unfinished_B & ~is_closing_B
        allowed_BV[is_withheld_B, EOS] = False
        if is_closing_B.any():
            allowed_BV[is_closing_B] = self._grammar.closing(self._state)[is_closing_B]
        return allowed_BV, is_withheld_B

    @property
    def is_closing(self) -> Mask:
        """(B,) has the piece reached a limit? A piece without a note goes on until it has too many tokens."""
        is_late_B = (self.seconds >= self._limits.most_seconds) & self._has_note
        return is_late_B | (self.num_tokens >= self._limits.most_tokens)

    def advance(self, ids_B: NDArray[np.int64]) -> None:
        """Take one more id in each piece."""
        self._state = self._grammar.advance(self._state, ids_B)
        self._tempo_bpm = np.where(np.isnan(_BPM[ids_B]), self._tempo_bpm, _BPM[ids_B])
        self.seconds = self.seconds + np.where(_BEATS[ids_B] > 0, _BEATS[ids_B] * 60 / self._tempo_bpm, 0)
        self._has_note = self._has_note | ((ids_B >= NOTE_ON) & (ids_B < NOTE_OFF))
        self.num_tokens += 1

    def keep(self, rows: Mask) -> None:
        """Go on with the pieces at `rows` alone."""
        columns = (getattr(self._state, column.name)[rows] for column in fields(self._state))
        self._state = GrammarState(*columns)
        self._limits = Limits(
            self._limits.least_seconds[rows], self._limits.most_seconds[rows], self._limits.most_tokens
        )
        self._tempo_bpm, self._has_note = self._tempo_bpm[rows], self._has_note[rows]
        self.seconds = self.seconds[rows]
