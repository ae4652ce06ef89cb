"""The hybrid view: a piece's ids, a piano roll of the same music, and at which step of the roll each id stands.

A model that reads ids can so look up what sounds at that moment, or attend to the roll. Rolls for pictures live in
`aurl_core.rendering.piano_roll`. Shapes: T time steps, P 128 pitches, F 16 families, N ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.score.instrument import families_of
from aurl_core.score.score import Score
from aurl_core.tokens.layout import NUM_FAMILIES
from aurl_core.tokens.tokenizer import Tokenizer

NUM_PITCHES: Final = 128
HIGHEST_VELOCITY: Final = 127
Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PianoRoll:
    """Three planes (T, P), or (F, T, P) by family, drums being the last one."""

    onset: Plane
    """1 where a note begins."""
    sustain: Plane
    """1 while a note is held, its first step included; the pedal is not counted."""
    velocity: Plane
    """MIDI velocity of the note that is held, of several the latest; 0 in silence."""

    def stacked(self) -> NDArray[np.float32]:
        """(3, T, P) or (3, F, T, P): the planes as numbers from 0 to 1."""
        velocity = self.velocity.astype(np.float32) / HIGHEST_VELOCITY
        return np.stack([self.onset.astype(np.float32), self.sustain.astype(np.float32), velocity])


@dataclass(frozen=True, slots=True, eq=False)
class HybridView:
    """Ids and the roll of what they say."""

    token_ids: NDArray[np.uint16]
    """(N,)"""
    token_steps: NDArray[np.int64]
    """(N,) the row of the roll at which each id stands: the moment that the piece has come to with it."""
    roll: PianoRoll


@runtime_checkable
class TimedTokenizer(Tokenizer, Protocol):
    """A tokenizer that knows when its ids are without walking through its grammar."""

    def beats_of(self, ids: ArrayLike) -> NDArray[np.float64]:
        """(N,) quarter notes from the start of the piece to the moment that each id belongs to."""


def hybrid_view(tokenizer: Tokenizer, score: Score, *, by_family: bool = False) -> HybridView:
    """Ids and roll of a score, on the grid that the tokenizer decodes to."""
    ids = tokenizer.encode(score)
    played = tokenizer.decode(ids)
    steps = token_steps(tokenizer, ids, steps_per_beat=played.ticks_per_beat)
    num_steps = max(played.music_end, int(steps.max(initial=0)) + 1)
    return HybridView(ids, steps, piano_roll(played, num_steps=num_steps, by_family=by_family))


def piano_roll(score: Score, *, num_steps: int | None = None, by_family: bool = False) -> PianoRoll:
    """The roll of a score whose clock is its grid, `num_steps` long; by default as long as its notes.

    >>> from aurl_core.score.score import Notes
    >>> roll = piano_roll(Score(4, Notes.of(onset=[1, 2], duration=[2, 1], pitch=60, velocity=[70, 80])))
    >>> roll.onset[:, 60].tolist(), roll.sustain[:, 60].tolist(), roll.velocity[:, 60].tolist()
    ([0, 1, 1], [0, 1, 1], [0, 70, 80])
    """
    notes, length = score.notes, score.music_end if num_steps is None else num_steps
    families = families_of(score.tracks)[notes.track] if by_family else np.zeros(len(notes), np.uint8)
    planes = np.zeros((3, NUM_FAMILIES if by_family else 1, length, NUM_PITCHES), np.uint8)
    onset, sustain, velocity = planes
    begins = np.flatnonzero(notes.onset < length)
    onset[families[begins], notes.onset[begins], notes.pitch[begins]] = 1
    duration = np.clip(length - notes.onset, 0, notes.duration)
    held = np.repeat(np.arange(len(notes)), duration)
    step = np.arange(len(held)) - np.repeat(np.cumsum(duration) - duration, duration) + notes.onset[held]
    sustain[families[held], step, notes.pitch[held]] = 1
    velocity[families[held], step, notes.pitch[held]] = np.minimum(notes.velocity, HIGHEST_VELOCITY)[held]
    return PianoRoll(onset, sustain, velocity) if by_family else PianoRoll(onset[0], sustain[0], velocity[0])


def token_steps(tokenizer: Tokenizer, ids: ArrayLike, *, steps_per_beat: int) -> NDArray[np.int64]:
    """(N,) the step at which each id of a piece stands: the moment that the piece has come to with it."""
    beats = tokenizer.beats_of(ids) if isinstance(tokenizer, TimedTokenizer) else _walked(tokenizer, ids)
    return np.rint(beats * steps_per_beat).astype(np.int64)


def _walked(tokenizer: Tokenizer, ids: ArrayLike) -> NDArray[np.float64]:
    """(N,) quarter notes by the tokenizer's grammar, id by id."""
    grammar = tokenizer.grammar()
    state = grammar.start(1)
    beats = np.zeros(np.size(ids))
    for place, number in enumerate(np.asarray(ids, np.int64)):
        state = grammar.advance(state, number[None])
        beats[place] = state.beats[0]
    return beats
