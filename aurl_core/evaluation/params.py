"""The `evaluate` section of params.yaml. What its figures mean is said where they are computed."""

from __future__ import annotations

from pydantic import Field

from aurl_core.section import Section


class EvaluateParams(Section):
    """How generated pieces are measured against held-out real ones."""

    positions_per_beat: int = Field(ge=1, le=24)
    """Grid of groove consistency, positions a quarter note; 4 is 16 to a bar of 4/4."""
    window_beats: int = Field(ge=1)
    """Length of the windows that are looked up in the training split, quarter notes; 16 is four bars of 4/4."""
    window_notes: int = Field(ge=2)
    """Windows with fewer notes are not looked up: two long notes are no copy."""
    bootstrap_resamples: int = Field(ge=100)
    """Resamples behind each 95 % interval, count."""
    floor_draws: int = Field(ge=20)
    """Draws of real validation pieces behind each real-against-real floor, count."""
    audio_sample_rate: int = Field(ge=8000, le=44100)
    """Sample rate of the audio inside the page, hertz; the WAV files beside the samples keep theirs."""
    page_megabytes: float = Field(ge=2)
    """Largest size of the page, megabytes; recordings and scores that do not fit are left beside the samples."""
