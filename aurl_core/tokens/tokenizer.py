"""What every tokenizer can do, and how one is built or loaded. The tokenizers themselves live in files of their own."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import TypeAdapter, ValidationError

from aurl_core.errors import InputError, MissingError
from aurl_core.score.score import Score
from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.grammar import Grammar
from aurl_core.tokens.losses import Losses
from aurl_core.tokens.params import BarTokenizerConfig, MidiTokConfig, TokenizerConfig
from aurl_core.tokens.vocabulary import Vocabulary

VOCABULARY_FILE: Final = "vocabulary.json"
BPE_FILE: Final = "bpe.json"
"""What a tokenizer has learned from music, beside vocabulary.json; most learn nothing and have none."""


class Tokenizer(Protocol):
    """Scores to ids and back. The law: `decode(encode(x))` equals `normal_form(x)`."""

    vocabulary: Vocabulary
    num_notes: NDArray[np.uint8]
    """(V,) how many notes each id begins."""

    def encode(self, score: Score) -> NDArray[np.uint16]:
        """The ids of a score, BOS and EOS included; all legal in the grammar."""

    def encode_counting(self, score: Score) -> tuple[NDArray[np.uint16], Losses]:
        """The same ids, and what of the score they do not say."""

    def decode(self, ids: ArrayLike) -> Score:
        """The score of ids; never raises on ids that are legal in the grammar."""

    def normal_form(self, score: Score) -> Score:
        """What of a score the ids can say."""

    def grammar(self) -> Grammar[Any]:
        """Which ids may follow which."""

    def save(self, path: Path) -> None:
        """Write vocabulary.json (and bpe.json beside it, if there is any), of which `load_tokenizer` makes the same."""


@runtime_checkable
class LearningTokenizer(Tokenizer, Protocol):
    """A tokenizer that can learn to write pieces with fewer ids. What was not trained writes its base ids."""

    def trained(self, pieces: Iterable[NDArray[np.integer]]) -> Self:
        """The tokenizer with what it learns from pieces in base ids: those of the training split, in order."""

    def merged(self, base_ids: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """The ids that it writes for a piece in base ids."""


def build_tokenizer(config: TokenizerConfig, *, bpe: str = "") -> Tokenizer:
    """The tokenizer of a config, with what it has learned: the text of bpe.json."""
    if isinstance(config, MidiTokConfig):
        from aurl_core.tokens.adapters import MidiTokTokenizer  # brings torch with it, which takes two seconds

        return MidiTokTokenizer(config, bpe)
    if isinstance(config, BarTokenizerConfig):
        return BarTokenizer(config)
    return EventTokenizer(config)


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer that wrote a vocabulary.json.

    `MissingError` if there is no such file; `InputError` if it is damaged or of a tokenizer that this version of Aurl
    does not have.
    """
    if not path.exists():
        raise MissingError(f"{path} does not exist; the shard stage writes it: `dvc repro shard`")
    vocabulary = Vocabulary.from_json(path.read_text())
    bpe = _read_bpe(path.with_name(BPE_FILE), vocabulary.learned)
    try:
        config = TypeAdapter[TokenizerConfig](TokenizerConfig).validate_python(vocabulary.config)
    except ValidationError as error:
        raise InputError(
            f"{path}: this version of Aurl has no such tokenizer ({error}); make the corpus anew"
        ) from error
    tokenizer = build_tokenizer(config, bpe=bpe)
    if tokenizer.vocabulary.hash != vocabulary.hash:
        raise InputError(f"{path}: its ids mean other things than this version of Aurl's; make the corpus anew")
    return tokenizer


def tokenizer_files(folder: Path) -> tuple[Path, ...]:
    """The files in `folder` that make up its tokenizer: vocabulary.json, and bpe.json if there is one."""
    bpe = folder / BPE_FILE
    return (folder / VOCABULARY_FILE, *([bpe] if bpe.is_file() else []))


def _read_bpe(path: Path, digest: str) -> str:
    """The text of bpe.json, which must have the digest that vocabulary.json says; empty if that says none."""
    if not digest:
        return ""
    if not path.is_file():
        raise MissingError(f"{path} does not exist, without which {VOCABULARY_FILE} says too little: `dvc repro shard`")
    text = path.read_text(encoding="utf-8")
    if sha256(text.encode()).hexdigest() != digest:
        raise InputError(f"{path} is not the one that {VOCABULARY_FILE} is about; `dvc repro shard` writes both anew")
    return text
