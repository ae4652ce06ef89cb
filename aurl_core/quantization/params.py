"""`QuantizeParams`: how scores are moved to a grid. What is done lives in quantizer.py."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aurl_core.section import Section


class QuantizeParams(Section):
    """How scores are moved to a grid."""

    mode: Literal["strict", "off"]
    """`strict` moves every onset, offset and event to the nearest step; `off` leaves every tick where it was."""
    steps_per_beat: int = Field(ge=1, le=96)
    """Steps of a quarter note; 24 is exact for 32nds and for triplet 16ths. Not used by `off`."""
    short_notes: Literal["lengthen", "drop"]
    """What becomes of a note that is shorter than half a step: one step long, or dropped (and counted)."""
    velocity_median: int = Field(default=0, ge=0, le=127)
    """Velocity to which the middle one of each piece is moved, the others with it; 0 leaves them as played."""
