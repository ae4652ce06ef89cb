"""`train.adversarial`: when the two players of a VAE-GAN learn, and how much the generator heeds the discriminator.

Which losses each of them has stands in `train.losses`; when one of them waits for the other in `train.losses.players`.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from aurl_core.section import Section


class AdversarialParams(Section):
    """Three stages: the VAE alone; the discriminator warms up beside it; then the VAE learns to deceive it, too."""

    alone_share: float = Field(default=0.5, ge=0, lt=1)
    """Share of the steps, at the beginning, in which the VAE learns alone."""
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps after those in which the discriminator learns, too, and nobody heeds it."""
    rise_share: float = Field(default=0.2, ge=0, le=1)
    """Share of the steps after those in which the weight below rises from 0; then it stays."""
    weight: float = Field(default=0.1, ge=0)
    """How much the generator heeds the discriminator: the gradient of its adversarial losses in the decoder's last
    layer, as a share of that of all its other losses there."""
    largest_weight: float = Field(default=100.0, gt=0)
    """By no more than this are the adversarial losses multiplied to come to that share."""
    temperature: float = Field(default=1.0, gt=0)
    """Of the softmax through which gradients reach the logits of made tokens; what is made is drawn at 1."""
    remake_every: int = Field(default=8, ge=1)
    """Segments are made for so many steps ahead: each step then sees a batch of its own of what the generator made up
    to so many steps ago."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of the discriminator, constant. Its optimizer is AdamW without momentum."""
    clip_norm: float = Field(default=1.0, gt=0)
    """The discriminator's gradients are scaled down to this norm."""

    @model_validator(mode="after")
    def _players_meet(self) -> Self:
        before = self.alone_share + self.warmup_share
        if before >= 1:
            raise ValueError(
                f"train.adversarial.alone_share {self.alone_share} and warmup_share {self.warmup_share} leave no steps "
                "in which the generator heeds the discriminator; together they must be below 1"
            )
        return self
