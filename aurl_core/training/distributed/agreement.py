"""Which strategy suits which model and which training; checked when params.yaml is read and again when torchrun has
said how many processes there are. Imports pydantic alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aurl_core.errors import SettingError
from aurl_core.models.params import ModelConfig
from aurl_core.training.distributed.params import SPLITS_BATCHES, StrategyParams

if TYPE_CHECKING:
    from aurl_core.training.params import TrainParams


def check_strategy(train: TrainParams, model: ModelConfig, *, num_processes: int | None = None) -> None:
    """SettingError if a model cannot be trained in this way by `num_processes` (those of the settings, if not said)."""
    params = train.strategy
    if params.kind == "single":
        return
    size = num_processes or params.processes
    _check_mode(params, model)
    if params.kind in SPLITS_BATCHES and train.batch_size % size:
        raise SettingError(
            f"train.batch_size {train.batch_size} cannot be split evenly among {size} processes "
            f"(train.strategy.processes, or torchrun's); take a multiple of {size}"
        )
    if params.kind in SPLITS_BATCHES and train.accumulate > 1 and train.batching.kind == "buckets":
        raise SettingError(
            f"train.accumulate {train.accumulate}: of train.batching.kind buckets the processes of train.strategy.kind "
            f"{params.kind} get shares of unlike numbers of rows, and so of parts, for which they would wait in vain; "
            "take 1, or batching windows"
        )
    if params.kind == "tensor":
        _check_widths(model, size)
    if params.kind == "pipeline":
        _check_row(train, model, size)
    if params.kind != "ddp":
        _check_parts(train)


def _check_mode(params: StrategyParams, model: ModelConfig) -> None:
    allowed = ("transformer", "vae") if params.kind == "ddp" else ("transformer",)
    if model.mode not in allowed:
        raise SettingError(
            f"train.strategy.kind {params.kind} cannot train model.mode {model.mode}, but {' and '.join(allowed)}; "
            "ddp trains transformer and vae, single all modes"
        )
    if params.kind == "tensor" and model.attention.kind != "causal":
        raise SettingError(
            f"train.strategy.kind tensor splits the heads of model.attention.kind causal, not of "
            f"{model.attention.kind}; take ddp, fsdp or pipeline"
        )


def _check_widths(model: ModelConfig, size: int) -> None:
    for name, width in (("num_heads", model.num_heads), ("feedforward_dim", model.feedforward_dim)):
        if width % size:
            raise SettingError(
                f"model.{name} {width} cannot be split among the {size} processes of train.strategy.kind tensor; take "
                f"a multiple of {size}"
            )


def _check_row(train: TrainParams, model: ModelConfig, size: int) -> None:
    if train.batching.kind != "windows" or train.curriculum.length.start:
        raise SettingError(
            f"train.batching.kind {train.batching.kind} or train.curriculum.length.start "
            f"{train.curriculum.length.start} makes batches of several shapes, and the processes of "
            "train.strategy.kind pipeline agree on one; take windows and 0, or ddp"
        )
    if train.accumulate > 1:
        raise SettingError(
            f"train.accumulate {train.accumulate}: the processes of train.strategy.kind pipeline learn part by part "
            "anyway; take 1, and as many train.strategy.microbatches as you like"
        )
    parts = train.strategy.microbatches
    if model.num_layers < size:
        raise SettingError(
            f"model.num_layers {model.num_layers} are too few for the {size} processes of train.strategy.kind "
            "pipeline: each needs a block"
        )
    if parts < size or train.batch_size % parts:
        raise SettingError(
            f"train.strategy.microbatches {parts} must divide train.batch_size {train.batch_size} and be no fewer than "
            f"the {size} processes of the pipeline"
        )


def _check_parts(train: TrainParams) -> None:
    """What works on the whole of the weights, of which no process has more than a part."""
    protocol = train.protocol
    for name, value, allowed in (
        ("optimizer.kind", train.optimizer.kind, ("muon", "adamw")),
        ("optimizer.clip.kind", train.optimizer.clip.kind, ("norm", "adaptive", "off")),
        ("precision", train.precision, ("auto", "bf16", "fp32")),
        ("averaging.kind", train.averaging.kind, ("none",)),
        ("losses.balance", train.losses.balance, ("fixed",)),
        ("checkpoints.use", train.checkpoints.use, ("last",)),
        ("landscape_points", train.landscape_points, (0,)),
        ("protocol.lora.rank", protocol.lora.rank, (0,)),
        ("protocol.teacher", protocol.teacher, ("",)),
        ("protocol.perturbation.epsilon", protocol.perturbation.epsilon, (0,)),
    ):
        if value not in allowed:
            others = " or ".join(str(one or "none") for one in allowed)
            raise SettingError(
                f"train.{name} {value} works on whole weights, of which a process has only a part with "
                f"train.strategy.kind {train.strategy.kind}; take {others}, or ddp"
            )
