"""Settings of the tokenizers, told apart by `kind`. What they do lives in the files beside this one."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

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


class BarTokenizerConfig(Section):
    """Bars, positions, and notes with their durations: every track, any meter, exact on its grid.

    Pitches 0-127 all have a token, so there is no policy for others.
    """

    kind: Literal["bar"] = "bar"
    steps_per_beat: int = Field(ge=1, le=96)
    """Grid, steps of a quarter note; that of the quantize section, so that nothing moves."""
    velocity_bins: int = Field(default=32, ge=1, le=128)
    """Velocities that can be told apart; 128 keeps every one."""
    tempo_bins: int = Field(default=49, ge=2, le=512)
    """Tempos that can be told apart, evenly spaced by ratio; 49 from 30 to 240 BPM are 16 to the doubling."""
    slowest_bpm: float = Field(default=30.0, gt=0)
    """Beats per minute of the first; what is slower becomes this, and is counted."""
    fastest_bpm: float = Field(default=240.0, gt=0)
    """Beats per minute of the last; what is faster becomes this, and is counted."""

    @model_validator(mode="after")
    def _tempos_ascend(self) -> Self:
        if self.slowest_bpm >= self.fastest_bpm:
            raise ValueError(f"slowest_bpm {self.slowest_bpm:g} must be below fastest_bpm {self.fastest_bpm:g}")
        return self


Tokenization = Literal["REMI", "TSD", "MIDILike", "Structured", "MMM", "BEAT"]
_SEVERAL_IDS: Final = "says each note with several ids at once, and our models read one id after the other"
_REFUSED: Final = {
    "CPWord": _SEVERAL_IDS,
    "Octuple": _SEVERAL_IDS,
    "MuMIDI": _SEVERAL_IDS,
    "PerTok": "cannot decode its own tempos in MidiTok 3.1.0, nor the programs of more than one track",
}


class MidiTokConfig(Section):
    """One of MidiTok's tokenizations, all tracks in one sequence, with or without trained byte-pair encoding (BPE)."""

    kind: Literal["miditok"] = "miditok"
    tokenization: Tokenization
    """MidiTok's name for it. Besides notes and programs, REMI, TSD, MIDILike and MMM say tempos, meters and pedals;
    BEAT, on a grid of its own of four steps a beat, tempos and meters; Structured nothing."""
    steps_per_beat: int = Field(ge=1, le=32)
    """Grid of the decoded score, steps of a quarter note. In meters of eighths, the tokens say as many of an eighth."""
    longest_beats: int = Field(default=12, ge=1, le=64)
    """Longest duration, in quarter notes (eighths in meters of eighths); longer notes are cut to it."""
    num_velocities: int = Field(default=32, ge=1, le=127)
    """Velocity tokens, evenly spaced up to 127."""
    num_tempos: int = Field(default=32, ge=1)
    """Tempo tokens, log-spaced from 40 to 250 BPM."""
    bpe_vocab_size: int = Field(default=0, ge=0, le=65536)
    """Tokens with BPE, base tokens included, as learned from the training split; 0 is no BPE."""

    @field_validator("tokenization", mode="before")
    @classmethod
    def _is_flat(cls, name: Any) -> Any:
        if name in _REFUSED:
            raise ValueError(f"MidiTok's {name} {_REFUSED[name]}; choose {', '.join(get_args(Tokenization))}")
        return name


TokenizerConfig = Annotated[EventTokenizerConfig | BarTokenizerConfig | MidiTokConfig, Field(discriminator="kind")]
"""Which tokenizer, told apart by `kind`."""
