"""The `augment` section: how pieces are varied while training, one part a kind. Nothing varied is ever stored."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from aurl_core.section import Section

_Bounds = TypeVar("_Bounds", tuple[int, int], tuple[float, float])


def _ascending(bounds: _Bounds) -> _Bounds:
    if bounds[0] > bounds[1]:
        raise ValueError(f"[{bounds[0]}, {bounds[1]}] goes down; the smaller bound stands first")
    return bounds


Probability = Annotated[float, Field(ge=0, le=1)]
_Semitones = Annotated[int, Field(ge=-12, le=12)]
_Factor = Annotated[float, Field(ge=0.25, le=4)]
_Swing = Annotated[float, Field(ge=0.5, le=0.75)]
_Depth = Annotated[float, Field(ge=-1, le=1)]


class Ramp(Section):
    """A chance that moves while training goes on."""

    shape: Literal["linear", "cosine"]
    """linear: evenly; cosine: slowly at both ends, fastest in the middle."""
    start: Probability
    """When training begins."""
    end: Probability
    """When training ends."""


Chance = Probability | Ramp
"""How likely a piece is varied in an epoch: a number throughout, or a ramp over the training."""


class TransposeParams(Section):
    """Other keys. Drums stay, and no family of instruments is led out of its range."""

    chance: Chance = 0.0
    """0 is off."""
    semitones: Annotated[tuple[_Semitones, _Semitones], AfterValidator(_ascending)] = (-12, 12)
    """Furthest down and furthest up."""


class StretchParams(Section):
    """Slower and faster, with the same rhythm."""

    chance: Chance = 0.0
    """0 is off."""
    factor: Annotated[tuple[_Factor, _Factor], AfterValidator(_ascending)] = (0.8, 1.2)
    """Shortest and longest, times as long as written."""
    changes: Literal["tempo", "onsets"] = "tempo"
    """tempo: what stands on a grid stays there and its tempi change; onsets: the notes' own times change, for what was
    played freely and is not quantized."""


class DynamicsParams(Section):
    """Louder, softer, flatter, steeper, swelling; of two notes that begin together the louder stays no softer."""

    chance: Chance = 0.0
    """0 is off."""
    scale: Annotated[tuple[_Factor, _Factor], AfterValidator(_ascending)] = (0.8, 1.2)
    """Least and most that velocities are multiplied by; never so that the loudest would pass 127."""
    gamma: Annotated[tuple[_Factor, _Factor], AfterValidator(_ascending)] = (0.8, 1.25)
    """Exponents of the velocity curve: below 1 soft notes come closer to loud ones, above 1 they part."""
    swell: Annotated[tuple[_Depth, _Depth], AfterValidator(_ascending)] = (-0.2, 0.2)
    """Softest to loudest of a rise and fall over the piece, as a share of the velocity; negative falls, then rises."""


class TimbreParams(Section):
    """Other instruments of the same General MIDI family that can play the part; drums stay."""

    chance: Chance = 0.0
    """0 is off."""


class GrooveParams(Section):
    """Swing, and the small inexactness of a player, in whole steps of the grid; the order of the notes stays."""

    chance: Chance = 0.0
    """0 is off."""
    swing: Annotated[tuple[_Swing, _Swing], AfterValidator(_ascending)] = (0.5, 0.667)
    """Share of a beat that its first eighth takes: 0.5 is straight, 0.667 a triplet. Beats with notes off the 32nds, as
    triplets are, and meters in eighths stay as they are."""
    onset_beats: float = Field(default=0.05, ge=0, le=0.25)
    """How early or late a note may come, quarter notes; rounded to the grid, and less where notes follow closely."""
    shortening: float = Field(default=0.1, ge=0, lt=1)
    """Most that a note may end early, as a share of its duration."""
    velocity: int = Field(default=6, ge=0, le=32)
    """How much louder or softer a note may be, MIDI velocity."""


class AugmentParams(Section):
    """Kinds of variation; each is off by default."""

    transpose: TransposeParams = TransposeParams()
    """Other keys."""
    stretch: StretchParams = StretchParams()
    """Other speeds."""
    dynamics: DynamicsParams = DynamicsParams()
    """Other velocities."""
    timbre: TimbreParams = TimbreParams()
    """Other instruments."""
    groove: GrooveParams = GrooveParams()
    """Swing and inexactness."""
