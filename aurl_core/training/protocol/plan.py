"""The stages of a training as whole settings, and whether each can be. Running them lives in stages.py; this module
imports pydantic's models alone, so that a wrong stage is told when params.yaml is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import ValidationError

from aurl_core.augmentation.params import AugmentParams
from aurl_core.errors import SettingError
from aurl_core.models.params import ModelConfig
from aurl_core.section import Section
from aurl_core.training.agreement import check_network
from aurl_core.training.distributed.agreement import check_strategy
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.params import StageParams

AnySection = TypeVar("AnySection", bound=Section)

TAUGHT: Final = "distillation"
"""The loss that needs a teacher."""
_NOTHING_MORE: Final[dict[str, Any]] = {"stages": ()}


class Stage(NamedTuple):
    """All that a stage's gradient steps depend on, beside the network."""

    name: str
    train: TrainParams
    augment: AugmentParams


def stages_of(train: TrainParams, augment: AugmentParams) -> list[Stage]:
    """The stages that the settings ask for; without any, one without a name.

    `SettingError` names what is wrong in which stage.
    """
    stages = train.protocol.stages
    return [_stage(train, augment, one) for one in stages] or [Stage("", train, augment)]


def check_training(train: TrainParams, augment: AugmentParams, model: ModelConfig) -> None:
    """ValueError if the losses, the batches or the protocol of any stage cannot be had with this network."""
    for number, stage in enumerate(stages_of(train, augment)):
        check_network(stage.train, model)
        check_strategy(stage.train, model)
        _check_protocol(stage.train, model, is_begun=number > 0 or bool(train.protocol.warm_start))


def changed(section: AnySection, changes: Mapping[str, Any]) -> AnySection:
    """The section with some settings changed, those of its parts too. What is no section is replaced as a whole, and so
    is a part that becomes one of another kind.

    >>> from aurl_core.training.protocol.params import ProtocolParams
    >>> changed(ProtocolParams(), {"lora": {"rank": 4}}).lora.rank
    4
    """
    return type(section).model_validate(_changed(section, changes))


def _stage(train: TrainParams, augment: AugmentParams, stage: StageParams) -> Stage:
    whole = {"budget_tokens": max(1, round(stage.budget_share * train.budget_tokens))}
    if "stages" in stage.train.get("protocol", {}):
        raise SettingError(
            f"train.protocol.stages {stage.name}: a stage has no stages of its own; list them all in one"
        )
    try:
        flat = changed(train, whole | {"protocol": _NOTHING_MORE})
        return Stage(stage.name, changed(flat, stage.train), changed(augment, stage.augment))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingError(f"train.protocol.stages {stage.name}: {told}") from error


def _changed(section: Section, changes: Mapping[str, Any]) -> dict[str, Any]:
    values = section.model_dump()
    for name, value in changes.items():
        part = getattr(section, name, None)
        if isinstance(part, Section) and isinstance(value, Mapping) and not _is_other(part, value):
            values[name] = _changed(part, value)
        else:
            values[name] = value
    return values


def _is_other(part: Section, changes: Mapping[str, Any]) -> bool:
    return "kind" in changes and changes["kind"] != getattr(part, "kind", None)


def _check_protocol(train: TrainParams, model: ModelConfig, *, is_begun: bool) -> None:
    protocol, is_taught = train.protocol, TAUGHT in train.losses.weights
    if protocol.lora.rank and not is_begun:
        raise ValueError(
            f"train.protocol.lora.rank {protocol.lora.rank}: adapters change a trained network; name one by "
            "train.protocol.warm_start, or let a stage come before"
        )
    if protocol.lora.rank and model.mode == "vae_gan":
        raise ValueError(
            "train.protocol.lora: of a vae_gan all weights learn; set rank to 0, or take another model.mode"
        )
    if is_taught != bool(protocol.teacher):
        raise ValueError(
            f"train.protocol.teacher {protocol.teacher!r} and train.losses.weights {', '.join(train.losses.weights)}: "
            f"a teacher is learnt from by the loss {TAUGHT}, and that needs a teacher; have both or neither"
        )
    for setting, is_on in (("teacher", protocol.teacher), ("perturbation.epsilon", protocol.perturbation.epsilon)):
        if is_on and model.mode != "transformer":
            raise ValueError(f"train.protocol.{setting} {is_on!r} is for model.mode transformer, not {model.mode}")
