"""`ShardParams`: how a corpus is split, tokenized and stored. What is done lives in the files beside this one."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from aurl_core.section import Section
from aurl_core.tokens.params import TokenizerConfig


class SplitFractions(Section):
    """Which part of the clusters each split gets, by the hash of their name."""

    train: float = Field(gt=0, le=1)
    """Share of the clusters."""
    validation: float = Field(ge=0, lt=1)
    """Share of the clusters."""
    test: float = Field(ge=0, lt=1)
    """Share of the clusters."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"train, validation and test must add up to 1, not {total:g}")
        return self


class NearDuplicateConfig(Section):
    """When two pieces count as the same music, so that they never come to stand in different splits.

    Two pieces are near-duplicates if some line of one (all its highest notes, all its lowest, or those of a track)
    shares enough n-grams of intervals with some line of the other.
    """

    ngram_length: int = Field(ge=1, le=16)
    """Intervals in an n-gram."""
    min_ngrams: int = Field(ge=1)
    """Lines with fewer different n-grams are too plain to prove anything."""
    threshold: float = Field(gt=0, le=1)
    """Least number of n-grams in common, over the geometric mean of what the two lines have (Ochiai coefficient,
    estimated from 64 of them). 1 leaves exact copies alone."""


class ShardParams(Section):
    """How a corpus is split, tokenized and stored."""

    tokenizer: TokenizerConfig
    """The vocabulary of `token_ids` and of the models trained on the corpus."""
    fractions: SplitFractions
    """Sizes of the splits."""
    near_duplicates: NearDuplicateConfig
    """Which pieces are kept together."""
    context_lengths: tuple[int, ...] = (256, 512, 1024, 2048)
    """Lengths in tokens for which the report says what a model that reads no more would miss."""
    notes_per_shard: int = Field(ge=1)
    """A numbered set of files is closed when it holds this many notes."""
