"""A whole generate run: a model bundle to a folder of pieces with their files and their table, and its figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from aurl_core.chunks import ChunkPool
from aurl_core.corpus.shards import write_table
from aurl_core.generation.generator import generate_samples
from aurl_core.generation.lineage import Lineage
from aurl_core.generation.params import GenerateParams
from aurl_core.generation.renderings import render_samples
from aurl_core.generation.samples import SAMPLES_FILE, samples_table
from aurl_core.models.weights import load_model
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, load_tokenizer

_SAMPLING_PERCENT: Final = 85
"""How much of the bar is sampling; the rest is rendering."""


class Figures(BaseModel):
    """What a run made, counted over all its pieces."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    num_pieces: int
    num_tokens: int
    num_notes: int
    num_empty: int
    """Pieces without a note."""
    num_ended_by_limit: int
    """Pieces that were brought to their end because they reached their length."""
    num_ends_withheld: int
    """How often a model wanted most to end and had to go on."""
    num_hanging_notes: int
    """Notes that had to be turned off, or sounded as long as they may."""
    music_seconds: float
    longest_seconds: float
    shortest_seconds: float
    fewest_notes_per_second: float
    """Of the sparsest piece."""
    longest_silence_seconds: float
    """Within any piece."""
    mean_repeated_share: float
    """Share of a piece's 16-token windows that stood earlier in it, mean over the pieces."""
    largest_repeated_share: float
    """The same, of the piece that repeats itself most."""


def make_pieces(
    params: GenerateParams,
    folder: Path,
    *,
    models: Path,
    corpus: Path | None,
    seed: int,
    pool: ChunkPool,
    progress: Callable[[int, int], None],
) -> Figures:
    """Sample and render the pieces that `params` asks for into `folder`, and write samples.parquet beside them.

    `models` is the model bundle, `corpus` the corpus it was trained on (its manifest is part of the lineage) if that
    is here.
    """

    def tell(base: int, span: int) -> Callable[[float], None]:
        return lambda share: progress(base + int(span * share), 100)

    model, tokenizer = load_model(models), load_tokenizer(models / VOCABULARY_FILE)
    lineage = Lineage.of(params, models=models, corpus=corpus, seed=seed)
    samples = generate_samples(
        model,
        tokenizer,
        params,
        lineage=lineage,
        progress=tell(0, _SAMPLING_PERCENT),
    )
    folder.mkdir(parents=True, exist_ok=True)
    render_samples(samples, folder, pool=pool, progress=tell(_SAMPLING_PERCENT, 100 - _SAMPLING_PERCENT))
    table = samples_table(samples)
    write_table(folder / SAMPLES_FILE, table)
    return figures_of(table)


def figures_of(table: pa.Table) -> Figures:
    """The figures of a run from its rows of samples.parquet."""
    columns = {name: np.array(table[name].to_pylist()) for name in table.column_names if name != "token_ids"}
    notes, seconds = columns["num_notes"], columns["duration_seconds"]
    return Figures(
        num_pieces=len(table),
        num_tokens=int(columns["num_tokens"].sum()),
        num_notes=int(notes.sum()),
        num_empty=int((notes == 0).sum()),
        num_ended_by_limit=int((columns["ended_by"] == "limit").sum()),
        num_ends_withheld=int(columns["num_ends_withheld"].sum()),
        num_hanging_notes=int(columns["num_hanging_notes"].sum()),
        music_seconds=float(seconds.sum()),
        longest_seconds=float(seconds.max()),
        shortest_seconds=float(seconds.min()),
        fewest_notes_per_second=float((notes / np.maximum(seconds, 1e-9)).min()),
        longest_silence_seconds=float(columns["longest_silence_seconds"].max()),
        mean_repeated_share=float(columns["repeated_share"].mean()),
        largest_repeated_share=float(columns["repeated_share"].max()),
    )
