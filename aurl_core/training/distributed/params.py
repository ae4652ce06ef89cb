"""`train.strategy`: in how many processes a model is trained, and what is split among them. How lives beside this
file; which strategies suit which model is said in agreement.py."""

from __future__ import annotations

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section

Kind = Literal["single", "ddp", "fsdp", "tensor", "pipeline"]

SPLITS_BATCHES: Final = ("ddp", "fsdp")
"""Strategies in which each process learns from its share of a batch; in the others all see the whole of it."""


class StrategyParams(Section):
    """One process, or several that train one model together."""

    kind: Kind = "single"
    """single: one process. ddp: the batch is split, each process has the whole model. fsdp: the batch and the model's
    state are split. tensor: the heads and the feed-forward widths of each block are split. pipeline: the blocks are."""
    processes: int = Field(default=1, ge=1)
    """How many the train stage starts on this machine; a `torchrun` of your own says that itself."""
    max_restarts: int = Field(default=0, ge=0)
    """How often all processes are started again, from the last checkpoint, when one of them has died."""
    microbatches: int = Field(default=4, ge=1)
    """pipeline: parts of a batch that follow each other through the blocks; more of them leave processes less idle."""

    @model_validator(mode="after")
    def _one_is_one(self) -> Self:
        if self.kind == "single" and self.processes > 1:
            raise ValueError(
                f"train.strategy.processes {self.processes} needs a train.strategy.kind that shares the work: ddp, "
                "fsdp, tensor or pipeline; single is one process"
            )
        return self


STARTING: Final = frozenset({"processes", "max_restarts"})
"""Settings by which a run is started: it goes on when they are changed."""
