"""What part a track plays in a notated score, told from its name."""

from __future__ import annotations

import re
from functools import lru_cache

ROLES = (
    "soprano", "mezzo-soprano", "alto", "tenor", "baritone", "bass", "cantus", "superius", "altus", "contratenor",
    "quintus", "bassus", "continuo", "right hand", "left hand", "melody", "bridge",
)  # fmt: skip
"""Part names that say which line it is rather than which instrument plays it."""


@lru_cache(4096)
def role_of(name: str) -> str:
    """The role in `ROLES` that a track's name says, without its number; empty if it says none.

    >>> role_of("Soprano 2"), role_of("Violin I"), role_of("LEFT HAND")
    ('soprano', '', 'left hand')
    """
    bare = re.sub(r"[\s.]*(\d+|[IVX]+)?[\s.]*$", "", name.strip()).lower()
    return bare if bare in ROLES else ""
