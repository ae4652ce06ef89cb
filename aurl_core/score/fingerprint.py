"""`fingerprint`: a digest of the music in a score that survives transposition, tempo and other clocks.

Near-duplicates (edited, re-voiced) are not its business: it answers only whether two scores are the same notes.
"""

from __future__ import annotations

import hashlib

import numpy as np

from aurl_core.score.score import Score

_DIGEST_BYTES = 16
_DRUM = 0x80
"""Set in the pitch of a drum."""
_LONGEST = (1 << 28) - 1
"""Longer times count as this long, so that a note is 64 bits."""


def fingerprint(score: Score) -> str:
    """32 hex digits that are equal for scores of equal music.

    Music is what sounds when: the multiset of (onset, duration, pitch, is it a drum), with time counted from the first
    onset in units of the greatest common divisor of all times, and pitches counted from the lowest one (drums, which do
    not transpose, as they are). So it is the same after transposition, a change of tempo, a stretch by a whole factor,
    another number of ticks per beat, leading silence, other velocities, programs or another order of tracks.

    >>> from aurl_core.score.score import Notes
    >>> one = Score(24, Notes.of(onset=[0, 24], duration=24, pitch=[60, 64]))
    >>> two = Score(480, Notes.of(onset=[960, 1920], duration=960, pitch=[65, 69]))
    >>> fingerprint(one) == fingerprint(two)
    True
    """
    notes, is_drum = score.notes, score.is_drum
    onset = notes.onset - notes.onset.min(initial=np.iinfo(np.int32).max)
    unit = max(int(np.gcd.reduce(np.concatenate([onset, notes.duration]))), 1) if len(notes) else 1
    lowest = notes.pitch[~is_drum].min(initial=127)
    pitch = np.where(is_drum, notes.pitch | _DRUM, notes.pitch - lowest)
    rows = np.minimum(onset // unit, _LONGEST).astype("<u8") << 36
    rows |= pitch.astype("<u8") << 28
    rows |= np.minimum(notes.duration // unit, _LONGEST).astype("<u8")
    return hashlib.blake2b(np.sort(rows).tobytes(), digest_size=_DIGEST_BYTES).hexdigest()
