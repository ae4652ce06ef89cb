"""Trains until so many tokens are seen and then is killed, as by `kill -9`: argv is corpus, folder, tokens, recipe."""

import json
import os
import signal
import sys
from pathlib import Path

from aurl_core.augmentation.params import AugmentParams
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.stages import fit_stages
from aurl_core.training.recipe import Recipe


def main(corpus: str, folder: str, last_tokens: str, text: str) -> None:
    sections = json.loads(text)
    recipe = Recipe(
        TrainParams(**sections["train"]),
        MODEL_CONFIG.validate_python(sections["model"]),
        AugmentParams(**sections["augment"]),
        sections["seed"],
    )

    def die_when_due(done: int, total: int) -> None:
        if done >= int(last_tokens):
            os.kill(os.getpid(), signal.SIGKILL)

    fit_stages(recipe, Path(corpus), checkpoints=Path(folder), cache=Path(folder) / "cache", progress=die_when_due)


if __name__ == "__main__":
    main(*sys.argv[1:])
