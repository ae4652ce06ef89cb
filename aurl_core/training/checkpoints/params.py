"""`train.checkpoints`: when the state of a run is saved, how, and which states are kept. It is done by the files beside
this one."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section

KEEPING: Final = frozenset({"keep_last", "keep_best", "keep_every_tokens", "compression", "use"})
"""Settings that say nothing of how the weights come about: a run goes on when they are changed."""


class ScoreParams(Section):
    """What makes one checkpoint better than another: a weighted mean of two figures from 0 to 1."""

    likelihood: float = Field(default=1.0, ge=0)
    """Weight of how likely the validation is: the geometric mean of its tokens' probabilities, 1 / perplexity."""
    quality: float = Field(default=0.0, ge=0)
    """Weight of how musical the samples of that validation are, `sample_quality`; 0 leaves them out."""

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not self.likelihood + self.quality:
            raise ValueError("likelihood and quality are both 0, and then no checkpoint is the best: weigh one of them")
        return self


class CheckpointParams(Section):
    """What a killed training loses at most, and what its states cost on disk."""

    every_tokens: int = Field(default=100_000, ge=1)
    """After so many tokens the state is saved; rounded so that it divides the tokens from one validation to the
    next."""
    keep_last: int = Field(default=2, ge=1)
    """So many of the newest states are kept. With two, one that is damaged costs `every_tokens`, not the run."""
    keep_best: int = Field(default=1, ge=1)
    """So many of the best states of the run, by `score`, are kept as well."""
    keep_every_tokens: int = Field(default=0, ge=0)
    """The first state at or after each multiple of so many tokens is kept as well; 0 is off."""
    compression: Literal["none", "zstd"] = "none"
    """zstd: a state takes about a fourteenth less disk; its weights are hardly compressible."""
    score: ScoreParams = ScoreParams()
    use: Literal["last", "best"] = "last"
    """Which weights become the model: those of the end, or those of the best validation."""
