"""The model bundle that training leaves: the network, its vocabulary, what it saw and the facts of its training.

config.json and model.safetensors are those of `aurl_core.models.weights`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

from aurl_core.models.weights import ADAPTER_FILE, WEIGHTS_FILE, save_adapters, save_model
from aurl_core.tokens.tokenizer import tokenizer_files
from aurl_core.training.outcome import Training
from aurl_core.training.seen import write_seen

FACTS_FILE: Final = "training.json"


def write_bundle(folder: Path, training: Training, *, corpus: Path) -> None:
    """Write config.json, model.safetensors, vocabulary.json and what belongs to it (the corpus's, byte for byte),
    pieces.parquet, training.json, and adapter.safetensors if low-rank adapters learnt."""
    save_model(folder, training.model)
    if training.adapters:
        save_adapters(folder / ADAPTER_FILE, training.adapters, base=training.origins["warm_start"].digest)
    for file in tokenizer_files(corpus):
        shutil.copyfile(file, folder / file.name)
    before = [origin.folder for origin in training.origins.values()]
    write_seen(folder, model=folder / WEIGHTS_FILE, corpus=corpus, before=before)
    (folder / FACTS_FILE).write_text(json.dumps(facts(training), indent=2) + "\n", encoding="utf-8")


def facts(training: Training) -> dict[str, Any]:
    """What is true of a training whoever runs it: likelihoods, the bigram model's beside them, sizes, how the losses
    ended, the curve; what it began from, in which stages, what went wrong and why it stopped."""
    return {
        **{split: likelihood.to_dict() for split, likelihood in training.likelihood.items()},
        "bigram": {split: likelihood.to_dict() for split, likelihood in training.bigram.items()},
        "num_parameters": training.model.num_parameters,
        "tokens_seen": training.tokens_seen,
        "losses": {name: one._asdict() for name, one in training.losses.stability().items()},
        "gradients": {name: one._asdict() for name, one in training.health.gradients.stability().items()},
        "curve": training.curve,
        "origins": {setting: origin.digest for setting, origin in training.origins.items()},
        "stages": [stage._asdict() for stage in training.stages],
        "troubles": training.health.troubles,
        "stopped": training.health.stopped,
    }
