"""What every tokenizer can do, and how one is built or loaded. The tokenizers themselves live in files of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import TypeAdapter, ValidationError

from aurl_core.errors import InputError, MissingError
from aurl_core.score.score import Score
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.grammar import Grammar
from aurl_core.tokens.normal_form import Losses
from aurl_core.tokens.params import TokenizerConfig
from aurl_core.tokens.vocabulary import Vocabulary

VOCABULARY_FILE = "vocabulary.json"


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
        """Write vocabulary.json, from which `load_tokenizer` makes the same tokenizer."""


def build_tokenizer(config: TokenizerConfig) -> Tokenizer:
    """The tokenizer of a config."""
    return EventTokenizer(config)


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer that wrote a vocabulary.json.

    `MissingError` if there is no such file; `InputError` if it is damaged or of a tokenizer that this version of Aurl
    does not have.
    """
    if not path.exists():
        raise MissingError(f"{path} does not exist; the shard stage writes it: `dvc repro shard`")
    vocabulary = Vocabulary.from_json(path.read_text())
    try:
        tokenizer = build_tokenizer(TypeAdapter[TokenizerConfig](TokenizerConfig).validate_python(vocabulary.config))
    except ValidationError as error:
        raise InputError(
            f"{path}: this version of Aurl has no such tokenizer ({error}); make the corpus anew"
        ) from error
    if tokenizer.vocabulary.hash != vocabulary.hash:
        raise InputError(f"{path}: its ids mean other things than this version of Aurl's; make the corpus anew")
    return tokenizer
