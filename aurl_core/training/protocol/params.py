"""`train.protocol`: what a training begins from, which weights move, who teaches, what disturbs, in which stages.

Everything is off by default. What is done lives in the other modules of this room.
"""

from __future__ import annotations

from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section

_EXACT: Final = 1e-6


class LoraParams(Section):
    """Low-rank adapters beside frozen weights (Hu et al. 2021, https://arxiv.org/abs/2106.09685)."""

    rank: int = Field(default=0, ge=0)
    """Numbers through which each adapted matrix's change passes; 0 is off: all weights learn."""
    alpha: float = Field(default=16.0, gt=0)
    """The change is multiplied by alpha / rank, so that another rank needs no other learning rate."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of a matrix's inputs that its adapter does without in a step; 0 is off."""
    targets: tuple[Literal["attention", "feedforward", "hearing"], ...] = Field(
        default=("attention", "feedforward"), min_length=1
    )
    """Whose matrices are adapted; hearing is what reads notes, places and matches off the tokens."""
    whole: tuple[Literal["norms", "embedding"], ...] = ()
    """What learns as a whole beside the adapters."""


class PerturbationParams(Section):
    """Adversarial training: the embedded tokens are also pushed where it hurts most (Miyato et al. 2017,
    https://arxiv.org/abs/1605.07725)."""

    epsilon: float = Field(default=0.0, ge=0)
    """Length of the push, as a share of a token's embedding (root mean square over a sequence); 0 is off."""
    steps: int = Field(default=1, ge=1)
    """Gradients that aim it: 1 follows one (the fast gradient method), more go on from there and are kept within
    epsilon (projected gradients: Madry et al. 2018, https://arxiv.org/abs/1706.06083). Each costs a forward pass and
    most of a backward pass."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Of what is minimised, how much is the loss where the tokens were pushed; the rest is the loss where they were
    not."""


class PieceParams(Section):
    """Which pieces of the training split are shown. Held-out splits stay whole, so that figures can be compared."""

    collections: tuple[str, ...] = ()
    """Folders of the source, as in the column `collection` of the pieces; empty: all."""
    genres: tuple[str, ...] = ()
    """As in the column `genre`; empty: all."""
    composers: tuple[str, ...] = ()
    """As in the column `composer`; empty: all."""
    share: float = Field(default=1.0, gt=0, le=1)
    """Of those pieces, the share that is shown, at least one, drawn by the seed; a larger share holds all of a smaller
    one."""

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The values that are asked for, by column."""
        columns = {"collection": self.collections, "genre": self.genres, "composer": self.composers}
        return {column: values for column, values in columns.items() if values}


ALL_PIECES: Final = PieceParams()


class StageParams(Section):
    """One stage of a training: what is as in the rest of the settings, and what is not."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """What it is called: pretrain, finetune, polish."""
    budget_share: float = Field(gt=0, le=1)
    """Its share of `train.budget_tokens`."""
    train: dict[str, Any] = Field(default_factory=dict)
    """Settings of `train` that differ in it, nested as they are there. Each stage has its own warm-up and decay."""
    augment: dict[str, Any] = Field(default_factory=dict)
    """Settings of `augment` that differ in it."""


class ProtocolParams(Section):
    """How a training is set up around its gradient steps."""

    warm_start: str = ""
    """Folder of a model bundle whose weights are begun from, `data/base`: the same network and vocabulary, of which
    only the context and the drop-outs may be others; empty: weights are drawn."""
    lora: LoraParams = LoraParams()
    pieces: PieceParams = PieceParams()
    teacher: str = ""
    """Folder of a transformer's bundle of the same vocabulary, of any size, which the loss `distillation` learns from;
    empty: none."""
    perturbation: PerturbationParams = PerturbationParams()
    stages: tuple[StageParams, ...] = ()
    """Stages one after the other, each going on with the weights of the one before; empty: one, as the settings are."""

    @model_validator(mode="after")
    def _stages_fit(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError(f"train.protocol.stages {', '.join(names)}: two have one name; give each its own")
        total = sum(stage.budget_share for stage in self.stages)
        if self.stages and abs(total - 1) > _EXACT:
            raise ValueError(
                f"train.protocol.stages: the budget_share of {', '.join(names)} come to {total:g} of "
                "train.budget_tokens; they must come to 1"
            )
        return self
