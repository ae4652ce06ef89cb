"""What the train, generate and evaluate stages leave, made in code: a model, a folder of samples, figures of both."""

import json
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import Score
from aurl_core.tokens.tokenizer import Tokenizer


def figures(nats_per_token: float, bits_per_note: float) -> dict[str, float]:
    return {"nats_per_token": nats_per_token, "perplexity": 2.0, "bits_per_note": bits_per_note}


def write_models(folder: Path, tokenizer: Tokenizer) -> Path:
    folder.mkdir(parents=True)
    tokenizer.save(folder / "vocabulary.json")
    save_file({"weight": np.zeros((4, 3), np.float32), "bias": np.zeros(4, np.float32)}, folder / "model.safetensors")
    seen = {"model": ["5f" * 32], "piece_id": ["0" * 16], "split": ["train"], "path": ["a.mid"]}
    pq.write_table(pa.table(seen), folder / "pieces.parquet")
    config = {"format_version": 1, "vocab_size": 774, "context_length": 512}
    training = {
        "validation": figures(0.75, 2.9),
        "test": figures(0.76, 2.95),
        "bigram": {"validation": figures(1.6, 6.6), "test": figures(1.62, 6.7)},
        "num_parameters": 16,
        "tokens_seen": 20_000,
        "curve": [
            {"tokens": 10_000 * n, "validation_nats_per_token": 1 / n, "validation_bits_per_note": 4 / n}
            for n in (1, 2)
        ],
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "training.json").write_text(json.dumps(training))
    return folder


def write_samples(folder: Path, tokenizer: Tokenizer, scores: Sequence[Score]) -> Path:
    folder.mkdir(parents=True)
    rows = []
    for number, score in enumerate(scores):
        sample_id, token_ids = f"sample-{number}", tokenizer.encode(score)
        (folder / f"{sample_id}.mid").write_bytes(write_midi(tokenizer.decode(token_ids)))
        (folder / f"{sample_id}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        write_tone(folder / f"{sample_id}.wav")
        rows.append(
            {"sample_id": sample_id, "seed": 7, "token_ids": token_ids, "num_notes": len(score.notes),
             "num_prompt_tokens": 1, "nats": 0.5 * (len(token_ids) - 1),
             "duration_seconds": 75.4, "ended_by": "model", "temperature": 0.9, "top_p": 0.95}
        )  # fmt: skip
    texts, counts = ("sample_id", "ended_by"), ("seed", "num_notes", "num_prompt_tokens")
    kinds = dict.fromkeys(texts, pa.string()) | dict.fromkeys(counts, pa.int64()) | {"token_ids": pa.list_(pa.uint16())}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "samples.parquet")
    return folder


def write_evaluation(folder: Path) -> Path:
    """A metrics.json with one metric within its floor and one, undefined for the generated pieces, beyond."""
    folder.mkdir(parents=True)
    known = {"mean": 3.03, "low": 3.01, "high": 3.06, "num_pieces": 3}
    unknown = dict.fromkeys(("mean", "low", "high"), None) | {"num_pieces": 0}
    near = {"distance": 0.25, "distance_floor": 0.7, "overlap": 0.8, "overlap_floor": 0.9, "is_within_floor": True}
    far = near | {"distance": None, "is_within_floor": False}
    content = {
        "format_version": 1,
        "figures": {
            "num_generated": 2, "num_test": 3, "test_bits_per_note": 2.95, "copied_share_generated": 0.125,
            "copied_share_test": None, "pairing_errors": 0, "zero_length_notes": 0, "out_of_range_notes": 0,
        },
        "metrics": {
            "entropy": {"title": "Entropy", "unit": "bits", "generated": known, "real": known, **near},
            "groove": {"title": "Groove", "unit": "share", "generated": unknown, "real": known, **far},
        },
    }  # fmt: skip
    (folder / "metrics.json").write_text(json.dumps(content))
    return folder


def write_tone(path: Path, *, seconds: float = 0.1, rate: int = 44_100) -> None:
    tone = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(tone, 2).tobytes())
