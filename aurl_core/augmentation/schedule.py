"""How likely a kind of variation is at a point of the training. Which piece then gets it is decided in policy.py."""

from __future__ import annotations

from math import cos, pi

from aurl_core.augmentation.params import Chance, Ramp


def chance_at(chance: Chance, progress: float) -> float:
    """The probability at `progress`: 0 when training begins, 1 when it ends.

    >>> ramp = Ramp(shape="cosine", start=0.0, end=0.4)
    >>> [round(chance_at(ramp, progress), 3) for progress in (0, 0.25, 0.5, 1)]
    [0.0, 0.059, 0.2, 0.4]
    """
    if not isinstance(chance, Ramp):
        return chance
    share = (1 - cos(pi * progress)) / 2 if chance.shape == "cosine" else progress
    return chance.start + (chance.end - chance.start) * share
