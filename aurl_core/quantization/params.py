"""`QuantizeParams`: how scores are moved to a grid. What is done lives in quantizer.py."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section

GridName = Literal["4th", "8th", "swing", "8th_triplet", "16th", "16th_triplet", "32nd", "steps"]
"""A set of places within a beat: quarters, eighths, swung eighths (at two thirds of the beat), triplets of eighths or
sixteenths, sixteenths, 32nds, or every step."""

_STEPS_OF_ALL_GRIDS: Final = 24


class QuantizeParams(Section):
    """How scores are moved to a grid."""

    mode: Literal["strict", "groove", "adaptive", "off"]
    """`strict` moves every onset and offset to the nearest place of `grid`, events to the nearest step; `groove` does
    so too, but writes swung eighths as even ones, their swing kept as deviations; `adaptive` finds for each beat the
    simplest grid that explains its onsets; `off` leaves every tick where it was."""
    steps_per_beat: int = Field(ge=1, le=96)
    """Steps of a quarter note; 24 is exact for 32nds and for triplet 16ths. Not used by `off`."""
    grid: GridName = "steps"
    """Where notes may stand in `strict` and `groove`; all but `steps` need steps_per_beat to be a multiple of 24."""
    beats: Literal["file", "tracked", "auto"] = "file"
    """Where the beats are: as the file says; as heard in the notes, the tempo map following them; or heard only if the
    notes don't keep to the file's. Not used by `off`."""
    short_notes: Literal["lengthen", "drop"]
    """What becomes of a note that ends where it begins: as long as its grid is fine, or dropped (and counted)."""
    velocity: Literal["off", "median", "range"] = "off"
    """What becomes of velocities: left as played; moved together, so that the middle one is `velocity_median`; or also
    spread or narrowed, so that half of them lie within `velocity_spread`. Louder notes stay louder."""
    velocity_median: int = Field(default=64, ge=1, le=127)
    """Velocity to which the middle one of each piece is moved."""
    velocity_spread: int = Field(default=20, ge=0, le=126)
    """Width of the middle half of the velocities of each piece, for `range`."""
    max_polyphony: int = Field(default=0, ge=0)
    """Most notes that may sound at once; 0 sets no limit. Highest and lowest stay; of the others the softest go."""
    polyphony_of: Literal["piece", "track"] = "piece"
    """Whether `max_polyphony` counts the notes of the whole piece or of each track. Drums are never counted."""

    @model_validator(mode="after")
    def _grid_is_made_of_steps(self) -> Self:
        needs_grids = self.grid != "steps" or self.mode in ("groove", "adaptive")
        if needs_grids and self.mode != "off" and self.steps_per_beat % _STEPS_OF_ALL_GRIDS:
            raise ValueError(
                f"steps_per_beat {self.steps_per_beat} has no room for mode {self.mode} on grid {self.grid}: "
                f"a multiple of {_STEPS_OF_ALL_GRIDS} has"
            )
        return self
