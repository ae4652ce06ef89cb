"""`Reading`: what a reader makes of a MIDI file: the score, which notes never end, and what was wrong with the bytes.

Mending the music is repair.py's work; here stands only what cannot be seen in the score any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.errors import ParseError
from aurl_core.score.score import Score

Scope = Literal["container", "salvaged"]
"""Where a fault lies: around the tracks (wrappers, header, sizes), or in the events of a track."""

ENDLESS: Final = 1 << 26
"""What readers add to the duration of a note that no message ends, in ticks; `Reading.of` takes it off again."""
LATEST_TICK: Final = 1 << 30
"""Later music cannot be counted in 32 bits with room to spare."""


class Fault(NamedTuple):
    """Something that breaks the Standard MIDI File format."""

    scope: Scope
    position: int
    """Byte in the unpacked file, from 0, where the fault was seen."""
    detail: str

    def __str__(self) -> str:
        return f"byte {self.position}: {self.detail}"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A file as written."""

    score: Score
    stuck: NDArray[np.intp]
    """Rows of `score.notes` that no message ends: they last until their track does."""
    faults: tuple[Fault, ...]
    """None if the file follows the standard."""

    @classmethod
    def of(cls, score: Score, faults: Sequence[Fault] = ()) -> Self:
        """The reading of a score in which notes that never end last `ENDLESS` ticks longer than their track.

        Raises ParseError(too_long) if time was counted beyond `LATEST_TICK`.
        """
        notes = score.notes
        if len(notes) and (notes.onset[0] < 0 or notes.onset[-1] > LATEST_TICK or notes.duration.min() < 0):
            raise ParseError("too_long", f"a note stands beyond the {LATEST_TICK} ticks that can be counted")
        stuck = np.flatnonzero(notes.duration >= ENDLESS)
        if len(stuck):
            duration = notes.duration.copy()
            duration[stuck] -= ENDLESS
            score = score.with_notes(replace(notes, duration=duration))
        return cls(score, stuck, tuple(faults))
