"""The whole evaluation: generated pieces against held-out real ones, as figures. Its page is made in page.py.

What the model thinks of unheard music, its likelihood, was computed where the model was trained and is read here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from aurl_core.corpus.shards import write_table
from aurl_core.errors import MissingError
from aurl_core.evaluation.distribution import Comparison, compare
from aurl_core.evaluation.memorization import known_windows, window_hashes
from aurl_core.evaluation.metrics import Metric, metrics
from aurl_core.evaluation.params import EvaluateParams
from aurl_core.evaluation.pieces import PieceSet, Sample, measure, measures_table, read_samples, read_split
from aurl_core.evaluation.technical import MidiFaults, midi_faults
from aurl_core.random_streams import stream
from aurl_core.score.lines import playable
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, Tokenizer, load_tokenizer

FORMAT_VERSION: Final = 1
METRICS_FILE: Final = "metrics.json"
PIECES_FILE: Final = "pieces.parquet"
TRAINING_FILE: Final = "training.json"
_COMPARING_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Sources:
    """The folders that an evaluation reads."""

    corpus: Path
    models: Path
    generated: Path


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was found out."""

    metrics: tuple[Metric, ...]
    generated: PieceSet
    test: PieceSet
    validation: PieceSet
    comparisons: dict[str, Comparison]
    samples: tuple[Sample, ...]
    faults: tuple[MidiFaults, ...]
    """Of each sample's MIDI file."""
    training: dict[str, Any]
    """training.json of the model bundle."""
    tokenizer: Tokenizer

    @property
    def num_within_floor(self) -> int:
        """Metrics by which the generated pieces could be taken for real ones."""
        return sum(comparison.is_within_floor for comparison in self.comparisons.values())


class Figures(BaseModel):
    """The evaluation's main figures, flat; the rest is in metrics.json."""

    num_generated: int
    num_validation: int
    num_test: int
    num_metrics: int
    num_metrics_within_floor: int
    """Metrics by which the generated pieces are as near to the test pieces as other real pieces."""
    test_nats_per_token: float
    test_bits_per_note: float
    bigram_test_nats_per_token: float
    bigram_test_bits_per_note: float
    generated_nats_per_token: float
    """Of the generated pieces in the model's own eyes; far below the test pieces', it plays safe."""
    pitch_class_entropy_generated: float
    pitch_class_entropy_test: float
    scale_consistency_generated: float
    scale_consistency_test: float
    groove_consistency_generated: float
    groove_consistency_test: float
    notes_per_beat_generated: float
    notes_per_beat_test: float
    polyphony_generated: float
    polyphony_test: float
    parallels_per_thousand_generated: float
    parallels_per_thousand_test: float
    copied_share_generated: float
    """Windows found in the training split, mean over pieces."""
    copied_share_test: float
    pairing_errors: int
    zero_length_notes: int
    out_of_range_notes: int
    reread_differences: int
    """MIDI files in which pretty_midi finds another number of notes."""


def compare_sets(
    params: EvaluateParams, *, sources: Sources, seed: int, progress: Callable[[int, int], None]
) -> Evaluation:
    """Read, measure and compare; `progress` is told (done, total) of `num_parts`, of which the page does the rest."""
    tokenizer = load_tokenizer(sources.models / VOCABULARY_FILE)
    training = read_training(sources.models)
    samples = read_samples(sources.generated)
    total = num_parts(samples)
    measured = metrics(params, known=_training_windows(params, sources.corpus, tokenizer))
    progress(1, total)
    generated = measure(
        "generated", ((s.sample_id, playable(tokenizer.decode(s.token_ids))) for s in samples), measured
    )
    test, validation = (
        measure(split, read_split(sources.corpus, split, tokenizer), measured) for split in ("test", "validation")
    )
    progress(2, total)
    comparisons = {
        metric.name: compare(
            *(pieces.values[metric.name] for pieces in (generated, test, validation)),
            resamples=params.bootstrap_resamples,
            draws=params.floor_draws,
            random=stream(seed, f"evaluate.{metric.name}"),
        )
        for metric in measured
    }
    faults = tuple(midi_faults(sources.generated / f"{sample.sample_id}.mid") for sample in samples)
    progress(_COMPARING_PARTS, total)
    return Evaluation(measured, generated, test, validation, comparisons, samples, faults, training, tokenizer)


def num_parts(samples: Sequence[Sample]) -> int:
    """Into how many parts progress is told: three of comparing, then one a sample for the page."""
    return _COMPARING_PARTS + len(samples)


def figures_of(evaluation: Evaluation) -> Figures:
    """The main figures; what could not be computed is nan."""
    means = {
        f"{name}_{side}": getattr(comparison, key).mean
        for name, comparison in evaluation.comparisons.items()
        for side, key in (("generated", "generated"), ("test", "real"))
        if f"{name}_{side}" in Figures.model_fields
    }
    model, bigram = evaluation.training["test"], evaluation.training["bigram"]["test"]
    counts = {
        name: sum(getattr(faults, name) for faults in evaluation.faults)
        for name in ("pairing_errors", "zero_length_notes", "out_of_range_notes")
    }
    return Figures(
        num_generated=len(evaluation.generated.piece_ids),
        num_validation=len(evaluation.validation.piece_ids),
        num_test=len(evaluation.test.piece_ids),
        num_metrics=len(evaluation.metrics),
        num_metrics_within_floor=evaluation.num_within_floor,
        test_nats_per_token=model["nats_per_token"],
        test_bits_per_note=model["bits_per_note"],
        bigram_test_nats_per_token=bigram["nats_per_token"],
        bigram_test_bits_per_note=bigram["bits_per_note"],
        generated_nats_per_token=_own_likelihood(evaluation.samples),
        reread_differences=sum(faults.reread_difference != 0 for faults in evaluation.faults),
        **counts,
        **means,
    )


def _own_likelihood(samples: Sequence[Sample]) -> float:
    """Nats a token that the model needs for what it chose itself; nan if it chose nothing."""
    num_chosen = sum(len(sample.token_ids) - sample.row["num_prompt_tokens"] for sample in samples)
    return sum(sample.row["nats"] for sample in samples) / num_chosen if num_chosen else math.nan


def write_figures(evaluation: Evaluation, folder: Path) -> None:
    """Write metrics.json (every comparison, fault and likelihood) and pieces.parquet (every piece's measures)."""
    content = {
        "format_version": FORMAT_VERSION,
        "figures": figures_of(evaluation).model_dump(),
        "metrics": {
            metric.name: {
                "title": metric.title,
                "unit": metric.unit,
                **asdict(evaluation.comparisons[metric.name]),
                "is_within_floor": evaluation.comparisons[metric.name].is_within_floor,
            }
            for metric in evaluation.metrics
        },
        "samples": {
            sample.sample_id: asdict(faults)
            for sample, faults in zip(evaluation.samples, evaluation.faults, strict=True)
        },
    }
    text = json.dumps(_without_nan(content), indent=2, allow_nan=False) + "\n"
    (folder / METRICS_FILE).write_text(text, encoding="utf-8")
    sets = (evaluation.generated, evaluation.test, evaluation.validation)
    write_table(folder / PIECES_FILE, measures_table(sets, evaluation.metrics))


def read_training(models: Path) -> dict[str, Any]:
    """training.json of a model bundle; `MissingError` if it is not there."""
    path = models / TRAINING_FILE
    if not path.is_file():
        raise MissingError(f"{path} is not there: the train stage has not run; run `dvc repro train`")
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


def _training_windows(params: EvaluateParams, corpus: Path, tokenizer: Tokenizer) -> NDArray[np.uint64]:
    return known_windows(
        window_hashes(score, window_beats=params.window_beats, window_notes=params.window_notes)
        for _, score in read_split(corpus, "train", tokenizer)
    )


def _without_nan(content: Any) -> Any:
    """The same JSON content with null for nan, which JSON cannot say."""
    if isinstance(content, dict):
        return {key: _without_nan(value) for key, value in content.items()}
    return None if isinstance(content, float) and math.isnan(content) else content
