"""The network of a checkpoint as a model's folder, to make music with: of a run that still goes, was killed, or was
shared."""

from __future__ import annotations

import shutil
from pathlib import Path

from aurl_core.augmentation.params import AugmentParams
from aurl_core.errors import InputError, MissingError
from aurl_core.models.low_rank import merge_adapters
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.registry import build
from aurl_core.models.weights import save_model
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, load_tokenizer, tokenizer_files
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.checkpoints.params import CheckpointParams
from aurl_core.training.checkpoints.record import Checkpoint
from aurl_core.training.checkpoints.run import Identity, read_identity
from aurl_core.training.checkpoints.shelf import Shelf
from aurl_core.training.checkpoints.state import weights_of
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.plan import Stage, stages_of
from aurl_core.training.protocol.start import adapt


def shelves_of(run: Path, params: CheckpointParams) -> list[Shelf]:
    """The shelves of a run, one for each part of it that has begun, in their order."""
    return [Shelf(folder, params) for folder in sorted({place.parent for place in run.rglob("step-*")})]


def write_model(folder: Path, run: Path, *, is_best: bool) -> Checkpoint:
    """Write config.json, model.safetensors and the vocabulary of a run's newest or best checkpoint; which one it is.

    `MissingError` if there is none, `InputError` if this version's network is another.
    """
    identity = read_identity(run)
    params = CheckpointParams.model_validate(identity.settings["train"]["checkpoints"])
    shelves = shelves_of(run, params)
    found = (shelves[-1].best() if is_best else shelves[-1].newest()) if shelves else None
    if not found:
        raise MissingError(f"{run} holds no unharmed checkpoint yet")
    traits = TokenTraits.of(load_tokenizer(run / VOCABULARY_FILE).vocabulary)
    model = build(MODEL_CONFIG.validate_python(identity.settings["model"]), traits)
    adapt(model, _stages(identity)[len(shelves) - 1].train.protocol.lora)
    try:
        model.load_state_dict(weights_of(found.folder))
    except RuntimeError as error:
        raise InputError(f"{found.folder} is of another network than this version builds: use that version") from error
    merge_adapters(model)
    save_model(folder, model)
    for file in tokenizer_files(run):
        shutil.copyfile(file, folder / file.name)
    return found


def _stages(identity: Identity) -> list[Stage]:
    """What a run does one after the other: each has a shelf of its own once it has begun."""
    train, augment = (identity.settings[name] for name in ("train", "augment"))
    return stages_of(TrainParams.model_validate(train), AugmentParams.model_validate(augment))
