"""The `generate` section: how many pieces, how long, and how boldly they are sampled."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from aurl_core.section import Section


class SamplingConfig(Section):
    """How the next token is drawn from what the model thinks of it; the cuts apply one after the other."""

    temperature: float = Field(default=1.0, gt=0)
    """Logits are divided by it: below 1 the likely becomes likelier; 1 is off."""
    top_k: int = Field(default=0, ge=0)
    """Only the k likeliest tokens stay; 0 is off."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Only the likeliest tokens that together have this probability stay; 1 is off."""
    min_p: float = Field(default=0.0, ge=0, lt=1)
    """Only tokens with this share of the likeliest one's probability stay; 0 is off."""


class LengthConfig(Section):
    """How long a piece lasts, in seconds of music."""

    least_seconds: float = Field(ge=0)
    """Before that the end token is held back."""
    most_seconds: float = Field(gt=0)
    """From then on the piece is brought to its end: what sounds is turned off."""

    @model_validator(mode="after")
    def _least_before_most(self) -> Self:
        if self.least_seconds > self.most_seconds:
            raise ValueError(
                f"least_seconds {self.least_seconds:g} is more than most_seconds {self.most_seconds:g}: a piece cannot "
                "be held back beyond its end; raise most_seconds or lower least_seconds"
            )
        return self


class GenerateParams(Section):
    """What the generate stage makes."""

    num_pieces: int = Field(ge=1)
    """Pieces of usual length."""
    length: LengthConfig
    """How long those last."""
    num_long_pieces: int = Field(default=0, ge=0)
    """Long pieces besides; 0 is none."""
    long_length: LengthConfig
    """How long those last."""
    longest_note_beats: float = Field(default=0.0, ge=0)
    """A note that has sounded so many quarter notes is turned off, because a model cannot end what it no longer sees
    begin; 0 is off."""
    most_tokens: int = Field(ge=16)
    """From then on any piece is brought to its end, tokens; a bound for models that have not learned to move on."""
    batch_size: int = Field(ge=1)
    """Pieces that are sampled side by side; each is the same as alone, but for rounding in the network."""
    num_threads: int = Field(ge=0)
    """CPU threads of the network, part of what makes a result reproducible; 0 is one a core. A small network gains
    little from a second one, and loses much where another process wants the core."""
    sampling: SamplingConfig
    prompt: str = ""
    """A MIDI file with which every piece begins; empty is none."""
    prompt_beats: float = Field(default=16.0, gt=0)
    """How much of the prompt is used, quarter notes."""
