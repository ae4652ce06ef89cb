"""The metrics that the report shows: name, unit, the sentence a reader gets, and the function that computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aurl_core.evaluation import musical
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


def metrics(positions_per_beat: int) -> tuple[Metric, ...]:
    """All metrics, in the order of the report."""
    groove = partial(musical.groove_consistency, positions_per_beat=positions_per_beat)
    return (*_pitch_metrics(), *_rhythm_metrics(groove, positions_per_beat), *_texture_metrics())


def _pitch_metrics() -> tuple[Metric, ...]:
    return (
        Metric(
            "pitch_class_entropy", "Pitch-class entropy", "bits",
            "How evenly the twelve pitch classes are used: 0 is a single one, 3.58 all of them equally.",
            musical.pitch_class_entropy,
        ),
        Metric(
            "scale_consistency", "Scale consistency", "share",
            "The share of notes that fit the one major or minor scale that fits best.",
            musical.scale_consistency,
        ),
        Metric(
            "pitch_range", "Pitch range", "semitones",
            "How far the highest note lies above the lowest.",
            musical.pitch_range,
        ),
        Metric(
            "num_pitches", "Pitches used", "count",
            "How many different pitches occur; longer pieces tend to use more.",
            musical.num_pitches,
        ),
        Metric(
            "parallels_per_thousand", "Parallel fifths and octaves", "per 1,000 moves",
            "How often two voices that move together stay a perfect fifth or octave apart, which Bach avoids.",
            parallels_per_thousand,
        ),
    )  # fmt: skip


def _rhythm_metrics(groove: Callable[[Score], float], positions_per_beat: int) -> tuple[Metric, ...]:
    return (
        Metric(
            "groove_consistency", f"Groove consistency, {positions_per_beat} positions a beat", "share",
            "How alike the rhythms of neighbouring bars are; 1 repeats one rhythm throughout.",
            groove,
        ),
        Metric(
            "notes_per_beat", "Note density", "notes per beat",
            "How many notes start in a quarter note, all voices together.",
            musical.notes_per_beat,
        ),
        Metric(
            "mean_inter_onset", "Time between onsets", "beats",
            "How long it takes on average until any voice strikes again.",
            musical.mean_inter_onset,
        ),
        Metric(
            "rhythm_entropy", "Rhythm entropy", "bits",
            "How various the times between onsets are; 0 is a steady pulse.",
            musical.rhythm_entropy,
        ),
        Metric(
            "mean_duration", "Note length", "beats",
            "How long a note is held on average.",
            musical.mean_duration,
        ),
        Metric(
            "empty_beat_rate", "Empty beats", "share",
            "The share of beats in which nothing sounds at all.",
            musical.empty_beat_rate,
        ),
    )  # fmt: skip


def _texture_metrics() -> tuple[Metric, ...]:
    return (
        Metric(
            "polyphony", "Polyphony", "notes",
            "How many notes sound at once on average while anything sounds.",
            musical.polyphony,
        ),
        Metric(
            "polyphony_rate", "Polyphony rate", "share",
            "The share of sounding time in which two or more notes sound.",
            musical.polyphony_rate,
        ),
        Metric(
            "voices", "Voices", "count",
            "The commonest number of notes that sound at once: 4 in a chorale.",
            musical.voices,
        ),
    )  # fmt: skip
