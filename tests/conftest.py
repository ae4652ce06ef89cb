"""Music and corpora made in code, for the tests of several rooms."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from filelock import FileLock

from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from tests.pipeline import Pipeline, made_pipeline

if TYPE_CHECKING:
    from aurl_core.training.trainer import Recipe

PIECE_TEXT = {"path": "x.mid", "title": None, "composer": None, "collection": "made", "genre": None, "licence_note": ""}
PIECE_FIGURES = (
    "year",
    "num_bars",
    "duration_seconds",
    "mean_onset_error_seconds",
    "max_onset_error_seconds",
    "mean_duration_error_seconds",
    "num_dropped_notes",
)
NOTE_FIGURES = ("onset_deviation_ticks", "duration_deviation_ticks", "bar", "position_steps")


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The whole graph, run once on six pieces for all the tests that look at its outputs; none of them changes it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # whose processes have one folder above theirs, and one pipeline
        folder = folder.parent
    with FileLock(folder / "pipeline.lock"):
        return made_pipeline(folder / "pipeline")


@pytest.fixture
def make_piece() -> Callable[..., Score]:
    """A function that composes two voices of quarter notes in C major, as random as `seed` says."""

    def make(seed: int, *, num_beats: int = 32) -> Score:
        rng = np.random.default_rng(seed)
        degrees = np.array([0, 2, 4, 5, 7, 9, 11])[rng.integers(7, size=(2, num_beats))]
        onset = np.tile(np.arange(num_beats) * 24, 2)
        pitch = (degrees + np.array([[72], [48]])).ravel()
        notes = Notes.of(onset=onset, duration=24, pitch=pitch, track=np.repeat([0, 1], num_beats))
        events = Events.of([("tempo", 0, WHOLE_PIECE, 0, 100.0, "")])
        return Score(24, notes, (Track("upper", voice="Soprano"), Track("lower", program=52)), events)

    return make


@pytest.fixture
def write_parsed(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes scores in ticks, by title, as the parse stage does; the folder data/parsed."""
    from hashlib import sha256

    from aurl_core.corpus.parsed import parsed_tables
    from aurl_core.corpus.schema import MANIFEST
    from aurl_core.corpus.shards import PARSED, ShardWriter
    from aurl_core.parsing.parser import Piece
    from aurl_core.score.fingerprint import fingerprint

    def write(scores: Mapping[str, Score], notes_per_shard: int = 200) -> Path:
        writer = ShardWriter(tmp_path / "data" / "parsed", PARSED, notes_per_shard)
        for title, score in scores.items():
            piece_id = sha256(title.encode()).hexdigest()[:16]
            row = dict.fromkeys(MANIFEST.names) | {"path": f"{title}.mid", "title": title, "piece_id": piece_id}
            writer.add(parsed_tables([(row, Piece(piece_id, score, fingerprint(score)))]))
        writer.close()
        return writer.folder

    return write


@pytest.fixture
def write_corpus(tmp_path: Path) -> Callable[[Mapping[str, Sequence[Score]]], Path]:
    """A function that writes quantized scores by split as the shard stage does, two pieces a shard; the folder."""
    import pyarrow as pa

    from aurl_core.corpus.schema import CORPUS_PIECES, QUANTIZED_EVENTS, QUANTIZED_NOTES
    from aurl_core.corpus.shards import CORPUS, PieceTables, ShardWriter
    from aurl_core.corpus.tables import events_table, piece_id_column, table_of, tracks_table
    from aurl_core.tokens.event import EventTokenizer
    from aurl_core.tokens.params import EventTokenizerConfig

    tokenizer = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))

    def tables(piece_id: str, score: Score) -> PieceTables:
        size, notes = len(score.notes), score.notes
        piece = dict.fromkeys(PIECE_FIGURES, 0) | PIECE_TEXT | {"piece_id": piece_id, "fingerprint": piece_id}
        piece |= {"steps_per_beat": 24, "num_notes": size, "num_tracks": len(score.tracks), "cluster_id": piece_id}
        piece |= {"duration_steps": score.end, "note_start": 0, "token_ids": tokenizer.encode(score)}
        columns = {name: np.zeros(size, np.int32) for name in NOTE_FIGURES} | {
            "piece_id": piece_id_column(piece_id, size),
            "note_index": np.arange(size, dtype=np.uint32),
            "track": notes.track,
            "onset_steps": notes.onset,
            "duration_steps": notes.duration,
            "pitch": notes.pitch,
            "velocity": notes.velocity,
            "velocity_raw": notes.velocity,
        }
        return PieceTables(
            table_of(CORPUS_PIECES, {name: [value] for name, value in piece.items()}),
            table_of(QUANTIZED_NOTES, columns),
            tracks_table(piece_id, score),
            events_table(piece_id, score, QUANTIZED_EVENTS),
        )

    def write(splits: Mapping[str, Sequence[Score]]) -> Path:
        corpus = tmp_path / "corpus"
        for split, scores in splits.items():
            writer = ShardWriter(corpus / f"split={split}", CORPUS, notes_per_shard=1)
            for number in range(0, len(scores), 2):
                pair = [tables(f"{split}-{n}", scores[n]) for n in range(number, min(number + 2, len(scores)))]
                writer.add(
                    PieceTables(*(pa.concat_tables(part).unify_dictionaries() for part in zip(*pair, strict=True)))
                )
            writer.close()
        tokenizer.save(corpus / "vocabulary.json")
        (corpus / "manifest.json").write_text(
            repr({name: [len(s.notes) for s in scores] for name, scores in splits.items()})
        )
        return corpus

    return write


@pytest.fixture
def make_recipe() -> Callable[..., "Recipe"]:
    """A function that makes a recipe for a very small model; its arguments replace settings of the train section."""
    from aurl_core.augmentation.params import AugmentParams, TransposeParams
    from aurl_core.models.params import TransformerConfig
    from aurl_core.training.params import OptimizerParams, TrainParams
    from aurl_core.training.trainer import Recipe

    def make(*, seed: int = 7, dropout: float = 0.1, **settings: object) -> Recipe:
        optimizer = OptimizerParams(kind="muon", learning_rate=0.01, clip_norm=1, warmup_share=0.1, decay_share=0.25)
        train = {
            "budget_tokens": 1024,
            "batch_size": 4,
            "validate_every_tokens": 512,
            "optimizer": optimizer,
            "precision": "fp32",
            "accelerator": "cpu",
            "num_threads": 1,
        }
        model = TransformerConfig(
            mode="transformer",
            num_layers=1,
            num_heads=2,
            model_dim=16,
            feedforward="swiglu",
            feedforward_dim=24,
            context_length=32,
            dropout=dropout,
        )
        return Recipe(
            TrainParams(**train | settings),
            model,
            AugmentParams(transpose=TransposeParams(chance=1, semitones=(-5, 6))),
            seed,
        )

    return make


@pytest.fixture
def small_corpus(write_corpus, make_piece) -> Path:
    """A corpus of eight made pieces for training and two for each held-out split."""
    sizes = {"train": range(8), "validation": range(8, 10), "test": range(10, 12)}
    return write_corpus({split: [make_piece(seed) for seed in seeds] for split, seeds in sizes.items()})
