"""A network in a folder: config.json and model.safetensors, and what adapters learnt beside one in a file of its own.
A model never reads params.yaml to know itself.

What else the bundle holds (vocabulary.json, training.json) is written by `aurl_core.training`.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from aurl_core.errors import InputError, MissingError
from aurl_core.models.low_rank import apply_adapters
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.registry import Model, build
from aurl_core.tokens.tokenizer import VOCABULARY_FILE
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import Vocabulary

FORMAT_VERSION: Final = 2
"""2 knows all modes. 1 knew the transformer alone, whose settings and weights are as they were."""
READABLE_VERSIONS: Final = (1, 2)
CONFIG_FILE: Final = "config.json"
WEIGHTS_FILE: Final = "model.safetensors"
ADAPTER_FILE: Final = "adapter.safetensors"


def save_model(folder: Path, model: Model) -> None:
    """Write config.json (the model section, `vocab_size` and `format_version`) and model.safetensors (fp32)."""
    config = {"format_version": FORMAT_VERSION, "vocab_size": model.vocab_size, **model.config.model_dump()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / WEIGHTS_FILE)


def load_model(folder: Path) -> Model:
    """The model of a folder, on the CPU and ready to predict.

    `MissingError` if the folder holds no model, `InputError` if it holds one that this version cannot read.
    """
    config = _read_config(folder)
    _check_vocabulary(folder, config.get("vocab_size"))
    try:
        vocab_size = config.pop("vocab_size")
        model = build(MODEL_CONFIG.validate_python(config), TokenTraits.blank(vocab_size))
        model.load_state_dict(load_file(folder / WEIGHTS_FILE))
    except (KeyError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{folder} holds a damaged model ({error}); train it again: `dvc repro train`") from error
    return model.eval()


def save_adapters(path: Path, learnt: dict[str, Tensor], *, base: str) -> None:
    """Write what low-rank adapters learnt, and the sha256 of the weights that they learnt beside."""
    save_file({name: tensor.cpu().contiguous() for name, tensor in learnt.items()}, path, metadata={"base": base})


def load_adapted(folder: Path, adapters: Path) -> Model:
    """The model of a folder with adapters of a file in its weights.

    `InputError` if they learnt beside other weights, or if the file is none of `save_adapters`.
    """
    model = load_model(folder)
    try:
        with safe_open(adapters, "pt") as file:
            base = (file.metadata() or {}).get("base")
            learnt = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(f"{adapters} cannot be read as adapters ({error}); name a bundle's {ADAPTER_FILE}") from error
    found = sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    if base != found:
        raise InputError(
            f"{adapters} learnt beside weights with sha256 {str(base)[:16]}, and those of {folder} have {found[:16]}; "
            "give it the model that it was trained from"
        )
    apply_adapters(model, learnt)
    return model


def _check_vocabulary(folder: Path, vocab_size: object) -> None:
    """`InputError` if the vocabulary beside the weights is another than theirs."""
    path = folder / VOCABULARY_FILE
    if path.is_file() and (found := Vocabulary.from_json(path.read_text(encoding="utf-8")).size) != vocab_size:
        raise InputError(
            f"{folder} holds weights of a vocabulary of {vocab_size} tokens, and {path.name} has {found}: they do not "
            "belong together; put back the bundle's own, or train again: `dvc repro train`"
        )


def _read_config(folder: Path) -> dict[str, Any]:
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise MissingError(f"{folder} holds no {name}: the train stage has not run there; run `dvc repro train`")
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{folder / CONFIG_FILE} is no JSON ({error}); train again: `dvc repro train`") from error
    version = config.pop("format_version", None)
    if version not in READABLE_VERSIONS:
        raise InputError(
            f"{folder / CONFIG_FILE} has format_version {version}, this version of Aurl reads "
            f"{' and '.join(map(str, READABLE_VERSIONS))}; "
            "train again with this version (`dvc repro train`) or use the version that wrote it"
        )
    return config
