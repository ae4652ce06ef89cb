"""The model bundle: a folder that can be given away, with checksums. What its card says is in card.py.

README.md           the model card
bundle.json         format version and what is in the bundle
config.json, model.safetensors, vocabulary.json, training.json, pieces.parquet, and bpe.json if the tokenizer has one
                    as the train stage wrote them, byte for byte
evaluation.json     metrics.json of the evaluate stage
SHA256SUMS          of all of these, as `sha256sum -c` reads it
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aurl_core.errors import InputError, MissingError
from aurl_core.export.card import CorpusFacts, corpus_facts, write_card
from aurl_core.export.params import ExportParams
from aurl_core.sums import SUMS_FILE, faults, write_sums

FORMAT_VERSION: Final = 1
MODEL_FILES: Final = ("config.json", "model.safetensors", "vocabulary.json", "training.json", "pieces.parquet")
OPTIONAL_MODEL_FILES: Final = ("bpe.json",)
EVALUATION_FILE: Final = "evaluation.json"
BUNDLE_FILE: Final = "bundle.json"
CARD_FILE: Final = "README.md"
_METRICS_FILE: Final = "metrics.json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written."""

    num_files: int
    total_bytes: int
    corpus: CorpusFacts
    training: dict[str, Any]
    """training.json of the train stage."""


def write_bundle(folder: Path, *, models: Path, corpus: Path, evaluation: Path, params: ExportParams) -> Bundle:
    """Fill the empty `folder` from the folders of the train, shard and evaluate stages, and verify what was written.

    The same sources give the same bytes. `MissingError` names what an earlier stage has not made.
    """
    sources = {name: models / name for name in MODEL_FILES} | {EVALUATION_FILE: evaluation / _METRICS_FILE}
    for path in sources.values():
        if not path.is_file():
            raise MissingError(f"{path} is not there, so there is nothing whole to export: run `dvc repro export`")
    sources |= {name: models / name for name in OPTIONAL_MODEL_FILES if (models / name).is_file()}
    for name, path in sources.items():
        shutil.copyfile(path, folder / name)
    facts, training = corpus_facts(corpus), _read(folder / "training.json")
    card = write_card(
        params,
        corpus=facts,
        config=_read(folder / "config.json"),
        training=training,
        evaluation=_read(folder / EVALUATION_FILE),
    )
    (folder / CARD_FILE).write_text(card, encoding="utf-8")
    names = sorted([*sources, CARD_FILE])
    content = {"format_version": FORMAT_VERSION, "title": params.title, "licence": params.licence, "files": names}
    (folder / BUNDLE_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    write_sums(folder)
    verify_bundle(folder)
    files = [path for path in folder.iterdir() if path.is_file()]
    return Bundle(len(files), sum(path.stat().st_size for path in files), facts, training)


def verify_bundle(folder: Path) -> None:
    """Check a bundle's format version and every file against SHA256SUMS.

    `MissingError` if there is no bundle; `InputError` names the files that are damaged, missing or not listed, or the
    format version that this version of Aurl does not read.
    """
    for name in (SUMS_FILE, BUNDLE_FILE):
        if not (folder / name).is_file():
            raise MissingError(f"{folder} holds no {name}, so it is no model bundle; `dvc repro export` writes one")
    if found := faults(folder):
        raise InputError(
            f"the model bundle {folder} is not what {SUMS_FILE} says: {', '.join(found)}; copy it again or write it "
            "anew with `dvc repro export`"
        )
    version = _read(folder / BUNDLE_FILE).get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"{folder / BUNDLE_FILE} has format_version {version}, this version of Aurl reads {FORMAT_VERSION}; use "
            "the version that wrote it"
        )


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
