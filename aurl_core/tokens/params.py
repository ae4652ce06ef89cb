"""Settings of the tokenizers. What they do lives in event.py."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aurl_core.section import Section


class EventTokenizerConfig(Section):
    """The 774-token event vocabulary."""

    kind: Literal["event"] = "event"
    steps_per_beat: int = Field(ge=1, le=32)
    """Grid of the decoded score, steps of a quarter note; the grid of the quantize section, or 32 (the vocabulary's own
    time unit) for scores that were not quantized."""
    out_of_range: Literal["fold", "drop"]
    """What becomes of a pitch outside 21-108: moved by octaves, or dropped. Drums are always dropped: another key of
    the kit is another instrument."""


TokenizerConfig = EventTokenizerConfig
"""Which tokenizer, told apart by `kind`."""
