"""Where the phrases of a piece begin, heard by all its voices together. Which of them is the melody does not matter."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Score

FERMATA: Final = "fermata"
"""The text of the markers that stand for fermatas."""
LEAST_WAIT_BEATS: Final = 1.5
"""Quarter notes in which nothing begins, for a phrase to end."""
LEAST_WAIT_RATIO: Final = 2.0
"""The same as a multiple of the piece's median wait."""


def is_long_wait(
    onset: NDArray[np.integer], *, least: float = 0.0, ratio: float = LEAST_WAIT_RATIO
) -> NDArray[np.bool_]:
    """Per onset but the last, is it followed late, in itself (`least`, in units of the onsets) and against the median?

    >>> is_long_wait(np.array([0, 24, 48, 120, 144]), least=36).tolist()
    [False, False, True, False]
    """
    waits = np.diff(onset)
    usual = float(np.median(waits)) if len(waits) else 0.0
    is_long: NDArray[np.bool_] = waits >= max(least, ratio * usual)
    return is_long


def phrase_starts(score: Score) -> NDArray[np.int64]:
    """The moments at which phrases begin, in order, in the score's units; empty without notes.

    The first begins with the first note. Others begin where something begins again after a fermata, once the longest
    note that it stands over has ended, and after a long wait.
    """
    moments = np.unique(score.notes.onset).astype(np.int64)
    waits = is_long_wait(moments, least=LEAST_WAIT_BEATS * score.ticks_per_beat)
    begins = np.append(np.ones(min(len(moments), 1), bool), waits)
    after = np.searchsorted(moments, _fermata_ends(score))
    begins[after[after < len(moments)]] = True
    starts: NDArray[np.int64] = moments[begins]
    return starts


def _fermata_ends(score: Score) -> NDArray[np.int64]:
    """When the longest note under each fermata ends."""
    markers, notes = score.events.select("marker"), score.notes
    at = np.unique(markers.onset[markers.text == FERMATA])
    first, last = np.searchsorted(notes.onset, at), np.searchsorted(notes.onset, at, side="right")
    ends = [notes.offset[low:high].max() for low, high in zip(first, last, strict=True) if high > low]
    return np.array(ends, np.int64)
