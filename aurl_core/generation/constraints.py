"""What each piece of a batch may say next: the grammar of its tokens, how long it lasts, and that no note hangs.

What ids mean is the grammar's knowledge. Shapes: B batch, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aurl_core.tokens.grammar import Mask
from aurl_core.tokens.tokenizer import Tokenizer
from aurl_core.tokens.vocabulary import BOS, EOS

Seconds = NDArray[np.float64]


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
    """A note that has sounded this long is turned off at the next moment that something happens, where notes are ended
    by tokens of their own."""


class Guide:
    """Where B pieces stand, and what each of them may say next."""

    def __init__(self, tokenizer: Tokenizer, limits: Limits) -> None:
        batch = len(limits.least_seconds)
        self._begins_note = tokenizer.num_notes > 0
        self._grammar = tokenizer.grammar()
        self._limits = limits
        self._state = self._grammar.start(batch)
        self._has_note = np.zeros(batch, bool)
        self.num_tokens = 0
        self.advance(np.full(batch, BOS))

    def allowed(self) -> tuple[Mask, Mask]:
        """(B, V) the ids that may come next, and (B,) where EOS is held back that the grammar would allow.

        It is held back from a piece that is too short or without a note.
        """
        allowed_BV = self._grammar.allowed(self._state, longest_beats=self._limits.longest_note_beats)
        is_closing_B = self.is_closing
        is_unfinished_B = (self.seconds < self._limits.least_seconds) | ~self._has_note
        is_withheld_B = allowed_BV[:, EOS] & is_unfinished_B & ~is_closing_B
        allowed_BV[is_withheld_B, EOS] = False
        if is_closing_B.any():
            allowed_BV[is_closing_B] = self._grammar.closing(self._state)[is_closing_B]
        return allowed_BV, is_withheld_B

    @property
    def seconds(self) -> Seconds:
        """(B,) how long each piece lasts so far."""
        seconds: Seconds = self._state.seconds
        return seconds

    @property
    def is_closing(self) -> Mask:
        """(B,) has the piece reached a limit? A piece without a note goes on until it has too many tokens."""
        is_late_B = (self.seconds >= self._limits.most_seconds) & self._has_note
        return is_late_B | (self.num_tokens >= self._limits.most_tokens)

    def advance(self, ids_B: NDArray[np.int64]) -> None:
        """Take one more id in each piece."""
        self._state = self._grammar.advance(self._state, ids_B)
        self._has_note |= self._begins_note[ids_B]
        self.num_tokens += 1

    def keep(self, rows: Mask) -> None:
        """Go on with the pieces at `rows` alone."""
        self._state = self._state.take(rows)
        self._limits = replace(
            self._limits,
            least_seconds=self._limits.least_seconds[rows],
            most_seconds=self._limits.most_seconds[rows],
        )
        self._has_note = self._has_note[rows]
