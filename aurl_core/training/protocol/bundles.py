"""Model bundles as a training uses them: weights to begin from, a teacher to learn from, and what they were by hash."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, NamedTuple

from torch import nn

from aurl_core.errors import InputError, MissingError, SettingError
from aurl_core.models.params import DecoderConfig
from aurl_core.models.registry import Model
from aurl_core.models.transformer import Transformer
from aurl_core.models.weights import WEIGHTS_FILE, load_model
from aurl_core.tokens.tokenizer import VOCABULARY_FILE
from aurl_core.tokens.vocabulary import Vocabulary
from aurl_core.training.protocol.params import ProtocolParams

BUNDLES: Final = ("warm_start", "teacher")
"""The settings of `train.protocol` that name one."""
_FREE: Final = ("context_length", "gradient_checkpointing", "layer_drop")
"""Settings that change no weight; neither do those of drop-outs."""


def folder_of(params: ProtocolParams, setting: str) -> Path:
    """The folder of a bundle that a setting names; `MissingError` if there is none."""
    folder = Path(getattr(params, setting)).expanduser()
    if not (folder / WEIGHTS_FILE).is_file():
        raise MissingError(
            f"train.protocol.{setting} {str(folder)!r} holds no {WEIGHTS_FILE}: it must be the folder of a trained "
            "model. The train stage replaces data/models, so keep a model elsewhere first: "
            "`cp -r data/models data/base`"
        )
    return folder


class Origin(NamedTuple):
    """A bundle that a training begins from or is taught by."""

    folder: Path
    digest: str
    """The sha256 of its weights: what the training depends on, wherever the folder lies."""


def origins(params: ProtocolParams) -> dict[str, Origin]:
    """Each bundle that the settings name, by setting."""
    found = {}
    for setting in BUNDLES:
        if getattr(params, setting):
            folder = folder_of(params, setting)
            with (folder / WEIGHTS_FILE).open("rb") as file:
                found[setting] = Origin(folder, file_digest(file, "sha256").hexdigest())
    return found


def load_bundle(params: ProtocolParams, setting: str, vocabulary: Vocabulary) -> Model:
    """The model of a bundle; `InputError` if its ids are not those of `vocabulary`."""
    folder = folder_of(params, setting)
    path = folder / VOCABULARY_FILE
    if not path.is_file():
        raise MissingError(
            f"train.protocol.{setting} {str(folder)!r} holds no {VOCABULARY_FILE}; copy the whole bundle"
        )
    found = Vocabulary.from_json(path.read_text(encoding="utf-8"))
    if found.hash != vocabulary.hash:
        raise InputError(
            f"train.protocol.{setting} {str(folder)!r} has the vocabulary {_described(found)}, the corpus has "
            f"{_described(vocabulary)}: their ids mean different music. Give shard.tokenizer the bundle's settings, "
            f"which stand in {path}; what a tokenizer has learnt from music cannot be had again from other music"
        )
    return load_model(folder)


def adopt(model: Model, other: Model, *, source: str) -> None:
    """Give a network the weights of `other`; `SettingError` names the settings that make them different networks."""
    ours, theirs = (dict(_settings(one.config.model_dump())) for one in (model, other))
    differing = [name for name in {**theirs, **ours} if ours.get(name) != theirs.get(name) and not _is_free(name)]
    if differing:
        told = ", ".join(f"model.{name} {theirs.get(name)!r} and not {ours.get(name)!r}" for name in differing)
        raise SettingError(
            f"{source} is another network: it has {told}. Give the model section its settings (config.json beside its "
            "weights); only context_length, gradient_checkpointing, layer_drop and drop-outs may be others"
        )
    model.load_state_dict(other.state_dict())


def frozen(model: Model) -> nn.Module:
    """The model as one that is only asked."""
    return model.eval().requires_grad_(False)


def check_teacher(teacher: Model, student: DecoderConfig) -> None:
    """`SettingError` unless it is a transformer that can read as far as its student."""
    if not isinstance(teacher, Transformer) or teacher.config.context_length < student.context_length:
        raise SettingError(
            f"train.protocol.teacher is a {type(teacher).__name__} with a context of {teacher.config.context_length}; "
            f"it must be a transformer that reads model.context_length {student.context_length} tokens at least"
        )


def _described(vocabulary: Vocabulary) -> str:
    return f"{vocabulary.hash[:8]} of {vocabulary.size} tokens ({dict(vocabulary.config)})"


def _settings(section: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _settings(value, f"{above}{name}.")
        else:
            yield above + name, value


def _is_free(name: str) -> bool:
    return name in _FREE or "dropout" in name
