"""What each piece of a batch may say next: the grammar of its tokens, how long it lasts, and that no note hangs.

Shapes: B batch, V vocabulary, F families, P pitches.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

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
    NUM_FAMILIES,
    NUM_PITCHES,
    TEMPO,
    TEMPO_BPM,
    TIME_SHIFT,
    VELOCITY,
    VOCAB_SIZE,
)

Seconds = NDArray[np.float64]

_IDS = np.arange(VOCAB_SIZE)
_UNITS = np.where((_IDS >= TIME_SHIFT) & (_IDS <= LONGEST_SHIFT), _IDS - TIME_SHIFT + 1, 0)
"""32nds of a quarter note that each id moves on."""
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
    longest_note_beats: float = np.inf
    """A note that has sounded this long is turned off at the next moment that something happens."""


class Guide:
    """Where B pieces stand, and what each of them may say next."""

    def __init__(self, grammar: Grammar, limits: Limits) -> None:
        batch = len(limits.least_seconds)
        self._grammar = grammar
        self._limits = limits
        self._state = grammar.start(batch)
        self._tempo_bpm = np.full(batch, np.nan)
        self._has_note = np.zeros(batch, bool)
        self._units = np.zeros(batch, np.int64)
        self._onset_units = np.zeros((batch, NUM_FAMILIES, NUM_PITCHES), np.int64)
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
        self._release_hanging(allowed_BV)
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
        beats_B = _UNITS[ids_B] / UNITS_PER_BEAT
        self.seconds = self.seconds + np.where(beats_B > 0, beats_B * 60 / self._tempo_bpm, 0)
        self._units = self._units + _UNITS[ids_B]
        begins = np.flatnonzero((ids_B >= NOTE_ON) & (ids_B < NOTE_OFF))
        self._onset_units[begins, self._state.instrument[begins], ids_B[begins] - NOTE_ON] = self._units[begins]
        self._has_note[begins] = True
        self.num_tokens += 1

    def keep(self, rows: Mask) -> None:
        """Go on with the pieces at `rows` alone."""
        columns = (getattr(self._state, column.name)[rows] for column in fields(self._state))
        self._state = GrammarState(*columns)
        self._limits = replace(
            self._limits,
            least_seconds=self._limits.least_seconds[rows],
            most_seconds=self._limits.most_seconds[rows],
        )
        self._tempo_bpm, self._has_note = self._tempo_bpm[rows], self._has_note[rows]
        self._units, self._onset_units = self._units[rows], self._onset_units[rows]
        self.seconds = self.seconds[rows]

    def _release_hanging(self, allowed_BV: Mask) -> None:
        """Where a note has sounded too long, leave nothing in the mask that would pass over its NOTE_OFF."""
        age_BFP = self._units[:, None, None] - self._onset_units
        hangs_BFP = self._state.sounding & (age_BFP >= self._limits.longest_note_beats * UNITS_PER_BEAT)
        for row in np.flatnonzero(hangs_BFP.any(axis=(1, 2))).tolist():
            allowed_V, here_P = allowed_BV[row], hangs_BFP[row, self._state.instrument[row]]
            now = np.flatnonzero(allowed_V[NOTE_OFF:TIME_SHIFT] & here_P)
            later = np.flatnonzero(allowed_V[INSTRUMENT:] & hangs_BFP[row].any(axis=1))
            if len(now):
                allowed_V[:NOTE_OFF] = allowed_V[NOTE_OFF + now[0] + 1 :] = False
            elif len(later):
                allowed_V[EOS] = allowed_V[TIME_SHIFT:VELOCITY] = allowed_V[INSTRUMENT + later[0] + 1 :] = False
