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
    import pyarrow as pa

    from aurl_core.tokens.tokenizer import Tokenizer
    from aurl_core.training.recipe import Recipe

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
    from aurl_core.corpus.shards import write_set
    from aurl_core.parsing.parser import Piece
    from aurl_core.score.fingerprint import fingerprint

    def write(scores: Mapping[str, Score], notes_per_shard: int = 200) -> Path:
        sets: list[list[tuple[dict[str, object], Piece]]] = [[]]
        for title, score in scores.items():
            if sum(len(piece.score.notes) for _, piece in sets[-1]) >= notes_per_shard:
                sets.append([])
            piece_id = sha256(title.encode()).hexdigest()[:16]
            row = dict.fromkeys(MANIFEST.names) | {"path": f"{title}.mid", "title": title, "piece_id": piece_id}
            sets[-1].append((row, Piece(piece_id, score, fingerprint(score))))
        for number, pieces in enumerate(sets):
            write_set(tmp_path / "data" / "parsed", number, parsed_tables(pieces))
        return tmp_path / "data" / "parsed"

    return write


@pytest.fixture
def write_corpus(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes quantized scores by split as the shard stage does, two pieces a shard; the folder.

    The tokenizer is the event tokenizer unless another is given.
    """
    from aurl_core.corpus.schema import CORPUS_PIECES, QUANTIZED_EVENTS, QUANTIZED_NOTES
    from aurl_core.corpus.shards import write_set
    from aurl_core.corpus.tables import end_to_end, events_table, repeated, table_of, tracks_table
    from aurl_core.tokens.event import EventTokenizer
    from aurl_core.tokens.params import EventTokenizerConfig

    event = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))

    def row(piece_id: str, score: Score, tokenizer: "Tokenizer") -> dict[str, object]:
        text = PIECE_TEXT | dict.fromkeys(("piece_id", "fingerprint", "cluster_id", "content_hash"), piece_id)
        figures = {"steps_per_beat": 24, "num_notes": len(score.notes), "num_tracks": len(score.tracks)}
        figures |= {"duration_steps": score.end, "note_start": 0, "token_ids": tokenizer.encode(score)}
        return dict.fromkeys(CORPUS_PIECES.names) | dict.fromkeys(PIECE_FIGURES, 0) | text | figures

    def tables(piece_ids: Sequence[str], scores: Sequence[Score], tokenizer: "Tokenizer") -> dict[str, "pa.Table"]:
        notes = [score.notes for score in scores]
        size = sum(map(len, notes))
        columns = {name: np.zeros(size, np.int32) for name in QUANTIZED_NOTES.names} | {
            "piece_id": repeated(piece_ids, list(map(len, notes))),
            "note_index": end_to_end(np.arange(len(some), dtype=np.uint32) for some in notes),
            "onset_steps": end_to_end(some.onset for some in notes),
            "duration_steps": end_to_end(some.duration for some in notes),
            **{name: end_to_end(getattr(some, name) for some in notes) for name in ("track", "pitch", "velocity")},
        }
        rows = [row(piece_id, score, tokenizer) for piece_id, score in zip(piece_ids, scores, strict=True)]
        return {
            "pieces": table_of(CORPUS_PIECES, {name: [one[name] for one in rows] for name in CORPUS_PIECES.names}),
            "notes": table_of(QUANTIZED_NOTES, columns),
            "tracks": tracks_table(piece_ids, scores),
            "events": events_table(piece_ids, scores, QUANTIZED_EVENTS),
        }

    def write(splits: Mapping[str, Sequence[Score]], tokenizer: "Tokenizer" = event) -> Path:
        corpus = tmp_path / "corpus"
        for split, scores in splits.items():
            names = [f"{split}-{number}" for number in range(len(scores))]
            for start in range(0, max(len(scores), 1), 2):
                pair = slice(start, start + 2)
                write_set(corpus / f"split={split}", start // 2, tables(names[pair], scores[pair], tokenizer))
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
    from aurl_core.training.optimization.params import MuonParams
    from aurl_core.training.optimization.schedule_params import TrapezoidSchedule
    from aurl_core.training.params import TrainParams
    from aurl_core.training.recipe import Recipe

    def make(*, seed: int = 7, dropout: float = 0.1, **settings: object) -> Recipe:
        optimizer = MuonParams(learning_rate=0.01, schedule=TrapezoidSchedule(warmup_share=0.1))
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


@pytest.fixture
def bar_corpus(write_corpus, make_piece) -> Path:
    """The same of bar tokens, four pieces for training and one for each held-out split."""
    from aurl_core.tokens.bar import BarTokenizer
    from aurl_core.tokens.params import BarTokenizerConfig

    sizes = {"train": range(4), "validation": range(4, 5), "test": range(5, 6)}
    pieces = {split: [make_piece(seed) for seed in seeds] for split, seeds in sizes.items()}
    return write_corpus(pieces, BarTokenizer(BarTokenizerConfig(steps_per_beat=24)))
