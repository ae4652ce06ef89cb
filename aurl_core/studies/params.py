"""The settings of the study stage: which studies run, and how each reads music. Nothing here computes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from aurl_core.section import Section

DottedPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
"""`package.module:Class`."""

Share = Annotated[float, Field(ge=0, le=1)]


class ChordParams(Section):
    """How chords are told from notes; a cost or weight is in nats of score per quarter note that sounds throughout."""

    outside_weight: float = Field(ge=0)
    """What a beat loses when all its sound lies outside the chord, in units of what it gains when all lies inside."""
    missing_weight: float = Field(ge=0)
    """What a beat loses for the share of the chord's tones that do not sound."""
    bass_weight: float = Field(ge=0)
    """What a beat gains when the chord's root is its lowest sound."""
    key_weight: float = Field(ge=0)
    """What a beat gains when all the chord's tones belong to the key of the piece."""
    seventh_weight: float = Field(ge=0)
    """What a beat loses for a chord of four tones: the burden of proof for sevenths."""
    silence_weight: float = Field(ge=0)
    """What a silent beat gains for having no chord; a chord goes on through rests shorter than make up for a change."""
    sharpness: float = Field(gt=0)
    """Nats of evidence per unit of score; large values make confident and restless chords."""
    bar_change_cost: float = Field(ge=0)
    """Nats that a chord change costs on the first beat of a bar."""
    half_bar_change_cost: float = Field(ge=0)
    """Nats that a chord change costs on the middle beat of a bar with an even number of beats."""
    beat_change_cost: float = Field(ge=0)
    """Nats that a chord change costs on any other beat."""


class KeyParams(Section):
    """How the key of a piece is estimated."""

    profile: Literal["krumhansl", "temperley", "albrecht"]
    """Key profile: Krumhansl & Kessler 1982, Temperley 2001 (Kostka-Payne) or Albrecht & Shanahan 2013."""


class StructureParams(Section):
    """How sections are told from the likeness of bars."""

    kernel_bars: int = Field(ge=1)
    """Half the width of the checkerboard kernel, in bars."""
    min_bars: int = Field(ge=1)
    """Shortest section, in bars."""
    max_bars: int = Field(ge=1)
    """Longest section, in bars."""
    usual_bars: tuple[tuple[int, float], ...]
    """Pairs of a length in bars and the nats by which it is preferred to the lengths not named."""
    novelty_weight: float = Field(ge=0)
    """Nats of evidence per standard deviation of novelty at a bar line."""
    repeat_weight: float = Field(ge=0)
    """Nats of evidence per standard deviation of how clearly a repeated stretch starts or ends at a bar line."""
    fresh_weight: float = Field(ge=0)
    """Nats of evidence per standard deviation of how clearly an earlier or later bar is taken up at a bar line."""
    same_label_similarity: Share
    """Mean similarity of aligned bars from which two sections share a letter."""


class MelodyParams(Section):
    """How the melody is told from the rest, cut into phrases and searched for motifs."""

    monophony_weight: float = Field(ge=0)
    """What a track scores whose notes never start together."""
    coverage_weight: float = Field(ge=0)
    """What a track scores that plays throughout."""
    height_weight: float = Field(ge=0)
    """What a track scores that lies an octave above the tenor's middle."""
    loudness_weight: float = Field(ge=0)
    """What a track scores per 16 units of velocity above the mean."""
    hold_beats: float = Field(gt=0)
    """A note hides lower ones that start while it sounds if it goes on for this many quarter notes."""
    accompanied_monophony: Share
    """A track below this share of different onsets to notes holds accompaniment too, which is taken out:"""
    accompaniment_semitones: float = Field(ge=0)
    """... notes of its upper line this far below the line's mean pitch, in semitones,"""
    accompaniment_velocity: float = Field(ge=0)
    """... and notes this much quieter than the track's mean, in units of velocity."""
    phrase_gap_beats: float = Field(gt=0)
    """A note whose successor comes at least this much later, in quarter notes, may end a phrase."""
    phrase_gap_ratio: float = Field(ge=1)
    """... if that distance is at least this many times the piece's median distance between onsets."""
    level_semitones: float = Field(ge=0)
    """Pitch differences below this count as level when a phrase's contour is named, in semitones."""
    motif_intervals: tuple[int, int]
    """Shortest and longest motif, counted in intervals (notes minus one)."""
    min_occurrences: int = Field(ge=2)
    """A motif occurs at least this often in its piece."""
    max_motifs: int = Field(ge=1)
    """At most this many motifs are kept per piece, those that cover the most notes first."""


class StudyParams(Section):
    """Which studies run over the corpus and how."""

    studies: tuple[DottedPath, ...]
    """Studies as `module:Class`; each writes one table (see `aurl_core.studies.study.Study`)."""
    templates: tuple[DottedPath, ...]
    """Corpus-wide summaries as `module:Class`, made from the studies' tables (see `study.Template`)."""
    chords: ChordParams
    keys: KeyParams
    structure: StructureParams
    melody: MelodyParams
