"""Do losses and batches suit the network? Settings that are right by themselves may contradict each other; what is told
here is told when params.yaml is read, not when training begins. Imports pydantic's models alone.
"""

from __future__ import annotations

from typing import Final

from aurl_core.losses.params import NAMES, Family, LossParams
from aurl_core.models.latent_params import LatentConfig
from aurl_core.models.params import ModelConfig, TransformerConfig
from aurl_core.training.params import TrainParams

FAMILIES: Final[dict[str, tuple[Family, ...]]] = {
    "transformer": ("tokens",),
    "vae": ("tokens", "latents"),
    "vae_gan": ("tokens", "latents", "generator", "critic"),
}
"""Of which losses may be on, by `model.mode`."""
FROM_NORMAL: Final = ("kl", "kl_piece", "kl_phrase", "kl_bar", "kl_free_bits", "kl_capacity")
"""Divergences from the standard normal prior."""
WEIGHED_BY_BETA: Final = ("kl", "kl_piece", "kl_phrase", "kl_bar", "kl_free_bits", "kl_prior")
"""What `train.variational.beta` multiplies."""


def check_network(train: TrainParams, model: ModelConfig) -> None:
    """ValueError if what is minimised, or how batches are made, does not suit this network."""
    check_losses(train.losses, model)
    check_loading(train, model)
    check_steps(train, model)


def check_losses(losses: LossParams, model: ModelConfig) -> None:
    """ValueError if losses are on that a network of this mode cannot have, or off that it cannot do without."""
    losses.check_families(FAMILIES[model.mode], mode=model.mode)
    if isinstance(model, TransformerConfig):
        return
    check_divergence(losses, model.latent)
    if model.mode == "vae_gan":
        check_players(losses)


def check_loading(train: TrainParams, model: ModelConfig) -> None:
    """ValueError if windows are to be batched or shown in a way that their kind does not allow."""
    is_filled = isinstance(model, TransformerConfig) and train.sequences.is_filled
    if train.batching.kind == "buckets" and is_filled:
        raise ValueError(
            "train.batching.kind buckets sorts windows by length, and with train.sequences.is_filled true all are "
            "equally long and none is padded; set is_filled false, or take windows"
        )
    if train.batching.kind == "buckets" and model.mode == "vae_gan":
        raise ValueError(
            "train.batching.kind buckets: model.mode vae_gan makes segments ahead in batches of one size; take windows"
        )
    start = train.curriculum.length.start
    if start and not is_filled:
        raise ValueError(
            f"train.curriculum.length.start {start} cuts full windows into shorter ones, and "
            f"{'those of train.sequences.is_filled false' if model.mode == 'transformer' else 'segments of bars'} are "
            "not always full; set it to 0, which is off"
        )
    if start and (start > model.context_length // 2 or model.context_length % 2):
        raise ValueError(
            f"train.curriculum.length.start {start}: the full context of model.context_length {model.context_length} "
            "cannot be halved to it; take an even model.context_length and a start of at most half of it"
        )


def check_steps(train: TrainParams, model: ModelConfig) -> None:
    """ValueError if a game of two players is to take its steps in parts or with a scaled loss."""
    if model.mode == "vae_gan" and train.accumulate > 1:
        raise ValueError(
            f"train.accumulate {train.accumulate}: model.mode vae_gan learns from whole batches; take 1, and a smaller "
            "train.batch_size if memory is short"
        )
    if model.mode == "vae_gan" and train.precision == "fp16":
        raise ValueError(
            "train.precision fp16: model.mode vae_gan weighs gradients against each other, which a scaled loss would "
            "upset; take auto, bf16 or fp32"
        )


def check_divergence(losses: LossParams, config: LatentConfig) -> None:
    """ValueError if the divergence that is on is not the one from the prior of the settings."""
    kind, names = config.prior.kind, losses.names_on(["latents"])
    from_normal = [name for name in names if name in FROM_NORMAL]
    if kind != "normal" and (from_normal or "kl_prior" not in names):
        raise ValueError(
            f"train.losses.weights {', '.join(from_normal) or 'without a divergence'}: the prior {kind!r} "
            "(model.latent.prior.kind) is learnt, and kl_prior alone measures the divergence from it; put that there"
        )
    if kind == "normal" and not set(names) & {*WEIGHED_BY_BETA, "kl_capacity"}:
        raise ValueError(
            f"train.losses.weights {', '.join(losses.weights)}: nothing keeps the latents near their prior, so none "
            "could be drawn from it; put kl, kl_free_bits or kl_capacity there"
        )


def check_players(losses: LossParams) -> None:
    """ValueError if one of the two players has nothing to learn from."""
    who_by_family: dict[Family, str] = {"generator": "generator", "critic": "discriminator"}
    for family, who in who_by_family.items():
        names = [name for name in NAMES[family] if name.endswith(f"_{family}")]
        if not set(names) & set(losses.weights):
            raise ValueError(
                f"train.losses.weights {', '.join(losses.weights)}: model.mode vae_gan has a {who}, and none of these "
                f"says what it wants of the other player; put one of {', '.join(names)} there"
            )
