"""What part a track plays in a notated score, told from its name."""

from __future__ import annotations

import re
from functools import lru_cache

VOICES = (
    "soprano", "mezzo-soprano", "alto", "tenor", "baritone", "bass", "cantus", "superius", "altus", "contratenor",
    "quintus", "bassus",
)  # fmt: skip
"""Part names that mean a singer."""
LINES = ("continuo", "melody", "bridge")
"""Part names that say which line of the music it is rather than which instrument plays it."""
HANDS = ("right hand", "left hand")

_NUMBER = re.compile(r"[\s.]*\b(\d+|[IVX]+)?[\s.]*$")


@lru_cache(4096)
def role_of(name: str) -> str:
    """The voice, line or hand that a track's name says, without its number; empty if it says none.

    >>> role_of("Soprano 2"), role_of("Violin I"), role_of("Piano, left hand")
    ('soprano', '', 'left hand')
    """
    bare = _NUMBER.sub("", name.strip()).lower()
    return bare if bare in VOICES + LINES else next((hand for hand in HANDS if bare.endswith(hand)), "")
