"""`train.checkpoints`: when the state of a run is saved. How and where is said in checkpoint.py."""

from __future__ import annotations

from pydantic import Field

from aurl_core.section import Section


class CheckpointParams(Section):
    """What a killed training loses at most."""

    every_tokens: int = Field(default=100_000, ge=1)
    """After so many tokens the state is saved; rounded so that it divides the tokens from one validation to the
    next."""
