"""`train.averaging`: which weights are measured and kept, those that learn or a mean of them; see averaging.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aurl_core.section import Section


class NoAveraging(Section):
    """The weights that learn."""

    kind: Literal["none"] = "none"
    """Which mean."""


class EMAParams(Section):
    """An exponential moving average of the weights after each step (Polyak and Juditsky 1992)."""

    kind: Literal["ema"]
    """Which mean."""
    decay: float = Field(default=0.999, gt=0, lt=1)
    """How much of the mean each step keeps."""
    ramp: float = Field(default=10.0, ge=1)
    """After n steps it keeps at most (1 + n) / (ramp + n), so that the mean reaches over about the last ramp-th of what
    has been, and short trainings forget their beginning; 1 is off."""


class SWAParams(Section):
    """The mean of the weights over the last steps (stochastic weight averaging: Izmailov et al. 2018,
    https://arxiv.org/abs/1803.05407). It wants a learning rate that does not fall to 0."""

    kind: Literal["swa"]
    """Which mean."""
    share: float = Field(default=0.25, gt=0, le=1)
    """Share of the steps, at the end, that are averaged."""
    every_steps: int = Field(default=1, ge=1)
    """Steps from one that counts to the next."""


class CheckpointAveraging(Section):
    """The mean of the last saved states (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762)."""

    kind: Literal["checkpoints"]
    """Which mean."""
    number: int = Field(default=5, ge=1)
    """States, one each `train.checkpoints.every_tokens`."""


AveragingParams = Annotated[
    NoAveraging | EMAParams | SWAParams | CheckpointAveraging,
    Field(discriminator="kind"),
]
"""Which weights are measured and kept, told apart by `kind`."""
