"""What every grammar can do: say which ids may follow, for a batch of pieces at once. Each tokenizer brings its own.

Shapes: B batch, V vocabulary. A step costs the same wherever it is in a piece.
"""

from __future__ import annotations

from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


class GrammarState(Protocol):
    """Where each of B pieces stands. Never changed in place: `advance` makes another."""

    @property
    def beats(self) -> NDArray[np.float64]:
        """(B,) how far each piece has come, in quarter notes."""

    @property
    def seconds(self) -> NDArray[np.float64]:
        """(B,) the same in seconds of music, at the tempos said so far."""

    def take(self, rows: Mask) -> Self:
        """The state of the pieces at `rows` alone."""


State = TypeVar("State", bound=GrammarState)


class Grammar(Protocol[State]):
    """The legal sequences: from any of them some way leads to EOS, after which there is only PAD."""

    def start(self, batch: int) -> State:
        """The state of `batch` pieces of which nothing is written yet: BOS comes first."""

    def allowed(self, state: State, *, longest_beats: float = np.inf) -> Mask:
        """(B, V) the ids that may come next; at least one in every row.

        A note that has sounded for `longest_beats` quarter notes is ended before time goes on, where notes are ended
        by ids of their own.
        """

    def closing(self, state: State) -> Mask:
        """(B, V) the allowed ids that bring each piece to its end with the fewest tokens."""

    def advance(self, state: State, ids: NDArray[np.integer]) -> State:
        """The state after one more id (B,) in each piece; ids that are not allowed lead to a state without meaning."""


def first_violation(grammar: Grammar[Any], ids: NDArray[np.integer]) -> int | None:
    """The place of the first id of one piece that is not legal there; None if all are."""
    state = grammar.start(1)
    for place, number in enumerate(ids):
        if not grammar.allowed(state)[0, number]:
            return place
        state = grammar.advance(state, np.array([number]))
    return None
