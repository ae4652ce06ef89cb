"""`Vocabulary`: the names of a tokenizer's ids, with the settings that made it. Which tokens there are lives elsewhere.

It travels as vocabulary.json inside the corpus and the model bundle, so that neither needs params.yaml to know itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.errors import InputError

FORMAT_VERSION = 1

PAD: Final = 0
BOS: Final = 1
EOS: Final = 2
UNK: Final = 3
SPECIAL_TOKENS: Final = ("PAD", "BOS", "EOS", "UNK")
"""The first four ids of every vocabulary: filling, beginning and end of a piece, and what cannot be said."""


@dataclass(frozen=True)
class Vocabulary:
    """The token of each id, the tokenizer's settings (`config`, as in params.yaml), and what it learned."""

    tokens: tuple[str, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    learned: str = ""
    """Hex digest of the file of what the tokenizer learned from music; empty if it learns nothing."""

    @property
    def size(self) -> int:
        return len(self.tokens)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}

    def id_of(self, token: str) -> int:
        """The id of a token by name; `InputError` if there is none.

        >>> Vocabulary(("PAD", "BOS")).id_of("BOS")
        1
        """
        if token not in self._ids:
            raise InputError(
                f"{token!r} is no token of this vocabulary of {self.size}, "
                f"which goes from {self.tokens[0]!r} to {self.tokens[-1]!r}"
            )
        return self._ids[token]

    def checked(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The ids as numbers that can be counted with; `InputError` if one is not in the vocabulary."""
        numbers = np.asarray(ids, np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < self.size:
            raise InputError(
                f"ids go from {numbers.min()} to {numbers.max()}, the vocabulary's from 0 to {self.size - 1}"
            )
        return numbers

    @property
    def hash(self) -> str:
        """Hex digest of all three: equal hashes mean the same ids mean the same music."""
        return sha256(json.dumps([self.tokens, self.config, self.learned], sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        """The text of vocabulary.json."""
        content = {
            "format_version": FORMAT_VERSION,
            "tokenizer": dict(self.config),
            "hash": self.hash,
            "learned": self.learned,
            "tokens": list(self.tokens),
        }
        return json.dumps(content, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; `InputError` if it is something else or was changed since."""
        try:
            content = json.loads(text)
            vocabulary = cls(tuple(content["tokens"]), content["tokenizer"], content["learned"])
            expected = content["hash"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"this is no vocabulary.json ({error!r}); `dvc repro shard` writes it anew") from error
        if vocabulary.hash != expected:
            raise InputError(
                f"vocabulary.json has hash {vocabulary.hash[:16]} where it says {expected[:16]}: it was changed by "
                "hand or damaged; `dvc repro shard` writes it anew"
            )
        return vocabulary
