"""The metrics that the report shows: name, unit, the sentence a reader gets, and the function that computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from aurl_core.evaluation import musical
from aurl_core.evaluation.memorization import copied_share, window_hashes
from aurl_core.evaluation.params import EvaluateParams
from aurl_core.evaluation.voice_leading import parallels_per_thousand
from aurl_core.score.score import Score


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure of a piece; the formula and its source stand in the docstring of `measure`."""

    name: str
    """Its key in metrics.json and its column in pieces.parquet."""
    title: str
    unit: str
    sentence: str
    """What it says, for a reader who is no engineer."""
    measure: Callable[[Score], float]
    group: str


def metrics(params: EvaluateParams, *, known: NDArray[np.uint64]) -> tuple[Metric, ...]:
    """All metrics, in the order of the report; `known` are the windows of the training split (memorization.py)."""
    return (*_pitch_metrics(), *_rhythm_metrics(params), *_texture_metrics(), *_originality_metrics(params, known))


def _pitch_metrics() -> tuple[Metric, ...]:
    return (
        Metric(
            "pitch_class_entropy", "Pitch-class entropy", "bits",
            "How evenly the twelve pitch classes are used: 0 is a single one, 3.58 all of them equally.",
            musical.pitch_class_entropy, "Pitch",
        ),
        Metric(
            "scale_consistency", "Scale consistency", "share",
            "The share of notes that fit the one major or minor scale that fits best.",
            musical.scale_consistency, "Pitch",
        ),
        Metric(
            "pitch_range", "Pitch range", "semitones",
            "How far the highest note lies above the lowest.",
            musical.pitch_range, "Pitch",
        ),
        Metric(
            "num_pitches", "Pitches used", "count",
            "How many different pitches occur; longer pieces tend to use more.",
            musical.num_pitches, "Pitch",
        ),
        Metric(
            "parallels_per_thousand", "Parallel fifths and octaves", "per 1,000 moves",
            "How often two voices that move together stay a perfect fifth or octave apart, which Bach avoids.",
            parallels_per_thousand, "Pitch",
        ),
    )  # fmt: skip


def _rhythm_metrics(params: EvaluateParams) -> tuple[Metric, ...]:
    groove = partial(musical.groove_consistency, positions_per_beat=params.positions_per_beat)
    return (
        Metric(
            "groove_consistency", f"Groove consistency, {params.positions_per_beat} positions a beat", "share",
            "How alike the rhythms of neighbouring bars are; 1 repeats one rhythm throughout.",
            groove, "Rhythm",
        ),
        Metric(
            "notes_per_beat", "Note density", "notes per beat",
            "How many notes start in a quarter note, all voices together.",
            musical.notes_per_beat, "Rhythm",
        ),
        Metric(
            "mean_inter_onset", "Time between onsets", "beats",
            "How long it takes on average until any voice strikes again.",
            musical.mean_inter_onset, "Rhythm",
        ),
        Metric(
            "rhythm_entropy", "Rhythm entropy", "bits",
            "How various the times between onsets are; 0 is a steady pulse.",
            musical.rhythm_entropy, "Rhythm",
        ),
        Metric(
            "mean_duration", "Note length", "beats",
            "How long a note is held on average.",
            musical.mean_duration, "Rhythm",
        ),
        Metric(
            "empty_beat_rate", "Empty beats", "share",
            "The share of beats in which nothing sounds at all.",
            musical.empty_beat_rate, "Rhythm",
        ),
    )  # fmt: skip


def _texture_metrics() -> tuple[Metric, ...]:
    return (
        Metric(
            "polyphony", "Polyphony", "notes",
            "How many notes sound at once on average while anything sounds.",
            musical.polyphony, "Texture",
        ),
        Metric(
            "polyphony_rate", "Polyphony rate", "share",
            "The share of sounding time in which two or more notes sound.",
            musical.polyphony_rate, "Texture",
        ),
        Metric(
            "voices", "Voices", "count",
            "The commonest number of notes that sound at once: 4 in a chorale.",
            musical.voices, "Texture",
        ),
    )  # fmt: skip


def _originality_metrics(params: EvaluateParams, known: NDArray[np.uint64]) -> tuple[Metric, ...]:
    def copied(score: Score) -> float:
        hashes = window_hashes(score, window_beats=params.window_beats, window_notes=params.window_notes)
        return copied_share(hashes, known)

    return (
        Metric(
            "repeated_bar_rate", "Repeated bars", "share",
            "The share of bars that stood before in the same piece, note for note.",
            musical.repeated_bar_rate, "Originality",
        ),
        Metric(
            "copied_share", f"Found in training, {params.window_beats} beats", "share",
            f"The share of windows of {params.window_beats} beats that stand in the training pieces in some key.",
            copied, "Originality",
        ),
    )  # fmt: skip
