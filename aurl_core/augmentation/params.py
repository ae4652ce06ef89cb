"""The `augment` section: how pieces are varied while training. Nothing varied is ever stored."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from aurl_core.section import Section


class AugmentParams(Section):
    """Transposition; both bounds 0 is off."""

    lowest_shift: int = Field(default=0, ge=-11, le=0)
    """Furthest transposition down, semitones (not positive)."""
    highest_shift: int = Field(default=0, ge=0, le=11)
    """Furthest transposition up, semitones."""
    lowest_pitch: int = Field(default=21, ge=0, le=127)
    """No transposition takes a note below this MIDI pitch."""
    highest_pitch: int = Field(default=108, ge=0, le=127)
    """No transposition takes a note above this MIDI pitch."""

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Self:
        if self.lowest_pitch > self.highest_pitch:
            raise ValueError(
                f"augment.lowest_pitch {self.lowest_pitch} is above augment.highest_pitch {self.highest_pitch}; "
                "21 and 108 are the piano's range"
            )
        return self
