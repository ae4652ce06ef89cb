"""Where a generated piece comes from, as hashes of content: from any of its files back to the bytes it was made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from aurl_core.code_hash import code_hash
from aurl_core.errors import InputError, MissingError
from aurl_core.generation.params import GenerateParams
from aurl_core.models.weights import WEIGHTS_FILE
from aurl_core.tokens.tokenizer import VOCABULARY_FILE

CODE: Final = (
    "aurl_core.generation",
    *(f"aurl_core.models.{name}" for name in ("attention", "block", "conditioning", "discriminator", "embedding")),
    *(f"aurl_core.models.{name}" for name in ("discriminator_params", "encoder", "hearing", "history", "latent")),
    *(f"aurl_core.models.{name}" for name in ("latent_params", "low_rank", "matches", "norm", "observation", "params")),
    *(f"aurl_core.models.{name}" for name in ("places", "positions", "priors", "registry", "relative_pitch")),
    *(f"aurl_core.models.{name}" for name in ("straight_through", "threads", "transformer", "vae", "vae_gan")),
    "aurl_core.models.weights",
    *(f"aurl_core.parsing.{name}" for name in ("assembly", "container", "midi", "reading", "roles", "salvage")),
    *(f"aurl_core.parsing.{name}" for name in ("salvage_events", "salvage_notes", "texts", "wrapping")),
    "aurl_core.random_streams",
    *(f"aurl_core.rendering.{name}" for name in ("audio", "midi", "musicxml", "notation", "noteheads", "parts")),
    *(f"aurl_core.rendering.{name}" for name in ("rhythm", "spelling", "voices")),
    *(f"aurl_core.score.{name}" for name in ("instrument", "lines", "pitch", "score", "time")),
    *(f"aurl_core.tokens.{name}" for name in ("adapters", "adapters_grammar", "adapters_score", "bar")),
    *(f"aurl_core.tokens.{name}" for name in ("bar_form", "bar_grammar", "bar_layout", "bar_reading", "bar_state")),
    *(f"aurl_core.tokens.{name}" for name in ("changes", "clock", "event", "event_grammar", "grammar")),
    *(f"aurl_core.tokens.{name}" for name in ("layout", "losses", "normal_form", "params", "tokenizer")),
    *(f"aurl_core.tokens.{name}" for name in ("traits", "vocabulary")),
)
"""The modules that a generated file depends on: what a run imports, but for tables, files and settings."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """sha256 of what a piece was made from, and which piece it is."""

    corpus: str
    """data/corpus/manifest.json; empty if the model came without its corpus."""
    vocabulary: str
    """data/models/vocabulary.json."""
    model: str
    """data/models/model.safetensors."""
    settings: str
    """The generate section, as JSON with sorted keys."""
    prompt: str
    """The prompt file; empty without one."""
    code: str
    """The sources that make the piece and its files."""
    seed: int
    sample: int = 0

    @classmethod
    def of(cls, params: GenerateParams, *, models: Path, corpus: Path | None, seed: int) -> Lineage:
        """The lineage of the first piece made from these.

        MissingError if what an earlier stage writes is not there, InputError if the prompt is not.
        """
        return cls(
            corpus=_hash_of(corpus / "manifest.json") if corpus else "",
            vocabulary=_hash_of(models / VOCABULARY_FILE),
            model=_hash_of(models / WEIGHTS_FILE),
            settings=sha256(json.dumps(params.model_dump(), sort_keys=True).encode()).hexdigest(),
            prompt=_hash_of_prompt(params.prompt),
            code=code_hash(*CODE),
            seed=seed,
        )

    def of_sample(self, number: int) -> Lineage:
        """The lineage of another piece of the same run."""
        return replace(self, sample=number)

    def to_json(self) -> str:
        """One line, keys sorted."""
        return json.dumps({"aurl": asdict(self)}, sort_keys=True)


def _hash_of_prompt(name: str) -> str:
    if name and not Path(name).is_file():
        raise InputError(f"the prompt {name} is no file; give generate.prompt a MIDI file or leave it empty")
    return _hash_of(Path(name)) if name else ""


def _hash_of(path: Path) -> str:
    if not path.is_file():
        raise MissingError(
            f"{path} is not there, so that what is generated could not say where it comes from: `dvc repro`"
        )
    return sha256(path.read_bytes()).hexdigest()
