"""Where a row of pieces is cut into sets of about one size, such that a change moves the cuts near it alone."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final

_HASH_RANGE: Final = 1 << 64


def cut_into_sets(names: Sequence[str], sizes: Sequence[int], target: int) -> list[slice]:
    """Consecutive sets of `target` on average: half of that at least (but the last), twice at most if pieces allow.

    Whether a set ends with a piece is decided by the piece's name and what has gathered since the last cut. So two rows
    that differ in one piece are soon cut at the same pieces again (content-defined chunking; Muthitacharoen, Chen and
    Mazières, "A Low-bandwidth Network File System", 2001).
    """
    ends, gathered = [0], 0
    for place, (name, size) in enumerate(zip(names, sizes, strict=True)):
        if gathered and gathered + size > 2 * target:
            ends.append(place)
            gathered = 0
        gathered += size
        if gathered >= target / 2 and _draw(name) < size / (target / 2):
            ends.append(place + 1)
            gathered = 0
    if ends[-1] < len(names):
        ends.append(len(names))
    return [slice(first, last) for first, last in pairwise(ends)]


def _draw(name: str) -> float:
    """A number from 0 to 1 that looks random and belongs to the name."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") / _HASH_RANGE
