"""The model card: what the model is, was trained on, scores and cannot do, in the style of the Hugging Face hub."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aurl_core.corpus.shards import shard_files
from aurl_core.export.params import ExportParams
from aurl_core.figure import figure

_SPLITS: Final = ("train", "validation", "test")
_UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """What a corpus consists of; each list is by falling number of training pieces, then by name."""

    num_pieces: dict[str, int]
    """By split."""
    num_training_notes: int
    composers: list[tuple[str, int]]
    """Training pieces of each."""
    collections: list[tuple[str, int]]
    licence_notes: list[tuple[str, int]]
    """What ingest knows of the licence."""


def corpus_facts(corpus: Path) -> CorpusFacts:
    """Count the pieces of each split, and what the training pieces' rows say of their origin."""
    columns = ["composer", "collection", "licence_note", "num_notes"]
    tables = {
        split: [
            pq.read_table(path, columns=columns, partitioning=None) for path in shard_files(corpus / f"split={split}")
        ]
        for split in _SPLITS
    }
    rows = [row for table in tables["train"] for row in table.to_pylist()]
    return CorpusFacts(
        num_pieces={split: sum(map(len, parts)) for split, parts in tables.items()},
        num_training_notes=sum(row["num_notes"] for row in rows),
        composers=_count(row["composer"] for row in rows),
        collections=_count(row["collection"] for row in rows),
        licence_notes=_count(row["licence_note"] for row in rows),
    )


def write_card(
    params: ExportParams,
    *,
    corpus: CorpusFacts,
    config: dict[str, Any],
    training: dict[str, Any],
    evaluation: dict[str, Any],
) -> str:
    """The text of README.md, from what the train and evaluate stages wrote; no figure is typed in."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=False, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"cell": cell, "figure": figure}
    metrics = evaluation["metrics"].values()
    return environment.get_template("card.md").render(
        front_matter=_front_matter(params, training).strip(),
        params=params,
        corpus=corpus,
        config=config,
        training=training,
        figures=evaluation["figures"],
        metrics=metrics,
        beyond=[metric["title"] for metric in metrics if not metric["is_within_floor"]],
    )


def cell(text: str) -> str:
    """Text that may stand in a cell of a Markdown table.

    >>> cell("Bach | Sohn\\n1750")
    'Bach \\\\| Sohn 1750'
    """
    return " ".join(text.split()).replace("|", "\\|")


def _front_matter(params: ExportParams, training: dict[str, Any]) -> str:
    """The YAML head that the Hugging Face hub reads."""
    metrics = [
        {"type": key, "name": f"{name} (held-out test split)", "value": round(training["test"][key], 4)}
        for key, name in (("bits_per_note", "Bits per note"), ("nats_per_token", "Nats per token"))
    ]
    result = {
        "task": {"type": "music-generation", "name": "Symbolic music generation"},
        "dataset": {"type": "symbolic-music", "name": "Held-out test split of the corpus below"},
        "metrics": metrics,
    }
    head = {
        "license": params.licence,
        "library_name": "aurl",
        "tags": ["music", "symbolic-music", "midi", "music-generation", "transformer"],
        "model-index": [{"name": params.title, "results": [result]}],
    }
    return yaml.safe_dump(head, sort_keys=False, allow_unicode=True)


def _count(names: Any) -> list[tuple[str, int]]:
    counts = Counter(name or _UNKNOWN for name in names)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
